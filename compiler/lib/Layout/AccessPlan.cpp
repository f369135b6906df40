// Composing register and memory layouts into addresses, and finding the vectors in them.
#include "tilewright/Layout/AccessPlan.h"

#include "OffsetParts.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace tilewright::layout {

namespace {

/// True if every vector of `width` registers in `order` is consecutive and aligned, as far as registers go.
bool formsVectors(const std::vector<Offset> &registers, const std::vector<int> &order, int width) {
  if (int(order.size()) % width != 0) return false;
  for (size_t i = 0; i < order.size(); ++i) {
    Offset first = registers[order[i / width * width]];
    Offset self = registers[order[i]];
    if (first.addPart % width != 0 || first.xorPart % width != 0) return false;
    if (self.xorPart != first.xorPart || self.addPart != first.addPart + i % width) return false;
  }
  return true;
}

bool threadAligned(const ThreadOffsets &thread, int width) {
  auto aligned = [&](Offset o) { return o.xorPart % width == 0 && o.addPart % width == 0; };
  return std::all_of(thread.lane.begin(), thread.lane.end(), aligned) &&
         std::all_of(thread.warp.begin(), thread.warp.end(), aligned);
}

/// Reorders whole vectors so that they follow the register numbers.
void sortVectors(std::vector<int> &order, int width) {
  std::vector<int> starts;
  for (size_t i = 0; i < order.size(); i += width) starts.push_back(int(i));
  auto lowest = [&](int start) { return *std::min_element(order.begin() + start, order.begin() + start + width); };
  std::sort(starts.begin(), starts.end(), [&](int a, int b) { return lowest(a) < lowest(b); });
  std::vector<int> sorted;
  for (int start : starts) sorted.insert(sorted.end(), order.begin() + start, order.begin() + start + width);
  order = std::move(sorted);
}

} // namespace

Offset ThreadOffsets::at(int laneId, int warpId) const {
  Offset offset;
  for (int bit = 0; bit < Distributed::laneBits; ++bit)
    if (laneId >> bit & 1) offset += lane[bit];
  for (size_t bit = 0; bit < warp.size(); ++bit)
    if (warpId >> bit & 1) offset += warp[bit];
  return offset;
}

uint32_t xorMask(const ThreadOffsets &thread) {
  uint32_t mask = 0;
  for (Offset o : thread.lane) mask |= o.xorPart;
  for (Offset o : thread.warp) mask |= o.xorPart;
  return mask;
}

Offset foldIntoAdd(Offset offset, uint32_t mask) {
  return {offset.xorPart & mask, offset.addPart + (offset.xorPart & ~mask)};
}

ThreadOffsets threadOffsets(const Distributed &layout, const Memory &memory) {
  ThreadOffsets thread;
  for (int bit = 0; bit < Distributed::laneBits; ++bit) thread.lane[bit] = memory.split(layout.laneBasis(bit));
  for (const Coord &basis : layout.warpBases()) thread.warp.push_back(memory.split(basis));
  return thread;
}

AccessPlan planAccess(const Distributed &layout, const Memory &memory, int elementBytes, int maxVectorBytes) {
  return planAccess(threadOffsets(layout, memory), layout, memory, elementBytes, maxVectorBytes);
}

AccessPlan planAccess(ThreadOffsets thread, const Distributed &layout, const Memory &memory, int elementBytes,
                      int maxVectorBytes) {
  assert(layout.shape() == memory.shape());
  AccessPlan plan;
  plan.thread = std::move(thread);
  uint32_t mask = xorMask(plan.thread);
  for (int reg = 0; reg < layout.elementsPerThread(); ++reg)
    plan.registers.push_back(foldIntoAdd(memory.split(layout.registerOffset(reg)), mask));

  plan.order.resize(plan.registers.size());
  std::iota(plan.order.begin(), plan.order.end(), 0);
  std::sort(plan.order.begin(), plan.order.end(), [&](int a, int b) { return plan.registers[a] < plan.registers[b]; });
  int width = 1;
  while (width * 2 * elementBytes <= std::min(maxVectorBytes, 16)) width *= 2;
  while (width > 1 && !(threadAligned(plan.thread, width) && formsVectors(plan.registers, plan.order, width)))
    width /= 2;
  plan.vectorWidth = width;
  sortVectors(plan.order, width);
  return plan;
}

} // namespace tilewright::layout
