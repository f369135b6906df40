// Shared memory in the `sched` dialect: rings and their slots.

#ifndef TILEWRIGHT_SCHED_TYPES_TD
#define TILEWRIGHT_SCHED_TYPES_TD

include "tilewright/Dialect/Sched/IR/SchedAttributes.td"

class Sched_Type<string name, string typeMnemonic> : TypeDef<Sched_Dialect, name> { let mnemonic = typeMnemonic; }

def Sched_SharedType : Sched_Type<"Shared", "shared"> {
  let summary = "A tile in shared memory.";
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType, "::tilewright::sched::MemoryAttr":$memory);
  let assemblyFormat = "`<` custom<Shape>($shape, $elementType) `,` $memory `>`";
  let extraClassDeclaration = [{
    /// Offsets of the elements.
    ::tilewright::layout::Memory getLayout() const;
    int64_t getElementBytes() const;
    /// Bytes from the start to the end of the last element.
    int64_t getBytes() const;
  }];
}

def Sched_RingType : Sched_Type<"Ring", "ring"> {
  let summary = "A number of equal tiles in shared memory, used in turn.";
  let parameters = (ins "int64_t":$stages, "::tilewright::sched::SharedType":$slot);
  let assemblyFormat = "`<` $stages `of` $slot `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bytes from one slot to the next: a multiple of what the memory layout wants its start aligned to.
    int64_t getSlotBytes() const;
    int64_t getAlignment() const;
    int64_t getBytes() const { return getSlotBytes() * getStages(); }
  }];
}

def Sched_PipeType : Sched_Type<"Pipe", "pipe"> {
  let summary = "A ring of stages that a producer fills and consumers empty; each stage has one slot per buffer.";
  let description = [{
    A stage carries two mbarriers: *full*, completed by the bytes that arrive, and *empty*, completed by the consumers.
    Both sides go through the stages in turn and keep their own position, so that the n-th `sched.await` gives what the
    n-th `sched.acquire` was filled with.

    With `cluster` = n each of the n blocks of a cluster has such a pipe, at the same place, and the n go through them in
    step: a stage is empty when the consumers of all n blocks have given it back, so that a block may fill it in all of
    them (`sched.tma_load` with `multicast`).

    ```mlir
    !sched.pipe<3 of <128x64xbf16, <order = [1, 0], swizzle = 128>> cluster 2>
    ```
  }];
  let parameters = (ins "int64_t":$stages, ArrayRefParameter<"::tilewright::sched::SharedType">:$slots,
    DefaultValuedParameter<"int64_t", "1">:$cluster);
  let assemblyFormat = "`<` $stages `of` $slots (`cluster` $cluster^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bytes from one stage to the next of slot number `slot`.
    int64_t getSlotBytes(size_t slot) const;
    /// Bytes from the start of the pipe to stage 0 of slot number `slot`.
    int64_t getSlotOffset(size_t slot) const;
    /// Bytes from the start of the pipe to the barriers: all full ones, then all empty ones, 8 bytes each.
    int64_t getBarrierOffset() const { return getSlotOffset(getSlots().size()); }
    int64_t getAlignment() const;
    int64_t getBytes() const { return getBarrierOffset() + 16 * getStages(); }
  }];
}

#endif // TILEWRIGHT_SCHED_TYPES_TD
