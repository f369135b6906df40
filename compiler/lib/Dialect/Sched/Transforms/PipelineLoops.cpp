// Makes copies run ahead of the loop that uses them.
//
//   scf.for %k ... {                        sched.copy (k = 0) to slot 0; sched.commit
//     sched.copy ... to %s                  scf.for %k ... {
//     sched.dot %s, ...              ->       %r = sched.wait %ring[%k] {pending = 0}
//   } {tile.stages = 2}                       sched.copy (k + 1) to %ring[%k] ahead 1 when k + 1 < n; sched.commit
//                                             sched.dot %r, ...
//                                           }

#include "tilewright/Dialect/Sched/Transforms/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_PIPELINELOOPS
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// The copies of one loop that run ahead together, and the memory they fill.
class PipelinedLoop {
public:
  PipelinedLoop(scf::ForOp loop, int64_t stages) : loop(loop), stages(stages), builder(loop) {
    for (auto copy : loop.getBody()->getOps<CopyOp>()) copies.push_back(copy);
    // Copies through registers end where they stand: running ahead would only cost memory and a longer prologue.
    if (llvm::none_of(copies, [](CopyOp copy) { return copy.getAsync(); })) this->stages = 1;
  }

  /// Whether every copy can run ahead; says at a copy why not.
  bool canRunAhead() {
    for (CopyOp copy : copies) {
      auto slot = copy.getDestination().getDefiningOp<SlotOp>();
      if (!slot || !isOnlyUsedHere(slot)) return decline(copy, "its buffer is also used outside the loop");
      if (!isOnlyWriter(copy, slot)) return decline(copy, "the loop writes its buffer elsewhere too");
      if (!isBeforeReaders(copy, slot)) return decline(copy, "the loop reads its buffer before the copy");
      if (writesSource(copy)) return decline(copy, "the loop writes the tensor it reads");
      if (!collectAddress(copy)) return decline(copy, "its address depends on what the loop computes");
    }
    return true;
  }

  void run() {
    for (CopyOp copy : copies) rings.push_back(widen(copy.getDestination().getDefiningOp<SlotOp>()));
    emitPrologue();
    emitAhead();
    for (CopyOp copy : copies) copy.erase();
  }

private:
  bool decline(CopyOp copy, StringRef why) {
    copy.emitRemark() << "this copy does not run ahead of the loop: " << why;
    return false;
  }

  /// The slot of a buffer stands before the loop; inside, it is written by a copy and read.
  bool isOnlyUsedHere(SlotOp slot) {
    return llvm::all_of(slot->getUsers(), [&](Operation *user) { return loop->isAncestor(user); });
  }

  static bool isOnlyWriter(CopyOp copy, SlotOp slot) {
    return llvm::all_of(slot->getUsers(), [&](Operation *user) { return user == copy || isa<DotOp, ReadOp>(user); });
  }

  bool isBeforeReaders(CopyOp copy, SlotOp slot) {
    return llvm::all_of(slot->getUsers(), [&](Operation *user) {
      Operation *inBody = loop.getBody()->findAncestorOpInBlock(*user);
      return user == copy || copy->isBeforeInBlock(inBody);
    });
  }

  bool writesSource(CopyOp copy) {
    auto found = loop->walk([&](tile::StoreOp store) {
      return store.getDestination() == copy.getSource() ? WalkResult::interrupt() : WalkResult::advance();
    });
    return found.wasInterrupted();
  }

  /// Collects, in order, what the loop computes for the offsets of `copy`; false if that is more than a pure function
  /// of the induction variable.
  bool collectAddress(CopyOp copy) {
    SmallVector<Value> work(copy.getOffsets());
    while (!work.empty()) {
      Value value = work.pop_back_val();
      if (value == loop.getInductionVar() || loop.isDefinedOutsideOfLoop(value)) continue;
      Operation *op = value.getDefiningOp();
      if (!op || op->getBlock() != loop.getBody() || !isPure(op)) return false;
      if (!address.insert(op)) continue;
      llvm::append_range(work, op->getOperands());
    }
    return true;
  }

  /// Gives the ring of `slot` as many slots as there are stages.
  Value widen(SlotOp slot) {
    auto alloc = slot.getRing().getDefiningOp<AllocOp>();
    auto type = RingType::get(loop.getContext(), stages, cast<RingType>(alloc.getResult().getType()).getSlot());
    alloc.getResult().setType(type);
    return alloc.getResult();
  }

  Value indexConstant(int64_t value) { return arith::ConstantIndexOp::create(builder, loop.getLoc(), value); }

  /// The iteration number of the induction variable: it counts from zero by one.
  Value iterationOf(Value induction) {
    Value lower = loop.getLowerBound(), step = loop.getStep(), number = induction;
    if (!matchPattern(lower, m_Zero())) number = arith::SubIOp::create(builder, loop.getLoc(), number, lower);
    if (!matchPattern(step, m_One())) number = arith::DivUIOp::create(builder, loop.getLoc(), number, step);
    return number;
  }

  /// The copies of the iteration with induction value `induction`, if it exists, into the given slots.
  void emitCopies(Value induction, function_ref<Value(Value)> slotOf) {
    Value exists =
        arith::CmpIOp::create(builder, loop.getLoc(), arith::CmpIPredicate::slt, induction, loop.getUpperBound());
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), induction);
    for (Operation &op : *loop.getBody())
      if (address.contains(&op)) builder.clone(op, mapping);
    for (auto [copy, ring] : llvm::zip_equal(copies, rings)) {
      auto offsets =
          llvm::map_to_vector(copy.getOffsets(), [&](Value offset) { return mapping.lookupOrDefault(offset); });
      CopyOp::create(builder, copy.getLoc(), copy.getSource(), offsets, slotOf(ring), exists, copy.getLayoutAttr(),
                     copy.getBytesAttr(), copy.getAsyncAttr());
    }
    CommitOp::create(builder, loop.getLoc());
  }

  void emitPrologue() {
    builder.setInsertionPoint(loop);
    for (int64_t stage = 0; stage + 1 < stages; ++stage) {
      Value induction = loop.getLowerBound();
      if (stage > 0) {
        Value distance = arith::MulIOp::create(builder, loop.getLoc(), loop.getStep(), indexConstant(stage));
        induction = arith::AddIOp::create(builder, loop.getLoc(), induction, distance);
      }
      emitCopies(induction,
                 [&](Value ring) -> Value { return SlotOp::create(builder, loop.getLoc(), ring, Value(), stage); });
    }
  }

  void emitAhead() {
    builder.setInsertionPointToStart(loop.getBody());
    Value iteration = iterationOf(loop.getInductionVar());
    if (stages == 1)
      emitCopies(loop.getInductionVar(),
                 [&](Value ring) -> Value { return SlotOp::create(builder, loop.getLoc(), ring, iteration, 0); });
    auto filled = llvm::map_to_vector(
        rings, [&](Value ring) -> Value { return SlotOp::create(builder, loop.getLoc(), ring, iteration, 0); });
    auto wait = WaitOp::create(builder, loop.getLoc(), TypeRange(ValueRange(filled)), filled,
                               builder.getI64IntegerAttr(std::max<int64_t>(stages - 2, 0)));
    if (stages > 1) {
      Value distance = arith::MulIOp::create(builder, loop.getLoc(), loop.getStep(), indexConstant(stages - 1));
      Value induction = arith::AddIOp::create(builder, loop.getLoc(), loop.getInductionVar(), distance);
      emitCopies(induction, [&](Value ring) -> Value {
        return SlotOp::create(builder, loop.getLoc(), ring, iteration, stages - 1);
      });
    }
    for (auto [copy, ready] : llvm::zip_equal(copies, wait.getResults()))
      copy.getDestination().replaceUsesWithIf(ready, [&](OpOperand &use) { return use.getOwner() != copy; });
  }

  scf::ForOp loop;
  int64_t stages;
  OpBuilder builder;
  SmallVector<CopyOp> copies;
  SmallVector<Value> rings;
  llvm::SetVector<Operation *> address;
};

/// Copies that run in place: a run of them becomes one group, complete before the next operation.
void completeInPlace(tile::KernelOp kernel) {
  SmallVector<CopyOp> copies;
  kernel.walk([&](CopyOp copy) { copies.push_back(copy); });
  for (CopyOp copy : copies) {
    auto slot = copy.getDestination().getDefiningOp<SlotOp>();
    if (!copy.getAsync() || copy.getPredicate() || !slot) continue;
    OpBuilder builder(copy);
    builder.setInsertionPointAfter(copy);
    CommitOp::create(builder, copy.getLoc());
    WaitOp::create(builder, copy.getLoc(), slot.getType(), ValueRange{slot}, builder.getI64IntegerAttr(0));
  }
}

struct PipelineLoops : impl::PipelineLoopsBase<PipelineLoops> {
  void runOnOperation() override {
    // All loops are looked at before any is rewritten: the copies that run ahead of an inner loop are not its outer
    // loop's.
    SmallVector<PipelinedLoop> loops;
    getOperation().walk([&](scf::ForOp loop) {
      auto stages = loop->getAttrOfType<IntegerAttr>(tile::kStagesAttr);
      if (!stages) return;
      loops.emplace_back(loop, std::max<int64_t>(stages.getInt(), 1));
      loop->removeAttr(tile::kStagesAttr);
    });
    for (PipelinedLoop &loop : loops)
      if (loop.canRunAhead()) loop.run();
    completeInPlace(getOperation());
  }
};

} // namespace
} // namespace tilewright::sched
