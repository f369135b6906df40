// The passes of the compiler, in order.

#ifndef TILEWRIGHT_LIB_PIPELINE_PIPELINE_H
#define TILEWRIGHT_LIB_PIPELINE_PIPELINE_H

#include "tilewright/compiler/compile.h"

#include "mlir/Pass/PassManager.h"

namespace tilewright {

/// From a trace to kernels whose schedule is fixed.
void addSchedulingPasses(mlir::OpPassManager &passes, const CompileOptions &options);
/// What has to hold of those; a failure is a fault of the passes before.
void addCheckingPasses(mlir::OpPassManager &passes);
/// From there to the LLVM dialect.
void addLoweringPasses(mlir::OpPassManager &passes, const CompileOptions &options);
/// The dialects that these passes read and make.
void registerPipelineDialects(mlir::DialectRegistry &registry);

} // namespace tilewright

#endif
