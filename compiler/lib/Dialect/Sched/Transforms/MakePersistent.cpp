// Gives blocks their tiles: puts a loop over tiles into blocks that go on to further ones, and deals tiles out to
// clusters.
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
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_MAKEPERSISTENT
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// Deals the tiles of a grid out in one block of code.
class Dealer {
public:
  /// `next`: the step of the loops over tiles, where a counter deals them out; null: the number of blocks.
  Dealer(tile::BlocksOp grid, ScheduleAttr schedule, Value next)
      : grid(grid), schedule(schedule), next(next), builder(grid), loc(grid.getLoc()) {}

  /// Moves what `block` does to the tiles of its turn. Memory is declared once.
  void run(Block &block) {
    SmallVector<Operation *> work;
    for (Operation &op : block)
      if (!isa<PipeOp, AllocOp, SlotOp, ClusterBarrierOp, DealOp>(op) && !op.hasTrait<OpTrait::IsTerminator>())
        work.push_back(&op);
    if (work.empty()) return;
    builder.setInsertionPoint(work.front());
    SmallVector<Value> extents(grid.getExtents());
    if (clustered()) {
      Value &extent = extents[static_cast<size_t>(schedule.getClusterAxis())];
      extent = arith::CeilDivUIOp::create(builder, loc, extent, index(schedule.getCluster()));
    }
    Value count = extents.front();
    if (schedule.getPersistent())
      for (Value extent : ArrayRef(extents).drop_front()) count = arith::MulIOp::create(builder, loc, count, extent);
    Value turn = inClusters(BlockNumberOp::create(builder, loc, builder.getIndexType()));
    if (schedule.getPersistent()) {
      Value step = next;
      if (!step) step = inClusters(BlockCountOp::create(builder, loc, builder.getIndexType()));
      auto loop = scf::ForOp::create(builder, loc, turn, count, step);
      for (Operation *op : work) op->moveBefore(loop.getBody()->getTerminator());
      builder.setInsertionPointToStart(loop.getBody());
      turn = loop.getInductionVar();
    }
    auto places = TileIndicesOp::create(builder, loc, turn, extents);
    SmallVector<Value> indices(places.getIndices());
    if (clustered()) spread(indices[static_cast<size_t>(schedule.getClusterAxis())], work);
    for (auto [argument, index] : llvm::zip_equal(grid.getBody().getArguments(), indices))
      argument.replaceUsesWithIf(index, [&](OpOperand &use) {
        return llvm::any_of(work, [&](Operation *op) { return op->isAncestor(use.getOwner()); });
      });
  }

private:
  bool clustered() const { return schedule.getCluster() > 1; }

  Value index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

  /// A number of blocks, or of a block, as one of clusters.
  Value inClusters(Value number) {
    return clustered() ? arith::DivUIOp::create(builder, loc, number, index(schedule.getCluster())) : number;
  }

  /// Turns the place of a cluster into that of this block. Over the edge of the grid a block repeats the last tile, so
  /// that all it computes stays in bounds and in step with its neighbours, and stores nothing.
  void spread(Value &place, ArrayRef<Operation *> work) {
    Value extent = grid.getExtents()[static_cast<size_t>(schedule.getClusterAxis())];
    Value first = arith::MulIOp::create(builder, loc, place, index(schedule.getCluster()));
    Value mine =
        arith::AddIOp::create(builder, loc, first, ClusterRankOp::create(builder, loc, builder.getIndexType()));
    Value last = arith::SubIOp::create(builder, loc, extent, index(1));
    Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule, mine, last);
    place = arith::MinUIOp::create(builder, loc, mine, last);
    SmallVector<Operation *> stores;
    for (Operation *op : work)
      op->walk([&](Operation *inner) {
        if (writesGlobalMemory(inner)) stores.push_back(inner);
      });
    for (Operation *store : stores) {
      // Groups of stores are counted whether or not they hold any.
      if (auto bulk = dyn_cast<TmaStoreOp>(store)) {
        bulk.getPredicateMutable().assign(inside);
        continue;
      }
      OpBuilder at(store);
      auto guard = scf::IfOp::create(at, store->getLoc(), inside, /*withElseRegion=*/false);
      store->moveBefore(guard.thenBlock()->getTerminator());
    }
  }

  static bool writesGlobalMemory(Operation *op) {
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    SmallVector<MemoryEffects::EffectInstance> found;
    if (effects && op->getNumRegions() == 0) effects.getEffectsOnResource(tile::GlobalMemory::get(), found);
    return llvm::any_of(found, [](auto &effect) { return isa<MemoryEffects::Write>(effect.getEffect()); });
  }

  tile::BlocksOp grid;
  ScheduleAttr schedule;
  Value next;
  OpBuilder builder;
  Location loc;
};

/// The numbers of tiles that the producer may have asked for while the consumer is at one.
constexpr int64_t kNumbersAhead = 2;

/// Declares the counter that deals out tiles, a workspace, and the pipe that their numbers go through.
Value declareDeal(tile::KernelOp kernel, tile::BlocksOp grid) {
  Location loc = grid.getLoc();
  OpBuilder builder(kernel.getContext());
  Type word = builder.getI32Type();
  auto counter = tile::GlobalType::get(kernel.getContext(), {1}, word, {1}, 4);
  if (auto names = kernel.getArgNames()) {
    SmallVector<Attribute> all(names->begin(), names->end());
    all.push_back(builder.getStringAttr("counter"));
    kernel.setArgNamesAttr(builder.getArrayAttr(all));
  }
  (void)kernel.insertArgument(kernel.getArgumentTypes().size(), counter, {}, loc);
  kernel->setAttr(kCounterAttr, builder.getUnitAttr());
  builder.setInsertionPointToStart(&grid.getBody().front());
  auto number = SharedType::get(kernel.getContext(), {1}, word, MemoryAttr::get(kernel.getContext(), {0}, 0));
  auto type = PipeType::get(kernel.getContext(), kNumbersAhead, {number}, /*cluster=*/1);
  auto pipe = PipeOp::create(builder, loc, type, builder.getStrArrayAttr({"tile"}), IntegerAttr());
  return DealOp::create(builder, loc, builder.getIndexType(), kernel.getBody().getArguments().back(), pipe);
}

struct MakePersistent : impl::MakePersistentBase<MakePersistent> {
  void runOnOperation() override {
    auto schedule = getOperation()->getAttrOfType<ScheduleAttr>(kScheduleAttr);
    tile::BlocksOp grid = getOperation().getBlocks();
    if (!schedule || !grid || !(schedule.getPersistent() || schedule.getCluster() > 1)) return;
    RolesOp roles;
    grid.walk([&](RolesOp found) { roles = found; });
    Value next = schedule.getDynamic() && roles ? declareDeal(getOperation(), grid) : Value();
    Dealer dealer(grid, schedule, next);
    if (!roles) return dealer.run(grid.getBody().front());
    dealer.run(roles.getProducer().front());
    dealer.run(roles.getConsumer().front());
  }
};

} // namespace
} // namespace tilewright::sched
