// Instructions of sm_90a that nvcc passes through from inline PTX, against plain loops.
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
