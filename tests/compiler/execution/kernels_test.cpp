// The example kernels on the emulator, against plain C++ in double; what must not depend on the schedule.
#include "execution.hpp"
#include "gemm.hpp"

#include "../../../examples/kernels/matmul_bias_silu.hpp"
#include "../../../examples/kernels/matmul_staged.hpp"
#include "../../../examples/kernels/row_softmax.hpp"
#include "../../../examples/kernels/vector_add.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <sstream>

using namespace execution;

namespace {

tilewright::CompileOptions ptxOnly() {
  tilewright::CompileOptions options;
  options.assemble = false;
  return options;
}

/// Largest difference between a tensor and what `expected` gives for each element in row-major order.
double worst(const HostTensor &tensor, auto expected) {
  double most = 0;
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    double difference = std::abs(tensor.at(i) - expected(i));
    most = std::isnan(difference) ? INFINITY : std::max(most, difference);
  }
  return most;
}

std::vector<std::byte> bytesOf(const HostTensor &tensor) { return {tensor.bytes().begin(), tensor.bytes().end()}; }

} // namespace

TEST_CASE("vector add of any length") {
  auto program = compiled(tw::trace(VectorAdd{}, {.name = "vector_add"}), ptxOnly());
  for (std::int64_t n : {0, 1, 3, 1000, 1024, 4096, 5001}) {
    CAPTURE(n);
    auto x = normals(ElementType::f32, {n}, 1), y = normals(ElementType::f32, {n}, 2);
    auto outcome = run(program.artifact, {x, y, tensor(ElementType::f32, {n})});
    CHECK(worst(outcome.tensor(2), [&](std::int64_t i) { return double(float(x.at(i) + y.at(i))); }) == 0);
  }
}

TEST_CASE("row softmax of rows of any length") {
  auto program = compiled(tw::trace(RowSoftmax{}, {.name = "row_softmax"}), ptxOnly());
  for (auto [rows, columns] : {std::pair(5, 64), std::pair(64, 1000), std::pair(3, 1), std::pair(9, 77)}) {
    CAPTURE(rows, columns);
    auto x = normals(ElementType::f32, {rows, columns}, 1);
    auto outcome = run(program.artifact, {x, tensor(ElementType::f32, {rows, columns})});
    double most = worst(outcome.tensor(1), [&](std::int64_t i) {
      std::int64_t first = i / columns * columns;
      double top = -INFINITY, sum = 0;
      for (int c = 0; c < columns; ++c) top = std::max(top, x.at(first + c));
      for (int c = 0; c < columns; ++c) sum += std::exp(x.at(first + c) - top);
      return std::exp(x.at(i) - top) / sum;
    });
    CHECK(most < 1e-6);
  }
}

TEST_CASE("product with bias, scale and SiLU") {
  auto program = compiled(tw::trace(MatmulBiasSilu{}, {.name = "matmul_bias_silu"}), ptxOnly());
  for (auto [m, n, k] : {std::array<std::int64_t, 3>{64, 128, 64}, {33, 65, 17}}) {
    CAPTURE(m, n, k);
    auto x = normals(ElementType::bf16, {m, k}, 1), w = normals(ElementType::bf16, {k, n}, 2);
    auto bias = normals(ElementType::f32, {n}, 3);
    auto alpha = tw::rt::Scalar::of_double(ElementType::f32, 0.25);
    auto outcome = run(program.artifact, {x, w, bias, tensor(ElementType::bf16, {m, n}), alpha});
    double most = worst(outcome.tensor(3), [&, n = n, k = k](std::int64_t at) {
      std::int64_t i = at / n, j = at % n;
      double sum = 0;
      for (std::int64_t l = 0; l < k; ++l) sum += x.at(i * k + l) * w.at(l * n + j);
      double value = 0.25 * sum + bias.at(j);
      return value / (1 + std::exp(-value));
    });
    // Half a unit in the last place of bf16 at the largest magnitude that occurs.
    CHECK(most < 0.05);
  }
}

TEST_CASE("stages do not change a bit, and neither do other schedules of warps in the emulator") {
  Gemm<tw::bf16, tw::f32, tw::f32> kernel;
  std::string module = tw::trace(kernel, {.name = "gemm"});
  auto a = normals(ElementType::bf16, {65, 200}, 1), b = normals(ElementType::bf16, {200, 72}, 2);
  std::vector<std::byte> first;
  for (int stages = 1; stages <= 6; ++stages) {
    CAPTURE(stages);
    tilewright::CompileOptions options = ptxOnly();
    options.schedule.stages = stages;
    auto outcome = run(compiled(module, options).artifact, {a, b, tensor(ElementType::f32, {65, 72})},
                       {.seed = std::uint64_t(stages), .schedules = 3});
    if (stages == 1) first = bytesOf(outcome.tensor(2));
    CHECK(bytesOf(outcome.tensor(2)) == first);
  }
}

TEST_CASE("a staged kernel is the product that its dataflow form is") {
  auto program = compiled(tw::trace(MatmulStaged{}, {.name = "matmul_staged"}), ptxOnly());
  auto a = integers(ElementType::bf16, {130, 72}, 3, 1), b = integers(ElementType::bf16, {72, 40}, 3, 2);
  auto outcome = run(program.artifact, {a, b, tensor(ElementType::bf16, {130, 40})});
  auto exact = [&](std::int64_t at) {
    double sum = 0;
    for (int k = 0; k < 72; ++k) sum += a.at(at / 40 * 72 + k) * b.at(k * 40 + at % 40);
    // bf16 holds whole numbers to 256 exactly; larger sums are rounded to 8 bits.
    return sum;
  };
  CHECK(worst(outcome.tensor(2), exact) <= 1);
}

TEST_CASE("the same input gives the same PTX, wherever its source lies") {
  std::string module = tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{}, {.name = "gemm"});
  auto first = compiled(module, ptxOnly());
  CHECK(compiled(module, ptxOnly()).artifact.ptx == first.artifact.ptx);

  // The same trace from another file and other lines.
  std::string moved = module;
  for (std::size_t at = 0; (at = moved.find("gemm.hpp\":", at)) != std::string::npos;) {
    moved.insert(at, "elsewhere/");
    at += 20;
    moved.insert(moved.find_first_of("0123456789", at), "1");
  }
  REQUIRE(moved != module);
  auto second = compiled(moved, ptxOnly());
  CHECK(second.artifact.ptx == first.artifact.ptx);
  CHECK(second.artifact.key == first.artifact.key);
  CHECK(second.artifact.line_map.lines != first.artifact.line_map.lines);
}

TEST_CASE("every mma belongs to the line of the product") {
  auto program = compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{}, {.name = "gemm"}), ptxOnly());
  CHECK(program.artifact.ptx.find(".loc") == std::string::npos);
  std::istringstream text(program.artifact.ptx);
  int number = 0, products = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (line.find("mma.sync") == std::string::npos) continue;
    ++products;
    auto *place = program.artifact.line_map.find(number);
    REQUIRE(place != nullptr);
    CHECK(place->file.ends_with("gemm.hpp"));
    CHECK(place->line == 22);
  }
  CHECK(products > 0);
}
