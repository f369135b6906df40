// Emits PTX: translate, verify, optimise with a short explicit pass list, run the NVPTX back end; kernels in parallel.
#include "tilewright/Target/Nvptx/EmitPtx.h"

#include "CodeGenerator.h"
#include "JoinPtx.h"
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

#include <algorithm>
#include <future>
#include <vector>

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
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    messages += "\n  " + diagnostic.str();
    return mlir::success();
  });
  TranslatedModule result;
  // LLVM's own verifier runs later, where its text can be caught instead of going to standard error.
  result.module = mlir::translateModuleToLLVMIR(module, *result.context, "tilewright", /*disableVerification=*/true);
  if (!result.module) return translationFailure(messages);
  return result;
}

/// From LLVM IR to PTX. Needs nothing that another thread may use.
Result<EmittedPtx> emitTranslated(const TranslatedModule &translated, const TargetInfo &target,
                                  const EmitOptions &options) {
  llvm::Module &module = *translated.module;
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

/// One module per kernel, if the kernels of `module` share nothing but declarations; otherwise `module` alone.
std::vector<mlir::OwningOpRef<mlir::ModuleOp>> splitKernels(mlir::ModuleOp module) {
  std::vector<mlir::Operation *> kernels, declarations;
  for (mlir::Operation &op : *module.getBody()) {
    auto function = mlir::dyn_cast<mlir::LLVM::LLVMFuncOp>(op);
    auto global = mlir::dyn_cast<mlir::LLVM::GlobalOp>(op);
    if (function && function->hasAttr(mlir::NVVM::NVVMDialect::getKernelFuncAttrName()))
      kernels.push_back(&op);
    else if ((function && function.isExternal()) ||
             (global && global.getLinkage() == mlir::LLVM::Linkage::External && !global.getValueOrNull()))
      declarations.push_back(&op);
    else
      return {};
  }
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> parts;
  if (kernels.size() < 2) return parts;
  for (mlir::Operation *kernel : kernels) {
    mlir::OwningOpRef<mlir::ModuleOp> part = mlir::ModuleOp::create(module.getLoc());
    (*part)->setAttrs(module->getAttrDictionary());
    for (mlir::Operation *declaration : declarations) part->getBody()->push_back(declaration->clone());
    part->getBody()->push_back(kernel->clone());
    parts.push_back(std::move(part));
  }
  return parts;
}

} // namespace

Result<EmittedPtx> emitPtx(mlir::ModuleOp module, const TargetInfo &target, const EmitOptions &options) {
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> parts = splitKernels(module);
  if (parts.empty()) {
    Result<TranslatedModule> translated = translate(module);
    return translated ? emitTranslated(*translated, target, options) : translated.failure();
  }
  // Translation stays on this thread, which owns the MLIR context. From the last kernel to the first: the general
  // variant, the longest, is under way first.
  std::vector<std::future<Result<EmittedPtx>>> running(parts.size());
  for (size_t i = parts.size(); i-- > 0;) {
    Result<TranslatedModule> translated = translate(*parts[i]);
    if (!translated) return translated.failure();
    running[i] = std::async([translated = std::move(*translated), &target, &options] {
      return emitTranslated(translated, target, options);
    });
  }
  EmittedPtx result;
  std::vector<std::string> texts;
  for (auto &future : running) {
    Result<EmittedPtx> part = future.get();
    if (!part) return part.failure();
    texts.push_back(std::move(part->ptx));
    result.llvmIr += part->llvmIr;
    result.ptxVersion = std::max(result.ptxVersion, part->ptxVersion);
  }
  result.ptx = nvptx::joinPtx(std::move(texts));
  return result;
}

} // namespace tilewright
