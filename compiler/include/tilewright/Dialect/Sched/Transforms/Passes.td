// The passes that fix how a kernel runs.

#ifndef TILEWRIGHT_SCHED_PASSES_TD
#define TILEWRIGHT_SCHED_PASSES_TD

include "mlir/Pass/PassBase.td"

def SpecializeAlignment : Pass<"sched-specialize-alignment", "::mlir::ModuleOp"> {
  let summary = "Makes a variant of each kernel for memory that is aligned to 16 bytes.";
  let description = [{
    The aligned variant keeps the kernel's name, the general one is called NAME_general. Both exist only where alignment
    can matter: where some argument has a dimension of stride one and elements smaller than 16 bytes.
  }];
}

def SplitReduction : Pass<"sched-split-reduction", "::mlir::ModuleOp"> {
  let summary = "Deals the iterations of a loop that sums products out to several blocks.";
  let description = [{
    The kernel computes `splits` parts of each tile's sums, in blocks of their own, and leaves them in a workspace; a second
    kernel, NAME_whole, adds them up, in the order of the parts, and does what the loop is followed by. With `unordered` the
    parts are added by atomics where they meet. Left open, the model of products chooses, where sizes are known.
  }];
  let dependentDialects = ["::tilewright::sched::SchedDialect", "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
  let options = [
    Option<"target", "target", "std::string", "\"sm_80\"", "the target to plan for">,
    Option<"splits", "splits", "int64_t", "0", "blocks that share each tile's sums; 0: choose">,
    Option<"unordered", "unordered", "bool", "false", "parts may be added in any order">
  ];
}

def Plan : Pass<"sched-plan", "::tilewright::tile::KernelOp"> {
  let summary = "Chooses the schedule, or checks the given one.";
  let dependentDialects = ["::tilewright::sched::SchedDialect"];
  let options = [
    Option<"target", "target", "std::string", "\"sm_80\"", "the target to plan for">,
    Option<"stages", "stages", "int64_t", "0", "stages of pipelined loops; 0: choose">,
    Option<"warps", "warps", "int64_t", "0", "warps of a block; 0: choose">,
    Option<"atom", "atom", "std::string", "\"\"", "instruction that multiplies; empty: choose">,
    Option<"swizzle", "swizzle", "int", "128", "widest span in bytes of the permutation against bank conflicts; 0: none">,
    Option<"rasterGroup", "raster-group", "int64_t", "0", "rows of blocks that run together; 0: choose">,
    Option<"persistent", "persistent", "int", "-1", "1: blocks go on to further tiles; 0: they do not; -1: choose">,
    Option<"cluster", "cluster", "int64_t", "0", "blocks of a cluster; 0: choose">,
    Option<"multicast", "multicast", "std::string", "\"\"", "operands that a cluster loads together: a, b, both; empty: choose">,
    Option<"order", "order", "std::string", "\"\"", "order of tiles within groups of rows: grouped or hilbert; empty: choose">,
    Option<"reversed", "reversed", "bool", "false", "tiles are dealt out from the last to the first">,
    Option<"dynamic", "dynamic", "bool", "false", "persistent blocks ask a counter for their next tile">
  ];
}

def StageOperands : Pass<"sched-stage-operands", "::tilewright::tile::KernelOp"> {
  let summary = "Puts the operands of products into shared buffers.";
}

def AssignLayouts : Pass<"sched-assign-layouts", "::tilewright::tile::KernelOp"> {
  let summary = "Gives every tile its layout, and every buffer its place in memory.";
  let dependentDialects = ["::tilewright::sched::SchedDialect"];
  let options = [Option<"target", "target", "std::string", "\"sm_80\"", "the target whose instructions exist">];
}

def SpecializeWarps : Pass<"sched-specialize-warps", "::tilewright::tile::KernelOp"> {
  let summary = "Gives loads of products to producer warps.";
  let description = [{
    Applies to kernels whose schedule has producer warps. Each loop that holds products becomes one in the producer, which
    fills the stages of a pipe, and one in the consumer, which empties them. Where products will overlap across
    iterations (`sched-overlap-products`), the loads of each part of the body have a pipe of their own. A product is
    waited for when the next one has been started, or before its result is used for anything else.
  }];
  let dependentDialects = ["::tilewright::sched::SchedDialect"];
}

def OverlapProducts : Pass<"sched-overlap-products", "::tilewright::tile::KernelOp"> {
  let summary = "Starts products of the next iteration before those of this one that depend on vector code.";
  let description = [{
    Applies to the consumer's loops that hold a product whose register operand is computed from another product of the
    same iteration. The first part of the body, up to that operand, runs one iteration ahead of the second, so that the
    vector code of one iteration runs while the tensor cores work on the products of the other.
  }];
  let dependentDialects = ["::tilewright::sched::SchedDialect"];
}

def MakePersistent : Pass<"sched-make-persistent", "::tilewright::tile::KernelOp"> {
  let summary = "Puts a loop over tiles into blocks that go on to further ones.";
  let description = [{
    Applies to kernels whose schedule is persistent, or has clusters: then it gives the blocks of a cluster neighbouring
    tiles, and keeps blocks that have none of their own, over the edge of the grid, from storing. Tiles are dealt out in turn: block b of n does b, b + n, b + 2n, ... in
    the order of the schedule. With roles, each has the loop of its own, so that the producer loads for the next tile while
    the last one is on its way out. If the schedule is dynamic, a counter in a workspace deals out the tiles after the first one
    of each block, and the producer hands their numbers on to the consumer (`sched.deal`).
  }];
  let dependentDialects = ["::tilewright::sched::SchedDialect", "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
}

def PipelineLoops : Pass<"sched-pipeline-loops", "::tilewright::tile::KernelOp"> {
  let summary = "Makes copies run ahead of the loop that uses them.";
  let dependentDialects = ["::tilewright::sched::SchedDialect", "::mlir::arith::ArithDialect"];
}

def WaitForStores : Pass<"sched-wait-for-stores", "::tilewright::tile::KernelOp"> {
  let summary = "Puts waits where stores by TMA have to be over.";
  let description = [{
    Before a slot is written again, its last store must have read it; before a place in global memory is written again, the
    first write must have arrived; before the kernel ends, all must have been read. How many newer stores a wait leaves
    follows from the order of the operations.
  }];
  let dependentDialects = ["::tilewright::sched::SchedDialect"];
}

def PlaceShared : Pass<"sched-place-shared", "::tilewright::tile::KernelOp"> {
  let summary = "Gives shared buffers their offsets; buffers that are never live together overlap.";
  let options = [Option<"target", "target", "std::string", "\"sm_80\"", "the target whose limit holds">];
}

def InsertBarriers : Pass<"sched-insert-barriers", "::tilewright::tile::KernelOp"> {
  let summary = "Puts a barrier wherever threads would otherwise meet in shared memory.";
}

def CheckProtocol : Pass<"sched-check-protocol", "::tilewright::tile::KernelOp"> {
  let summary = "Proves that producer and consumer keep the protocol of their pipes.";
  let description = [{
    For all trip counts: every stage that is awaited was acquired and filled, none is read after it was given back or
    given back while a product may read it, no wait is without end, and no product is used while it is under way. What is
    decided and what is not stands in docs/dialects/SchedRationale.md.
  }];
}

#endif // TILEWRIGHT_SCHED_PASSES_TD
