// From scheduled kernels to PTX, each kernel in a thread of its own.

#include "EmitKernels.h"

#include "Pipeline.h"
#include "Stopwatch.h"

#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Target/Nvptx/EmitPtx.h"
#include "tilewright/Target/Nvptx/JoinPtx.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Threading.h"

#include <algorithm>
#include <optional>

using namespace mlir;
using namespace tilewright;

namespace {

/// A kernel alone in its module, and what came of it.
struct Part {
  OwningOpRef<ModuleOp> module;
  std::optional<Failure> failure;
  EmittedPtx emitted;
  double passes = 0;
};

std::vector<Part> takeKernels(ModuleOp module) {
  std::vector<Part> parts;
  for (auto kernel : llvm::make_early_inc_range(module.getOps<tile::KernelOp>())) {
    Part &part = parts.emplace_back();
    part.module = ModuleOp::create(module.getLoc());
    (*part.module)->setAttrs(module->getAttrDictionary());
    kernel->moveBefore(part.module->getBody(), part.module->getBody()->end());
  }
  return parts;
}

void emitPart(Part &part, const TargetInfo &target, const CompileOptions &options) {
  Stopwatch watch;
  PassManager lowering(part.module->getContext());
  lowering.enableVerifier(false); // LLVM's verifier, and ours, read what comes out
  addLoweringPasses(lowering, options);
  if (failed(lowering.run(*part.module))) {
    part.failure = Failure{FaultClass::User, "E-compile", ""};
    return;
  }
  part.passes = watch.lap();
  auto emitted = emitPtx(*part.module, target, {options.keepTexts});
  if (!emitted) {
    part.failure = emitted.failure();
    return;
  }
  part.emitted = std::move(*emitted);
}

} // namespace

Result<EmittedKernels> tilewright::emitKernels(ModuleOp module, const TargetInfo &target,
                                               const CompileOptions &options) {
  std::vector<Part> parts = takeKernels(module);
  // From the last to the first: the general variant, the longest, is under way first.
  parallelFor(module.getContext(), 0, parts.size(),
              [&](size_t i) { emitPart(parts[parts.size() - 1 - i], target, options); });

  EmittedKernels result;
  std::vector<std::string> texts;
  for (Part &part : parts)
    if (part.failure) return *part.failure;
  for (Part &part : parts) {
    texts.push_back(std::move(part.emitted.ptx));
    result.llvmIr += part.emitted.llvmIr;
    result.passes = std::max(result.passes, part.passes);
    for (auto function : part.module->getOps<LLVM::LLVMFuncOp>())
      if (auto count = function->getAttrOfType<IntegerAttr>(sched::kBankConflictsAttr))
        result.bankConflicts[function.getSymName().str()] = count.getInt();
  }
  result.ptx = nvptx::joinPtx(std::move(texts));
  return result;
}
