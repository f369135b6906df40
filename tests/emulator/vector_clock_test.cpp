// Vector clocks: dense, sparse and per-lane parts behave as one table of numbers.
#include "checks/vector_clock.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace tw::emulator;

namespace {

/// The obvious clock: a number per lane of each actor.
struct PlainClock {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> times;
  void raise(std::uint32_t actor, LaneMask lanes, std::uint32_t time) {
    for (std::uint32_t lane = 0; lane < kLanes; ++lane)
      if (lanes >> lane & 1) times[{actor, lane}] = std::max(times[{actor, lane}], time);
  }
  std::uint32_t of(std::uint32_t actor, std::uint32_t lane) const {
    auto at = times.find({actor, lane});
    return at == times.end() ? 0 : at->second;
  }
};

constexpr std::uint32_t kActors = 12;

int differences(const VectorClock &clock, const PlainClock &plain) {
  int count = 0;
  for (std::uint32_t actor = 0; actor < kActors; ++actor)
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) count += clock.of_lane({actor}, lane) != plain.of(actor, lane);
  return count;
}

} // namespace

TEST_CASE("vector clocks agree with a plain table under random raises, joins and meets") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    // Actors 4-7 are dense in the first two, elsewhere in the third.
    VectorClock clocks[] = {VectorClock({4}, 4), VectorClock({4}, 4), VectorClock({0}, 3), VectorClock()};
    PlainClock plains[4];
    for (int step = 0; step < 30; ++step) {
      std::uint32_t which = random() % 4, actor = random() % kActors, time = random() % 20, other = random() % 4;
      LaneMask lanes = 1u << random() % kLanes | 1u << random() % kLanes;
      switch (random() % 6) {
      case 0:
      case 1:
        clocks[which].raise({actor}, time);
        plains[which].raise(actor, kAllLanes, time);
        break;
      case 2:
      case 3:
        clocks[which].raise_lanes({actor}, lanes, time);
        plains[which].raise(actor, lanes, time);
        break;
      case 4:
        clocks[which].join(clocks[other]);
        for (auto [key, value] : plains[other].times) plains[which].raise(key.first, 1u << key.second, value);
        CHECK(clocks[which].includes(clocks[other]));
        break;
      case 5:
        if (which == other) break;
        clocks[which].meet(clocks[other]);
        for (auto &[key, value] : plains[which].times) value = std::min(value, plains[other].of(key.first, key.second));
        CHECK(clocks[other].includes(clocks[which]));
        break;
      }
      REQUIRE(differences(clocks[which], plains[which]) == 0);
    }
  }
}

TEST_CASE("a clock covers a set of lanes only if it knows each of them") {
  VectorClock clock({0}, 2);
  clock.raise_lanes({6}, 0b11, 5);
  CHECK(clock.covers({6}, 0b01, 5));
  CHECK(clock.covers({6}, 0b11, 4));
  CHECK(!clock.covers({6}, 0b111, 5));
  CHECK(!clock.covers({6}, 0b11, 6));
  clock.raise({6}, 5);
  CHECK(clock.covers({6}, kAllLanes, 5));
  clock.clear();
  CHECK(clock.common({6}) == 0);
}
