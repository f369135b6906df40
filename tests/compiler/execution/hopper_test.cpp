// Products by wgmma whose operands producer warps bring by TMA: on the emulator with all checks and several timings,
// against a triple loop.
#include "hopper_products.hpp"

#include <algorithm>
#include <sstream>

using namespace execution;

namespace {

const std::vector<Case> few = {{128, 128, 64}, {1, 8, 16}, {136, 200, 192}, {64, 65, 63}, {64, 64, 0}, {0, 8, 8}};

} // namespace

TEST_CASE("bf16 by wgmma, every transpose") {
  for (bool transpose_a : {false, true})
    for (bool transpose_b : {false, true}) {
      Gemm<tw::bf16, tw::f32, tw::f32> kernel{.bm = 128, .bn = 128, .bk = 64};
      kernel.transpose_a = transpose_a, kernel.transpose_b = transpose_b;
      hopper_products(ElementType::bf16, ElementType::f32, kernel, few);
    }
}

TEST_CASE("a long loop goes round the stages, whatever the timing") {
  const std::vector<Case> sizes(4, {64, 64, 520});
  hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 32}, sizes);
  for (int stages : {1, 2}) {
    auto options = hopper();
    options.schedule.stages = stages;
    hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64}, sizes, options);
  }
}

TEST_CASE("blocks go on to further tiles") {
  // 144 tiles for 132 blocks of the target; with and without.
  for (bool persistent : {true, false}) {
    auto options = hopper();
    options.schedule.persistent = persistent;
    Gemm<tw::bf16, tw::f32, tw::bf16> kernel{64, 64, 64};
    auto program = compiled(tw::trace(kernel, {.name = "gemm"}), options);
    CHECK(contains(program.artifact.ptx, "%nctaid.x") == persistent);
    hopper_products(ElementType::bf16, ElementType::bf16, kernel, {{740, 768, 64}, {64, 64, 64}}, options);
  }
}

TEST_CASE("blocks of single warps go on to further tiles") {
  tilewright::CompileOptions options;
  options.assemble = false;
  options.schedule.persistent = true;
  auto program = compiled(tw::trace(Gemm<tw::f16, tw::f32, tw::f32>{32, 32, 32}, {.name = "gemm"}), options);
  Case size{832, 840, 40};
  auto a = integers(ElementType::f16, {size.m, size.k}, 3, 1), b = integers(ElementType::f16, {size.k, size.n}, 3, 2);
  check(run(program.artifact, {a, b, tensor(ElementType::f32, {size.m, size.n})}), size, false, false);
}

TEST_CASE("two warpgroups share columns") {
  auto options = hopper();
  options.schedule.warps = 8;
  hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{64, 128, 64}, few, options);
}

TEST_CASE("every span of the swizzle") {
  for (int span : {0, 32, 64}) {
    auto options = hopper();
    options.schedule.swizzle = span;
    for (bool transpose : {false, true})
      hopper_products(ElementType::bf16, ElementType::f32,
                      Gemm<tw::bf16, tw::f32, tw::f32>{64, 64, 64, transpose, !transpose}, {{72, 88, 136}}, options);
  }
}

TEST_CASE("types that want K contiguous, by wgmma") {
  hopper_products(ElementType::f16, ElementType::f16, Gemm<tw::f16, tw::f32, tw::f16>{64, 64, 64, false, true}, few);
  hopper_products(ElementType::f32, ElementType::f32, Gemm<tw::tf32, tw::f32, tw::f32>{128, 64, 32, false, true}, few);
  hopper_products(ElementType::i8, ElementType::i32, Gemm<tw::i8, tw::i32, tw::i32>{64, 96, 128, false, true}, few);
  hopper_products(ElementType::e4m3, ElementType::f32, Gemm<tw::e4m3, tw::f32, tw::f32>{128, 128, 128, false, true},
                  few);
}

namespace {

/// Opcodes of the loop that multiplies, in the first entry of the module.
std::vector<std::string> mainLoop(const std::string &ptx) {
  std::vector<std::string> opcodes, loop;
  std::istringstream lines(ptx);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word.starts_with("@")) words >> word;
    if (word.empty() || word.starts_with("//") || word.starts_with(".") || word[0] == '{' || word[0] == '}') continue;
    if (word.ends_with(":")) {
      // A block that the one before does not run into.
      if (loop.empty() && !opcodes.empty() && opcodes.back() == "bra.uni") opcodes.clear();
      continue;
    }
    opcodes.push_back(word.substr(0, word.find_first_of(";")));
    if (word.starts_with("wgmma.wait_group")) loop = opcodes;
    if (!loop.empty() && word.starts_with("bra.uni")) return opcodes;
  }
  return opcodes;
}

} // namespace

TEST_CASE("the loop of a 128 x 256 x 64 product holds wgmma and little else") {
  auto options = hopper();
  options.assemble = true;
  Gemm<tw::bf16, tw::f32, tw::bf16> kernel{.bm = 128, .bn = 256, .bk = 64};
  auto program = compiled(tw::trace(kernel, {.name = "gemm"}), options);
  auto opcodes = mainLoop(program.artifact.ptx);
  std::string text;
  for (const std::string &opcode : opcodes) text += opcode + " ";
  INFO(text);
  auto multiplies = std::count_if(opcodes.begin(), opcodes.end(), [](const std::string &opcode) {
    return opcode == "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16";
  });
  CHECK(multiplies == 4);
  CHECK(static_cast<std::ptrdiff_t>(opcodes.size()) - multiplies <= 10 * multiplies);
  CHECK(contains(program.artifact.ptx, "setmaxnreg.dec.sync.aligned.u32 \t24"));
  CHECK(contains(program.artifact.ptx, "setmaxnreg.inc.sync.aligned.u32 \t240"));
  if (program.resources.entries.empty()) {
    WARN("SKIPPED: no assembler on this machine");
    return;
  }
  CHECK_FALSE(program.resources.hasSpills());
  CHECK(program.resources.notes == std::vector<std::string>{});
}
