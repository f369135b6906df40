// Conversions that targets lack, written once over an emitter (see Algorithms.h) so that tests check every code.
#ifndef TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_CASTALGORITHMS_H
#define TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_CASTALGORITHMS_H

#include <cstdint>

namespace tilewright::math {

/// An 8-bit float as f32 sees it.
struct Fp8Format {
  int droppedBits;        ///< mantissa bits of f32 that it lacks
  int exponentGap;        ///< difference of the exponent biases
  std::int32_t largest;   ///< code of the largest finite value
  std::int32_t firstNan;  ///< lowest positive code above all numbers (e5m2: infinity comes before)
  float subnormalRounder; ///< 2^23 times the smallest subnormal: adding it rounds to multiples of that
  float smallestNormal;
  float rebias; ///< 2^exponentGap
};
inline constexpr Fp8Format e4m3Format{20, 120, 0x7E, 0x7F, 0x1p14f, 0x1p-6f, 0x1p120f};
inline constexpr Fp8Format e5m2Format{21, 112, 0x7B, 0x7C, 0x1p7f, 0x1p-14f, 0x1p112f};

/// f32 to an 8-bit float in the low bits of an i32: to nearest even, saturating, NaN gives 0x7F (as cvt.rn.satfinite).
template <typename Emitter, typename Value> auto encodeFp8(Emitter &e, Value x, const Fp8Format &format) {
  auto bits = e.asBits32(x);
  auto magnitudeBits = e.intAnd(bits, e.i32(0x7fffffff));
  auto magnitude = e.asF32(magnitudeBits);
  int shift = format.droppedBits;

  auto odd = e.intAnd(e.shiftRight(magnitudeBits, shift), e.i32(1));
  auto rounded = e.intAdd(e.intAdd(magnitudeBits, e.i32((1 << (shift - 1)) - 1)), odd);
  auto code = e.intSub(e.shiftRight(rounded, shift), e.i32(format.exponentGap << (23 - shift)));
  auto largest = e.i32(format.largest);
  auto normal = e.select(e.lessUnsigned(largest, code), largest, code);

  auto rounder = e.f32(format.subnormalRounder);
  auto subnormal = e.intSub(e.asBits32(e.add(magnitude, rounder)), e.asBits32(rounder));

  auto sign = e.intAnd(e.shiftRight(bits, 24), e.i32(0x80));
  auto number = e.intOr(e.select(e.less(magnitude, e.f32(format.smallestNormal)), subnormal, normal), sign);
  return e.select(e.lessUnsigned(e.i32(0x7f800000), magnitudeBits), e.i32(0x7f), number);
}

/// An 8-bit float in the low bits of an i32 (the others 0) to f32, exact.
template <typename Emitter, typename Value> auto decodeFp8(Emitter &e, Value code, const Fp8Format &format) {
  auto magnitudeCode = e.intAnd(code, e.i32(0x7f));
  auto sign = e.shiftLeft(e.intAnd(code, e.i32(0x80)), 24);
  // As bits of an f32 the value is too small by 2^exponentGap, subnormals included.
  auto number = e.asBits32(e.mul(e.asF32(e.shiftLeft(magnitudeCode, format.droppedBits)), e.f32(format.rebias)));
  auto special = e.intOr(e.shiftLeft(magnitudeCode, format.droppedBits), e.i32(0x7f800000));
  auto chosen = e.select(e.lessUnsigned(magnitudeCode, e.i32(format.firstNan)), number, special);
  return e.asF32(e.intOr(chosen, sign));
}

/// Makes `nearest` (f32, the rounded magnitude) the odd rounding of what it came from: then a second rounding to fewer
/// bits rounds once. `tooLarge` says that it is above the source, `inexact` that it differs.
template <typename Emitter, typename Value, typename Bool>
auto roundToOdd(Emitter &e, Value nearest, Bool tooLarge, Bool inexact) {
  auto truncated = e.intSub(e.asBits32(nearest), e.select(tooLarge, e.i32(1), e.i32(0)));
  return e.asF32(e.intOr(truncated, e.select(inexact, e.i32(1), e.i32(0))));
}

/// f64 to f32, rounded to odd; infinities and NaN stay.
template <typename Emitter, typename Value> auto f64ToF32Odd(Emitter &e, Value x) {
  auto magnitude = e.absolute(x);
  auto nearest = e.narrow(magnitude);
  auto back = e.widen(nearest);
  auto tooLarge = e.less(magnitude, back);
  return e.copySign(roundToOdd(e, nearest, tooLarge, e.either(tooLarge, e.less(back, magnitude))), e.narrow(x));
}

} // namespace tilewright::math

#endif // TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_CASTALGORITHMS_H
