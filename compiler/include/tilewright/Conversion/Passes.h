// The conversions between dialects.

#ifndef TILEWRIGHT_CONVERSION_PASSES_H
#define TILEWRIGHT_CONVERSION_PASSES_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::NVVM {
class NVVMDialect;
}
namespace mlir::LLVM {
class LLVMDialect;
}

namespace tilewright {

#define GEN_PASS_DECL
#include "tilewright/Conversion/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "tilewright/Conversion/Passes.h.inc"

} // namespace tilewright

#endif // TILEWRIGHT_CONVERSION_PASSES_H
