// Conversions between double and the floating-point formats of PTX.
#include "ops/small_float.hpp"

#include <cmath>

namespace tw::emu {
namespace {

/// Moves `rounded`, the nearest double of an exact value whose error has the sign of `error`, to the odd neighbour.
double toOdd(double rounded, double error) {
  if (error == 0 || !std::isfinite(rounded)) return rounded;
  uint64_t bits = std::bit_cast<uint64_t>(rounded);
  bool towardZero = std::signbit(error) != std::signbit(rounded);
  if (towardZero) --bits;
  return std::bit_cast<double>(bits | 1);
}

uint32_t maxFinite(FloatFormat f) {
  uint32_t all = (1u << (f.exponentBits + f.mantissaBits)) - 1;
  return f.infinity ? all - (1u << f.mantissaBits) : all - 1;
}

uint32_t overflow(FloatFormat f, bool negative, Rounding rounding, bool satfinite) {
  uint32_t largest = maxFinite(f);
  if (satfinite || !f.infinity) return largest;
  bool toInfinity = rounding == Rounding::NearestEven || rounding == Rounding::NearestAway ||
                    (rounding == Rounding::Up && !negative) || (rounding == Rounding::Down && negative);
  return toInfinity ? largest + 1 : largest;
}

bool roundsUp(Rounding rounding, bool negative, bool odd, uint64_t rest, uint64_t half) {
  switch (rounding) {
  case Rounding::NearestEven: return rest > half || (rest == half && odd);
  case Rounding::NearestAway: return rest >= half;
  case Rounding::Zero: return false;
  case Rounding::Down: return negative && rest != 0;
  case Rounding::Up: return !negative && rest != 0;
  }
  return false;
}

} // namespace

double widen(FloatFormat f, uint32_t bits) {
  uint32_t mantissa = bits & ((1u << f.mantissaBits) - 1);
  uint32_t exponent = bits >> f.mantissaBits & ((1u << f.exponentBits) - 1);
  double sign = bits >> (f.exponentBits + f.mantissaBits) & 1 ? -1.0 : 1.0;
  int bias = (1 << (f.exponentBits - 1)) - 1;
  bool top = exponent == (1u << f.exponentBits) - 1;
  if (top && f.infinity) return mantissa ? std::nan("") : sign * HUGE_VAL;
  if (top && mantissa == (1u << f.mantissaBits) - 1) return std::nan("");
  if (exponent == 0) return sign * std::ldexp(static_cast<double>(mantissa), 1 - bias - f.mantissaBits);
  return sign * std::ldexp(static_cast<double>(mantissa | 1u << f.mantissaBits),
                           static_cast<int>(exponent) - bias - f.mantissaBits);
}

uint32_t narrow(FloatFormat f, double value, Rounding rounding, bool satfinite) {
  if (value != value) return f.quietNan;
  uint64_t bits = std::bit_cast<uint64_t>(value);
  bool negative = bits >> 63;
  uint32_t sign = negative ? 1u << (f.exponentBits + f.mantissaBits) : 0;
  int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (exponent == 0x7ff) return sign | (satfinite || !f.infinity ? maxFinite(f) : maxFinite(f) + 1);
  if (exponent == 0) {
    if (mantissa == 0) return sign;
    // A subnormal double is far below every format: only directed rounding sees it.
    return sign | (roundsUp(rounding, negative, false, 1, 2) ? 1u : 0u);
  }
  mantissa |= uint64_t{1} << 52;
  int bias = (1 << (f.exponentBits - 1)) - 1;
  int biased = exponent - 1023 + bias;
  int shift = 52 - f.mantissaBits;
  if (biased < 1) {
    shift += 1 - biased;
    biased = 1;
  }
  if (shift > 60) return sign | (roundsUp(rounding, negative, false, 1, 2) ? 1u : 0u);
  uint64_t kept = mantissa >> shift;
  uint64_t rest = mantissa & ((uint64_t{1} << shift) - 1);
  if (roundsUp(rounding, negative, kept & 1, rest, uint64_t{1} << (shift - 1))) ++kept;
  // The hidden bit of `kept` adds one to the exponent field; a subnormal has none.
  uint64_t code = (static_cast<uint64_t>(biased - 1) << f.mantissaBits) + kept;
  if (code > maxFinite(f)) return sign | overflow(f, negative, rounding, satfinite);
  return sign | static_cast<uint32_t>(code);
}

double addToOdd(double a, double b) {
  double sum = a + b;
  if (!std::isfinite(sum)) return sum;
  double bPart = sum - a;
  double error = (a - (sum - bPart)) + (b - bPart);
  return toOdd(sum, error);
}

double fmaToOdd(double a, double b, double c) { return addToOdd(a * b, c); }

double divideToOdd(double a, double b) {
  double q = a / b;
  if (!std::isfinite(q) || q == 0 || !std::isfinite(b)) return q;
  double rest = std::fma(-q, b, a);
  return toOdd(q, std::signbit(b) ? -rest : rest);
}

double sqrtToOdd(double a) {
  double q = std::sqrt(a);
  if (!std::isfinite(q) || q == 0) return q;
  return toOdd(q, std::fma(-q, q, a));
}

} // namespace tw::emu
