// What the code of the 128 x 128 x 32 bf16 product looks like: registers, spills, notes, the main loop, bank conflicts.
#include "execution.hpp"
#include "gemm.hpp"

#include "../../../examples/kernels/matmul_bias_silu.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <sstream>

using namespace execution;

namespace {

std::string module128() {
  Gemm<tw::bf16, tw::f32, tw::bf16> kernel;
  kernel.bm = kernel.bn = 128;
  kernel.bk = 32;
  return tw::trace(kernel, {.name = "gemm"});
}

/// Opcode counts of the innermost loop that multiplies, in the first entry of the module.
std::map<std::string, int> mainLoop(const std::string &ptx) {
  std::map<std::string, int> best, block;
  std::istringstream lines(ptx);
  for (std::string line; std::getline(lines, line) && line != "}";) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word.starts_with("@")) words >> word;
    if (word.empty() || word.starts_with("//") || word.starts_with(".") || word[0] == '{' || word[0] == '}') continue;
    if (word.ends_with(":")) {
      block.clear();
      continue;
    }
    ++block[word.substr(0, word.find_first_of(".;"))];
    if (word.starts_with("mma.")) best = block;
    if (word.starts_with("bra") && block.count("mma") && block["mma"] >= best["mma"]) best = block;
  }
  return best;
}

} // namespace

TEST_CASE("assembles for every target without spills and notes") {
  if (!tilewright::findAssembler()) {
    WARN("SKIPPED: no assembler on this machine");
    return;
  }
  for (const char *target : {"sm_80", "sm_89", "sm_90a"}) {
    CAPTURE(target);
    tilewright::CompileOptions options;
    options.target = target;
    auto program = compiled(module128(), options);
    CHECK_FALSE(program.resources.hasSpills());
    CHECK(program.resources.notes == std::vector<std::string>{});
    CHECK(program.artifact.cubin.size() > 0);
    for (const auto &entry : program.resources.entries)
      UNSCOPED_INFO(target << " " << entry.name << ": " << entry.registers << " registers");
  }
}

TEST_CASE("an epilogue of functions does not spill") {
  if (!tilewright::findAssembler()) {
    WARN("SKIPPED: no assembler on this machine");
    return;
  }
  auto program = compiled(tw::trace(MatmulBiasSilu{}, {.name = "matmul_bias_silu"}));
  CHECK_FALSE(program.resources.hasSpills());
  CHECK(program.resources.notes == std::vector<std::string>{});
}

TEST_CASE("the main loop holds mma and ldmatrix, copies, one barrier and address updates") {
  auto program = compiled(module128());
  auto counts = mainLoop(program.artifact.ptx);
  std::string all;
  int others = 0;
  for (const auto &[opcode, count] : counts) {
    all += opcode + " x" + std::to_string(count) + ", ";
    if (opcode != "mma" && opcode != "ldmatrix") others += count;
  }
  CAPTURE(all);
  // 64 x 64 per warp: 4 x 8 instructions of 16 x 8 x 16, twice for 32.
  CHECK(counts["mma"] == 64);
  CHECK(counts["ldmatrix"] == 16);
  CHECK(counts["bar"] + counts["barrier"] == 1);
  CHECK(counts["cp"] == 8 + 2);
  CHECK(others <= 80);
}

TEST_CASE("addresses in shared memory are 32 bits wide") {
  std::istringstream lines(compiled(module128()).artifact.ptx);
  int accesses = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("ldmatrix") == std::string::npos && line.find(".shared.") == std::string::npos) continue;
    ++accesses;
    CAPTURE(line);
    CHECK(line.substr(line.find('[') + 1, 3) != "%rd");
  }
  CHECK(accesses > 16);
}

TEST_CASE("no bank conflicts, by the layouts' own count and by the emulator's") {
  auto program = compiled(module128());
  CHECK(program.bankConflicts == std::map<std::string, int64_t>{{"gemm", 0}, {"gemm_general", 0}});
  auto a = integers(ElementType::bf16, {256, 128}, 3, 1), b = integers(ElementType::bf16, {128, 256}, 3, 2);
  auto outcome = run(program.artifact, {a, b, tensor(ElementType::bf16, {256, 256})});
  CHECK(outcome.variant == "gemm");
  CHECK(outcome.stats.ldmatrix > 0);
  CHECK(outcome.stats.ldmatrix_conflicts == 0);
  CHECK(outcome.stats.shared_load_conflicts == 0);
  CHECK(outcome.stats.shared_store_conflicts == 0);

  tilewright::CompileOptions plain;
  plain.schedule.swizzle = 0;
  CHECK(compiled(module128(), plain).bankConflicts["gemm"] > 0);
}

TEST_CASE("a schedule's span of the swizzle is the one that the kernel has") {
  auto a = integers(ElementType::bf16, {256, 128}, 3, 1), b = integers(ElementType::bf16, {128, 256}, 3, 2);
  std::set<std::string> texts;
  for (int span : {0, 32, 64, 128}) {
    tilewright::CompileOptions options;
    options.schedule.swizzle = span;
    auto program = compiled(module128(), options);
    texts.insert(program.artifact.ptx);
    auto outcome = run(program.artifact, {a, b, tensor(ElementType::bf16, {256, 256})});
    CHECK((outcome.stats.ldmatrix_conflicts == 0) == (span != 0));
  }
  CHECK(texts.size() == 4);
}
