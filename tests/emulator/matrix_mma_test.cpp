// mma.sync against a plain triple loop: every shape and type, with the register layouts of the ISA written out.
#include "ops/matrix_mma.hpp"

#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace tw::emulator;
using E = MatrixElement;

namespace {

/// Where register r of lane 0 starts: (row, k) for A, k for B.
struct Layout {
  int m, k, bits;
  std::vector<std::pair<int, int>> a;
  std::vector<int> b;
};

// PTX ISA 9.7.14.5, "Matrix Fragments for mma.*", one line per figure.
const std::vector<Layout> kLayouts = {
    {16, 8, 16, {{0, 0}, {8, 0}}, {0}},
    {16, 16, 16, {{0, 0}, {8, 0}, {0, 8}, {8, 8}}, {0, 8}},
    {16, 4, 32, {{0, 0}, {8, 0}}, {0}},
    {16, 8, 32, {{0, 0}, {8, 0}, {0, 4}, {8, 4}}, {0, 4}},
    {8, 4, 64, {{0, 0}}, {0}},
    {16, 4, 64, {{0, 0}, {8, 0}}, {0}},
    {16, 8, 64, {{0, 0}, {8, 0}, {0, 4}, {8, 4}}, {0, 4}},
    {16, 16, 64, {{0, 0}, {8, 0}, {0, 4}, {8, 4}, {0, 8}, {8, 8}, {0, 12}, {8, 12}}, {0, 4, 8, 12}},
    {8, 16, 8, {{0, 0}}, {0}},
    {16, 16, 8, {{0, 0}, {8, 0}}, {0}},
    {16, 32, 8, {{0, 0}, {8, 0}, {0, 16}, {8, 16}}, {0, 16}},
    {8, 32, 4, {{0, 0}}, {0}},
    {16, 32, 4, {{0, 0}, {8, 0}}, {0}},
    {16, 64, 4, {{0, 0}, {8, 0}, {0, 32}, {8, 32}}, {0, 32}},
    {8, 128, 1, {{0, 0}}, {0}},
    {16, 128, 1, {{0, 0}, {8, 0}}, {0}},
    {16, 256, 1, {{0, 0}, {8, 0}, {0, 128}, {8, 128}}, {0, 128}},
};

const Layout &layout_of(const MmaForm &form) {
  for (const Layout &layout : kLayouts)
    if (layout.m == form.m && layout.k == form.k && layout.bits == element_bits(form.a)) return layout;
  FAIL("no layout written out for " << to_string(form));
  std::abort();
}

std::vector<MmaForm> all_forms() {
  std::vector<MmaForm> forms;
  auto add = [&](int m, int k, E a, E b, E d, BitOperation op = BitOperation::none) {
    MmaForm form;
    form.m = m;
    form.k = k;
    form.a = a;
    form.b = b;
    form.c = form.d = d;
    form.bit_operation = op;
    forms.push_back(form);
  };
  for (int k : {8, 16}) {
    add(16, k, E::f16, E::f16, E::f32);
    add(16, k, E::f16, E::f16, E::f16);
    add(16, k, E::bf16, E::bf16, E::f32);
  }
  for (int k : {4, 8}) add(16, k, E::tf32, E::tf32, E::f32);
  add(8, 4, E::f64, E::f64, E::f64);
  for (int k : {4, 8, 16}) add(16, k, E::f64, E::f64, E::f64);
  for (auto [m, k] : {std::pair{8, 16}, {16, 16}, {16, 32}})
    for (E a : {E::s8, E::u8})
      for (E b : {E::s8, E::u8}) add(m, k, a, b, E::s32);
  for (auto [m, k] : {std::pair{8, 32}, {16, 32}, {16, 64}})
    for (E a : {E::s4, E::u4})
      for (E b : {E::s4, E::u4}) add(m, k, a, b, E::s32);
  for (auto [m, k] : {std::pair{8, 128}, {16, 128}, {16, 256}})
    for (BitOperation op : {BitOperation::and_popc, BitOperation::xor_popc}) add(m, k, E::b1, E::b1, E::s32, op);
  for (int k : {16, 32})
    for (E a : {E::e4m3, E::e5m2})
      for (E b : {E::e4m3, E::e5m2})
        for (E d : {E::f16, E::f32}) add(16, k, a, b, d);
  return forms;
}

/// Bits of an integer from -4 to 4 in a type.
std::uint64_t encode(E element, int value) {
  auto magnitude = static_cast<std::size_t>(std::abs(value));
  constexpr std::array<std::uint64_t, 5> kHalf = {0, 0x3c00, 0x4000, 0x4200, 0x4400};
  constexpr std::array<std::uint64_t, 5> kE4m3 = {0, 0x38, 0x40, 0x44, 0x48}, kE5m2 = {0, 0x3c, 0x40, 0x42, 0x44};
  std::uint64_t minus = value < 0;
  auto single = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  switch (element) {
  case E::f16: return kHalf[magnitude] | minus << 15;
  case E::bf16: return single >> 16;
  case E::tf32: return single | 0x1fff; // the low bits must not count
  case E::f32: return single;
  case E::f64: return std::bit_cast<std::uint64_t>(static_cast<double>(value));
  case E::e4m3: return kE4m3[magnitude] | minus << 7;
  case E::e5m2: return kE5m2[magnitude] | minus << 7;
  default: {
    int bits = element_bits(element);
    return static_cast<std::uint32_t>(value) & (bits == 32 ? ~0u : (1u << bits) - 1);
  }
  }
}

bool is_unsigned(E element) { return element == E::u8 || element == E::u4 || element == E::b1; }

struct Operands {
  std::vector<LaneWords> a, b, c, d;
  explicit Operands(const MmaForm &form)
      : a(static_cast<std::size_t>(fragment_registers(form, MmaOperand::a))),
        b(static_cast<std::size_t>(fragment_registers(form, MmaOperand::b))),
        c(static_cast<std::size_t>(fragment_registers(form, MmaOperand::c))), d(c.size()) {}
};

/// Row and column of accumulator element i (0-3) of a lane.
std::pair<int, int> accumulator_at(int lane, int i) { return {lane / 4 + 8 * (i / 2), 2 * (lane % 4) + i % 2}; }

/// All A, B equal to `a`, `b`, all C equal to `c` (bits); the first element of D.
std::uint64_t uniform_result(const MmaForm &form, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  Operands ops(form);
  auto fill = [](std::vector<LaneWords> &words, E element, std::uint64_t bits) {
    std::uint64_t word = 0;
    int width = element_bits(element);
    for (int at = 0; at < std::max(32, width); at += width) word |= bits << at;
    for (LaneWords &lanes : words) lanes.fill(word);
  };
  fill(ops.a, form.a, a);
  fill(ops.b, form.b, b);
  fill(ops.c, form.c, c);
  execute_mma(form, ops.a, ops.b, ops.c, ops.d);
  return ops.d[0][0] & (form.d == E::f16 ? 0xffff : ~std::uint64_t{0});
}

MmaForm float_form(E type, int k, E accumulator = E::f32) {
  MmaForm form;
  form.k = k;
  form.a = form.b = type;
  form.c = form.d = accumulator;
  return form;
}

std::uint32_t f32(float value) { return std::bit_cast<std::uint32_t>(value); }

} // namespace

TEST_CASE("mma equals a triple loop for every shape and type") {
  std::mt19937 random(1);
  for (const MmaForm &form : all_forms()) {
    INFO(to_string(form));
    REQUIRE(!mma_refusal(form, 90));
    const Layout &layout = layout_of(form);
    Operands ops(form);
    REQUIRE(ops.a.size() == layout.a.size());
    REQUIRE(ops.b.size() == layout.b.size());

    std::vector<std::vector<int>> a(16, std::vector<int>(256)), b(256, std::vector<int>(8)), c(16, std::vector<int>(8));
    auto draw = [&](E element) {
      if (element == E::b1) return static_cast<int>(random() % 2);
      return is_unsigned(element) ? static_cast<int>(random() % 5) : static_cast<int>(random() % 9) - 4;
    };
    for (auto &row : a)
      for (int &value : row) value = draw(form.a);
    for (auto &row : b)
      for (int &value : row) value = draw(form.b);
    for (auto &row : c)
      for (int &value : row) value = draw(form.c);

    int bits = layout.bits, packed = bits >= 32 ? 1 : 32 / bits;
    bool halves = form.d == E::f16;
    for (int lane = 0; lane < 32; ++lane) {
      int group = lane / 4, k = lane % 4 * packed;
      for (int e = 0; e < packed; ++e) {
        for (std::size_t reg = 0; reg < layout.a.size(); ++reg)
          ops.a[reg][lane] |= encode(form.a, a[group + layout.a[reg].first][k + e + layout.a[reg].second]) << e * bits;
        for (std::size_t reg = 0; reg < layout.b.size(); ++reg)
          ops.b[reg][lane] |= encode(form.b, b[k + e + layout.b[reg]][group]) << e * bits;
      }
      for (int i = 0; i < form.m / 4; ++i) {
        auto [row, column] = accumulator_at(lane, i);
        ops.c[halves ? i / 2 : i][lane] |= encode(form.c, c[row][column]) << (halves ? i % 2 * 16 : 0);
      }
    }
    // Accumulate in place, as kernels do.
    execute_mma(form, ops.a, ops.b, ops.c, ops.c);

    int wrong = 0;
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < form.m / 4; ++i) {
        auto [row, column] = accumulator_at(lane, i);
        int sum = c[row][column];
        for (int k = 0; k < form.k; ++k)
          sum += form.bit_operation == BitOperation::xor_popc ? a[row][k] ^ b[k][column] : a[row][k] * b[k][column];
        std::uint64_t word = ops.c[halves ? i / 2 : i][lane] >> (halves ? i % 2 * 16 : 0);
        double got = form.d == E::s32   ? static_cast<std::int32_t>(word)
                     : form.d == E::f64 ? std::bit_cast<double>(word)
                     : form.d == E::f32 ? std::bit_cast<float>(static_cast<std::uint32_t>(word))
                                        : [&] {
                                            int h = static_cast<int>(word & 0xffff), power = h >> 10 & 31;
                                            double size = power ? std::ldexp(1024 + (h & 1023), power - 25)
                                                                : std::ldexp(h & 1023, -24);
                                            return h & 0x8000 ? -size : size;
                                          }();
        wrong += got != sum;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("fragment_index agrees with the layouts of the ISA and names every element once") {
  for (const MmaForm &form : all_forms()) {
    INFO(to_string(form));
    const Layout &layout = layout_of(form);
    int packed = layout.bits >= 32 ? 1 : 32 / layout.bits;
    int wrong = 0;
    std::vector<int> seen(static_cast<std::size_t>(form.m * form.k));
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < fragment_elements(form, MmaOperand::a); ++i) {
        auto [row, k] = layout.a[static_cast<std::size_t>(i / packed)];
        MatrixIndex at = fragment_index(form, MmaOperand::a, lane, i);
        wrong += at != MatrixIndex{lane / 4 + row, lane % 4 * packed + i % packed + k};
        ++seen[static_cast<std::size_t>(at.row * form.k + at.column)];
      }
    }
    CHECK(wrong == 0);
    CHECK(std::count(seen.begin(), seen.end(), 1) == form.m * form.k);
    CHECK(fragment_index(form, MmaOperand::b, 6, 0) == MatrixIndex{2 * packed, 1});
    CHECK(fragment_index(form, MmaOperand::d, 6, 1) == MatrixIndex{1, 5});
  }
}

TEST_CASE("a sum is rounded once, to nearest even") {
  // 1 + 8 * 2^-25 in f32: the products alone would each vanish.
  MmaForm form = float_form(E::bf16, 8);
  std::uint64_t tiny = f32(std::ldexp(1.0f, -26)) >> 16;
  CHECK(uniform_result(form, encode(E::bf16, 1), tiny, f32(1.0f)) == f32(1.0f + std::ldexp(1.0f, -23)));
  // 2048 + 1 in f16 is a tie and goes to even; 2048 + 3 goes up to 2052 (tie, even).
  MmaForm half = float_form(E::f16, 8, E::f16);
  std::uint64_t eighth = 0x3000; // 8 * 1/8 = 1
  CHECK(uniform_result(half, encode(E::f16, 1), eighth, 0x6800) == 0x6800);
  CHECK(uniform_result(half, encode(E::f16, 3), eighth, 0x6800) == 0x6802);
}

TEST_CASE("f16 results: zeros, subnormals, overflow, the largest value") {
  MmaForm form = float_form(E::f16, 8, E::f16);
  CHECK(uniform_result(form, 0, 0, 0) == 0);
  CHECK(uniform_result(form, 0x8000, 0x3c00, 0x8000) == 0x8000);
  CHECK(uniform_result(form, 0x0001, 0x3000, 0) == 0x0001);      // 8 * 2^-24 / 8
  CHECK(uniform_result(form, 0x7bff, 0x3000, 0) == 0x7bff);      // 65504
  CHECK(uniform_result(form, 0x7bff, 0x3c00, 0) == 0x7c00);      // infinity
  CHECK(uniform_result(form, 0xfbff, 0x3c00, 0) == 0xfc00);      // -infinity
  CHECK(uniform_result(form, 0x0001, 0x2c00, 0) == 0x0000);      // a tie below the smallest subnormal
  CHECK(uniform_result(form, 0x03ff, 0x3000, 0x0001) == 0x0400); // a carry into the normal range
}

TEST_CASE("NaN results are canonical and infinities follow IEEE rules") {
  for (E type : {E::f16, E::bf16, E::tf32, E::e4m3, E::e5m2}) {
    int k = type == E::tf32 ? 8 : 16;
    MmaForm form = float_form(type, k);
    INFO(to_string(form));
    std::uint64_t nan = type == E::f16 ? 0x7c01 : type == E::bf16 ? 0x7f81 : type == E::tf32 ? 0x7f802000 : 0x7f;
    CHECK(uniform_result(form, nan, encode(type, 1), 0) == 0x7fffffff);
    CHECK(uniform_result(form, encode(type, 0), encode(type, 1), 0x7f800001) == 0x7fffffff);
    if (type == E::e4m3) continue; // has no infinity: 0x78 is 256
    std::uint64_t infinity = type == E::f16 ? 0x7c00 : type == E::bf16 ? 0x7f80 : type == E::tf32 ? 0x7f800000 : 0x7c;
    CHECK(uniform_result(form, infinity, encode(type, 1), 0) == 0x7f800000);
    CHECK(uniform_result(form, infinity, encode(type, 0), 0) == 0x7fffffff);
  }
  CHECK(uniform_result(float_form(E::f16, 8, E::f16), 0x7c01, 0x3c00, 0) == 0x7fff);
  CHECK(uniform_result(float_form(E::e4m3, 16), 0x78, encode(E::e4m3, 1), 0) == f32(16 * 256.0f));
  CHECK(uniform_result(float_form(E::e4m3, 16), 0xff, encode(E::e4m3, 1), 0) == 0x7fffffff);
}

TEST_CASE("tf32 drops its low 13 bits instead of rounding") {
  MmaForm form = float_form(E::tf32, 4);
  CHECK(uniform_result(form, f32(1.0f) | 0x1fff, f32(1.0f), 0) == f32(4.0f));
  CHECK(uniform_result(form, f32(1.0f) | 0x3fff, f32(1.0f), 0) == f32(4.0f * (1.0f + std::ldexp(1.0f, -10))));
}

TEST_CASE("f64 is a chain of fused multiply-adds") {
  MmaForm form = float_form(E::f64, 4, E::f64);
  double x = 1.0 + std::ldexp(1.0, -30), c = -4.0;
  double expected = c;
  for (int k = 0; k < 4; ++k) expected = std::fma(x, x, expected);
  CHECK(uniform_result(form, std::bit_cast<std::uint64_t>(x), std::bit_cast<std::uint64_t>(x),
                       std::bit_cast<std::uint64_t>(c)) == std::bit_cast<std::uint64_t>(expected));
}

TEST_CASE("integer sums wrap, or clamp with satfinite") {
  MmaForm form = float_form(E::s8, 32, E::s32);
  std::uint64_t most = 0x7fffffff, least = 0x80000000;
  CHECK(uniform_result(form, 1, 1, most) == 0x8000001f);
  CHECK(uniform_result(form, 1, 0xff, least) == 0x7fffffe0);
  form.satfinite = true;
  CHECK(uniform_result(form, 1, 1, most) == most);
  CHECK(uniform_result(form, 1, 0xff, least) == least);
  MmaForm extreme = float_form(E::u8, 32, E::s32);
  CHECK(uniform_result(extreme, 255, 255, 0) == 32 * 255 * 255);
  extreme.b = E::s8;
  CHECK(uniform_result(extreme, 255, 0x80, 0) == static_cast<std::uint32_t>(-32 * 255 * 128));
}
