// Launch rules of scheduled kernels.

#ifndef TILEWRIGHT_LIB_PIPELINE_LAUNCHRULES_H
#define TILEWRIGHT_LIB_PIPELINE_LAUNCHRULES_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/Target/TargetInfo.h"
#include "tilewright/runtime/launch_rule.hpp"

#include "llvm/ADT/ArrayRef.h"

namespace tilewright {

/// The rule that tries `kernels`, variants of one kernel, in order; a kernel that finishes a split reduction is the
/// next step of the variant before it. Failure after a diagnostic, if a grid is not computed from sizes and scalars.
/// Persistent kernels get no more blocks than `target` holds at once.
mlir::FailureOr<tw::rt::LaunchRule> makeLaunchRule(llvm::ArrayRef<tile::KernelOp> kernels, const TargetInfo &target);

} // namespace tilewright

#endif
