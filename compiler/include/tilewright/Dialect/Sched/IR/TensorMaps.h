// The tensor maps that a scheduled kernel needs: parameters of its entry, built by the launch.

#ifndef TILEWRIGHT_DIALECT_SCHED_IR_TENSORMAPS_H
#define TILEWRIGHT_DIALECT_SCHED_IR_TENSORMAPS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

namespace tilewright::sched {

/// The part of a tile that one block of a cluster loads for all: some of its panels whole, or some rows of each.
struct MulticastCut {
  int64_t panels, rows;
  bool byPanels;
};

/// How a tile is cut into equal parts, one for each block; nothing if they would not begin where swizzles do.
std::optional<MulticastCut> cutForMulticast(SharedType tile, int64_t parts);

/// A view of an argument in boxes of one panel of a slot: its contiguous elements within the span of the swizzle, times
/// `rows` rows.
struct TensorMap {
  mlir::BlockArgument argument;
  SharedType slot;
  int64_t rows;
  bool operator==(const TensorMap &) const = default;
};

/// The map that a load (a store) goes by.
TensorMap tensorMapOf(TmaLoadOp load);
TensorMap tensorMapOf(TmaStoreOp store);

/// The distinct maps of a kernel, in the order of their first use: the order of the parameters.
llvm::SmallVector<TensorMap> tensorMapsOf(tile::KernelOp kernel);

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_IR_TENSORMAPS_H
