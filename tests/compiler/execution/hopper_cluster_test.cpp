// Products whose operands clusters of blocks load together: on the emulator with all checks and several timings,
// against a triple loop.
#include "hopper_products.hpp"

using namespace execution;

namespace {

/// Grids of odd and even numbers of rows and columns of blocks, and one block alone.
const std::vector<Case> ragged = {{136, 200, 192}, {72, 136, 136}, {64, 64, 64}};

tilewright::CompileOptions clustered(int cluster, const char *multicast = "") {
  auto options = hopper();
  options.schedule.cluster = cluster;
  options.schedule.multicast = multicast;
  return options;
}

Gemm<tw::bf16, tw::f32, tw::f32> bf16(int bm, int bn, int bk) { return {bm, bn, bk}; }

} // namespace

TEST_CASE("blocks of a column load b together, blocks of a row a") {
  for (const char *operand : {"b", "a"})
    for (bool persistent : {false, true})
      for (int stages : {2, 3, 4}) {
        CAPTURE(operand, persistent, stages);
        auto options = clustered(2, operand);
        options.schedule.persistent = persistent;
        options.schedule.stages = stages;
        auto program = compiled(tw::trace(bf16(64, 64, 64), {.name = "gemm"}), options);
        CHECK(contains(program.artifact.schedule, R"("cluster":2)"));
        CHECK(contains(program.artifact.schedule, operand[0] == 'a' ? R"("multicast":"a")" : R"("multicast":"b")"));
        CHECK(contains(program.artifact.ptx, ".reqnctapercluster 2"));
        const auto &rule = std::get<tw::rt::KernelRule>(program.artifact.rule.variants.front().steps.front());
        CHECK(rule.cluster == std::array<int, 3>{2, 1, 1});
        CHECK(contains(program.artifact.ptx, ".multicast::cluster"));
        hopper_products(ElementType::bf16, ElementType::f32, bf16(64, 64, 64), ragged, options,
                        static_cast<std::uint64_t>(stages));
      }
}

TEST_CASE("clusters without iterations, rows or columns") {
  hopper_products(ElementType::bf16, ElementType::f32, bf16(64, 64, 64), {{64, 64, 0}, {0, 8, 8}, {8, 0, 8}},
                  clustered(2));
}

TEST_CASE("clusters take tiles together, round after round") {
  // Across the odd extent 72 clusters have tiles, of which the target holds 66 at once.
  hopper_products(ElementType::bf16, ElementType::f32, bf16(64, 64, 64), {{700, 768, 64}}, clustered(2, "b"), 1);
  hopper_products(ElementType::bf16, ElementType::f32, bf16(64, 64, 64), {{768, 700, 64}}, clustered(2, "a"), 2);
}

TEST_CASE("clusters with two warpgroups, with operands of every order") {
  for (bool transpose_a : {false, true})
    for (bool transpose_b : {false, true}) {
      Gemm<tw::bf16, tw::f32, tw::f32> kernel{.bm = 128, .bn = 128, .bk = 64};
      kernel.transpose_a = transpose_a, kernel.transpose_b = transpose_b;
      for (const char *operand : {"b", "a"})
        hopper_products(ElementType::bf16, ElementType::f32, kernel, {{136, 264, 192}, {8, 8, 72}},
                        clustered(2, operand), transpose_a ? 2 : 0);
    }
}

TEST_CASE("clusters of four and eight blocks") {
  for (int blocks : {4, 8})
    hopper_products(ElementType::bf16, ElementType::f32, bf16(64, 64, 64), {{328, 72, 136}, {64, 136, 64}},
                    clustered(blocks), 7);
}

TEST_CASE("clusters of other types and spans") {
  hopper_products(ElementType::e4m3, ElementType::f32, Gemm<tw::e4m3, tw::f32, tw::f32>{128, 64, 128, false, true},
                  {{144, 80, 272}}, clustered(2));
  hopper_products(ElementType::f32, ElementType::f32, Gemm<tw::tf32, tw::f32, tw::f32>{64, 96, 32, false, true},
                  {{72, 104, 72}}, clustered(2));
  for (int span : {0, 32}) {
    auto options = clustered(2);
    options.schedule.swizzle = span;
    for (bool transpose : {false, true})
      hopper_products(ElementType::bf16, ElementType::f32,
                      Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64, transpose, !transpose}, {{72, 88, 136}}, options);
  }
}

TEST_CASE("a row of blocks in raster groups smaller than clusters") {
  auto options = clustered(4, "b");
  options.schedule.rasterGroup = 2;
  hopper_products(ElementType::bf16, ElementType::f32, bf16(64, 64, 64), {{456, 136, 64}}, options);
}

TEST_CASE("a cluster of 128 x 256 x 64 blocks assembles without spills and notes") {
  auto options = clustered(2);
  options.assemble = true;
  Gemm<tw::bf16, tw::f32, tw::bf16> kernel{.bm = 128, .bn = 256, .bk = 64};
  auto program = compiled(tw::trace(kernel, {.name = "gemm"}), options);
  CHECK(contains(program.artifact.schedule, R"("multicast":"b")"));
  if (program.resources.entries.empty()) {
    WARN("SKIPPED: no assembler on this machine");
    return;
  }
  CHECK_FALSE(program.resources.hasSpills());
  CHECK(program.resources.notes == std::vector<std::string>{});
}
