// Compares the order in which the two roles of a kernel go through their pipes.

#include "PipeProtocol.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

bool isStep(Operation *op) { return isa<AcquireOp, AwaitOp>(op); }

/// The operations of a block that are steps through pipes, or hold some.
SmallVector<Operation *> stepsOf(Block &block) {
  SmallVector<Operation *> steps;
  for (Operation &op : block) {
    bool holds = op.walk([](Operation *inner) {
                     return isStep(inner) ? WalkResult::interrupt() : WalkResult::advance();
                   }).wasInterrupted();
    if (holds) steps.push_back(&op);
  }
  return steps;
}

class Comparison {
public:
  std::optional<ProtocolFinding> blocks(Block &producer, Block &consumer) {
    auto left = stepsOf(producer), right = stepsOf(consumer);
    for (auto [a, b] : llvm::zip(left, right))
      if (auto finding = step(a, b)) return finding;
    if (left.size() == right.size()) return {};
    bool more = left.size() > right.size();
    Operation *alone = more ? left[right.size()] : right[left.size()];
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
