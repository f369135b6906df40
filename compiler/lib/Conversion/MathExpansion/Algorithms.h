// The expansions themselves, written once over an *emitter*: the compiler's builds operations of the LLVM dialect, the
// tests' computes the same arithmetic on the host and so measures the error.
//
// An emitter has constants f32 f64 i32 i64; add sub mul fma divide neg absolute copySign on floats; minimum and maximum
// that keep NaN; less and equal (false for NaN), select; asBits32/64, asF32/64 (same bits), toF32/64 (of signed
// integers); intAdd intSub intAnd intOr, shiftLeft shiftRight arithmeticShiftRight, lessUnsigned; and ex2Approx,
// rcpApprox of f32.
#ifndef TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_ALGORITHMS_H
#define TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_ALGORITHMS_H

#include "Coefficients.h"

#include <cstddef>
#include <cstdint>

namespace tilewright::math {

/// Constants of the width of the arithmetic at hand.
template <typename Emitter> auto constantOf(Emitter &e, float value) { return e.f32(value); }
template <typename Emitter> auto constantOf(Emitter &e, double value) { return e.f64(value); }

/// Horner's scheme, lowest power first.
template <typename Emitter, typename Value, typename Scalar, std::size_t N>
auto polynomial(Emitter &e, Value x, const Scalar (&coefficients)[N]) {
  auto sum = constantOf(e, coefficients[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = e.fma(sum, x, constantOf(e, coefficients[i]));
  return sum;
}

/// 2^n for n in [-126, 127].
template <typename Emitter, typename Value> auto powerOfTwoF32(Emitter &e, Value n) {
  return e.asF32(e.shiftLeft(e.intAdd(n, e.i32(127)), 23));
}

/// y 2^n for |n| <= 252, rounded once: the first product is exact as long as y is near 1.
template <typename Emitter, typename Value, typename Int> auto scaleF32(Emitter &e, Value y, Int n) {
  auto half = e.arithmeticShiftRight(n, 1);
  return e.mul(e.mul(y, powerOfTwoF32(e, half)), powerOfTwoF32(e, e.intSub(n, half)));
}

/// e^x. The integer part of x log2(e) goes to the exponent, the rest (kept to 2^-48 by a second constant) to
/// ex2.approx.
template <typename Emitter, typename Value> auto expF32(Emitter &e, Value x) {
  // Beyond these the result is 0 or infinity; they also keep the integer part within scaleF32's range.
  auto clamped = e.minimum(e.maximum(x, e.f32(-104.0f)), e.f32(89.0f));
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  auto magic = e.f32(0x1.8p23f);
  auto shifted = e.fma(clamped, e.f32(0x1.715476p0f), magic);
  auto whole = e.sub(shifted, magic);
  auto rest = e.fma(clamped, e.f32(0x1.715476p0f), e.neg(whole));
  rest = e.fma(clamped, e.f32(0x1.4ae0c0p-26f), rest);
  return scaleF32(e, e.ex2Approx(rest), e.intSub(e.asBits32(shifted), e.i32(0x4B400000)));
}

/// Splits a positive finite x into m 2^k with m in [2/3, 4/3); gives m - 1 and k as a float.
template <typename Emitter, typename Value> auto splitF32(Emitter &e, Value x) {
  auto tiny = e.less(x, e.f32(0x1p-126f));
  auto scaled = e.select(tiny, e.mul(x, e.f32(0x1p23f)), x);
  auto bits = e.asBits32(scaled);
  auto exponent = e.intAnd(e.intSub(bits, e.i32(0x3f2aaaab)), e.i32(static_cast<std::int32_t>(0xff800000)));
  auto mantissa = e.asF32(e.intSub(bits, exponent));
  auto count = e.mul(e.toF32(exponent), e.f32(0x1p-23f));
  struct {
    decltype(mantissa) minusOne;
    decltype(count) exponent;
  } parts{e.sub(mantissa, e.f32(1.0f)), e.sub(count, e.select(tiny, e.f32(23.0f), e.f32(0.0f)))};
  return parts;
}

/// The logarithm whose value for positive finite x is `regular`: infinity stays, 0 gives -infinity, the rest NaN.
template <typename Emitter, typename Value, typename Scalar>
auto logSpecials(Emitter &e, Value x, Value regular, Scalar infinity) {
  auto zero = constantOf(e, Scalar(0));
  auto positive = e.select(e.less(x, constantOf(e, infinity)), regular, x);
  auto atZero = constantOf(e, -infinity);
  auto undefined = constantOf(e, infinity - infinity);
  return e.select(e.less(zero, x), positive, e.select(e.equal(x, zero), atZero, undefined));
}

/// log(x).
template <typename Emitter, typename Value> auto logF32(Emitter &e, Value x) {
  auto parts = splitF32(e, x);
  auto f = parts.minusOne;
  auto tail = e.mul(e.mul(f, f), polynomial(e, f, coefficients::logF32));
  tail = e.fma(parts.exponent, e.f32(0x1.7f7d1cp-20f), tail);
  auto regular = e.fma(parts.exponent, e.f32(0x1.62e4p-1f), e.add(f, tail));
  return logSpecials(e, x, regular, __builtin_huge_valf());
}

/// log2(x); exact for powers of two.
template <typename Emitter, typename Value> auto log2F32(Emitter &e, Value x) {
  auto parts = splitF32(e, x);
  auto f = parts.minusOne;
  auto tail = e.mul(e.mul(f, f), polynomial(e, f, coefficients::logF32));
  auto low = e.fma(tail, e.f32(0x1.715476p0f), e.mul(f, e.f32(0x1.4ae0c0p-26f)));
  auto regular = e.add(parts.exponent, e.fma(f, e.f32(0x1.715476p0f), low));
  return logSpecials(e, x, regular, __builtin_huge_valf());
}

/// tanh(x): odd polynomial below 0.55, 1 - 2 / (e^2|x| + 1) above.
template <typename Emitter, typename Value> auto tanhF32(Emitter &e, Value x) {
  auto magnitude = e.absolute(x);
  auto square = e.mul(x, x);
  auto small = e.fma(e.mul(polynomial(e, square, coefficients::tanhF32), square), x, x);
  auto power = e.ex2Approx(e.mul(magnitude, e.f32(0x1.715476p1f)));
  auto large = e.fma(e.f32(-2.0f), e.rcpApprox(e.add(power, e.f32(1.0f))), e.f32(1.0f));
  // The sign is set on both branches, since the polynomial turns -0 into +0.
  return e.copySign(e.select(e.less(magnitude, e.f32(0.55f)), small, large), x);
}

/// erf(x): odd polynomial below 1, 1 - 2^P(|x|) above, where P is the binary logarithm of the complement.
template <typename Emitter, typename Value> auto erfF32(Emitter &e, Value x) {
  auto magnitude = e.absolute(x);
  auto square = e.mul(x, x);
  // 2/sqrt(pi) is taken as 1 + rest, so that its rounding does not count.
  auto factor = e.fma(polynomial(e, square, coefficients::erfF32), square, e.f32(0x1.06eba8p-3f));
  auto small = e.fma(factor, x, x);
  auto power = polynomial(e, e.minimum(magnitude, e.f32(4.0f)), coefficients::erfcLog2F32);
  auto large = e.sub(e.f32(1.0f), e.ex2Approx(power));
  return e.select(e.less(magnitude, e.f32(1.0f)), small, e.copySign(large, x));
}

/// y 2^n for |n| <= 2044, rounded once.
template <typename Emitter, typename Value, typename Int> auto scaleF64(Emitter &e, Value y, Int n) {
  auto power = [&](auto k) { return e.asF64(e.shiftLeft(e.intAdd(k, e.i64(1023)), 52)); };
  auto half = e.arithmeticShiftRight(n, 1);
  return e.mul(e.mul(y, power(half)), power(e.intSub(n, half)));
}

/// e^r for |r| <= log(2)/2.
template <typename Emitter, typename Value> auto expReducedF64(Emitter &e, Value r) {
  auto tail = e.fma(e.mul(r, r), polynomial(e, r, coefficients::expF64), r);
  return e.add(tail, e.f64(1.0));
}

/// e^x.
template <typename Emitter, typename Value> auto expF64(Emitter &e, Value x) {
  auto clamped = e.minimum(e.maximum(x, e.f64(-746.0)), e.f64(710.0));
  auto magic = e.f64(0x1.8p52);
  auto shifted = e.fma(clamped, e.f64(0x1.71547652b82fep0), magic);
  auto whole = e.sub(shifted, magic);
  auto r = e.fma(whole, e.f64(-0x1.62e42fefa38p-1), clamped);
  r = e.fma(whole, e.f64(-0x1.ef35793c7673p-45), r);
  return scaleF64(e, expReducedF64(e, r), e.intSub(e.asBits64(shifted), e.i64(0x4338000000000000)));
}

/// 2^x.
template <typename Emitter, typename Value> auto exp2F64(Emitter &e, Value x) {
  auto clamped = e.minimum(e.maximum(x, e.f64(-1080.0)), e.f64(1025.0));
  auto magic = e.f64(0x1.8p52);
  auto shifted = e.add(clamped, magic);
  auto rest = e.sub(clamped, e.sub(shifted, magic));
  auto r = e.mul(rest, e.f64(0x1.62e42fefa39efp-1));
  return scaleF64(e, expReducedF64(e, r), e.intSub(e.asBits64(shifted), e.i64(0x4338000000000000)));
}

/// Splits a positive finite x into m 2^k with m in [sqrt(1/2), sqrt(2)); gives m - 1 and k as a float.
template <typename Emitter, typename Value> auto splitF64(Emitter &e, Value x) {
  auto tiny = e.less(x, e.f64(0x1p-1022));
  auto scaled = e.select(tiny, e.mul(x, e.f64(0x1p52)), x);
  auto bits = e.asBits64(scaled);
  auto offset = e.intSub(bits, e.i64(0x3fe6a09e667f3bcd));
  auto exponent = e.arithmeticShiftRight(offset, 52);
  auto mantissa = e.asF64(e.intSub(bits, e.shiftLeft(exponent, 52)));
  auto count = e.toF64(exponent);
  struct {
    decltype(mantissa) minusOne;
    decltype(count) exponent;
  } parts{e.sub(mantissa, e.f64(1.0)), e.sub(count, e.select(tiny, e.f64(52.0), e.f64(0.0)))};
  return parts;
}

/// log(1 + f) - f for 1 + f in [sqrt(1/2), sqrt(2)), by the series of the inverse hyperbolic tangent.
template <typename Emitter, typename Value> auto logTailF64(Emitter &e, Value f, Value carried) {
  auto s = e.divide(f, e.add(f, e.f64(2.0)));
  auto z = e.mul(s, s);
  auto series = e.mul(z, polynomial(e, z, coefficients::logF64));
  auto halfSquare = e.mul(e.mul(f, e.f64(0.5)), f);
  return e.sub(e.fma(s, e.add(halfSquare, series), carried), halfSquare);
}

/// log(x).
template <typename Emitter, typename Value> auto logF64(Emitter &e, Value x) {
  auto parts = splitF64(e, x);
  auto tail = logTailF64(e, parts.minusOne, e.mul(parts.exponent, e.f64(0x1.ef35793c7673p-45)));
  auto regular = e.fma(parts.exponent, e.f64(0x1.62e42fefa38p-1), e.add(parts.minusOne, tail));
  return logSpecials(e, x, regular, __builtin_huge_val());
}

/// log2(x); exact for powers of two.
template <typename Emitter, typename Value> auto log2F64(Emitter &e, Value x) {
  auto parts = splitF64(e, x);
  auto f = parts.minusOne;
  auto tail = logTailF64(e, f, e.f64(0.0));
  auto low = e.fma(tail, e.f64(0x1.71547652b82fep0), e.mul(f, e.f64(0x1.777d0ffda0d24p-56)));
  auto regular = e.add(parts.exponent, e.fma(f, e.f64(0x1.71547652b82fep0), low));
  return logSpecials(e, x, regular, __builtin_huge_val());
}

/// tanh(x).
template <typename Emitter, typename Value> auto tanhF64(Emitter &e, Value x) {
  auto magnitude = e.absolute(x);
  auto square = e.mul(x, x);
  auto small = e.fma(e.mul(polynomial(e, square, coefficients::tanhF64), square), x, x);
  auto power = expF64(e, e.add(magnitude, magnitude));
  auto large = e.sub(e.f64(1.0), e.divide(e.f64(2.0), e.add(power, e.f64(1.0))));
  // The sign is set on both branches, since the polynomial turns -0 into +0.
  return e.copySign(e.select(e.less(magnitude, e.f64(0.55)), small, large), x);
}

/// erf(x): odd polynomial below 1, 1 - e^(-x^2) P((|x| - 2) / (|x| + 2)) above.
template <typename Emitter, typename Value> auto erfF64(Emitter &e, Value x) {
  auto magnitude = e.absolute(x);
  auto square = e.mul(x, x);
  auto factor = e.fma(polynomial(e, square, coefficients::erfF64), square, e.f64(0x1.06eba8214db69p-3));
  auto small = e.fma(factor, x, x);
  auto t = e.minimum(magnitude, e.f64(6.0));
  auto s = e.divide(e.sub(t, e.f64(2.0)), e.add(t, e.f64(2.0)));
  auto complement = e.mul(expF64(e, e.neg(e.mul(t, t))), polynomial(e, s, coefficients::erfcScaledF64));
  auto large = e.sub(e.f64(1.0), complement);
  return e.select(e.less(magnitude, e.f64(1.0)), small, e.copySign(large, x));
}

} // namespace tilewright::math

#endif // TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_ALGORITHMS_H
