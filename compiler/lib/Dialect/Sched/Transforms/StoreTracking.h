// Which slots and which places in global memory stores by TMA have to do with: what waiting and checking agree on.

#ifndef TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_STORETRACKING_H
#define TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_STORETRACKING_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tilewright::sched {

/// A slot by its ring and number, which is unknown (-1) where it depends on an iteration.
struct SlotName {
  mlir::Value ring;
  int64_t number = -1;

  /// The slot that `value`, a result of sched.slot, is.
  explicit SlotName(mlir::Value value) {
    auto slot = value.getDefiningOp<SlotOp>();
    if (!slot) return;
    ring = slot.getRing();
    int64_t stages = llvm::cast<RingType>(ring.getType()).getStages();
    if (!slot.getIteration() || stages == 1) number = static_cast<int64_t>(slot.getAhead()) % stages;
  }

  bool mayBe(const SlotName &other) const {
    return ring && ring == other.ring && (number < 0 || other.number < 0 || number == other.number);
  }
};

/// Whether a ring is read by stores under way: those order all accesses to it.
inline bool isStored(mlir::Value ring) {
  return ring && llvm::any_of(ring.getUsers(), [](mlir::Operation *slot) {
           return llvm::any_of(slot->getUsers(), llvm::IsaPred<TmaStoreOp>);
         });
}

/// Whether two stores may write the same element. `moved`: the offsets of `a` may have other values by now.
inline bool mayOverlap(TmaStoreOp a, bool moved, TmaStoreOp b) {
  if (a.getDestination() != b.getDestination()) return false;
  if (moved || !llvm::equal(a.getOffsets(), b.getOffsets())) return true;
  for (int dim : {0, 1}) {
    int64_t first = a.getAt()[dim], second = b.getAt()[dim];
    if (first + a.getSource().getType().getShape()[dim] <= second ||
        second + b.getSource().getType().getShape()[dim] <= first)
      return false;
  }
  return true;
}

/// Whether a loop goes over tiles of the grid, which no two iterations share: in steps of all blocks, or all clusters.
inline bool isOverTiles(mlir::scf::ForOp loop) {
  mlir::Value step = loop.getStep();
  if (auto clusters = step.getDefiningOp<mlir::arith::DivUIOp>()) step = clusters.getLhs();
  return step.getDefiningOp<BlockCountOp>() != nullptr;
}

/// Whether a value may change from one iteration of `loop` to the next.
inline bool changesIn(mlir::scf::ForOp loop, mlir::Value value) {
  return loop->isAncestor(value.getParentRegion()->getParentOp());
}

/// The code of the threads that compute: of the consumer where there are roles, else of the block.
inline mlir::Block &computingBlock(tile::KernelOp kernel) {
  mlir::Block *block = &kernel.getBody().front();
  if (auto blocks = kernel.getBlocks()) block = &blocks.getBody().front();
  kernel.walk([&](RolesOp roles) { block = &roles.getConsumer().front(); });
  return *block;
}

} // namespace tilewright::sched

#endif // TILEWRIGHT_LIB_DIALECT_SCHED_TRANSFORMS_STORETRACKING_H
