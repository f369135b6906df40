// Lowers pipes: mbarriers, and the TMA loads that complete them.

#include "Pipes.h"

#include "tilewright/Dialect/Sched/IR/TensorMaps.h"

using namespace mlir;
using namespace tilewright;

namespace {

constexpr int64_t kBarrierBytes = 8;

Value asAddress(Emitter &e, Value pointer) {
  return LLVM::PtrToIntOp::create(e.builder, e.loc, e.builder.getI32Type(), pointer);
}

sched::PipeOp pipeOf(Value pipe) { return pipe.getDefiningOp<sched::PipeOp>(); }

int64_t startOf(sched::PipeOp pipe) { return static_cast<int64_t>(pipe.getOffset().value_or(0)); }

/// Moves to the next of `stages` stages; the parity changes when they start again.
void advance(Emitter &e, Value stageVariable, Value stage, int64_t stages, Value parityVariable) {
  Value next = e.add(stage, e.i32(1));
  Value wraps = LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq, next, e.i32(stages));
  e.store(stageVariable, LLVM::SelectOp::create(e.builder, e.loc, wraps, e.i32(0), next));
  if (!parityVariable) return;
  Value flip = LLVM::ZExtOp::create(e.builder, e.loc, e.builder.getI32Type(), wraps);
  e.store(parityVariable, e.bitXor(e.load(parityVariable), flip));
}

/// Binds the slots of a stage to their places in shared memory.
void bindSlots(Emitter &e, sched::PipeOp pipe, ValueRange slots, Value stage) {
  auto type = pipe.getResult().getType();
  for (auto [number, slot] : llvm::enumerate(slots)) {
    SlotPlace place{stage, type.getSlotBytes(number), startOf(pipe) + type.getSlotOffset(number)};
    e.slotPlace(slot) = place;
    e.bind(slot, e.add(e.multiply(stage, place.stageBytes), e.i32(place.start)));
  }
}

/// The wait for the stage that a release gives back, where each release of the pipe stands behind a wait of its own in
/// the same block; null if not. Then nobody has to remember what is held.
sched::AwaitOp awaitOf(sched::ReleaseOp release) {
  if (release.getLag() != 0) return {};
  for (Operation *op = release->getPrevNode(); op; op = op->getPrevNode()) {
    auto other = dyn_cast<sched::ReleaseOp>(op);
    if (other && other.getPipe() == release.getPipe()) return {};
    auto await = dyn_cast<sched::AwaitOp>(op);
    if (await && await.getPipe() == release.getPipe()) return await;
  }
  return {};
}

bool isPaired(sched::PipeOp pipe) {
  int64_t awaits = 0, releases = 0;
  for (Operation *user : pipe->getUsers()) {
    auto release = dyn_cast<sched::ReleaseOp>(user);
    if (release && !awaitOf(release)) return false;
    releases += release ? 1 : 0;
    awaits += isa<sched::AwaitOp>(user) ? 1 : 0;
  }
  return awaits == releases;
}

/// The bytes that the loads of one stage bring: boxes count whole, also where they stand over the edge.
int64_t stageBytes(sched::PipeType pipe) {
  int64_t bytes = 0;
  for (sched::SharedType slot : pipe.getSlots())
    bytes += slot.getShape()[0] * slot.getShape()[1] * slot.getElementBytes();
  return bytes;
}

} // namespace

Value tilewright::barrierAddress(Emitter &e, sched::PipeOp pipe, Value stage, bool full) {
  auto type = pipe.getResult().getType();
  int64_t offset = startOf(pipe) + type.getBarrierOffset() + (full ? 0 : kBarrierBytes * type.getStages());
  return e.add(e.add(e.sharedStart(), e.i32(offset)), e.multiply(stage, kBarrierBytes));
}

void tilewright::waitFor(Emitter &e, Value barrier, Value parity, StringRef scope) {
  e.inlinePtx(("{\n"
               "\t.reg .pred complete;\n"
               "WAIT_${:uid}:\n"
               "\tmbarrier.try_wait.parity" +
               scope +
               ".shared::cta.b64 complete, [$0], $1;\n"
               "\t@!complete bra WAIT_${:uid};\n"
               "}")
                  .str(),
              "r,r", {barrier, parity});
}

Value tilewright::acquireStage(Emitter &e, sched::PipeOp pipe) {
  sched::PipeType type = pipe.getResult().getType();
  PipeEnd &end = e.pipeEnd(pipe.getResult());
  Value stage = e.load(end.stage), parity = e.load(end.parity);
  // In the first round the phase before the first counts as complete.
  waitFor(e, barrierAddress(e, pipe, stage, /*full=*/false), e.bitXor(parity, e.i32(1)),
          type.getCluster() > 1 ? ".acquire.cluster" : "");
  end.fullBarrier = barrierAddress(e, pipe, stage, /*full=*/true);
  advance(e, end.stage, stage, type.getStages(), end.parity);
  return stage;
}

Value tilewright::awaitStage(Emitter &e, sched::PipeOp pipe) {
  PipeEnd &end = e.pipeEnd(pipe.getResult());
  Value stage = e.load(end.stage);
  waitFor(e, barrierAddress(e, pipe, stage, /*full=*/true), e.load(end.parity));
  advance(e, end.stage, stage, pipe.getResult().getType().getStages(), end.parity);
  return stage;
}

void tilewright::giveBack(Emitter &e, sched::PipeOp pipe, Value stage) {
  int64_t blocks = pipe.getResult().getType().getCluster();
  Value arrives = LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::ult, e.lane(), e.i32(blocks));
  Value barrier = barrierAddress(e, pipe, stage, /*full=*/false);
  if (blocks == 1)
    e.inlinePtx("@$1 mbarrier.arrive.shared::cta.b64 _, [$0];", "r,b", {barrier, arrives});
  else
    // The first lanes arrive in one block each: all of them may fill this block's stage.
    e.inlinePtx("{\n"
                "\t.reg .b32 remote;\n"
                "\t@$1 mapa.shared::cluster.u32 remote, $0, $2;\n"
                "\t@$1 mbarrier.arrive.release.cluster.shared::cluster.b64 _, [remote];\n"
                "}",
                "r,b,r", {barrier, arrives, e.lane()});
}

void tilewright::initializePipe(Emitter &e, sched::PipeOp op) {
  auto schedule = e.kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  sched::PipeType type = op.getResult().getType();
  // A full barrier waits for the producer's announcement and the bytes, an empty one for each computing warp of all
  // blocks that the producer may fill.
  int64_t consumers = schedule.getWarps() * type.getCluster();
  for (int64_t stage = 0; stage < type.getStages(); ++stage)
    for (bool full : {true, false})
      e.inlinePtx("mbarrier.init.shared::cta.b64 [$0], $1;", "r,r",
                  {barrierAddress(e, op, e.i32(stage), full), e.i32(full ? 1 : consumers)});
}

void tilewright::lowerAcquire(Emitter &e, sched::AcquireOp op) {
  auto pipe = pipeOf(op.getPipe());
  Value stage = acquireStage(e, pipe);
  e.inlinePtx("mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], $1;", "r,r",
              {e.pipeEnd(op.getPipe()).fullBarrier, e.i32(stageBytes(pipe.getResult().getType()))});
  bindSlots(e, pipe, op.getSlots(), stage);
}

void tilewright::lowerTmaLoad(Emitter &e, sched::TmaLoadOp op) {
  auto slot = op.getDestination().getType();
  layout::Memory memory = slot.getLayout();
  int inner = memory.contiguousDim();
  Value first = e.scalar(op.getOffsets()[inner]), row = e.scalar(op.getOffsets()[1 - inner]);
  Value map = e.tensorMap(sched::tensorMapOf(op));
  Value destination = e.sharedAddress(e.scalar(op.getDestination()));
  int64_t parts = static_cast<int64_t>(op.getMulticast()), width = memory.panelElements();
  sched::MulticastCut cut = *sched::cutForMulticast(slot, parts);
  std::string name = "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes", mask;
  if (parts > 1) {
    // This block's part, which goes to the same place in all blocks of the cluster and counts on their barriers.
    name += ".multicast::cluster", mask = ", $5";
    Value rank = e.clusterRank();
    int64_t elements = cut.byPanels ? cut.panels * memory.panelStride() : cut.rows * width;
    destination = e.addressPlus(destination, e.multiply(rank, elements * slot.getElementBytes()));
    Value &start = cut.byPanels ? first : row;
    start = e.add(start, e.multiply(rank, cut.byPanels ? cut.panels * width : cut.rows));
  }
  for (int64_t panel = 0; panel < cut.panels; ++panel) {
    Value target = e.addressPlus(destination, panel * memory.panelStride() * slot.getElementBytes());
    Value column = panel ? e.add(first, e.i32(panel * width)) : first;
    SmallVector<Value> operands = {asAddress(e, target), map, column, row, e.pipeEnd(op.getPipe()).fullBarrier};
    if (parts > 1)
      operands.push_back(
          LLVM::ConstantOp::create(e.builder, e.loc, e.builder.getI16Type(), static_cast<int16_t>((1 << parts) - 1)));
    e.inlinePtx(name + " [$0], [$1, {$2, $3}], [$4]" + mask + ";", parts > 1 ? "r,l,r,r,r,h" : "r,l,r,r,r", operands);
  }
}

void tilewright::lowerAwait(Emitter &e, sched::AwaitOp op) {
  auto pipe = pipeOf(op.getPipe());
  PipeEnd &end = e.pipeEnd(op.getPipe());
  bindSlots(e, pipe, op.getSlots(), awaitStage(e, pipe));
  if (!isPaired(pipe)) e.store(end.heldCount, e.add(e.load(end.heldCount), e.i32(1)));
}

void tilewright::lowerRelease(Emitter &e, sched::ReleaseOp op) {
  auto pipe = pipeOf(op.getPipe());
  if (isPaired(pipe)) return giveBack(e, pipe, e.slotPlace(awaitOf(op).getSlots().front()).stage);
  PipeEnd &end = e.pipeEnd(op.getPipe());
  Value held = e.load(end.heldCount);
  Value release =
      LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::ugt, held, e.i32(static_cast<int64_t>(op.getLag())));
  OpBuilder::InsertionGuard guard(e.builder);
  auto branch = scf::IfOp::create(e.builder, e.loc, release, /*withElseRegion=*/false);
  e.builder.setInsertionPointToStart(branch.thenBlock());
  Value stage = e.load(end.releasedStage);
  giveBack(e, pipe, stage);
  advance(e, end.releasedStage, stage, pipe.getResult().getType().getStages(), Value());
  e.store(end.heldCount, e.add(held, e.i32(-1)));
}
