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

#include <memory>
#include <thread>

namespace tilewright {
namespace {

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

namespace {

/// A module in LLVM's own form, with the context it lives in.
struct TranslatedModule {
  std::unique_ptr<llvm::LLVMContext> context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> module;
};

/// Translates. The module's identifier is fixed so that no name of a file gets in.
Result<TranslatedModule> translate(mlir::ModuleOp module) {
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(module.getContext(),
                                        [&, own = std::this_thread::get_id()](mlir::Diagnostic &diagnostic) {
                                          if (std::this_thread::get_id() != own)
                                            return mlir::failure(); // of another module in the same context
                                          messages += "\n  " + diagnostic.str();
                                          return mlir::success();
                                        });
  TranslatedModule result;
  // LLVM's own verifier runs later, where its text can be caught instead of going to standard error.
  result.module = mlir::translateModuleToLLVMIR(module, *result.context, "tilewright", /*disableVerification=*/true);
  if (!result.module) return translationFailure(messages);
  return result;
}

} // namespace

Result<EmittedPtx> emitPtx(mlir::ModuleOp source, const TargetInfo &target, const EmitOptions &options) {
  Result<TranslatedModule> translated = translate(source);
  if (!translated) return translated.failure();
  llvm::Module &module = *translated->module;
  nvptx::prepareModule(module, target);
  if (std::string problems = invalidParts(module); !problems.empty()) return translationFailure(problems);
  Result<VerifiedModule> verified = verifyModule(module, target);
  if (!verified) return verified.failure();
  EmittedPtx result;
  result.ptxVersion = verified->ptxVersion;

  nvptx::optimize(module, target, result.ptxVersion);
  if (options.keepLlvmIr) {
    llvm::raw_string_ostream stream(result.llvmIr);
    module.print(stream, nullptr);
  }
  Result<std::string> ptx = nvptx::generateCode(module, target, result.ptxVersion);
  if (!ptx) return ptx.failure();
  result.ptx = std::move(*ptx);
  return result;
}

} // namespace tilewright
