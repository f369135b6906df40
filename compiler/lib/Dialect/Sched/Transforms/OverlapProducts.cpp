// Starts products of the next iteration before those of this one that depend on vector code.
//
//   for j = 0 to n {               if 0 < n {
//     %s = dot %q, %k[j]             %s = dot %q, %k[0]; wait; %p = f(%s)
//     wait %s                        for j = 1 to n iter_args(%p) {
//     %p = f(%s)               ->      %s = dot %q, %k[j]
//     %o += dot %p, %v[j]              %o += dot %p, %v[j - 1]
//     wait %o                          wait %s {pending = 1}; %next = f(%s)
//   }                                  wait %o keeping %p; yield %next
//                                    }
//                                    %o += dot %p, %v[n - 1]; wait %o
//                                  }

#include "ProductOverlap.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_OVERLAPPRODUCTS
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// One part of the body: up to its products and loads, what comes after them, and what only makes the values that the
/// other part takes over.
struct Part {
  SmallVector<Operation *> start, rest, handOver;
  int64_t products = 0;
};

class Rotation {
public:
  Rotation(scf::ForOp loop, BodySplit split) : loop(loop), split(std::move(split)), builder(loop) {}

  void run() {
    early = part(/*late=*/false);
    late = part(/*late=*/true);
    SmallVector<Value> results;
    if (loop.getStaticTripCount()) {
      results = rotate(); // at least three iterations, says splitBody
    } else {
      Value any = arith::CmpIOp::create(builder, loop.getLoc(), arith::CmpIPredicate::slt, loop.getLowerBound(),
                                        loop.getUpperBound());
      auto branch = scf::IfOp::create(builder, loop.getLoc(), loop.getResultTypes(), any, /*withElseRegion=*/true);
      builder.setInsertionPointToStart(branch.thenBlock());
      scf::YieldOp::create(builder, loop.getLoc(), rotate());
      builder.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(builder, loop.getLoc(), loop.getInitArgs());
      llvm::append_range(results, branch.getResults());
    }
    loop->replaceAllUsesWith(results);
    loop.erase();
  }

private:
  Part part(bool late) {
    Part result;
    llvm::DenseSet<Operation *> needed;
    Block &body = *loop.getBody();
    for (Operation &op : llvm::reverse(body.without_terminator())) {
      if (!belongs(op, late)) continue;
      if (isa<DotOp>(op)) ++result.products;
      // Loads into registers take their time while the products do.
      bool begins = isa<DotOp>(op) || (isa<tile::LoadOp>(op) && !needsProduct(&op));
      if (!begins && !needed.contains(&op)) continue;
      needed.insert(&op);
      llvm::SetVector<Value> used(op.operand_begin(), op.operand_end());
      if (op.getNumRegions()) getUsedValuesDefinedAbove(op.getRegions(), used);
      for (Value value : used)
        if (Operation *from = value.getDefiningOp(); from && from->getBlock() == &body) needed.insert(from);
    }
    // Waits first, stages given back next: the earlier, the more a producer can run ahead.
    SmallVector<Operation *> releases, others;
    for (Operation &op : body.without_terminator()) {
      if (!belongs(op, late)) continue;
      if (needed.contains(&op))
        result.start.push_back(&op);
      else if (isa<DotWaitOp>(op))
        result.rest.push_back(&op);
      else if (!late && isHandOver(op))
        result.handOver.push_back(&op);
      else
        (isa<ReleaseOp>(op) ? releases : others).push_back(&op);
    }
    llvm::append_range(result.rest, releases);
    llvm::append_range(result.rest, others);
    return result;
  }

  /// Whether an operation of the body needs a product of its iteration.
  bool needsProduct(Operation *op) {
    return llvm::any_of(op->getOperands(), [&](Value value) {
      Operation *from = value.getDefiningOp();
      return from && from->getBlock() == loop.getBody() && (isa<DotOp>(from) || needsProduct(from));
    });
  }

  /// Whether an operation only narrows, say, what a product of the late part will read from registers.
  bool isHandOver(Operation &op) {
    auto isLate = [&](Operation *user) { return split.late.contains(loop.getBody()->findAncestorOpInBlock(*user)); };
    return isPure(&op) && llvm::any_of(op.getResults(), [&](Value v) { return split.crossing.contains(v); }) &&
           llvm::all_of(op.getUsers(), isLate);
  }

  bool belongs(Operation &op, bool late) {
    return late ? split.late.contains(&op) || split.repeated.contains(&op) : !split.late.contains(&op);
  }

  void clone(ArrayRef<Operation *> ops, IRMapping &mapping, int64_t pending) {
    for (Operation *op : ops) {
      Operation *made = builder.clone(*op, mapping);
      auto wait = dyn_cast<DotWaitOp>(made);
      if (wait && wait.getPending() == 0) wait.setPending(pending);
    }
  }

  /// Values for the early part's first iteration, or for any: what the loop carries in, or the body's own values.
  SmallVector<Value> mapped(ValueRange values, const IRMapping &mapping) {
    return llvm::map_to_vector(values, [&](Value value) { return mapping.lookupOrDefault(value); });
  }

  /// The carried values of one part, of a list with one for each.
  SmallVector<Value> select(ValueRange values, bool late) {
    SmallVector<Value> result;
    for (auto [i, value] : llvm::enumerate(values))
      if (split.lateCarried[i] == late) result.push_back(value);
    return result;
  }

  /// Emits the loop; its results.
  SmallVector<Value> rotate() {
    Location loc = loop.getLoc();
    SmallVector<Value> crossing(split.crossing.getArrayRef());
    auto carriedEarly = select(loop.getRegionIterArgs(), false), carriedLate = select(loop.getRegionIterArgs(), true);
    auto yieldedEarly = select(loop.getYieldedValues(), false), yieldedLate = select(loop.getYieldedValues(), true);

    // The early part of the first iteration.
    IRMapping first;
    first.map(loop.getInductionVar(), loop.getLowerBound());
    first.map(loop.getRegionIterArgs(), loop.getInitArgs());
    clone(early.start, first, 0);
    clone(early.rest, first, 0);
    clone(early.handOver, first, 0);

    SmallVector<Value> inits = mapped(yieldedEarly, first);
    llvm::append_range(inits, select(loop.getInitArgs(), true));
    llvm::append_range(inits, mapped(crossing, first));
    Value second = builder.createOrFold<arith::AddIOp>(loc, loop.getLowerBound(), loop.getStep());
    auto made = scf::ForOp::create(builder, loc, second, loop.getUpperBound(), loop.getStep(), inits,
                                   [](OpBuilder &, Location, Value, ValueRange) {});
    auto split3 = [&](ValueRange values) {
      size_t a = carriedEarly.size(), b = carriedLate.size();
      return std::array{values.take_front(a), values.slice(a, b), values.drop_front(a + b)};
    };
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(made.getBody());
      auto [inEarly, inLate, inCrossing] = split3(made.getRegionIterArgs());
      IRMapping ahead, behind;
      ahead.map(loop.getInductionVar(), made.getInductionVar());
      ahead.map(carriedEarly, inEarly);
      Value previous = arith::SubIOp::create(builder, loc, made.getInductionVar(), loop.getStep());
      behind.map(loop.getInductionVar(), previous);
      behind.map(carriedLate, inLate);
      behind.map(crossing, inCrossing);
      clone(early.start, ahead, 0);
      clone(late.start, behind, 0);
      if (!late.products) clone(late.rest, behind, 0); // it is what the early products run beside
      clone(early.rest, ahead, late.products);
      if (late.products) clone(late.rest, behind, 0);
      // Not before the products that read the registers of these values are complete.
      clone(early.handOver, ahead, 0);
      SmallVector<Value> yielded = mapped(yieldedEarly, ahead);
      llvm::append_range(yielded, mapped(yieldedLate, behind));
      llvm::append_range(yielded, mapped(crossing, ahead));
      scf::YieldOp::create(builder, loc, yielded);
    }

    // The late part of the last iteration.
    auto [outEarly, outLate, outCrossing] = split3(made.getResults());
    IRMapping last;
    last.map(loop.getInductionVar(), lastInduction());
    last.map(carriedLate, outLate);
    last.map(crossing, outCrossing);
    clone(late.start, last, 0);
    clone(late.rest, last, 0);
    SmallVector<Value> lateResults = mapped(yieldedLate, last), results;
    size_t nextEarly = 0, nextLate = 0;
    for (bool isLate : split.lateCarried)
      results.push_back(isLate ? lateResults[nextLate++] : Value(outEarly[nextEarly++]));
    return results;
  }

  /// lower + (upper - lower - 1) / step * step.
  Value lastInduction() {
    Location loc = loop.getLoc();
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value length = arith::SubIOp::create(builder, loc, loop.getUpperBound(), loop.getLowerBound());
    Value steps =
        arith::DivUIOp::create(builder, loc, arith::SubIOp::create(builder, loc, length, one), loop.getStep());
    Value distance = arith::MulIOp::create(builder, loc, steps, loop.getStep());
    return arith::AddIOp::create(builder, loc, loop.getLowerBound(), distance);
  }

  scf::ForOp loop;
  BodySplit split;
  OpBuilder builder;
  Part early, late;
};

struct OverlapProducts : impl::OverlapProductsBase<OverlapProducts> {
  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](RolesOp roles) {
      roles.getConsumer().walk([&](scf::ForOp loop) {
        if (loop->removeAttr(kOverlapAttr)) loops.push_back(loop);
      });
    });
    for (scf::ForOp loop : loops) Rotation(loop, *splitBody(loop)).run();
  }
};

} // namespace
} // namespace tilewright::sched
