// Puts a loop over tiles into blocks that go on to further ones.
//
//   tile.blocks (%i) in (%n) {             tile.blocks (%i) in (%n) {
//     ...                          ->        scf.for %t = block_number to %n step block_count {
//   }                                          %u = sched.tile_indices %t in (%n)
//                                              ...
//                                            }
//                                          }

#include "tilewright/Dialect/Sched/Transforms/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_MAKEPERSISTENT
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// Moves what `block` does into a loop over tiles. Memory is declared once.
void loopOverTiles(tile::BlocksOp grid, Block &block) {
  SmallVector<Operation *> work;
  for (Operation &op : block)
    if (!isa<PipeOp, AllocOp, SlotOp>(op) && !op.hasTrait<OpTrait::IsTerminator>()) work.push_back(&op);
  if (work.empty()) return;
  Location loc = grid.getLoc();
  OpBuilder builder(work.front());
  Value count = grid.getExtents().front();
  for (Value extent : grid.getExtents().drop_front()) count = arith::MulIOp::create(builder, loc, count, extent);
  Value first = BlockNumberOp::create(builder, loc, builder.getIndexType()),
        step = BlockCountOp::create(builder, loc, builder.getIndexType());
  auto loop = scf::ForOp::create(builder, loc, first, count, step);
  Operation *end = loop.getBody()->getTerminator();
  builder.setInsertionPointToStart(loop.getBody());
  auto indices = TileIndicesOp::create(builder, loc, loop.getInductionVar(), grid.getExtents());
  for (Operation *op : work) op->moveBefore(end);
  for (auto [index, tile] : llvm::zip_equal(grid.getBody().getArguments(), indices.getIndices()))
    index.replaceUsesWithIf(tile, [&](OpOperand &use) { return loop->isProperAncestor(use.getOwner()); });
}

struct MakePersistent : impl::MakePersistentBase<MakePersistent> {
  void runOnOperation() override {
    auto schedule = getOperation()->getAttrOfType<ScheduleAttr>(kScheduleAttr);
    tile::BlocksOp grid = getOperation().getBlocks();
    if (!schedule || !schedule.getPersistent() || !grid) return;
    RolesOp roles;
    grid.walk([&](RolesOp found) { roles = found; });
    if (!roles) return loopOverTiles(grid, grid.getBody().front());
    loopOverTiles(grid, roles.getProducer().front());
    loopOverTiles(grid, roles.getConsumer().front());
  }
};

} // namespace
} // namespace tilewright::sched
