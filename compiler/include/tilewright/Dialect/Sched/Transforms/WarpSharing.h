// How the warps of a block share a product: the rules that planning and the cost model have in common.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_WARPSHARING_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_WARPSHARING_H

#include <cstdint>
#include <optional>

namespace tilewright::sched {

/// Accumulator elements per thread that leave room for operands and addresses in 255 registers.
inline constexpr int64_t kAccumulatorsPerThread = 128;
/// The same where functions are computed on the accumulators: their intermediate values want registers too.
inline constexpr int64_t kAccumulatorsUnderMaths = 64;
inline constexpr int64_t kMaxWarps = 16;
/// Copies in flight in a pipelined loop where nothing else is asked for.
inline constexpr int64_t kDefaultStages = 3;

/// The rows and columns of warps over a product.
struct WarpGrid {
  int64_t rows = 1, columns = 1;
};

/// How `warps` share an m x n product in pieces of 16 x 8 with the least traffic from shared memory; nothing if they
/// cannot.
std::optional<WarpGrid> shareWarps(int64_t m, int64_t n, int64_t warps);

/// The number of warps for an m x n product: 4, or more where their accumulators would not fit, or fewer where there is
/// too little for each. `tensor`: it is computed in pieces of 16 x 8. `heavy`: functions are computed on the result.
int64_t chooseWarps(int64_t m, int64_t n, bool tensor, bool heavy);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_WARPSHARING_H
