// Writes to shared memory: every element goes to its place, and lanes fall into different banks.
#include "tilewright/Layout/Builders.h"
#include "tilewright/Layout/WritePlan.h"

#include <catch2/catch.hpp>

using namespace tilewright::layout;

namespace {

void check(const Distributed &layout, const Memory &memory, int elementBytes, bool exchanges) {
  WritePlan plan = planWrite(layout, memory, elementBytes);
  CHECK(plan.partner.empty() != exchanges);
  CHECK(bankConflicts(plan.access, elementBytes).conflicts() == 0);
  for (int warp = 0; warp < layout.warps(); ++warp)
    for (int lane = 0; lane < Distributed::lanes; ++lane)
      for (int reg = 0; reg < layout.elementsPerThread(); ++reg)
        if (plan.offset(reg, lane, warp) != memory.offset(layout.coordinates(reg, lane, warp))) {
          CAPTURE(reg, lane, warp);
          REQUIRE(plan.offset(reg, lane, warp) == memory.offset(layout.coordinates(reg, lane, warp)));
        }
}

} // namespace

TEST_CASE("a fragment of 32-bit elements is written to 128-byte rows in two orders") {
  auto layout = *wgmmaAccumulator({128, 32}, 2, 1);
  auto memory = *Memory::swizzled({128, 32}, {1, 0}, 4);
  CHECK(bankConflicts(planAccess(layout, memory, 4), 4).conflicts() > 0);
  check(layout, memory, 4, true);
}

TEST_CASE("one of 8-bit elements is written in one order") {
  check(*wgmmaAccumulator({64, 128}, 1, 1), *Memory::swizzled({64, 128}, {1, 0}, 1), 1, false);
}

TEST_CASE("where no other order helps the plan is the plain one") {
  // Rows of 128 bytes without a permutation: all rows at one column are in one bank.
  auto layout = *wgmmaAccumulator({64, 8}, 1, 1);
  WritePlan plan = planWrite(layout, Memory::padded({64, 8}, {1, 0}, 24), 4);
  CHECK(plan.partner.empty());
  CHECK(bankConflicts(plan.access, 4).conflicts() > 0);
}
