// Elementary functions: choice of the expansion by type and options.
#include "tilewright/Conversion/MathExpansion.h"

#include "Algorithms.h"
#include "LlvmEmitter.h"

namespace tilewright {
namespace {

using math::LlvmEmitter;
using mlir::Location;
using mlir::OpBuilder;
using mlir::Value;

/// Computes in f32 what comes as f16 or bf16.
template <typename Function> Value inF32(LlvmEmitter &e, Value x, Function function) {
  mlir::Type type = x.getType();
  if (type.isF32()) return function(x);
  Value wide = e.convert<mlir::LLVM::FPExtOp>(e.b.getF32Type(), x);
  return e.convert<mlir::LLVM::FPTruncOp>(type, function(wide));
}

/// `wide` for f64, else `fast` or `accurate` in f32.
template <typename Wide, typename Accurate, typename Fast>
Value dispatch(OpBuilder &b, Location loc, Value x, MathOptions options, Wide wide, Accurate accurate, Fast fast) {
  LlvmEmitter e(b, loc);
  if (x.getType().isF64()) return wide(e, x);
  return inF32(e, x, [&](Value v) { return options.fast ? Value(fast(e, v)) : Value(accurate(e, v)); });
}

Value fastExp2(LlvmEmitter &e, Value x) { return e.intrinsic("llvm.nvvm.ex2.approx.ftz.f32", e.b.getF32Type(), {x}); }
Value fastLog2(LlvmEmitter &e, Value x) { return e.intrinsic("llvm.nvvm.lg2.approx.ftz.f", e.b.getF32Type(), {x}); }

Value fastTanh(LlvmEmitter &e, Value x) {
  return mlir::LLVM::InlineAsmOp::create(
             e.b, e.loc, e.b.getF32Type(), mlir::ValueRange{x}, "tanh.approx.f32 $0, $1;", "=f,f",
             /*has_side_effects=*/false, /*is_align_stack=*/false, mlir::LLVM::tailcallkind::TailCallKind::None,
             mlir::LLVM::AsmDialectAttr(), mlir::ArrayAttr())
      .getResult(0);
}

constexpr float log2OfE = 0x1.715476p0f;
constexpr float logOf2 = 0x1.62e430p-1f;

} // namespace

Value emitExp(OpBuilder &b, Location loc, Value x, MathOptions options) {
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return math::expF64(e, v); },
      [](LlvmEmitter &e, Value v) { return math::expF32(e, v); },
      [](LlvmEmitter &e, Value v) { return fastExp2(e, e.mul(v, e.f32(log2OfE))); });
}

Value emitExp2(OpBuilder &b, Location loc, Value x, MathOptions options) {
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return math::exp2F64(e, v); },
      [](LlvmEmitter &e, Value v) { return e.ex2Approx(v); }, fastExp2);
}

Value emitLog(OpBuilder &b, Location loc, Value x, MathOptions options) {
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return math::logF64(e, v); },
      [](LlvmEmitter &e, Value v) { return math::logF32(e, v); },
      [](LlvmEmitter &e, Value v) { return e.mul(fastLog2(e, v), e.f32(logOf2)); });
}

Value emitLog2(OpBuilder &b, Location loc, Value x, MathOptions options) {
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return math::log2F64(e, v); },
      [](LlvmEmitter &e, Value v) { return math::log2F32(e, v); }, fastLog2);
}

Value emitTanh(OpBuilder &b, Location loc, Value x, MathOptions options) {
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return math::tanhF64(e, v); },
      [](LlvmEmitter &e, Value v) { return math::tanhF32(e, v); }, fastTanh);
}

Value emitErf(OpBuilder &b, Location loc, Value x, MathOptions options) {
  // There is no approximate instruction; the expansion is as cheap as any.
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return math::erfF64(e, v); },
      [](LlvmEmitter &e, Value v) { return math::erfF32(e, v); },
      [](LlvmEmitter &e, Value v) { return math::erfF32(e, v); });
}

Value emitSqrt(OpBuilder &b, Location loc, Value x, MathOptions options) {
  auto exact = [](LlvmEmitter &e, Value v) { return e.make<mlir::LLVM::SqrtOp>(v); };
  return dispatch(b, loc, x, options, exact, exact, [](LlvmEmitter &e, Value v) {
    return e.intrinsic("llvm.nvvm.sqrt.approx.ftz.f", e.b.getF32Type(), {v});
  });
}

Value emitRsqrt(OpBuilder &b, Location loc, Value x, MathOptions options) {
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return e.divide(e.f64(1.0), e.make<mlir::LLVM::SqrtOp>(v)); },
      [](LlvmEmitter &e, Value v) { return e.intrinsic("llvm.nvvm.rsqrt.approx.f", e.b.getF32Type(), {v}); },
      [](LlvmEmitter &e, Value v) { return e.intrinsic("llvm.nvvm.rsqrt.approx.ftz.f", e.b.getF32Type(), {v}); });
}

Value emitDivide(OpBuilder &b, Location loc, Value x, Value y, MathOptions options) {
  LlvmEmitter e(b, loc);
  mlir::Type type = x.getType();
  if (type.isF64()) return e.divide(x, y);
  Value divisor = y;
  if (!type.isF32()) divisor = e.convert<mlir::LLVM::FPExtOp>(b.getF32Type(), y);
  return inF32(e, x, [&](Value v) { return options.fast ? e.mul(v, e.rcpApprox(divisor)) : e.divide(v, divisor); });
}

Value emitReciprocal(OpBuilder &b, Location loc, Value x, MathOptions options) {
  return dispatch(
      b, loc, x, options, [](LlvmEmitter &e, Value v) { return e.divide(e.f64(1.0), v); },
      [](LlvmEmitter &e, Value v) { return e.divide(e.f32(1.0f), v); },
      [](LlvmEmitter &e, Value v) { return e.rcpApprox(v); });
}

Value emitAbs(OpBuilder &b, Location loc, Value x) { return LlvmEmitter(b, loc).absolute(x); }

Value emitFma(OpBuilder &b, Location loc, Value x, Value y, Value z) { return LlvmEmitter(b, loc).fma(x, y, z); }

Value emitMinimum(OpBuilder &b, Location loc, Value x, Value y) {
  LlvmEmitter e(b, loc);
  if (!x.getType().isF64()) return e.minimum(x, y);
  Value nan = mlir::LLVM::FCmpOp::create(b, loc, mlir::LLVM::FCmpPredicate::uno, x, y);
  return e.select(nan, e.add(x, y), e.make<mlir::LLVM::MinNumOp>(x, y));
}

Value emitMaximum(OpBuilder &b, Location loc, Value x, Value y) {
  LlvmEmitter e(b, loc);
  if (!x.getType().isF64()) return e.maximum(x, y);
  Value nan = mlir::LLVM::FCmpOp::create(b, loc, mlir::LLVM::FCmpPredicate::uno, x, y);
  return e.select(nan, e.add(x, y), e.make<mlir::LLVM::MaxNumOp>(x, y));
}

Value emitMinNum(OpBuilder &b, Location loc, Value x, Value y) {
  return LlvmEmitter(b, loc).make<mlir::LLVM::MinNumOp>(x, y);
}

Value emitMaxNum(OpBuilder &b, Location loc, Value x, Value y) {
  return LlvmEmitter(b, loc).make<mlir::LLVM::MaxNumOp>(x, y);
}

} // namespace tilewright
