// Tiles that a counter deals out, and sums in parts: with 16 timings each.
#include "hopper_products.hpp"

#include <algorithm>

using namespace execution;

TEST_CASE("a counter deals tiles out, with 16 timings") {
  auto options = hopper();
  options.schedule.dynamic = true;
  auto program = compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64}, {.name = "gemm"}), options);
  Case size{832, 768, 64};
  auto a = integers(ElementType::bf16, {size.m, size.k}, 3, 1), b = integers(ElementType::bf16, {size.k, size.n}, 3, 2);
  for (std::uint64_t seed = 0; seed < 16; ++seed)
    check(run(program.artifact, {a, b, tensor(ElementType::f32, {size.m, size.n})}, {.seed = seed}), size, false,
          false);
}

TEST_CASE("sums in parts give the same bits with 16 timings") {
  auto a = normals(ElementType::bf16, {136, 712}, 1), b = normals(ElementType::bf16, {712, 200}, 2);
  for (const char *target : {"sm_80", "sm_90a"})
    for (int parts : {2, 7}) {
      auto options = hopper();
      options.target = target;
      options.schedule.splits = parts;
      auto program = compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64}, {.name = "gemm"}), options);
      HostTensor first = run(program.artifact, {a, b, tensor(ElementType::f32, {136, 200})}).tensor(2);
      for (std::uint64_t seed = 1; seed < 16; ++seed) {
        auto outcome = run(program.artifact, {a, b, tensor(ElementType::f32, {136, 200})}, {.seed = seed});
        CHECK(std::ranges::equal(outcome.tensor(2).bytes(), first.bytes()));
      }
    }
}
