// Checks of the operations of the `sched` dialect.

#include "VerifyLayout.h"
#include "tilewright/Dialect/Sched/IR/TensorMaps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace tilewright;
using namespace tilewright::sched;

#define GET_OP_CLASSES
#include "tilewright/Dialect/Sched/IR/SchedOps.cpp.inc"

LogicalResult tilewright::sched::verifyLayout(Operation *op, Type tile) {
  auto type = cast<RankedTensorType>(tile);
  auto layout = dyn_cast_or_null<LayoutAttr>(type.getEncoding());
  if (!layout) return op->emitOpError() << "tile " << type << " has no layout";
  if (layout.getLayout().shape() != coordOf(type.getShape()))
    return op->emitOpError() << "the layout covers " << layout.getLayout().shape().toString() << ", not the tile "
                             << type;
  return success();
}

static LogicalResult verifyTileOfShared(Operation *op, Type tile, SharedType shared) {
  auto type = cast<RankedTensorType>(tile);
  if (type.getShape() != shared.getShape() || type.getElementType() != shared.getElementType())
    return op->emitOpError() << "tile " << type << " does not fit " << shared;
  return verifyLayout(op, tile);
}

LogicalResult SlotOp::verify() {
  if (static_cast<int64_t>(getAhead()) < 0) return emitOpError("'ahead' is negative");
  return success();
}

LogicalResult ReadOp::verify() { return verifyTileOfShared(*this, getResult().getType(), getSource().getType()); }

LogicalResult WriteOp::verify() { return verifyTileOfShared(*this, getValue().getType(), getDestination().getType()); }

LogicalResult CopyOp::verify() {
  auto global = getSource().getType();
  auto shared = getDestination().getType();
  if (static_cast<int64_t>(getOffsets().size()) != global.getRank())
    return emitOpError() << getOffsets().size() << " offsets for a tensor of rank " << global.getRank();
  if (shared.getElementType() != global.getTileElementType())
    return emitOpError() << "copies " << global.getElementType() << " to " << shared.getElementType();
  if (getLayout().getLayout().shape() != coordOf(shared.getShape()))
    return emitOpError("the layout does not cover the tile");
  if (getAsync() && getBytes() != 4 && getBytes() != 8 && getBytes() != 16)
    return emitOpError() << "cp.async copies 4, 8 or 16 bytes, not " << getBytes();
  return success();
}

/// The ends of a pipe see its slots, and stand in the region that they belong to.
template <class Op> static LogicalResult verifyEnd(Op op, bool producer) {
  PipeType pipe = op.getPipe().getType();
  if (op.getSlots().getTypes() != TypeRange(ArrayRef<Type>(pipe.getSlots().begin(), pipe.getSlots().end())))
    return op.emitOpError() << "gives other slots than " << pipe << " has";
  auto roles = op->template getParentOfType<RolesOp>();
  if (!roles || (producer ? roles.getProducer() : roles.getConsumer()).isAncestor(op->getParentRegion()))
    return success();
  return op.emitOpError() << "stands in the region of the " << (producer ? "consumer" : "producer");
}

LogicalResult AcquireOp::verify() { return verifyEnd(*this, /*producer=*/true); }

LogicalResult AwaitOp::verify() { return verifyEnd(*this, /*producer=*/false); }

LogicalResult TileIndicesOp::verify() {
  if (getIndices().size() != getExtents().size())
    return emitOpError() << "gives " << getIndices().size() << " indices for " << getExtents().size() << " extents";
  return success();
}

LogicalResult PipeOp::verify() {
  if (getNames().size() != getResult().getType().getSlots().size())
    return emitOpError() << "has " << getNames().size() << " names for " << getResult().getType();
  return success();
}

LogicalResult RolesOp::verify() {
  if ((*this)->getParentOfType<RolesOp>()) return emitOpError("stands in another one");
  return success();
}

LogicalResult ClusterBarrierOp::verify() {
  if ((*this)->getParentOfType<RolesOp>())
    return emitOpError("stands in a role: the threads of the other never meet it");
  return success();
}

LogicalResult DealOp::verify() {
  auto slots = getPipe().getType().getSlots();
  bool isNumber =
      slots.size() == 1 && slots[0].getElementType().isInteger(32) && slots[0].getShape() == ArrayRef<int64_t>{1};
  if (!isNumber) return emitOpError("hands numbers on through a pipe of one element of type i32");
  if (getCounter().getType().getTileElementType() != slots[0].getElementType())
    return emitOpError("the counter is of type i32, as the numbers are");
  return success();
}

LogicalResult TmaLoadOp::verify() {
  auto global = getSource().getType();
  auto shared = getDestination().getType();
  if (static_cast<int64_t>(getOffsets().size()) != global.getRank() || global.getRank() != 2)
    return emitOpError() << getOffsets().size() << " offsets for a tensor of rank " << global.getRank()
                         << "; both are 2";
  if (shared.getElementType() != global.getTileElementType())
    return emitOpError() << "copies " << global.getElementType() << " to " << shared.getElementType();
  if (global.getAlign() < 16) return emitOpError("the tensor is not known to be aligned to 16 bytes");
  if (global.getContiguousDim() != shared.getMemory().getOrder().front())
    return emitOpError("the tensor and the tile are contiguous along different dimensions");
  auto acquire = getDestination().getDefiningOp<AcquireOp>();
  if (!acquire || acquire.getPipe() != getPipe())
    return emitOpError("the destination is no slot acquired from the pipe");
  auto parts = static_cast<int64_t>(getMulticast());
  if (parts < 1 || !cutForMulticast(shared, parts))
    return emitOpError() << shared << " cannot be cut into " << parts << " parts of whole groups of 8 rows";
  return success();
}

LogicalResult DotOp::verify() {
  auto product = cast<RankedTensorType>(getResult().getType());
  ArrayRef<int64_t> a = getShapeOfA();
  auto b = getB().getType();
  if (a.size() != 2 || b.getShape().size() != 2 || product.getRank() != 2) return emitOpError("operands are matrices");
  if (!getSharedA() && (getAtom() != Atom::Wgmma || getTransposeA() || !getElementTypeOfA().isIntOrFloat() ||
                        getElementTypeOfA().getIntOrFloatBitWidth() != 16))
    return emitOpError("only wgmma takes an operand from registers: the first, not transposed, of 16-bit elements");
  int64_t m = a[getTransposeA() ? 1 : 0], k = a[getTransposeA() ? 0 : 1];
  int64_t kOfB = b.getShape()[getTransposeB() ? 1 : 0], n = b.getShape()[getTransposeB() ? 0 : 1];
  if (k != kOfB) return emitOpError() << "K of a is " << k << " but K of b is " << kOfB;
  if (product.getShape()[0] != m || product.getShape()[1] != n)
    return emitOpError() << "the product is " << m << " x " << n << " but the accumulator is " << product;
  return verifyLayout(*this, product);
}

LogicalResult ConvertOp::verify() {
  auto from = cast<RankedTensorType>(getSource().getType()), to = cast<RankedTensorType>(getResult().getType());
  if (from.getShape() != to.getShape() || from.getElementType() != to.getElementType())
    return emitOpError("changes more than the layout");
  return failure(failed(verifyLayout(*this, from)) || failed(verifyLayout(*this, to)));
}
