// Lowers reductions: within the thread, then between lanes by shuffles, then between warps through shared memory.

#include "Emitter.h"
#include "tilewright/Conversion/MathExpansion.h"

using namespace mlir;
using namespace tilewright;

Value tilewright::combine(Emitter &e, Value a, Value b, tile::ReduceKind kind, bool isUnsigned) {
  bool isFloat = isa<FloatType>(a.getType());
  switch (kind) {
  case tile::ReduceKind::Sum:
    return isFloat ? Value(LLVM::FAddOp::create(e.builder, e.loc, a, b))
                   : Value(LLVM::AddOp::create(e.builder, e.loc, a, b));
  case tile::ReduceKind::Max:
    if (isFloat) return emitMaximum(e.builder, e.loc, a, b);
    return isUnsigned ? Value(LLVM::UMaxOp::create(e.builder, e.loc, a, b))
                      : Value(LLVM::SMaxOp::create(e.builder, e.loc, a, b));
  case tile::ReduceKind::Min:
    if (isFloat) return emitMinimum(e.builder, e.loc, a, b);
    return isUnsigned ? Value(LLVM::UMinOp::create(e.builder, e.loc, a, b))
                      : Value(LLVM::SMinOp::create(e.builder, e.loc, a, b));
  }
  llvm_unreachable("all kinds are listed");
}

static Value combineLanes(Emitter &e, Value value, int bit, sched::ReduceOp op, Type elementType) {
  Value other = shuffleWords(e, value, elementType, [&](Value word) {
    return e.intrinsic("llvm.nvvm.shfl.sync.bfly.i32", e.builder.getI32Type(),
                       {e.i32(-1), word, e.i32(int64_t(1) << bit), e.i32(31)});
  });
  return combine(e, value, other, op.getKind(), op.getIsUnsigned());
}

/// Every warp leaves its part at [its place along the axis][coordinates of the result]; after a barrier every thread
/// reads and combines all parts of its elements, in the same order everywhere.
static Registers combineWarps(Emitter &e, const Registers &partial, sched::ReduceOp op,
                              const layout::Distributed &source, const layout::Distributed &result, Type elementType) {
  int axis = static_cast<int>(op.getAxis());
  int64_t bytes = sched::elementBytesOf(elementType), elements = result.shape().product(), warpsAlong = 1;
  Value place = e.i32(0);
  for (int bit = 0; bit < source.warpBits(); ++bit) {
    if (!source.warpBasis(bit)[axis]) continue;
    Value set =
        LLVM::AndOp::create(e.builder, e.loc, LLVM::LShrOp::create(e.builder, e.loc, e.warp(), e.i32(bit)), e.i32(1));
    place = e.add(place, e.multiply(set, warpsAlong));
    warpsAlong *= 2;
  }
  // Row-major position in the result: a thread part plus a constant.
  layout::Coord shape = result.shape();
  Value position = e.i32(0);
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int dim = shape.size() - 2; dim >= 0; --dim) strides[dim] = strides[dim + 1] * shape[dim + 1];
  for (int dim = 0; dim < shape.size(); ++dim)
    position = e.add(position, e.multiply(e.threadCoordinate(result, dim), strides[dim]));
  auto constantOf = [&](int reg) {
    layout::Coord offset = result.registerOffset(reg);
    int64_t constant = 0;
    for (int dim = 0; dim < shape.size(); ++dim) constant += offset[dim] * strides[dim];
    return constant;
  };
  Value base = e.addressPlus(e.sharedAddress(e.multiply(position, bytes)), e.scalar(op.getScratch()));
  Value mine = e.addressPlus(base, e.multiply(place, elements * bytes));
  Type word = e.builder.getIntegerType(8 * bytes);

  // Of the lanes that hold copies, and of the warps that reduced the same rows, one writes.
  uint32_t otherWarps = source.replicatedWarps();
  Value writer =
      LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq,
                           LLVM::AndOp::create(e.builder, e.loc, e.lane(), e.i32(result.replicatedLanes())), e.i32(0));
  if (otherWarps)
    writer = e.conjunction(
        writer, LLVM::ICmpOp::create(e.builder, e.loc, LLVM::ICmpPredicate::eq,
                                     LLVM::AndOp::create(e.builder, e.loc, e.warp(), e.i32(otherWarps)), e.i32(0)));
  {
    OpBuilder::InsertionGuard guard(e.builder);
    auto branch = scf::IfOp::create(e.builder, e.loc, writer, /*withElseRegion=*/false);
    e.builder.setInsertionPointToStart(branch.thenBlock());
    for (auto [reg, value] : llvm::enumerate(partial))
      LLVM::StoreOp::create(e.builder, e.loc, e.pack(value, elementType, static_cast<int>(bytes)).front(),
                            e.addressPlus(mine, constantOf(static_cast<int>(reg)) * bytes),
                            static_cast<unsigned>(bytes));
  }
  e.barrier();
  Registers combined;
  for (size_t reg = 0; reg < partial.size(); ++reg) {
    Value value;
    for (int64_t part = 0; part < warpsAlong; ++part) {
      Value loaded = LLVM::LoadOp::create(
          e.builder, e.loc, word, e.addressPlus(base, (part * elements + constantOf(static_cast<int>(reg))) * bytes),
          static_cast<unsigned>(bytes));
      Value element = e.unpack(loaded, elementType).front();
      value = value ? combine(e, value, element, op.getKind(), op.getIsUnsigned()) : element;
    }
    combined.push_back(value);
  }
  return combined;
}

void tilewright::lowerReduce(Emitter &e, sched::ReduceOp op) {
  auto source = sched::layoutOf(op.getSource().getType()), result = sched::layoutOf(op.getResult().getType());
  Type elementType = cast<RankedTensorType>(op.getSource().getType()).getElementType();
  int axis = static_cast<int>(op.getAxis());
  auto sliced = source.slice(axis, layout::SlicedAxis::one);
  Registers partial(result.elementsPerThread(), Value());
  for (auto [reg, value] : llvm::enumerate(e.registers(op.getSource()))) {
    Value &slot = partial[sliced.registerMap[reg]];
    slot = slot ? combine(e, slot, value, op.getKind(), op.getIsUnsigned()) : value;
  }
  for (int bit = 0; bit < layout::Distributed::laneBits; ++bit)
    if (source.laneBasis(bit)[axis])
      for (Value &value : partial) value = combineLanes(e, value, bit, op, elementType);
  if (op.getScratch()) partial = combineWarps(e, partial, op, source, result, elementType);
  e.bind(op.getResult(), std::move(partial));
}
