// The structure of a kernel: the kernel itself, its grid of blocks, sizes, variables.

#ifndef TILEWRIGHT_TILE_STRUCTURE_OPS_TD
#define TILEWRIGHT_TILE_STRUCTURE_OPS_TD

include "tilewright/Dialect/Tile/IR/TileOpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"

def Tile_KernelOp : Tile_Op<"kernel", [IsolatedFromAbove, Symbol, FunctionOpInterface, SingleBlock,
                                       HasParent<"::mlir::ModuleOp">]> {
  let summary = "A kernel.";
  let description = [{
    Arguments are tensors in global memory and scalars. `members` holds the tunables of the kernel's C++ type with the
    values under which it was traced, `argNames` the names that messages and reports use. A kernel holds at most one
    `tile.blocks`, as a direct child; without one it runs as a single block.

    ```mlir
    tile.kernel @scale(%x: !tile.global<?xf32>, %alpha: f32) attributes {argNames = ["x", "alpha"], members = {b = 256 : i64}} {
      ...
      tile.return
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs,
    OptionalAttr<StrArrayAttr>:$argNames,
    OptionalAttr<DictionaryAttr>:$members);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    /// The name of an argument: as declared, else its number.
    ::std::string getArgName(unsigned index);
    /// The grid operation, or null.
    BlocksOp getBlocks();
  }];
}

def Tile_ReturnOp : Tile_Op<"return", [Terminator, Pure, HasParent<"KernelOp">]> {
  let summary = "Ends a kernel.";
  let assemblyFormat = "attr-dict";
}

def Tile_BlocksOp : Tile_Op<"blocks", [SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects,
                                       HasParent<"KernelOp">]> {
  let summary = "The grid: the body runs once for every point, independently and in any order.";
  let description = [{
    `extents` has one to three numbers of blocks; the body sees one index per axis. The last axis varies fastest.

    ```mlir
    tile.blocks (%i, %j) in (%rows, %columns) {
      ...
    }
    ```
  }];
  let arguments = (ins Variadic<Index>:$extents);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tile_YieldOp : Tile_Op<"yield", [Terminator, Pure, HasParent<"BlocksOp">]> {
  let summary = "Ends the body of `tile.blocks`.";
  let assemblyFormat = "attr-dict";
}

def Tile_DimOp : Tile_Op<"dim", [Pure]> {
  let summary = "The extent of a global tensor along one dimension, in elements.";
  let arguments = (ins Tile_GlobalType:$source, I64Attr:$dim);
  let results = (outs Index:$result);
  let assemblyFormat = "$source `,` $dim attr-dict `:` type($source)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Tile_SlotOp : Tile_Op<"slot", [
    TypesMatchWith<"a slot holds values of the type of its first value", "result", "init", "::llvm::cast<SlotType>($_self).getValueType()">]> {
  let summary = "Declares a variable with its first value.";
  let description = [{
    Slots are how the recorder writes C++ variables that a kernel assigns inside loops and branches. The first pass of
    the pipeline turns them into values; none is left when a schedule is chosen.
  }];
  let arguments = (ins Tile_TileOrScalar:$init);
  let results = (outs Res<Tile_SlotType, "", [MemAlloc<Tile_SlotMemory>, MemWrite<Tile_SlotMemory>]>:$result);
  let assemblyFormat = "$init attr-dict `:` type($result)";
}

def Tile_GetOp : Tile_Op<"get", [
    TypesMatchWith<"the result has the type the slot holds", "slot", "result", "::llvm::cast<SlotType>($_self).getValueType()">]> {
  let summary = "The present value of a variable.";
  let arguments = (ins Arg<Tile_SlotType, "", [MemRead<Tile_SlotMemory>]>:$slot);
  let results = (outs Tile_TileOrScalar:$result);
  let assemblyFormat = "$slot attr-dict `:` type($slot)";
}

def Tile_SetOp : Tile_Op<"set", [
    TypesMatchWith<"the value has the type the slot holds", "slot", "value", "::llvm::cast<SlotType>($_self).getValueType()">]> {
  let summary = "Gives a variable a new value.";
  let arguments = (ins Arg<Tile_SlotType, "", [MemWrite<Tile_SlotMemory>]>:$slot, Tile_TileOrScalar:$value);
  let assemblyFormat = "$slot `,` $value attr-dict `:` type($slot)";
}

#endif // TILEWRIGHT_TILE_STRUCTURE_OPS_TD
