// Attention on the emulator, by single warps and by warpgroups, against a plain softmax in double.
#include "execution.hpp"

#include "../../../examples/kernels/attention.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace execution;

namespace {

/// softmax(scale * ln 2 * q k^T) v, row by row.
std::vector<double> reference(const HostTensor &q, const HostTensor &k, const HostTensor &v, double scale,
                              bool causal) {
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

void check(Attention kernel, const char *target, const char *instruction, std::int64_t rows, std::int64_t keys,
           std::uint64_t seed, int cluster = 0) {
  tilewright::CompileOptions options;
  options.target = target;
  options.assemble = false;
  options.schedule.cluster = cluster;
  auto program = compiled(tw::trace(kernel, {.name = "attention"}), options);
  CAPTURE(target, kernel.bm, kernel.bn, kernel.d, kernel.causal, rows, keys);
  REQUIRE(program.artifact.ptx.find(instruction) != std::string::npos);
  auto q = normals(ElementType::bf16, {rows, kernel.d}, 1), k = normals(ElementType::bf16, {keys, kernel.d}, 2),
       v = normals(ElementType::bf16, {keys, kernel.d}, 3);
  float scale = static_cast<float>(1 / std::sqrt(double(kernel.d)) / std::log(2.0));
  auto outcome =
      run(program.artifact,
          {q, k, v, tensor(ElementType::bf16, {rows, kernel.d}), tw::rt::Scalar::of_double(ElementType::f32, scale)},
          {.seed = seed});
  CHECK(outcome.variant == "attention");
  auto want = reference(q, k, v, scale, kernel.causal);
  // Weights and results are rounded to bf16 (2^-9 each, relative); weights sum to one, and |v| is at most about 4.
  for (std::int64_t i = 0; i < rows * kernel.d; ++i) {
    double got = outcome.tensor(3).at(i), expected = want[static_cast<std::size_t>(i)];
    if (!(std::abs(got - expected) <= 0.01 * (1 + std::abs(expected)))) {
      CAPTURE(i / kernel.d, i % kernel.d);
      REQUIRE(got == expected);
    }
  }
}

} // namespace

TEST_CASE("attention by single warps") {
  check({.bm = 64, .bn = 64, .d = 64}, "sm_80", "mma.sync", 72, 136, 0);
  check({.bm = 64, .bn = 32, .d = 64, .causal = true}, "sm_80", "mma.sync", 100, 100, 1);
}

TEST_CASE("attention by warpgroups: weights go from registers into the second product") {
  check({}, "sm_90a", "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16", 200, 264, 0);
  check({.causal = true}, "sm_90a", "wgmma.mma_async", 136, 136, 1);
  check({.bm = 64, .bn = 64, .d = 128}, "sm_90a", "wgmma.mma_async.sync.aligned.m64n128k16", 65, 72, 2);
  check({.bm = 128, .bn = 176, .d = 128}, "sm_90a", "wgmma.mma_async.sync.aligned.m64n176k16", 128, 360, 3);
}

TEST_CASE("blocks of queries load keys and values together") {
  check({}, "sm_90a", "multicast::cluster", 200, 264, 4, 2);
  check({.bm = 64, .bn = 64, .d = 128}, "sm_90a", "multicast::cluster", 264, 136, 5, 4);
}
