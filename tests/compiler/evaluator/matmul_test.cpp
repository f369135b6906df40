// Whole kernels: a blocked matrix product whose sizes are no multiples of the tiles.

#include "evaluation.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace tilewright::evaluator;

namespace {

const char *const kMatmul = R"(
tile.kernel @matmul(%a: !tile.global<?x?xbf16>, %b: !tile.global<?x?xbf16>, %c: !tile.global<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %c32 = arith.constant 32 : index
  %m = tile.dim %c, 0 : !tile.global<?x?xf32>
  %n = tile.dim %c, 1 : !tile.global<?x?xf32>
  %k = tile.dim %a, 1 : !tile.global<?x?xbf16>
  %rows = arith.ceildivui %m, %c128 : index
  %columns = arith.ceildivui %n, %c128 : index
  tile.blocks (%i, %j) in (%rows, %columns) {
    %zero = arith.constant dense<0.0> : tensor<128x128xf32>
    %sum = tile.slot %zero : !tile.slot<tensor<128x128xf32>>
    %steps = arith.ceildivui %k, %c32 : index
    %row = arith.muli %i, %c128 : index
    %column = arith.muli %j, %c128 : index
    scf.for %step = %c0 to %steps step %c1 {
      %at = arith.muli %step, %c32 : index
      %x = tile.load %a[%row, %at] : !tile.global<?x?xbf16> -> tensor<128x32xbf16>
      %y = tile.load %b[%at, %column] : !tile.global<?x?xbf16> -> tensor<32x128xbf16>
      %old = tile.get %sum : !tile.slot<tensor<128x128xf32>>
      %new = tile.dot %x, %y, %old : tensor<128x32xbf16>, tensor<32x128xbf16>, tensor<128x128xf32>
      tile.set %sum, %new : !tile.slot<tensor<128x128xf32>>
    }
    %result = tile.get %sum : !tile.slot<tensor<128x128xf32>>
    tile.store %result, %c[%row, %column] : tensor<128x128xf32>, !tile.global<?x?xf32>
  }
  tile.return
}
)";

std::vector<double> smallIntegers(size_t count, unsigned seed) {
  std::vector<double> values(count);
  for (double &value : values) {
    seed = seed * 1664525 + 1013904223;
    value = static_cast<int>(seed >> 28) - 8;
  }
  return values;
}

void checkMatmul(int64_t m, int64_t n, int64_t k) {
  const auto a = smallIntegers(m * k, 1), b = smallIntegers(k * n, 2);
  Floats arrayA(Element::BF16, {m, k}, a), arrayB(Element::BF16, {k, n}, b), arrayC(Element::F32, {m, n});
  std::vector<double> expected(m * n, 0);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t step = 0; step < k; ++step) expected[i * n + j] += a[i * k + step] * b[step * n + j];
  const auto begin = std::chrono::steady_clock::now();
  const EvaluateResult result = parseAndEvaluate(kMatmul, "matmul", {arrayA, arrayB, arrayC});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  INFO(m << " x " << n << " x " << k << " took " << took.count() << " s");
  CHECK(result.message() == "");
  CHECK(arrayC.values() == expected);
}

} // namespace

TEST_CASE("a blocked matmul gives the plain product, whatever the tails") {
  checkMatmul(257, 129, 65);
  checkMatmul(1, 1, 1);
  checkMatmul(128, 128, 32);
  checkMatmul(5, 200, 0);
}

TEST_CASE("an empty output runs no block") { checkMatmul(0, 7, 3); }
