// The gate before LLVM's code generator: only what it is known to take gets through, since its fatal errors abort the
// user's process.
#ifndef TILEWRIGHT_TARGET_NVPTX_VERIFYMODULE_H
#define TILEWRIGHT_TARGET_NVPTX_VERIFYMODULE_H

#include "tilewright/Target/Result.h"
#include "tilewright/Target/TargetInfo.h"

namespace llvm {
class Module;
}

namespace tilewright {

/// What the verifier learnt about a module that passed.
struct VerifiedModule {
  /// The lowest PTX version that every instruction of the module exists in, times ten.
  int ptxVersion = 0;
};

/// Checks that `module` holds only types, address spaces, intrinsics, calls and inline assembly that NVPTX code
/// generation for `target` is known to take. Failures: `E-ptx-type`, `E-ptx-address-space`, `E-ptx-intrinsic`,
/// `E-ptx-target` (exists, but not on this target), `E-ptx-call`, `E-ptx-asm`, `E-ptx-instruction`, `E-ptx-kernel`.
Result<VerifiedModule> verifyModule(const llvm::Module &module, const TargetInfo &target);

} // namespace tilewright

#endif // TILEWRIGHT_TARGET_NVPTX_VERIFYMODULE_H
