// Conversions between element types, as `tile.cast` defines them.
#include "tilewright/Conversion/MathExpansion.h"

#include "CastAlgorithms.h"
#include "LlvmEmitter.h"

namespace tilewright {
namespace {

using math::LlvmEmitter;
using mlir::Location;
using mlir::OpBuilder;
using mlir::Value;
using enum CastElement;

bool isFp8(CastElement type) { return type == E4m3 || type == E5m2; }
bool isFloat(CastElement type) { return type <= Bf16; }
bool isSigned(CastElement type) { return type >= S64 && type <= S8; }

unsigned bitsOf(CastElement type) {
  switch (type) {
  case F64:
  case S64:
  case U64: return 64;
  case F32:
  case Tf32:
  case S32:
  case U32: return 32;
  case F16:
  case Bf16:
  case S16:
  case U16: return 16;
  case E4m3:
  case E5m2:
  case S8:
  case U8: return 8;
  case Bool: return 1;
  }
  return 0;
}

mlir::Type llvmType(OpBuilder &b, CastElement type) {
  switch (type) {
  case F64: return b.getF64Type();
  case F32:
  case Tf32: return b.getF32Type();
  case F16: return b.getF16Type();
  case Bf16: return b.getBF16Type();
  default: return b.getIntegerType(bitsOf(type));
  }
}

class Caster {
public:
  Caster(OpBuilder &b, Location loc, const TargetInfo &target) : b(b), e(b, loc), target(target) {}

  Value cast(Value x, CastElement from, CastElement to) {
    if (from == to) return x;
    if (isFp8(from)) return cast(decode(x, from), F32, to);
    if (isFp8(to)) return encode(toF32ForNarrowing(x, from), to);
    if (isFloat(from) && isFloat(to)) return floatToFloat(x, from, to);
    if (isFloat(from)) return floatToInteger(x, to);
    if (isFloat(to)) return integerToFloat(x, from, to);
    return integerToInteger(x, from, to);
  }

  Value pack(Value low, Value high, CastElement to) {
    if (isFp8(to)) {
      if (target.hasFp8Conversion) return hardwareEncode(low, high, to);
      Value upper = e.shiftLeft(math::encodeFp8(e, high, format(to)), 8);
      Value both = e.intOr(math::encodeFp8(e, low, format(to)), upper);
      return e.convert<mlir::LLVM::TruncOp>(b.getI16Type(), both);
    }
    bool half = to == F16;
    auto type = mlir::VectorType::get({2}, llvmType(b, to));
    Value pair = e.intrinsic(half ? "llvm.nvvm.ff2f16x2.rn" : "llvm.nvvm.ff2bf16x2.rn", type, {high, low});
    return e.convert<mlir::LLVM::BitcastOp>(b.getI32Type(), pair);
  }

  std::pair<Value, Value> unpack(Value pair, CastElement from) {
    if (isFp8(from)) {
      if (target.hasFp8Conversion) return halves(hardwareDecode(pair, from));
      Value wide = e.convert<mlir::LLVM::ZExtOp>(b.getI32Type(), pair);
      return {math::decodeFp8(e, e.intAnd(wide, e.i32(0xff)), format(from)),
              math::decodeFp8(e, e.shiftRight(wide, 8), format(from))};
    }
    if (from == Bf16) return {e.asF32(e.shiftLeft(pair, 16)), e.asF32(e.intAnd(pair, e.i32(-65536)))};
    return halves(e.convert<mlir::LLVM::BitcastOp>(mlir::VectorType::get({2}, b.getF16Type()), pair));
  }

private:
  static const math::Fp8Format &format(CastElement type) { return type == E4m3 ? math::e4m3Format : math::e5m2Format; }

  std::pair<Value, Value> halves(Value pair) {
    auto element = [&](int index) {
      Value half = mlir::LLVM::ExtractElementOp::create(b, e.loc, pair, e.i32(index));
      return e.convert<mlir::LLVM::FPExtOp>(b.getF32Type(), half);
    };
    Value low = element(0);
    return {low, element(1)};
  }

  /// cvt.rn.satfinite.e4m3x2.f32 (PTX ISA 9.7.9.21): its first source goes to the upper byte.
  Value hardwareEncode(Value low, Value high, CastElement to) {
    return e.intrinsic(to == E4m3 ? "llvm.nvvm.ff.to.e4m3x2.rn" : "llvm.nvvm.ff.to.e5m2x2.rn", b.getI16Type(),
                       {high, low});
  }

  Value hardwareDecode(Value pair, CastElement from) {
    return e.intrinsic(from == E4m3 ? "llvm.nvvm.e4m3x2.to.f16x2.rn" : "llvm.nvvm.e5m2x2.to.f16x2.rn",
                       mlir::VectorType::get({2}, b.getF16Type()), {pair});
  }

  Value decode(Value x, CastElement from) {
    if (target.hasFp8Conversion)
      return halves(hardwareDecode(e.convert<mlir::LLVM::ZExtOp>(b.getI16Type(), x), from)).first;
    return math::decodeFp8(e, e.convert<mlir::LLVM::ZExtOp>(b.getI32Type(), x), format(from));
  }

  Value encode(Value x, CastElement to) {
    Value code = target.hasFp8Conversion ? hardwareEncode(x, e.f32(0.0f), to) : math::encodeFp8(e, x, format(to));
    return e.convert<mlir::LLVM::TruncOp>(b.getI8Type(), code);
  }

  /// f32 from which a second rounding gives what a single one would.
  Value toF32ForNarrowing(Value x, CastElement from) {
    if (from == F64) return math::f64ToF32Odd(e, x);
    if (isFloat(from)) return floatToFloat(x, from, F32);
    return bitsOf(from) > 16 ? integerToF32Odd(x, from) : integerToFloat(x, from, F32);
  }

  Value floatToFloat(Value x, CastElement from, CastElement to) {
    // cvt.rn.tf32.f32 needs sm_90; adding half of the last kept place (and its parity) to the bits does the same.
    if (to == Tf32) return roundToTf32(toF32ForNarrowing(x, from));
    mlir::Type type = llvmType(b, to);
    if (type == x.getType()) return x;
    if (to == Bf16) return e.convert<mlir::LLVM::FPTruncOp>(type, toF32ForNarrowing(x, from));
    if (from == Bf16 && to == F16) x = e.convert<mlir::LLVM::FPExtOp>(b.getF32Type(), x);
    unsigned source = x.getType().getIntOrFloatBitWidth();
    return bitsOf(to) > source ? e.convert<mlir::LLVM::FPExtOp>(type, x) : e.convert<mlir::LLVM::FPTruncOp>(type, x);
  }

  Value roundToTf32(Value x) {
    Value bits = e.asBits32(x);
    Value odd = e.intAnd(e.shiftRight(bits, 13), e.i32(1));
    Value rounded = e.intAnd(e.intAdd(e.intAdd(bits, e.i32(0xfff)), odd), e.i32(~0x1fff));
    // Infinity and NaN have nothing to round, and a carry would change them.
    Value magnitude = e.intAnd(bits, e.i32(0x7fffffff));
    return e.select(e.lessUnsigned(magnitude, e.i32(0x7f800000)), e.asF32(rounded), x);
  }

  Value floatToInteger(Value x, CastElement to) {
    mlir::Type type = llvmType(b, to);
    if (to == Bool) {
      Value zero = mlir::LLVM::ConstantOp::create(b, e.loc, x.getType(), b.getFloatAttr(x.getType(), 0.0));
      return mlir::LLVM::FCmpOp::create(b, e.loc, mlir::LLVM::FCmpPredicate::une, x, zero);
    }
    if (x.getType().isBF16() || x.getType().isF16()) x = e.convert<mlir::LLVM::FPExtOp>(b.getF32Type(), x);
    return e.intrinsic(isSigned(to) ? "llvm.fptosi.sat" : "llvm.fptoui.sat", type, {x});
  }

  Value integerToFloat(Value x, CastElement from, CastElement to) {
    if (to == Tf32) return roundToTf32(toF32ForNarrowing(x, from));
    if (to == Bf16) return e.convert<mlir::LLVM::FPTruncOp>(b.getBF16Type(), toF32ForNarrowing(x, from));
    mlir::Type type = llvmType(b, to);
    return isSigned(from) ? e.convert<mlir::LLVM::SIToFPOp>(type, x) : e.convert<mlir::LLVM::UIToFPOp>(type, x);
  }

  /// A 32- or 64-bit integer as f32, rounded to odd.
  Value integerToF32Odd(Value x, CastElement from) {
    auto compare = [&](mlir::LLVM::ICmpPredicate predicate, Value left, Value right) -> Value {
      return mlir::LLVM::ICmpOp::create(b, e.loc, predicate, left, right);
    };
    Value zero = mlir::LLVM::ConstantOp::create(b, e.loc, x.getType(), b.getIntegerAttr(x.getType(), 0));
    Value magnitude = x;
    if (isSigned(from)) magnitude = e.select(compare(mlir::LLVM::ICmpPredicate::slt, x, zero), e.intSub(zero, x), x);
    Value nearest = e.convert<mlir::LLVM::UIToFPOp>(b.getF32Type(), magnitude);
    Value back = e.intrinsic("llvm.fptoui.sat", x.getType(), {nearest});
    Value odd = math::roundToOdd(e, nearest, compare(mlir::LLVM::ICmpPredicate::ult, magnitude, back),
                                 compare(mlir::LLVM::ICmpPredicate::ne, magnitude, back));
    return isSigned(from) ? e.select(compare(mlir::LLVM::ICmpPredicate::slt, x, zero), e.neg(odd), odd) : odd;
  }

  Value integerToInteger(Value x, CastElement from, CastElement to) {
    if (to == Bool) {
      Value zero = mlir::LLVM::ConstantOp::create(b, e.loc, x.getType(), b.getIntegerAttr(x.getType(), 0));
      return mlir::LLVM::ICmpOp::create(b, e.loc, mlir::LLVM::ICmpPredicate::ne, x, zero);
    }
    mlir::Type type = llvmType(b, to);
    if (bitsOf(from) == bitsOf(to)) return x;
    if (bitsOf(from) > bitsOf(to)) return e.convert<mlir::LLVM::TruncOp>(type, x);
    return isSigned(from) ? e.convert<mlir::LLVM::SExtOp>(type, x) : e.convert<mlir::LLVM::ZExtOp>(type, x);
  }

  OpBuilder &b;
  LlvmEmitter e;
  const TargetInfo &target;
};

} // namespace

Value emitCast(OpBuilder &b, Location loc, Value x, CastElement from, CastElement to, const TargetInfo &target) {
  return Caster(b, loc, target).cast(x, from, to);
}

Value emitPackedCast(OpBuilder &b, Location loc, Value low, Value high, CastElement to, const TargetInfo &target) {
  return Caster(b, loc, target).pack(low, high, to);
}

std::pair<Value, Value> emitUnpackedCast(OpBuilder &b, Location loc, Value pair, CastElement from,
                                         const TargetInfo &target) {
  return Caster(b, loc, target).unpack(pair, from);
}

} // namespace tilewright
