// Products of two iterations that overlap: right for every number of iterations, and in the order that makes it worth
// it.
#include "execution.hpp"

#include <catch2/catch.hpp>

#include "../../../examples/kernels/attention.hpp"
#include "../../../examples/kernels/matmul_block_scaled.hpp"

#include <array>
#include <cmath>

using namespace execution;

namespace {

/// o = sum over the blocks j below a quarter of the length of `steps` of weight(j) * (q k_j^T) v_j, plus the row sums
/// of all q k_j^T. With `weighted`, weight(j) is j + 1, so that the late part of an iteration needs its number;
/// otherwise it is 1. Exact on small integers.
struct Chain {
  int bm = 64, bn = 32, d = 64;
  bool weighted = false;

  void operator()(tw::Tensor<tw::bf16, 2> q, tw::Tensor<tw::bf16, 2> k, tw::Tensor<tw::bf16, 2> v,
                  tw::Tensor<tw::f32, 1> steps, tw::Tensor<tw::f32, 2> o) const {
    using namespace tw;
    auto Q = q.tiled(bm, d), K = k.tiled(bn, d), V = v.tiled(bn, d);
    auto O = o.tiled(bm, d);
    for (Index i : blocks(O.rows())) {
      auto qi = load(Q(i, 0));
      Tile<f32> total = zeros<f32>(bm, 1), sums = zeros<f32>(bm, d);
      for (Index j : range(steps.size(0) / 4)) {
        Tile<f32> s = dot(qi, transposed(K(j, 0)));
        total = total + reduce_sum(s, axis{1});
        if (weighted)
          sums = sums + dot(cast<bf16>(s), V(j, 0)) * cast<f32>(cast<i32>(j) + 1);
        else
          sums += dot(cast<bf16>(s), V(j, 0));
      }
      O(i, 0) = sums + total;
    }
  }
};

std::vector<double> reference(const Chain &chain, const HostTensor &q, const HostTensor &k, const HostTensor &v,
                              std::int64_t keys) {
  std::int64_t rows = q.shape()[0], d = q.shape()[1];
  std::vector<double> result(static_cast<std::size_t>(rows * d));
  for (std::int64_t i = 0; i < rows; ++i) {
    double total = 0;
    for (std::int64_t j = 0; j < keys; ++j) {
      double score = 0;
      for (std::int64_t x = 0; x < d; ++x) score += q.at(i * d + x) * k.at(j * d + x);
      total += score;
      if (chain.weighted) score *= static_cast<double>(j / chain.bn + 1);
      for (std::int64_t x = 0; x < d; ++x) result[static_cast<std::size_t>(i * d + x)] += score * v.at(j * d + x);
    }
    for (std::int64_t x = 0; x < d; ++x) result[static_cast<std::size_t>(i * d + x)] += total;
  }
  return result;
}

tilewright::CompileOptions hopper(int stages, bool persistent) {
  tilewright::CompileOptions options;
  options.target = "sm_90a";
  options.assemble = false;
  options.schedule.stages = stages;
  options.schedule.persistent = persistent;
  return options;
}

void check(const Chain &chain, int stages, bool persistent) {
  auto program = compiled(tw::trace(chain, {.name = "chain"}), hopper(stages, persistent));
  CHECK(program.remarks == std::vector<std::string>{});
  REQUIRE(program.artifact.ptx.find("wgmma.wait_group.sync.aligned 1;") != std::string::npos);
  for (std::int64_t steps : {0, 1, 2, 3, 7})
    for (std::uint64_t seed : {0, 1, 2}) {
      std::int64_t keys = chain.bn * steps - (steps > 1 ? 5 : 0); // the last block is not full
      CAPTURE(chain.bm, chain.weighted, stages, persistent, keys, seed);
      auto q = integers(ElementType::bf16, {136, chain.d}, 1, 1),
           k = integers(ElementType::bf16, {std::max<std::int64_t>(keys, 1), chain.d}, 1, 2),
           v = integers(ElementType::bf16, {std::max<std::int64_t>(keys, 1), chain.d}, 1, 3);
      auto outcome = run(program.artifact,
                         {q, k, v, tensor(ElementType::f32, {4 * steps}), tensor(ElementType::f32, {136, chain.d})},
                         {.seed = seed});
      CHECK(outcome.variant == "chain");
      auto want = reference(chain, q, k, v, keys);
      for (std::int64_t i = 0; i < 136 * chain.d; ++i)
        REQUIRE(outcome.tensor(4).at(i) == want[static_cast<std::size_t>(i)]);
    }
}

} // namespace

TEST_CASE("any number of iterations, none included") {
  check({}, 2, true);
  check({.bm = 128}, 3, false);
}

TEST_CASE("one stage is enough") { check({}, 1, true); }

TEST_CASE("the late part knows the number of its iteration") { check({.weighted = true}, 2, false); }

TEST_CASE("the next product with K is started before the product with V, and the softmax runs beside that") {
  for (int bn : {128, 176}) {
    CAPTURE(bn);
    auto options = hopper(0, true);
    auto program = compiled(tw::trace(Attention{.bm = 128, .bn = bn, .d = 128}, {.name = "attention"}), options);
    const std::string &ptx = program.artifact.ptx;
    const std::string withK = "wgmma.mma_async.sync.aligned.m64n" + std::to_string(bn) + "k16";
    // The first with K stands before the loop; from the second on, those of the loop.
    std::size_t second = ptx.find("wgmma.fence", ptx.find("ex2.approx"));
    REQUIRE(second != std::string::npos);
    std::size_t k = ptx.find(withK, second);
    std::size_t v = ptx.find("wgmma.fence", k);
    std::size_t scores = ptx.find("wgmma.wait_group.sync.aligned 1;", v);
    std::size_t powers = ptx.find("ex2.approx", scores);
    std::size_t sums = ptx.find("wgmma.wait_group.sync.aligned 0;", scores);
    std::size_t narrowed = ptx.find("cvt.rn.bf16x2", sums);
    CHECK(k < v);
    CHECK(v < scores);
    CHECK(scores < powers);
    CHECK(powers < sums);
    CHECK(sums < narrowed);
    CHECK(narrowed != std::string::npos);
  }
}

TEST_CASE("a scaled product is added up while the next one runs") {
  auto program = compiled(tw::trace(MatmulBlockScaled{}, {.name = "scaled"}), hopper(0, true));
  const std::string &ptx = program.artifact.ptx;
  CHECK(program.remarks == std::vector<std::string>{});
  // The first product stands before the loop.
  std::size_t product = ptx.find("wgmma.fence", ptx.find("wgmma.wait_group"));
  std::size_t scales = ptx.find("ld.global", product);
  std::size_t added = ptx.find("add.rn.f32", product);
  std::size_t complete = ptx.find("wgmma.wait_group", product);
  CHECK(product < scales);
  CHECK(scales < complete);
  CHECK(added < complete);
  CHECK(complete != std::string::npos);
}

TEST_CASE("scales of blocks, for any number of blocks, rows and columns") {
  auto program = compiled(tw::trace(MatmulBlockScaled{}, {.name = "scaled"}), hopper(0, true));
  for (auto [m, n, k] : {std::array{1, 16, 16}, {129, 128, 128}, {136, 200, 272}, {128, 136, 400}}) {
    CAPTURE(m, n, k);
    auto a = integers(ElementType::e4m3, {m, k}, 3, 1), b = integers(ElementType::e4m3, {n, k}, 3, 2);
    auto sa = integers(ElementType::f32, {m, (k + 127) / 128}, 3, 3),
         sb = integers(ElementType::f32, {(n + 127) / 128, (k + 127) / 128}, 1, 4);
    auto outcome = run(program.artifact, {a, sa, b, sb, tensor(ElementType::bf16, {m, n})}, {.seed = 1});
    CHECK(outcome.variant == "scaled");
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double want = 0;
        for (std::int64_t p = 0; p < k; ++p)
          want += a.at(i * k + p) * b.at(j * k + p) * sa.at(i * ((k + 127) / 128) + p / 128) *
                  sb.at(j / 128 * ((k + 127) / 128) + p / 128);
        // The sums are exact; one rounding to bf16 follows.
        REQUIRE(std::abs(outcome.tensor(4).at(i * n + j) - want) <= std::ldexp(std::abs(want), -8));
      }
  }
}

TEST_CASE("both parts of the loop fit the registers, and the assembler finds nothing that serialises") {
  if (!tilewright::findAssembler()) {
    WARN("SKIPPED: no assembler on this machine");
    return;
  }
  auto check = [](const std::string &module, const std::string &entry) {
    CAPTURE(entry);
    auto options = hopper(0, true);
    options.assemble = true;
    auto program = compiled(module, options);
    for (const std::string &note : program.resources.notes) // those of the general variant aside
      if (note.find("'" + entry + "'") != std::string::npos) FAIL_CHECK(note);
    int found = 0;
    for (const auto &resources : program.resources.entries) {
      if (resources.name != entry) continue;
      ++found;
      CHECK(resources.spillStoreBytes == 0);
      CHECK(resources.spillLoadBytes == 0);
    }
    CHECK(found == 1);
  };
  check(tw::trace(Attention{.bm = 128, .bn = 128, .d = 128}, {.name = "wide"}), "wide");
  check(tw::trace(Attention{.bm = 128, .bn = 176, .d = 128}, {.name = "wider"}), "wider");
  check(tw::trace(MatmulBlockScaled{}, {.name = "scaled"}), "scaled");
}
