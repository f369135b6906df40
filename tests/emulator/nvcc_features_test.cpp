// CUDA C++ libraries and language features through nvcc's PTX: cooperative groups, libcu++, wmma, calls, atomics.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

#include "kernel_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string features() {
  std::ifstream file(TILEWRIGHT_FEATURES_PTX);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<int> randomInts(size_t n, int low, int high) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> pick(low, high);
  std::vector<int> v(n);
  for (int &x : v) x = pick(random);
  return v;
}

uint16_t half(double x) { return static_cast<uint16_t>(narrow(kF16, x, Rounding::NearestEven)); }

} // namespace

TEST_CASE("cooperative groups: tiles reduce and scan") {
  auto in = randomInts(64, -50, 50);
  std::vector<int> out(8), scan(64);
  KernelRun(features(), "tile_reduce").buffer(in).buffer(out, false).block(64).seed(GENERATE(0, 1)).clean();
  for (int g = 0; g < 4; ++g) {
    REQUIRE(out[2 * g] == std::accumulate(&in[16 * g], &in[16 * g] + 16, 0));
    REQUIRE(out[2 * g + 1] == *std::max_element(&in[16 * g], &in[16 * g] + 16));
  }
  KernelRun(features(), "tile_scan").buffer(in).buffer(scan, false).block(64).clean();
  for (int i = 0; i < 64; ++i) REQUIRE(scan[i] == std::accumulate(&in[i / 32 * 32], &in[i] + 1, 0));
}

TEST_CASE("cooperative groups: coalesced and labelled groups") {
  auto in = randomInts(200, 0, 100);
  std::vector<int> count(1);
  KernelRun(features(), "coalesced_count").buffer(in).buffer(count).scalar(200).grid(4).block(64).clean();
  REQUIRE(count[0] == std::count_if(in.begin(), in.end(), [](int x) { return x % 3 == 0; }));
  auto keys = randomInts(64, 0, 5);
  std::vector<int> sums(6), expected(6);
  for (int i = 0; i < 64; ++i) expected[keys[i]] += in[i];
  KernelRun(features(), "labelled_sum").buffer(keys).buffer(in).buffer(sums).block(64).seed(GENERATE(0, 1, 2)).clean();
  REQUIRE(sums == expected);
}

TEST_CASE("nvcc integer atomics of every operation") {
  std::vector<int> i32(6);
  std::vector<uint32_t> u32 = {0, 0, ~0u, 0, 0};
  std::vector<uint64_t> u64(3);
  std::vector<uint16_t> u16(2);
  KernelRun(features(), "atomics_integer")
      .buffer(i32)
      .buffer(u32)
      .buffer(u64)
      .buffer(u16)
      .block(96)
      .seed(GENERATE(0, 4))
      .clean();
  int sum = 95 * 96 / 2;
  REQUIRE(i32[0] == sum);
  REQUIRE(i32[1] == -sum);
  REQUIRE(i32[2] == -40);
  REQUIRE(i32[3] == 95);
  REQUIRE(i32[4] == 7);
  REQUIRE(i32[5] != 0);
  REQUIRE(u32 == std::vector<uint32_t>{6, 4, 0, ~0u, 0});
  REQUIRE(u64 == std::vector<uint64_t>{uint64_t{96} << 33, uint64_t{95} << 40, 5});
  REQUIRE(u16[0] == 96);
}

TEST_CASE("nvcc float atomics of every type") {
  std::vector<float> f(1), f2(2), f4(4);
  std::vector<double> d(1);
  std::vector<uint16_t> h(2), b(2);
  std::vector<uint32_t> h2(1), b2(1);
  KernelRun(features(), "atomics_float")
      .buffer(f)
      .buffer(d)
      .buffer(h)
      .buffer(h2)
      .buffer(b)
      .buffer(b2)
      .buffer(f2)
      .buffer(f4)
      .block(64)
      .clean();
  REQUIRE(f[0] == 32);
  REQUIRE(d[0] == 16);
  REQUIRE(h[0] == half(64));
  REQUIRE(h2[0] == (half(64) | static_cast<uint32_t>(half(128)) << 16));
  REQUIRE(widen(kBf16, b[0]) == 64);
  REQUIRE(widen(kBf16, b2[0] >> 16) == 32);
  REQUIRE(f2 == std::vector<float>{64, 128});
  REQUIRE(f4 == std::vector<float>{64, 128, 192, 256});
}

TEST_CASE("nvcc wmma of halves and bytes") {
  auto ia = randomInts(16 * 32, -3, 3), ib = randomInts(16 * 32, -4, 4);
  std::vector<uint16_t> a, b;
  for (int x : ia) a.push_back(half(x));
  for (int x : ib) b.push_back(half(x));
  std::vector<float> c(256);
  KernelRun(features(), "wmma_half").buffer(a).buffer(b).buffer(c, false).block(32).clean();
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 16; ++j) {
      int sum = 1;
      for (int k = 0; k < 32; ++k) sum += ia[i * 32 + k] * ib[j * 32 + k];
      REQUIRE(c[i * 16 + j] == sum);
    }
  std::vector<int8_t> sa(ia.begin(), ia.end()), sb(ib.begin(), ib.end());
  std::vector<int> sc(256);
  KernelRun(features(), "wmma_int8").buffer(sa).buffer(sb).buffer(sc, false).block(32).clean();
  for (int i = 0; i < 32; ++i)
    for (int j = 0; j < 8; ++j) {
      int sum = 0;
      for (int k = 0; k < 16; ++k) sum += sa[k * 32 + i] * sb[k * 8 + j];
      REQUIRE(sc[i * 8 + j] == sum);
    }
}

TEST_CASE("nvcc 8-bit floats") {
  std::vector<float> in(32), back(64);
  for (int i = 0; i < 32; ++i)
    in[i] = std::ldexp(1.0f + 0.09f * static_cast<float>(i), i / 2 - 9) * (i % 2 ? 1.0f : -1.0f);
  in[31] = 1e6f;
  std::vector<uint8_t> e4(32), e5(32);
  KernelRun(features(), "small_floats")
      .buffer(in)
      .buffer(e4, false)
      .buffer(e5, false)
      .buffer(back, false)
      .block(32)
      .clean();
  for (int i = 0; i < 32; ++i) {
    REQUIRE(e4[i] == narrow(kE4m3, in[i], Rounding::NearestEven, true));
    REQUIRE(e5[i] == narrow(kE5m2, in[i], Rounding::NearestEven, true));
    REQUIRE(back[2 * i] == widen(kE4m3, e4[i]));
    REQUIRE(back[2 * i + 1] == widen(kE5m2, e5[i]));
  }
}

TEST_CASE("nvcc simd intrinsics") {
  std::mt19937 random(3);
  std::vector<uint32_t> a(32), b(32), out(32 * 6);
  for (int i = 0; i < 32; ++i) a[i] = random(), b[i] = random();
  KernelRun(features(), "simd_intrinsics").buffer(a).buffer(b).buffer(out, false).scalar(32).block(32).clean();
  for (int i = 0; i < 32; ++i) {
    uint32_t expected[6] = {0, 0, 0, 0, 0, 5};
    for (int h = 0; h < 2; ++h) {
      uint16_t x = static_cast<uint16_t>(a[i] >> 16 * h), y = static_cast<uint16_t>(b[i] >> 16 * h);
      expected[0] |= static_cast<uint32_t>(static_cast<uint16_t>(x + y)) << 16 * h;
      expected[3] |= (static_cast<int16_t>(x) > static_cast<int16_t>(y) ? 0xffffu : 0) << 16 * h;
    }
    for (int k = 0; k < 4; ++k) {
      int x = a[i] >> 8 * k & 0xff, y = b[i] >> 8 * k & 0xff;
      expected[1] |= static_cast<uint32_t>(std::abs(x - y)) << 8 * k;
      expected[2] |= static_cast<uint32_t>((x + y + 1) / 2) << 8 * k;
      expected[4] += static_cast<uint32_t>(std::abs(x - y));
      expected[5] += static_cast<uint32_t>(static_cast<int8_t>(x) * static_cast<int8_t>(y));
    }
    for (int k = 0; k < 6; ++k) REQUIRE(out[6 * i + k] == expected[k]);
  }
}

TEST_CASE("clocks advance and repeat") {
  std::vector<int64_t> first(2), second(2);
  KernelRun(features(), "clocks").buffer(first, false).block(32).clean();
  KernelRun(features(), "clocks").buffer(second, false).block(32).clean();
  REQUIRE(first[0] > 0);
  REQUIRE(first == second);
}

TEST_CASE("nvcc virtual calls and function pointers") {
  std::vector<int> out(32);
  KernelRun(features(), "virtual_calls").buffer(out, false).block(32).seed(GENERATE(0, 1)).clean();
  for (int i = 0; i < 32; ++i) REQUIRE(out[i] == (i % 2 ? i * i : 3 * i));
  auto which = randomInts(32, 0, 1);
  std::vector<float> values(32);
  KernelRun(features(), "function_pointers").buffer(which).buffer(values, false).block(32).clean();
  for (int i = 0; i < 32; ++i) REQUIRE(values[i] == static_cast<float>(which[i] ? 3 * i : 2 * i));
}

TEST_CASE("nvcc warp reductions over matching lanes, and elected threads") {
  std::vector<uint32_t> in(32), out(32);
  for (uint32_t i = 0; i < 32; ++i) in[i] = i * 7 + (i >> 2);
  KernelRun(features(), "warp_reductions").buffer(in).buffer(out, false).block(32).seed(GENERATE(0, 1)).clean();
  for (uint32_t i = 0; i < 32; ++i) {
    uint32_t sum = 0, most = 0, parity = 0;
    for (uint32_t x : in)
      if ((x & 3) == (in[i] & 3)) sum += x, most = std::max(most, x), parity ^= x;
    REQUIRE(out[i] == (sum ^ most ^ parity));
  }
  std::vector<int> counts(3);
  KernelRun(features(), "elected_thread").buffer(counts, false).block(96).seed(GENERATE(0, 1, 2)).clean();
  REQUIRE(counts == std::vector<int>{1, 1, 1});
}

TEST_CASE("nvcc double and single mathematics") {
  std::vector<double> in(100), out(100);
  for (int i = 0; i < 100; ++i) in[i] = 0.37 * i;
  KernelRun(features(), "double_maths").buffer(in).buffer(out, false).scalar(100).grid(2).block(64).clean();
  for (int i = 0; i < 100; ++i)
    REQUIRE(out[i] == std::sqrt(in[i]) / (1.0 + in[i]) + std::fma(in[i], in[i], std::floor(in[i])));
  std::vector<float> x(64), y(64 * 6);
  for (int i = 0; i < 64; ++i) x[i] = 0.13f * static_cast<float>(i - 32);
  KernelRun(features(), "maths_library").buffer(x).buffer(y, false).scalar(64).block(64).clean();
  for (int i = 0; i < 64; ++i) {
    double v = x[i];
    const double expected[] = {std::sin(v),  std::exp(v), std::log(v + 5),
                               std::tanh(v), std::erf(v), std::pow(v + 5, 1.5)};
    for (int k = 0; k < 6; ++k) REQUIRE(y[6 * i + k] == Approx(expected[k]).epsilon(2e-6).margin(2e-6));
  }
}
