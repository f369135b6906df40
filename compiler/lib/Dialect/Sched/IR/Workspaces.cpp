// Which arguments of a scheduled kernel are no tensors of the user's, but memory that the launch provides.

#include "tilewright/Dialect/Sched/IR/Sched.h"

using namespace mlir;
using namespace tilewright;

int64_t tilewright::sched::workspacesOf(tile::KernelOp kernel) {
  auto split = kernel->getAttrOfType<SplitAttr>(kSplitAttr);
  return (split ? static_cast<int64_t>(split.getRows().size()) : 0) + (kernel->hasAttr(kCounterAttr) ? 1 : 0);
}

bool tilewright::sched::isWorkspace(Value memory) {
  auto argument = dyn_cast<BlockArgument>(memory);
  auto kernel = argument ? dyn_cast<tile::KernelOp>(argument.getOwner()->getParentOp()) : tile::KernelOp();
  return kernel &&
         argument.getArgNumber() + workspacesOf(kernel) >= static_cast<int64_t>(kernel.getArgumentTypes().size());
}
