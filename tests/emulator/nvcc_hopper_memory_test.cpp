// Two mistakes in kernels that nvcc makes for sm_90a. (Those without mistakes are launches/hopper_memory_cases.cpp.)
#include <algorithm>
#include <fstream>
#include <sstream>

#include "kernel_run.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string module() {
  static const std::string text = [] {
    std::ifstream file(TILEWRIGHT_HOPPER_MEMORY_PTX);
    std::stringstream stream;
    stream << file.rdbuf();
    return stream.str();
  }();
  return text;
}

std::vector<int> counting(size_t count, int scale = 1) {
  std::vector<int> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<int>(i) * scale;
  return values;
}

} // namespace

TEST_CASE("a ring that does not wait for its empty slots is caught under every timing") {
  for (AsyncTiming timing : {AsyncTiming::Early, AsyncTiming::Late, AsyncTiming::Random}) {
    std::vector<int> in = counting(64 * 9), out(64);
    KernelRun run(module(), "ring_without_empty_wait");
    run.buffer(in).buffer(out, false).scalar(8).block(96).config.async_timing = timing;
    LaunchResult result = run.run();
    REQUIRE(std::any_of(result.findings.begin(), result.findings.end(), [](const Finding &f) {
      return f.kind == FindingKind::Race || f.rule == "mbarrier.unobserved" || f.rule == "mbarrier.count";
    }));
  }
}

TEST_CASE("a block that may end while its neighbour reads is reported") {
  std::vector<int> out(64);
  LaunchResult result = KernelRun(module(), "cluster_early_exit").buffer(out, false).grid(2).block(32).run();
  REQUIRE(std::any_of(result.findings.begin(), result.findings.end(),
                      [](const Finding &f) { return f.rule == "race.lifetime" || f.rule == "cluster.ended"; }));
}
