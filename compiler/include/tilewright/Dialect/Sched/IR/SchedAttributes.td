// Layouts and schedules as attributes.

#ifndef TILEWRIGHT_SCHED_ATTRIBUTES_TD
#define TILEWRIGHT_SCHED_ATTRIBUTES_TD

include "tilewright/Dialect/Sched/IR/SchedDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"

class Sched_Attr<string name, string attrMnemonic> : AttrDef<Sched_Dialect, name> { let mnemonic = attrMnemonic; }

def Sched_LayoutAttr : Sched_Attr<"Layout", "layout"> {
  let summary = "Which thread holds which element of a tile in which register.";
  let description = [{
    A linear map over bits from (register, lane, warp) to tile coordinates, times a repetition grid; each basis is a
    coordinate. It is the encoding of a tile's tensor type.

    ```mlir
    tensor<16x8xf32, #sched.layout<reg = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [], repeat = [1, 1]>>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t", "one basis per register bit, flattened">:$reg,
    ArrayRefParameter<"int64_t", "five bases, flattened">:$lane,
    ArrayRefParameter<"int64_t", "one basis per warp bit, flattened">:$warp,
    ArrayRefParameter<"int64_t", "repetitions per dimension">:$repeat);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static LayoutAttr get(::mlir::MLIRContext *context, const ::tilewright::layout::Distributed &layout);
    /// The layout this attribute stands for.
    ::tilewright::layout::Distributed getLayout() const;
  }];
}

def Sched_MemoryAttr : Sched_Attr<"Memory", "memory"> {
  let summary = "Where the elements of a tile lie in shared memory.";
  let description = [{
    `order` lists the dimensions, the contiguous one first. `swizzle`, 32, 64 or 128, permutes 16-byte chunks within spans
    of at most that many bytes, so that eight rows at one column fall into distinct banks (PTX ISA 5.5.7); 16 cuts rows
    into panels of that width and permutes nothing; 0: rows follow each other.
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$order,
    DefaultValuedParameter<"int64_t", "0">:$swizzle);
  let assemblyFormat = "`<` `order` `=` `[` $order `]` (`,` `swizzle` `=` $swizzle^)? `>`";
  let genVerifyDecl = 1;
}

def Sched_Atom : I32EnumAttr<"Atom", "the instruction that multiplies", [
    I32EnumAttrCase<"Fma", 0, "fma">,
    I32EnumAttrCase<"MmaM16N8K8", 1, "mma_m16n8k8">,
    I32EnumAttrCase<"MmaM16N8K16", 2, "mma_m16n8k16">,
    I32EnumAttrCase<"MmaM16N8K32", 3, "mma_m16n8k32">,
    I32EnumAttrCase<"Wgmma", 4, "wgmma">]> {
  let cppNamespace = "::tilewright::sched";
  let genSpecializedAttr = 0;
}
def Sched_AtomAttr : EnumAttr<Sched_Dialect, Sched_Atom, "atom"> { let assemblyFormat = "`<` $value `>`"; }

def Sched_Multicast : I32EnumAttr<"Multicast", "which operands of products the blocks of a cluster load together", [
    I32EnumAttrCase<"None", 0, "none">,
    I32EnumAttrCase<"A", 1, "a">,
    I32EnumAttrCase<"B", 2, "b">,
    I32EnumAttrCase<"Both", 3, "both">]> {
  let cppNamespace = "::tilewright::sched";
  let genSpecializedAttr = 0;
}

def Sched_Order : I32EnumAttr<"Order", "the order in which the tiles of the first two dimensions of a grid are dealt out", [
    I32EnumAttrCase<"Grouped", 0, "grouped">,
    I32EnumAttrCase<"Hilbert", 1, "hilbert">]> {
  let cppNamespace = "::tilewright::sched";
  let genSpecializedAttr = 0;
}

def Sched_SplitStep : I32EnumAttr<"SplitStep", "what a kernel does in a reduction that is split among blocks", [
    I32EnumAttrCase<"Parts", 0, "parts">,
    I32EnumAttrCase<"Whole", 1, "whole">]> {
  let cppNamespace = "::tilewright::sched";
  let genSpecializedAttr = 0;
}

def Sched_SplitAttr : Sched_Attr<"Split", "split"> {
  let summary = "How a kernel takes part in a reduction that is split among blocks.";
  let description = [{
    The step `parts` computes `parts` sums of each tile, in as many blocks, and leaves them in a workspace; the step
    `whole`, a kernel that runs after it, adds them up and does the rest. With `unordered` the parts are added where
    they meet in memory, in whatever order blocks come; the workspace is zero before.

    The workspaces are the last arguments of both kernels: matrices of `rows` rows for each tile of the grid, of which
    `blocksPerTile` blocks of this kernel work on one.
  }];
  let parameters = (ins
    "::tilewright::sched::SplitStep":$step,
    "int64_t":$parts, "bool":$unordered, "int64_t":$blocksPerTile,
    ArrayRefParameter<"int64_t", "rows of each workspace for one tile">:$rows);
  let assemblyFormat = "`<` $step `,` `parts` `=` $parts `,` `unordered` `=` $unordered `,` `blocksPerTile` `=` $blocksPerTile `,` `rows` `=` `[` $rows `]` `>`";
}

def Sched_ScheduleAttr : Sched_Attr<"Schedule", "schedule"> {
  let summary = "The choices of a schedule, on a kernel.";
  let description = [{
    With `persistent` a block goes on to further tiles of the grid when it is done with one. `warps` compute; `producerWarps` more, which only start copies, follow them in the block. `warpsM` x `warpsN` is how
    the former share a product.

    `cluster` blocks are launched together, neighbours along dimension `clusterAxis` of the grid. The operands that
    `multicast` names are the same tiles for all of them: each loads a part and sends it to all.

    Tiles are dealt out in `order`, from the last to the first if it is `reversed`. With `dynamic` a persistent block asks
    a counter in memory for its next tile.
  }];
  let parameters = (ins
    "int64_t":$stages, "int64_t":$warps, "int64_t":$warpsM, "int64_t":$warpsN,
    "::tilewright::sched::Atom":$atom,
    "int64_t":$swizzle, "int64_t":$rasterGroup, "int64_t":$producerWarps,
    "bool":$persistent,
    DefaultValuedParameter<"int64_t", "1">:$cluster, DefaultValuedParameter<"int64_t", "0">:$clusterAxis,
    DefaultValuedParameter<"::tilewright::sched::Multicast", "::tilewright::sched::Multicast::None">:$multicast,
    DefaultValuedParameter<"::tilewright::sched::Order", "::tilewright::sched::Order::Grouped">:$order,
    DefaultValuedParameter<"bool", "false">:$reversed, DefaultValuedParameter<"bool", "false">:$dynamic);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // TILEWRIGHT_SCHED_ATTRIBUTES_TD
