// The gate before LLVM's code generator: types, address spaces, intrinsics, calls, inline assembly.
#include "tilewright/Target/Nvptx/VerifyModule.h"

#include "InlineAsmRules.h"
#include "InstructionTable.h"

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <optional>

namespace tilewright {
namespace {

using MaybeFailure = std::optional<Failure>;

std::string textOf(const llvm::Value &value) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  value.print(stream);
  auto start = text.find_first_not_of(' ');
  return start == std::string::npos ? text : text.substr(start);
}

std::string textOf(const llvm::Type &type) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  type.print(stream);
  return text;
}

class Verifier {
public:
  Verifier(const llvm::Module &module, const TargetInfo &target)
      : module(module), target(target), ptxVersion(target.ptxVersion) {}

  Result<VerifiedModule> run() {
    if (MaybeFailure failure = checkModule()) return *failure;
    return VerifiedModule{ptxVersion};
  }

private:
  /// A failure whose `why` and fix are given, placed at the current function and value.
  Failure at(FaultClass fault, const char *code, const std::string &what, const std::string &fix) const {
    std::string message = "error: " + what;
    if (function) message += "\n  in function '" + function->getName().str() + "'";
    if (place) message += ": " + textOf(*place);
    message += "\n  fix: " + fix;
    return Failure{fault, code, message};
  }

  MaybeFailure checkModule() {
    for (const llvm::GlobalVariable &variable : module.globals())
      if (MaybeFailure failure = checkGlobal(variable)) return failure;
    if (!module.alias_empty() || !module.ifunc_empty() || !module.getModuleInlineAsm().empty())
      return at(FaultClass::Internal, "E-ptx-instruction", "aliases and module-level assembly have no PTX form",
                "emit plain functions");
    for (const llvm::Function &candidate : module) {
      function = &candidate;
      place = nullptr;
      if (MaybeFailure failure = candidate.isDeclaration() ? std::nullopt : checkFunction(candidate)) return failure;
    }
    return std::nullopt;
  }

  MaybeFailure checkGlobal(const llvm::GlobalVariable &variable) {
    place = &variable;
    unsigned space = variable.getAddressSpace();
    if (space != 1 && space != 3 && space != 4)
      return at(FaultClass::Internal, "E-ptx-address-space",
                "global variable in address space " + std::to_string(space),
                "use 1 (global), 3 (shared) or 4 (constant)");
    if (variable.hasAppendingLinkage() || variable.hasCommonLinkage() || variable.isThreadLocal() ||
        variable.hasAvailableExternallyLinkage())
      return at(FaultClass::Internal, "E-ptx-address-space", "global variable with a linkage that PTX does not have",
                "use internal or external linkage");
    if (space == 3 && variable.hasInitializer() && !llvm::isa<llvm::UndefValue>(variable.getInitializer()))
      return at(FaultClass::Internal, "E-ptx-address-space", "shared variable with an initial value",
                "initialise it with undef and store the value at run time");
    return checkType(variable.getValueType());
  }

  MaybeFailure checkFunction(const llvm::Function &candidate) {
    bool kernel = candidate.getCallingConv() == llvm::CallingConv::PTX_Kernel;
    if (kernel && !candidate.getReturnType()->isVoidTy())
      return at(FaultClass::Internal, "E-ptx-kernel", "a kernel returns a value", "store it to a tensor instead");
    if (kernel && !candidate.hasFnAttribute("nvvm.reqntid"))
      return at(FaultClass::Internal, "E-ptx-kernel", "kernel without nvvm.reqntid",
                "state its block size; without it the assembler ignores register budgets");
    if (candidate.isVarArg() || candidate.hasPersonalityFn() || candidate.hasGC())
      return at(FaultClass::Internal, "E-ptx-instruction", "variadic functions, exceptions and GC have no PTX form",
                "emit a plain function");
    for (const llvm::Argument &argument : candidate.args()) {
      place = &argument;
      if (MaybeFailure failure = checkType(argument.getType())) return failure;
      if (argument.hasByValAttr())
        if (MaybeFailure failure = checkType(argument.getParamByValType())) return failure;
    }
    for (const llvm::Instruction &instruction : llvm::instructions(candidate)) {
      place = &instruction;
      if (MaybeFailure failure = checkInstruction(instruction)) return failure;
    }
    return std::nullopt;
  }

  MaybeFailure checkInstruction(const llvm::Instruction &instruction) {
    if (MaybeFailure failure = checkType(instruction.getType())) return failure;
    for (const llvm::Value *operand : instruction.operands())
      if (!operand->getType()->isMetadataTy() && !operand->getType()->isLabelTy() && !operand->getType()->isTokenTy())
        if (MaybeFailure failure = checkType(operand->getType())) return failure;
    if (const auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction)) return checkCall(*call);
    if (const auto *memory = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) return checkAtomic(*memory);
    if (const auto *alloca = llvm::dyn_cast<llvm::AllocaInst>(&instruction); alloca && !alloca->isStaticAlloca())
      return at(FaultClass::Internal, "E-ptx-instruction", "stack memory of a size known only at run time",
                "use a fixed size");
    switch (instruction.getOpcode()) {
    case llvm::Instruction::Invoke:
    case llvm::Instruction::Resume:
    case llvm::Instruction::LandingPad:
    case llvm::Instruction::CallBr:
    case llvm::Instruction::IndirectBr:
    case llvm::Instruction::CleanupRet:
    case llvm::Instruction::CatchRet:
    case llvm::Instruction::CatchSwitch:
    case llvm::Instruction::CatchPad:
    case llvm::Instruction::CleanupPad:
    case llvm::Instruction::VAArg:
    case llvm::Instruction::FRem:
      return at(FaultClass::Internal, "E-ptx-instruction",
                std::string("instruction '") + instruction.getOpcodeName() + "' has no PTX form",
                "lower it to arithmetic and branches first");
    default: return std::nullopt;
    }
  }

  MaybeFailure checkAtomic(const llvm::AtomicRMWInst &atomic) {
    llvm::Type *type = atomic.getType();
    unsigned bits = type->getPrimitiveSizeInBits();
    if (bits == 16 || bits == 32 || bits == 64) return std::nullopt;
    return at(FaultClass::User, "E-ptx-instruction", "atomic operation on " + textOf(*type),
              "use a type of 16, 32 or 64 bits");
  }

  MaybeFailure checkCall(const llvm::CallBase &call) {
    if (call.isInlineAsm()) return checkAsm(call);
    const llvm::Function *callee = call.getCalledFunction();
    if (!callee)
      return at(FaultClass::Internal, "E-ptx-call", "call through a pointer", "call a function of the module by name");
    if (callee->isIntrinsic()) return checkIntrinsic(callee->getName());
    if (callee->isDeclaration())
      return at(FaultClass::User, "E-ptx-call", "call of '" + callee->getName().str() + "', which has no body here",
                "device code links no library: define the function in the kernel");
    return std::nullopt;
  }

  MaybeFailure checkIntrinsic(llvm::StringRef name) {
    const nvptx::InstructionRule *rule = nvptx::findIntrinsic(name);
    if (!rule)
      return at(FaultClass::User, "E-ptx-intrinsic",
                "intrinsic '" + name.str() + "' is not in the list of this compiler",
                "use a listed intrinsic or inline PTX");
    return require(*rule, name.str());
  }

  MaybeFailure checkAsm(const llvm::CallBase &call) {
    nvptx::AsmFindings findings = nvptx::inspectInlineAsm(call, module.getDataLayout());
    if (!findings.problem.empty()) return at(FaultClass::User, "E-ptx-asm", findings.problem, findings.fix);
    for (const auto &[instruction, rule] : findings.instructions)
      if (MaybeFailure failure = require(*rule, instruction)) return failure;
    return std::nullopt;
  }

  /// Notes the version that `rule` needs, or fails when the target does not have the instruction.
  MaybeFailure require(const nvptx::InstructionRule &rule, const std::string &name) {
    if (target.computeCapability < rule.computeCapability)
      return at(FaultClass::Limit, "E-ptx-target",
                "'" + name + "' does not exist on " + std::string(target.name) + "; it needs sm_" +
                    std::to_string(rule.computeCapability) + " or newer",
                "choose a newer target, or a schedule without it");
    ptxVersion = std::max(ptxVersion, rule.ptxVersion);
    return std::nullopt;
  }

  MaybeFailure checkType(llvm::Type *type) {
    std::string problem = typeProblem(type);
    if (problem.empty()) return std::nullopt;
    return at(FaultClass::User, "E-ptx-type", problem,
              "use scalars of 1, 8, 16, 32 or 64 bits, or vectors of up to 128");
  }

  std::string typeProblem(llvm::Type *type) {
    if (auto known = knownTypes.find(type); known != knownTypes.end()) return known->second;
    return knownTypes[type] = findTypeProblem(type);
  }

  std::string findTypeProblem(llvm::Type *type) {
    if (type->isVoidTy() || type->isHalfTy() || type->isBFloatTy() || type->isFloatTy() || type->isDoubleTy())
      return "";
    if (type->isIntegerTy()) {
      // LLVM's own simplification makes integers of other widths up to 64 bits, and the back end widens them.
      return type->getIntegerBitWidth() <= 64 ? "" : "integer type " + textOf(*type) + " has no PTX form";
    }
    if (const auto *pointer = llvm::dyn_cast<llvm::PointerType>(type)) {
      unsigned space = pointer->getAddressSpace();
      return space <= 1 || (space >= 3 && space <= 5) || space == 7 || space == 101
                 ? ""
                 : "pointer of address space " + std::to_string(space);
    }
    if (const auto *array = llvm::dyn_cast<llvm::ArrayType>(type)) return typeProblem(array->getElementType());
    if (const auto *structure = llvm::dyn_cast<llvm::StructType>(type)) {
      if (structure->isOpaque()) return "opaque type " + textOf(*type);
      for (llvm::Type *element : structure->elements())
        if (std::string problem = typeProblem(element); !problem.empty()) return problem;
      return "";
    }
    if (const auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(type)) return vectorProblem(*vector);
    return "type " + textOf(*type) + " has no PTX form";
  }

  std::string vectorProblem(const llvm::FixedVectorType &vector) {
    if (std::string problem = typeProblem(vector.getElementType()); !problem.empty()) return problem;
    unsigned count = vector.getNumElements();
    unsigned bits = vector.getElementType()->isPointerTy() ? 64 : vector.getScalarSizeInBits();
    bool powerOfTwo = (count & (count - 1)) == 0;
    if (powerOfTwo && count * bits <= 128) return "";
    return "vector type " + textOf(vector) + " is not a power of two of elements in at most 128 bits";
  }

  const llvm::Module &module;
  const TargetInfo &target;
  int ptxVersion;
  const llvm::Function *function = nullptr;
  const llvm::Value *place = nullptr;
  llvm::DenseMap<llvm::Type *, std::string> knownTypes;
};

} // namespace

Result<VerifiedModule> verifyModule(const llvm::Module &module, const TargetInfo &target) {
  return Verifier(module, target).run();
}

} // namespace tilewright
