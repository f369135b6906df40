// The time of a product by a simple model.

#include "ProductModel.h"

#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include <algorithm>
#include <cmath>

namespace tilewright {
namespace {

/// Clocks from a copy's issue to its arrival in shared memory: a miss of the first-level cache under load.
constexpr double kCopyLatency = 700;
/// Launch, addresses, first copies, and the way out.
constexpr double kBlockOverhead = 2000;
/// Registers of a thread beside its accumulators.
constexpr int64_t kOtherRegisters = 90;

/// Sub-tiles of the result on their way out, and the bytes of a row in each.
constexpr int64_t kStoreBuffers = 2, kStoreRowBytes = 128;

/// Registers of a thread that only starts copies.
constexpr int64_t kIdleRegisters = 24;
/// The share of that rate that mma.sync reaches at most where wgmma exists: about 62 % was measured on H100 (Luo et
/// al., Benchmarking and Dissecting the Nvidia Hopper GPU Architecture, 2024).
constexpr double kSingleWarpRate = 0.62;

/// The share of the matrix rate that this many warps of a multiprocessor reach together: with one on each of its four
/// schedulers, every wait is seen.
double issueEfficiency(int64_t warps) {
  if (warps >= 8) return 0.9;
  if (warps >= 4) return 0.85;
  return 0.2 * static_cast<double>(warps);
}

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// How the warps of a block share its product.
struct Sharing {
  int64_t warps = 0, otherWarps = 0; ///< that compute, and that load
  int64_t accumulators = 0;          ///< of a thread
  double rows = 1, columns = 1;      ///< parts of M and N that read shared memory each for itself
  double rate = 1;                   ///< of the matrix unit, as the instruction reaches it
  bool inGroups = false;

  /// Bytes of shared memory for the result of `m` rows of `rowBytes` on its way out: of warpgroups, for sub-tiles of
  /// it.
  double storeBytes(double m, double rowBytes) const {
    if (!inGroups) return m * rowBytes;
    double tile = std::min(m, 64 * rows) * std::min(rowBytes, double(kStoreRowBytes));
    return std::min(m * rowBytes, kStoreBuffers * tile);
  }

  double efficiency(int64_t together) const {
    return inGroups ? sched::kGroupEfficiency : issueEfficiency(together * warps);
  }
};

std::optional<Sharing> shareAmongWarpgroups(const ProductProblem &problem, BlockShape block) {
  const WgmmaAtom *atom = problem.wgmma;
  if (!atom || block.n % atom->nStep || block.k % atom->k || problem.warps % 4) return {};
  int64_t groups = problem.warps ? problem.warps / 4 : sched::chooseWarpgroups(block.m);
  auto grid = sched::shareWarpgroups(block.m, block.n, groups);
  int64_t accumulators = block.m * block.n / (128 * groups);
  // Beside the accumulators of a scaled product are the sums, and the next product's.
  if (!grid || (problem.scaled && accumulators > sched::kAccumulatorsUnderMaths)) return {};
  Sharing sharing;
  sharing.warps = 4 * groups, sharing.otherWarps = sched::kProducerWarps;
  sharing.accumulators = accumulators;
  sharing.rows = static_cast<double>(grid->rows), sharing.columns = static_cast<double>(grid->columns);
  sharing.inGroups = true;
  return sharing;
}

std::optional<Sharing> shareAmongWarps(const ProductProblem &problem, BlockShape block, const TargetInfo &target) {
  Sharing sharing;
  sharing.warps = problem.warps ? problem.warps : sched::chooseWarps(block.m, block.n, problem.tensor, problem.heavy);
  sharing.accumulators = ceilDiv(block.m * block.n, 32 * sharing.warps);
  int64_t most = problem.heavy ? sched::kAccumulatorsUnderMaths : sched::kAccumulatorsPerThread;
  auto grid = sched::shareWarps(block.m, block.n, sharing.warps);
  if (sharing.accumulators > most || (problem.tensor && !grid)) return {};
  if (grid) sharing.rows = static_cast<double>(grid->rows), sharing.columns = static_cast<double>(grid->columns);
  if (target.hasWgmma && problem.tensor) sharing.rate = kSingleWarpRate;
  return sharing;
}

} // namespace

std::optional<Prediction> predict(const ProductProblem &problem, BlockShape block, const TargetInfo &target) {
  auto sharing = shareAmongWarpgroups(problem, block);
  if (!sharing) sharing = shareAmongWarps(problem, block, target);
  if (!sharing) return {};
  double m = static_cast<double>(block.m), n = static_cast<double>(block.n), k = static_cast<double>(block.k);
  double stepBytes = (m * problem.bytesPerA + n * problem.bytesPerB) * k;
  int64_t chosenStages = problem.stages ? problem.stages : sched::kDefaultStages;
  if (sharing->inGroups && !problem.stages) {
    double room = static_cast<double>(target.sharedPerBlock) - sharing->storeBytes(m, n * problem.bytesPerResult);
    chosenStages = std::clamp(static_cast<int64_t>(room / stepBytes), int64_t(1), sched::kMostAsyncStages);
  }
  double stages = static_cast<double>(chosenStages);
  // Single warps write the result where the operands were, groups beside those.
  double operandBytes = stages * stepBytes, storeBytes = sharing->storeBytes(m, n * problem.bytesPerResult);
  auto shared =
      static_cast<int64_t>(sharing->inGroups ? operandBytes + storeBytes : std::max(operandBytes, storeBytes));
  if (shared > target.sharedPerBlock) return {};
  int64_t warps = sharing->warps + sharing->otherWarps;
  int64_t registers = std::min<int64_t>(sharing->accumulators + kOtherRegisters, target.registersPerThread);
  int64_t resident = std::min(
      {target.registersPerMultiprocessor / (32 * (sharing->warps * registers + sharing->otherWarps * kIdleRegisters)),
       target.sharedPerMultiprocessor / (shared + target.sharedReservedPerBlock), target.warpsPerMultiprocessor / warps,
       int64_t(target.blocksPerMultiprocessor)});
  if (resident < 1) return {};

  double math = 2 * m * n * k / (problem.flopPerClock * sharing->rate);
  double sharedClocks =
      (stepBytes + (m * sharing->columns * problem.bytesPerA + n * sharing->rows * problem.bytesPerB) * k) /
      target.sharedBytesPerClock;
  double fedBytes = stepBytes;
  if (sharing->inGroups)
    fedBytes -=
        std::max(m * problem.bytesPerA, n * problem.bytesPerB) * k * (1 - 1 / static_cast<double>(problem.cluster));
  double feed = fedBytes / sched::kL2BytesPerClock;
  double memoryBytesPerClock = target.memoryBytesPerSecond / target.clockHz / target.multiprocessors;
  double store = m * n * problem.bytesPerResult / memoryBytesPerClock;
  double steps = static_cast<double>(ceilDiv(problem.totalK, block.k));
  double latency = kCopyLatency / std::max(1.0, stages - 1);

  // Clocks until `together` blocks on one multiprocessor are done.
  auto blockClocks = [&](int64_t together) {
    double blocks = static_cast<double>(together);
    double step = std::max({blocks * math / sharing->efficiency(together), blocks * sharedClocks, blocks * feed});
    return kBlockOverhead + steps * std::max(step, latency) + blocks * store;
  };
  int64_t blocks = problem.batch * ceilDiv(problem.totalM, block.m) * ceilDiv(problem.totalN, block.n);
  double traffic = static_cast<double>(blocks) * steps * stepBytes;
  int64_t perWave = resident * target.multiprocessors;
  if (problem.nominal)
    return Prediction{static_cast<double>(blocks) / static_cast<double>(perWave) * blockClocks(resident), traffic};
  double clocks = static_cast<double>(blocks / perWave) * blockClocks(resident);
  if (int64_t rest = blocks % perWave) clocks += blockClocks(ceilDiv(rest, target.multiprocessors));
  return Prediction{clocks, traffic};
}

} // namespace tilewright
