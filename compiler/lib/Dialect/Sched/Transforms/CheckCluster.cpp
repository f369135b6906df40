// Checks what the blocks of a cluster promise each other in the pipes that they share.

#include "PipeProtocol.h"
#include "tilewright/Dialect/Sched/Transforms/Clusters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

#include <functional>

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

PipeOp pipeOf(Value pipe) { return pipe.getDefiningOp<PipeOp>(); }

int64_t clusterOf(PipeOp pipe) { return pipe.getResult().getType().getCluster(); }

std::string blocks(int64_t number) { return std::to_string(number) + (number == 1 ? " block" : " blocks"); }

class ClusterCheck {
public:
  explicit ClusterCheck(RolesOp roles) : roles(roles) {
    auto kernel = roles->getParentOfType<tile::KernelOp>();
    auto schedule = kernel ? kernel->getAttrOfType<ScheduleAttr>(kScheduleAttr) : ScheduleAttr();
    launched = schedule ? schedule.getCluster() : 1;
  }

  std::optional<ProtocolFinding> run() {
    for (Region *role : {&roles.getProducer(), &roles.getConsumer()})
      role->walk([&](Operation *op) {
        visit(op);
        return finding ? WalkResult::interrupt() : WalkResult::advance();
      });
    if (!finding && shared) checkEnd();
    return finding;
  }

private:
  void visit(Operation *op) {
    if (auto load = dyn_cast<TmaLoadOp>(op)) return visitLoad(load);
    if (!isa<AcquireOp, AwaitOp, ReleaseOp>(op)) return;
    PipeOp pipe = pipeOf(op->getOperand(0));
    if (clusterOf(pipe) == 1) return;
    shared = pipe;
    if (clusterOf(pipe) != launched)
      finding = {true, op,
                 "blocks go through this pipe in clusters of " + std::to_string(clusterOf(pipe)) +
                     ", but they are launched in clusters of " + std::to_string(launched),
                 pipe, "the pipe is here"};
    else if (wayDependsOn(op, differs))
      finding = {surelyOutOfStep(op), op, "the blocks of a cluster may go through it a different number of times", pipe,
                 "the pipe is here"};
  }

  void visitLoad(TmaLoadOp load) {
    auto parts = static_cast<int64_t>(load.getMulticast());
    PipeOp pipe = pipeOf(load.getPipe());
    if (parts == 1) return;
    if (parts > clusterOf(pipe))
      finding = {true, load,
                 "fills a stage in " + blocks(parts) + " that the consumers of " + blocks(clusterOf(pipe)) +
                     " have given back",
                 pipe, "the pipe is here"};
    else if (parts < clusterOf(pipe))
      finding = {true, load,
                 "the full barrier waits for other bytes than " + blocks(clusterOf(pipe)) + " send, each 1/" +
                     std::to_string(parts) + " of the tile",
                 pipe, "the pipe is here"};
    else if (llvm::any_of(load.getOffsets(), [&](Value offset) { return dependsOn(offset, differs); }))
      finding = {true, load, "the blocks of a cluster load parts of different tiles", nullptr, ""};
  }

  /// Whether some loop around `op` has a bound that is another number in each block, while its other bounds are not.
  bool surelyOutOfStep(Operation *op) {
    for (auto loop = op->getParentOfType<scf::ForOp>(); loop; loop = loop->getParentOfType<scf::ForOp>()) {
      auto same = [&](Value value) { return !dependsOn(value, differs); };
      Value lower = loop.getLowerBound(), upper = loop.getUpperBound();
      if (same(loop.getStep()) && ((isRankPlus(lower) && same(upper)) || (isRankPlus(upper) && same(lower))))
        return true;
    }
    return false;
  }

  /// Whether `value` is the rank of the block, plus or minus what is the same in all blocks.
  bool isRankPlus(Value value) {
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<ClusterRankOp>(op)) return true;
    if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op)) return false;
    Value a = op->getOperand(0), b = op->getOperand(1);
    return (isRankPlus(a) && !dependsOn(b, differs)) || (isRankPlus(b) && !dependsOn(a, differs));
  }

  /// Numbers of blocks and ranks differ in a cluster, and so do the indices of the grid; the number of the cluster does
  /// not.
  std::optional<bool> differsInCluster(Value value) {
    if (isa_and_nonnull<ClusterRankOp, BlockNumberOp>(value.getDefiningOp())) return true;
    if (auto argument = dyn_cast<BlockArgument>(value);
        argument && isa<tile::BlocksOp>(argument.getOwner()->getParentOp()))
      return true;
    auto quotient = value.getDefiningOp<arith::DivUIOp>();
    APInt divisor;
    if (quotient && quotient.getLhs().getDefiningOp<BlockNumberOp>() &&
        matchPattern(quotient.getRhs(), m_ConstantInt(&divisor)) && divisor.sgt(0) &&
        divisor.getSExtValue() % launched == 0)
      return false;
    return std::nullopt;
  }

  /// A block's last stages are given back by its neighbours, which it must not leave before.
  void checkEnd() {
    for (Operation *after = roles->getNextNode(); after; after = after->getNextNode())
      if (isa<ClusterBarrierOp>(after)) return;
    finding = {true, roles, "a block may end while its neighbours still give stages back to it", shared,
               "the pipe that they share is here"};
  }

  std::function<std::optional<bool>(Value)> differs = [this](Value value) { return differsInCluster(value); };
  RolesOp roles;
  int64_t launched = 1;
  PipeOp shared;
  std::optional<ProtocolFinding> finding;
};

} // namespace

std::optional<ProtocolFinding> tilewright::sched::checkCluster(RolesOp roles) { return ClusterCheck(roles).run(); }
