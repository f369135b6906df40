// Follows the stores by TMA of a kernel through all trip counts and branches.
//
// What the walk remembers is bounded: for each slot how far it is on its way out, for each store operation how many
// newer stores there are at least. Where ways meet, the worse of both is kept, so that a loop is walked until nothing
// gets worse: that covers every trip count.

#include "PipeProtocol.h"
#include "StoreTracking.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// Counts of newer stores are not told apart beyond this one.
constexpr int64_t kMostNewer = 1 << 10;
constexpr int64_t kMostSteps = 100'000;

/// How far a slot is on its way out; the worse, the lower.
enum class Progress { empty, written, fenced, ready };

struct Slot {
  Progress progress = Progress::empty;
  int64_t groups = 1;           ///< of the barrier that made it ready
  Operation *unknown = nullptr; ///< the store that has read it, which only the threads that store know
  bool operator==(const Slot &) const = default;
};

/// What may be under way of the stores of one operation.
struct Store {
  TmaStoreOp op;
  bool moved = false; ///< its offsets may have other values by now
  bool reads = true, writes = true;
  int64_t newer = 0; ///< how many stores, at least, were started after it
  bool operator==(const Store &) const = default;
};

struct State {
  llvm::MapVector<std::pair<Value, int64_t>, Slot> slots;
  SmallVector<Store> stores;

  void add(const Store &store) {
    for (Store &known : stores)
      if (known.op == store.op && known.moved == store.moved) {
        known.newer = std::min(known.newer, store.newer);
        known.reads |= store.reads, known.writes |= store.writes;
        return;
      }
    stores.push_back(store);
  }

  /// What is known where the two meet.
  void meet(const State &other) {
    for (auto &[name, slot] : slots)
      if (!other.slots.contains(name)) slot.progress = Progress::empty;
    for (const auto &[name, slot] : other.slots) {
      auto [known, isNew] = slots.insert({name, slot});
      if (isNew) known->second.progress = Progress::empty;
      Slot &mine = known->second;
      mine.progress = std::min(mine.progress, slot.progress);
      mine.groups = std::max(mine.groups, slot.groups);
      if (!mine.unknown) mine.unknown = slot.unknown;
    }
    for (const Store &store : other.stores) add(store);
  }

  bool operator==(const State &other) const {
    return stores == other.stores && slots.size() == other.slots.size() && llvm::all_of(slots, [&](const auto &entry) {
             auto found = other.slots.find(entry.first);
             return found != other.slots.end() && found->second == entry.second;
           });
  }
};

class Walk {
public:
  std::optional<ProtocolFinding> run(Block &block) {
    State state;
    walk(block, state);
    for (Store store : state.stores)
      if (!finding && store.reads) broken(store.op, "the slot stored here may still be read when the kernel ends");
    return finding;
  }

private:
  void broken(Operation *op, std::string what, Operation *other = nullptr, std::string note = "") {
    std::string where;
    for (auto [number, iteration] : llvm::enumerate(iterations))
      where += (number ? ", " : " (in iteration ") + std::to_string(iteration);
    if (!where.empty()) where += iterations.size() == 1 ? " of its loop)" : " of its loops)";
    finding = ProtocolFinding{true, op, what + where, other, std::move(note)};
  }

  void giveUp(Operation *op, std::string what) { finding = ProtocolFinding{false, op, std::move(what), nullptr, ""}; }

  void walk(Block &block, State &state) {
    for (Operation &op : block) {
      if (finding) return;
      if (++steps > kMostSteps) return giveUp(&op, "there are too many ways to get here");
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        walkLoop(loop, state);
      } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
        State otherwise = state;
        walk(*branch.thenBlock(), state);
        if (branch.elseBlock()) walk(*branch.elseBlock(), otherwise);
        state.meet(otherwise);
      } else {
        perform(&op, state);
      }
    }
  }

  void walkLoop(scf::ForOp loop, State &state) {
    iterations.push_back(0);
    State atStart = state;
    while (!finding) {
      State atEnd = atStart;
      walk(*loop.getBody(), atEnd);
      turn(loop, atEnd);
      State next = atStart;
      next.meet(atEnd);
      if (next == atStart) break;
      atStart = std::move(next);
      ++iterations.back();
    }
    state = std::move(atStart);
    iterations.pop_back();
  }

  /// From one iteration to the next: places that depend on it are others now; no two tiles share one.
  static void turn(scf::ForOp loop, State &state) {
    SmallVector<Store> stores;
    std::swap(stores, state.stores);
    for (Store store : stores) {
      if (isOverTiles(loop) && loop->isAncestor(store.op)) store.writes = false;
      store.moved |= llvm::any_of(store.op.getOffsets(), [&](Value offset) { return changesIn(loop, offset); });
      state.add(store);
    }
  }

  void perform(Operation *op, State &state) {
    if (auto write = dyn_cast<WriteOp>(op); write && isStored(SlotName(write.getDestination()).ring))
      return this->write(write, state);
    if (isa<FenceAsyncOp>(op)) {
      for (auto &[name, slot] : state.slots)
        if (slot.progress == Progress::written) slot.progress = Progress::fenced;
    } else if (isa<BarrierOp>(op)) {
      barrier(1, state);
    } else if (auto meeting = dyn_cast<GroupBarrierOp>(op)) {
      barrier(static_cast<int64_t>(meeting.getGroups()), state);
    } else if (auto store = dyn_cast<TmaStoreOp>(op)) {
      start(store, state);
    } else if (auto wait = dyn_cast<StoreWaitOp>(op)) {
      this->wait(wait, state);
    } else if (!isa<SlotOp, tile::DimOp>(op)) {
      touch(op, state);
    }
  }

  void write(WriteOp op, State &state) {
    SlotName name(op.getDestination());
    if (name.number < 0) return giveUp(op, "which slot this writes depends on an iteration");
    for (Store store : state.stores)
      if (store.reads && name.mayBe(SlotName(store.op.getSource())))
        return broken(op, "overwrites a slot that a store may still read", store.op, "the store is here");
    Slot &slot = state.slots[{name.ring, name.number}];
    if (slot.unknown)
      return broken(op, "overwrites a slot without a barrier after the wait for its store", slot.unknown,
                    "the store is here");
    slot.progress = Progress::written;
  }

  static void barrier(int64_t groups, State &state) {
    for (auto &[name, slot] : state.slots) {
      if (slot.progress == Progress::fenced) slot.progress = Progress::ready, slot.groups = groups;
      if (slot.progress == Progress::ready) slot.groups = std::min(slot.groups, groups);
      auto store = llvm::cast_if_present<TmaStoreOp>(slot.unknown);
      if (store && static_cast<int64_t>(store.getGroups()) % groups == 0) slot.unknown = nullptr;
    }
  }

  void start(TmaStoreOp op, State &state) {
    SlotName name(op.getSource());
    if (name.number < 0) return giveUp(op, "which slot this stores depends on an iteration");
    Slot slot = state.slots.lookup({name.ring, name.number});
    switch (slot.progress) {
    case Progress::empty: return broken(op, "stores a slot that may not have been written");
    case Progress::written: return broken(op, "stores a slot without a fence after what was written to it");
    case Progress::fenced: return broken(op, "stores a slot without a barrier after the fence");
    case Progress::ready: break;
    }
    if (static_cast<int64_t>(op.getGroups()) % slot.groups)
      return broken(op, "stores rows of " + std::to_string(op.getGroups()) + " groups of warps after a barrier of " +
                            std::to_string(slot.groups));
    for (Store store : state.stores)
      if (store.writes && mayOverlap(store.op, store.moved, op))
        return broken(op, "writes where an earlier store may still write", store.op, "the earlier store is here");
    for (Store &store : state.stores) store.newer = std::min(store.newer + 1, kMostNewer);
    state.add(Store{op});
  }

  static void wait(StoreWaitOp op, State &state) {
    for (Store &store : state.stores) {
      if (store.newer < static_cast<int64_t>(op.getPending())) continue;
      SlotName name(store.op.getSource());
      if (store.reads) state.slots[{name.ring, name.number}].unknown = store.op;
      store.reads = false;
      store.writes &= !op.getComplete();
    }
    llvm::erase_if(state.stores, [](const Store &store) { return !store.reads && !store.writes; });
  }

  /// Any other operation: it must not touch what stores do.
  void touch(Operation *op, State &state) {
    for (Value operand : op->getOperands()) {
      if (isa<SharedType>(operand.getType()) && isStored(SlotName(operand).ring))
        return giveUp(op, "a slot that is stored is used by something else than writes and stores");
      for (Store store : state.stores)
        if (store.writes && store.op.getDestination() == operand)
          return broken(op, "touches a tensor where an earlier store may still write", store.op, "the store is here");
    }
  }

  std::optional<ProtocolFinding> finding;
  SmallVector<int64_t> iterations;
  int64_t steps = 0;
};

} // namespace

std::optional<ProtocolFinding> tilewright::sched::checkStores(tile::KernelOp kernel) {
  return Walk().run(computingBlock(kernel));
}
