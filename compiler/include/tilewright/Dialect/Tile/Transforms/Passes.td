// The passes that stay within the `tile` dialect.

#ifndef TILEWRIGHT_TILE_PASSES_TD
#define TILEWRIGHT_TILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def SlotsToSsa : Pass<"tile-slots-to-ssa", "::tilewright::tile::KernelOp"> {
  let summary = "Turns variables into values that loops and branches carry.";
}

def FoldDots : Pass<"tile-fold-dots", "::tilewright::tile::KernelOp"> {
  let summary = "Folds sums and transposes around products into the products.";
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // TILEWRIGHT_TILE_PASSES_TD
