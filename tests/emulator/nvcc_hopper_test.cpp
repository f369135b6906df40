// Two mistakes in wgmma kernels that nvcc compiled. (The kernels without mistakes are launches/hopper_cases.cpp.)
#include <fstream>
#include <sstream>

#include "kernel_run.hpp"
#include "launches/matrix.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

std::string hopper() {
  std::ifstream file(TILEWRIGHT_HOPPER_PTX);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace

TEST_CASE("shared memory is overwritten while a wgmma may read it, or read without a proxy fence") {
  uint64_t seed = GENERATE(0, 1, 2, 3);
  Matrix a(64, 64, 2, asBf16), b(16, 64, 2, asBf16);
  std::vector<float> out(64 * 16);
  Finding f = KernelRun(hopper(), "wgmma_overwritten")
                  .buffer(a.data)
                  .buffer(b.data)
                  .buffer(out, false)
                  .block(128)
                  .seed(seed)
                  .finding("race.in-flight");
  REQUIRE(f.kind == FindingKind::Race);
  REQUIRE(f.buffer == "shared memory");
  REQUIRE(f.at.source.line > 0);
  f = KernelRun(hopper(), "wgmma_unfenced")
          .buffer(a.data)
          .buffer(b.data)
          .buffer(out, false)
          .block(128)
          .seed(seed)
          .finding("race.proxy");
  REQUIRE(f.kind == FindingKind::Race);
}
