// Which intrinsics and PTX instructions are allowed, and from which PTX version and target on they exist.
#ifndef TILEWRIGHT_LIB_TARGET_NVPTX_INSTRUCTIONTABLE_H
#define TILEWRIGHT_LIB_TARGET_NVPTX_INSTRUCTIONTABLE_H

#include <string_view>

namespace tilewright::nvptx {

/// What an instruction whose name starts with `prefix` needs.
struct InstructionRule {
  std::string_view prefix;
  /// PTX version times ten; 0 where every supported target's lowest version is enough.
  int ptxVersion = 0;
  /// Compute capability times ten; 0 for every target.
  int computeCapability = 0;
};

/// The rule of an LLVM intrinsic (`llvm.nvvm.mma.m16n8k16...`), or null when it is not allowed.
const InstructionRule *findIntrinsic(std::string_view name);

/// The rule of a PTX instruction as written (`cp.async.cg.shared.global`), or null when it is not allowed. An
/// instruction with a qualifier that came later (`mma...e4m3`) has the rule of the qualifier.
const InstructionRule *findInstruction(std::string_view opcode);

} // namespace tilewright::nvptx

#endif // TILEWRIGHT_LIB_TARGET_NVPTX_INSTRUCTIONTABLE_H
