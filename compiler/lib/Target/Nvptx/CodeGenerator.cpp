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
#include "llvm/Support/CommandLine.h"
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
    // A search for values that may be poison, in every candidate pair of straight-line strength reduction: half of code
    // generation, for a reuse that hardly ever comes about.
    auto &options = llvm::cl::getRegisteredOptions();
    if (auto guard = options.find("enable-poison-reuse-guard"); guard != options.end())
      guard->second->addOccurrence(0, guard->first, "false");
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
  // The level of code generation only: our pass list has run, and the assembler optimises again. Above None the back
  // end adds passes that are quadratic in straight-line code: 17 times slower on an unrolled epilogue, same registers.
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

/// Above this many instructions in one basic block the back end's passes on straight-line code, which are quadratic in
/// it, would take seconds (an unrolled epilogue of 128 elements with an exponential each: 17 times longer).
constexpr size_t kLongBlock = 2500;

/// The level of code generation. The assembler optimises once more, so long blocks lose nothing but copies of
/// registers.
llvm::CodeGenOptLevel levelFor(const llvm::Module &module) {
  for (const llvm::Function &function : module)
    for (const llvm::BasicBlock &block : function)
      if (block.size() > kLongBlock) return llvm::CodeGenOptLevel::None;
  return llvm::CodeGenOptLevel::Default;
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
  llvm::TargetMachine &machine = machineFor(target, ptxVersion);
  machine.setOptLevel(levelFor(module));
  bool refused = machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile,
                                             /*DisableVerify=*/true);
  if (refused) return Failure{FaultClass::Internal, "E-ptx-codegen", "error: the NVPTX back end cannot emit text"};
  passes.run(module);
  if (!errors.empty())
    return Failure{FaultClass::User, "E-ptx-codegen",
                   "error: PTX generation for " + std::string(target.name) + " failed" + errors};
  return std::string(text);
}

} // namespace tilewright::nvptx
