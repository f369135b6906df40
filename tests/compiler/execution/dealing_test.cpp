// Orders of tiles, and tiles that a counter deals out: on the emulator with all checks and several timings, against a
// triple loop and plain attention.
#include "attention_check.hpp"
#include "hopper_products.hpp"

using namespace execution;

namespace {

Gemm<tw::bf16, tw::f32, tw::f32> product() { return {64, 64, 64}; }

tilewright::CompileOptions dynamic() {
  auto options = hopper();
  options.schedule.dynamic = true;
  return options;
}

} // namespace

TEST_CASE("a counter deals tiles out to the blocks that are done") {
  // 156 tiles, of which the target holds 132 at once; fewer tiles than blocks; one.
  hopper_products(ElementType::bf16, ElementType::f32, product(), {{832, 768, 64}, {72, 136, 136}, {64, 64, 64}},
                  dynamic());
}

TEST_CASE("dealt tiles of two warpgroups that leave by TMA") {
  Gemm<tw::bf16, tw::f32, tw::bf16> kernel{.bm = 128, .bn = 64, .bk = 64};
  auto options = dynamic();
  options.schedule.stages = 2;
  hopper_products(ElementType::bf16, ElementType::bf16, kernel, {{1672, 656, 72}}, options, 3);
}

TEST_CASE("dealt tiles without iterations, rows or columns") {
  hopper_products(ElementType::bf16, ElementType::f32, product(), {{64, 64, 0}, {0, 8, 8}, {8, 0, 8}}, dynamic());
}

TEST_CASE("the counter is a workspace that is zero before each launch") {
  auto program = compiled(tw::trace(product(), {.name = "gemm"}), dynamic());
  const tw::rt::Variant &variant = program.artifact.rule.variants.front();
  REQUIRE(variant.steps.size() == 2);
  const auto &zero = std::get<tw::rt::MemsetRule>(variant.steps.front());
  CHECK((zero.argument == -1 && zero.value == 0 && zero.bytes == variant.workspace_bytes));
  CHECK(contains(program.artifact.ptx, "atom.relaxed.gpu.global.add.u32"));
  CHECK(contains(program.artifact.schedule, R"("dynamic":true)"));
}

TEST_CASE("parts of sums are dealt out too") {
  auto options = dynamic();
  options.schedule.splits = 3;
  for (bool deterministic : {true, false}) {
    options.schedule.deterministic = deterministic;
    hopper_products(ElementType::bf16, ElementType::f32, product(), {{456, 400, 136}}, options, 4);
  }
}

TEST_CASE("every tile is computed in every order") {
  for (bool reversed : {false, true})
    for (const char *order : {"grouped", "hilbert"})
      for (int group : {2, 8}) {
        CAPTURE(reversed, order, group);
        auto options = hopper();
        options.schedule.order = order;
        options.schedule.reversed = reversed;
        options.schedule.rasterGroup = group;
        if (group == 2) hopper_products(ElementType::bf16, ElementType::f32, product(), {{64 * 5, 200, 64}}, options);
        options.target = "sm_80";
        auto program = compiled(tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{16, 16, 16}, {.name = "gemm"}), options);
        for (Case size : {Case{16 * 11, 16 * 10, 16}, {16 * 3, 16 * 17, 16}}) {
          auto a = integers(ElementType::bf16, {size.m, size.k}, 3, 1),
               b = integers(ElementType::bf16, {size.k, size.n}, 3, 2);
          check(run(program.artifact, {a, b, tensor(ElementType::f32, {size.m, size.n})}), size, false, false);
        }
      }
}

TEST_CASE("causal attention, the longest rows first, dealt out") {
  auto options = dynamic();
  options.schedule.reversed = true;
  check_attention({.bm = 64, .bn = 64, .d = 64, .causal = true}, options, "wgmma", 200, 200, 1);
  check_attention({.bm = 128, .bn = 64, .d = 64}, options, "wgmma", 264, 136, 2);
}
