// Lowers loops over tiles whose numbers a counter in global memory deals out.

#include "Pipes.h"

using namespace mlir;
using namespace tilewright;

/// The address in shared memory of the number in a stage.
static Value numberAddress(Emitter &e, sched::PipeOp pipe, Value stage) {
  auto type = pipe.getResult().getType();
  int64_t start = static_cast<int64_t>(pipe.getOffset().value_or(0)) + type.getSlotOffset(0);
  return e.add(e.add(e.sharedStart(), e.multiply(stage, type.getSlotBytes(0))), e.i32(start));
}

/// Hands a number on to the consumers of this block: an ordinary write, which the arrival after it releases.
static void handOn(Emitter &e, sched::PipeOp pipe, Value number) {
  Value stage = acquireStage(e, pipe);
  e.inlinePtx("st.shared.b32 [$0], $1;", "r,r", {numberAddress(e, pipe, stage), number});
  e.inlinePtx("mbarrier.arrive.shared::cta.b64 _, [$0];", "r", {e.pipeEnd(pipe.getResult()).fullBarrier});
}

/// Takes the next number: one lane reads it, and gives the stage back after that; the others have it from this lane.
static Value takeNumber(Emitter &e, sched::PipeOp pipe) {
  Type word = e.builder.getI32Type();
  Value stage = awaitStage(e, pipe);
  Value isFirst = LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq, e.lane(), e.i32(0));
  Value read = e.inlinePtx("mov.b32 $0, 0; @$2 ld.shared.b32 $0, [$1];", "=&r,r,b", word,
                           {numberAddress(e, pipe, stage), isFirst});
  giveBack(e, pipe, stage);
  return e.intrinsic("llvm.nvvm.shfl.sync.idx.i32", word, {e.i32(-1), read, e.i32(0), e.i32(31)});
}

/// The number after those of the first tiles, one for each block, that nobody was given yet.
static Value askCounter(Emitter &e, Value counter) {
  Type word = e.builder.getI32Type();
  Value turn = e.inlinePtx("atom.relaxed.gpu.global.add.u32 $0, [$1], 1;", "=r,l", word, {e.global(counter).pointer});
  return e.add(turn, e.intrinsic("llvm.nvvm.read.ptx.sreg.nctaid.x", word, {}));
}

LogicalResult tilewright::lowerDealtLoop(Emitter &e, scf::ForOp loop, sched::DealOp deal) {
  auto pipe = deal.getPipe().getDefiningOp<sched::PipeOp>();
  auto roles = loop->getParentOfType<sched::RolesOp>();
  bool produces = roles && roles.getProducer().isAncestor(loop->getParentRegion());
  Location loc = e.loc;
  Type word = e.builder.getI32Type();
  auto made = scf::WhileOp::create(e.builder, loc, TypeRange{word}, ValueRange{e.scalar(loop.getLowerBound())});
  Block *before = e.builder.createBlock(&made.getBefore(), {}, {word}, {loc});
  Value goesOn = LLVM::ICmpOp::create(e.builder, loc, LLVM::ICmpPredicate::slt, before->getArgument(0),
                                      e.scalar(loop.getUpperBound()));
  scf::ConditionOp::create(e.builder, loc, goesOn, before->getArguments());
  Block *after = e.builder.createBlock(&made.getAfter(), {}, {word}, {loc});
  e.bind(loop.getInductionVar(), after->getArgument(0));
  // The producer asks early: the answer comes while it loads.
  Value next = produces ? askCounter(e, deal.getCounter()) : Value();
  if (failed(e.visitBlock(*loop.getBody()))) return failure();
  e.loc = loc;
  if (produces)
    handOn(e, pipe, next);
  else
    next = takeNumber(e, pipe);
  scf::YieldOp::create(e.builder, loc, next);
  e.builder.setInsertionPointAfter(made);
  return success();
}
