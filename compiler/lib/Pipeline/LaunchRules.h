// Launch rules of scheduled kernels.

#ifndef TILEWRIGHT_LIB_PIPELINE_LAUNCHRULES_H
#define TILEWRIGHT_LIB_PIPELINE_LAUNCHRULES_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/runtime/launch_rule.hpp"

#include "llvm/ADT/ArrayRef.h"

namespace tilewright {

/// The rule that tries `variants`, kernels of the same arguments, in order. Failure after a diagnostic, if a grid is
/// not computed from sizes and scalars.
mlir::FailureOr<tw::rt::LaunchRule> makeLaunchRule(llvm::ArrayRef<tile::KernelOp> variants);

} // namespace tilewright

#endif
