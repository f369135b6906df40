// Arithmetic on whole tiles that upstream `arith` and `math` do not have.

#ifndef TILEWRIGHT_TILE_COMPUTE_OPS_TD
#define TILEWRIGHT_TILE_COMPUTE_OPS_TD

include "tilewright/Dialect/Tile/IR/TileOpBase.td"

def Tile_DotOp : Tile_Op<"dot", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "Matrix product plus accumulator: result = a * b + accumulator.";
  let description = [{
    `a` is M x K (K x M with `transpose_a`), `b` is K x N (N x K with `transpose_b`), the accumulator M x N. Operands are
    tiles or shared buffers. Products are exact; the order of summation is not specified, so a sum of floats may differ
    in its last bits between schedules that differ in the MMA atom.

    Types: f16, bf16, f8E4M3FN, f8E5M2 (the two may mix) accumulate in f32; f32 in f32 (`tf32` first drops the low 13
    bits of each operand); f64 in f64; i8 in i32 (`unsigned_a`, `unsigned_b` say which operand is unsigned).

    ```mlir
    %d = tile.dot %a, %b, %c : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
    %e = tile.dot %s, %t, %c {transpose_b} : !tile.buffer<128x64xbf16, shared>, !tile.buffer<128x64xbf16, shared>, tensor<128x128xf32>
    ```
  }];
  let arguments = (ins
    Tile_DotOperand:$a, Tile_DotOperand:$b, Tile_Tile:$accumulator,
    UnitAttr:$transpose_a, UnitAttr:$transpose_b, UnitAttr:$tf32, UnitAttr:$unsigned_a, UnitAttr:$unsigned_b);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$a `,` $b `,` $accumulator attr-dict `:` type($a) `,` type($b) `,` type($accumulator)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getM();
    int64_t getN();
    int64_t getK();
  }];
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "Combines the elements along one axis; the axis stays, with extent one.";
  let description = [{
    Maximum and minimum give NaN where any element is NaN. The order of a sum is not specified.

    ```mlir
    %m = tile.reduce %x {axis = 1, kind = #tile.reduce_kind<max>} : tensor<64x128xf32> -> tensor<64x1xf32>
    ```
  }];
  let arguments = (ins Tile_Tile:$source, I64Attr:$axis, Tile_ReduceKindAttr:$kind, UnitAttr:$is_unsigned);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "Repeats a tile along the axes where its extent is one; ranks are equal.";
  let arguments = (ins Tile_Tile:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Tile_ReshapeOp : Tile_Op<"reshape", [Pure]> {
  let summary = "Adds or removes axes of extent one; the other extents keep their order.";
  let arguments = (ins Tile_Tile:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Tile_TransposeOp : Tile_Op<"transpose", [Pure]> {
  let summary = "Permutes the axes: axis i of the result is axis permutation[i] of the source.";
  let arguments = (ins Tile_Tile:$source, DenseI64ArrayAttr:$permutation);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_SplatOp : Tile_Op<"splat", [Pure]> {
  let summary = "A tile all of whose elements are one scalar.";
  let arguments = (ins AnyTypeOf<[AnySignlessInteger, AnyFloat]>:$value);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Tile_IotaOp : Tile_Op<"iota", [Pure]> {
  let summary = "A tile of i32 whose elements are their own position along one axis.";
  let arguments = (ins I64Attr:$axis);
  let results = (outs TensorOf<[I32]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_CastOp : Tile_Op<"cast", [Pure]> {
  let summary = "Converts elements (or a scalar) to another type.";
  let description = [{
    To a narrower float: round to nearest, ties to even; f8E4M3FN and f8E5M2 saturate to the largest finite value (448,
    57344) and keep NaN; f16 and bf16 overflow to infinity. Float to integer: toward zero, clamped to the range of the
    result, NaN to zero. Integer to float: nearest, ties to even. Integer to integer: sign or zero extension, or
    truncation. `from_unsigned` and `to_unsigned` say which integer side is unsigned. A bool (i1) is 0 or 1; to bool
    means "is not zero".

    ```mlir
    %h = tile.cast %x : tensor<128x128xf32> -> tensor<128x128xbf16>
    ```
  }];
  let arguments = (ins Tile_TileOrScalar:$source, UnitAttr:$from_unsigned, UnitAttr:$to_unsigned);
  let results = (outs Tile_TileOrScalar:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

#endif // TILEWRIGHT_TILE_COMPUTE_OPS_TD
