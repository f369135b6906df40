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
#include "tilewright/Dialect/Sched/Transforms/Passes.h"

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

/// Marks, in the copy of a loop for the producer, the pipe that its copies fill.
constexpr llvm::StringLiteral kPipeAttr = "sched.pipe_number";

class Specializer {
public:
  Specializer(tile::KernelOp kernel, ScheduleAttr schedule) : kernel(kernel), schedule(schedule), builder(kernel) {}

  void run() {
    collect();
    if (loops.empty()) return;
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
    for (auto [number, loop] : llvm::enumerate(loops)) makeConsumer(loop, pipes[number]);
    for (SlotOp slot : dead) {
      auto alloc = slot.getRing().getDefiningOp<AllocOp>();
      slot.erase();
      alloc.erase();
    }
  }

private:
  /// The loops with products, and the copies in them.
  void collect() {
    kernel.walk([&](scf::ForOp loop) {
      if (loop.getBody()->getOps<DotOp>().empty()) return;
      loop->setAttr(kPipeAttr, builder.getI64IntegerAttr(static_cast<int64_t>(loops.size())));
      loop->removeAttr(tile::kStagesAttr);
      loops.push_back(loop);
    });
  }

  /// The copies in the body of a loop that bring operands of products.
  static SmallVector<CopyOp> copiesOf(scf::ForOp loop) {
    SmallVector<CopyOp> copies;
    for (auto copy : loop.getBody()->getOps<CopyOp>())
      if (llvm::all_of(copy.getDestination().getUsers(), [](Operation *user) { return isa<CopyOp, DotOp>(user); }))
        copies.push_back(copy);
    return copies;
  }

  void declarePipes() {
    for (scf::ForOp loop : loops) {
      SmallVector<SharedType> slots;
      SmallVector<Attribute> names;
      for (CopyOp copy : copiesOf(loop)) {
        auto slot = copy.getDestination().getDefiningOp<SlotOp>();
        slots.push_back(copy.getDestination().getType());
        names.push_back(builder.getStringAttr(slot.getRing().getDefiningOp<AllocOp>().getName().value_or("buffer")));
        dead.push_back(slot);
      }
      setToBlockStart(builder, kernel);
      auto type = PipeType::get(kernel.getContext(), schedule.getStages(), slots);
      pipes.push_back(PipeOp::create(builder, loop.getLoc(), type, builder.getArrayAttr(names), IntegerAttr()));
    }
  }

  //===-- producer ------------------------------------------------------------------------------------------------===//

  void makeProducer(Block &block) {
    block.walk([&](scf::ForOp loop) {
      auto number = loop->getAttrOfType<IntegerAttr>(kPipeAttr);
      if (!number) return;
      PipeOp pipe = pipes[number.getInt()];
      auto copies = copiesOf(loop);
      builder.setInsertionPoint(copies.back());
      auto acquire = AcquireOp::create(builder, loop.getLoc(), slotTypes(pipe), pipe);
      for (auto [copy, slot] : llvm::zip_equal(copies, acquire.getSlots())) {
        TmaLoadOp::create(builder, copy.getLoc(), copy.getSource(), copy.getOffsets(), slot, pipe);
        copy.erase();
      }
    });
    prune(block);
  }

  static SmallVector<Type> slotTypes(PipeOp pipe) {
    return llvm::map_to_vector(pipe.getResult().getType().getSlots(), [](SharedType slot) -> Type { return slot; });
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

  void makeConsumer(scf::ForOp loop, PipeOp pipe) {
    loop->removeAttr(kPipeAttr);
    auto copies = copiesOf(loop);
    builder.setInsertionPoint(copies.front());
    auto await = AwaitOp::create(builder, loop.getLoc(), slotTypes(pipe), pipe);
    for (auto [copy, slot] : llvm::zip_equal(copies, await.getSlots())) {
      copy.getDestination().replaceUsesWithIf(
          slot, [&](OpOperand &use) { return use.getOwner() != copy && loop->isProperAncestor(use.getOwner()); });
      copy.erase();
    }
    auto dots = llvm::to_vector(loop.getBody()->getOps<DotOp>());
    // A product whose result only goes on to the next iteration may still run while that starts, if there is a stage
    // beside its own.
    bool overlaps = schedule.getStages() > 1 && llvm::all_of(dots, [&](DotOp dot) { return isOnlyCarried(dot); });
    for (DotOp dot : dots) waitFor(dot.getResult(), overlaps ? static_cast<int64_t>(dots.size()) : 0);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    ReleaseOp::create(builder, loop.getLoc(), pipe, overlaps ? 1 : 0);
    if (!overlaps) return;
    builder.setInsertionPointAfter(loop);
    for (DotOp dot : dots) {
      auto wait = cast<DotWaitOp>(*dot->getUsers().begin());
      waitFor(loop.getResult(wait->getUses().begin()->getOperandNumber()), 0);
    }
    builder.setInsertionPointAfter(loop);
    while (isa<DotWaitOp>(*builder.getInsertionPoint())) builder.setInsertionPointAfter(&*builder.getInsertionPoint());
    ReleaseOp::create(builder, loop.getLoc(), pipe, 0);
  }

  /// Whether the product is added to a value that the loop carries, and to nothing else.
  static bool isOnlyCarried(DotOp dot) {
    auto argument = dyn_cast<BlockArgument>(dot.getAccumulator());
    if (!argument || !dot->hasOneUse() || !argument.hasOneUse()) return false;
    OpOperand &use = *dot->getUses().begin();
    // The first argument of the body is the induction variable.
    return isa<scf::YieldOp>(use.getOwner()) && argument.getOwner() == dot->getBlock() &&
           use.getOperandNumber() + 1 == argument.getArgNumber();
  }

  void waitFor(Value product, int64_t pending) {
    builder.setInsertionPointAfterValue(product);
    auto wait = DotWaitOp::create(builder, product.getLoc(), product, builder.getI64IntegerAttr(pending));
    product.replaceAllUsesExcept(wait, wait);
  }

  tile::KernelOp kernel;
  ScheduleAttr schedule;
  OpBuilder builder;
  SmallVector<scf::ForOp> loops;
  SmallVector<PipeOp> pipes;
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
