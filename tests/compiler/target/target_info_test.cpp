// The table of targets.
#include "tilewright/Target/TargetInfo.h"

#include <catch2/catch.hpp>

#include <string>

using namespace tilewright;

TEST_CASE("targets are found by name") {
  Result<const TargetInfo *> ampere = findTarget("sm_80");
  REQUIRE(ampere);
  CHECK((*ampere)->sharedPerBlock == 166912);
  CHECK((*findTarget("sm_89"))->sharedPerBlock == 101376);
  CHECK((*findTarget("sm_90a"))->sharedPerBlock == 232448);
}

TEST_CASE("an unknown target is refused with the list of those that exist") {
  Result<const TargetInfo *> unknown = findTarget("sm_42");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.failure().code == "E-target-unknown");
  CHECK(unknown.failure().message == "error: unknown GPU target 'sm_42'\n"
                                     "  targets of this compiler: sm_80, sm_89, sm_90a\n"
                                     "  fix: choose one of them");
}

TEST_CASE("every target's limits agree with each other") {
  for (const TargetInfo &target : allTargets()) {
    INFO(target.name);
    CHECK(target.sharedPerBlock + target.sharedReservedPerBlock == target.sharedPerMultiprocessor);
    CHECK(target.threadsPerBlock <= target.warpsPerMultiprocessor * 32);
    for (const MmaAtom &atom : target.mma) CHECK(target.tensorFlopPerClock(atom.a) > 0);
  }
}

TEST_CASE("fp8 matrix instructions exist from sm_89 on") {
  using enum MmaElement;
  CHECK((*findTarget("sm_80"))->findMma(E4m3, E4m3, F32, 32) == nullptr);
  const MmaAtom *atom = (*findTarget("sm_89"))->findMma(E4m3, E5m2, F32, 32);
  REQUIRE(atom);
  CHECK(atom->ptxVersion == 84);
  CHECK((*findTarget("sm_80"))->findMma(Bf16, Bf16, F32, 16)->m == 16);
  CHECK((*findTarget("sm_80"))->findMma(Bf16, Bf16, F16, 16) == nullptr);
}
