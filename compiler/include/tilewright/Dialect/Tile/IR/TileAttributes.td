// The enumerations of the `tile` dialect.

#ifndef TILEWRIGHT_TILE_ATTRIBUTES_TD
#define TILEWRIGHT_TILE_ATTRIBUTES_TD

include "tilewright/Dialect/Tile/IR/TileDialect.td"
include "mlir/IR/EnumAttr.td"

def Tile_Space : I32EnumAttr<"Space", "where a buffer lives", [
    I32EnumAttrCase<"Shared", 0, "shared">, I32EnumAttrCase<"Fragment", 1, "fragment">]> {
  let cppNamespace = "::tilewright::tile";
  let genSpecializedAttr = 0;
}

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "how elements are combined", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Max", 1, "max">, I32EnumAttrCase<"Min", 2, "min">]> {
  let cppNamespace = "::tilewright::tile";
  let genSpecializedAttr = 0;
}
def Tile_ReduceKindAttr : EnumAttr<Tile_Dialect, Tile_ReduceKind, "reduce_kind"> {
  let assemblyFormat = "`<` $value `>`";
}

#endif // TILEWRIGHT_TILE_ATTRIBUTES_TD
