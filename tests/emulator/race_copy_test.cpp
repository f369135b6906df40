// Asynchronous copies: what a wait orders, for whom, and what is still in flight.
#include "race_fixture.hpp"

using namespace tw::emulator;

namespace {

constexpr auto kLoad = AccessKind::load;
constexpr auto kStore = AccessKind::store;
auto wide_row = [](std::uint64_t lane) { return 16 * lane; };

struct CopyFixture : RaceFixture {
  /// cp.async of 16 bytes per lane from global to shared memory, both contiguous.
  PlaceIndex copy(std::uint32_t warp, LaneMask lanes, std::uint64_t destination, std::uint64_t source = 0x10000) {
    PlaceIndex index = place(kStore, Order::weak, Scope::cta, 16);
    Addresses from{}, to{};
    for (std::uint64_t lane = 0; lane < kLanes; ++lane) {
      from[lane] = source + 16 * lane;
      to[lane] = destination + 16 * lane;
    }
    checker.async_copy({{warp}, index, Space::global, {0}, lanes, 16, from},
                       {{warp}, index, Space::shared, {0}, lanes, 16, to});
    return index;
  }
};

} // namespace

TEST_CASE("copy, commit, wait, barrier, read by others is clean") {
  CopyFixture f;
  for (int round = 0; round < 3; ++round) {
    f.copy(0, kAllLanes, 0);
    f.checker.async_commit({0}, kAllLanes);
    f.checker.async_wait({0}, kAllLanes, 0);
    f.block_barrier({0, 1, 2, 3});
    f.touch(kLoad, 1, kAllLanes, wide_row, 16);
    f.touch(kLoad, 0, kAllLanes, wide_row, 16);
    f.block_barrier({0, 1, 2, 3});
  }
  CHECK(f.findings() == 0);
}

TEST_CASE("reading or writing the destination before the wait is in-flight, also by the issuer") {
  for (AccessKind kind : {kLoad, kStore}) {
    CopyFixture f;
    f.copy(0, kAllLanes, 0);
    f.checker.async_commit({0}, kAllLanes);
    f.touch(kind, 0, kAllLanes, wide_row, 16);
    CHECK(f.sort() == RaceSort::in_flight);
    CHECK(f.checker.reports()[0].earlier.asynchronous);
    CHECK(to_string(f.checker.reports()[0]).find("asynchronous write at line 10") != std::string::npos);
  }
}

TEST_CASE("a barrier without a wait does not publish a copy") {
  CopyFixture f;
  f.copy(0, kAllLanes, 0);
  f.checker.async_commit({0}, kAllLanes);
  f.block_barrier({0, 1, 2, 3});
  f.touch(kLoad, 1, kAllLanes, wide_row, 16);
  CHECK(f.sort() == RaceSort::in_flight);
}

TEST_CASE("a wait is for the issuing lane only: others need a barrier") {
  CopyFixture f;
  f.copy(0, kAllLanes, 0);
  f.checker.async_commit({0}, kAllLanes);
  f.checker.async_wait({0}, kAllLanes, 0);
  f.touch(kLoad, 0, kAllLanes, wide_row, 16); // each lane its own bytes
  CHECK(f.findings() == 0);
  f.read(0, lane(0), 16); // lane 1's bytes
  CHECK(f.sort() == RaceSort::race);
  f.read(1, lane(0), 32);
  CHECK(f.findings() == 2);
}

TEST_CASE("a wait is published by a warp barrier") {
  CopyFixture f;
  f.copy(0, kAllLanes, 0);
  f.checker.async_wait_all({0}, kAllLanes);
  f.checker.warp_sync({0}, kAllLanes);
  f.read(0, lane(0), 16);
  CHECK(f.findings() == 0);
}

TEST_CASE("wait_group leaves the newest groups open") {
  CopyFixture f;
  for (std::uint64_t stage = 0; stage < 3; ++stage) {
    f.copy(0, kAllLanes, 512 * stage);
    f.checker.async_commit({0}, kAllLanes);
  }
  f.checker.async_wait({0}, kAllLanes, 1);
  f.block_barrier({0, 1, 2, 3});
  for (std::uint64_t stage = 0; stage < 2; ++stage)
    f.touch(
        kLoad, 1, kAllLanes, [=](auto lane) { return 512 * stage + 16 * lane; }, 16);
  CHECK(f.findings() == 0);
  f.read(1, lane(0), 1024);
  CHECK(f.sort() == RaceSort::in_flight);
}

TEST_CASE("empty groups count, and a wait is remembered per lane") {
  CopyFixture f;
  f.copy(0, kAllLanes, 0);
  f.checker.async_commit({0}, kAllLanes);
  f.checker.async_commit({0}, lane(5)); // an empty group of one lane
  f.checker.async_wait({0}, kAllLanes, 1);
  f.block_barrier({0, 1, 2, 3});
  f.read(1, lane(0), 5 * 16);
  CHECK(f.findings() == 0);
  f.read(1, lane(0), 6 * 16);
  CHECK(f.sort() == RaceSort::in_flight);
}

TEST_CASE("wait_group does not cover uncommitted copies, wait_all does") {
  CopyFixture f;
  f.copy(0, lane(0), 0);
  f.checker.async_wait({0}, kAllLanes, 0);
  f.read(0, lane(0), 0);
  CHECK(f.sort() == RaceSort::in_flight);

  CopyFixture g;
  g.copy(0, lane(0), 0);
  g.checker.async_wait_all({0}, kAllLanes);
  g.read(0, lane(0), 0);
  CHECK(g.findings() == 0);
}

TEST_CASE("two copies to the same bytes in one group race") {
  CopyFixture f;
  f.copy(0, lane(0), 0);
  f.copy(0, lane(0), 0, 0x20000);
  CHECK(f.sort() == RaceSort::in_flight);
}

TEST_CASE("two lanes of one copy to the same bytes are a same-instruction write") {
  CopyFixture f;
  PlaceIndex index = f.place(kStore, Order::weak, Scope::cta, 16);
  RaceFixture::Addresses from{}, to{};
  from[1] = 16;
  f.checker.async_copy({{0}, index, Space::global, {0}, 0b11, 16, from},
                       {{0}, index, Space::shared, {0}, 0b11, 16, to});
  CHECK(f.sort() == RaceSort::same_instruction_write);
}

TEST_CASE("the source must not change before the wait") {
  CopyFixture f;
  f.copy(0, kAllLanes, 0);
  f.global_write(0, lane(0), 0x10000);
  REQUIRE(f.sort() == RaceSort::in_flight);
  CHECK(f.checker.reports()[0].later.kind == kStore);

  CopyFixture g;
  g.copy(0, kAllLanes, 0);
  g.checker.async_wait_all({0}, kAllLanes);
  g.global_write(0, lane(0), 0x10000);
  CHECK(g.findings() == 0);
}

TEST_CASE("a copy over bytes that another warp may still read is a race") {
  CopyFixture f;
  f.touch(kLoad, 1, kAllLanes, wide_row, 16);
  f.copy(0, kAllLanes, 0);
  CHECK(f.sort() == RaceSort::race);
  CHECK(f.checker.reports()[0].later.asynchronous);
}

TEST_CASE("a copy reads what its own lane wrote before, and zero fill reads nothing") {
  CopyFixture f;
  f.touch(
      kStore, 0, kAllLanes, [](auto lane) { return 0x10000 + 16 * lane; }, 16, Space::global);
  f.copy(0, kAllLanes, 0);
  CHECK(f.findings() == 0);
  f.global_write(1, lane(0), 0x20000);
  PlaceIndex index = f.place(kStore, Order::weak, Scope::cta, 16);
  RaceFixture::Addresses from{}, to{};
  from[0] = 0x20000;
  to[0] = 2048;
  f.checker.async_copy({{0}, index, Space::global, {0}, lane(0), 0, from},
                       {{0}, index, Space::shared, {0}, lane(0), 16, to});
  CHECK(f.findings() == 0);
}

TEST_CASE("cp.async.mbarrier.arrive passes on the copies issued so far") {
  CopyFixture f;
  SyncClock barrier;
  f.copy(0, kAllLanes, 0);
  f.checker.async_release_to(barrier, {0}, kAllLanes);
  f.copy(0, kAllLanes, 512);
  f.checker.async_commit({0}, kAllLanes);
  f.copy(0, kAllLanes, 1024);
  f.checker.async_commit({0}, kAllLanes);
  f.checker.acquire_from(barrier, {1}, kAllLanes);
  f.touch(kLoad, 1, kAllLanes, wide_row, 16);
  CHECK(f.findings() == 0);
  f.read(1, lane(0), 512);
  CHECK(f.findings() == 1);
  // The arrive does not close a group: the first two copies are one.
  f.checker.async_wait({0}, kAllLanes, 1);
  f.read(0, lane(0), 0);
  f.read(0, lane(1), 512 + 16);
  CHECK(f.findings() == 1);
  f.read(0, lane(0), 1024);
  CHECK(f.findings() == 2);
}
