// Planning ldmatrix and stmatrix: which 8x8 matrices a warp moves, their row addresses, and the registers they fill.
#ifndef TILEWRIGHT_LAYOUT_MATRIXACCESS_H
#define TILEWRIGHT_LAYOUT_MATRIXACCESS_H

#include "tilewright/Layout/AccessPlan.h"

#include <array>
#include <optional>
#include <vector>

namespace tilewright::layout {

/// One ldmatrix or stmatrix instruction of a thread.
struct MatrixStep {
  /// Added to the thread's part: the constant of this instruction.
  Offset constant;
  /// The b32 registers of the instruction: matrix j is b32 register b32[j] (elements b32[j] * 4/elementBytes ... of the
  /// layout, lowest element in the lowest bits).
  std::array<int, 4> b32{};
};

/// A tile moved by ldmatrix / stmatrix .m8n8.b16 (PTX ISA 9.7.14.5.15, .16). In step s, lane l gives the row address
/// (thread.at(l, warp) + steps[s].constant).value() (in elements; 16 bytes there, 16-byte aligned); lanes from
/// 8*matrices on are ignored by the hardware.
struct MatrixPlan {
  bool transposed = false;
  /// Matrices per instruction: 4, 2 or 1 (.x4, .x2, .x1).
  int matrices = 1;
  ThreadOffsets thread;
  std::vector<MatrixStep> steps;
};

/// The plan that moves every register of `layout` from or to `memory`, or nothing if the instruction cannot do it:
/// plain where 4-byte pieces along memory go to neighbouring lanes, .trans (2-byte elements only) where they go to
/// lanes 4 apart. The same plan serves both directions. elementBytes is 1, 2 or 4.
std::optional<MatrixPlan> planMatrixAccess(const Distributed &layout, const Memory &memory, int elementBytes);

/// The same where stmatrix takes fewer instructions than plain writes: where those are narrower than 16 bytes, and no
/// element is in several threads.
std::optional<MatrixPlan> planMatrixWrite(const Distributed &layout, const Memory &memory, int elementBytes);

} // namespace tilewright::layout

#endif
