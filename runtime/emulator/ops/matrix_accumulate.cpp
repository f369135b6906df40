// Fused summation of tensor cores.
#include "matrix_accumulate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "matrix_number.hpp"

namespace tw::emulator {

namespace {

/// Exponent that terms of value zero have in the alignment.
constexpr int kZeroExponent = -133;

int exponent_of(double x, int least) {
  return std::max(static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) - 1023, least);
}

/// 2^e for exponents of normal doubles.
double power(int e) { return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52); }

int least_exponent(MatrixElement e) {
  switch (e) {
  case MatrixElement::e4m3: return -6;
  case MatrixElement::e5m2:
  case MatrixElement::f16: return -14;
  default: return -126;
  }
}

/// Cuts a finite value to `bits` fraction bits towards zero, with the subnormals of f32.
double cut(double x, int bits) {
  double unit = power(exponent_of(x, -126) - bits);
  return std::trunc(x / unit) * unit;
}

double rounded(const FusedSum &sum, double x) {
  switch (sum.result) {
  case FusedSum::Result::f32_to_zero: return cut(x, 23);
  case FusedSum::Result::e8m13_to_zero: return cut(x, 13);
  case FusedSum::Result::f16_nearest:
    return matrix_float_value(MatrixElement::f16, matrix_accumulator_bits(MatrixElement::f16, x));
  }
  return x;
}

double one_sum(const FusedSum &sum, std::span<const double> a, std::span<const double> b, double c) {
  double plain = c;
  for (std::size_t i = 0; i < a.size(); ++i) plain += a[i] * b[i];
  if (!std::isfinite(plain)) return plain; // infinities and NaN among the terms; sums of finite ones stay below 2^260
  int top = c == 0 ? kZeroExponent : exponent_of(c, sum.least_c);
  for (std::size_t i = 0; i < a.size(); ++i)
    top = std::max(top,
                   a[i] * b[i] == 0 ? kZeroExponent : exponent_of(a[i], sum.least_a) + exponent_of(b[i], sum.least_b));
  double scale = power(sum.fraction_bits - top);
  auto kept = [&](double term) { return static_cast<std::int64_t>(term * scale); }; // towards zero
  std::int64_t total = kept(c);
  for (std::size_t i = 0; i < a.size(); ++i) total += kept(a[i] * b[i]);
  return rounded(sum, static_cast<double>(total) * power(top - sum.fraction_bits));
}

} // namespace

FusedSum hopper_sum(MatrixElement a, MatrixElement b, MatrixElement d, bool warpgroup) {
  FusedSum sum;
  int bytes = std::max(element_bits(a) / 8, 1);
  bool narrow = bytes == 1 && warpgroup;
  sum.length = 32 / bytes;
  sum.fraction_bits = narrow ? 13 : 25;
  sum.result = d == MatrixElement::f16 ? FusedSum::Result::f16_nearest
               : narrow                ? FusedSum::Result::e8m13_to_zero
                                       : FusedSum::Result::f32_to_zero;
  sum.least_a = least_exponent(a), sum.least_b = least_exponent(b), sum.least_c = least_exponent(d);
  return sum;
}

std::uint64_t fused_dot(const FusedSum &sum, std::span<const double> a, std::span<const double> b, double c) {
  auto length = static_cast<std::size_t>(sum.length);
  for (std::size_t at = 0; at < a.size(); at += length) {
    std::size_t count = std::min(length, a.size() - at);
    c = one_sum(sum, a.subspan(at, count), b.subspan(at, count), c);
  }
  MatrixElement d = sum.result == FusedSum::Result::f16_nearest ? MatrixElement::f16 : MatrixElement::f32;
  return matrix_accumulator_bits(d, c);
}

} // namespace tw::emulator
