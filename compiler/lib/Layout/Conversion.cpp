// Choosing how a tile moves between two register layouts, and the way through shared memory.
#include "tilewright/Layout/Conversion.h"

#include "ShufflePlanner.h"

#include <algorithm>
#include <cassert>

namespace tilewright::layout {

namespace {

/// Issue slots: two barriers and the wait for the stored data.
constexpr int barrierCost = 40;
/// A shuffle occupies the shared-memory pipe for two slots.
constexpr int shuffleCost = 2;

/// For each destination register the source register of the same thread, if the threads have their elements already.
std::optional<std::vector<int>> permutation(const Distributed &from, const Distributed &to) {
  if (!std::ranges::equal(from.laneBases(), to.laneBases()) || !std::ranges::equal(from.warpBases(), to.warpBases()))
    return std::nullopt;
  std::vector<int> result;
  for (int reg = 0; reg < to.elementsPerThread(); ++reg) {
    result.push_back(from.registerAt(to.registerOffset(reg)));
    assert(result.back() >= 0);
  }
  return result;
}

int costOf(const ShufflePlan &plan, int elementBytes) {
  int words = std::max(elementBytes / 4, 1);
  int selects = (1 << plan.sendBits.size()) - 1 + (plan.receiveBits.empty() ? 0 : 1 << plan.receiveBits.size());
  int cost = 0;
  for (const ShuffleStep &step : plan.steps) cost += words * (selects + (plan.needsShuffle(step) ? shuffleCost : 0));
  return cost;
}

int costOf(const SharedPlan &plan) {
  return plan.store.accesses() + plan.load.accesses() + plan.storeWavefronts.actual + plan.loadWavefronts.actual +
         barrierCost;
}

/// The memory layouts worth trying: each dimension contiguous, dense, padded by 4 to 32 bytes, swizzled.
std::vector<Memory> candidates(const Coord &shape, int elementBytes) {
  std::vector<Memory> result;
  if (shape.size() == 0) return {Memory::rowMajor(shape)};
  for (int contiguous = shape.size() - 1; contiguous >= 0; --contiguous) {
    if (shape[contiguous] == 1 && shape.product() > 1) continue;
    Coord order{contiguous};
    for (int d = shape.size() - 1; d >= 0; --d)
      if (d != contiguous) order.push(d);
    result.push_back(Memory::rowMajor(shape, order));
    if (auto swizzled = Memory::swizzled(shape, order, elementBytes)) result.push_back(*swizzled);
    for (int padBytes : {4, 8, 16, 32})
      if (padBytes >= elementBytes) result.push_back(Memory::padded(shape, order, padBytes / elementBytes));
  }
  return result;
}

} // namespace

SharedPlan planThroughShared(const Distributed &from, const Distributed &to, int elementBytes) {
  std::optional<SharedPlan> best;
  for (const Memory &memory : candidates(from.shape(), elementBytes)) {
    SharedPlan plan{memory, planAccess(from, memory, elementBytes), planAccess(to, memory, elementBytes), {}, {}};
    plan.storeWavefronts = bankConflicts(plan.store, elementBytes);
    plan.loadWavefronts = bankConflicts(plan.load, elementBytes);
    if (!best || costOf(plan) < costOf(*best)) best = std::move(plan);
  }
  return *best;
}

ConversionPlan planConversion(const Distributed &from, const Distributed &to, int elementBytes,
                              const ConversionLimits &limits) {
  assert(from.shape() == to.shape() && from.warps() == to.warps());
  ConversionPlan plan;
  if (auto registers = permutation(from, to)) {
    plan.kind = from.isEquivalent(to) ? ConversionKind::none : ConversionKind::registerPermute;
    plan.permutation = std::move(*registers);
    return plan;
  }
  auto shuffle = to.elementsPerThread() <= limits.maxShuffles ? planShuffle(from, to) : std::nullopt;
  // Below this no way through shared memory can be cheaper.
  if (!shuffle || costOf(*shuffle, elementBytes) > barrierCost) plan.shared = planThroughShared(from, to, elementBytes);
  if (shuffle && (!plan.shared || costOf(*shuffle, elementBytes) <= costOf(*plan.shared))) {
    plan.kind = ConversionKind::warpShuffle;
    plan.cost = costOf(*shuffle, elementBytes);
    plan.shuffle = std::move(shuffle);
    plan.shared.reset();
    return plan;
  }
  plan.kind = ConversionKind::throughShared;
  plan.cost = costOf(*plan.shared);
  return plan;
}

} // namespace tilewright::layout
