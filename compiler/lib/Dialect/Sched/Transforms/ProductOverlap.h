// Where the body of a loop may be cut so that products of two iterations overlap.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_PRODUCTOVERLAP_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_PRODUCTOVERLAP_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

#include <optional>
#include <string>

namespace tilewright::sched {

/// Marks a loop of which the two parts of the body have pipes of their own.
inline constexpr llvm::StringLiteral kOverlapAttr = "sched.overlap";

/// A loop's body in two parts, the early one and the late one. The late part is what needs the products whose register
/// operand is made from another product of the iteration (in attention, the product with V and all that is added to
/// it), or, where there are none, the vector code that adds products to what the loop carries (with scales of blocks);
/// the early part needs nothing of it, in no iteration, and so can run ahead.
struct BodySplit {
  /// The operations of the late part; all others of the body are early. Operations that cost nothing to repeat may be
  /// in both, see `repeated`.
  llvm::DenseSet<mlir::Operation *> late;
  /// Early operations that the late part has its own copy of: they are made of scalars only.
  llvm::DenseSet<mlir::Operation *> repeated;
  /// For each value that the loop carries, whether it is the late part's.
  llvm::SmallVector<bool> lateCarried;
  /// What the late part takes from the early part of its iteration.
  llvm::SetVector<mlir::Value> crossing;
  /// Why the loop is not to be cut; empty if it is.
  std::string obstacle;
};

/// Cuts the body of a loop; nothing if it has no late part. A loop of fewer iterations than three, known at
/// compile time, is not worth it.
std::optional<BodySplit> splitBody(mlir::scf::ForOp loop);

} // namespace tilewright::sched

#endif // TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_PRODUCTOVERLAP_H
