// Conversions between double and the floating-point formats of PTX, in every rounding mode, by integer arithmetic.
#pragma once

#include <bit>
#include <cstdint>

namespace tw::emu {

/// Rounding of a result: to nearest even, to nearest away from zero, toward zero, -infinity, +infinity.
enum class Rounding : uint8_t { NearestEven, NearestAway, Zero, Down, Up };

/// A binary interchange format of at most 32 bits.
struct FloatFormat {
  int exponentBits, mantissaBits;
  bool infinity;     ///< false for e4m3: the top exponent holds numbers, only all ones is NaN
  uint32_t quietNan; ///< what arithmetic produces (PTX ISA: canonical NaN)
};

inline constexpr FloatFormat kF32{8, 23, true, 0x7fffffffu};
inline constexpr FloatFormat kTf32{8, 10, true, 0x3ffffu};
inline constexpr FloatFormat kF16{5, 10, true, 0x7fffu};
inline constexpr FloatFormat kBf16{8, 7, true, 0x7fffu};
inline constexpr FloatFormat kE4m3{4, 3, false, 0x7fu};
inline constexpr FloatFormat kE5m2{5, 2, true, 0x7fu};

/// The value of `bits` in `format`; every such value is exact in double.
double widen(FloatFormat format, uint32_t bits);
/// `value` rounded to `format`. Overflow gives infinity or the largest finite value as the mode says; with `satfinite`
/// (and always where the format has no infinity) the largest finite value, also for infinite input.
uint32_t narrow(FloatFormat format, double value, Rounding rounding, bool satfinite = false);

/// Exact results rounded to odd in double: rounding them again to any format of at most 50 bits is then exact.
double addToOdd(double a, double b);
double fmaToOdd(double a, double b, double c); ///< a*b must be exact in double
double divideToOdd(double a, double b);
double sqrtToOdd(double a);

/// f32 subnormal to zero of the same sign.
inline float flushSubnormal(float x) {
  uint32_t bits = std::bit_cast<uint32_t>(x);
  return (bits & 0x7f800000u) == 0 ? std::bit_cast<float>(bits & 0x80000000u) : x;
}
/// Any NaN to the canonical one.
inline float canonicalNan(float x) { return x == x ? x : std::bit_cast<float>(0x7fffffffu); }
inline double canonicalNan(double x) { return x == x ? x : std::bit_cast<double>(0x7fffffffffffffffull); }

} // namespace tw::emu
