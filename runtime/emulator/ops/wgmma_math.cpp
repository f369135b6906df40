// wgmma.mma_async as plain loops.
#include "wgmma_math.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "matrix_number.hpp"

namespace tw::emulator {

namespace {

using Element = MatrixElement;

constexpr int kRows = 16; ///< of one warp

bool is_integer(const WgmmaForm &form) { return form.d == Element::s32; }

/// Bits of an element of the values: single bits travel as words of 32.
int value_bits(Element e) { return e == Element::b1 ? 32 : element_bits(e); }
int values_along(Element e, int k) { return e == Element::b1 ? k / 32 : k; }

std::uint32_t element_at(const std::uint8_t *row, int bits, int i) {
  switch (bits) {
  case 8: return row[i];
  case 16: {
    std::uint16_t v;
    std::memcpy(&v, row + 2 * i, 2);
    return v;
  }
  default: {
    std::uint32_t v;
    std::memcpy(&v, row + 4 * i, 4);
    return v;
  }
  }
}

const std::array<double, 256> &small_table(Element e) {
  static const auto make = [](Element element) {
    std::array<double, 256> table;
    for (std::uint32_t i = 0; i < 256; ++i) table[i] = matrix_float_value(element, i);
    return table;
  };
  static const std::array<double, 256> e4m3 = make(Element::e4m3), e5m2 = make(Element::e5m2);
  return e == Element::e4m3 ? e4m3 : e5m2;
}

double float_of(Element e, std::uint32_t bits) {
  switch (e) {
  case Element::bf16: return std::bit_cast<float>(bits << 16);
  case Element::e4m3:
  case Element::e5m2: return small_table(e)[bits & 0xff];
  default: return matrix_float_value(e, bits);
  }
}

std::int32_t integer_of(Element e, std::uint32_t bits) {
  return e == Element::s8   ? static_cast<std::int8_t>(bits)
         : e == Element::u8 ? static_cast<std::int32_t>(bits & 0xff)
                            : static_cast<std::int32_t>(bits);
}

/// Where a matrix goes: [outer * inner size + inner].
class Sink {
public:
  Sink(const WgmmaForm &form, Element element, bool negate, std::size_t count)
      : integer(is_integer(form)), negate(negate), element(element) {
    if (integer)
      values.integers.resize(count);
    else
      values.floats.resize(count);
  }
  void put(std::size_t at, std::uint32_t bits) {
    if (integer)
      values.integers[at] = integer_of(element, bits);
    else
      values.floats[at] = negate ? -float_of(element, bits) : float_of(element, bits);
  }
  WgmmaValues values;

private:
  bool integer, negate;
  Element element;
};

} // namespace

WgmmaIndex wgmma_accumulator_index(int warp, int lane, int i) {
  return {16 * warp + lane / 4 + 8 * (i >> 1 & 1), 8 * (i >> 2) + 2 * (lane % 4) + (i & 1)};
}

WgmmaIndex wgmma_a_index(const WgmmaForm &form, int warp, int lane, int i) {
  // Registers 0 and 2 hold the upper row, 1 and 3 the lower; 2 and 3 the second half of k.
  int per_register = 32 / value_bits(form.a);
  int r = i / per_register, within = i % per_register;
  int row = 16 * warp + lane / 4 + 8 * (r & 1);
  return {row, per_register * (lane % 4) + within + 4 * per_register * (r >> 1)};
}

WgmmaValues wgmma_a_from_registers(const WgmmaForm &form, std::span<const std::uint32_t> words) {
  int bits = value_bits(form.a), per_register = 32 / bits, k = values_along(form.a, wgmma_a_depth(form));
  Sink sink(form, form.a, form.negate_a, static_cast<std::size_t>(kRows * k));
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < kWgmmaARegisters * per_register; ++i) {
      WgmmaIndex at = wgmma_a_index(form, 0, lane, i);
      std::uint32_t word = words[static_cast<std::size_t>(i / per_register * 32 + lane)];
      std::uint32_t value = bits == 32 ? word : word >> (i % per_register * bits) & ((1u << bits) - 1);
      sink.put(static_cast<std::size_t>(at.row * k + at.column), value);
    }
  return std::move(sink.values);
}

WgmmaValues wgmma_a_from_pieces(const WgmmaForm &form, int warp, std::span<const std::uint8_t> bytes) {
  int bits = value_bits(form.a), k = values_along(form.a, wgmma_a_depth(form));
  Sink sink(form, form.a, form.negate_a, static_cast<std::size_t>(kRows * k));
  for (int row = 0; row < kRows; ++row)
    for (int kk = 0; kk < k; ++kk) {
      int m = 16 * warp + row;
      std::uint32_t value = form.a_mn_major ? element_at(bytes.data() + kk * 64 * 2, bits, m)
                                            : element_at(bytes.data() + m * k * bits / 8, bits, kk);
      sink.put(static_cast<std::size_t>(row * k + kk), value);
    }
  return std::move(sink.values);
}

WgmmaValues wgmma_b_from_pieces(const WgmmaForm &form, std::span<const std::uint8_t> bytes) {
  int bits = value_bits(form.b), k = values_along(form.b, form.k);
  Sink sink(form, form.b, form.negate_b, static_cast<std::size_t>(form.n * k));
  for (int kk = 0; kk < k; ++kk)
    for (int column = 0; column < form.n; ++column) {
      std::uint32_t value = form.b_mn_major ? element_at(bytes.data() + kk * form.n * 2, bits, column)
                                            : element_at(bytes.data() + column * k * bits / 8, bits, kk);
      sink.put(static_cast<std::size_t>(kk * form.n + column), value);
    }
  return std::move(sink.values);
}

std::optional<int> wgmma_place_sparse(const WgmmaForm &form, std::span<const std::uint32_t> metadata, WgmmaValues &a) {
  bool bytes = element_bits(form.a) == 8, single = form.a == Element::tf32;
  int chunk = single ? 2 : 4, chunks = form.k / chunk, half = chunks / 2;
  a.positions.clear();
  for (int row = 0; row < kRows; ++row)
    for (int c = 0; c < chunks; ++c) {
      int quad = row % 8 * 4, part = c / half; // which half of k
      int lane = bytes ? quad + row / 8 + 2 * part : quad + 2 * form.selector + part;
      int shift = c % half * 4 + (bytes ? 0 : row / 8 * 16);
      std::uint32_t bits = metadata[static_cast<std::size_t>(lane)] >> shift & 0xf, first = bits & 3,
                    second = bits >> 2;
      if (single ? bits != 0b0100 && bits != 0b1110 : first == second) return lane;
      a.positions.push_back(static_cast<std::uint8_t>(c * chunk + static_cast<int>(single ? first / 2 : first)));
      if (!single) a.positions.push_back(static_cast<std::uint8_t>(c * chunk + static_cast<int>(second)));
    }
  return std::nullopt;
}

namespace {

/// sums[row * n + column] of the products; k counts the stored elements of a row of A.
template <class Value, class Sum, class Combine>
void product(std::span<const Value> a, std::span<const Value> b, std::span<const std::uint8_t> positions, int k, int n,
             std::vector<Sum> &sums, Combine combine) {
  sums.assign(static_cast<std::size_t>(kRows * n), Sum{0});
  for (int row = 0; row < kRows; ++row) {
    Sum *out = sums.data() + row * n;
    for (int kk = 0; kk < k; ++kk) {
      auto at = static_cast<std::size_t>(row * k + kk);
      Value x = a[at];
      const Value *y = b.data() + (positions.empty() ? kk : positions[at]) * n;
      for (int column = 0; column < n; ++column) out[column] = combine(out[column], x, y[column]);
    }
  }
}

void finish_integers(const WgmmaForm &form, const std::vector<std::int64_t> &sums, bool scale_d,
                     std::span<std::uint32_t> registers) {
  for (int r = 0; r < form.n / 2; ++r)
    for (int lane = 0; lane < 32; ++lane) {
      WgmmaIndex at = wgmma_accumulator_index(0, lane, r);
      std::uint32_t &word = registers[static_cast<std::size_t>(r * 32 + lane)];
      std::int64_t sum = sums[static_cast<std::size_t>(at.row * form.n + at.column)];
      if (scale_d) sum += static_cast<std::int32_t>(word);
      if (form.satfinite)
        sum = std::clamp<std::int64_t>(sum, std::numeric_limits<std::int32_t>::min(),
                                       std::numeric_limits<std::int32_t>::max());
      word = static_cast<std::uint32_t>(sum);
    }
}

/// Calls f(row, column, bits) with the old accumulators and stores what it returns.
template <class F> void each_float(const WgmmaForm &form, std::span<std::uint32_t> registers, F f) {
  bool halves = form.d == Element::f16;
  for (int i = 0; i < form.n / 2; ++i)
    for (int lane = 0; lane < 32; ++lane) {
      WgmmaIndex at = wgmma_accumulator_index(0, lane, i);
      std::uint32_t &word = registers[static_cast<std::size_t>((halves ? i / 2 : i) * 32 + lane)];
      int shift = halves ? 16 * (i & 1) : 0;
      std::uint32_t mask = halves ? 0xffffu << shift : ~0u;
      std::uint64_t bits = f(at.row, at.column, (word & mask) >> shift);
      word = (word & ~mask) | static_cast<std::uint32_t>(bits) << shift;
    }
}

void finish_floats(const WgmmaForm &form, const std::vector<double> &sums, bool scale_d,
                   std::span<std::uint32_t> registers) {
  each_float(form, registers, [&](int row, int column, std::uint32_t old) {
    double sum = sums[static_cast<std::size_t>(row * form.n + column)];
    return matrix_accumulator_bits(form.d, scale_d ? sum + matrix_float_value(form.d, old) : sum);
  });
}

void multiply_as_hopper(const WgmmaForm &form, const WgmmaValues &a, const WgmmaValues &b, bool scale_d,
                        std::span<std::uint32_t> registers) {
  FusedSum rule = hopper_sum(form.a, form.b, form.d, true);
  auto depth = static_cast<std::size_t>(wgmma_a_depth(form)), n = static_cast<std::size_t>(form.n);
  std::vector<double> down(depth);
  each_float(form, registers, [&](int row, int column, std::uint32_t old) {
    std::size_t first = static_cast<std::size_t>(row) * depth;
    for (std::size_t i = 0; i < depth; ++i)
      down[i] = b.floats[(a.positions.empty() ? i : a.positions[first + i]) * n + static_cast<std::size_t>(column)];
    return fused_dot(rule, {a.floats.data() + first, depth}, down, scale_d ? matrix_float_value(form.d, old) : 0);
  });
}

} // namespace

void wgmma_multiply(const WgmmaForm &form, const WgmmaValues &a, const WgmmaValues &b, bool scale_d,
                    std::span<std::uint32_t> registers, Accumulation accumulation) {
  int k = values_along(form.a, wgmma_a_depth(form));
  if (!is_integer(form)) {
    if (accumulation == Accumulation::hopper) return multiply_as_hopper(form, a, b, scale_d, registers);
    std::vector<double> sums;
    product<double>(std::span<const double>(a.floats), std::span<const double>(b.floats), a.positions, k, form.n, sums,
                    [](double sum, double x, double y) { return sum + x * y; });
    return finish_floats(form, sums, scale_d, registers);
  }
  std::vector<std::int64_t> sums;
  std::span<const std::int32_t> x(a.integers), y(b.integers);
  if (form.a == Element::b1)
    product<std::int32_t>(x, y, a.positions, k, form.n, sums, [](std::int64_t sum, std::int32_t p, std::int32_t q) {
      return sum + std::popcount(static_cast<std::uint32_t>(p & q));
    });
  else
    product<std::int32_t>(x, y, a.positions, k, form.n, sums,
                          [](std::int64_t sum, std::int32_t p, std::int32_t q) { return sum + p * q; });
  finish_integers(form, sums, scale_d, registers);
}

} // namespace tw::emulator
