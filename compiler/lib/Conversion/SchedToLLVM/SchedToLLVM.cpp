// Lowers kernels with a fixed schedule to functions of the LLVM dialect, one thread's view of each.

#include "Emitter.h"
#include "tilewright/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace tilewright {
#define GEN_PASS_DEF_CONVERTSCHEDTOLLVM
#include "tilewright/Conversion/Passes.h.inc"

namespace {

/// Dynamic shared memory: one external array without a size, whose start is aligned for every swizzle.
LLVM::GlobalOp declareShared(ModuleOp module) {
  OpBuilder builder(module.getBodyRegion());
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
  return LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/false, LLVM::Linkage::External,
                                "tilewright_shared",
                                /*value=*/Attribute(), /*alignment=*/1024, /*addrSpace=*/3);
}

struct ConvertSchedToLLVM : impl::ConvertSchedToLLVMBase<ConvertSchedToLLVM> {
  using ConvertSchedToLLVMBase::ConvertSchedToLLVMBase;

  void runOnOperation() override {
    auto info = findTarget(target);
    if (!info) {
      getOperation().emitError() << info.failure().message;
      return signalPassFailure();
    }
    LLVM::GlobalOp shared = declareShared(getOperation());
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<tile::KernelOp>())) {
      if (failed(Emitter(kernel, **info, shared).run())) return signalPassFailure();
      kernel.erase();
    }
  }
};

} // namespace
} // namespace tilewright
