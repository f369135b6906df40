// The `tile` dialect: what a kernel computes, on whole tiles, with nothing of the machine in it.

#ifndef TILEWRIGHT_TILE_DIALECT_TD
#define TILEWRIGHT_TILE_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::tilewright::tile";
  let summary = "What a kernel computes, on whole tiles.";
  let description = [{
    A kernel in this dialect is a flow of tiles. A *tile* is a value of a builtin ranked tensor type with static
    extents (`tensor<128x64xbf16>`); elementwise work on tiles and on scalars is upstream `arith` and `math`. Loops and
    branches are upstream `scf.for` and `scf.if`; an `scf.for` that carries the attribute `tile.stages = N : i32` is a
    *pipelined* loop (`N = 0` leaves the number of stages to the planner).

    Memory appears in two forms. `!tile.global` is a tensor in global memory with static or symbolic extents and
    strides, and only kernel arguments have this type. `!tile.buffer` is memory that the kernel declares: `shared` by
    all threads of a block, or a `fragment` spread over their registers.

    Signs of integers live in the operations. A kernel argument may have an unsigned element type (`ui8`); a tile read
    from it has the signless type of the same width.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasConstantMaterializer = 1;
  let extraClassDeclaration = [{ void registerTypes(); }];
}

#endif // TILEWRIGHT_TILE_DIALECT_TD
