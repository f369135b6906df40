// mma.sync: gather the fragments into plain matrices, multiply, scatter the result.
#include "matrix_mma.hpp"

#include "matrix_number.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tw::emulator {

namespace {

constexpr int kMaxRows = 16;
constexpr int kColumns = 8;
constexpr int kMaxK = 256;

/// Calls visit(row, column, bits) for every element. Elements of one register follow each other along k (A, B) or
/// along the columns (C, D).
template <class Visit>
void for_each_element(const MmaForm &form, MmaOperand operand, MatrixElement element, std::span<const LaneWords> words,
                      Visit visit) {
  int bits = std::min(element_bits(element), 64);
  int packed = bits >= 32 ? 1 : 32 / bits;
  bool down = operand == MmaOperand::b;
  for (int reg = 0; reg < static_cast<int>(words.size()); ++reg) {
    for (int lane = 0; lane < 32; ++lane) {
      MatrixIndex at = fragment_index(form, operand, lane, reg * packed);
      std::uint64_t word = words[reg][lane];
      for (int e = 0; e < packed; ++e)
        visit(at.row + (down ? e : 0), at.column + (down ? 0 : e), word >> (e * bits & 63));
    }
  }
}

/// Writes D back; value(row, column) gives the accumulator bits.
template <class Value> void scatter(const MmaForm &form, std::span<LaneWords> d, Value value) {
  bool halves = form.d == MatrixElement::f16;
  for (int reg = 0; reg < static_cast<int>(d.size()); ++reg) {
    for (int lane = 0; lane < 32; ++lane) {
      MatrixIndex at = fragment_index(form, MmaOperand::d, lane, halves ? 2 * reg : reg);
      std::uint64_t word = value(at.row, at.column);
      if (halves) word |= value(at.row, at.column + 1) << 16;
      d[reg][lane] = word;
    }
  }
}

void multiply_floats(const MmaForm &form, std::span<const LaneWords> a, std::span<const LaneWords> b,
                     std::span<const LaneWords> c, std::span<LaneWords> d, Accumulation accumulation) {
  constexpr int kFloatK = 32;
  static thread_local double left[kMaxRows][kFloatK], right[kFloatK][kColumns], sum[kMaxRows][kColumns];
  for_each_element(form, MmaOperand::a, form.a, a,
                   [&](int row, int k, std::uint64_t bits) { left[row][k] = matrix_float_value(form.a, bits); });
  for_each_element(form, MmaOperand::b, form.b, b,
                   [&](int k, int column, std::uint64_t bits) { right[k][column] = matrix_float_value(form.b, bits); });
  for_each_element(form, MmaOperand::c, form.c, c, [&](int row, int column, std::uint64_t bits) {
    sum[row][column] = matrix_float_value(form.c, bits);
  });
  if (accumulation == Accumulation::hopper && form.a != MatrixElement::f64) {
    FusedSum rule = hopper_sum(form.a, form.b, form.d, false);
    auto k = static_cast<std::size_t>(form.k);
    return scatter(form, d, [&](int row, int column) {
      double down[kFloatK];
      for (std::size_t i = 0; i < k; ++i) down[i] = right[i][column];
      return fused_dot(rule, {left[row], k}, {down, k}, sum[row][column]);
    });
  }
  bool fused = form.a == MatrixElement::f64; // narrower products are exact in double, so that fma would change nothing
  for (int row = 0; row < form.m; ++row)
    for (int k = 0; k < form.k; ++k)
      for (int column = 0; column < kColumns; ++column)
        sum[row][column] = fused ? std::fma(left[row][k], right[k][column], sum[row][column])
                                 : sum[row][column] + left[row][k] * right[k][column];
  scatter(form, d, [&](int row, int column) { return matrix_accumulator_bits(form.d, sum[row][column]); });
}

std::uint64_t finish_integer(const MmaForm &form, std::int64_t sum) {
  if (form.satfinite)
    sum = std::clamp<std::int64_t>(sum, std::numeric_limits<std::int32_t>::min(),
                                   std::numeric_limits<std::int32_t>::max());
  return static_cast<std::uint32_t>(sum);
}

void multiply_integers(const MmaForm &form, std::span<const LaneWords> a, std::span<const LaneWords> b,
                       std::span<const LaneWords> c, std::span<LaneWords> d) {
  static thread_local std::int32_t left[kMaxRows][kMaxK], right[kMaxK][kColumns];
  static thread_local std::int64_t sum[kMaxRows][kColumns];
  auto value = [](MatrixElement element, std::uint64_t bits) {
    return static_cast<std::int32_t>(matrix_integer_value(element, bits));
  };
  for_each_element(form, MmaOperand::a, form.a, a,
                   [&](int row, int k, std::uint64_t bits) { left[row][k] = value(form.a, bits); });
  for_each_element(form, MmaOperand::b, form.b, b,
                   [&](int k, int column, std::uint64_t bits) { right[k][column] = value(form.b, bits); });
  for_each_element(form, MmaOperand::c, form.c, c,
                   [&](int row, int column, std::uint64_t bits) { sum[row][column] = value(form.c, bits); });
  for (int row = 0; row < form.m; ++row) {
    std::int32_t products[kColumns] = {}; // at most 256 * 255 * 255, which fits
    for (int k = 0; k < form.k; ++k)
      for (int column = 0; column < kColumns; ++column)
        products[column] += form.bit_operation == BitOperation::xor_popc ? left[row][k] ^ right[k][column]
                                                                         : left[row][k] * right[k][column];
    for (int column = 0; column < kColumns; ++column) sum[row][column] += products[column];
  }
  scatter(form, d, [&](int row, int column) { return finish_integer(form, sum[row][column]); });
}

} // namespace

void execute_mma(const MmaForm &form, std::span<const LaneWords> a, std::span<const LaneWords> b,
                 std::span<const LaneWords> c, std::span<LaneWords> d, Accumulation accumulation) {
  if (form.d == MatrixElement::s32)
    multiply_integers(form, a, b, c, d);
  else
    multiply_floats(form, a, b, c, d, accumulation);
}

} // namespace tw::emulator
