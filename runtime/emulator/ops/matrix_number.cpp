// Conversions of matrix elements, written from the format definitions.
#include "matrix_number.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tw::emulator {

namespace {

/// Value of a format with `exponent` and `mantissa` bits; `has_infinity` is false for e4m3.
double decode(std::uint32_t bits, int exponent, int mantissa, bool has_infinity) {
  std::uint32_t fraction = bits & ((1u << mantissa) - 1);
  std::uint32_t power = (bits >> mantissa) & ((1u << exponent) - 1);
  bool negative = (bits >> (mantissa + exponent)) & 1;
  std::uint32_t top = (1u << exponent) - 1;
  int bias = static_cast<int>(top >> 1);
  if (power != 0 && power != top) // the common case, without a call
    return std::bit_cast<double>(std::uint64_t{negative} << 63 |
                                 static_cast<std::uint64_t>(static_cast<int>(power) - bias + 1023) << 52 |
                                 std::uint64_t{fraction} << (52 - mantissa));
  double value;
  if (has_infinity && power == top)
    value = fraction ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  else if (!has_infinity && power == top && fraction == (1u << mantissa) - 1)
    value = std::numeric_limits<double>::quiet_NaN();
  else if (power == 0)
    value = std::ldexp(fraction, 1 - bias - mantissa);
  else
    value = std::ldexp(fraction + (1u << mantissa), static_cast<int>(power) - bias - mantissa);
  return negative ? -value : value;
}

/// Nearest-even f16 of a double, without a detour over f32, which would round twice.
std::uint32_t encode_f16(double value) {
  if (std::isnan(value)) return 0x7fff;
  std::uint32_t sign = std::signbit(value) ? 0x8000u : 0;
  double magnitude = std::fabs(value);
  if (magnitude >= 65520.0) return sign | 0x7c00;
  if (magnitude == 0) return sign;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  int unit = std::max(exponent - 11, -24);
  // nearbyint rounds to even; a carry into the next power of two keeps the same bit arithmetic valid.
  auto steps = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -unit)));
  if (unit == -24) return sign | steps;
  return sign | ((static_cast<std::uint32_t>(unit + 24) << 10) + steps);
}

} // namespace

double matrix_float_value(MatrixElement element, std::uint64_t bits) {
  auto low = static_cast<std::uint32_t>(bits);
  switch (element) {
  case MatrixElement::f64: return std::bit_cast<double>(bits);
  case MatrixElement::f32: return std::bit_cast<float>(low);
  case MatrixElement::tf32: return std::bit_cast<float>(low & ~0x1fffu);
  case MatrixElement::bf16: return std::bit_cast<float>(low << 16);
  case MatrixElement::f16: return decode(low & 0xffff, 5, 10, true);
  case MatrixElement::e4m3: return decode(low & 0xff, 4, 3, false);
  case MatrixElement::e5m2: return decode(low & 0xff, 5, 2, true);
  default: return static_cast<double>(matrix_integer_value(element, bits));
  }
}

std::int64_t matrix_integer_value(MatrixElement element, std::uint64_t bits) {
  switch (element) {
  case MatrixElement::s8: return static_cast<std::int8_t>(bits);
  case MatrixElement::u8: return static_cast<std::uint8_t>(bits);
  case MatrixElement::s4: return static_cast<std::int8_t>(bits << 4) >> 4;
  case MatrixElement::u4:
  case MatrixElement::b1: return static_cast<std::int64_t>(bits & (element == MatrixElement::b1 ? 1 : 15));
  default: return static_cast<std::int32_t>(bits);
  }
}

std::uint64_t matrix_accumulator_bits(MatrixElement element, double value) {
  if (element == MatrixElement::f16) return encode_f16(value);
  if (element == MatrixElement::f64)
    return std::isnan(value) ? 0x7fffffffffffffffull : std::bit_cast<std::uint64_t>(value);
  return std::isnan(value) ? 0x7fffffffu : std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

} // namespace tw::emulator
