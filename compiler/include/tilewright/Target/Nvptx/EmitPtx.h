// From a module of the LLVM and NVVM dialects to PTX text, inside the process.
#ifndef TILEWRIGHT_TARGET_NVPTX_EMITPTX_H
#define TILEWRIGHT_TARGET_NVPTX_EMITPTX_H

#include "tilewright/Target/Result.h"
#include "tilewright/Target/TargetInfo.h"

#include <string>

namespace mlir {
class DialectRegistry;
class ModuleOp;
} // namespace mlir

namespace tilewright {

/// What emitPtx is to do beside PTX.
struct EmitOptions {
  /// Also return the LLVM IR that code generation saw.
  bool keepLlvmIr = false;
};

/// What emitPtx made.
struct EmittedPtx {
  std::string ptx;
  /// Empty unless EmitOptions::keepLlvmIr.
  std::string llvmIr;
  /// The `.version` of the text, times ten: the lowest that its instructions need.
  int ptxVersion = 0;
};

/// Adds the dialects (LLVM, NVVM) and the translations that emitPtx needs; the context of its module must have them.
void registerPtxEmission(mlir::DialectRegistry &registry);

/// Emits PTX of `module`, whose functions are `llvm.func`; those with `nvvm.kernel` become `.visible .entry` and those
/// need `nvvm.reqntid`. Pointers of address spaces 3 (shared) and 5 (local) have 32 bits. The same module gives the
/// same bytes in every process and folder. `module` is not changed. Safe to call from several threads, each with its
/// own MLIR context or with a module of its own in a context that several threads may use.
///
/// Fails with `E-ptx-*` codes (see VerifyModule.h) instead of ever reaching a fatal error of LLVM.
Result<EmittedPtx> emitPtx(mlir::ModuleOp module, const TargetInfo &target, const EmitOptions &options = {});

} // namespace tilewright

#endif // TILEWRIGHT_TARGET_NVPTX_EMITPTX_H
