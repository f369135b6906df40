// Checks and folds of whole-tile arithmetic.

#include "tilewright/Dialect/Tile/IR/Tile.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tilewright::tile;

static RankedTensorType tileTypeOf(Value value) {
  if (auto buffer = dyn_cast<BufferType>(value.getType())) return buffer.getTileType();
  return cast<RankedTensorType>(value.getType());
}

//===-- dot -------------------------------------------------------------------------------------------------------===//

int64_t DotOp::getM() { return tileTypeOf(getA()).getShape()[getTransposeA() ? 1 : 0]; }
int64_t DotOp::getK() { return tileTypeOf(getA()).getShape()[getTransposeA() ? 0 : 1]; }
int64_t DotOp::getN() { return tileTypeOf(getB()).getShape()[getTransposeB() ? 0 : 1]; }

/// The accumulator type that operands of these types have, or null if they cannot be multiplied.
static Type accumulatorOf(Type a, Type b) {
  MLIRContext *context = a.getContext();
  auto isFloat8 = [](Type type) { return isa<Float8E4M3FNType, Float8E5M2Type>(type); };
  if (a != b && !(isFloat8(a) && isFloat8(b))) return {};
  if (a.isF64()) return a;
  if (isa<FloatType>(a)) return Float32Type::get(context);
  return a.isInteger(8) ? IntegerType::get(context, 32) : Type();
}

LogicalResult DotOp::verify() {
  for (Value operand : {getA(), getB()}) {
    if (tileTypeOf(operand).getRank() != 2) return emitOpError() << "operands are matrices, not " << operand.getType();
    if (auto buffer = dyn_cast<BufferType>(operand.getType()); buffer && buffer.getSpace() != Space::Shared)
      return emitOpError("a buffer operand is in shared memory; read a fragment first");
  }
  RankedTensorType a = tileTypeOf(getA()), b = tileTypeOf(getB()), c = tileTypeOf(getAccumulator());
  int64_t kOfB = b.getShape()[getTransposeB() ? 1 : 0];
  if (getK() != kOfB) return emitOpError() << "K of a is " << getK() << " but K of b is " << kOfB;
  if (c.getRank() != 2 || c.getShape()[0] != getM() || c.getShape()[1] != getN())
    return emitOpError() << "the product is " << getM() << " x " << getN() << " but the accumulator is " << c;
  Type accumulator = accumulatorOf(a.getElementType(), b.getElementType());
  if (!accumulator) return emitOpError() << "no product of " << a.getElementType() << " and " << b.getElementType();
  if (c.getElementType() != accumulator)
    return emitOpError() << a.getElementType() << " x " << b.getElementType() << " accumulates in " << accumulator
                         << ", not " << c.getElementType();
  if (getTf32() && !a.getElementType().isF32()) return emitOpError("'tf32' applies to f32 operands only");
  if ((getUnsignedA() || getUnsignedB()) && !a.getElementType().isInteger(8))
    return emitOpError("'unsigned_a' and 'unsigned_b' apply to i8 operands only");
  return success();
}

void DotOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand *operand : {&getAMutable(), &getBMutable()})
    if (isa<BufferType>(operand->get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), operand, BufferMemory::get());
}

//===-- shape -----------------------------------------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  auto source = tileTypeOf(getSource()), result = tileTypeOf(getResult());
  int64_t axis = getAxis();
  if (axis < 0 || axis >= source.getRank())
    return emitOpError() << "axis " << axis << " of a tile of rank " << source.getRank();
  SmallVector<int64_t> expected(source.getShape());
  expected[axis] = 1;
  if (result.getShape() != ArrayRef<int64_t>(expected) || result.getElementType() != source.getElementType())
    return emitOpError() << "result must be " << source.clone(expected) << ", not " << result;
  return success();
}

LogicalResult BroadcastOp::verify() {
  auto source = tileTypeOf(getSource()), result = tileTypeOf(getResult());
  if (source.getElementType() != result.getElementType()) return emitOpError("changes the element type");
  if (source.getRank() != result.getRank()) return emitOpError("ranks differ; tile.reshape adds axes of extent one");
  for (auto [from, to] : llvm::zip_equal(source.getShape(), result.getShape()))
    if (from != to && from != 1) return emitOpError() << "extent " << from << " does not repeat to " << to;
  return success();
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getResult().getType()) return getSource();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getSource()))
    return splat.resizeSplat(cast<ShapedType>(getResult().getType()));
  return {};
}

LogicalResult ReshapeOp::verify() {
  auto source = tileTypeOf(getSource()), result = tileTypeOf(getResult());
  if (source.getElementType() != result.getElementType()) return emitOpError("changes the element type");
  auto notOne = [](ArrayRef<int64_t> shape) {
    return llvm::to_vector(llvm::make_filter_range(shape, [](int64_t extent) { return extent != 1; }));
  };
  if (notOne(source.getShape()) != notOne(result.getShape()))
    return emitOpError() << source << " and " << result << " differ in more than axes of extent one";
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getResult().getType()) return getSource();
  if (auto inner = getSource().getDefiningOp<ReshapeOp>()) {
    getSourceMutable().assign(inner.getSource());
    return getResult();
  }
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getSource()))
    return splat.resizeSplat(cast<ShapedType>(getResult().getType()));
  return {};
}

LogicalResult TransposeOp::verify() {
  auto source = tileTypeOf(getSource()), result = tileTypeOf(getResult());
  ArrayRef<int64_t> permutation = getPermutation();
  SmallVector<bool> seen(source.getRank(), false);
  if (static_cast<int64_t>(permutation.size()) != source.getRank())
    return emitOpError() << "permutation of " << permutation.size() << " axes for rank " << source.getRank();
  SmallVector<int64_t> expected;
  for (int64_t axis : permutation) {
    if (axis < 0 || axis >= source.getRank() || seen[axis]) return emitOpError("not a permutation of the axes");
    seen[axis] = true;
    expected.push_back(source.getShape()[axis]);
  }
  if (result.getShape() != ArrayRef<int64_t>(expected) || result.getElementType() != source.getElementType())
    return emitOpError() << "result must be " << source.clone(expected) << ", not " << result;
  return success();
}

//===-- splat, iota, cast -----------------------------------------------------------------------------------------===//

LogicalResult SplatOp::verify() {
  auto result = tileTypeOf(getResult());
  if (result.getElementType() != getValue().getType())
    return emitOpError() << "a scalar of " << getValue().getType() << " for a tile of " << result.getElementType();
  return success();
}

OpFoldResult SplatOp::fold(FoldAdaptor adaptor) {
  if (adaptor.getValue()) return SplatElementsAttr::get(cast<ShapedType>(getResult().getType()), adaptor.getValue());
  return {};
}

LogicalResult IotaOp::verify() {
  int64_t axis = getAxis();
  if (axis < 0 || axis >= tileTypeOf(getResult()).getRank())
    return emitOpError() << "axis " << axis << " is out of range";
  return success();
}

LogicalResult CastOp::verify() {
  auto source = dyn_cast<RankedTensorType>(getSource().getType());
  auto result = dyn_cast<RankedTensorType>(getResult().getType());
  if (!source != !result || (source && source.getShape() != result.getShape()))
    return emitOpError() << getSource().getType() << " and " << getResult().getType() << " differ in shape";
  Type from = getElementTypeOrSelf(getSource().getType()), to = getElementTypeOrSelf(getResult().getType());
  if (getFromUnsigned() && !isa<IntegerType>(from)) return emitOpError("'from_unsigned' needs an integer source");
  if (getToUnsigned() && !isa<IntegerType>(to)) return emitOpError("'to_unsigned' needs an integer result");
  return success();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getSource().getType() == getResult().getType() && getFromUnsigned() == getToUnsigned()) return getSource();
  return {};
}
