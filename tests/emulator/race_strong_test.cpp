// Release and acquire through flags, atomics and fences, with their scopes.
#include "race_fixture.hpp"

using namespace tw::emulator;

namespace {

constexpr auto kLoad = AccessKind::load;
constexpr auto kStore = AccessKind::store;
constexpr auto kAtomic = AccessKind::atomic;
constexpr auto kReduce = AccessKind::reduce;
constexpr std::uint64_t kData = 0x1000, kFlag = 0x2000, kOther = 0x3000;

/// Four blocks of one warp, two to a cluster.
RaceFixture grid() { return RaceFixture({.blocks = 4, .blocks_per_cluster = 2, .threads_per_block = 32}); }

} // namespace

TEST_CASE("st.release, ld.acquire passes data") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 1, lane(2), kFlag);
  f.global_read(1, lane(2), kData);
  CHECK(f.findings() == 0);
  f.global_read(1, lane(3), kData); // another lane has not acquired
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("a release covers the releasing lane only") {
  RaceFixture f = grid();
  f.global_write(0, lane(1), kData);
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 1, lane(0), kFlag);
  f.global_read(1, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("a release passes on what a barrier told the lane") {
  RaceFixture f({.blocks = 2, .blocks_per_cluster = 1, .threads_per_block = 64});
  f.global_write(1, lane(9), kData);
  for (std::uint32_t warp : {0, 1}) f.checker.barrier_arrive({warp}, kAllLanes, 0, true);
  f.checker.barrier_complete({0}, 0);
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 2, lane(0), kFlag);
  for (std::uint32_t warp : {2, 3}) f.checker.barrier_arrive({warp}, kAllLanes, 0, true);
  f.checker.barrier_complete({1}, 0);
  f.global_read(3, lane(30), kData);
  CHECK(f.findings() == 0);
}

TEST_CASE("accesses after the release are not covered") {
  RaceFixture f = grid();
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.global_write(0, lane(0), kData);
  f.strong(kLoad, Order::acquire, Scope::gpu, 1, lane(0), kFlag);
  f.global_read(1, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("relaxed accesses order nothing without fences") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.strong(kStore, Order::relaxed, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 1, lane(0), kFlag);
  f.global_read(1, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);

  RaceFixture g = grid();
  g.global_write(0, lane(0), kData);
  g.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  g.strong(kLoad, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
  g.global_read(1, lane(0), kData);
  CHECK(g.sort() == RaceSort::race);
}

TEST_CASE("a fence before a relaxed store releases, a fence after a relaxed load acquires") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.checker.fence({0}, lane(0), Scope::gpu);
  f.strong(kStore, Order::relaxed, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
  f.checker.fence({1}, lane(0), Scope::gpu);
  f.global_read(1, lane(0), kData);
  CHECK(f.findings() == 0);
}

TEST_CASE("a fence acquires only for the lane that loaded, and only what it loaded before") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.checker.fence({1}, lane(0), Scope::gpu);
  f.strong(kLoad, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
  f.checker.fence({1}, lane(1), Scope::gpu);
  f.global_read(1, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("a fence releases what came before it only") {
  RaceFixture f = grid();
  f.checker.fence({0}, lane(0), Scope::gpu);
  f.global_write(0, lane(0), kData);
  f.strong(kStore, Order::relaxed, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 1, lane(0), kFlag);
  f.global_read(1, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("a weak poll of a flag does not synchronise and is itself a race") {
  RaceFixture f = grid();
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.global_read(1, lane(0), kFlag);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("an atomic chain carries releases on; red never acquires") {
  for (AccessKind middle : {kAtomic, kReduce}) {
    RaceFixture f = grid();
    f.global_write(0, lane(0), kData);
    f.strong(kReduce, Order::release, Scope::gpu, 0, lane(0), kFlag);
    f.strong(middle, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
    f.strong(kLoad, Order::acquire, Scope::gpu, 2, lane(0), kFlag);
    f.global_read(2, lane(0), kData);
    CHECK(f.findings() == 0);
    f.checker.fence({1}, lane(0), Scope::gpu); // turns what `middle` has read into an acquire, if it read
    f.global_read(1, lane(0), kData);
    CHECK(f.findings() == (middle == kReduce ? 1u : 0u));
  }
}

TEST_CASE("a later store hides an earlier release") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kStore, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 2, lane(0), kFlag);
  f.global_read(2, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("a weak store hides an earlier release too") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.global_write(0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 2, lane(0), kFlag);
  f.global_read(2, lane(0), kData);
  CHECK(f.findings() == 2); // the flag itself, and the data
}

TEST_CASE("a barrier of all blocks by counting orders everything") {
  RaceFixture f = grid();
  PlaceIndex store = f.place(kStore), load = f.place(kLoad);
  PlaceIndex arrive = f.place(kAtomic, Order::acq_rel, Scope::gpu), poll = f.place(kLoad, Order::acquire, Scope::gpu);
  for (std::uint32_t block = 0; block < 4; ++block) {
    f.touch_at(
        store, block, kAllLanes, [&](auto lane) { return kData + 128 * block + 4 * lane; }, 4, Space::global);
    f.checker.warp_sync({block}, kAllLanes);
    f.touch_at(
        arrive, block, lane(0), [](auto) { return kFlag; }, 4, Space::global);
  }
  for (std::uint32_t block = 0; block < 4; ++block) {
    f.touch_at(
        poll, block, lane(0), [](auto) { return kFlag; }, 4, Space::global);
    f.checker.warp_sync({block}, kAllLanes);
    for (std::uint32_t other = 0; other < 4; ++other)
      f.touch_at(
          load, block, kAllLanes, [&](auto lane) { return kData + 128 * other + 4 * lane; }, 4, Space::global);
  }
  CHECK(f.findings() == 0);
}

TEST_CASE("scopes that do not reach the other thread synchronise nothing") {
  struct Case {
    Scope release, acquire;
    std::uint32_t reader;
    bool fine;
  };
  // Block 0 releases. Block 1 is in its cluster, block 2 is not.
  for (Case c : {Case{Scope::cluster, Scope::cluster, 1, true}, Case{Scope::cluster, Scope::cluster, 2, false},
                 Case{Scope::gpu, Scope::gpu, 2, true}, Case{Scope::gpu, Scope::cta, 2, false},
                 Case{Scope::cta, Scope::gpu, 1, false}, Case{Scope::sys, Scope::gpu, 2, true}}) {
    RaceFixture f = grid();
    f.global_write(0, lane(0), kData);
    f.strong(kStore, Order::release, c.release, 0, lane(0), kFlag);
    f.strong(kLoad, Order::acquire, c.acquire, c.reader, lane(0), kFlag);
    if (c.fine) {
      CHECK(f.findings() == 0);
    } else {
      CHECK(f.sort() == RaceSort::scope_too_small);
    }
    f.global_read(c.reader, lane(0), kData);
    CHECK(f.findings() == (c.fine ? 0u : 2u));
  }
}

TEST_CASE("a fence of too small a scope does not release") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.checker.fence({0}, lane(0), Scope::cta);
  f.strong(kStore, Order::relaxed, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 1, lane(0), kFlag);
  f.global_read(1, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("atomics on one counter never race with each other") {
  RaceFixture f({.blocks = 40, .blocks_per_cluster = 1, .threads_per_block = 64});
  PlaceIndex add = f.place(kReduce, Order::relaxed, Scope::gpu);
  for (int round = 0; round < 3; ++round)
    for (std::uint32_t warp = 0; warp < 80; ++warp)
      f.touch_at(
          add, warp, kAllLanes, [](auto) { return kFlag; }, 4, Space::global);
  CHECK(f.findings() == 0);
  f.global_read(5, lane(0), kFlag);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("atomics of block scope across blocks, and mixed sizes, are reported by name") {
  RaceFixture f = grid();
  f.strong(kAtomic, Order::relaxed, Scope::cta, 0, lane(0), kFlag);
  f.strong(kAtomic, Order::relaxed, Scope::cta, 0, lane(1), kFlag);
  CHECK(f.findings() == 0);
  f.strong(kAtomic, Order::relaxed, Scope::cta, 1, lane(0), kFlag);
  REQUIRE(f.findings() == 2); // with either lane of block 0
  CHECK(f.checker.reports()[0].sort == RaceSort::scope_too_small);
  CHECK(to_string(f.checker.reports()[0]).find("a scope does not reach the other thread") != std::string::npos);

  RaceFixture g = grid();
  g.strong(kAtomic, Order::relaxed, Scope::gpu, 0, lane(0), kFlag, 8);
  g.strong(kAtomic, Order::relaxed, Scope::gpu, 1, lane(0), kFlag + 4, 4);
  CHECK(g.sort() == RaceSort::mixed_size);
  CHECK(to_string(g.checker.reports()[0]).find("of different size, so that they are not atomic") != std::string::npos);
}

TEST_CASE("an earlier atomic is still seen behind a later one of another thread") {
  RaceFixture f = grid();
  f.strong(kAtomic, Order::relaxed, Scope::cta, 0, lane(0), kFlag);
  f.strong(kAtomic, Order::relaxed, Scope::gpu, 0, lane(1), kFlag);
  f.strong(kAtomic, Order::relaxed, Scope::gpu, 1, lane(0), kFlag); // fine with lane 1, not with lane 0
  CHECK(f.sort() == RaceSort::scope_too_small);
}

TEST_CASE("a spin of the whole warp acquires for all lanes") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.strong(kStore, Order::release, Scope::gpu, 0, lane(0), kFlag);
  f.strong(kLoad, Order::acquire, Scope::gpu, 1, kAllLanes, kFlag);
  f.global_read(1, kAllLanes, kData);
  f.strong(kStore, Order::release, Scope::gpu, 1, lane(3), kOther);
  f.strong(kLoad, Order::acquire, Scope::gpu, 2, lane(3), kOther);
  f.global_read(2, lane(3), kData);
  CHECK(f.findings() == 0);
}

TEST_CASE("a lane that polls relaxed for long keeps the sum of what it saw") {
  RaceFixture f = grid();
  PlaceIndex store = f.place(kStore), release = f.place(kStore, Order::release, Scope::gpu);
  PlaceIndex poll = f.place(kLoad, Order::relaxed, Scope::gpu), load = f.place(kLoad);
  auto at = [](std::uint64_t address) { return [=](auto) { return address; }; };
  for (std::uint64_t i = 0; i < 10; ++i) {
    f.touch_at(store, 0, lane(0), at(kData + 4 * i), 4, Space::global);
    f.touch_at(release, 0, lane(0), at(kFlag), 4, Space::global);
    f.touch_at(poll, 1, lane(0), at(kFlag), 4, Space::global);
  }
  f.checker.fence({1}, lane(0), Scope::gpu);
  for (std::uint64_t i = 0; i < 10; ++i) f.touch_at(load, 1, lane(0), at(kData + 4 * i), 4, Space::global);
  CHECK(f.findings() == 0);
}

TEST_CASE("flags work in shared memory too") {
  RaceFixture f;
  f.write(0, lane(0), 0);
  PlaceIndex release = f.place(kStore, Order::release), acquire = f.place(kLoad, Order::acquire);
  f.touch_at(release, 0, lane(0), [](auto) { return 64; });
  f.touch_at(acquire, 1, lane(0), [](auto) { return 64; });
  f.read(1, lane(0), 0);
  CHECK(f.findings() == 0);
}

TEST_CASE("fence.sc is ordered before another one where the accesses around them leave no choice") {
  // Block 0 writes data, fences, and then touches a flag; block 1 touches the flag afterwards, fences, reads data.
  struct Shape {
    AccessKind first, second;
    bool conflict;
  };
  for (Shape shape : {Shape{kLoad, kStore, true}, Shape{kStore, kStore, true}, Shape{kLoad, kAtomic, true},
                      Shape{kLoad, kLoad, false}})
    for (Order fence : {Order::sc, Order::acq_rel})
      for (Order other : {Order::sc, Order::acq_rel}) {
        RaceFixture f = grid();
        f.global_write(0, lane(0), kData);
        f.checker.fence({0}, lane(0), Scope::gpu, fence);
        f.strong(shape.first, Order::relaxed, Scope::gpu, 0, lane(0), kFlag);
        f.strong(shape.second, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
        f.checker.fence({1}, lane(0), Scope::gpu, other);
        f.global_read(1, lane(0), kData);
        bool ordered = shape.conflict && fence == Order::sc && other == Order::sc;
        INFO(static_cast<int>(shape.first) << static_cast<int>(shape.second) << static_cast<int>(fence));
        CHECK(f.findings() == (ordered ? 0 : 1));
      }
}

TEST_CASE("what was executed first does not order two fence.sc, nor does too small a scope") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.checker.fence({0}, lane(0), Scope::gpu, Order::sc);
  f.checker.fence({1}, lane(0), Scope::gpu, Order::sc);
  f.global_read(1, lane(0), kData);
  CHECK(f.sort() == RaceSort::race);
  auto scoped = [](Scope fence, Scope access, std::uint32_t other) {
    RaceFixture g = grid();
    g.global_write(0, lane(0), kData);
    g.checker.fence({0}, lane(0), fence, Order::sc);
    g.strong(kLoad, Order::relaxed, access, 0, lane(0), kFlag);
    g.strong(kStore, Order::relaxed, Scope::gpu, other, lane(0), kFlag);
    g.checker.fence({other}, lane(0), Scope::gpu, Order::sc);
    g.global_read(other, lane(0), kData);
    return g.findings();
  };
  CHECK(scoped(Scope::cluster, Scope::gpu, 1) == 0);
  CHECK(scoped(Scope::cluster, Scope::gpu, 2) == 1);
  CHECK(scoped(Scope::cta, Scope::gpu, 1) == 1);
  CHECK(scoped(Scope::gpu, Scope::cta, 1) == 2); // the flag races too
}

TEST_CASE("several threads behind one fence.sc, and polling, keep what each of them did") {
  RaceFixture f = grid();
  f.global_write(0, lane(0), kData);
  f.global_write(0, lane(1), kData + 4);
  f.checker.fence({0}, kAllLanes, Scope::gpu, Order::sc);
  for (int i = 0; i < 3; ++i) f.strong(kLoad, Order::relaxed, Scope::gpu, 0, lane(0) | lane(1), kFlag);
  f.strong(kStore, Order::relaxed, Scope::gpu, 0, lane(2), kFlag);
  f.strong(kAtomic, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
  f.checker.fence({1}, lane(0), Scope::gpu, Order::sc);
  f.global_read(1, lane(0), kData, 8);
  CHECK(f.findings() == 0);
  f.global_read(1, lane(1), kData);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("fences of one side order one way") {
  auto passes = [](Order writer, Order reader) {
    RaceFixture f = grid();
    f.global_write(0, lane(0), kData);
    f.checker.fence({0}, lane(0), Scope::gpu, writer);
    f.strong(kStore, Order::relaxed, Scope::gpu, 0, lane(0), kFlag);
    f.strong(kLoad, Order::relaxed, Scope::gpu, 1, lane(0), kFlag);
    f.checker.fence({1}, lane(0), Scope::gpu, reader);
    f.global_read(1, lane(0), kData);
    return f.findings() == 0;
  };
  CHECK(passes(Order::release, Order::acquire));
  CHECK(passes(Order::sc, Order::acq_rel));
  CHECK_FALSE(passes(Order::acquire, Order::acquire));
  CHECK_FALSE(passes(Order::release, Order::release));
}
