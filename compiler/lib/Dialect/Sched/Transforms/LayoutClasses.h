// Groups the tiles of a kernel into classes that share one layout, and chooses the layouts.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_LAYOUTCLASSES_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_LAYOUTCLASSES_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

namespace tilewright::sched {

/// The layout of the same registers seen as `shape`, which differs in axes of extent one only.
layout::Distributed reshapeLayout(const layout::Distributed &layout, llvm::ArrayRef<int64_t> shape);

/// The layout that an operation gives its result if its operand has layout `source`, for the operations that connect
/// tiles of different shapes: reduce, broadcast (from result to operand), reshape, transpose.
layout::Distributed resultLayout(mlir::Operation *op, const layout::Distributed &source);
layout::Distributed operandLayout(tile::BroadcastOp op, const layout::Distributed &result);

/// Which layout every tile of a kernel gets. Elementwise operations, loops and branches keep a class together; reduce,
/// broadcast, reshape and transpose relate classes. A class that a product accumulates in takes the product's layout;
/// from there layouts spread along the relations; what is left is laid out for coalesced access to global memory.
class LayoutClasses {
public:
  /// `atomOf` says which instruction multiplies in each product.
  LayoutClasses(tile::KernelOp kernel, ScheduleAttr schedule, llvm::function_ref<Atom(tile::DotOp)> atomOf);

  /// The layout chosen for a tile.
  const layout::Distributed &layoutOf(mlir::Value tile) const;

private:
  void unite(mlir::ValueRange tiles);
  void collect(mlir::Operation *op);
  mlir::Value leader(mlir::Value tile) const { return classes.getLeaderValue(tile); }
  void assign(mlir::Value tile, const layout::Distributed &layout);
  void spread();
  void assignProducts(tile::KernelOp kernel, llvm::function_ref<Atom(tile::DotOp)> atomOf);
  layout::Distributed coalesced(mlir::Value leader) const;

  ScheduleAttr schedule;
  llvm::EquivalenceClasses<mlir::Value> classes;
  llvm::MapVector<mlir::Value, layout::Distributed> layouts;
  llvm::SmallVector<mlir::Value> tiles;
  llvm::SmallVector<mlir::Operation *> relations;
};

} // namespace tilewright::sched

#endif
