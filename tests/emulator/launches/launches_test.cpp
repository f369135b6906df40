// Kernels of nvcc and of our compiler as they are: right and without findings, whatever the seed.
#include <catch2/catch.hpp>

#include "mutation/run.hpp"

using namespace tw::emu;

TEST_CASE("every kernel is right and clean with sixteen seeds") {
  for (const test::LaunchCase &launch : test::allCases()) REQUIRE(mutation::Subject(launch).flaw(16) == "");
}
