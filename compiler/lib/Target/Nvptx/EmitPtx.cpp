// Emits PTX: translate, verify, optimise with a short explicit pass list, run the NVPTX back end.
#include "tilewright/Target/Nvptx/EmitPtx.h"

#include "CodeGenerator.h"
#include "tilewright/Target/Nvptx/VerifyModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

namespace tilewright {
namespace {

/// Milliseconds since the last call.
class Stopwatch {
public:
  double lap() {
    auto now = std::chrono::steady_clock::now();
    double ms = std::chrono::duration<double, std::milli>(now - last).count();
    last = now;
    return ms;
  }

private:
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};

/// Translates, keeping the diagnostics as text. The module's identifier is fixed so that no name of a file gets in.
std::unique_ptr<llvm::Module> translate(mlir::ModuleOp module, llvm::LLVMContext &context, std::string &messages) {
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    messages += "\n  " + diagnostic.str();
    return mlir::success();
  });
  // LLVM's own verifier runs below, where its text can be caught instead of going to standard error.
  return mlir::translateModuleToLLVMIR(module, context, "tilewright", /*disableVerification=*/true);
}

Failure translationFailure(const std::string &messages) {
  return Failure{FaultClass::Internal, "E-ptx-translate",
                 "error: the module does not translate to valid LLVM IR" + messages +
                     "\n  fix: check inline PTX constraints; without any, this is a bug of the compiler"};
}

/// What LLVM's verifier has against `module`; empty when nothing.
std::string invalidParts(const llvm::Module &module) {
  std::string problems;
  llvm::raw_string_ostream stream(problems);
  return llvm::verifyModule(module, &stream) ? "\n  " + problems : "";
}

} // namespace

void registerPtxEmission(mlir::DialectRegistry &registry) {
  registry.insert<mlir::LLVM::LLVMDialect, mlir::NVVM::NVVMDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  mlir::registerNVVMDialectTranslation(registry);
}

Result<EmittedPtx> emitPtx(mlir::ModuleOp module, const TargetInfo &target, const EmitOptions &options) {
  EmittedPtx result;
  Stopwatch watch;
  llvm::LLVMContext context;
  std::string messages;
  std::unique_ptr<llvm::Module> llvmModule = translate(module, context, messages);
  result.timings.translate = watch.lap();
  if (!llvmModule) return translationFailure(messages);

  nvptx::prepareModule(*llvmModule, target);
  if (std::string problems = invalidParts(*llvmModule); !problems.empty()) return translationFailure(problems);
  Result<VerifiedModule> verified = verifyModule(*llvmModule, target);
  result.timings.verify = watch.lap();
  if (!verified) return verified.failure();
  result.ptxVersion = verified->ptxVersion;

  nvptx::optimize(*llvmModule, target, result.ptxVersion);
  result.timings.optimize = watch.lap();
  if (options.keepLlvmIr) {
    llvm::raw_string_ostream stream(result.llvmIr);
    llvmModule->print(stream, nullptr);
    watch.lap();
  }

  Result<std::string> ptx = nvptx::generateCode(*llvmModule, target, result.ptxVersion);
  result.timings.codegen = watch.lap();
  if (!ptx) return ptx.failure();
  result.ptx = std::move(*ptx);
  return result;
}

} // namespace tilewright
