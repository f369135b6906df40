// The part of PTX emission that knows LLVM IR only: target machines, the pass list, code generation.
#ifndef TILEWRIGHT_LIB_TARGET_NVPTX_CODEGENERATOR_H
#define TILEWRIGHT_LIB_TARGET_NVPTX_CODEGENERATOR_H

#include "tilewright/Target/Result.h"
#include "tilewright/Target/TargetInfo.h"

#include <string>

namespace llvm {
class Module;
}

namespace tilewright::nvptx {

/// Gives `module` the triple and data layout of `target`.
void prepareModule(llvm::Module &module, const TargetInfo &target);

/// Runs the pass list.
void optimize(llvm::Module &module, const TargetInfo &target, int ptxVersion);

/// Runs the back end. Changes `module`. What LLVM reports as an error comes back as `E-ptx-codegen`.
Result<std::string> generateCode(llvm::Module &module, const TargetInfo &target, int ptxVersion);

} // namespace tilewright::nvptx

#endif // TILEWRIGHT_LIB_TARGET_NVPTX_CODEGENERATOR_H
