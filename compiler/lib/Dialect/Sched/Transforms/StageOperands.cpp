// Puts the operands of products into shared buffers.
//
//   %t = tile.load %a[%i, %k]                   %s = tile.alloc : !tile.buffer<..., shared>
//   %d = tile.dot %t, ...                  ->   tile.copy %a[%i, %k] to %s
//                                               %d = tile.dot %s, ...

#include "BlockStart.h"
#include "tilewright/Dialect/Sched/Transforms/AsyncLoads.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_STAGEOPERANDS
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

Value declareBuffer(tile::KernelOp kernel, Value tile, StringRef name) {
  OpBuilder builder(kernel.getContext());
  setToBlockStart(builder, kernel);
  auto type = cast<RankedTensorType>(tile.getType());
  auto buffer = tile::BufferType::get(kernel.getContext(), type.getShape(), type.getElementType(), tile::Space::Shared);
  return tile::AllocOp::create(builder, tile.getLoc(), buffer, builder.getStringAttr(name));
}

struct StageOperands : impl::StageOperandsBase<StageOperands> {
  void runOnOperation() override {
    SmallVector<tile::DotOp> dots;
    getOperation().walk([&](tile::DotOp dot) { dots.push_back(dot); });
    auto schedule = getOperation()->getAttrOfType<ScheduleAttr>(kScheduleAttr);
    bool takesRegisters = schedule && schedule.getAtom() == Atom::Wgmma;
    for (tile::DotOp dot : dots) {
      if (!takesRegisters || isa<tile::BufferType>(dot.getA().getType()) || loadOf(dot.getA()).op)
        stage(dot.getAMutable(), "a");
      stage(dot.getBMutable(), "b");
    }
    markPipelined();
  }

private:
  void stage(OpOperand &operand, StringRef name) {
    Value value = operand.get();
    if (isa<tile::BufferType>(value.getType())) return;
    Value buffer = declareBuffer(getOperation(), value, name);
    auto load = value.getDefiningOp<tile::LoadOp>();
    OpBuilder builder(operand.getOwner());
    if (load && padsWithZero(load)) {
      builder.setInsertionPoint(load);
      tile::CopyOp::create(builder, load.getLoc(), load.getSource(), load.getOffsets(), buffer, ValueRange());
    } else {
      builder.setInsertionPointAfterValue(value);
      tile::WriteOp::create(builder, value.getLoc(), value, buffer);
    }
    value.replaceUsesWithIf(
        buffer, [](OpOperand &use) { return isa<tile::DotOp>(use.getOwner()) && use.getOperandNumber() < 2; });
    if (load && load->use_empty()) load.erase();
  }

  /// A loop that fills buffers from global memory becomes a pipelined one.
  void markPipelined() {
    auto schedule = getOperation()->getAttrOfType<ScheduleAttr>(kScheduleAttr);
    Builder builder(&getContext());
    getOperation().walk([&](scf::ForOp loop) {
      auto stages = loop->getAttrOfType<IntegerAttr>(tile::kStagesAttr);
      bool fills = llvm::any_of(loop.getBody()->getOps<tile::CopyOp>(),
                                [](tile::CopyOp copy) { return isa<tile::GlobalType>(copy.getSource().getType()); });
      if ((stages && stages.getInt() > 0) || (!stages && !fills)) return;
      loop->setAttr(tile::kStagesAttr, builder.getI32IntegerAttr(schedule ? schedule.getStages() : 1));
    });
  }
};

} // namespace
} // namespace tilewright::sched
