// The passes that fix how a kernel runs.

#ifndef TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_PASSES_H
#define TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_PASSES_H

#include "tilewright/Dialect/Sched/IR/Sched.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Pass/Pass.h"

namespace tilewright::sched {

/// What the general variant of a kernel is called.
inline constexpr llvm::StringLiteral kGeneralSuffix = "_general";

#define GEN_PASS_DECL
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

} // namespace tilewright::sched

#endif // TILEWRIGHT_DIALECT_SCHED_TRANSFORMS_PASSES_H
