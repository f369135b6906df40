// The time of a product by a simple model.

#include "ProductModel.h"

#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include <algorithm>
#include <cmath>

namespace tilewright {
namespace {

/// Bytes per clock and multiprocessor from the second-level cache: 5120 of the whole A100 (vendor's white paper), and
/// of the same order elsewhere.
constexpr double kL2BytesPerClock = 47;
/// Clocks from a copy's issue to its arrival in shared memory: a miss of the first-level cache under load.
constexpr double kCopyLatency = 700;
/// Launch, addresses, first copies, and the way out.
constexpr double kBlockOverhead = 2000;
/// Registers of a thread beside its accumulators.
constexpr int64_t kOtherRegisters = 90;

/// The share of the matrix rate that this many warps of a multiprocessor reach together: with one on each of its four
/// schedulers, every wait is seen.
double issueEfficiency(int64_t warps) {
  if (warps >= 8) return 0.9;
  if (warps >= 4) return 0.85;
  return 0.2 * static_cast<double>(warps);
}

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

} // namespace

std::optional<Prediction> predict(const ProductProblem &problem, BlockShape block, const TargetInfo &target) {
  int64_t elements = block.m * block.n;
  int64_t warps = problem.warps ? problem.warps : sched::chooseWarps(block.m, block.n, problem.tensor, problem.heavy);
  int64_t accumulators = ceilDiv(elements, 32 * warps);
  int64_t most = problem.heavy ? sched::kAccumulatorsUnderMaths : sched::kAccumulatorsPerThread;
  auto grid = sched::shareWarps(block.m, block.n, warps);
  if (accumulators > most || (problem.tensor && !grid)) return {};

  double m = static_cast<double>(block.m), n = static_cast<double>(block.n), k = static_cast<double>(block.k);
  double stepBytes = (m * problem.bytesPerA + n * problem.bytesPerB) * k;
  double stages = static_cast<double>(problem.stages);
  auto shared = static_cast<int64_t>(std::max(stages * stepBytes, m * n * problem.bytesPerResult));
  if (shared > target.sharedPerBlock) return {};
  int64_t registers = std::min<int64_t>(accumulators + kOtherRegisters, target.registersPerThread);
  int64_t resident = std::min({target.registersPerMultiprocessor / (32 * warps * registers),
                               target.sharedPerMultiprocessor / (shared + target.sharedReservedPerBlock),
                               target.warpsPerMultiprocessor / warps, int64_t(target.blocksPerMultiprocessor)});
  if (resident < 1) return {};

  double rows = grid ? static_cast<double>(grid->rows) : 1, columns = grid ? static_cast<double>(grid->columns) : 1;
  double math = 2 * m * n * k / problem.flopPerClock;
  double sharedClocks =
      (stepBytes + (m * columns * problem.bytesPerA + n * rows * problem.bytesPerB) * k) / target.sharedBytesPerClock;
  double feed = stepBytes / kL2BytesPerClock;
  double memoryBytesPerClock = target.memoryBytesPerSecond / target.clockHz / target.multiprocessors;
  double store = m * n * problem.bytesPerResult / memoryBytesPerClock;
  double steps = static_cast<double>(ceilDiv(problem.totalK, block.k));
  double latency = kCopyLatency / std::max(1.0, stages - 1);

  // Clocks until `together` blocks on one multiprocessor are done.
  auto blockClocks = [&](int64_t together) {
    double blocks = static_cast<double>(together);
    double step = std::max({blocks * math / issueEfficiency(together * warps), blocks * sharedClocks, blocks * feed});
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
