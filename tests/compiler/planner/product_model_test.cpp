// The model of a product's time: what fits, and that it moves the right way.
#include "../../../compiler/lib/Pipeline/ProductModel.h"

#include <catch2/catch.hpp>

using namespace tilewright;

namespace {

const TargetInfo &target(const char *name) { return **findTarget(name); }

ProductProblem bf16(int64_t m, int64_t n, int64_t k, const char *name) {
  ProductProblem problem;
  problem.totalM = m, problem.totalN = n, problem.totalK = k;
  problem.bytesPerA = problem.bytesPerB = problem.bytesPerResult = 2;
  problem.flopPerClock = target(name).tensorFlopPerClock(MmaElement::Bf16);
  problem.tensor = true;
  return problem;
}

double clocks(const ProductProblem &problem, BlockShape block, const char *name) {
  auto prediction = predict(problem, block, target(name));
  REQUIRE(prediction);
  return prediction->clocks;
}

} // namespace

TEST_CASE("a block that does not fit has no prediction") {
  ProductProblem problem = bf16(4096, 4096, 4096, "sm_80");
  CHECK(predict(problem, {128, 128, 64}, target("sm_80")));
  // 3 stages of 128 KiB.
  CHECK_FALSE(predict(problem, {256, 256, 128}, target("sm_80")));
  // 98304 bytes of stages fit 99 KiB of sm_89; 4 stages do not.
  CHECK(predict(problem, {128, 128, 64}, target("sm_89")));
  problem.stages = 4;
  CHECK_FALSE(predict(problem, {128, 128, 64}, target("sm_89")));
  problem.stages = 3;
  // 16384 accumulators in one warp.
  problem.warps = 1;
  CHECK_FALSE(predict(problem, {128, 128, 64}, target("sm_80")));
  // Warps that cannot share 16 rows and 8 columns.
  problem.warps = 4;
  CHECK_FALSE(predict(problem, {16, 8, 64}, target("sm_80")));
}

TEST_CASE("no prediction is faster than the matrix units") {
  for (const TargetInfo &info : allTargets())
    for (int64_t m : {16, 32, 64, 128, 256})
      for (int64_t n : {16, 32, 64, 128, 256})
        for (int64_t k : {16, 32, 64}) {
          ProductProblem problem = bf16(4096, 4096, 4096, info.name.data());
          auto prediction = predict(problem, {m, n, k}, info);
          if (!prediction) continue;
          double peak = 2.0 * 4096 * 4096 * 4096 / (problem.flopPerClock * info.multiprocessors);
          CHECK(prediction->clocks > peak);
          CHECK(prediction->traffic >= 2.0 * 2 * 4096 * 4096);
        }
}

TEST_CASE("few rows want a low block, large products a large one") {
  ProductProblem thin = bf16(64, 2112, 7168, "sm_80");
  CHECK(clocks(thin, {64, 32, 64}, "sm_80") < clocks(thin, {128, 128, 64}, "sm_80"));
  ProductProblem large = bf16(8192, 8192, 8192, "sm_90a");
  CHECK(clocks(large, {128, 128, 64}, "sm_90a") < clocks(large, {32, 32, 64}, "sm_90a"));
}

TEST_CASE("warpgroups are faster than single warps, and want a wide block") {
  ProductProblem warps = bf16(8192, 8192, 8192, "sm_90a"), groups = warps;
  groups.wgmma = target("sm_90a").findWgmma(MmaElement::Bf16, MmaElement::Bf16, MmaElement::F32);
  REQUIRE(groups.wgmma);
  for (BlockShape block : {BlockShape{128, 128, 64}, BlockShape{128, 256, 64}})
    CHECK(clocks(groups, block, "sm_90a") < clocks(warps, block, "sm_90a"));
  CHECK(clocks(groups, {128, 256, 64}, "sm_90a") < clocks(groups, {64, 64, 64}, "sm_90a"));
  // 32 rows are no warpgroup's.
  CHECK(clocks(groups, {32, 128, 64}, "sm_90a") == clocks(warps, {32, 128, 64}, "sm_90a"));
}

TEST_CASE("clusters help blocks that wait for the second-level cache") {
  ProductProblem alone = bf16(8192, 8192, 8192, "sm_90a");
  ProductProblem single = alone;
  alone.wgmma = target("sm_90a").findWgmma(MmaElement::Bf16, MmaElement::Bf16, MmaElement::F32);
  ProductProblem together = alone;
  together.cluster = single.cluster = 2;
  CHECK(clocks(together, {128, 128, 64}, "sm_90a") < 0.95 * clocks(alone, {128, 128, 64}, "sm_90a"));
  CHECK(clocks(together, {128, 256, 64}, "sm_90a") == clocks(alone, {128, 256, 64}, "sm_90a"));
  // Blocks of single warps have none.
  CHECK(clocks(single, {128, 128, 64}, "sm_90a") == clocks(bf16(8192, 8192, 8192, "sm_90a"), {128, 128, 64}, "sm_90a"));
}

TEST_CASE("one block more than a wave costs most of another wave, unless sizes are nominal") {
  int64_t wave = 2 * target("sm_80").multiprocessors; // two blocks of 98304 bytes do not fit, of 49152 they do
  ProductProblem full = bf16(128 * wave, 128, 4096, "sm_80"), more = bf16(128 * (wave + 1), 128, 4096, "sm_80");
  double ratio = clocks(more, {128, 128, 32}, "sm_80") / clocks(full, {128, 128, 32}, "sm_80");
  CHECK(ratio > 1.5);
  full.nominal = more.nominal = true;
  ratio = clocks(more, {128, 128, 32}, "sm_80") / clocks(full, {128, 128, 32}, "sm_80");
  CHECK(ratio < 1.01);
}
