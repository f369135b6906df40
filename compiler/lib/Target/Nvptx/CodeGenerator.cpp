// NVPTX code generation inside the process, with target machines kept per thread.
#include "CodeGenerator.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

#include <map>
#include <memory>
#include <mutex>

extern "C" {
void LLVMInitializeNVPTXTargetInfo();
void LLVMInitializeNVPTXTarget();
void LLVMInitializeNVPTXTargetMC();
void LLVMInitializeNVPTXAsmPrinter();
}

namespace tilewright::nvptx {
namespace {

const llvm::Target &nvptxTarget() {
  static const llvm::Target *target = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    std::string error;
    return llvm::TargetRegistry::lookupTarget(llvm::Triple("nvptx64-nvidia-cuda"), error);
  }();
  return *target;
}

std::unique_ptr<llvm::TargetMachine> makeMachine(const TargetInfo &target, int ptxVersion) {
  llvm::TargetOptions options;
  // 32-bit shared and local pointers halve the address arithmetic; the hardware's addresses there are 32 bits wide.
  options.MCOptions.ABIName = "shortptr";
  options.MCOptions.AsmVerbose = false;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  std::string features = "+ptx" + std::to_string(ptxVersion);
  return std::unique_ptr<llvm::TargetMachine>(
      nvptxTarget().createTargetMachine(llvm::Triple("nvptx64-nvidia-cuda"), target.cpu, features, options,
                                        llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

/// The machine of this thread: making one costs more than compiling a small kernel.
llvm::TargetMachine &machineFor(const TargetInfo &target, int ptxVersion) {
  thread_local std::map<std::pair<int, int>, std::unique_ptr<llvm::TargetMachine>> machines;
  auto &machine = machines[{target.computeCapability, ptxVersion}];
  if (!machine) machine = makeMachine(target, ptxVersion);
  return *machine;
}

/// Collects what LLVM reports as errors; without it the first one would end the process.
struct ErrorCollector : llvm::DiagnosticHandler {
  explicit ErrorCollector(std::string &errors) : errors(errors) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() != llvm::DS_Error) return true;
    llvm::raw_string_ostream stream(errors);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    stream << "\n  ";
    info.print(printer);
    return true;
  }

  std::string &errors;
};

} // namespace

void prepareModule(llvm::Module &module, const TargetInfo &target) {
  module.setTargetTriple(llvm::Triple("nvptx64-nvidia-cuda"));
  module.setDataLayout(machineFor(target, target.ptxVersion).createDataLayout());
}

void optimize(llvm::Module &module, const TargetInfo &target, int ptxVersion) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machineFor(target, ptxVersion));
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);

  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::PreserveCFG));
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/false));
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(llvm::ADCEPass());
  for (llvm::Function &function : module)
    if (!function.isDeclaration()) passes.run(function, functions);
}

Result<std::string> generateCode(llvm::Module &module, const TargetInfo &target, int ptxVersion) {
  std::string errors;
  module.getContext().setDiagnosticHandler(std::make_unique<ErrorCollector>(errors));
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  bool refused = machineFor(target, ptxVersion)
                     .addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile,
                                          /*DisableVerify=*/true);
  if (refused) return Failure{FaultClass::Internal, "E-ptx-codegen", "error: the NVPTX back end cannot emit text"};
  passes.run(module);
  if (!errors.empty())
    return Failure{FaultClass::User, "E-ptx-codegen",
                   "error: PTX generation for " + std::string(target.name) + " failed" + errors};
  return std::string(text);
}

} // namespace tilewright::nvptx
