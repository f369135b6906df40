// Gives loads of products to producer warps.
//
//   scf.for %k ... {                       %p = sched.pipe
//     sched.copy %a[...] to %s             sched.roles producer {
//     sched.copy %b[...] to %t               scf.for %k ... {
//     %d = sched.dot %s, %t, %c                %s, %t = sched.acquire %p
//     scf.yield %d                 ->          sched.tma_load %a[...] to %s of %p ...
//   }                                        }
//                                          } consumer {
//                                            %r = scf.for %k ... {
//                                              %s, %t = sched.await %p
//                                              %d = sched.dot_wait (sched.dot %s, %t, %c) {pending = 1}
//                                              sched.release %p lag 1
//                                              scf.yield %d
//                                            }
//                                            sched.dot_wait %r {pending = 0}; sched.release %p
//                                          }

#include "BlockStart.h"
#include "ProductOverlap.h"
#include "tilewright/Dialect/Sched/IR/TensorMaps.h"
#include "tilewright/Dialect/Sched/Transforms/Clusters.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Dialect/Sched/Transforms/WarpSharing.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_SPECIALIZEWARPS
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// Marks, also in the code for the producer, the pipe that a copy fills.
constexpr llvm::StringLiteral kPipeAttr = "sched.pipe_number";

class Specializer {
public:
  Specializer(tile::KernelOp kernel, ScheduleAttr schedule) : kernel(kernel), schedule(schedule), builder(kernel) {}

  void run() {
    collect();
    if (groups.empty()) return;
    declarePipes();
    Block &body = kernel.getBlocks().getBody().front();
    builder.setInsertionPoint(body.getTerminator());
    auto roles = RolesOp::create(builder, kernel.getLoc());
    Block *producer = builder.createBlock(&roles.getProducer()), *consumer = builder.createBlock(&roles.getConsumer());
    // What the two have in common, sizes and positions, is computed in both.
    IRMapping mapping;
    SmallVector<Operation *> work;
    for (Operation &op : body.without_terminator())
      if (&op != roles && !isa<PipeOp, AllocOp, SlotOp>(op)) work.push_back(&op);
    builder.setInsertionPointToEnd(producer);
    for (Operation *op : work) builder.clone(*op, mapping);
    for (Operation *op : work) op->moveBefore(consumer, consumer->end());
    makeProducer(*producer);
    makeConsumer(*consumer);
    if (llvm::any_of(groups, [](const Group &group) { return group.cluster() > 1; })) {
      builder.setInsertionPointAfter(roles);
      ClusterBarrierOp::create(builder, kernel.getLoc());
    }
    for (SlotOp slot : dead) {
      auto alloc = slot.getRing().getDefiningOp<AllocOp>();
      slot.erase();
      alloc.erase();
    }
  }

private:
  /// The loads of one block, which fill the stages of one pipe.
  struct Group {
    SmallVector<CopyOp> copies;
    SmallVector<int64_t> multicast; ///< of each copy: how many blocks share it
    int64_t stages;
    PipeOp pipe;

    int64_t cluster() const { return *llvm::max_element(multicast); }
  };

  void collect() {
    llvm::MapVector<std::pair<Block *, unsigned>, SmallVector<CopyOp>> parts; // early ones of a block, late ones
    llvm::DenseSet<Operation *> late = findOverlap();
    kernel.walk<WalkOrder::PreOrder>([&](CopyOp copy) {
      bool feeds = llvm::all_of(copy.getDestination().getUsers(), llvm::IsaPred<CopyOp, DotOp>);
      if (feeds && isa<tile::GlobalType>(copy.getSource().getType()))
        parts[{copy->getBlock(), late.contains(copy) ? 1 : 0}].push_back(copy);
    });
    for (auto &[part, copies] : parts) {
      Block *block = part.first;
      for (CopyOp copy : copies)
        copy->setAttr(kPipeAttr, builder.getI64IntegerAttr(static_cast<int64_t>(groups.size())));
      auto loop = dyn_cast<scf::ForOp>(block->getParentOp());
      auto given = loop ? loop->getAttrOfType<IntegerAttr>(tile::kStagesAttr) : IntegerAttr();
      int64_t stages = given  ? std::max<int64_t>(given.getInt(), 1)
                       : loop ? schedule.getStages()
                              : (schedule.getPersistent() ? kSingleLoadStages : 1);
      auto multicast = llvm::map_to_vector(copies, [&](CopyOp copy) { return multicastOf(copy); });
      groups.push_back({copies, multicast, stages, PipeOp()});
    }
    for (Group &group : groups) group.copies.front()->getParentOp()->removeAttr(tile::kStagesAttr);
  }

  /// Marks the loops whose products are to overlap across iterations; what belongs to the late parts of their bodies.
  llvm::DenseSet<Operation *> findOverlap() {
    llvm::DenseSet<Operation *> late;
    kernel.walk([&](scf::ForOp loop) {
      auto split = splitBody(loop);
      if (!split) return;
      if (!split->obstacle.empty()) {
        loop.emitRemark() << "products of this loop do not overlap across iterations: " << split->obstacle;
        return;
      }
      loop->setAttr(kOverlapAttr, builder.getUnitAttr());
      late.insert(split->late.begin(), split->late.end());
    });
    return late;
  }

  /// How many blocks share what the copy brings.
  int64_t multicastOf(CopyOp copy) {
    int64_t cluster = schedule.getCluster();
    if (cluster == 1) return 1;
    auto index = kernel.getBlocks().getBody().getArgument(static_cast<unsigned>(schedule.getClusterAxis()));
    bool alike = isLoadedAlike(copy, copy.getOffsets(), index) &&
                 cutForMulticast(copy.getDestination().getType(), cluster).has_value();
    return alike ? cluster : 1;
  }

  void declarePipes() {
    for (Group &group : groups) {
      SmallVector<SharedType> slots;
      SmallVector<Attribute> names;
      for (CopyOp copy : group.copies) {
        auto slot = copy.getDestination().getDefiningOp<SlotOp>();
        slots.push_back(copy.getDestination().getType());
        names.push_back(builder.getStringAttr(slot.getRing().getDefiningOp<AllocOp>().getName().value_or("buffer")));
        dead.push_back(slot);
      }
      setToBlockStart(builder, kernel);
      auto type = PipeType::get(kernel.getContext(), group.stages, slots, group.cluster());
      group.pipe =
          PipeOp::create(builder, group.copies.front().getLoc(), type, builder.getArrayAttr(names), IntegerAttr());
    }
  }

  static SmallVector<Type> slotTypes(PipeOp pipe) {
    return llvm::map_to_vector(pipe.getResult().getType().getSlots(), [](SharedType slot) -> Type { return slot; });
  }

  //===-- producer ------------------------------------------------------------------------------------------------===//

  void makeProducer(Block &block) {
    SmallVector<SmallVector<CopyOp>> copies(groups.size());
    block.walk([&](CopyOp copy) {
      if (auto number = copy->getAttrOfType<IntegerAttr>(kPipeAttr)) copies[number.getInt()].push_back(copy);
    });
    for (auto [group, cloned] : llvm::zip_equal(groups, copies)) {
      builder.setInsertionPoint(cloned.back());
      auto acquire = AcquireOp::create(builder, cloned.front().getLoc(), slotTypes(group.pipe), group.pipe);
      for (auto [copy, slot, multicast] : llvm::zip_equal(cloned, acquire.getSlots(), group.multicast)) {
        TmaLoadOp::create(builder, copy.getLoc(), copy.getSource(), copy.getOffsets(), slot, group.pipe, multicast);
        copy.erase();
      }
    }
    prune(block);
  }

  /// Removes what does not serve loads: last operations first, so that users go before what they use. Loops and
  /// branches lose what they carry.
  void prune(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
      if (op.hasTrait<OpTrait::IsTerminator>() || isa<AcquireOp, TmaLoadOp>(op)) continue;
      bool loads = op.walk([](TmaLoadOp) { return WalkResult::interrupt(); }).wasInterrupted();
      if (loads) {
        dropResults(&op);
        continue;
      }
      bool needed = op.getNumRegions() == 0 && isPure(&op) && !op.use_empty();
      if (needed) continue;
      op.dropAllUses();
      op.erase();
    }
  }

  /// Replaces a loop or branch by one that gives no results, with a pruned body.
  void dropResults(Operation *op) {
    op->dropAllUses();
    builder.setInsertionPoint(op);
    auto take = [&](Block *from, Block *to) {
      if (to->mightHaveTerminator()) to->getTerminator()->erase();
      from->getTerminator()->erase();
      to->getOperations().splice(to->end(), from->getOperations());
      builder.setInsertionPointToEnd(to);
      scf::YieldOp::create(builder, op->getLoc());
      prune(*to);
    };
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      auto made = scf::ForOp::create(builder, op->getLoc(), loop.getLowerBound(), loop.getUpperBound(), loop.getStep());
      loop.getInductionVar().replaceAllUsesWith(made.getInductionVar());
      for (Value carried : loop.getRegionIterArgs()) carried.dropAllUses();
      take(loop.getBody(), made.getBody());
    } else {
      auto branch = cast<scf::IfOp>(op);
      auto made = scf::IfOp::create(builder, op->getLoc(), branch.getCondition(), branch.elseBlock() != nullptr);
      take(branch.thenBlock(), made.thenBlock());
      if (branch.elseBlock()) take(branch.elseBlock(), made.elseBlock());
    }
    op->erase();
  }

  //===-- consumer ------------------------------------------------------------------------------------------------===//

  void makeConsumer(Block &consumer) {
    llvm::MapVector<Block *, SmallVector<DotOp>> dots;
    consumer.walk<WalkOrder::PreOrder>([&](DotOp dot) { dots[dot->getBlock()].push_back(dot); });
    llvm::DenseSet<Block *> overlapping;
    for (auto &[block, products] : dots)
      if (waitForProducts(*block, products)) overlapping.insert(block);
    for (Group &group : groups) empty(group, overlapping);
  }

  /// Puts in waits for the products of a block. A product whose result only goes on to the next iteration may still run
  /// while that starts, if there is a stage beside its own; then the result is true.
  bool waitForProducts(Block &block, ArrayRef<DotOp> products) {
    auto loop = dyn_cast<scf::ForOp>(block.getParentOp());
    bool overlaps = loop && llvm::all_of(products, [](DotOp dot) { return isOnlyCarried(dot); }) &&
                    llvm::all_of(groups, [&](const Group &group) {
                      return group.copies.front()->getBlock() != &block || group.stages > 1;
                    });
    for (DotOp dot : products) waitFor(dot.getResult(), overlaps ? static_cast<int64_t>(products.size()) : 0);
    if (!overlaps) return false;
    builder.setInsertionPointAfter(loop);
    for (DotOp dot : products) {
      auto wait = cast<DotWaitOp>(*dot->getUsers().begin());
      waitFor(loop.getResult(wait->getUses().begin()->getOperandNumber()), 0);
    }
    return true;
  }

  /// Awaits a stage where its loads were, and gives it back at the end of their block: one late where products overlap.
  void empty(Group &group, const llvm::DenseSet<Block *> &overlapping) {
    CopyOp front = group.copies.front();
    Block *block = front->getBlock();
    builder.setInsertionPoint(front);
    auto await = AwaitOp::create(builder, front.getLoc(), slotTypes(group.pipe), group.pipe);
    for (auto [copy, slot] : llvm::zip_equal(group.copies, await.getSlots())) {
      copy.getDestination().replaceUsesWithIf(slot, [](OpOperand &use) { return isa<DotOp>(use.getOwner()); });
      copy.erase();
    }
    if (block->mightHaveTerminator() && block->back().hasTrait<OpTrait::IsTerminator>())
      builder.setInsertionPoint(&block->back());
    else
      builder.setInsertionPointToEnd(block);
    bool late = overlapping.contains(block);
    ReleaseOp::create(builder, await.getLoc(), group.pipe, late ? 1 : 0);
    if (!late) return;
    Block *outer = block->getParentOp()->getBlock();
    auto after = std::next(block->getParentOp()->getIterator());
    while (after != outer->end() && isa<DotWaitOp>(*after)) ++after;
    builder.setInsertionPoint(outer, after);
    ReleaseOp::create(builder, await.getLoc(), group.pipe, 0);
  }

  /// Whether the product is added to a value that the loop carries, and to nothing else, and reads no registers, which
  /// the next iteration would write while it runs.
  static bool isOnlyCarried(DotOp dot) {
    if (!dot.getSharedA()) return false;
    auto argument = dyn_cast<BlockArgument>(dot.getAccumulator());
    if (!argument || !dot->hasOneUse() || !argument.hasOneUse()) return false;
    OpOperand &use = *dot->getUses().begin();
    // The first argument of the body is the induction variable.
    return isa<scf::YieldOp>(use.getOwner()) && argument.getOwner() == dot->getBlock() &&
           use.getOperandNumber() + 1 == argument.getArgNumber();
  }

  void waitFor(Value product, int64_t pending) {
    builder.setInsertionPointAfterValue(product);
    SmallVector<Value> operands;
    if (auto dot = product.getDefiningOp<DotOp>(); dot && !dot.getSharedA()) operands.push_back(dot.getA());
    auto wait = DotWaitOp::create(builder, product.getLoc(), product, operands, builder.getI64IntegerAttr(pending));
    product.replaceAllUsesExcept(wait, wait);
  }

  tile::KernelOp kernel;
  ScheduleAttr schedule;
  OpBuilder builder;
  SmallVector<Group> groups;
  SmallVector<SlotOp> dead;
};

struct SpecializeWarps : impl::SpecializeWarpsBase<SpecializeWarps> {
  void runOnOperation() override {
    auto schedule = getOperation()->getAttrOfType<ScheduleAttr>(kScheduleAttr);
    if (schedule && schedule.getProducerWarps() > 0) Specializer(getOperation(), schedule).run();
  }
};

} // namespace
} // namespace tilewright::sched
