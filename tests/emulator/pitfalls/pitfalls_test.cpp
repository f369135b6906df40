// Every broken kernel is reported and every fixed one clean, and the table in the documents says so.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "pitfalls/table.hpp"

using namespace tw::emu::pitfalls;

TEST_CASE("broken kernels are reported and fixed ones clean under every timing") {
  std::vector<Pair> all = pairs();
  REQUIRE(all.size() >= 20);
  for (const Pair &pair : all)
    for (unsigned seed : kSeeds) {
      INFO(pair.name << ", seed " << seed);
      Outcome broken = run(pair, true, seed), fixed = run(pair, false, seed);
      INFO(broken.text << fixed.text);
      CHECK(broken.code == 1);
      CHECK(!broken.reported.empty());
      CHECK(fixed.code == 0);
    }
}

TEST_CASE("the table of faults is current") {
  std::ifstream file(TILEWRIGHT_PITFALLS_DOCUMENT);
  std::stringstream committed;
  committed << file.rdbuf();
  INFO("write it anew: emulator_pitfalls --write docs/PITFALLS.md");
  CHECK(committed.str() == document());
}
