// Finds work on whole tiles that is done row by row, and leaves some of the rows to a block.

#include "RowCut.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

static int64_t rowsOf(Value tile) { return cast<RankedTensorType>(tile.getType()).getDimSize(0); }
static bool isTile(Value value) { return isa<RankedTensorType>(value.getType()); }

bool RowCut::take(Value tile) {
  if (!taken.insert(tile)) return true;
  Operation *op = tile.getDefiningOp();
  if (!op || rowsOf(tile) != rows) return false;
  if (op->getBlock() != &body && !isa<arith::ConstantOp>(op)) return false;
  return follow(op) && llvm::all_of(tile.getUsers(), [&](Operation *user) { return follow(user); });
}

/// Takes what an operation, one of whose tiles is taken, relates to that tile row by row; false if it does otherwise.
bool RowCut::follow(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) return isa<SplatElementsAttr>(constant.getValue());
  if (auto iota = dyn_cast<tile::IotaOp>(op)) return iota.getAxis() != 0;
  if (isa<tile::SplatOp, tile::LoadOp, tile::StoreOp>(op)) return true;
  if (auto broadcast = dyn_cast<tile::BroadcastOp>(op))
    return take(broadcast.getResult()) && (rowsOf(broadcast.getSource()) == 1 || take(broadcast.getSource()));
  if (auto reduce = dyn_cast<tile::ReduceOp>(op))
    return reduce.getAxis() != 0 && take(reduce.getSource()) && take(reduce.getResult());
  bool together = op->hasTrait<OpTrait::Elementwise>() || isa<tile::CastOp, tile::ReshapeOp>(op);
  return together &&
         llvm::all_of(op->getOperands(), [&](Value operand) { return !isTile(operand) || take(operand); }) &&
         llvm::all_of(op->getResults(), [&](Value result) { return take(result); });
}

bool RowCut::collect(ValueRange tiles) {
  if (rows == 1 || !llvm::all_of(tiles, [&](Value tile) { return take(tile); })) return false;
  return llvm::all_of(body, [&](Operation &op) {
    if (auto store = dyn_cast<tile::StoreOp>(op)) return taken.contains(store.getValue());
    return op.getNumRegions() == 0 && !isa<tile::CopyOp, tile::WriteOp>(op);
  });
}

void RowCut::apply(int64_t parts, Value first, OpBuilder &builder) {
  auto moveRow = [&](Operation *op, OperandRange offsets) {
    builder.setInsertionPoint(op);
    OpOperand &row = op->getOpOperand(offsets.getBeginOperandIndex());
    row.set(arith::AddIOp::create(builder, op->getLoc(), row.get(), first));
  };
  for (Value tile : taken) {
    auto type = cast<RankedTensorType>(tile.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[0] /= parts;
    auto cut = RankedTensorType::get(shape, type.getElementType());
    if (auto constant = tile.getDefiningOp<arith::ConstantOp>()) {
      auto value = cast<SplatElementsAttr>(constant.getValue());
      constant.setValueAttr(cast<TypedAttr>(Attribute(value.resizeSplat(cut))));
    }
    tile.setType(cut);
    if (auto load = tile.getDefiningOp<tile::LoadOp>()) moveRow(load, load.getOffsets());
    for (Operation *user : tile.getUsers())
      if (auto store = dyn_cast<tile::StoreOp>(user)) moveRow(store, store.getOffsets());
  }
}
