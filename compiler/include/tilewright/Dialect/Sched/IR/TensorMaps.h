// The tensor maps that a scheduled kernel needs: parameters of its entry, built by the launch.

#ifndef TILEWRIGHT_DIALECT_SCHED_IR_TENSORMAPS_H
#define TILEWRIGHT_DIALECT_SCHED_IR_TENSORMAPS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

namespace tilewright::sched {

/// A view of an argument in boxes of one panel of a slot: its contiguous elements within the span of the swizzle, times
/// all rows.
struct TensorMap {
  mlir::BlockArgument argument;
  SharedType slot;
  bool operator==(const TensorMap &other) const { return argument == other.argument && slot == other.slot; }
};

/// The map that a load goes by.
TensorMap tensorMapOf(TmaLoadOp load);

/// The distinct maps of a kernel, in the order of their first loads: the order of the parameters.
llvm::SmallVector<TensorMap> tensorMapsOf(tile::KernelOp kernel);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_IR_TENSORMAPS_H
