// Movement of tiles between global memory, buffers and values.

#ifndef TILEWRIGHT_TILE_MEMORY_OPS_TD
#define TILEWRIGHT_TILE_MEMORY_OPS_TD

include "tilewright/Dialect/Tile/IR/TileOpBase.td"

def Tile_LoadOp : Tile_Op<"load", [AttrSizedOperandSegments]> {
  let summary = "Reads a tile from global memory.";
  let description = [{
    `offsets` is the position of the tile's first element, in elements, and may lie outside the tensor on either side.
    Elements outside the tensor are `pad`, or zero where none is given.

    ```mlir
    %t = tile.load %a[%row, %column] : !tile.global<?x?xbf16> -> tensor<128x64xbf16>
    %u = tile.load %a[%row, %column] pad %minf : !tile.global<?x?xf32>, f32 -> tensor<16x64xf32>
    ```
  }];
  let arguments = (ins
    Arg<Tile_GlobalType, "", [MemRead<Tile_GlobalMemory>]>:$source,
    Variadic<Index>:$offsets,
    Optional<AnyType>:$pad);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = [{
    $source `[` $offsets `]` (`pad` $pad^)? attr-dict `:` type($source) (`,` type($pad)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_StoreOp : Tile_Op<"store"> {
  let summary = "Writes a tile to global memory; elements outside the tensor are not written.";
  let description = [{
    ```mlir
    tile.store %t, %c[%row, %column] : tensor<128x128xbf16>, !tile.global<?x?xbf16>
    ```
  }];
  let arguments = (ins
    Tile_Tile:$value,
    Arg<Tile_GlobalType, "", [MemWrite<Tile_GlobalMemory>]>:$destination,
    Variadic<Index>:$offsets);
  let assemblyFormat = "$value `,` $destination `[` $offsets `]` attr-dict `:` type($value) `,` type($destination)";
  let hasVerifier = 1;
}

def Tile_AllocOp : Tile_Op<"alloc"> {
  let summary = "Declares a buffer, without contents. `name` is what messages and reports call it.";
  let description = [{
    ```mlir
    %s = tile.alloc {name = "As"} : !tile.buffer<128x64xbf16, shared>
    ```
  }];
  let arguments = (ins OptionalAttr<StrAttr>:$name);
  let results = (outs Res<Tile_BufferType, "", [MemAlloc<Tile_BufferMemory>]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Tile_ReadOp : Tile_Op<"read", [
    TypesMatchWith<"the result is the whole buffer as a tile", "source", "result", "::llvm::cast<BufferType>($_self).getTileType()">]> {
  let summary = "The whole contents of a buffer, as a tile.";
  let arguments = (ins Arg<Tile_BufferType, "", [MemRead<Tile_BufferMemory>]>:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source)";
}

def Tile_WriteOp : Tile_Op<"write", [
    TypesMatchWith<"the value is the whole buffer as a tile", "destination", "value", "::llvm::cast<BufferType>($_self).getTileType()">]> {
  let summary = "Replaces the whole contents of a buffer.";
  let arguments = (ins Tile_Tile:$value, Arg<Tile_BufferType, "", [MemWrite<Tile_BufferMemory>]>:$destination);
  let assemblyFormat = "$value `,` $destination attr-dict `:` type($destination)";
}

def Tile_CopyOp : Tile_Op<"copy", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Copies a tile between global memory and a buffer, or between two buffers.";
  let description = [{
    A global side has offsets as in `tile.load` and `tile.store`, a buffer has none and is copied whole. From global
    memory, elements outside the tensor arrive as zero; to global memory, they are not written.

    ```mlir
    tile.copy %a[%row, %column] to %s : !tile.global<?x?xbf16> to !tile.buffer<128x64xbf16, shared>
    tile.copy %s to %c[%row, %column] : !tile.buffer<128x64xbf16, shared> to !tile.global<?x?xbf16>
    tile.copy %s to %t : !tile.buffer<128x64xbf16, shared> to !tile.buffer<128x64xbf16, fragment>
    ```
  }];
  let arguments = (ins
    AnyTypeOf<[Tile_GlobalType, Tile_BufferType]>:$source,
    Variadic<Index>:$sourceOffsets,
    AnyTypeOf<[Tile_GlobalType, Tile_BufferType]>:$destination,
    Variadic<Index>:$destinationOffsets);
  let assemblyFormat = [{
    $source (`[` $sourceOffsets^ `]`)? `to` $destination (`[` $destinationOffsets^ `]`)? attr-dict
    `:` type($source) `to` type($destination)
  }];
  let hasVerifier = 1;
}

#endif // TILEWRIGHT_TILE_MEMORY_OPS_TD
