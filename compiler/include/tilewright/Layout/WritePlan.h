// Writing a tile to shared memory by vectors of threads, in an order that keeps them in different banks.
#ifndef TILEWRIGHT_LAYOUT_WRITEPLAN_H
#define TILEWRIGHT_LAYOUT_WRITEPLAN_H

#include "tilewright/Layout/BankConflicts.h"

#include <vector>

namespace tilewright::layout {

/// An access plan in which some lanes write their registers in another order.
struct WritePlan {
  AccessPlan access;
  /// Empty, or: threads whose lane has the bit `lane` set write register partner[r] where `access` says r.
  std::vector<int> partner;
  int lane = 0;

  /// The element offset at which a thread writes a register.
  uint32_t offset(int reg, int laneId, int warpId) const {
    bool exchanges = !partner.empty() && (laneId >> lane & 1);
    return access.offset(exchanges ? partner[reg] : reg, laneId, warpId);
  }
};

/// The plan for writing the tile `layout` at `memory`. Where the vectors of lanes would fall into the same banks, the
/// lanes with some bit set take each two registers in the other order, if that parts them: a fragment of 32-bit
/// elements is written to 128-byte rows that way.
WritePlan planWrite(const Distributed &layout, const Memory &memory, int elementBytes);

} // namespace tilewright::layout

#endif
