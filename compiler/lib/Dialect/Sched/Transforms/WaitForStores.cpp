// Puts waits where stores by TMA have to be over: before their memory is used again, and before the kernel ends.
//
//   scf.for ... {                                scf.for ... {
//     sched.write %t, %s                           sched.store_wait 0; sched.group_barrier 1
//     ...                                   ->     sched.write %t, %s
//     sched.tma_store %s to %c[...]                ...
//   }                                              sched.tma_store %s to %c[...]
//                                                }
//                                                sched.store_wait 0

#include "StoreTracking.h"
#include "tilewright/Dialect/Sched/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tilewright::sched {
#define GEN_PASS_DEF_WAITFORSTORES
#include "tilewright/Dialect/Sched/Transforms/Passes.h.inc"

namespace {

/// What may be under way of the stores of one operation.
struct Store {
  TmaStoreOp op;
  bool moved = false; ///< its offsets may have other values by now
  bool reads = true;  ///< its slot may still be read
  bool writes = true; ///< its part of the tensor may still be written, and something later may meet it there
  int64_t newer = 0;  ///< how many stores, at least, were started after it

  bool operator==(const Store &) const = default;
};

/// Stores that may be under way, in no order.
class Stores {
public:
  void add(const Store &store) {
    for (Store &known : stores)
      if (known.op == store.op && known.moved == store.moved) {
        known.newer = std::min(known.newer, store.newer);
        known.reads |= store.reads, known.writes |= store.writes;
        return;
      }
    stores.push_back(store);
  }
  void add(const Stores &other) {
    for (const Store &store : other.stores) add(store);
  }
  void start(TmaStoreOp op) {
    for (Store &store : stores) ++store.newer;
    // An earlier one of this operation is older, and is waited for with the new one.
    llvm::erase_if(stores, [&](Store store) { return store.op == op && !store.moved; });
    stores.push_back({op});
  }
  /// After a wait that leaves `pending`.
  void finish(int64_t pending, bool complete) {
    for (Store &store : stores)
      if (store.newer >= pending) store.reads = false, store.writes &= !complete;
    llvm::erase_if(stores, [](const Store &store) { return !store.reads && !store.writes; });
  }
  /// The most that a wait may leave so that none of the stores in question is; nothing if there are none.
  std::optional<int64_t> pendingFor(function_ref<bool(Store)> inQuestion) const {
    std::optional<int64_t> pending;
    for (const Store &store : stores)
      if (inQuestion(store)) pending = std::min(pending.value_or(store.newer), store.newer);
    return pending;
  }
  /// As the next iteration of `loop` sees them, or what follows it.
  Stores after(scf::ForOp loop) const {
    Stores result;
    for (Store store : stores) {
      if (isOverTiles(loop) && loop->isAncestor(store.op)) store.writes = false;
      store.moved |= llvm::any_of(store.op.getOffsets(), [&](Value offset) { return changesIn(loop, offset); });
      if (store.reads || store.writes) result.add(store);
    }
    return result;
  }
  bool operator==(const Stores &) const = default;

private:
  SmallVector<Store> stores;
};

struct WaitForStores : impl::WaitForStoresBase<WaitForStores> {
  void runOnOperation() override {
    Block &block = computingBlock(getOperation());
    Stores stores;
    waits.clear();
    visit(block, stores);
    for (auto [op, wait] : waits) {
      OpBuilder builder(op);
      StoreWaitOp::create(builder, op->getLoc(), wait.pending, wait.complete);
      GroupBarrierOp::create(builder, op->getLoc(), wait.groups);
    }
    if (!stores.pendingFor([](const Store &store) { return store.reads; })) return;
    OpBuilder builder = OpBuilder::atBlockEnd(&block);
    if (block.mightHaveTerminator() && block.back().hasTrait<OpTrait::IsTerminator>())
      builder.setInsertionPoint(&block.back());
    StoreWaitOp::create(builder, getOperation().getLoc(), 0, /*complete=*/false);
  }

private:
  /// A wait before an operation, and the groups that learn of it.
  struct Wait {
    int64_t pending;
    bool complete;
    int64_t groups;
  };

  void visit(Block &block, Stores &stores) {
    for (Operation &op : block) visit(&op, stores);
  }

  void visit(Operation *op, Stores &stores) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) return visitLoop(loop, stores);
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      Stores otherwise = stores;
      visit(*branch.thenBlock(), stores);
      if (branch.elseBlock()) visit(*branch.elseBlock(), otherwise);
      stores.add(otherwise);
    } else if (auto write = dyn_cast<WriteOp>(op)) {
      SlotName slot(write.getDestination());
      int64_t groups = 0;
      auto pending = stores.pendingFor([&](Store store) {
        bool reads = store.reads && slot.mayBe(SlotName(store.op.getSource()));
        if (reads) groups = std::gcd(groups, static_cast<int64_t>(store.op.getGroups()));
        return reads;
      });
      if (pending) wait(op, {*pending, false, groups}, stores);
    } else if (auto store = dyn_cast<TmaStoreOp>(op)) {
      auto pending = stores.pendingFor(
          [&](Store earlier) { return earlier.writes && mayOverlap(earlier.op, earlier.moved, store); });
      if (pending) wait(op, {*pending, true, 1}, stores);
      stores.start(store);
    }
  }

  void wait(Operation *op, Wait needed, Stores &stores) {
    auto [known, isNew] = waits.insert({op, needed});
    if (!isNew) known->second.pending = std::min(known->second.pending, needed.pending);
    stores.finish(known->second.pending, needed.complete);
  }

  /// The body follows what came before the loop, and itself; repeated until nothing new is under way.
  void visitLoop(scf::ForOp loop, Stores &stores) {
    Stores atStart = stores, atEnd;
    while (true) {
      atEnd = atStart;
      visit(*loop.getBody(), atEnd);
      Stores next = atStart;
      next.add(atEnd.after(loop));
      if (next == atStart) break;
      atStart = next;
    }
    stores.add(atEnd.after(loop));
  }

  llvm::MapVector<Operation *, Wait> waits;
};

} // namespace
} // namespace tilewright::sched
