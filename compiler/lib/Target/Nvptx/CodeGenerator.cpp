// NVPTX code generation inside the process, with target machines kept for the next compile.
#include "CodeGenerator.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/OptBisect.h"
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
#include "llvm/Transforms/Utils/LoopUtils.h"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

extern "C" {
void LLVMInitializeNVPTXTargetInfo();
void LLVMInitializeNVPTXTarget();
void LLVMInitializeNVPTXTargetMC();
void LLVMInitializeNVPTXAsmPrinter();
}

namespace tilewright::nvptx {
namespace {

void setOption(llvm::StringRef name, llvm::StringRef value) {
  auto &options = llvm::cl::getRegisteredOptions();
  if (auto option = options.find(name); option != options.end()) option->second->addOccurrence(0, option->first, value);
}

const llvm::Target &nvptxTarget() {
  static const llvm::Target *target = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    // Passes of the back end that cost more than they give here:
    // a search for values that may be poison, in every candidate pair of straight-line strength reduction: half of code
    // generation, for a reuse that hardly ever comes about;
    setOption("enable-poison-reuse-guard", "false");
    // loop strength reduction: a quarter of the time, and it gives every address of a loop its own induction variable
    // (52 more instructions in the loop of a 128 x 128 product than base registers with constant offsets);
    setOption("disable-lsr", "true");
    // joining of neighbouring accesses, which layouts have joined already;
    setOption("disable-nvptx-load-store-vectorizer", "true");
    // keeping memory in registers across a loop: our loops keep there what can be, and looking for more compares every
    // access with every other.
    setOption("disable-licm-promotion", "true");
    // 32-bit shared and local pointers halve the address arithmetic; the hardware's addresses there are 32 bits wide.
    setOption("nvptx-short-ptr", "true");
    std::string error;
    return llvm::TargetRegistry::lookupTarget(llvm::Triple("nvptx64-nvidia-cuda"), error);
  }();
  return *target;
}

std::unique_ptr<llvm::TargetMachine> makeMachine(const TargetInfo &target, int ptxVersion) {
  llvm::TargetOptions options;
  options.MCOptions.AsmVerbose = false;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  std::string features = "+ptx" + std::to_string(ptxVersion);
  // The level of code generation only: our pass list has run, and the assembler optimises again.
  return std::unique_ptr<llvm::TargetMachine>(
      nvptxTarget().createTargetMachine(llvm::Triple("nvptx64-nvidia-cuda"), target.cpu, features, options,
                                        llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

/// Machines that nobody uses at the moment: making one costs more than compiling a small kernel.
class MachinePool {
public:
  using Key = std::pair<int, int>; ///< compute capability, PTX version
  using Machine = std::unique_ptr<llvm::TargetMachine>;

  Machine take(const TargetInfo &target, int ptxVersion) {
    {
      std::lock_guard lock(mutex);
      auto &free = machines[{target.computeCapability, ptxVersion}];
      if (!free.empty()) {
        Machine machine = std::move(free.back());
        free.pop_back();
        return machine;
      }
    }
    return makeMachine(target, ptxVersion);
  }

  void giveBack(Key key, Machine machine) {
    std::lock_guard lock(mutex);
    machines[key].push_back(std::move(machine));
  }

private:
  std::mutex mutex;
  std::map<Key, std::vector<Machine>> machines;
};

/// A machine of the pool for as long as this object lives.
class MachineLease {
public:
  MachineLease(const TargetInfo &target, int ptxVersion)
      : key(target.computeCapability, ptxVersion), machine(pool().take(target, ptxVersion)) {}
  ~MachineLease() { pool().giveBack(key, std::move(machine)); }
  MachineLease(const MachineLease &) = delete;
  MachineLease &operator=(const MachineLease &) = delete;
  llvm::TargetMachine &operator*() { return *machine; }
  llvm::TargetMachine *operator->() { return machine.get(); }

private:
  static MachinePool &pool() {
    // Never destroyed: a thread that still compiles while the process ends must find it.
    static MachinePool *pool = new MachinePool;
    return *pool;
  }
  MachinePool::Key key;
  MachinePool::Machine machine;
};

/// Leaves out passes of the back end that look for sums and products that differ by little, which the lowering writes
/// as one base with offsets. They compare every pair of candidates in a block: a sixth of the time for a product,
/// nearly all of it for an unrolled epilogue of functions (docs/decisions/0012).
struct BackEndGate : llvm::OptPassGate {
  bool shouldRunPass(llvm::StringRef pass, llvm::StringRef) const override {
    return pass != "slsr" && pass != "nary-reassociate";
  }
  bool isEnabled() const override { return true; }
};

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
  module.setDataLayout(MachineLease(target, target.ptxVersion)->createDataLayout());
}

/// Loops around others, over tiles of a persistent kernel, keep what they compute: hoisted out of them it would hold
/// registers while the loops inside run, which need them more.
static void keepInTileLoops(llvm::Module &module, llvm::FunctionAnalysisManager &functions) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration()) continue;
    for (llvm::Loop *loop : functions.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder())
      if (!loop->isInnermost()) llvm::addStringMetadataToLoop(loop, "llvm.licm.disable", 1);
  }
}

void optimize(llvm::Module &module, const TargetInfo &target, int ptxVersion) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  MachineLease machine(target, ptxVersion);
  llvm::PassBuilder builder(&*machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);

  keepInTileLoops(module, functions);
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
  BackEndGate gate;
  module.getContext().setOptPassGate(gate);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  MachineLease machine(target, ptxVersion);
  bool refused = machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile,
                                              /*DisableVerify=*/true);
  if (refused) return Failure{FaultClass::Internal, "E-ptx-codegen", "error: the NVPTX back end cannot emit text"};
  passes.run(module);
  if (!errors.empty())
    return Failure{FaultClass::User, "E-ptx-codegen",
                   "error: PTX generation for " + std::string(target.name) + " failed" + errors};
  return std::string(text);
}

} // namespace tilewright::nvptx
