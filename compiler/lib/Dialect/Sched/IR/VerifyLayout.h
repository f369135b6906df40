// A check that verifiers of several families share.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_IR_VERIFYLAYOUT_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_IR_VERIFYLAYOUT_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

namespace tilewright::sched {

/// Whether the type of a tile carries a layout that covers it; the diagnostic is given at `op`.
mlir::LogicalResult verifyLayout(mlir::Operation *op, mlir::Type tile);

} // namespace tilewright::sched

#endif // TILEWRIGHT_LIB_DIALECT_SCHED_IR_VERIFYLAYOUT_H
