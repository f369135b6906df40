// The conversions between dialects.

#ifndef TILEWRIGHT_CONVERSION_PASSES_TD
#define TILEWRIGHT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSchedToLLVM : Pass<"convert-sched-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Lowers kernels with a fixed schedule to functions of the LLVM dialect.";
  let description = [{
    Loops and branches become `scf`, elementwise arithmetic `arith` on scalars; upstream's conversions take these on.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect"];
  let options = [Option<"target", "target", "std::string", "\"sm_80\"", "the target to generate code for">];
}

#endif // TILEWRIGHT_CONVERSION_PASSES_TD
