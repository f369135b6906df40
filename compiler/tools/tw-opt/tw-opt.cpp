// mlir-opt with the dialects and passes of Tilewright.

#include "tilewright/Conversion/Passes.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Dialect/Tile/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<tilewright::tile::TileDialect, tilewright::sched::SchedDialect, mlir::arith::ArithDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect>();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  tilewright::tile::registerTilewrightTilePasses();
  tilewright::sched::registerTilewrightSchedPasses();
  tilewright::registerTilewrightConversionPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Tilewright optimizer driver\n", registry));
}
