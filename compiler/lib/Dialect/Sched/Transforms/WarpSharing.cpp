// How the warps of a block share a product.

#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

namespace tilewright::sched {

std::optional<WarpGrid> shareWarps(int64_t m, int64_t n, int64_t warps) {
  std::optional<WarpGrid> best;
  int64_t bestTraffic = 0;
  for (int64_t rows = 1; rows <= warps; rows *= 2) {
    int64_t columns = warps / rows;
    if (m % (16 * rows) || n % (8 * columns)) continue;
    int64_t traffic = m / rows + n / columns;
    if (best && traffic >= bestTraffic) continue;
    best = {rows, columns};
    bestTraffic = traffic;
  }
  return best;
}

std::optional<WarpGrid> shareWarpgroups(int64_t m, int64_t n, int64_t warpgroups) {
  if (m * n > 128 * kAccumulatorsPerThread * warpgroups) return {};
  for (int64_t columns = 1; columns <= warpgroups; columns *= 2) {
    int64_t rows = warpgroups / columns, width = n / columns;
    if (m % (64 * rows) || n % (8 * columns) || width > 256) continue;
    // Where columns are shared the layout wants a power of two of them.
    if (columns == 1 || (width & (width - 1)) == 0) return WarpGrid{rows, columns};
  }
  return {};
}

int64_t chooseWarpgroups(int64_t m) { return m % 128 == 0 ? 2 : 1; }

int64_t chooseWarps(int64_t m, int64_t n, bool tensor, bool heavy) {
  int64_t warps = 4, elements = m * n;
  int64_t most = heavy ? kAccumulatorsUnderMaths : kAccumulatorsPerThread;
  while (warps < kMaxWarps && elements / (32 * warps) > most) warps *= 2;
  while (warps > 1 && tensor && !shareWarps(m, n, warps)) warps /= 2;
  while (warps > 1 && elements / (32 * warps) < 8) warps /= 2;
  return warps;
}

} // namespace tilewright::sched
