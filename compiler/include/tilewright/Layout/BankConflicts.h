// Counting shared-memory wavefronts exactly, by enumerating the lanes.
#ifndef TILEWRIGHT_LAYOUT_BANKCONFLICTS_H
#define TILEWRIGHT_LAYOUT_BANKCONFLICTS_H

#include "tilewright/Layout/MatrixAccess.h"

namespace tilewright::layout {

/// Shared-memory wavefronts of one warp for a whole tile.
struct Wavefronts {
  int actual = 0;
  /// What the same accesses cost without bank conflicts.
  int ideal = 0;

  int conflicts() const { return actual - ideal; }
};

/// The wavefronts of the worst warp for all accesses of the plan. 32 banks of 4 bytes; a wavefront serves one 4-byte
/// word per bank to any number of lanes; accesses of 8 (16) bytes go half (quarter) warps at a time. Also the count for
/// cp.async of 16 bytes, whose writes are such accesses.
Wavefronts bankConflicts(const AccessPlan &plan, int elementBytes);

/// The same for ldmatrix / stmatrix, where each 8x8 matrix is one access of 8 rows of 16 bytes.
Wavefronts bankConflicts(const MatrixPlan &plan, int elementBytes);

} // namespace tilewright::layout

#endif
