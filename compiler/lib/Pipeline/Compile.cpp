// The compiler as a function: parse, passes, LLVM, assembly; an artifact, or messages with the user's lines.

#include "Diagnostics.h"
#include "EmitKernels.h"
#include "LaunchRules.h"
#include "LineTable.h"
#include "Pipeline.h"
#include "Reports.h"
#include "Stopwatch.h"
#include "ThreadContext.h"

#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Target/Nvptx/Assemble.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace tilewright;

namespace {

std::string printed(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  op->print(stream, OpPrintingFlags().enableDebugInfo(false));
  return text;
}

/// Leaves only the kernel asked for in the module.
LogicalResult selectKernel(ModuleOp module, const std::string &name, std::string &message) {
  SmallVector<tile::KernelOp> kernels(module.getOps<tile::KernelOp>());
  std::string names;
  for (tile::KernelOp kernel : kernels) names += (names.empty() ? "" : ", ") + kernel.getSymName().str();
  if (kernels.empty()) return message = "error: the module has no kernel\nfix: declare one with tile.kernel", failure();
  if (name.empty() && kernels.size() > 1)
    return message = "error: the module has several kernels: " + names + "\nfix: name one with --kernel", failure();
  bool found = false;
  for (tile::KernelOp kernel : kernels) {
    if (name.empty() || kernel.getSymName() == name)
      found = true;
    else
      kernel.erase();
  }
  if (!found) return message = "error: no kernel is called '" + name + "'\nfix: use one of: " + names, failure();
  return success();
}

std::string contentKey(const std::string &tileText, const std::string &schedule, const std::string &target) {
  llvm::SHA256 hash;
  for (StringRef part : {StringRef("tilewright 0.1.0, LLVM " LLVM_VERSION_STRING), StringRef(tileText),
                         StringRef(schedule), StringRef(target)}) {
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  }
  auto digest = hash.final();
  return llvm::toHex(ArrayRef<uint8_t>(digest.data(), digest.size()), /*LowerCase=*/true);
}

} // namespace

Result<std::vector<std::string>> tilewright::listKernels(std::string_view moduleText, std::string_view fileName) {
  MLIRContext &context = threadContext();
  DiagnosticCollector diagnostics(context);
  auto module = parseModule(context, moduleText, fileName);
  if (!module) return Failure{FaultClass::User, "E-parse", diagnostics.errors()};
  std::vector<std::string> names;
  for (auto kernel : module->getOps<tile::KernelOp>()) names.push_back(kernel.getSymName().str());
  return names;
}

Result<Compiled> tilewright::compile(std::string_view moduleText, std::string_view fileName,
                                     const CompileOptions &options) {
  auto target = findTarget(options.target);
  if (!target) return target.failure();
  MLIRContext &context = threadContext();
  DiagnosticCollector diagnostics(context);
  Compiled result;
  Stopwatch watch;

  auto module = parseModule(context, moduleText, fileName);
  if (!module) return Failure{FaultClass::User, "E-parse", diagnostics.errors()};
  std::string message;
  if (failed(selectKernel(*module, options.kernel, message))) return Failure{FaultClass::User, "E-kernel", message};
  std::string kernelName = (*module->getOps<tile::KernelOp>().begin()).getSymName().str();
  result.artifact.tile_text = printed(*module);
  result.timings.parse = watch.lap();

  auto failureOf = [&](const char *code) { return Failure{FaultClass::User, code, diagnostics.errors()}; };
  PassManager scheduling(&context);
  scheduling.enableVerifier(false);
  addSchedulingPasses(scheduling, options);
  if (failed(scheduling.run(*module)) || failed(mlir::verify(*module))) return failureOf("E-compile");
  PassManager checking(&context);
  checking.enableVerifier(false);
  addCheckingPasses(checking);
  // No pass of ours may make such code, whatever the kernel.
  if (failed(checking.run(*module))) return Failure{FaultClass::Internal, "E-protocol", diagnostics.errors()};
  auto rule = makeLaunchRule(llvm::to_vector(module->getOps<tile::KernelOp>()), **target);
  if (failed(rule)) return failureOf("E-compile");
  result.artifact.rule = *rule;
  result.artifact.schedule = scheduleJson(*module->getOps<tile::KernelOp>().begin());
  result.artifact.line_map.shared_buffers = sharedBuffers(*module->getOps<tile::KernelOp>().begin());
  if (options.keepTexts) result.sched = printed(*module);

  result.timings.passes = watch.lap();

  auto emitted = emitKernels(*module, **target, options);
  if (!emitted) return emitted.failure().code == "E-compile" ? failureOf("E-compile") : emitted.failure();
  result.artifact.ptx = std::move(emitted->ptx);
  result.artifact.line_map.lines = takeLineTable(result.artifact.ptx);
  result.llvmIr = std::move(emitted->llvmIr);
  result.bankConflicts = std::move(emitted->bankConflicts);
  result.timings.passes += emitted->passes;
  result.timings.llvm = watch.lap() - emitted->passes;

  if (options.assemble) {
    auto assembler = findAssembler();
    auto assembled =
        assembler ? assemble(result.artifact.ptx, **target, *assembler) : Result<AssembledCubin>(assembler.failure());
    if (assembled) {
      auto bytes = std::as_bytes(std::span(assembled->cubin));
      result.artifact.cubin.assign(bytes.begin(), bytes.end());
      result.resources = std::move(assembled->report);
    } else if (assembled.failure().code == "E-asm-missing") {
      result.assemblerMessage = assembled.failure().message;
    } else {
      return assembled.failure();
    }
    result.timings.assembly = watch.lap();
  }
  result.artifact.kernel = kernelName;
  result.artifact.target = options.target;
  result.artifact.key = contentKey(result.artifact.tile_text, result.artifact.schedule, options.target);
  result.artifact.report = reportJson(result.resources);
  result.remarks = diagnostics.remarks();
  return result;
}
