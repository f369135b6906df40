// Gives shared buffers their offsets; buffers that are never live together overlap.
//
//   %r = sched.alloc : !sched.ring<...>   ->   %r = sched.alloc {offset = 0} : !sched.ring<...>

#include "StoreTracking.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"
#include "tilewright/Target/TargetInfo.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_PLACESHARED
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

struct Buffer {
  Operation *op; ///< sched.alloc or sched.pipe
  int64_t bytes, alignment;
  /// Positions of the first and last operation that may touch it.
  size_t first, last;
  int64_t offset = -1;
};

/// The operations of a kernel in order. A loop occupies the positions of its whole body, so that what it uses from
/// outside is live all through it.
class Timeline {
public:
  explicit Timeline(tile::KernelOp kernel) {
    kernel.walk<WalkOrder::PreOrder>([&](Operation *op) { position[op] = position.size(); });
    kernel.walk([&](Operation *op) {
      size_t last = position[op];
      for (Region &region : op->getRegions())
        region.walk([&](Operation *inner) { last = std::max(last, position[inner]); });
      end[op] = last;
    });
  }

  /// From where to where `value`, and what is made from it, is used.
  std::pair<size_t, size_t> liveRange(Value value) {
    size_t first = SIZE_MAX, last = 0;
    SmallVector<Value> work = {value};
    while (!work.empty()) {
      Value next = work.pop_back_val();
      for (Operation *user : next.getUsers()) {
        Operation *outer = ancestorIn(user, value.getParentBlock());
        first = std::min(first, position[outer]);
        last = std::max(last, end[outer]);
        if (isa<SlotOp, WaitOp, DealOp>(user)) llvm::append_range(work, user->getResults());
      }
    }
    return {first, last};
  }

private:
  static Operation *ancestorIn(Operation *op, Block *block) {
    while (op->getBlock() != block) op = op->getParentOp();
    return op;
  }

  llvm::DenseMap<Operation *, size_t> position, end;
};

struct PlaceShared : impl::PlaceSharedBase<PlaceShared> {
  using PlaceSharedBase::PlaceSharedBase;

  void runOnOperation() override {
    SmallVector<Buffer> buffers;
    Timeline timeline(getOperation());
    auto add = [&](Operation *op, auto type) {
      auto [first, last] = timeline.liveRange(op->getResult(0));
      // Nothing but waits orders accesses to what stores read.
      if (isStored(op->getResult(0))) first = 0, last = SIZE_MAX;
      buffers.push_back({op, type.getBytes(), type.getAlignment(), first, last});
    };
    getOperation().walk([&](Operation *op) {
      if (auto alloc = dyn_cast<AllocOp>(op)) add(op, alloc.getResult().getType());
      if (auto pipe = dyn_cast<PipeOp>(op)) add(op, pipe.getResult().getType());
    });
    int64_t total = 0;
    Builder builder(&getContext());
    for (size_t i = 0; i < buffers.size(); ++i) {
      buffers[i].offset = firstFit(ArrayRef(buffers).take_front(i), buffers[i]);
      buffers[i].op->setAttr("offset", builder.getI64IntegerAttr(buffers[i].offset));
      total = std::max(total, buffers[i].offset + buffers[i].bytes);
    }
    auto info = findTarget(target);
    if (!info) {
      getOperation().emitError() << info.failure().message;
      return signalPassFailure();
    }
    if (total > (*info)->sharedPerBlock) return reportOverflow(buffers, total, **info);
    getOperation()->setAttr(kSharedBytesAttr, builder.getI64IntegerAttr(total));
  }

private:
  static int64_t firstFit(ArrayRef<Buffer> placed, const Buffer &buffer) {
    SmallVector<const Buffer *> alive;
    for (const Buffer &other : placed)
      if (other.first <= buffer.last && buffer.first <= other.last) alive.push_back(&other);
    llvm::sort(alive, [](const Buffer *a, const Buffer *b) { return a->offset < b->offset; });
    int64_t offset = 0;
    for (const Buffer *other : alive) {
      if (offset + buffer.bytes <= other->offset) break;
      offset = std::max(offset, int64_t(llvm::alignTo(other->offset + other->bytes, buffer.alignment)));
    }
    return offset;
  }

  void reportOverflow(ArrayRef<Buffer> buffers, int64_t total, const TargetInfo &info) {
    auto diagnostic = getOperation().emitError() << "needs " << total << " bytes of shared memory, but a block on "
                                                 << info.name << " has " << info.sharedPerBlock;
    for (const Buffer &buffer : buffers) {
      auto note = [&](StringRef name, int64_t stages, int64_t bytes) {
        diagnostic.attachNote(buffer.op->getLoc()) << name << ": " << stages << " x " << bytes << " bytes";
      };
      if (auto alloc = dyn_cast<AllocOp>(buffer.op)) {
        auto type = alloc.getResult().getType();
        note(alloc.getName().value_or("buffer"), type.getStages(), type.getSlotBytes());
        continue;
      }
      auto pipe = cast<PipeOp>(buffer.op);
      auto type = pipe.getResult().getType();
      for (auto [slot, name] : llvm::enumerate(pipe.getNames().getAsValueRange<StringAttr>()))
        note(name, type.getStages(), type.getSlotBytes(slot));
    }
    diagnostic.attachNote() << "fix: use a smaller block, or fewer stages";
    diagnostic.report();
    signalPassFailure();
  }
};

} // namespace
} // namespace tilewright::sched
