// Elementary functions and element conversions as operations of the LLVM dialect, without a device library.
#ifndef TILEWRIGHT_CONVERSION_MATHEXPANSION_H
#define TILEWRIGHT_CONVERSION_MATHEXPANSION_H

#include "tilewright/Target/TargetInfo.h"

#include "mlir/IR/Builders.h"

namespace tilewright {

/// How to expand mathematics.
struct MathOptions {
  /// Use the hardware's approximations alone (`ex2.approx.ftz`, `lg2.approx.ftz`, `tanh.approx`, `rcp.approx.ftz`...):
  /// a few ulp more, subnormal values count as 0. Has no effect on f64.
  bool fast = false;
};

// All functions take and return a scalar of type f64, f32, f16 or bf16. f16 and bf16 are computed in f32 and rounded
// once more (error 0.5 ulp of their own plus a little). Bounds are in units of the last place of the result, for
// `fast` off; they hold with the worst error that the PTX ISA allows for ex2.approx (2 ulp), rcp.approx (1 ulp) and
// rsqrt.approx (2 ulp), and are measured by tests/compiler/target/math_expansion_test.cpp on the same arithmetic.
// Infinities, NaN, overflow, underflow and signed zeros follow IEEE 754 / C.

/// e^x. f32: 2.5 ulp, f64: 1 ulp.
mlir::Value emitExp(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// 2^x. f32: 2 ulp, f64: 1.5 ulp.
mlir::Value emitExp2(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// Natural logarithm. f32: 1 ulp, f64: 1 ulp.
mlir::Value emitLog(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// Binary logarithm, exact for powers of two. f32: 1.5 ulp, f64: 1.5 ulp.
mlir::Value emitLog2(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// Hyperbolic tangent. f32: 2.5 ulp, f64: 2 ulp.
mlir::Value emitTanh(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// Error function. f32: 2 ulp, f64: 1.5 ulp.
mlir::Value emitErf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// Square root, correctly rounded.
mlir::Value emitSqrt(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// 1 / sqrt(x). f32: 2 ulp (rsqrt.approx), f64: 1 ulp.
mlir::Value emitRsqrt(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// x / y, correctly rounded; fast: x times the approximate reciprocal (2 ulp, 0 for |y| > 2^126).
mlir::Value emitDivide(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y, MathOptions options = {});
/// 1 / x, correctly rounded; fast: rcp.approx.ftz (1 ulp).
mlir::Value emitReciprocal(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathOptions options = {});
/// |x|, exact; works on f16 and bf16 directly.
mlir::Value emitAbs(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);
/// x y + z, rounded once; works on f16 and bf16 directly.
mlir::Value emitFma(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y, mlir::Value z);
/// The smaller one; NaN when one is NaN (IEEE 754-2019 minimum; -0 is below +0 except for f64).
mlir::Value emitMinimum(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
/// The larger one; NaN when one is NaN.
mlir::Value emitMaximum(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
/// The smaller one; the other one when one is NaN (minNum).
mlir::Value emitMinNum(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
/// The larger one; the other one when one is NaN (maxNum).
mlir::Value emitMaxNum(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);

/// Element types of conversions. In the LLVM dialect e4m3 and e5m2 are i8, tf32 is f32, bool is i1, and integers of
/// either sign are iN.
enum class CastElement { F64, F32, Tf32, F16, Bf16, E4m3, E5m2, S64, S32, S16, S8, U64, U32, U16, U8, Bool };

/// Converts a scalar as `tile.cast` says: to narrower floats to nearest even, to e4m3 and e5m2 saturating with NaN kept
/// (0x7F); float to integer toward zero, clamped, NaN to 0; integers extended or truncated; to bool "is not zero".
/// Every pair of types, rounded once. Uses the conversion instructions of sm_89 and later for e4m3 and e5m2, integer
/// arithmetic before.
mlir::Value emitCast(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, CastElement from, CastElement to,
                     const TargetInfo &target);

/// Converts two f32 and packs them, `low` in the low half: i32 for F16 and Bf16, i16 for E4m3 and E5m2. One instruction
/// where the target has it. Other element types are a bug of the caller.
mlir::Value emitPackedCast(mlir::OpBuilder &b, mlir::Location loc, mlir::Value low, mlir::Value high, CastElement to,
                           const TargetInfo &target);

/// The f32 values of a packed pair (i32 of F16 or Bf16, i16 of E4m3 or E5m2): low, high.
std::pair<mlir::Value, mlir::Value> emitUnpackedCast(mlir::OpBuilder &b, mlir::Location loc, mlir::Value pair,
                                                     CastElement from, const TargetInfo &target);

} // namespace tilewright

#endif // TILEWRIGHT_CONVERSION_MATHEXPANSION_H
