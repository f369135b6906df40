// From scheduled kernels to PTX, each kernel in a thread of its own.

#ifndef TILEWRIGHT_LIB_PIPELINE_EMITKERNELS_H
#define TILEWRIGHT_LIB_PIPELINE_EMITKERNELS_H

#include "tilewright/compiler/compile.h"

#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <string>

namespace tilewright {

/// What emitKernels made of a module.
struct EmittedKernels {
  std::string ptx;
  /// Of all kernels, one module after the other; empty unless CompileOptions::keepTexts.
  std::string llvmIr;
  /// Kernel to the bank conflicts that its layouts count.
  std::map<std::string, std::int64_t> bankConflicts;
  /// Milliseconds that passes took where they took longest.
  double passes = 0;
};

/// Lowers the kernels of `module`, which it takes out of it, and emits them as one PTX text in their order. Kernels
/// share nothing; each is lowered and emitted in a thread of its own if the context allows several. Failures are
/// messages of `emitPtx`, or code `E-compile` where a pass failed: what it reported went to the context's diagnostics.
Result<EmittedKernels> emitKernels(mlir::ModuleOp module, const TargetInfo &target, const CompileOptions &options);

} // namespace tilewright

#endif
