// Planning writes to shared memory without bank conflicts.
#include "tilewright/Layout/WritePlan.h"

#include "OffsetParts.h"

namespace tilewright::layout {

namespace {

constexpr int widestVector = 16;

/// For each register the one whose coordinate along `dim` differs in the bit `step`; empty if some has none.
std::vector<int> partnersAt(const Distributed &layout, int dim, int step) {
  std::vector<int> partner;
  for (int reg = 0; reg < layout.elementsPerThread(); ++reg) {
    Coord offset = layout.registerOffset(reg);
    offset[dim] ^= step;
    partner.push_back(layout.registerAt(offset));
    if (partner.back() < 0) return {};
  }
  return partner;
}

} // namespace

WritePlan planWrite(const Distributed &layout, const Memory &memory, int elementBytes) {
  WritePlan plain{planAccess(layout, memory, elementBytes, widestVector), {}, 0};
  if (memory.shape().size() == 0 || bankConflicts(plain.access, elementBytes).conflicts() == 0) return plain;
  int dim = memory.contiguousDim();
  for (int step = plain.access.vectorWidth; step < memory.core()[dim]; step *= 2) {
    Coord coordinate = Coord::filled(layout.rank(), 0);
    coordinate[dim] = step;
    // Within the core of the memory a bit of the coordinate adds by XOR, so that it may be part of a lane's offset.
    Offset moved = memory.split(coordinate);
    std::vector<int> partner = partnersAt(layout, dim, step);
    if (partner.empty() || moved.addPart != 0) continue;
    for (int lane = 0; lane < Distributed::laneBits; ++lane) {
      ThreadOffsets thread = threadOffsets(layout, memory);
      thread.lane[lane] += moved;
      AccessPlan access = planAccess(thread, layout, memory, elementBytes, widestVector);
      if (access.vectorWidth == plain.access.vectorWidth && bankConflicts(access, elementBytes).conflicts() == 0)
        return {access, partner, lane};
    }
  }
  return plain;
}

} // namespace tilewright::layout
