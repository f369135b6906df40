// Puts a barrier wherever threads would otherwise meet in memory.
//
//   sched.write %t, %s                     sched.write %t, %s
//   %u = sched.read %s               ->    sched.barrier
//                                          %u = sched.read %s

#include "StoreTracking.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_INSERTBARRIERS
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// An access to memory that other threads of the block may also touch.
struct Access {
  /// The ring (a sched.alloc) or the global tensor (an argument of the kernel).
  Value memory;
  bool isWrite = false;

  // Shared memory: which slot.
  int64_t begin = 0, end = 0; ///< bytes of the whole ring
  int64_t stages = 1;
  Value iteration; ///< null: `ahead` is the number of the slot
  int64_t ahead = 0;
  bool anySlot = false; ///< the iteration is over: it may be any slot

  // Global memory: which thread touches what.
  Attribute layout;
  SmallVector<Value> offsets;

  bool operator==(const Access &other) const {
    return memory == other.memory && isWrite == other.isWrite && iteration == other.iteration && ahead == other.ahead &&
           anySlot == other.anySlot && layout == other.layout && offsets == other.offsets;
  }
};

/// Whether two accesses to one global tensor touch each element in one thread only. Threads that hold copies all read,
/// but only their owner writes.
bool isSameThread(const Access &a, const Access &b) {
  if (!a.layout || a.layout != b.layout || a.offsets != b.offsets) return false;
  auto layout = cast<LayoutAttr>(a.layout).getLayout();
  return (a.isWrite && b.isWrite) || (layout.replicatedLanes() == 0 && layout.replicatedWarps() == 0);
}

/// Two accesses need a barrier between them if they may touch the same bytes in different threads and one writes.
/// Different arguments of a kernel are different memory.
bool conflict(const Access &a, const Access &b) {
  if (!a.isWrite && !b.isWrite) return false;
  bool isGlobal = isa<tile::GlobalType>(a.memory.getType());
  if (isGlobal != isa<tile::GlobalType>(b.memory.getType())) return false;
  if (isGlobal) return a.memory == b.memory && !isSameThread(a, b);
  if (a.memory != b.memory) return a.begin < b.end && b.begin < a.end;
  if (a.anySlot || b.anySlot || a.iteration != b.iteration) return true;
  return (a.ahead - b.ahead) % a.stages == 0;
}

/// Accesses since the last barrier.
class Pending {
public:
  void add(const Access &access) {
    if (!llvm::is_contained(accesses, access)) accesses.push_back(access);
  }
  void add(const Pending &other) {
    for (const Access &access : other.accesses) add(access);
  }
  void clear() { accesses.clear(); }
  bool conflictsWith(const Access &access) const {
    return llvm::any_of(accesses, [&](const Access &other) { return conflict(access, other); });
  }
  /// As the next iteration of `loop` sees them: iteration numbers are one more.
  Pending afterBackEdge(scf::ForOp loop) const {
    return mapped(loop, [](Access &access) { access.ahead = (access.ahead + access.stages - 1) % access.stages; });
  }
  /// As the code after `loop` sees them.
  Pending afterLoop(scf::ForOp loop) const {
    return mapped(loop, [](Access &access) { access.iteration = Value(), access.anySlot = true; });
  }
  bool operator==(const Pending &other) const { return accesses == other.accesses; }

private:
  Pending mapped(scf::ForOp loop, function_ref<void(Access &)> change) const {
    Pending result;
    for (Access access : accesses) {
      if (access.iteration && loop->isAncestor(access.iteration.getParentRegion()->getParentOp())) change(access);
      // Offsets computed in one iteration say nothing about the next.
      if (llvm::any_of(access.offsets,
                       [&](Value offset) { return loop->isAncestor(offset.getParentRegion()->getParentOp()); }))
        access.layout = Attribute();
      result.add(access);
    }
    return result;
  }

  SmallVector<Access> accesses;
};

/// Whether a pipe orders the accesses to a slot.
bool isOfPipe(Value slot) { return isa_and_nonnull<AwaitOp, AcquireOp>(slot.getDefiningOp()); }

/// Whether waits for stores by TMA order them.
bool isOfStore(Value slot) { return isStored(SlotName(slot).ring); }

Access sharedAccess(Value slot, bool isWrite) {
  while (auto wait = slot.getDefiningOp<WaitOp>()) slot = wait.getSlots()[cast<OpResult>(slot).getResultNumber()];
  auto op = slot.getDefiningOp<SlotOp>();
  auto ring = cast<RingType>(op.getRing().getType());
  Access access;
  access.memory = op.getRing();
  access.isWrite = isWrite;
  access.begin = op.getRing().getDefiningOp<AllocOp>().getOffset().value_or(0);
  access.end = access.begin + ring.getBytes();
  access.stages = ring.getStages();
  access.iteration = op.getIteration();
  access.ahead = static_cast<int64_t>(op.getAhead()) % access.stages;
  return access;
}

Attribute encodingOf(Value tile) { return cast<RankedTensorType>(tile.getType()).getEncoding(); }

Access globalAccess(Value global, ValueRange offsets, Attribute layout, bool isWrite) {
  Access access;
  access.memory = global;
  access.isWrite = isWrite;
  access.layout = layout;
  access.offsets = llvm::to_vector(offsets);
  return access;
}

/// Follows the accesses of a kernel from barrier to barrier.
class Walker {
public:
  /// With `insert`, a conflict gets a barrier; without, it is only counted.
  explicit Walker(bool insert) : insert(insert) {}

  /// The number of conflicts found.
  int run(tile::KernelOp kernel) {
    Pending pending;
    visit(kernel.getBody().front(), pending);
    return conflicts;
  }

private:
  void before(Operation *op, const Access &access, Pending &pending) {
    if (!pending.conflictsWith(access)) return;
    ++conflicts;
    if (insert) {
      OpBuilder builder(op);
      BarrierOp::create(builder, op->getLoc());
    }
    pending.clear();
  }

  /// Checks `access` against what is pending, and makes it pending.
  void perform(Operation *op, const Access &access, Pending &pending) {
    before(op, access, pending);
    pending.add(access);
  }

  /// Data goes through `scratch`: written, a barrier of the operation's own, read.
  void exchange(Operation *op, Value scratch, Pending &pending) {
    if (!scratch) return;
    before(op, sharedAccess(scratch, /*isWrite=*/true), pending);
    pending.clear();
    pending.add(sharedAccess(scratch, /*isWrite=*/false));
  }

  void visit(Block &block, Pending &pending) {
    for (Operation &op : llvm::make_early_inc_range(block)) visit(&op, pending);
  }

  void visit(Operation *op, Pending &pending) {
    if (isa<BarrierOp>(op)) return pending.clear();
    if (auto loop = dyn_cast<scf::ForOp>(op)) return visitLoop(loop, pending);
    if (auto branch = dyn_cast<scf::IfOp>(op)) return visitBranch(branch, pending);
    if (auto blocks = dyn_cast<tile::BlocksOp>(op)) return visit(blocks.getBody().front(), pending);
    // A barrier is among the threads that compute; the producer meets them in pipes alone.
    if (auto roles = dyn_cast<RolesOp>(op)) return visit(roles.getConsumer().front(), pending);
    if (auto write = dyn_cast<WriteOp>(op); write && isOfStore(write.getDestination())) return;
    if (auto read = dyn_cast<ReadOp>(op)) return perform(op, sharedAccess(read.getSource(), false), pending);
    if (auto write = dyn_cast<WriteOp>(op)) return perform(op, sharedAccess(write.getDestination(), true), pending);
    if (auto convert = dyn_cast<ConvertOp>(op)) return exchange(op, convert.getScratch(), pending);
    if (auto reduce = dyn_cast<ReduceOp>(op)) return exchange(op, reduce.getScratch(), pending);
    if (auto load = dyn_cast<tile::LoadOp>(op))
      return perform(op, globalAccess(load.getSource(), load.getOffsets(), encodingOf(load.getResult()), false),
                     pending);
    if (auto store = dyn_cast<tile::StoreOp>(op))
      return perform(op, globalAccess(store.getDestination(), store.getOffsets(), encodingOf(store.getValue()), true),
                     pending);
    if (auto dot = dyn_cast<DotOp>(op)) {
      for (Value operand : {Value(dot.getA()), Value(dot.getB())})
        if (isa<SharedType>(operand.getType()) && !isOfPipe(operand))
          perform(op, sharedAccess(operand, false), pending);
    } else if (auto copy = dyn_cast<CopyOp>(op)) {
      // What an asynchronous copy does is done for others only after the wait, which makes it pending.
      Access write = sharedAccess(copy.getDestination(), true);
      Access read = globalAccess(copy.getSource(), copy.getOffsets(), copy.getLayoutAttr(), false);
      before(op, write, pending);
      before(op, read, pending);
      if (copy.getAsync()) return;
      pending.add(write);
      pending.add(read);
    } else if (auto wait = dyn_cast<WaitOp>(op)) {
      for (Value slot : wait.getSlots()) {
        Access write = sharedAccess(slot, true);
        pending.add(write);
        for (CopyOp copy : copiesInto(write.memory))
          pending.add(globalAccess(copy.getSource(), {}, Attribute(), false));
      }
    }
  }

  /// The copies that fill some slot of a ring.
  static SmallVector<CopyOp> copiesInto(Value ring) {
    SmallVector<CopyOp> copies;
    for (Operation *slot : ring.getUsers())
      for (Operation *user : slot->getUsers())
        if (auto copy = dyn_cast<CopyOp>(user)) copies.push_back(copy);
    return copies;
  }

  /// The body follows what came before the loop, and itself; repeated until no new barrier is needed.
  void visitLoop(scf::ForOp loop, Pending &pending) {
    Pending atStart = pending, atEnd;
    while (true) {
      atEnd = atStart;
      visit(*loop.getBody(), atEnd);
      Pending next = atStart;
      next.add(atEnd.afterBackEdge(loop));
      if (next == atStart) break;
      atStart = next;
    }
    pending.add(atEnd.afterLoop(loop));
  }

  void visitBranch(scf::IfOp branch, Pending &pending) {
    Pending otherwise = pending;
    visit(*branch.thenBlock(), pending);
    if (branch.elseBlock()) visit(*branch.elseBlock(), otherwise);
    pending.add(otherwise);
  }

  bool insert;
  int conflicts = 0;
};

struct InsertBarriers : impl::InsertBarriersBase<InsertBarriers> {
  void runOnOperation() override {
    Walker(/*insert=*/true).run(getOperation());
    // A barrier found before the whole of a loop was known may be one too many.
    SmallVector<BarrierOp> barriers;
    getOperation().walk([&](BarrierOp barrier) { barriers.push_back(barrier); });
    for (BarrierOp barrier : llvm::reverse(barriers)) {
      Block *block = barrier->getBlock();
      auto next = std::next(barrier->getIterator());
      barrier->remove();
      if (Walker(/*insert=*/false).run(getOperation()) == 0)
        barrier->destroy();
      else
        block->getOperations().insert(next, barrier);
    }
  }
};

} // namespace
} // namespace tilewright::sched
