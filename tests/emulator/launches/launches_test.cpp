// Kernels of nvcc and of our compiler as they are: right and without findings, whatever the seed.
#include <catch2/catch.hpp>

#include <map>

#include "mutation/run.hpp"

using namespace tw::emu;

TEST_CASE("wgmma of every N, type and kind of operands, from nvcc, is right and clean") {
  std::vector<test::LaunchCase> cases = test::wgmmaCases();
  REQUIRE(cases.size() == 7 * 32 + 2 * 18 + 3 * 8);
  std::map<std::string, Module> modules;
  for (const test::LaunchCase &launch : cases) {
    const std::string &source = launch.sourceName();
    if (!modules.count(source)) {
      auto parsed = Module::parse(test::ptxOf(source), source);
      REQUIRE(std::holds_alternative<Module>(parsed));
      modules.emplace(source, std::get<Module>(parsed));
    }
    for (uint64_t seed : {0, 1}) {
      LaunchConfig how;
      how.seed = seed;
      how.checks.strict = true;
      test::CaseOutcome outcome = launch.run(modules.at(source), how);
      INFO(launch.name() << ", seed " << seed);
      for (const Finding &f : outcome.result.findings) UNSCOPED_INFO(f.text(source));
      REQUIRE(outcome.result.status == LaunchStatus::Clean);
      REQUIRE(outcome.right);
    }
  }
}

TEST_CASE("every kernel is right and clean with sixteen seeds") {
  for (const test::LaunchCase &launch : test::allCases()) REQUIRE(mutation::Subject(launch).flaw(16) == "");
}
