// The types of the `tile` dialect: memory and mutable variables. Tiles themselves are builtin tensors.

#ifndef TILEWRIGHT_TILE_TYPES_TD
#define TILEWRIGHT_TILE_TYPES_TD

include "tilewright/Dialect/Tile/IR/TileAttributes.td"
include "mlir/IR/AttrTypeBase.td"

class Tile_Type<string name, string typeMnemonic> : TypeDef<Tile_Dialect, name> { let mnemonic = typeMnemonic; }

def Tile_GlobalType : Tile_Type<"Global", "global"> {
  let summary = "A tensor in global memory.";
  let description = [{
    Extents and strides are in elements; `?` is a symbolic one, known at launch. The default strides are row major with
    symbolic pitch (`[?, 1]` for rank 2). `align` is a fact about memory: the base address, every stride that is not one
    and the extent of the contiguous dimension, in bytes, are multiples of it; its default is the size of an element.

    ```mlir
    !tile.global<?x?xbf16>
    !tile.global<512x?xf32, strides = [1, ?], align = 16>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t", "extents, or ShapedType::kDynamic">:$shape,
    "::mlir::Type":$elementType,
    ArrayRefParameter<"int64_t", "strides in elements, or ShapedType::kDynamic">:$strides,
    "int64_t":$align);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    /// Bytes of one element in memory; a bool takes one byte.
    int64_t getElementBytes() const;
    /// The type of an element once it is in a tile: the same without a sign.
    ::mlir::Type getTileElementType() const;
    /// The dimension whose stride is statically one, or -1. If several are, the last.
    int64_t getContiguousDim() const;
    /// The same memory with another alignment fact.
    GlobalType withAlign(int64_t align) const;
    /// Row-major strides with symbolic pitch: [?, ..., ?, 1].
    static ::llvm::SmallVector<int64_t> defaultStrides(int64_t rank);
  }];
}

def Tile_BufferType : Tile_Type<"Buffer", "buffer"> {
  let summary = "Memory that the kernel declares: shared by a block, or a fragment in registers.";
  let description = [{
    ```mlir
    !tile.buffer<128x64xbf16, shared>
    !tile.buffer<128x128xf32, fragment>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t", "static extents">:$shape,
    "::mlir::Type":$elementType,
    "::tilewright::tile::Space":$space);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The tile that a whole read gives.
    ::mlir::RankedTensorType getTileType() const;
    /// Bytes of the whole buffer, without padding.
    int64_t getBytes() const;
  }];
}

def Tile_SlotType : Tile_Type<"Slot", "slot"> {
  let summary = "A variable of a traced kernel: a tile or scalar that is assigned more than once.";
  let parameters = (ins "::mlir::Type":$valueType);
  let assemblyFormat = "`<` $valueType `>`";
}

/// A tile: ranked, static extents.
def Tile_Tile : StaticShapeTensorOf<[AnyType]>;
/// A tile or a scalar.
def Tile_TileOrScalar : AnyTypeOf<[Tile_Tile, AnySignlessInteger, AnyFloat, Index]>;
/// An operand of a dot product: a tile or a shared buffer.
def Tile_DotOperand : AnyTypeOf<[Tile_Tile, Tile_BufferType]>;

#endif // TILEWRIGHT_TILE_TYPES_TD
