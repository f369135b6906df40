// Checks of the operations that bring tiles to global memory by TMA.

#include "VerifyLayout.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

namespace {

/// The most elements of a TMA box along one dimension (CUDA driver API, cuTensorMapEncodeTiled).
constexpr int64_t kMostBoxExtent = 256;

} // namespace

LogicalResult PartOp::verify() {
  auto from = cast<RankedTensorType>(getSource().getType()), to = cast<RankedTensorType>(getResult().getType());
  if (from.getElementType() != to.getElementType() || from.getRank() != to.getRank())
    return emitOpError() << "takes " << to << " from " << from;
  if (static_cast<int64_t>(getOffsets().size()) != from.getRank())
    return emitOpError() << getOffsets().size() << " offsets for a tile of rank " << from.getRank();
  if (failed(verifyLayout(*this, from)) || failed(verifyLayout(*this, to))) return failure();
  auto source = layoutOf(from), part = layoutOf(to);
  layout::Coord offsets = coordOf(getOffsets());
  bool sameThreads =
      llvm::equal(source.laneBases(), part.laneBases()) && llvm::equal(source.warpBases(), part.warpBases());
  for (int reg = 0; sameThreads && reg < part.elementsPerThread(); ++reg)
    sameThreads = source.registerAt(part.registerOffset(reg) + offsets) >= 0;
  if (!sameThreads) return emitOpError("some thread does not hold its part of the result");
  return success();
}

LogicalResult GroupBarrierOp::verify() {
  if (static_cast<int64_t>(getGroups()) < 1) return emitOpError() << "has " << getGroups() << " groups";
  return success();
}

LogicalResult TmaStoreOp::verify() {
  auto global = getDestination().getType();
  auto shared = getSource().getType();
  if (global.getRank() != 2 || getOffsets().size() != 2 || getAt().size() != 2)
    return emitOpError() << getOffsets().size() << " offsets and " << getAt().size()
                         << " positions for a tensor of rank " << global.getRank() << "; all are 2";
  if (shared.getElementType() != global.getTileElementType())
    return emitOpError() << "copies " << shared.getElementType() << " to " << global.getElementType();
  if (global.getAlign() < 16) return emitOpError("the tensor is not known to be aligned to 16 bytes");
  int64_t inner = shared.getMemory().getOrder().front();
  if (global.getContiguousDim() != inner)
    return emitOpError("the tensor and the tile are contiguous along different dimensions");
  int64_t rows = shared.getShape()[1 - inner], groups = getGroups();
  if (groups < 1 || rows % groups) return emitOpError() << groups << " groups cannot share " << rows << " rows";
  if (rows / groups > kMostBoxExtent)
    return emitOpError() << "a box of " << rows / groups << " rows; " << kMostBoxExtent << " are possible";
  if (!getSource().getDefiningOp<SlotOp>()) return emitOpError("the source is no slot of a ring");
  return success();
}

LogicalResult StoreWaitOp::verify() {
  if (static_cast<int64_t>(getPending()) < 0) return emitOpError("'pending' is negative");
  return success();
}
