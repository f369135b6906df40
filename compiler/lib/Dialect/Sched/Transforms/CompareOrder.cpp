// Compares the order in which the two roles of a kernel go through their pipes.

#include "PipeProtocol.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

bool isStep(Operation *op) { return isa<AcquireOp, AwaitOp>(op); }

/// Whether the iterations of a loop go through a pipe of their own, that of the numbers of a counter.
bool isDealt(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  return loop && loop.getStep().getDefiningOp<DealOp>();
}

/// The operations of a block that are steps through pipes, or hold some.
SmallVector<Operation *> stepsOf(Block &block) {
  SmallVector<Operation *> steps;
  for (Operation &op : block) {
    bool holds = op.walk([](Operation *inner) {
                     return isStep(inner) || isDealt(inner) ? WalkResult::interrupt() : WalkResult::advance();
                   }).wasInterrupted();
    if (holds) steps.push_back(&op);
  }
  return steps;
}

class Comparison {
public:
  std::optional<ProtocolFinding> blocks(Block &producer, Block &consumer) {
    auto left = stepsOf(producer), right = stepsOf(consumer);
    ArrayRef<Operation *> a = left, b = right;
    while (!a.empty() && !b.empty()) {
      auto loop = dyn_cast<scf::ForOp>(a.front());
      if (std::optional<size_t> taken = loop ? takeRotated(loop, b) : std::nullopt) {
        b = b.drop_front(*taken);
      } else {
        if (!finding) finding = step(a.front(), b.front());
        b = b.drop_front();
      }
      if (finding) return finding;
      a = a.drop_front();
    }
    if (a.size() == b.size()) return {};
    bool more = a.size() > b.size();
    Operation *alone = more ? a.front() : b.front();
    return violated(alone, more ? "the producer fills a stage here that the consumer never waits for"
                                : "the consumer waits here for a stage that the producer never fills");
  }

private:
  static ProtocolFinding violated(Operation *op, std::string what, Operation *other = nullptr, std::string note = "") {
    return {true, op, std::move(what), other, std::move(note)};
  }
  static ProtocolFinding notProved(Operation *op, std::string what, Operation *other, std::string note) {
    return {false, op, std::move(what), other, std::move(note)};
  }

  std::optional<ProtocolFinding> step(Operation *a, Operation *b) {
    if (isStep(a) && isStep(b)) {
      if (a->getOperand(0) == b->getOperand(0)) return {};
      return violated(b, "the consumer waits for one pipe where the producer fills another", a, "the producer is here");
    }
    if (auto left = dyn_cast<scf::ForOp>(a))
      if (auto right = dyn_cast<scf::ForOp>(b)) return loops(left, right);
    if (auto left = dyn_cast<scf::IfOp>(a))
      if (auto right = dyn_cast<scf::IfOp>(b)) return branches(left, right);
    return notProved(b, "producer and consumer go through their pipes in different loops or branches", a,
                     "the producer is here");
  }

  //===-- loops whose iterations overlap --------------------------------------------------------------------------===//

  /// If the consumer's steps begin with the producer's `loop` as `sched-overlap-products` cuts it, checks that and
  /// tells how many steps it is: one branch, or, where the number of iterations is known, what would stand in it.
  std::optional<size_t> takeRotated(scf::ForOp loop, ArrayRef<Operation *> steps) {
    auto acquires = stepsOf(*loop.getBody());
    if (!llvm::all_of(acquires, llvm::IsaPred<AcquireOp>)) return {};
    auto branch = dyn_cast<scf::IfOp>(steps.front());
    if (branch && (!runs(branch.getCondition(), loop) || (branch.elseBlock() && !stepsOf(*branch.elseBlock()).empty())))
      return {};
    auto inBranch = branch ? stepsOf(*branch.thenBlock()) : SmallVector<Operation *>();
    ArrayRef<Operation *> list = branch ? ArrayRef(inBranch) : steps;

    scf::ForOp inner;
    size_t taken = 0;
    auto isOfLoop = [&](Operation *step) {
      return llvm::any_of(acquires, [&](Operation *acquire) { return acquire->getOperand(0) == step->getOperand(0); });
    };
    for (; taken < list.size(); ++taken) {
      auto found = dyn_cast<scf::ForOp>(list[taken]);
      if (found && !inner && isCutFrom(found, loop))
        inner = found;
      else if (!isStep(list[taken]) || !isOfLoop(list[taken]))
        break;
    }
    if (!inner || (branch && taken < list.size())) return {};
    RotatedLoop rotated{loop, acquires, {}, {}, {}};
    auto collect = [&](Block::iterator from, Block::iterator to, SmallVector<Operation *> &into) {
      for (Operation &op : llvm::make_range(from, to))
        if (isa<AwaitOp, ReleaseOp>(op) && isOfLoop(&op)) into.push_back(&op);
    };
    collect(inner->getBlock()->begin(), inner->getIterator(), rotated.before);
    collect(inner.getBody()->begin(), inner.getBody()->end(), rotated.inside);
    collect(std::next(inner->getIterator()), inner->getBlock()->end(), rotated.after);
    finding = checkRotation(rotated);
    return branch ? 1 : taken;
  }

  /// Whether `condition` says that `loop` runs at least once.
  bool runs(Value condition, scf::ForOp loop) {
    auto compare = condition.getDefiningOp<arith::CmpIOp>();
    if (!compare) return false;
    bool isLess = compare.getPredicate() == arith::CmpIPredicate::slt;
    Value less = isLess ? compare.getLhs() : compare.getRhs(), more = isLess ? compare.getRhs() : compare.getLhs();
    return (isLess || compare.getPredicate() == arith::CmpIPredicate::sgt) && same(loop.getLowerBound(), less) &&
           same(loop.getUpperBound(), more);
  }

  /// Whether `inner` is `loop` from its second iteration on, with waits and no loops or branches that hold some.
  bool isCutFrom(scf::ForOp inner, scf::ForOp loop) {
    APInt second, lower, step;
    bool known = matchPattern(inner.getLowerBound(), m_ConstantInt(&second)) &&
                 matchPattern(loop.getLowerBound(), m_ConstantInt(&lower)) &&
                 matchPattern(loop.getStep(), m_ConstantInt(&step)) && second == lower + step;
    auto sum = inner.getLowerBound().getDefiningOp<arith::AddIOp>();
    bool computed = sum && same(loop.getLowerBound(), sum.getLhs()) && same(loop.getStep(), sum.getRhs());
    return (known || computed) && same(loop.getUpperBound(), inner.getUpperBound()) &&
           same(loop.getStep(), inner.getStep()) && llvm::all_of(stepsOf(*inner.getBody()), isStep);
  }

  //===-- loops and branches that are alike
  //------------------------------------------------------------------------===//

  std::optional<ProtocolFinding> loops(scf::ForOp a, scf::ForOp b) {
    auto different = [](Value x, Value y) {
      APInt left, right;
      return matchPattern(x, m_ConstantInt(&left)) && matchPattern(y, m_ConstantInt(&right)) && left != right;
    };
    for (auto [x, y] : {std::pair(a.getLowerBound(), b.getLowerBound()),
                        std::pair(a.getUpperBound(), b.getUpperBound()), std::pair(a.getStep(), b.getStep())}) {
      if (same(x, y)) continue;
      if (different(x, y))
        return violated(b, "the consumer's loop has another trip count than the producer's", a,
                        "the producer's is here");
      return notProved(b, "the consumer's loop is not known to have the trip count of the producer's", a,
                       "the producer's is here");
    }
    equal.insert({a.getInductionVar(), b.getInductionVar()});
    return blocks(*a.getBody(), *b.getBody());
  }

  std::optional<ProtocolFinding> branches(scf::IfOp a, scf::IfOp b) {
    if (!same(a.getCondition(), b.getCondition()))
      return notProved(b, "the consumer's branch is not known to be taken with the producer's", a,
                       "the producer's is here");
    if (auto finding = blocks(*a.thenBlock(), *b.thenBlock())) return finding;
    Block empty;
    return blocks(a.elseBlock() ? *a.elseBlock() : empty, b.elseBlock() ? *b.elseBlock() : empty);
  }

  /// Whether two scalars, one of each role, are computed alike from the same values.
  bool same(Value a, Value b) {
    if (a == b || equal.contains({a, b})) return true;
    Operation *left = a.getDefiningOp(), *right = b.getDefiningOp();
    if (!left || !right || left->getName() != right->getName() ||
        left->getAttrDictionary() != right->getAttrDictionary() || left->getNumOperands() != right->getNumOperands() ||
        left->getNumRegions() || !isPure(left) ||
        cast<OpResult>(a).getResultNumber() != cast<OpResult>(b).getResultNumber())
      return false;
    return llvm::all_of(llvm::zip(left->getOperands(), right->getOperands()),
                        [&](auto pair) { return same(std::get<0>(pair), std::get<1>(pair)); });
  }

  llvm::DenseSet<std::pair<Value, Value>> equal;
  std::optional<ProtocolFinding> finding;
};

} // namespace

std::optional<ProtocolFinding> tilewright::sched::compareOrder(RolesOp roles) {
  return Comparison().blocks(roles.getProducer().front(), roles.getConsumer().front());
}

std::optional<ProtocolFinding> tilewright::sched::checkFilling(RolesOp roles) {
  std::optional<ProtocolFinding> finding;
  roles.getProducer().walk([&](AcquireOp acquire) {
    auto names = acquire.getPipe().getDefiningOp<PipeOp>().getNames().getAsValueRange<StringAttr>();
    for (auto [slot, name] : llvm::zip_equal(acquire.getSlots(), names)) {
      std::string text = "'" + name.str() + "'";
      if (slot.use_empty())
        finding = {true, acquire, "nothing fills " + text + " of the stage acquired here", nullptr, ""};
      else if (!slot.hasOneUse())
        finding = {true, *slot.getUsers().begin(), text + " of one stage is filled more than once", acquire,
                   "the stage is acquired here"};
      else if (Operation *user = *slot.getUsers().begin();
               !isa<TmaLoadOp>(user) || user->getBlock() != acquire->getBlock())
        finding = {false, user, text + " of a stage may be filled by something else than one load", acquire,
                   "the stage is acquired here"};
      if (finding) return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return finding;
}
