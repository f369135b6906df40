// Attention on the emulator against a plain softmax in double.
#pragma once

#include "execution.hpp"

#include "../../../examples/kernels/attention.hpp"

#include <catch2/catch.hpp>

#include <cmath>

namespace execution {

/// softmax(scale * ln 2 * q k^T) v, row by row.
inline std::vector<double> attention_reference(const HostTensor &q, const HostTensor &k, const HostTensor &v,
                                               double scale, bool causal) {
  std::int64_t rows = q.shape()[0], keys = k.shape()[0], d = q.shape()[1];
  std::vector<double> result(static_cast<std::size_t>(rows * d));
  for (std::int64_t i = 0; i < rows; ++i) {
    std::vector<double> weights;
    double total = 0;
    for (std::int64_t j = 0; j < keys && (!causal || j <= i); ++j) {
      double score = 0;
      for (std::int64_t x = 0; x < d; ++x) score += q.at(i * d + x) * k.at(j * d + x);
      weights.push_back(std::exp2(score * scale));
      total += weights.back();
    }
    for (std::size_t j = 0; j < weights.size(); ++j)
      for (std::int64_t x = 0; x < d; ++x)
        result[static_cast<std::size_t>(i * d + x)] += weights[j] / total * v.at(static_cast<std::int64_t>(j) * d + x);
  }
  return result;
}

/// `rows` queries against `keys` keys, by the variant for aligned memory, whose code has `instruction`.
inline void check_attention(Attention kernel, const tilewright::CompileOptions &options, const char *instruction,
                            std::int64_t rows, std::int64_t keys, std::uint64_t seed) {
  auto program = compiled(tw::trace(kernel, {.name = "attention"}), options);
  CAPTURE(options.target, kernel.bm, kernel.bn, kernel.d, kernel.causal, rows, keys);
  REQUIRE(program.artifact.ptx.find(instruction) != std::string::npos);
  auto q = normals(ElementType::bf16, {rows, kernel.d}, 1), k = normals(ElementType::bf16, {keys, kernel.d}, 2),
       v = normals(ElementType::bf16, {keys, kernel.d}, 3);
  float scale = static_cast<float>(1 / std::sqrt(double(kernel.d)) / std::log(2.0));
  auto outcome =
      run(program.artifact,
          {q, k, v, tensor(ElementType::bf16, {rows, kernel.d}), tw::rt::Scalar::of_double(ElementType::f32, scale)},
          {.seed = seed});
  CHECK(outcome.variant == "attention");
  auto want = attention_reference(q, k, v, scale, kernel.causal);
  // Weights and results are rounded to bf16 (2^-9 each, relative); weights sum to one, and |v| is at most about 4.
  for (std::int64_t i = 0; i < rows * kernel.d; ++i) {
    double got = outcome.tensor(3).at(i), expected = want[static_cast<std::size_t>(i)];
    if (!(std::abs(got - expected) <= 0.01 * (1 + std::abs(expected)))) {
      CAPTURE(i / kernel.d, i % kernel.d);
      REQUIRE(got == expected);
    }
  }
}

} // namespace execution
