// Checks and effects of the operations that move tiles.

#include "tilewright/Dialect/Tile/IR/Tile.h"

using namespace mlir;
using namespace tilewright::tile;

/// The checks that a tile and the global tensor it is read from or written to have in common.
static LogicalResult verifyTileOfGlobal(Operation *op, ArrayRef<int64_t> tileShape, Type tileElement, GlobalType global,
                                        size_t offsets) {
  if (static_cast<int64_t>(tileShape.size()) != global.getRank())
    return op->emitOpError() << "tile of rank " << tileShape.size() << " but tensor of rank " << global.getRank();
  if (static_cast<int64_t>(offsets) != global.getRank())
    return op->emitOpError() << offsets << " offsets for a tensor of rank " << global.getRank();
  if (tileElement != global.getTileElementType())
    return op->emitOpError() << "tile of " << tileElement << " but tensor of " << global.getElementType();
  return success();
}

LogicalResult LoadOp::verify() {
  auto tile = cast<RankedTensorType>(getResult().getType());
  if (failed(verifyTileOfGlobal(*this, tile.getShape(), tile.getElementType(), getSource().getType(),
                                getOffsets().size())))
    return failure();
  if (getPad() && getPad().getType() != tile.getElementType())
    return emitOpError() << "pad of type " << getPad().getType() << " for a tile of " << tile.getElementType();
  return success();
}

LogicalResult StoreOp::verify() {
  auto tile = cast<RankedTensorType>(getValue().getType());
  return verifyTileOfGlobal(*this, tile.getShape(), tile.getElementType(), getDestination().getType(),
                            getOffsets().size());
}

LogicalResult CopyOp::verify() {
  auto sourceBuffer = dyn_cast<BufferType>(getSource().getType());
  auto destinationBuffer = dyn_cast<BufferType>(getDestination().getType());
  if (!sourceBuffer && !destinationBuffer)
    return emitOpError("copies between global memory and a buffer, or between buffers; both sides are global");
  if (sourceBuffer && destinationBuffer) {
    if (!getSourceOffsets().empty() || !getDestinationOffsets().empty())
      return emitOpError("a buffer is copied whole and takes no offsets");
    if (sourceBuffer.getTileType() != destinationBuffer.getTileType())
      return emitOpError() << "source is " << sourceBuffer << " but destination is " << destinationBuffer;
    return success();
  }
  auto buffer = sourceBuffer ? sourceBuffer : destinationBuffer;
  auto global = cast<GlobalType>((sourceBuffer ? getDestination() : getSource()).getType());
  auto offsets = sourceBuffer ? getDestinationOffsets() : getSourceOffsets();
  auto wrong = sourceBuffer ? getSourceOffsets() : getDestinationOffsets();
  if (!wrong.empty()) return emitOpError("a buffer is copied whole and takes no offsets");
  return verifyTileOfGlobal(*this, buffer.getShape(), buffer.getElementType(), global, offsets.size());
}

void CopyOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  auto add = [&](OpOperand &operand, auto effect) {
    if (isa<GlobalType>(operand.get().getType()))
      effects.emplace_back(effect, &operand, GlobalMemory::get());
    else
      effects.emplace_back(effect, &operand, BufferMemory::get());
  };
  add(getSourceMutable(), MemoryEffects::Read::get());
  add(getDestinationMutable(), MemoryEffects::Write::get());
}
