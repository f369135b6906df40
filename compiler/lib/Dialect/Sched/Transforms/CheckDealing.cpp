// Checks loops over tiles whose numbers a counter deals out: both roles go through the same numbers.

#include "PipeProtocol.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

std::string timesWord(size_t count) { return count == 0 ? "no loop" : std::to_string(count) + " loops"; }

/// What breaks the hand-over of the numbers of one counter.
std::optional<ProtocolFinding> checkDeal(DealOp deal, RolesOp roles) {
  SmallVector<scf::ForOp> asking, taking;
  for (OpOperand &use : deal.getResult().getUses()) {
    auto loop = dyn_cast<scf::ForOp>(use.getOwner());
    if (!loop || loop.getStep() != deal.getResult() || loop.getLowerBound() == deal.getResult() ||
        loop.getUpperBound() == deal.getResult())
      return ProtocolFinding{true, use.getOwner(), "uses the next number of a counter as something else than a step",
                             deal, "the counter is here"};
    // One loop of each role, which runs once: so each number that one hands on the other takes.
    bool isProducers = loop->getBlock() == &roles.getProducer().front();
    if (!isProducers && loop->getBlock() != &roles.getConsumer().front())
      return ProtocolFinding{true, loop, "a loop over dealt tiles is not one that a role runs once", deal,
                             "the counter is here"};
    (isProducers ? asking : taking).push_back(loop);
    if (loop.getNumResults() > 0)
      return ProtocolFinding{true, loop, "a loop over dealt tiles carries values from one to the next", deal,
                             "the counter is here"};
  }
  if (asking.size() != 1 || taking.size() != 1)
    return ProtocolFinding{true, deal,
                           "the numbers of this counter are asked for by " + timesWord(asking.size()) +
                               " of the producer and taken by " + timesWord(taking.size()) + " of the consumer",
                           nullptr, ""};
  for (Operation *user : deal.getPipe().getUsers())
    if (user != deal)
      return ProtocolFinding{true, user, "goes through the pipe of a counter's numbers", deal, "the counter is here"};
  return {};
}

} // namespace

std::optional<ProtocolFinding> tilewright::sched::checkDealing(RolesOp roles) {
  std::optional<ProtocolFinding> finding;
  roles->getParentOfType<tile::KernelOp>().walk([&](DealOp deal) {
    finding = checkDeal(deal, roles);
    return finding ? WalkResult::interrupt() : WalkResult::advance();
  });
  return finding;
}
