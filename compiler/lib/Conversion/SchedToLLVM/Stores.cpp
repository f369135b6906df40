// Lowers stores by TMA: parts of tiles, the barriers of warpgroups, boxes, waits.

#include "Emitter.h"

using namespace mlir;
using namespace tilewright;

namespace {

constexpr int64_t kWarpgroupThreads = 128;

Value isZero(Emitter &e, Value value) {
  return LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq, value, e.i32(0));
}

/// Whether this thread counts stores: the first of each warpgroup, so that all count alike.
Value isCounting(Emitter &e) {
  return isZero(e, LLVM::AndOp::create(e.builder, e.loc, e.thread(), e.i32(kWarpgroupThreads - 1)));
}

} // namespace

void tilewright::lowerPart(Emitter &e, sched::PartOp op) {
  auto from = sched::layoutOf(op.getSource().getType()), to = sched::layoutOf(op.getResult().getType());
  layout::Coord offsets = sched::coordOf(op.getOffsets());
  const Registers &source = e.registers(op.getSource());
  Registers result;
  for (int reg = 0; reg < to.elementsPerThread(); ++reg)
    result.push_back(source[from.registerAt(to.registerOffset(reg) + offsets)]);
  e.bind(op.getResult(), std::move(result));
}

void tilewright::lowerGroupBarrier(Emitter &e, sched::GroupBarrierOp op) {
  if (op.getGroups() == 1)
    e.barrier();
  else
    e.warpgroupBarrier();
}

void tilewright::lowerTmaStore(Emitter &e, sched::TmaStoreOp op) {
  auto slot = op.getSource().getType();
  layout::Memory memory = slot.getLayout();
  int inner = memory.contiguousDim(), outer = 1 - inner;
  sched::TensorMap map = sched::tensorMapOf(op);
  auto position = [&](int dim) { return e.add(e.scalar(op.getOffsets()[dim]), e.i32(op.getAt()[dim])); };
  Value first = position(inner), row = position(outer);
  Value source = e.sharedAddress(e.scalar(op.getSource()));
  Value counts = isCounting(e), issues = counts;
  if (op.getGroups() == 1) {
    issues = isZero(e, e.thread());
  } else {
    // Each group of warps has its own rows, one below the other.
    row = e.add(row, e.multiply(e.warpgroup(), map.rows));
    source =
        e.addressPlus(source, e.multiply(e.warpgroup(), map.rows * memory.panelElements() * slot.getElementBytes()));
  }
  if (op.getPredicate()) issues = e.conjunction(issues, e.scalar(op.getPredicate()));
  int64_t panels = slot.getShape()[inner] / memory.panelElements();
  for (int64_t panel = 0; panel < panels; ++panel) {
    Value from = e.addressPlus(source, panel * memory.panelStride() * slot.getElementBytes());
    Value column = panel ? e.add(first, e.i32(panel * memory.panelElements())) : first;
    Value address = LLVM::PtrToIntOp::create(e.builder, e.loc, e.builder.getI32Type(), from);
    e.inlinePtx("@$4 cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [$0, {$1, $2}], [$3];", "l,r,r,r,b",
                {e.tensorMap(map), column, row, address, issues});
  }
  e.inlinePtx("@$0 cp.async.bulk.commit_group;", "b", {counts});
}

void tilewright::lowerStoreWait(Emitter &e, sched::StoreWaitOp op) {
  std::string kind = op.getComplete() ? "" : ".read";
  e.inlinePtx("@$0 cp.async.bulk.wait_group" + kind + " " + std::to_string(op.getPending()) + ";", "b",
              {isCounting(e)});
}
