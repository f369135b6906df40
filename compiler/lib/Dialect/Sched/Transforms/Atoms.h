// Which instruction can multiply: the legality of atoms for a product on a target.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_ATOMS_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_ATOMS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/Target/TargetInfo.h"

namespace tilewright::sched {

/// The element type of an operand of a product, a tile or a buffer.
mlir::Type elementTypeOf(mlir::Value operand);

/// Whether the target has the instruction for these operands and the tiles are made of whole ones. FMAs always fit.
bool isLegal(tile::DotOp dot, Atom atom, const TargetInfo &target);

/// The fastest legal atom.
Atom chooseAtom(tile::DotOp dot, const TargetInfo &target);

} // namespace tilewright::sched

#endif
