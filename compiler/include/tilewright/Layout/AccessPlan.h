// How the threads of a block address a tile in shared memory: thread parts, register constants, vectors.
#ifndef TILEWRIGHT_LAYOUT_ACCESSPLAN_H
#define TILEWRIGHT_LAYOUT_ACCESSPLAN_H

#include "tilewright/Layout/Distributed.h"
#include "tilewright/Layout/Memory.h"

#include <array>
#include <vector>

namespace tilewright::layout {

/// The part of an element offset that depends on the thread: one contribution per set lane and warp bit.
struct ThreadOffsets {
  std::array<Offset, Distributed::laneBits> lane{};
  std::vector<Offset> warp;

  Offset at(int laneId, int warpId) const;
};

/// A register tile accessed in shared memory:
///
///   offset(register, lane, warp) = (thread.xorPart ^ registers[r].xorPart) + thread.addPart + registers[r].addPart
///
/// The `xorPart` of a register holds only the bits that some thread part may also set; all others are in its `addPart`,
/// so that one address per distinct `xorPart` suffices and the rest are immediate offsets.
struct AccessPlan {
  ThreadOffsets thread;
  std::vector<Offset> registers;
  /// Elements per access, a power of two.
  int vectorWidth = 1;
  /// A permutation of the registers: access i moves registers order[i*vectorWidth + j], j = 0.., to consecutive
  /// offsets.
  std::vector<int> order;

  /// Accesses per thread.
  int accesses() const { return int(order.size()) / vectorWidth; }
  /// The constant of access i: that of its first register.
  Offset constant(int access) const { return registers[order[access * vectorWidth]]; }
  /// The element offset of a register of a thread.
  uint32_t offset(int reg, int laneId, int warpId) const {
    return (thread.at(laneId, warpId) + registers[reg]).value();
  }
};

/// The plan for reading or writing the tile `layout` (all of it) at `memory`, of the same shape. Vectors have at most
/// `maxVectorBytes` bytes (16 is the widest that exists), are aligned for every thread, and as wide as the two layouts
/// allow.
AccessPlan planAccess(const Distributed &layout, const Memory &memory, int elementBytes, int maxVectorBytes = 16);

} // namespace tilewright::layout

#endif
