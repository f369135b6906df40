// Instructions of sm_90a that nvcc passes through from inline PTX, against plain loops.
#include <bit>
#include <fstream>
#include <random>
#include <sstream>

#include "kernel_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string forms() {
  std::ifstream file(TILEWRIGHT_HOPPER_FORMS_PTX);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace

TEST_CASE("nvcc sparse wgmma over two steps of k") {
  std::mt19937 random(7);
  auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  auto bf16 = [](int x) { return static_cast<uint16_t>(narrow(kBf16, x, Rounding::NearestEven)); };
  constexpr int kK = 64;
  std::vector<int> dense(64 * kK), columns(16 * kK);
  std::vector<uint16_t> a(64 * kK / 2), b(16 * kK);
  std::vector<uint32_t> metadata(2 * 128);
  for (int row = 0; row < 64; ++row)
    for (int at = 0; at < kK; at += 4) {
      int first = pick(0, 2), second = pick(first + 1, 3), chunk = at % 32 / 4;
      for (int i = 0; i < 2; ++i) {
        int value = pick(-3, 3);
        dense[row * kK + at + (i ? second : first)] = value, a[row * kK / 2 + at / 2 + i] = bf16(value);
      }
      // Rows r and r + 8 of a warp: low and high half of threads 4r (first half of k) and 4r + 1.
      int thread = row / 16 * 32 + row % 8 * 4 + chunk / 4;
      metadata[at / 32 * 128 + thread] |= static_cast<uint32_t>(first | second << 2)
                                          << (row % 16 / 8 * 16 + chunk % 4 * 4);
    }
  for (int i = 0; i < 16 * kK; ++i) columns[i] = pick(-3, 3), b[i] = bf16(columns[i]);
  std::vector<float> c(64 * 16);
  KernelRun(forms(), "sparse_product")
      .buffer(a)
      .buffer(b)
      .buffer(metadata)
      .buffer(c, false)
      .block(128)
      .seed(GENERATE(0, 1, 2))
      .clean();
  for (int i = 0; i < 64; ++i)
    for (int j = 0; j < 16; ++j) {
      int sum = 0;
      for (int k = 0; k < kK; ++k) sum += dense[i * kK + k] * columns[j * kK + k];
      REQUIRE(c[i * 16 + j] == static_cast<float>(sum));
    }
}

TEST_CASE("nvcc 128-bit atomics hand out places") {
  std::vector<uint64_t> head(2), place(4 * 64);
  KernelRun(forms(), "wide_counter")
      .buffer(head)
      .buffer(place, false)
      .grid(4)
      .block(64)
      .seed(GENERATE(0, 1, 2))
      .clean();
  REQUIRE(head[1] == 256);
  REQUIRE(place[head[0]] == 255);
  std::vector<int> seen(256);
  for (uint64_t p : place) ++seen[p];
  REQUIRE(seen == std::vector<int>(256, 1));
}

TEST_CASE("nvcc threads that sleep while they wait") {
  std::vector<int> flag(1);
  std::vector<uint64_t> times(4 * 32);
  LaunchResult result = KernelRun(forms(), "sleepers")
                            .buffer(flag)
                            .buffer(times, false)
                            .grid(4)
                            .block(32)
                            .seed(GENERATE(0, 1, 2))
                            .clean();
  for (uint64_t t : times) {
    REQUIRE(t >= 19000);
    REQUIRE(t < 25000);
  }
  REQUIRE(result.stats.instructions < 20000);
}

TEST_CASE("nvcc wmma of elements of less than a byte") {
  std::mt19937 random(3);
  std::vector<uint32_t> a4(32), b4(32), a1(32), b1(32);
  for (auto *m : {&a4, &b4, &a1, &b1})
    for (uint32_t &word : *m) word = random();
  std::vector<int> c4(64), c1(64);
  KernelRun(forms(), "small_products")
      .buffer(a4)
      .buffer(b4)
      .buffer(c4, false)
      .buffer(a1)
      .buffer(b1)
      .buffer(c1, false)
      .block(32)
      .clean();
  auto nibble = [](const std::vector<uint32_t> &m, int row, int k) {
    return static_cast<int>((m[row * 4 + k / 8] >> k % 8 * 4 & 15) ^ 8) - 8;
  };
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j) {
      int sum = 7, count = 0;
      for (int k = 0; k < 32; ++k) sum += nibble(a4, i, k) * nibble(b4, j, k);
      for (int w = 0; w < 4; ++w) count += std::popcount(a1[i * 4 + w] ^ b1[j * 4 + w]);
      REQUIRE(c4[i * 8 + j] == sum);
      REQUIRE(c1[i * 8 + j] == count);
    }
}

TEST_CASE("nvcc proxy fences: by every writer, and by the issuing thread alone") {
  std::vector<int> out(256);
  LaunchResult writers = KernelRun(forms(), "store_fenced_by_writers").buffer(out).block(256).clean();
  REQUIRE(writers.warnings.empty());
  REQUIRE(out[100] == 300);
  LaunchResult issuer = KernelRun(forms(), "store_fenced_by_issuer").buffer(out).block(256).clean();
  REQUIRE(issuer.warnings.size() == 1);
  REQUIRE(issuer.warnings[0].rule == "race.proxy-issuer");
  KernelRun strict(forms(), "store_fenced_by_issuer");
  strict.buffer(out).block(256).config.checks.strict = true;
  strict.finding("race.proxy-issuer");
}
