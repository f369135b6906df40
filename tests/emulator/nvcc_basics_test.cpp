// Kernels compiled by nvcc, run on the emulator against plain C++.
#include <algorithm>
#include <bit>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

#include "kernel_run.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string basics() {
  std::ifstream file(TILEWRIGHT_BASICS_PTX);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<int> randomInts(size_t n, int low, int high, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> pick(low, high);
  std::vector<int> v(n);
  for (int &x : v) x = pick(random);
  return v;
}

} // namespace

TEST_CASE("nvcc vector add handles a tail") {
  std::vector<float> a(1000), b(1000), c(1000, -1.f);
  for (int i = 0; i < 1000; ++i) a[i] = i, b[i] = 0.5f * i;
  KernelRun(basics(), "vector_add").buffer(a).buffer(b).buffer(c, false).scalar(1000).grid(8).block(128).clean();
  for (int i = 0; i < 1000; ++i) REQUIRE(c[i] == 1.5f * i);
}

TEST_CASE("nvcc reduction by shuffles") {
  std::vector<float> in(5000), out(1);
  std::iota(in.begin(), in.end(), 0.f);
  KernelRun(basics(), "reduce_sum")
      .buffer(in)
      .buffer(out, false)
      .scalar(5000)
      .block(256)
      .seed(GENERATE(0, 1, 2))
      .clean();
  REQUIRE(out[0] == Approx(4999.0 * 5000 / 2));
}

TEST_CASE("nvcc histogram by shared and global atomics") {
  std::vector<uint8_t> in(4096);
  std::mt19937 random(1);
  for (auto &x : in) x = static_cast<uint8_t>(random() & 63);
  std::vector<unsigned> bins(256), expected(256);
  for (uint8_t x : in) ++expected[x];
  KernelRun(basics(), "histogram").buffer(in).buffer(bins).scalar(4096).grid(4).block(128).seed(GENERATE(0, 7)).clean();
  REQUIRE(bins == expected);
}

TEST_CASE("nvcc tiled matmul through shared memory") {
  constexpr int n = 64;
  std::vector<float> a(n * n), b(n * n), c(n * n), expected(n * n);
  auto ia = randomInts(n * n, -3, 3, 1), ib = randomInts(n * n, -3, 3, 2);
  std::copy(ia.begin(), ia.end(), a.begin());
  std::copy(ib.begin(), ib.end(), b.begin());
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      for (int k = 0; k < n; ++k) expected[i * n + j] += a[i * n + k] * b[k * n + j];
  LaunchResult r = KernelRun(basics(), "matmul_tiled")
                       .buffer(a)
                       .buffer(b)
                       .buffer(c, false)
                       .scalar(n)
                       .grid(4, 4)
                       .block(16, 16)
                       .seed(GENERATE(0, 3))
                       .clean();
  REQUIRE(c == expected);
  REQUIRE(r.stats.shared_loads > 0);
}

TEST_CASE("nvcc transpose without bank conflicts") {
  constexpr int rows = 70, cols = 45;
  auto in = randomInts(rows * cols, -1000, 1000, 3);
  std::vector<int> out(rows * cols);
  LaunchResult r = KernelRun(basics(), "transpose")
                       .buffer(in)
                       .buffer(out, false)
                       .scalar(rows)
                       .scalar(cols)
                       .grid(2, 3)
                       .block(32, 8)
                       .clean();
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < cols; ++j) REQUIRE(out[j * rows + i] == in[i * cols + j]);
  REQUIRE(r.stats.shared_load_conflicts == 0);
  REQUIRE(r.stats.shared_store_conflicts == 0);
}

TEST_CASE("nvcc inclusive scan in dynamic shared memory") {
  auto in = randomInts(200, -5, 5, 4);
  std::vector<int> out(200), expected(200);
  std::partial_sum(in.begin(), in.end(), expected.begin());
  KernelRun(basics(), "inclusive_scan")
      .buffer(in)
      .buffer(out, false)
      .scalar(200)
      .block(256)
      .shared(1024)
      .seed(GENERATE(0, 5))
      .clean();
  REQUIRE(out == expected);
}

TEST_CASE("nvcc divergent loops") {
  std::vector<unsigned> in(300), steps(300);
  for (unsigned i = 0; i < 300; ++i) in[i] = i + 1;
  KernelRun(basics(), "collatz").buffer(in).buffer(steps, false).scalar(300).grid(3).block(128).clean();
  for (unsigned i = 0; i < 300; ++i) {
    unsigned x = in[i], count = 0;
    while (x != 1) {
      if (x & 1) {
        x = 3 * x + 1;
        if (x % 5 == 0) ++count;
      } else
        x /= 2;
      if (++count > 500) break;
    }
    REQUIRE(steps[i] == count);
  }
}

TEST_CASE("nvcc recursive device function") {
  std::vector<int64_t> a(64), b(64), out(64);
  std::mt19937_64 random(5);
  for (int i = 0; i < 64; ++i) a[i] = static_cast<int64_t>(random() >> 20), b[i] = static_cast<int64_t>(random() >> 30);
  KernelRun(basics(), "gcd_recursive").buffer(a).buffer(b).buffer(out, false).scalar(60).grid(2).block(32).clean();
  for (int i = 0; i < 60; ++i) REQUIRE(out[i] == std::gcd(a[i], b[i]));
}

TEST_CASE("nvcc switch statement") {
  auto in = randomInts(256, -100000, 100000, 6);
  std::vector<int> out(256);
  KernelRun(basics(), "switch_table").buffer(in).buffer(out, false).scalar(256).grid(2).block(128).clean();
  for (int i = 0; i < 256; ++i) {
    int x = in[i], r = 99;
    uint32_t u = static_cast<uint32_t>(x), reversed = 0;
    for (int j = 0; j < 32; ++j) reversed |= (u >> j & 1) << (31 - j);
    switch (x & 15) {
    case 0: r = x * 3; break;
    case 1: r = x - 7; break;
    case 2: r = x ^ 0x55; break;
    case 3: r = static_cast<int>(u << 2); break;
    case 4: r = x / 3; break;
    case 5: r = x % 11; break;
    case 6: r = -x; break;
    case 7: r = ~x; break;
    case 8: r = std::popcount(u); break;
    case 9: r = std::countl_zero(u); break;
    case 10: r = static_cast<int>(reversed); break;
    case 11: r = u ? std::countr_zero(u) + 1 : 0; break;
    }
    REQUIRE(out[i] == r);
  }
}

TEST_CASE("nvcc local arrays") {
  auto in = randomInts(64 * 16, -50, 50, 7);
  std::vector<int> out(64);
  KernelRun(basics(), "local_array").buffer(in).buffer(out, false).scalar(5).grid(2).block(32).clean();
  for (int i = 0; i < 64; ++i) {
    std::vector<int> keys(in.begin() + i * 16, in.begin() + i * 16 + 16);
    std::sort(keys.begin(), keys.end());
    REQUIRE(out[i] == keys[5]);
  }
}

TEST_CASE("nvcc 64- and 128-bit integers") {
  std::vector<uint64_t> a(32), b(32), out(32 * 6);
  std::mt19937_64 random(8);
  for (int i = 0; i < 32; ++i) a[i] = random(), b[i] = random() >> (i * 2);
  KernelRun(basics(), "wide_arithmetic").buffer(a).buffer(b).buffer(out, false).block(32).clean();
  for (int i = 0; i < 32; ++i) {
    uint64_t x = a[i], y = b[i];
    unsigned __int128 p = static_cast<unsigned __int128>(x) * y;
    REQUIRE(out[i * 6 + 0] == x * y);
    REQUIRE(out[i * 6 + 1] == static_cast<uint64_t>(p >> 64));
    REQUIRE(out[i * 6 + 2] == (y ? x / y : 0));
    REQUIRE(out[i * 6 + 3] == ((x << (y & 63)) ^ (x >> (y & 31))));
    REQUIRE(out[i * 6 + 4] == static_cast<uint64_t>(static_cast<int64_t>(x) % static_cast<int64_t>(y | 1)));
    p += x;
    REQUIRE(out[i * 6 + 5] == static_cast<uint64_t>(p >> 64) + static_cast<uint64_t>(p));
  }
}

TEST_CASE("nvcc warp collectives") {
  auto in = randomInts(32, 0, 1000, 9);
  std::vector<unsigned> out(32 * 7);
  KernelRun(basics(), "warp_collectives").buffer(in).buffer(out, false).block(32).seed(GENERATE(0, 4)).clean();
  unsigned odd = 0, total = 0;
  for (int l = 0; l < 32; ++l) odd |= static_cast<unsigned>(in[l] & 1) << l, total += static_cast<unsigned>(in[l]);
  for (int l = 0; l < 32; ++l) {
    unsigned same = 0;
    for (int o = 0; o < 32; ++o) same |= static_cast<unsigned>((in[o] & 7) == (in[l] & 7)) << o;
    REQUIRE(out[l * 7 + 0] == odd);
    REQUIRE(out[l * 7 + 1] == same);
    REQUIRE(out[l * 7 + 2] == total);
    REQUIRE(out[l * 7 + 3] == static_cast<unsigned>(in[(l + 5) % 32]));
    REQUIRE(out[l * 7 + 4] == static_cast<unsigned>(l % 16 < 2 ? in[l] : in[l - 2]));
    REQUIRE(out[l * 7 + 5] == 1);
    REQUIRE(out[l * 7 + 6] == static_cast<unsigned>(l < 16 ? in[l ^ 3] : in[l ^ 5] + 1));
  }
}

TEST_CASE("nvcc spin lock between lanes of a warp") {
  std::vector<int> lock(1), counter(1);
  KernelRun(basics(), "spin_lock").buffer(lock).buffer(counter).grid(2).block(64).seed(GENERATE(0, 11)).clean();
  REQUIRE(counter[0] == 128);
}
