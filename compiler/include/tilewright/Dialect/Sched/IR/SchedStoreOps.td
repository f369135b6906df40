// The operations of the `sched` dialect that bring tiles to global memory by TMA.

#ifndef TILEWRIGHT_SCHED_STORE_OPS_TD
#define TILEWRIGHT_SCHED_STORE_OPS_TD

include "tilewright/Dialect/Sched/IR/SchedOpBase.td"

def Sched_PartOp : Sched_Op<"part", [Pure]> {
  let summary = "A box of a tile, which every thread has in some of its registers.";
  let description = [{
    `offsets` is the position of the box in the tile. No element changes its thread.

    ```mlir
    %p = sched.part %t at [0, 64] : tensor<128x256xbf16, #tile> -> tensor<128x64xbf16, #part>
    ```
  }];
  let arguments = (ins Tile_Tile:$source, DenseI64ArrayAttr:$offsets);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `at` $offsets attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Sched_FenceAsyncOp : Sched_Op<"fence_async", [MemoryEffects<[MemWrite<Sched_AsyncGroups>,
    MemRead<Sched_SharedMemory>, MemWrite<Sched_SharedMemory>]>]> {
  let summary = "What this thread wrote to shared memory may be read by asynchronous copies (fence.proxy.async).";
  let description = [{ Every thread that wrote has to pass it, before the barrier that the copy's thread waits at. }];
  let assemblyFormat = "attr-dict";
}

def Sched_GroupBarrierOp : Sched_Op<"group_barrier", [MemoryEffects<[MemWrite<Sched_AsyncGroups>,
    MemRead<Sched_SharedMemory>, MemWrite<Sched_SharedMemory>]>]> {
  let summary = "The computing threads meet; those of each of `groups` equal groups of warps only each other.";
  let arguments = (ins I64Attr:$groups);
  let assemblyFormat = "$groups attr-dict";
  let hasVerifier = 1;
}

def Sched_TmaStoreOp : Sched_Op<"tma_store", [AttrSizedOperandSegments, MemoryEffects<[MemWrite<Sched_AsyncGroups>,
    MemRead<Sched_SharedMemory>, MemWrite<Tile_GlobalMemory>]>]> {
  let summary = "Starts to copy a tile from shared to global memory by TMA; elements outside the tensor are not written.";
  let description = [{
    The tile goes to `offsets` plus `at`. One thread of each of `groups` groups of warps copies the rows of its group, as a
    group of bulk copies of its own; that group is empty if `predicate` is false. `source` is read until `sched.store_wait`:
    it may be overwritten only after that and a barrier.

    ```mlir
    sched.tma_store %s to %c[%i, %j] at [0, 64] groups 2 : !sched.shared<...> to !tile.global<?x?xbf16, align = 16>
    ```
  }];
  let arguments = (ins Sched_SharedType:$source, Tile_GlobalType:$destination, Variadic<Index>:$offsets,
    Optional<I1>:$predicate, DenseI64ArrayAttr:$at, I64Attr:$groups);
  let assemblyFormat = [{
    $source `to` $destination `[` $offsets `]` `at` $at `groups` $groups (`when` $predicate^)? attr-dict `:` type($source) `to` type($destination)
  }];
  let hasVerifier = 1;
}

def Sched_StoreWaitOp : Sched_Op<"store_wait", [MemoryEffects<[MemRead<Sched_AsyncGroups>,
    MemWrite<Sched_AsyncGroups>]>]> {
  let summary = "The threads that store wait until at most the `pending` newest stores still read shared memory.";
  let description = [{
    With `complete` they wait until all but those are also written. Other threads know of it after a barrier.
  }];
  let arguments = (ins I64Attr:$pending, UnitAttr:$complete);
  let assemblyFormat = "$pending (`complete` $complete^)? attr-dict";
  let hasVerifier = 1;
}

#endif // TILEWRIGHT_SCHED_STORE_OPS_TD
