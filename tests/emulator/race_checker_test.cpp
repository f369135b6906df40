// Weak accesses, warp and block barriers: what is a race, and what must never be reported.
#include "race_fixture.hpp"

#include <algorithm>
#include <vector>

using namespace tw::emulator;

namespace {
constexpr auto kLoad = AccessKind::load;
constexpr auto kStore = AccessKind::store;
auto row = [](std::uint64_t lane) { return 4 * lane; };
auto reversed = [](std::uint64_t lane) { return 4 * (31 - lane); };
} // namespace

TEST_CASE("write then read by another warp is a race, in either order of execution") {
  for (bool write_first : {true, false}) {
    RaceFixture f;
    if (write_first) f.touch(kStore, 0, kAllLanes, row);
    f.touch(kLoad, 1, kAllLanes, row);
    if (!write_first) f.touch(kStore, 0, kAllLanes, row);
    CHECK(f.sort() == RaceSort::race);
  }
}

TEST_CASE("two writes by different warps are a race") {
  RaceFixture f;
  f.write(0, lane(0), 8);
  f.write(1, lane(3), 8);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("the report names both places, threads and the first byte") {
  RaceFixture f;
  f.touch(kStore, 0, kAllLanes, row);
  f.read(2, lane(5), 40);
  REQUIRE(f.findings() == 1);
  const RaceReport &report = f.checker.reports()[0];
  CHECK(report.space == Space::shared);
  CHECK(report.address == 40);
  CHECK(report.earlier.kind == kStore);
  CHECK(report.earlier.line == 10);
  CHECK(report.earlier.lane == 10);
  CHECK(report.earlier.warp.value == 0);
  CHECK(report.later.kind == kLoad);
  CHECK(report.later.line == 20);
  CHECK(report.later.lane == 5);
  CHECK(report.later.warp.value == 2);
  CHECK(to_string(report) == "race: shared memory of block 0, byte 40: nothing orders these two accesses\n"
                             "  write at line 10 by block 0, warp 0, lane 10\n"
                             "  read at line 20 by block 0, warp 2, lane 5\n"
                             "  seen 1 time\n"
                             "  fix: put a barrier, or a release and an acquire, between them");
}

TEST_CASE("a block barrier orders all its participants") {
  RaceFixture f;
  f.touch(kStore, 0, kAllLanes, row);
  f.block_barrier({0, 1, 2, 3});
  f.touch(kLoad, 1, kAllLanes, reversed);
  f.touch(kLoad, 2, kAllLanes, row);
  f.block_barrier({3, 2, 1, 0});
  f.touch(kStore, 3, kAllLanes, reversed);
  CHECK(f.findings() == 0);
}

TEST_CASE("a missing second barrier of a reused buffer is found") {
  RaceFixture f;
  f.touch(kStore, 0, kAllLanes, row);
  f.block_barrier({0, 1, 2, 3});
  f.touch(kLoad, 1, kAllLanes, row);
  f.touch(kStore, 0, kAllLanes, row);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("the verdict does not depend on which warp runs first") {
  // Warp 0 writes and meets at the barrier; warp 1 reads before its own arrival: a race however they interleave.
  for (bool reader_first : {true, false}) {
    RaceFixture f;
    if (reader_first) f.touch(kLoad, 1, kAllLanes, row);
    f.touch(kStore, 0, kAllLanes, row);
    f.checker.barrier_arrive({0}, kAllLanes, 0, true);
    if (!reader_first) f.touch(kLoad, 1, kAllLanes, row);
    f.checker.barrier_arrive({1}, kAllLanes, 0, true);
    f.checker.barrier_complete({0}, 0);
    CHECK(f.sort() == RaceSort::race);
  }
}

TEST_CASE("barriers of different numbers do not mix") {
  RaceFixture f;
  f.touch(kStore, 0, kAllLanes, row);
  f.checker.barrier_arrive({0}, kAllLanes, 1, true);
  f.checker.barrier_arrive({1}, kAllLanes, 2, true);
  f.checker.barrier_complete({0}, 1);
  f.checker.barrier_complete({0}, 2);
  f.touch(kLoad, 1, kAllLanes, row);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("bar.arrive releases and does not acquire") {
  RaceFixture f;
  f.touch(kStore, 0, kAllLanes, row);                                      // producer
  f.touch(kStore, 1, kAllLanes, [](auto lane) { return 512 + 4 * lane; }); // consumer's own buffer
  f.checker.barrier_arrive({0}, kAllLanes, 3, false);
  f.checker.barrier_arrive({1}, kAllLanes, 3, true);
  f.checker.barrier_complete({0}, 3);
  f.touch(kLoad, 1, kAllLanes, row);
  CHECK(f.findings() == 0);
  f.read(0, lane(0), 512);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("writes after bar.arrive are not released by it") {
  RaceFixture f;
  f.checker.barrier_arrive({0}, kAllLanes, 3, false);
  f.touch(kStore, 0, kAllLanes, row);
  f.checker.barrier_arrive({1}, kAllLanes, 3, true);
  f.checker.barrier_complete({0}, 3);
  f.touch(kLoad, 1, kAllLanes, row);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("lanes of one warp are not ordered by lockstep, only by a warp barrier") {
  RaceFixture f;
  f.touch(kStore, 0, kAllLanes, row);
  f.touch(kLoad, 0, kAllLanes, reversed);
  CHECK(f.sort() == RaceSort::race);

  RaceFixture g;
  g.touch(kStore, 0, kAllLanes, row);
  g.checker.warp_sync({0}, kAllLanes);
  g.touch(kLoad, 0, kAllLanes, reversed);
  g.checker.warp_sync({0}, kAllLanes);
  g.touch(kStore, 0, kAllLanes, row);
  CHECK(g.findings() == 0);
}

TEST_CASE("a warp barrier orders only the lanes of its mask") {
  RaceFixture f;
  f.write(0, lane(0), 0);
  f.write(0, lane(8), 32);
  f.checker.warp_sync({0}, 0x0f);
  f.read(0, lane(1), 0);
  CHECK(f.findings() == 0);
  f.read(0, lane(1), 32);
  CHECK(f.findings() == 1);
  f.checker.warp_sync({0}, 0x102);
  f.read(0, lane(8), 0);
  CHECK(f.findings() == 1); // lane 1 passed on what it had learnt from lane 0
  f.read(0, lane(9), 0);
  CHECK(f.findings() == 2);
}

TEST_CASE("a barrier joins a warp that had diverged") {
  RaceFixture f;
  f.write(0, lane(0), 0);
  f.checker.warp_sync({0}, 0x3);
  f.block_barrier({0, 1, 2, 3});
  f.read(0, lane(17), 0);
  f.read(3, lane(0), 0);
  CHECK(f.findings() == 0);
}

TEST_CASE("lanes of one instruction that write the same bytes are reported as such") {
  RaceFixture f;
  f.write(0, 0b11, 64);
  CHECK(f.sort() == RaceSort::same_instruction_write);
  CHECK(f.checker.reports()[0].earlier.lane == 0);
  CHECK(f.checker.reports()[0].later.lane == 1);
}

TEST_CASE("the same place without a barrier between two executions is a plain race") {
  RaceFixture f;
  PlaceIndex store = f.place(kStore);
  f.touch_at(store, 0, kAllLanes, row);
  f.touch_at(store, 0, kAllLanes, reversed);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("overlap of unequal and misaligned accesses is found to the byte") {
  RaceFixture f;
  f.write(0, lane(0), 14, 4); // bytes 14-17 lie in two pieces
  f.read(1, lane(0), 18, 2);
  f.read(1, lane(1), 12, 2);
  CHECK(f.findings() == 0);
  f.read(1, lane(0), 17, 1);
  REQUIRE(f.findings() == 1);
  CHECK(f.checker.reports()[0].address == 17);
}

TEST_CASE("never reported: adjacent bytes, reads of one address, a lane's own accesses, different blocks") {
  RaceFixture f({.blocks = 2, .blocks_per_cluster = 1, .threads_per_block = 64});
  f.touch(
      kStore, 0, kAllLanes, [](auto lane) { return 2 * lane; }, 1);
  f.touch(
      kStore, 1, kAllLanes, [](auto lane) { return 2 * lane + 1; }, 1);
  f.touch(
      kStore, 0, kAllLanes, [](auto lane) { return 2 * lane; }, 1);
  f.touch(
      kLoad, 0, kAllLanes, [](auto lane) { return 2 * lane; }, 1);
  for (std::uint32_t warp : {0, 1}) f.read(warp, kAllLanes, 256);
  f.write(2, lane(0), 256); // shared memory of block 1
  for (std::uint32_t warp : {0, 1, 2, 3}) f.global_read(warp, kAllLanes, 4096);
  CHECK(f.findings() == 0);
}

TEST_CASE("never reported: different code places that meet at one named barrier") {
  RaceFixture f;
  for (int round = 0; round < 3; ++round) {
    f.touch(kStore, 0, kAllLanes, row);
    f.checker.barrier_arrive({0}, kAllLanes, 1, false); // producer: buffer full
    f.checker.barrier_arrive({1}, kAllLanes, 1, true);  // consumer waits, elsewhere in the code
    f.checker.barrier_complete({0}, 1);
    f.touch(kLoad, 1, kAllLanes, reversed);
    f.checker.barrier_arrive({1}, kAllLanes, 2, false); // consumer: buffer empty
    f.checker.barrier_arrive({0}, kAllLanes, 2, true);
    f.checker.barrier_complete({0}, 2);
  }
  CHECK(f.findings() == 0);
}

TEST_CASE("global memory of different blocks: nothing orders it within a launch") {
  RaceFixture f({.blocks = 2, .blocks_per_cluster = 1, .threads_per_block = 32});
  f.global_write(0, lane(0), 0x1000);
  f.checker.end_block({0});
  f.global_read(1, lane(0), 0x1000);
  CHECK(f.sort() == RaceSort::race);
  CHECK(f.checker.reports()[0].earlier.block.value == 0);
  CHECK(f.checker.reports()[0].later.block.value == 1);
}

TEST_CASE("a new launch is ordered after the previous one") {
  RaceFixture f;
  f.global_write(0, lane(0), 0x1000);
  f.checker.begin_launch(f.shape);
  f.checker.begin_block({0}, 4096);
  f.global_read(1, lane(0), 0x1000);
  CHECK(f.findings() == 0);
}

TEST_CASE("many readers are all remembered until the next ordered write") {
  RaceFixture f;
  for (std::uint32_t warp : {1, 2, 3}) f.touch(kLoad, warp, kAllLanes, row);
  f.checker.barrier_arrive({1}, kAllLanes, 4, false);
  f.checker.barrier_arrive({3}, kAllLanes, 4, false);
  f.checker.barrier_arrive({0}, kAllLanes, 4, true);
  f.checker.barrier_complete({0}, 4);
  f.touch(kStore, 0, kAllLanes, row); // warp 2 was left out
  CHECK(f.sort() == RaceSort::race);
  CHECK(f.checker.reports()[0].earlier.warp.value == 2);
  CHECK(f.checker.reports()[0].occurrences == 8); // once for each 16 bytes
}

TEST_CASE("an exited lane counts as one that arrived") {
  RaceFixture f;
  f.touch(kStore, 0, kAllLanes, row);
  f.checker.exit_lanes({0}, kAllLanes);
  f.block_barrier({1, 2, 3});
  f.touch(kLoad, 1, kAllLanes, row);
  CHECK(f.findings() == 0);
}

TEST_CASE("a partial last warp synchronises with the lanes it has") {
  RaceFixture f({.blocks = 1, .blocks_per_cluster = 1, .threads_per_block = 40});
  f.write(1, lane(0), 0);
  f.checker.warp_sync({1}, 0xff);
  f.read(1, lane(7), 0);
  CHECK(f.findings() == 0);
}

TEST_CASE("ldmatrix belongs to every lane of the warp") {
  RaceFixture f;
  PlaceIndex matrix = f.place(kLoad);
  f.touch(kStore, 0, kAllLanes, row);
  f.checker.collective_access({0}, matrix, {0}, 0, 16);
  REQUIRE(f.sort() == RaceSort::race);
  CHECK(f.checker.reports()[0].later.collective);
  CHECK(to_string(f.checker.reports()[0]).find("read at line 10 by block 0, warp 0, all lanes") != std::string::npos);

  RaceFixture g;
  matrix = g.place(kLoad);
  g.touch(kStore, 0, kAllLanes, row);
  g.checker.warp_sync({0}, kAllLanes);
  g.checker.collective_access({0}, matrix, {0}, 0, 16);
  g.checker.warp_sync({0}, 0xf);
  g.write(0, lane(0), 0); // lanes 4-31 may still be reading
  CHECK(g.sort() == RaceSort::race);
}

TEST_CASE("a collective access counts what all lanes know, not one") {
  RaceFixture f;
  PlaceIndex matrix = f.place(kLoad);
  f.write(0, lane(0), 0);
  f.checker.warp_sync({0}, 0xffff);
  f.checker.collective_access({0}, matrix, {0}, 0, 16);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("reports are bounded and repeated pairs counted") {
  RaceFixture f({.blocks = 1, .blocks_per_cluster = 1, .threads_per_block = 64}, {.reports = 2, .foreign_readers = 8});
  for (std::uint64_t i = 0; i < 5; ++i) {
    f.write(0, lane(0), 16 * i);
    f.write(1, lane(0), 16 * i);
  }
  CHECK(f.findings() == 2);
  CHECK(f.checker.dropped() == 3);
}

TEST_CASE("foreign readers beyond the bound are forgotten, the latest are kept") {
  RaceFixture f({.blocks = 40, .blocks_per_cluster = 1, .threads_per_block = 32});
  PlaceIndex load = f.place(kLoad);
  for (std::uint32_t block = 0; block < 39; ++block) f.touch_at(load, block, kAllLanes, row, 4, Space::global);
  f.touch(kStore, 39, kAllLanes, row, 4, Space::global);
  CHECK(f.sort() == RaceSort::race);
  CHECK(f.checker.shadow_size().shadow_bytes < 64 * f.checker.shadow_size().covered_bytes);
}

TEST_CASE("an unsynchronised cluster neighbour's shared memory is checked under its owner") {
  RaceFixture f({.blocks = 2, .blocks_per_cluster = 2, .threads_per_block = 32});
  RaceFixture::Addresses addresses{};
  PlaceIndex store = f.place(kStore);
  f.checker.access({{0}, store, Space::shared, {1}, lane(0), 4, addresses});
  f.read(1, lane(0), 0);
  CHECK(f.sort() == RaceSort::race);
  CHECK(f.checker.reports()[0].owner.value == 1);
}

TEST_CASE("a clock kept by the machine orders like a barrier") {
  RaceFixture f({.blocks = 2, .blocks_per_cluster = 2, .threads_per_block = 32});
  SyncClock clock;
  f.global_write(0, kAllLanes & ~lane(0), 0x2000, 1); // same-instruction race, ignored below
  f.global_write(0, lane(3), 0x1000);
  std::size_t before = f.findings();
  f.checker.release_to(clock, {0}, kAllLanes);
  f.checker.acquire_from(clock, {1}, 0xff);
  f.global_read(1, lane(7), 0x1000);
  CHECK(f.findings() == before);
  f.global_read(1, lane(8), 0x1000);
  CHECK(f.findings() == before + 1);
  clock.clear();
  f.checker.acquire_from(clock, {1}, kAllLanes);
  f.global_write(1, lane(9), 0x1000);
  CHECK(f.findings() > before + 1);
}

TEST_CASE("limits and misuse throw with a reason") {
  RaceChecker checker;
  CHECK_THROWS_WITH(checker.begin_launch({.blocks = 1u << 16, .blocks_per_cluster = 1, .threads_per_block = 1024}),
                    Catch::Contains("more than 1048576 warps"));
  CHECK_THROWS_WITH(checker.declare_place({1u << 18}, {}), Catch::Contains("more than 262144 instructions"));
  checker.begin_launch({});
  CHECK_THROWS_WITH(checker.warp_sync({0}, 1), Catch::Contains("before begin_block"));
  checker.begin_block({0}, 0);
  auto sync_forever = [&] {
    for (int i = 0; i < 20'000'000; ++i) checker.warp_sync({0}, kAllLanes);
  };
  CHECK_THROWS_WITH(sync_forever(), Catch::Contains("synchronised more than 16777214 times"));
}
