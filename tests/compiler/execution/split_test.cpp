// Products whose sums over K are split among blocks: on the emulator with all checks and several timings, against a
// triple loop and the evaluator.
#include "hopper_products.hpp"
#include "oracle.hpp"

using namespace execution;

namespace {

/// Tails in every dimension; parts without iterations; K of none.
const std::vector<Case> ragged = {{72, 136, 520}, {64, 64, 64}, {8, 200, 72}, {136, 72, 0}};

tilewright::CompileOptions split(const char *target, int parts, bool deterministic = true) {
  tilewright::CompileOptions options;
  options.target = target;
  options.assemble = false;
  options.schedule.splits = parts;
  options.schedule.deterministic = deterministic;
  return options;
}

/// c = relu(a * b + bias), and 2 c from a second sum of the same loop: what follows the loop sees whole sums.
struct TwoSums {
  static constexpr const char *arguments[] = {"a", "b", "bias", "c", "d"};
  int bm = 64, bn = 64, bk = 32;

  void operator()(tw::Tensor<tw::bf16, 2> a, tw::Tensor<tw::bf16, 2> b, tw::Tensor<tw::f32, 1> bias,
                  tw::Tensor<tw::bf16, 2> c, tw::Tensor<tw::f32, 2> d) const {
    using namespace tw;
    auto A = a.tiled(bm, bk), B = b.tiled(bk, bn), C = c.tiled(bm, bn);
    auto D = d.tiled(bm, bn);
    auto V = bias.tiled(bn);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(bm, bn);
      auto twice = full<f32>({bm, bn}, 1.0f);
      for (Index k : range(A.cols())) {
        auto product = dot(A(i, k), B(k, j));
        acc += product;
        twice += product * 2.0f;
      }
      C(i, j) = cast<bf16>(relu(acc + reshape(load(V(j)), {1, bn})));
      D(i, j) = twice;
    }
  }
};

/// Products of several pairs of matrices: three dimensions of blocks.
struct Batched {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int bm = 32, bn = 32, bk = 16;

  void operator()(tw::Tensor<tw::f16, 2> a, tw::Tensor<tw::f16, 2> b, tw::Tensor<tw::f32, 2> c) const {
    using namespace tw;
    auto A = a.tiled(bm, bk), B = b.tiled(bk, bn);
    auto C = c.tiled(bm, bn);
    for (auto [i, j, half] : blocks(C.rows(), C.cols(), Index(2))) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
      when(half == Index(1), [&] { C(i, j) = acc; });
    }
  }
};

std::vector<std::byte> bytesOf(const HostTensor &tensor) { return {tensor.bytes().begin(), tensor.bytes().end()}; }

} // namespace

TEST_CASE("parts of K are summed by blocks of their own, on sm_80") {
  for (int parts : {2, 3, 5})
    for (bool deterministic : {true, false}) {
      auto program = compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::bf16>{64, 64, 32}, {.name = "gemm"}),
                              split("sm_80", parts, deterministic));
      CHECK(contains(program.artifact.schedule, ("\"split_k\":" + std::to_string(parts)).c_str()));
      CHECK(contains(program.artifact.ptx, ".entry gemm_whole"));
      CHECK(contains(program.artifact.ptx, "red.relaxed.gpu.global.add.f32") != deterministic);
      for (const Case &size : ragged) {
        CAPTURE(parts, deterministic, size.m, size.n, size.k);
        auto a = integers(ElementType::bf16, {size.m, size.k}, 1, 1),
             b = integers(ElementType::bf16, {size.k, size.n}, 1, 2);
        check(run(program.artifact, {a, b, tensor(ElementType::bf16, {size.m, size.n})}), size, false, false);
      }
    }
}

TEST_CASE("parts of K are summed by warpgroups with operands brought by TMA") {
  for (bool persistent : {false, true})
    for (int stages : {2, 4}) {
      auto options = split("sm_90a", 3, stages == 4);
      options.schedule.persistent = persistent;
      options.schedule.stages = stages;
      hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64}, ragged,
                      options, static_cast<std::uint64_t>(stages));
    }
  hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{128, 128, 64, false, true},
                  {{136, 136, 328}}, split("sm_90a", 4));
}

TEST_CASE("blocks of a cluster have the same part") {
  for (const char *operand : {"a", "b"}) {
    auto options = split("sm_90a", 2);
    options.schedule.cluster = 2;
    options.schedule.multicast = operand;
    hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64},
                    {{136, 200, 328}, {72, 136, 136}}, options, 5);
  }
}

TEST_CASE("other types are summed in parts too") {
  hopper_products(ElementType::e4m3, ElementType::f32, Gemm<tw::e4m3, tw::f32, tw::f32>{64, 64, 64, false, true},
                  {{72, 80, 400}}, split("sm_90a", 3));
  for (bool deterministic : {true, false}) {
    auto whole = compiled(tw::trace(Gemm<tw::i8, tw::i32, tw::i32>{32, 32, 32}, {.name = "gemm"}),
                          split("sm_80", 3, deterministic));
    Case size{40, 40, 136};
    auto a = integers(ElementType::i8, {size.m, size.k}, 90, 1), b = integers(ElementType::i8, {size.k, size.n}, 90, 2);
    check(run(whole.artifact, {a, b, tensor(ElementType::i32, {size.m, size.n})}), size, false, false);
    auto exact = compiled(tw::trace(Gemm<tw::f64, tw::f64, tw::f64>{32, 32, 16}, {.name = "gemm"}),
                          split("sm_80", 4, deterministic));
    a = integers(ElementType::f64, {size.m, size.k}, 90, 1), b = integers(ElementType::f64, {size.k, size.n}, 90, 2);
    check(run(exact.artifact, {a, b, tensor(ElementType::f64, {size.m, size.n})}), size, false, false);
  }
}

TEST_CASE("what follows the loop sees whole sums") {
  for (const char *target : {"sm_80", "sm_90a"})
    for (bool deterministic : {true, false})
      agree(tw::trace(TwoSums{}, {.name = "two_sums"}),
            {normals(ElementType::bf16, {72, 200}, 1), normals(ElementType::bf16, {200, 72}, 2),
             normals(ElementType::f32, {72}, 3), tensor(ElementType::bf16, {72, 72}),
             tensor(ElementType::f32, {72, 72})},
            1e-3, 1.0 / 128, split(target, 4, deterministic));
}

TEST_CASE("a grid of three dimensions is split too") {
  agree(tw::trace(Batched{}, {.name = "batched"}),
        {integers(ElementType::f16, {40, 88}, 3, 1), integers(ElementType::f16, {88, 40}, 3, 2),
         tensor(ElementType::f32, {40, 40})},
        0, 0, split("sm_80", 3));
}

TEST_CASE("parts are added in one order: the bits are the same with every timing") {
  auto a = normals(ElementType::bf16, {72, 520}, 1), b = normals(ElementType::bf16, {520, 136}, 2);
  for (const char *target : {"sm_80", "sm_90a"}) {
    auto program =
        compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64}, {.name = "gemm"}), split(target, 5));
    std::vector<std::byte> first;
    for (std::uint64_t seed : {0, 1, 2, 3}) {
      auto outcome = run(program.artifact, {a, b, tensor(ElementType::f32, {72, 136})}, {.seed = seed});
      if (seed == 0) first = bytesOf(outcome.tensor(2));
      CHECK(bytesOf(outcome.tensor(2)) == first);
    }
  }
}

TEST_CASE("the launch rule has a workspace for all parts") {
  auto ruleOf = [](bool deterministic) {
    return compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::bf16>{64, 32, 32}, {.name = "gemm"}),
                    split("sm_80", 4, deterministic))
        .artifact.rule;
  };
  auto planOf = [](const tw::rt::LaunchRule &rule, std::int64_t m, std::int64_t n) {
    std::vector<tw::rt::LaunchArgument> arguments;
    for (auto [rows, columns] : {std::pair(m, std::int64_t(64)), {std::int64_t(64), n}, {m, n}})
      arguments.push_back(tw::rt::DeviceTensor{ElementType::bf16, 256, {rows, columns}, {columns, 1}});
    return tw::rt::plan_launch(rule, arguments).value();
  };
  auto ordered = planOf(ruleOf(true), 65, 64);
  CHECK(ordered.workspace_bytes == 4 * (2 * 2) * 64 * 32 * 4);
  REQUIRE(ordered.steps.size() == 2);
  auto added = planOf(ruleOf(false), 65, 64);
  CHECK(added.workspace_bytes == (2 * 2) * 64 * 32 * 4);
  REQUIRE(added.steps.size() == 3);
  const auto &zero = std::get<tw::rt::MemsetStep>(added.steps[0]);
  CHECK((zero.in_workspace && zero.bytes == added.workspace_bytes && zero.value == 0));
}
