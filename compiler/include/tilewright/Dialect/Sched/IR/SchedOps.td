// The operations of the `sched` dialect.

#ifndef TILEWRIGHT_SCHED_OPS_TD
#define TILEWRIGHT_SCHED_OPS_TD

include "tilewright/Dialect/Sched/IR/SchedOpBase.td"
include "tilewright/Dialect/Sched/IR/SchedStoreOps.td"

//===-- shared memory ---------------------------------------------------------------------------------------------===//

def Sched_AllocOp : Sched_Op<"alloc"> {
  let summary = "A ring in shared memory. `offset`, in bytes, is given by placement.";
  let arguments = (ins OptionalAttr<StrAttr>:$name, OptionalAttr<I64Attr>:$offset);
  let results = (outs Res<Sched_RingType, "", [MemAlloc<Sched_SharedMemory>]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Sched_SlotOp : Sched_Op<"slot", [Pure,
    TypesMatchWith<"the result is a slot of the ring", "ring", "result", "::llvm::cast<RingType>($_self).getSlot()">]> {
  let summary = "The slot of a ring that belongs to an iteration: number (iteration + ahead) modulo stages.";
  let description = [{
    Without `iteration` the number is `ahead` itself. The iteration is what tells accesses apart: of one iteration value,
    slots whose `ahead` differs by no multiple of the number of stages are distinct.

    ```mlir
    %s = sched.slot %ring[%k] ahead 2 : !sched.ring<3 of <128x32xbf16, <order = [1, 0]>>>
    ```
  }];
  let arguments = (ins Sched_RingType:$ring, Optional<Index>:$iteration, DefaultValuedAttr<I64Attr, "0">:$ahead);
  let results = (outs Sched_SharedType:$result);
  let assemblyFormat = "$ring (`[` $iteration^ `]`)? (`ahead` $ahead^)? attr-dict `:` type($ring)";
  let hasVerifier = 1;
}

def Sched_ReadOp : Sched_Op<"read"> {
  let summary = "A tile read from shared memory into registers.";
  let arguments = (ins Arg<Sched_SharedType, "", [MemRead<Sched_SharedMemory>]>:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Sched_WriteOp : Sched_Op<"write"> {
  let summary = "Writes a tile from registers to shared memory.";
  let arguments = (ins Tile_Tile:$value, Arg<Sched_SharedType, "", [MemWrite<Sched_SharedMemory>]>:$destination);
  let assemblyFormat = "$value `,` $destination attr-dict `:` type($value) `,` type($destination)";
  let hasVerifier = 1;
}

//===-- copies from global memory ---------------------------------------------------------------------------------===//

def Sched_CopyOp : Sched_Op<"copy", [AttrSizedOperandSegments]> {
  let summary = "Copies a tile from global to shared memory; elements outside the tensor arrive as zero.";
  let description = [{
    With `async` it is made of cp.async of `bytes` bytes each, which the next `sched.commit` puts into a group; the data
    may be read only through a `sched.wait`. Without, it goes through registers and is complete in program order. If
    `predicate` is false nothing happens. `layout` is how the threads share the work.
  }];
  let arguments = (ins
    Arg<Tile_GlobalType, "", [MemRead<Tile_GlobalMemory>]>:$source,
    Variadic<Index>:$offsets,
    Arg<Sched_SharedType, "", [MemWrite<Sched_SharedMemory>]>:$destination,
    Optional<I1>:$predicate,
    Sched_LayoutAttr:$layout, I64Attr:$bytes, UnitAttr:$async);
  let assemblyFormat = [{
    $source `[` $offsets `]` `to` $destination (`when` $predicate^)? attr-dict `:` type($source) `to` type($destination)
  }];
  let hasVerifier = 1;
}

def Sched_CommitOp : Sched_Op<"commit", [MemoryEffects<[MemWrite<Sched_AsyncGroups>]>]> {
  let summary = "Closes the group of asynchronous copies issued since the last commit (cp.async.commit_group).";
  let assemblyFormat = "attr-dict";
}

def Sched_WaitOp : Sched_Op<"wait", [MemoryEffects<[MemWrite<Sched_AsyncGroups>]>,     
    AllTypesMatch<["slots", "results"]>]> {
  let summary = "Waits until at most `pending` groups are open, and gives the slots that are then complete.";
  let description = [{
    The results stand for the same memory, filled as far as this thread is concerned; a barrier makes it so for the
    block. Reading through the results keeps every read below the wait.

    ```mlir
    %a, %b = sched.wait %x, %y {pending = 1 : i64} : !sched.shared<...>, !sched.shared<...>
    ```
  }];
  let arguments = (ins Variadic<Sched_SharedType>:$slots, I64Attr:$pending);
  let results = (outs Variadic<Sched_SharedType>:$results);
  let assemblyFormat = "$slots attr-dict (`:` type($slots)^)?";
}

def Sched_BarrierOp : Sched_Op<"barrier", [MemoryEffects<[MemRead<Sched_SharedMemory>, MemWrite<Sched_SharedMemory>]>]> {
  let summary = "All threads of the block meet, and see each other's accesses to memory (bar.sync 0).";
  let assemblyFormat = "attr-dict";
}

//===-- blocks that go on to further tiles ------------------------------------------------------------------------===//

def Sched_BlockNumberOp : Sched_Op<"block_number", [Pure]> {
  let summary = "The number of this block among those launched.";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Sched_BlockCountOp : Sched_Op<"block_count", [Pure]> {
  let summary = "How many blocks were launched.";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Sched_ClusterRankOp : Sched_Op<"cluster_rank", [Pure]> {
  let summary = "The number of this block in its cluster.";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Sched_ClusterBarrierOp : Sched_Op<"cluster_barrier", [MemoryEffects<[MemRead<Sched_SharedMemory>,
    MemWrite<Sched_SharedMemory>, MemRead<Sched_AsyncGroups>, MemWrite<Sched_AsyncGroups>]>]> {
  let summary = "All threads of the blocks of a cluster meet (barrier.cluster).";
  let description = [{
    After the last use of the pipes of a cluster it keeps the memory of each block alive until its neighbours have given
    back their last stages.
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Sched_TileIndicesOp : Sched_Op<"tile_indices", [Pure]> {
  let summary = "The place in the grid of tile number `number`, in the order of the schedule.";
  let description = [{
    ```mlir
    %i, %j = sched.tile_indices %t in (%rows, %columns) : index, index
    ```
  }];
  let arguments = (ins Index:$number, Variadic<Index>:$extents);
  let results = (outs Variadic<Index>:$indices);
  let assemblyFormat = "$number `in` `(` $extents `)` attr-dict `:` type($indices)";
  let builders = [OpBuilder<(ins "::mlir::Value":$number, "::mlir::ValueRange":$extents), [{
    $_state.addOperands(number);
    $_state.addOperands(extents);
    $_state.addTypes(extents.getTypes());
  }]>];
  let hasVerifier = 1;
}

def Sched_DealOp : Sched_Op<"deal", [Pure]> {
  let summary = "The step of a loop over tiles whose numbers a counter in global memory deals out.";
  let description = [{
    Such a loop begins with its lower bound. The next number is what the counter gives, past the upper bound the loop ends. In the producer
    the loop asks the counter, and hands the number on through `pipe`, a stage for each; in the consumer it takes the
    numbers from there. Both loops thus see the same numbers.

    ```mlir
    %next = sched.deal %counter through %pipe : !tile.global<1xi32>, !sched.pipe<2 of <1xi32, <order = [0]>>>
    scf.for %t = %block to %count step %next {...}
    ```
  }];
  let arguments = (ins Tile_GlobalType:$counter, Sched_PipeType:$pipe);
  let results = (outs Index:$result);
  let assemblyFormat = "$counter `through` $pipe attr-dict `:` type($counter) `,` type($pipe)";
  let hasVerifier = 1;
}

//===-- warps with roles, and the pipes between them --------------------------------------------------------------===//

def Sched_RolesOp : Sched_Op<"roles", [SingleBlock, NoTerminator, RecursiveMemoryEffects]> {
  let summary = "The producer warps run one region, the computing warps the other, at the same time.";
  let description = [{
    One thread of the producer warps runs `producer`. The two meet in pipes alone; `sched.barrier` in `consumer` is among
    its own threads.
  }];
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumer);
  let assemblyFormat = "`producer` $producer `consumer` $consumer attr-dict";
  let hasVerifier = 1;
}

def Sched_PipeOp : Sched_Op<"pipe"> {
  let summary = "A pipe in shared memory. `offset`, in bytes, is given by placement.";
  let arguments = (ins StrArrayAttr:$names, OptionalAttr<I64Attr>:$offset);
  let results = (outs Res<Sched_PipeType, "", [MemAlloc<Sched_SharedMemory>]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Sched_AcquireOp : Sched_Op<"acquire", [MemoryEffects<[MemRead<Sched_AsyncGroups>, MemWrite<Sched_AsyncGroups>]>]> {
  let summary = "Waits until the next stage is empty, and announces the bytes that will fill it.";
  let arguments = (ins Sched_PipeType:$pipe);
  let results = (outs Variadic<Sched_SharedType>:$slots);
  let assemblyFormat = "$pipe attr-dict `:` type($pipe) `->` type($slots)";
  let hasVerifier = 1;
}

def Sched_TmaLoadOp : Sched_Op<"tma_load"> {
  let summary = "Copies a tile from global to shared memory by TMA; elements outside the tensor arrive as zero.";
  let description = [{
    The bytes are counted on the full barrier of the stage of `pipe` that was acquired last, whose slot `destination` is.

    With `multicast` n each of the n blocks of a cluster loads an n-th of the tile and sends it to the same place in all
    of them, where it is counted. Together they bring the tile, which has to be the same one for all.
  }];
  let arguments = (ins
    Arg<Tile_GlobalType, "", [MemRead<Tile_GlobalMemory>]>:$source,
    Variadic<Index>:$offsets,
    Arg<Sched_SharedType, "", [MemWrite<Sched_SharedMemory>]>:$destination,
    Sched_PipeType:$pipe, DefaultValuedAttr<I64Attr, "1">:$multicast);
  let assemblyFormat = [{
    $source `[` $offsets `]` `to` $destination `of` $pipe (`multicast` $multicast^)? attr-dict `:` type($source) `to` type($destination) `of` type($pipe)
  }];
  let hasVerifier = 1;
}

def Sched_AwaitOp : Sched_Op<"await", [MemoryEffects<[MemRead<Sched_AsyncGroups>, MemWrite<Sched_AsyncGroups>]>]> {
  let summary = "Waits until the next stage is full, and gives its slots.";
  let arguments = (ins Sched_PipeType:$pipe);
  let results = (outs Variadic<Sched_SharedType>:$slots);
  let assemblyFormat = "$pipe attr-dict `:` type($pipe) `->` type($slots)";
  let hasVerifier = 1;
}

def Sched_ReleaseOp : Sched_Op<"release", [MemoryEffects<[MemRead<Sched_AsyncGroups>, MemWrite<Sched_AsyncGroups>,
    MemRead<Sched_SharedMemory>]>]> {
  let summary = "Gives back the oldest stage, if more than `lag` are held.";
  let arguments = (ins Sched_PipeType:$pipe, DefaultValuedAttr<I64Attr, "0">:$lag);
  let assemblyFormat = "$pipe (`lag` $lag^)? attr-dict `:` type($pipe)";
}

//===-- arithmetic ------------------------------------------------------------------------------------------------===//

def Sched_DotOp : Sched_Op<"dot", [AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "Matrix product of two tiles, added to an accumulator in registers.";
  let description = [{
    The types and flags are those of `tile.dot`; `atom` is the instruction. With `wgmma` the first operand may also be a
    tile in registers, of 16-bit elements in the layout of an accumulator of its shape. The layout of the accumulator fixes how the
    warps share the product. With atom `wgmma` the product is only started, as a group of its own: the result may be used
    by `sched.dot_wait` alone, and the operands may be overwritten only after it.
  }];
  let arguments = (ins
    Arg<AnyTypeOf<[Sched_SharedType, Tile_Tile]>, "", [MemRead<Sched_SharedMemory>]>:$a,
    Arg<Sched_SharedType, "", [MemRead<Sched_SharedMemory>]>:$b,
    Tile_Tile:$accumulator, Sched_AtomAttr:$atom,
    I64Attr:$warpsM, I64Attr:$warpsN,
    UnitAttr:$transpose_a, UnitAttr:$transpose_b, UnitAttr:$tf32, UnitAttr:$unsigned_a, UnitAttr:$unsigned_b);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$a `,` $b `,` $accumulator attr-dict `:` type($a) `,` type($b) `,` type($accumulator)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The first operand in shared memory; null if it is a tile in registers.
    ::tilewright::sched::SharedType getSharedA() {
      return ::llvm::dyn_cast<::tilewright::sched::SharedType>(getA().getType());
    }
    /// Shape and element type of the first operand.
    ::llvm::ArrayRef<int64_t> getShapeOfA() {
      if (auto shared = getSharedA()) return shared.getShape();
      return ::llvm::cast<::mlir::RankedTensorType>(getA().getType()).getShape();
    }
    ::mlir::Type getElementTypeOfA() {
      if (auto shared = getSharedA()) return shared.getElementType();
      return ::llvm::cast<::mlir::RankedTensorType>(getA().getType()).getElementType();
    }
  }];
}

def Sched_DotWaitOp : Sched_Op<"dot_wait", [AllTypesMatch<["source", "result"]>,
    MemoryEffects<[MemRead<Sched_AsyncGroups>, MemWrite<Sched_AsyncGroups>]>]> {
  let summary = "Waits until at most `pending` products are under way, and gives the accumulator.";
  let description = [{
    The result is complete if at most `pending` products were started after its own. Otherwise it may only go on to the
    next product of the same accumulator, or to a further wait. `kept` are the tiles in registers that the products read
    which end here: nothing else may be put into these registers before.
  }];
  let arguments = (ins Tile_Tile:$source, Variadic<Tile_Tile>:$kept, I64Attr:$pending);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source (`keeping` $kept^ `:` type($kept))? attr-dict `:` type($source)";
}

def Sched_ConvertOp : Sched_Op<"convert"> {
  let summary = "The same tile in another layout.";
  let description = [{
    Where the layouts differ between threads of different warps the elements go through `scratch`, a ring of one slot.
  }];
  let arguments = (ins Tile_Tile:$source,
    Arg<Optional<Sched_SharedType>, "", [MemRead<Sched_SharedMemory>, MemWrite<Sched_SharedMemory>]>:$scratch);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source (`through` $scratch^ `:` type($scratch))? attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Sched_ReduceOp : Sched_Op<"reduce"> {
  let summary = "`tile.reduce` on tiles with layouts; partial results of different warps meet in `scratch`.";
  let arguments = (ins Tile_Tile:$source,
    Arg<Optional<Sched_SharedType>, "", [MemRead<Sched_SharedMemory>, MemWrite<Sched_SharedMemory>]>:$scratch,
    I64Attr:$axis, Tile_ReduceKindAttr:$kind, UnitAttr:$is_unsigned);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source (`through` $scratch^ `:` type($scratch))? attr-dict `:` type($source) `->` type($result)";
}

#endif // TILEWRIGHT_SCHED_OPS_TD
