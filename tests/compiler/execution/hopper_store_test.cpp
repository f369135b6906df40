// Results that leave by TMA in sub-tiles: on the emulator with all checks and several timings, against a triple loop.
#include "hopper_products.hpp"

#include <algorithm>

using namespace execution;

namespace {

constexpr const char *kStore = "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group";

/// Rows of one element, odd ones, whole boxes and parts of them. A row of 65, 129 or 257 elements is no multiple of 16
/// bytes: those take the variant for any memory.
const std::vector<Case> tails = {{1, 8, 64},     {63, 200, 64}, {65, 136, 72}, {129, 64, 128},
                                 {200, 257, 64}, {257, 200, 8}, {128, 65, 64}, {200, 129, 64}};

int count(const std::string &text, const std::string &part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// No conflicts by the layouts' count and by the emulator's.
template <class In, class Sum, class Out>
void checkConflicts(ElementType in, ElementType out, Gemm<In, Sum, Out> kernel) {
  auto program = compiled(tw::trace(kernel, {.name = "gemm"}), hopper());
  CHECK(program.bankConflicts["gemm"] == 0);
  auto a = integers(in, kernel.transpose_a ? std::vector<std::int64_t>{128, 256} : std::vector<std::int64_t>{256, 128},
                    3, 1),
       b = integers(in, kernel.transpose_b ? std::vector<std::int64_t>{256, 128} : std::vector<std::int64_t>{128, 256},
                    3, 2);
  auto outcome = run(program.artifact, {a, b, tensor(out, {256, 256})});
  CHECK(outcome.variant == "gemm");
  CHECK(outcome.stats.ldmatrix_conflicts == 0);
  CHECK(outcome.stats.shared_store_conflicts == 0);
  CHECK(outcome.stats.shared_load_conflicts == 0);
}

/// y = x w + r, in the type of the result; a row of bias for each column.
struct Residual {
  static constexpr const char *arguments[] = {"x", "w", "r", "bias", "y"};
  int bm = 128, bn = 128, bk = 64;
  void operator()(tw::Tensor<tw::bf16, 2> x, tw::Tensor<tw::bf16, 2> w, tw::Tensor<tw::bf16, 2> r,
                  tw::Tensor<tw::f32, 1> bias, tw::Tensor<tw::bf16, 2> y) const {
    using namespace tw;
    auto X = x.tiled(bm, bk), W = w.tiled(bk, bn), R = r.tiled(bm, bn), Y = y.tiled(bm, bn);
    auto Bias = bias.tiled(bn);
    for (auto [i, j] : blocks(Y)) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(X.cols())) acc += dot(X(i, k), W(k, j));
      Y(i, j) = cast<bf16>(relu(acc + Bias(j)) + cast<f32>(R(i, j)));
    }
  }
};

/// Each block goes over the columns itself.
struct Rows {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int bm = 64, bn = 64, bk = 64;
  void operator()(tw::Tensor<tw::bf16, 2> a, tw::Tensor<tw::bf16, 2> b, tw::Tensor<tw::bf16, 2> c) const {
    using namespace tw;
    auto A = a.tiled(bm, bk), B = b.tiled(bk, bn), C = c.tiled(bm, bn);
    for (Index i : blocks(C.rows()))
      for (Index j : range(C.cols())) {
        auto acc = zeros<f32>(bm, bn);
        for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
        C(i, j) = cast<bf16>(acc);
      }
  }
};

} // namespace

TEST_CASE("results leave by TMA, in every type, whatever the size and the timing") {
  hopper_products(ElementType::bf16, ElementType::bf16, Gemm<tw::bf16, tw::f32, tw::bf16>{128, 128, 64}, tails);
  hopper_products(ElementType::f16, ElementType::f16, Gemm<tw::f16, tw::f32, tw::f16>{64, 96, 64}, tails, hopper(), 7);
  hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{128, 64, 64}, tails, hopper(),
                  3);
}

TEST_CASE("results leave by TMA, with one warpgroup and two, with blocks that go on and without") {
  for (bool persistent : {true, false})
    for (int warps : {4, 8}) {
      auto options = hopper();
      options.schedule.persistent = persistent;
      options.schedule.warps = warps;
      Gemm<tw::bf16, tw::f32, tw::bf16> kernel{128, 128, 32};
      auto program = compiled(tw::trace(kernel, {.name = "gemm"}), options);
      const std::string &ptx = program.artifact.ptx;
      CHECK(count(ptx, kStore) == 2);
      CHECK(count(ptx, "stmatrix.sync.aligned.m8n8.x4.shared.b16") > 0);
      // Warpgroups meet each for itself.
      CHECK(contains(ptx, "bar.sync \t%r") == (warps == 8));
      hopper_products(ElementType::bf16, ElementType::bf16, kernel, {{200, 264, 64}, {520, 136, 32}}, options,
                      static_cast<std::uint64_t>(warps));
    }
}

TEST_CASE("several tiles of one block leave through the same sub-tiles, whatever the timing") {
  // 144 tiles for 132 blocks; three sub-tiles of 32 columns through two buffers.
  auto options = hopper();
  Gemm<tw::bf16, tw::f32, tw::bf16> kernel{64, 96, 64};
  for (std::uint64_t seed : {0, 1, 2})
    hopper_products(ElementType::bf16, ElementType::bf16, kernel, {{740, 1152, 16}}, options, seed);
}

TEST_CASE("the result of maths on a product leaves by TMA") {
  auto program = compiled(tw::trace(Residual{}, {.name = "residual"}), hopper());
  CHECK(contains(program.artifact.ptx, kStore));
  std::int64_t m = 136, n = 200, k = 72;
  auto x = integers(ElementType::bf16, {m, k}, 2, 1), w = integers(ElementType::bf16, {k, n}, 2, 2),
       r = integers(ElementType::bf16, {m, n}, 9, 3), bias = integers(ElementType::f32, {n}, 5, 4);
  for (std::uint64_t seed : {0, 1, 2}) {
    auto outcome = run(program.artifact, {x, w, r, bias, tensor(ElementType::bf16, {m, n})}, {.seed = seed});
    CHECK(outcome.variant == "residual");
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = bias.at(j);
        for (std::int64_t l = 0; l < k; ++l) sum += x.at(i * k + l) * w.at(l * n + j);
        double expected = std::max(sum, 0.0) + r.at(i * n + j);
        if (outcome.tensor(4).at(i * n + j) != expected) {
          CAPTURE(i, j);
          REQUIRE(outcome.tensor(4).at(i * n + j) == expected);
        }
      }
  }
}

TEST_CASE("a loop of the kernel's own stores by TMA") {
  auto program = compiled(tw::trace(Rows{}, {.name = "gemm"}), hopper());
  CHECK(contains(program.artifact.ptx, kStore));
  for (std::uint64_t seed : {0, 1, 2}) {
    Case size{72, 328, 64};
    auto a = integers(ElementType::bf16, {size.m, size.k}, 3, 1),
         b = integers(ElementType::bf16, {size.k, size.n}, 3, 2);
    check(run(program.artifact, {a, b, tensor(ElementType::bf16, {size.m, size.n})}, {.seed = seed}), size, false,
          false);
  }
}

TEST_CASE("results of one byte leave by TMA") {
  hopper_products(ElementType::i8, ElementType::i8, Gemm<tw::i8, tw::i32, tw::i8>{64, 64, 64, false, true},
                  {{72, 80, 16}, {128, 65, 16}});
}

TEST_CASE("sub-tiles are written without bank conflicts") {
  checkConflicts(ElementType::bf16, ElementType::bf16, Gemm<tw::bf16, tw::f32, tw::bf16>{128, 256, 64});
  checkConflicts(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{128, 128, 64});
  checkConflicts(ElementType::i8, ElementType::i8, Gemm<tw::i8, tw::i32, tw::i8>{128, 128, 64, false, true});
}

TEST_CASE("a 128 x 256 x 64 product has room for 4 stages beside its sub-tiles") {
  auto options = hopper();
  options.assemble = true;
  auto program = compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::bf16>{128, 256, 64}, {.name = "gemm"}), options);
  CHECK(contains(program.artifact.schedule, "\"stages\":4"));
  // Four sub-tiles of 64 columns, of which two are in memory.
  CHECK(count(program.artifact.ptx, kStore) == 4);
  if (program.resources.entries.empty()) {
    WARN("SKIPPED: no assembler on this machine");
    return;
  }
  CHECK_FALSE(program.resources.hasSpills());
  CHECK(program.resources.notes == std::vector<std::string>{});
}
