// Rounds between barriers of a whole block: what they leave out must not be missed by anything that comes later.
#include "checks/access_plan.hpp"
#include "race_fixture.hpp"

#include <deque>
#include <random>
#include <set>
#include <tuple>

using namespace tw::emulator;

namespace {

using Addresses = RaceFixture::Addresses;

constexpr std::uint32_t kWarps = 4, kArea = 1024;
constexpr LaunchShape kShape{.blocks = 1, .blocks_per_cluster = 1, .threads_per_block = 32 * kWarps};

LaunchShape in_rounds() {
  LaunchShape shape = kShape;
  shape.private_shared = true;
  return shape;
}

/// A planned access to shared memory; the plans live as long as this.
struct Planned {
  std::deque<AccessPlan> plans;
  void operator()(RaceFixture &f, PlaceIndex place, std::uint32_t warp, LaneMask lanes, bool write,
                  const Addresses &addresses, std::uint32_t bytes = 4) {
    plans.push_back(*AccessPlan::make(lanes, bytes, addresses.data(), write));
    f.checker.access({{warp}, place, Space::shared, {0}, lanes, bytes, addresses}, plans.back());
  }
};

Addresses row(std::uint64_t base, std::uint64_t stride = 4) {
  Addresses addresses;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane) addresses[lane] = base + stride * lane;
  return addresses;
}

/// What was found, and between which places. Which lanes stand for a pair, and in how many entries a conflict is
/// counted, depends on what else the shadow still holds.
auto pairs_of(std::span<const RaceReport> reports) {
  std::set<std::tuple<RaceSort, std::uint32_t, std::uint32_t>> pairs;
  for (const RaceReport &r : reports) pairs.emplace(r.sort, r.earlier.place.value, r.later.place.value);
  return pairs;
}

/// Random programs of mostly separate warps that meet at barriers.
class RandomProgram {
public:
  explicit RandomProgram(std::uint32_t seed) : random_(seed) {
    for (RaceFixture *f : {&plain, &rounds}) {
      for (std::uint32_t i = 0; i < 6; ++i) {
        int bytes = 1 << (2 + i % 3);
        f->place(i < 3 ? AccessKind::load : AccessKind::store, Order::weak, Scope::cta, bytes);
      }
      f->place(AccessKind::store, Order::release, Scope::cta);
      f->place(AccessKind::load, Order::acquire, Scope::cta);
    }
  }

  void step() {
    std::uint32_t warp = pick(kWarps);
    if (!(live_ >> warp & 1)) return;
    switch (std::uint32_t which = pick(24)) {
    default: return touch(warp, which % 8 < 5 ? which % 3 : 3 + which % 3);
    case 16: return meet(live_);
    case 17: return meet(live_ & (1u << warp | 3));
    case 18: return both([&](RaceChecker &c) { c.warp_sync({warp}, kAllLanes); });
    case 19: return synchronise(warp, PlaceIndex{6 + pick(2)});
    case 20: {
      std::uint64_t offset = 16 * pick(8) + kArea * warp + (pick(8) ? 896 : 0);
      return both([&](RaceChecker &c) { c.collective_access({warp}, {0}, {0}, offset, 16); });
    }
    case 21: return both([](RaceChecker &c) { c.release_plans(); });
    case 22:
      if (pick(8) != 0) return;
      live_ &= ~(1u << warp);
      return both([&](RaceChecker &c) { c.exit_lanes({warp}, kAllLanes); });
    case 23: {
      auto addresses = row(kArea * warp);
      return both([&](RaceChecker &c) { c.access({{warp}, {0}, Space::shared, {0}, 0xffff, 4, addresses}); });
    }
    }
  }

  RaceFixture plain{kShape}, rounds{in_rounds()};

private:
  std::uint32_t pick(std::uint32_t count) { return static_cast<std::uint32_t>(random_() % count); }
  template <class F> void both(F f) {
    f(plain.checker);
    f(rounds.checker);
  }
  void touch(std::uint32_t warp, std::uint32_t place) {
    std::uint32_t bytes = 1u << (2 + place % 3), area = pick(15) == 0 ? pick(kWarps) : warp;
    // Mostly every lane keeps to bytes of its own, by each size of access elsewhere.
    std::uint64_t base = kArea * area + (bytes == 4 ? 0 : bytes == 8 ? 128 : 384), stride = bytes;
    if (pick(20) == 0) base += bytes * pick(16), stride = bytes * pick(4);
    bool write = place >= 3;
    Addresses addresses = row(base, stride);
    LaneMask lanes = pick(3) ? kAllLanes : 0xffu << 8 * pick(4);
    for (std::uint32_t lane = 0; lane < kLanes; ++lane)
      if (!(lanes >> lane & 1)) addresses[lane] = addresses[static_cast<std::size_t>(std::countr_zero(lanes))];
    for (RaceFixture *f : {&plain, &rounds}) planned_(*f, {place}, warp, lanes, write, addresses, bytes);
  }
  void meet(std::uint32_t warps) {
    both([&](RaceChecker &c) {
      for (std::uint32_t w = 0; w < kWarps; ++w)
        if (warps >> w & 1) c.barrier_arrive({w}, kAllLanes, 0, true);
      c.barrier_complete({0}, 0);
    });
  }
  void synchronise(std::uint32_t warp, PlaceIndex place) {
    Addresses flag = row(0x10000, 0);
    both([&](RaceChecker &c) { c.access({{warp}, place, Space::global, {0}, lane(3), 4, flag}); });
  }

  std::mt19937 random_;
  std::uint32_t live_ = (1u << kWarps) - 1;
  Planned planned_;
};

} // namespace

TEST_CASE("rounds and the shadow report the same") {
  int with_race = 0, reports = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    RandomProgram program(seed);
    for (std::uint32_t i = 0; i < 20 + seed % 150; ++i) {
      program.step();
      REQUIRE(program.rounds.findings() == program.plain.findings());
    }
    auto a = program.plain.checker.reports(), b = program.rounds.checker.reports();
    INFO("seed " << seed);
    CHECK(pairs_of(a) == pairs_of(b));
    with_race += !a.empty();
    reports += static_cast<int>(a.size());
  }
  CHECK(with_race > 500);
  CHECK(with_race < 1900);
  CHECK(reports > 1000);
}

TEST_CASE("a barrier of a part of the block does not end its round") {
  RaceFixture f(in_rounds());
  Planned touch;
  PlaceIndex store = f.place(AccessKind::store), load = f.place(AccessKind::load);
  touch(f, store, 0, kAllLanes, true, row(512));
  f.block_barrier({1, 2, 3});
  touch(f, load, 1, kAllLanes, false, row(512));
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("what a warp did before it ended is compared with the rest of the round") {
  RaceFixture f(in_rounds());
  Planned touch;
  PlaceIndex store = f.place(AccessKind::store), load = f.place(AccessKind::load);
  touch(f, load, 0, kAllLanes, false, row(512));
  f.checker.exit_lanes({0}, kAllLanes);
  touch(f, store, 1, kAllLanes, true, row(512));
  REQUIRE(f.sort() == RaceSort::race);
  CHECK(f.checker.reports()[0].earlier.warp.value == 0);
}

TEST_CASE("a round ends with a barrier of the threads that are left") {
  RaceFixture f(in_rounds());
  Planned touch;
  PlaceIndex store = f.place(AccessKind::store), load = f.place(AccessKind::load);
  touch(f, load, 0, kAllLanes, false, row(512));
  f.checker.exit_lanes({0}, kAllLanes);
  f.block_barrier({1, 2, 3});
  touch(f, store, 1, kAllLanes, true, row(512));
  CHECK(f.findings() == 0);
}

TEST_CASE("lanes of one store that name the same bytes are found in a round") {
  RaceFixture f(in_rounds());
  Planned touch;
  touch(f, f.place(AccessKind::store), 0, kAllLanes, true, row(512, 2));
  CHECK(f.sort() == RaceSort::same_instruction_write);
}

TEST_CASE("rounds without an end stay bounded and go on finding races") {
  RaceFixture f(in_rounds());
  Planned touch;
  PlaceIndex store = f.place(AccessKind::store), load = f.place(AccessKind::load);
  AccessPlan plan = *AccessPlan::make(kAllLanes, 4, row(512).data(), false);
  auto addresses = row(512);
  for (int i = 0; i < 20000; ++i) f.checker.access({{0}, load, Space::shared, {0}, kAllLanes, 4, addresses}, plan);
  CHECK(f.checker.shadow_size().shadow_bytes < 1 << 20);
  touch(f, store, 1, kAllLanes, true, row(512));
  CHECK(f.sort() == RaceSort::race);
}
