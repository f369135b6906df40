// Turns variables into values that loops and branches carry.
//
//   %s = tile.slot %zero                          %r = scf.for ... iter_args(%v = %zero) {
//   scf.for ... {                                   %n = arith.addf %v, %x
//     %v = tile.get %s                      ->      scf.yield %n
//     %n = arith.addf %v, %x                      }
//     tile.set %s, %n
//   }

#include "tilewright/Dialect/Tile/Transforms/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tilewright::tile {
#define GEN_PASS_DEF_SLOTSTOSSA
#include "tilewright/Dialect/Tile/Transforms/Passes.h.inc"

namespace {

/// The present value of every variable in scope.
using Values = llvm::MapVector<Value, Value>;

/// The variables of `values` that are assigned somewhere under `op`.
SmallVector<Value> assignedUnder(Operation *op, const Values &values) {
  llvm::SetVector<Value> assigned;
  op->walk([&](SetOp set) {
    if (values.contains(set.getSlot())) assigned.insert(set.getSlot());
  });
  return assigned.takeVector();
}

SmallVector<Value> currentOf(ArrayRef<Value> slots, const Values &values) {
  return llvm::map_to_vector(slots, [&](Value slot) { return values.lookup(slot); });
}

LogicalResult promoteIn(Block &block, Values &values);

/// Rebuilds the loop with one more carried value per variable that its body assigns.
LogicalResult promoteLoop(scf::ForOp loop, Values &values) {
  SmallVector<Value> slots = assignedUnder(loop, values);
  OpBuilder builder(loop);
  SmallVector<Value> inits(loop.getInitArgs());
  llvm::append_range(inits, currentOf(slots, values));
  auto wider = scf::ForOp::create(builder, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(), loop.getStep(),
                                  inits, /*bodyBuilder=*/[](OpBuilder &, Location, Value, ValueRange) {});
  wider->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  Block &from = *loop.getBody(), &to = *wider.getBody();
  SmallVector<Value> arguments(to.getArguments().take_front(from.getNumArguments()));
  to.getOperations().splice(to.end(), from.getOperations());
  for (auto [old, fresh] : llvm::zip_equal(from.getArguments(), arguments)) old.replaceAllUsesWith(fresh);

  Values inside = values;
  for (auto [slot, argument] : llvm::zip_equal(slots, to.getArguments().take_back(slots.size())))
    inside[slot] = argument;
  if (failed(promoteIn(to, inside))) return failure();
  auto yield = cast<scf::YieldOp>(to.getTerminator());
  yield.getResultsMutable().append(currentOf(slots, inside));

  size_t kept = loop.getNumResults();
  loop.replaceAllUsesWith(wider.getResults().take_front(kept));
  for (auto [slot, result] : llvm::zip_equal(slots, wider.getResults().drop_front(kept))) values[slot] = result;
  loop.erase();
  return success();
}

/// Rebuilds the branch with one more result per variable that either side assigns.
LogicalResult promoteBranch(scf::IfOp branch, Values &values) {
  SmallVector<Value> slots = assignedUnder(branch, values);
  OpBuilder builder(branch);
  SmallVector<Type> types(branch.getResultTypes());
  for (Value slot : slots) types.push_back(cast<SlotType>(slot.getType()).getValueType());
  auto wider = scf::IfOp::create(builder, branch.getLoc(), types, branch.getCondition(), /*addThenBlock=*/false,
                                 /*addElseBlock=*/false);
  for (auto [from, to] : llvm::zip_equal(branch->getRegions(), wider->getRegions())) {
    to.takeBody(from);
    if (to.empty()) {
      builder.createBlock(&to);
      scf::YieldOp::create(builder, branch.getLoc());
    }
    Values inside = values;
    if (failed(promoteIn(to.front(), inside))) return failure();
    cast<scf::YieldOp>(to.front().getTerminator()).getResultsMutable().append(currentOf(slots, inside));
  }
  size_t kept = branch.getNumResults();
  branch.replaceAllUsesWith(wider.getResults().take_front(kept));
  for (auto [slot, result] : llvm::zip_equal(slots, wider.getResults().drop_front(kept))) values[slot] = result;
  branch.erase();
  return success();
}

/// The blocks of a grid run independently, so an assignment in one cannot be seen outside.
LogicalResult promoteBlocks(BlocksOp blocks, Values &values) {
  if (SmallVector<Value> slots = assignedUnder(blocks, values); !slots.empty()) {
    auto diagnostic = blocks.emitError("a variable declared outside blocks() is assigned inside");
    diagnostic.attachNote(slots.front().getLoc()) << "the variable is declared here";
    diagnostic.attachNote() << "fix: declare it inside the loop over blocks";
    return diagnostic;
  }
  Values inside = values;
  return promoteIn(blocks.getBody().front(), inside);
}

/// Replaces every read in `block` by the value the variable has there; `values` ends as the values after the block.
LogicalResult promoteIn(Block &block, Values &values) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto slot = dyn_cast<SlotOp>(op)) {
      values[slot] = slot.getInit();
    } else if (auto get = dyn_cast<GetOp>(op)) {
      get.replaceAllUsesWith(values.lookup(get.getSlot()));
      get.erase();
    } else if (auto set = dyn_cast<SetOp>(op)) {
      values[set.getSlot()] = set.getValue();
    } else if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (failed(promoteLoop(loop, values))) return failure();
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      if (failed(promoteBranch(branch, values))) return failure();
    } else if (auto blocks = dyn_cast<BlocksOp>(op)) {
      if (failed(promoteBlocks(blocks, values))) return failure();
    }
  }
  return success();
}

struct SlotsToSsa : impl::SlotsToSsaBase<SlotsToSsa> {
  void runOnOperation() override {
    Values values;
    if (failed(promoteIn(getOperation().getBody().front(), values))) return signalPassFailure();
    getOperation().walk([](SetOp set) { set.erase(); });
    getOperation().walk([](SlotOp slot) { slot.erase(); });
  }
};

} // namespace
} // namespace tilewright::tile
