// Lowers elementwise operations register by register: maths by our expansions, arith by the same operation on scalars.

#include "Emitter.h"
#include "tilewright/Conversion/MathExpansion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tilewright;

static CastElement castElementOf(Type type, bool isUnsigned) {
  if (type.isF64()) return CastElement::F64;
  if (type.isF32()) return CastElement::F32;
  if (type.isF16()) return CastElement::F16;
  if (type.isBF16()) return CastElement::Bf16;
  if (isa<Float8E4M3FNType>(type)) return CastElement::E4m3;
  if (isa<Float8E5M2Type>(type)) return CastElement::E5m2;
  switch (type.isIndex() ? 32 : type.getIntOrFloatBitWidth()) {
  case 64: return isUnsigned ? CastElement::U64 : CastElement::S64;
  case 32: return isUnsigned ? CastElement::U32 : CastElement::S32;
  case 16: return isUnsigned ? CastElement::U16 : CastElement::S16;
  case 8: return isUnsigned ? CastElement::U8 : CastElement::S8;
  default: return CastElement::Bool;
  }
}

/// The sum of integers, with a constant that one of them ends in added last: the elements of a tile of positions then
/// differ by constants alone, and what they share is computed once, also where it changes from iteration to iteration.
/// Null if neither ends in a constant.
static Value addWithConstantLast(OpBuilder &b, Location loc, Value x, Value y) {
  for (auto [sum, other] : {std::pair(x, y), std::pair(y, x)}) {
    auto add = sum.getDefiningOp<LLVM::AddOp>();
    if (!add || !add.getRhs().getDefiningOp<LLVM::ConstantOp>() || other.getDefiningOp<LLVM::ConstantOp>()) continue;
    return LLVM::AddOp::create(b, loc, LLVM::AddOp::create(b, loc, add.getLhs(), other), add.getRhs());
  }
  return {};
}

/// The value of one element from those of the operands, for the operations that are no plain arithmetic; or null.
static Value expand(Emitter &e, Operation *op, ValueRange x) {
  OpBuilder &b = e.builder;
  Location loc = e.loc;
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return emitExp(b, loc, x[0]); })
      .Case([&](math::Exp2Op) { return emitExp2(b, loc, x[0]); })
      .Case([&](math::LogOp) { return emitLog(b, loc, x[0]); })
      .Case([&](math::Log2Op) { return emitLog2(b, loc, x[0]); })
      .Case([&](math::TanhOp) { return emitTanh(b, loc, x[0]); })
      .Case([&](math::ErfOp) { return emitErf(b, loc, x[0]); })
      .Case([&](math::SqrtOp) { return emitSqrt(b, loc, x[0]); })
      .Case([&](math::RsqrtOp) { return emitRsqrt(b, loc, x[0]); })
      .Case([&](math::AbsFOp) { return emitAbs(b, loc, x[0]); })
      .Case([&](math::FmaOp) { return emitFma(b, loc, x[0], x[1], x[2]); })
      .Case([&](arith::DivFOp) { return emitDivide(b, loc, x[0], x[1]); })
      .Case([&](arith::MaximumFOp) { return emitMaximum(b, loc, x[0], x[1]); })
      .Case([&](arith::MinimumFOp) { return emitMinimum(b, loc, x[0], x[1]); })
      .Case([&](arith::MaxNumFOp) { return emitMaxNum(b, loc, x[0], x[1]); })
      .Case([&](arith::MinNumFOp) { return emitMinNum(b, loc, x[0], x[1]); })
      .Case([&](math::AbsIOp) {
        Value negative = LLVM::SubOp::create(b, loc, LLVM::ConstantOp::create(b, loc, x[0].getType(), 0), x[0]);
        return LLVM::SMaxOp::create(b, loc, x[0], negative).getResult();
      })
      .Case([&](arith::CeilDivUIOp) -> Value {
        // (a + b - 1) / b would overflow near the end of the range; a != 0 ? (a - 1) / b + 1 : 0 does not.
        Value zero = LLVM::ConstantOp::create(b, loc, x[0].getType(), 0),
              one = LLVM::ConstantOp::create(b, loc, x[0].getType(), 1);
        Value isZero = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, x[0], zero);
        Value quotient = LLVM::UDivOp::create(b, loc, LLVM::SubOp::create(b, loc, x[0], one), x[1]);
        return LLVM::SelectOp::create(b, loc, isZero, zero, LLVM::AddOp::create(b, loc, quotient, one));
      })
      .Case<arith::IndexCastOp, arith::IndexCastUIOp>([&](Operation *cast) -> Value {
        Type to = e.registerType(getElementTypeOrSelf(cast->getResult(0).getType()));
        unsigned from = x[0].getType().getIntOrFloatBitWidth(), width = to.getIntOrFloatBitWidth();
        if (from == width) return x[0];
        if (from > width) return LLVM::TruncOp::create(b, loc, to, x[0]);
        if (isa<arith::IndexCastOp>(cast)) return LLVM::SExtOp::create(b, loc, to, x[0]);
        return LLVM::ZExtOp::create(b, loc, to, x[0]);
      })
      .Case([&](tile::CastOp cast) {
        Type from = getElementTypeOrSelf(cast.getSource().getType()),
             to = getElementTypeOrSelf(cast.getResult().getType());
        return emitCast(b, loc, x[0], castElementOf(from, cast.getFromUnsigned()),
                        castElementOf(to, cast.getToUnsigned()), e.target);
      })
      .Case([&](tile::SplatOp) { return x[0]; })
      .Case([&](arith::AddIOp) { return addWithConstantLast(b, loc, x[0], x[1]); })
      .Default([](Operation *) { return Value(); });
}

/// The functions of `math` that `expand` knows.
static bool hasExpansion(Operation *op) {
  return isa<math::ExpOp, math::Exp2Op, math::LogOp, math::Log2Op, math::TanhOp, math::ErfOp, math::SqrtOp,
             math::RsqrtOp, math::AbsFOp, math::AbsIOp, math::FmaOp>(op);
}

/// The operation itself on scalars; upstream's conversion takes it from there.
static Value cloneScalar(Emitter &e, Operation *op, ValueRange operands) {
  OperationState state(e.loc, op->getName());
  state.addOperands(operands);
  state.addTypes(e.registerType(getElementTypeOrSelf(op->getResult(0).getType())));
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return e.builder.create(state)->getResult(0);
}

static Value scalarConstant(Emitter &e, Type elementType, Attribute value) {
  Type type = e.registerType(elementType);
  if (auto number = dyn_cast<FloatAttr>(value); number && type.isInteger())
    return LLVM::ConstantOp::create(e.builder, e.loc, type, IntegerAttr::get(type, number.getValue().bitcastToAPInt()));
  if (auto number = dyn_cast<IntegerAttr>(value); number && elementType.isIndex()) return e.i32(number.getInt());
  return LLVM::ConstantOp::create(e.builder, e.loc, type, cast<TypedAttr>(value));
}

static LogicalResult lowerConstant(Emitter &e, arith::ConstantOp op) {
  auto tile = dyn_cast<RankedTensorType>(op.getType());
  if (auto index = dyn_cast<IntegerAttr>(op.getValue());
      index && op.getType().isIndex() && !llvm::isInt<32>(index.getInt()))
    return op.emitError() << "index " << index.getInt()
                          << " does not fit 32 bits\n  fix: sizes and positions are below 2^31";
  if (!tile) return e.bind(op.getResult(), scalarConstant(e, op.getType(), op.getValue())), success();
  auto splat = dyn_cast<SplatElementsAttr>(op.getValue());
  if (!splat)
    return op.emitError("a constant tile has one value for all elements\n  fix: load other tables from a tensor");
  Value value = scalarConstant(e, tile.getElementType(), splat.getSplatValue<Attribute>());
  e.bind(op.getResult(), Registers(sched::layoutOf(tile).elementsPerThread(), value));
  return success();
}

/// Whether an operation narrows tiles to 16 bits, which one instruction does for two elements (PTX ISA 9.7.9.22, cvt
/// with .f16x2 and .bf16x2).
static bool narrowsPairs(Operation *op, int registers) {
  auto cast = dyn_cast<tile::CastOp>(op);
  if (!cast || registers % 2) return false;
  Type to = getElementTypeOrSelf(cast.getResult().getType());
  return getElementTypeOrSelf(cast.getSource().getType()).isF32() && (to.isF16() || to.isBF16());
}

static Registers narrowPairs(Emitter &e, const Registers &source, Type to) {
  Registers words;
  auto pair = VectorType::get({2}, to);
  for (size_t i = 0; i < source.size(); i += 2) {
    Value both =
        e.intrinsic(to.isF16() ? "llvm.nvvm.ff2f16x2.rn" : "llvm.nvvm.ff2bf16x2.rn", pair, {source[i + 1], source[i]});
    words.push_back(LLVM::BitcastOp::create(e.builder, e.loc, e.builder.getI32Type(), both));
  }
  return e.unpack(words, to);
}

LogicalResult tilewright::lowerElementwise(Emitter &e, Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) return lowerConstant(e, constant);
  bool isKnown =
      isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect()) || isa<tile::CastOp, tile::SplatOp>(op);
  if (!isKnown || op->getNumResults() != 1) return op->emitError() << "no lowering to the target for " << op->getName();

  if (isa<math::MathDialect>(op->getDialect()) && !hasExpansion(op))
    return op->emitError() << "no lowering to the target for " << op->getName();

  Value result = op->getResult(0);
  auto tile = dyn_cast<RankedTensorType>(result.getType());
  auto one = [&](ValueRange operands) {
    Value value = expand(e, op, operands);
    return value ? value : cloneScalar(e, op, operands);
  };
  if (!tile) {
    e.bind(result, one(llvm::map_to_vector(op->getOperands(), [&](Value operand) { return e.scalar(operand); })));
    return success();
  }
  int end = sched::layoutOf(tile).elementsPerThread();
  if (narrowsPairs(op, end))
    return e.bind(result, narrowPairs(e, e.registers(op->getOperand(0)), tile.getElementType())), success();
  Registers results;
  for (int reg = 0; reg < end; ++reg)
    results.push_back(one(llvm::map_to_vector(op->getOperands(), [&](Value operand) {
      return isa<RankedTensorType>(operand.getType()) ? e.registers(operand)[reg] : e.scalar(operand);
    })));
  e.bind(result, std::move(results));
  return success();
}
