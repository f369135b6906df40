// Fused summation as measured on Hopper, on cases worked out by hand.
#include "ops/matrix_accumulate.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "ops/matrix_mma.hpp"
#include "ops/wgmma_math.hpp"

using namespace tw::emulator;
using E = MatrixElement;

namespace {

double p(int exponent) { return std::ldexp(1.0, exponent); }

/// The sum as f32.
float dot(const FusedSum &sum, std::vector<double> a, std::vector<double> b, double c) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(fused_dot(sum, a, b, c)));
}

const FusedSum kHalf = hopper_sum(E::f16, E::f16, E::f32, true);
const FusedSum kBytes = hopper_sum(E::e4m3, E::e4m3, E::f32, true);
const FusedSum kBf16 = hopper_sum(E::bf16, E::bf16, E::f32, true);

} // namespace

TEST_CASE("hopper: lengths, fraction bits and results by type") {
  auto rule = [](E a, E d, bool warpgroup) { return hopper_sum(a, a, d, warpgroup); };
  CHECK(rule(E::f16, E::f32, true).length == 16);
  CHECK(rule(E::bf16, E::f32, false).length == 16);
  CHECK(rule(E::tf32, E::f32, true).length == 8);
  CHECK(rule(E::e5m2, E::f32, true).length == 32);
  for (E a : {E::f16, E::bf16, E::tf32}) CHECK(rule(a, E::f32, true).fraction_bits == 25);
  CHECK(rule(E::e4m3, E::f32, true).fraction_bits == 13);
  CHECK(rule(E::e4m3, E::f32, false).fraction_bits == 25);
  CHECK(rule(E::e4m3, E::f32, true).result == FusedSum::Result::e8m13_to_zero);
  CHECK(rule(E::e4m3, E::f32, false).result == FusedSum::Result::f32_to_zero);
  CHECK(rule(E::e4m3, E::f16, true).result == FusedSum::Result::f16_nearest);
  CHECK(rule(E::f16, E::f16, true).result == FusedSum::Result::f16_nearest);
}

TEST_CASE("hopper, 16-bit operands: terms are cut 25 bits below the largest, the sum towards zero") {
  // Four times 2^-25 is 2^-23, the last bit of an f32 at 1; each is kept.
  CHECK(dot(kHalf, {1, p(-14), p(-14), p(-14), p(-14)}, {1, p(-11), p(-11), p(-11), p(-11)}, 0) == 1 + p(-23));
  // Eight times 2^-26 is as much, but each is cut off.
  std::vector<double> small(9, p(-14)), other(9, p(-12));
  small[0] = other[0] = 1;
  CHECK(dot(kHalf, small, other, 0) == 1);
  // Three quarters of the last bit are cut by the result, where rounding to nearest would go up.
  CHECK(dot(kHalf, {p(-12), p(-12)}, {p(-12), p(-13)}, 1) == 1);
  CHECK(dot(kHalf, {-p(-12), -p(-12)}, {p(-12), p(-13)}, -1) == -1);
  // Cancellation leaves only what was kept: of 2^-26 nothing.
  CHECK(dot(kHalf, {1, -1, p(-13)}, {1, 1, p(-13)}, 0) == 0);
  CHECK(dot(kHalf, {1, -1, p(-13)}, {1, 1, p(-12)}, 0) == p(-25));
  // The accumulator is a term like any other.
  CHECK(dot(kHalf, {1024}, {1024}, p(-6)) == 1048576);
  CHECK(dot(kHalf, {1024, 1024}, {1024, -1024}, p(-6)) == 0);
  CHECK(dot(kHalf, {1024, 1024}, {1024, -1024}, p(-5)) == p(-5));
}

TEST_CASE("hopper: products are aligned before they are normalised") {
  // 1.5 * 1.5 = 2.25 counts as exponent 0: 2^-25 stays, and the difference to 2.25 shows it.
  CHECK(dot(kHalf, {1.5, 1.5, p(-13)}, {1.5, -1.5, p(-12)}, 0) == p(-25));
  // As a sum of 2 with exponent 1 it is lost.
  CHECK(dot(kHalf, {2, 2, p(-13)}, {1, -1, p(-12)}, 0) == 0);
  CHECK(dot(kHalf, {2, 2, p(-12)}, {1, -1, p(-12)}, 0) == p(-24));
}

TEST_CASE("hopper: subnormal operands keep the exponent of the smallest normal") {
  // 2^-24 is the smallest f16: its product with 1 is aligned as 2^-14, so that 2^-39 is the last bit kept.
  CHECK(dot(kHalf, {p(-24), p(-14)}, {1, p(-14)}, 0) == static_cast<float>(p(-24) + p(-28)));
  CHECK(dot(kHalf, {p(-24), p(-24), p(-14)}, {1, -1, p(-14) * p(-11)}, 0) == p(-39));
  CHECK(dot(kHalf, {p(-24), p(-24), p(-14)}, {1, -1, p(-14) * p(-12)}, 0) == 0);
}

TEST_CASE("hopper, FP8 of wgmma: 13 fraction bits, in the sum and in the result") {
  CHECK(dot(kBytes, {1, p(-6)}, {1, p(-7)}, 0) == static_cast<float>(1 + p(-13)));
  // Two times 2^-14 would make the last bit; both are cut, of either sign.
  CHECK(dot(kBytes, {1, p(-7), p(-7)}, {1, p(-7), p(-7)}, 0) == 1);
  CHECK(dot(kBytes, {1, -p(-7), -p(-7)}, {1, p(-7), p(-7)}, 0) == 1);
  // An accumulator with more bits loses them even when nothing is added.
  CHECK(dot(kBytes, {0}, {0}, 1 + p(-14)) == 1);
  CHECK(dot(kBytes, {0}, {0}, 1 + p(-13)) == static_cast<float>(1 + p(-13)));
  // 448 * 448 = 1.53125 * 2^17 counts as exponent 16: the last bit kept is 8.
  CHECK(dot(kBytes, {448, 4}, {448, 2}, 0) == 200704 + 0); // 2^17 and above has steps of 16 in the result
  CHECK(dot(kBytes, {448, 4, 4}, {448, 2, 2}, 0) == 200720);
  CHECK(dot(kBytes, {448, 2, 2}, {448, 2, 2}, 0) == 200704);
}

TEST_CASE("hopper: f16 results are rounded to nearest, ties to even, from the fused sum") {
  FusedSum half = hopper_sum(E::f16, E::f16, E::f16, true);
  auto bits = [&](std::vector<double> a, std::vector<double> b, double c) { return fused_dot(half, a, b, c); };
  CHECK(bits({1, p(-11)}, {1, 1}, 0) == 0x3c00);                 // a tie goes to even
  CHECK(bits({1, p(-11), p(-14)}, {1, 1, p(-10)}, 0) == 0x3c01); // a little above it up
  CHECK(bits({1, 3 * p(-11)}, {1, 1}, 0) == 0x3c02);
  CHECK(bits({65504, 16}, {1, 1}, 0) == 0x7c00);
}

TEST_CASE("hopper: longer products are chains, rounded after each sum") {
  FusedSum single = hopper_sum(E::tf32, E::tf32, E::f32, false); // 8 pairs
  std::vector<double> a(16), b(16, 1);
  a[0] = 1, a[7] = p(-24), a[8] = p(-24);
  CHECK(dot(single, a, b, 0) == 1); // each half is cut to 1 before the next
  a[7] = 0, a[9] = p(-24);
  CHECK(dot(single, a, b, 0) == 1 + p(-23)); // in one sum they count together
}

TEST_CASE("hopper: infinities, NaN, overflow and very small numbers") {
  double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(dot(kBf16, {inf, 1}, {1, 1}, 0) == std::numeric_limits<float>::infinity());
  CHECK(std::bit_cast<std::uint32_t>(dot(kBf16, {inf, 1}, {1, 1}, -inf)) == 0x7fffffff);
  CHECK(std::bit_cast<std::uint32_t>(dot(kBf16, {inf}, {0}, 0)) == 0x7fffffff);
  CHECK(std::bit_cast<std::uint32_t>(dot(kBf16, {nan}, {1}, 0)) == 0x7fffffff);
  CHECK(dot(kBf16, {p(127), p(127)}, {1, 1}, 0) == std::numeric_limits<float>::infinity());
  CHECK(dot(kBf16, {p(100)}, {p(100)}, 0) == std::numeric_limits<float>::infinity());
  CHECK(dot(kBf16, {0, -0.0}, {1, 1}, 0) == 0);
  CHECK(dot(kBf16, {p(-75)}, {p(-74)}, 0) == p(-149));
  CHECK(dot(kBf16, {p(-75)}, {p(-75)}, 0) == 0);
}

TEST_CASE("hopper: wgmma and mma differ from exact sums where they should, and agree on small integers") {
  WgmmaForm form;
  form.a = form.b = E::e4m3, form.k = 32, form.n = 8;
  WgmmaValues a, b;
  a.floats.assign(16 * 32, p(-7)), b.floats.assign(32 * 8, p(-7));
  for (int i = 0; i < 16; ++i) a.floats[static_cast<size_t>(i * 32)] = 1;
  for (int i = 0; i < 8; ++i) b.floats[static_cast<size_t>(i)] = 1;
  std::vector<std::uint32_t> exact(4 * 32), hopper(4 * 32);
  wgmma_multiply(form, a, b, false, exact);
  wgmma_multiply(form, a, b, false, hopper, Accumulation::hopper);
  CHECK(std::bit_cast<float>(exact[5]) == static_cast<float>(1 + 31 * p(-14)));
  CHECK(std::bit_cast<float>(hopper[5]) == 1);
  for (size_t i = 0; i < a.floats.size(); ++i) a.floats[i] = static_cast<double>(i % 7) - 3;
  for (size_t i = 0; i < b.floats.size(); ++i) b.floats[i] = static_cast<double>(i % 5) - 2;
  exact.assign(exact.size(), std::bit_cast<std::uint32_t>(9.0f)), hopper = exact;
  wgmma_multiply(form, a, b, true, exact);
  wgmma_multiply(form, a, b, true, hopper, Accumulation::hopper);
  CHECK(exact == hopper);

  MmaForm mma;
  std::vector<LaneWords> left(4), right(2), c(4), one(4), two(4);
  for (LaneWords &words : left) words.fill(0x0c000c00); // 2^-12
  for (LaneWords &words : right) words.fill(0x0c000c00);
  for (LaneWords &words : c) words.fill(0x3f800000);
  execute_mma(mma, left, right, c, one);
  execute_mma(mma, left, right, c, two, Accumulation::hopper);
  // Sixteen times 2^-24 is eight last bits of 1 exactly, in both.
  CHECK(one[0][0] == 0x3f800008);
  CHECK(two[0][0] == 0x3f800008);
  for (LaneWords &words : right) words.fill(0x04000400); // 2^-14: of 2^-26 nothing is kept
  execute_mma(mma, left, right, c, one);
  execute_mma(mma, left, right, c, two, Accumulation::hopper);
  CHECK(one[0][0] == 0x3f800002);
  CHECK(two[0][0] == 0x3f800000);
}
