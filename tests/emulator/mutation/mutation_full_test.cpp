// All mutants: what the harness promises.
#include <catch2/catch.hpp>

#include <cstdio>

#include "mutation/report.hpp"

using namespace tw::emu::mutation;

TEST_CASE("at least 95 % of at least 300 mutants are noticed, and every needed fence and wait") {
  Report report = runMutants({});
  std::fputs(report.text(false).c_str(), stdout);
  REQUIRE(report.failures().empty());
  REQUIRE(report.counted() >= 300);
  REQUIRE(report.killed() * 100 >= report.counted() * 95);
  REQUIRE(report.excused() * 100 <= report.counted() * 5);
  Report::Bearing bearing = report.bearing();
  REQUIRE(bearing.byPath >= 30);
  REQUIRE(bearing.noticed == bearing.byPath);
}
