// Kernels compiled by nvcc: 16-bit floats, cp.async, mma.sync, printf, assert, and a race that must be found.
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include "kernel_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string tensor() {
  std::ifstream file(TILEWRIGHT_TENSOR_PTX);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

uint16_t half(double x) { return static_cast<uint16_t>(narrow(kF16, x, Rounding::NearestEven)); }
double fromHalf(uint16_t x) { return widen(kF16, x); }

} // namespace

TEST_CASE("nvcc half maths") {
  std::vector<uint16_t> a(256), b(256), out(256 * 5);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> pick(-50, 50);
  for (int i = 0; i < 256; ++i) a[i] = half(pick(random)), b[i] = half(pick(random));
  KernelRun(tensor(), "half_math").buffer(a).buffer(b).buffer(out, false).scalar(256).grid(2).block(128).clean();
  for (int i = 0; i < 256; ++i) {
    double x = fromHalf(a[i]), y = fromHalf(b[i]);
    REQUIRE(out[i * 5 + 0] == half(x + y));
    REQUIRE(out[i * 5 + 1] == half(x * y));
    REQUIRE(out[i * 5 + 2] == half(x * y + x)); // exact in double at these magnitudes
    REQUIRE(out[i * 5 + 3] == half(std::max(x, y)));
    REQUIRE(out[i * 5 + 4] == half(x * 3));
  }
}

TEST_CASE("nvcc bfloat16 pairs") {
  std::vector<uint32_t> a(32), b(32), out(32);
  std::vector<float> sums(32);
  auto bf = [](double x) { return narrow(kBf16, x, Rounding::NearestEven); };
  for (int i = 0; i < 32; ++i) a[i] = bf(i * 0.37) | bf(-i * 1.5) << 16, b[i] = bf(3.0 - i) | bf(i + 0.125) << 16;
  KernelRun(tensor(), "bfloat_math").buffer(a).buffer(b).buffer(out, false).buffer(sums, false).block(32).clean();
  for (int i = 0; i < 32; ++i) {
    auto low = [](uint32_t v) { return widen(kBf16, v & 0xffff); };
    auto high = [](uint32_t v) { return widen(kBf16, v >> 16); };
    REQUIRE((out[i] & 0xffff) == bf(low(a[i]) * low(b[i]) + low(a[i])));
    REQUIRE((out[i] >> 16) == bf(high(a[i]) * high(b[i]) + high(a[i])));
    REQUIRE(sums[i] == static_cast<float>(low(a[i])) + static_cast<float>(high(b[i])));
  }
}

TEST_CASE("cp.async read without a wait is a race") {
  std::vector<float> in(256), out(256);
  Finding f =
      KernelRun(tensor(), "async_copy_without_wait").buffer(in).buffer(out, false).block(64).finding("race.in-flight");
  REQUIRE(f.kind == FindingKind::Race);
  REQUIRE(f.buffer == "shared memory");
  REQUIRE(f.others.size() == 1);
}

TEST_CASE("nvcc softmax") {
  constexpr int rows = 3, cols = 77;
  std::vector<float> in(rows * cols), out(rows * cols);
  for (size_t i = 0; i < in.size(); ++i) in[i] = std::sin(static_cast<float>(i)) * 4;
  KernelRun(tensor(), "softmax_rows").buffer(in).buffer(out, false).scalar(cols).grid(rows).block(32).clean();
  for (int r = 0; r < rows; ++r) {
    double sum = 0;
    for (int j = 0; j < cols; ++j) sum += std::exp(static_cast<double>(in[r * cols + j]));
    for (int j = 0; j < cols; ++j)
      REQUIRE(out[r * cols + j] == Approx(std::exp(static_cast<double>(in[r * cols + j])) / sum).epsilon(1e-5));
  }
}

TEST_CASE("nvcc printf") {
  LaunchResult r = KernelRun(tensor(), "print_some").scalar(2).block(32).clean();
  REQUIRE(r.printf_text == "thread 0 of grid: 0.00     7|%\nthread 1 of grid: 0.50     8|%\n");
}

TEST_CASE("nvcc assert names expression and line") {
  std::vector<int> in(32);
  in[5] = 10;
  Finding f = KernelRun(tensor(), "assert_small").buffer(in).block(32).finding("assert");
  REQUIRE_THAT(f.message, Catch::Contains("in[threadIdx.x] < 10") && Catch::Contains("tensor.cu"));
  REQUIRE(f.at.where.thread.x == 5);
}

TEST_CASE("a missing __syncthreads is a race in every schedule") {
  std::vector<int> out(64);
  Finding f =
      KernelRun(tensor(), "racy_neighbour").buffer(out, false).block(64).seed(GENERATE(0, 1, 2)).finding("race.race");
  REQUIRE(f.buffer == "shared memory");
  REQUIRE(f.at.source.line > 0);
}
