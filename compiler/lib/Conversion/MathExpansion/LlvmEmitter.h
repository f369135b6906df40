// The emitter of the compiler: each step of an expansion becomes an operation of the LLVM dialect.
#ifndef TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_LLVMEMITTER_H
#define TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_LLVMEMITTER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace tilewright::math {

/// See Algorithms.h for what an emitter is.
class LlvmEmitter {
public:
  using Value = mlir::Value;

  LlvmEmitter(mlir::OpBuilder &builder, mlir::Location location) : b(builder), loc(location) {}

  Value f32(float v) { return constant(b.getF32FloatAttr(v)); }
  Value f64(double v) { return constant(b.getF64FloatAttr(v)); }
  Value i32(std::int32_t v) { return constant(b.getI32IntegerAttr(v)); }
  Value i64(std::int64_t v) { return constant(b.getI64IntegerAttr(v)); }

  Value add(Value x, Value y) { return make<mlir::LLVM::FAddOp>(x, y); }
  Value sub(Value x, Value y) { return make<mlir::LLVM::FSubOp>(x, y); }
  Value mul(Value x, Value y) { return make<mlir::LLVM::FMulOp>(x, y); }
  Value divide(Value x, Value y) { return make<mlir::LLVM::FDivOp>(x, y); }
  Value fma(Value x, Value y, Value z) { return make<mlir::LLVM::FMAOp>(x, y, z); }
  Value neg(Value x) { return make<mlir::LLVM::FNegOp>(x); }
  Value absolute(Value x) { return make<mlir::LLVM::FAbsOp>(x); }
  Value copySign(Value x, Value sign) { return make<mlir::LLVM::CopySignOp>(x, sign); }

  // f64 has no instruction that keeps NaN; a comparison that is false for NaN does.
  Value minimum(Value x, Value y) {
    return x.getType().isF64() ? select(less(y, x), y, x) : make<mlir::LLVM::MinimumOp>(x, y);
  }
  Value maximum(Value x, Value y) {
    return x.getType().isF64() ? select(less(x, y), y, x) : make<mlir::LLVM::MaximumOp>(x, y);
  }

  Value less(Value x, Value y) { return compare(mlir::LLVM::FCmpPredicate::olt, x, y); }
  Value equal(Value x, Value y) { return compare(mlir::LLVM::FCmpPredicate::oeq, x, y); }
  Value either(Value x, Value y) { return make<mlir::LLVM::OrOp>(x, y); }
  Value select(Value condition, Value x, Value y) { return make<mlir::LLVM::SelectOp>(condition, x, y); }
  Value lessUnsigned(Value x, Value y) {
    return mlir::LLVM::ICmpOp::create(b, loc, mlir::LLVM::ICmpPredicate::ult, x, y);
  }

  Value asBits32(Value x) { return convert<mlir::LLVM::BitcastOp>(b.getI32Type(), x); }
  Value asBits64(Value x) { return convert<mlir::LLVM::BitcastOp>(b.getI64Type(), x); }
  Value asF32(Value x) { return convert<mlir::LLVM::BitcastOp>(b.getF32Type(), x); }
  Value asF64(Value x) { return convert<mlir::LLVM::BitcastOp>(b.getF64Type(), x); }
  Value toF32(Value x) { return convert<mlir::LLVM::SIToFPOp>(b.getF32Type(), x); }
  Value toF64(Value x) { return convert<mlir::LLVM::SIToFPOp>(b.getF64Type(), x); }
  Value narrow(Value x) { return convert<mlir::LLVM::FPTruncOp>(b.getF32Type(), x); }
  Value widen(Value x) { return convert<mlir::LLVM::FPExtOp>(b.getF64Type(), x); }

  Value intAdd(Value x, Value y) { return make<mlir::LLVM::AddOp>(x, y); }
  Value intSub(Value x, Value y) { return make<mlir::LLVM::SubOp>(x, y); }
  Value intAnd(Value x, Value y) { return make<mlir::LLVM::AndOp>(x, y); }
  Value intOr(Value x, Value y) { return make<mlir::LLVM::OrOp>(x, y); }
  Value shiftLeft(Value x, int n) { return make<mlir::LLVM::ShlOp>(x, like(x, n)); }
  Value shiftRight(Value x, int n) { return make<mlir::LLVM::LShrOp>(x, like(x, n)); }
  Value arithmeticShiftRight(Value x, int n) { return make<mlir::LLVM::AShrOp>(x, like(x, n)); }

  Value ex2Approx(Value x) { return intrinsic("llvm.nvvm.ex2.approx.f32", b.getF32Type(), {x}); }
  // A result below 2^-126 counts as 0 in every expansion that uses this.
  Value rcpApprox(Value x) { return intrinsic("llvm.nvvm.rcp.approx.ftz.f", b.getF32Type(), {x}); }

  /// Calls an LLVM intrinsic by name.
  Value intrinsic(llvm::StringRef name, mlir::Type type, mlir::ValueRange arguments) {
    return mlir::LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name), arguments).getResult(0);
  }

  /// An operation whose result type follows from its operands.
  template <typename Op, typename... Operands> Value make(Operands... operands) {
    return Op::create(b, loc, operands...);
  }

  /// An operation with a result type.
  template <typename Op, typename... Operands> Value convert(mlir::Type type, Operands... operands) {
    return Op::create(b, loc, type, operands...);
  }

  mlir::OpBuilder &b;
  mlir::Location loc;

private:
  Value constant(mlir::TypedAttr value) { return mlir::LLVM::ConstantOp::create(b, loc, value.getType(), value); }
  Value like(Value x, std::int64_t v) { return constant(b.getIntegerAttr(x.getType(), v)); }
  Value compare(mlir::LLVM::FCmpPredicate predicate, Value x, Value y) {
    return mlir::LLVM::FCmpOp::create(b, loc, predicate, x, y);
  }
};

} // namespace tilewright::math

#endif // TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_LLVMEMITTER_H
