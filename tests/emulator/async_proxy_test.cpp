// The async proxy in the race checker: completions, proxy fences, series of operations, several blocks.
#include "race_fixture.hpp"

using namespace tw::emulator;

namespace {

struct AsyncFixture : RaceFixture {
  explicit AsyncFixture(std::uint32_t blocks = 1)
      : RaceFixture({.blocks = blocks, .blocks_per_cluster = blocks, .threads_per_block = 128}) {}

  /// An operation of one lane of a warp over bytes of shared memory of its block.
  AsyncIndex operation(AsyncKind kind, std::uint32_t warp, AsyncActor actor, std::uint32_t time,
                       std::uint64_t first = 0, std::uint32_t bytes = 256, std::uint32_t owner = 0) {
    PlaceIndex index = place(kind == AsyncKind::read ? AccessKind::load : AccessKind::store);
    AsyncIndex made = checker.async_operation({{warp}, lane(0), index, actor, time, {warp / 4}});
    ByteRange range{first, bytes};
    checker.async_access(made, kind, Space::shared, {owner}, {&range, 1});
    return made;
  }
  void everyone_syncs() { block_barrier({0, 1, 2, 3}); }
};

} // namespace

TEST_CASE("a generic write read asynchronously needs a proxy fence by its writer") {
  for (bool fence : {false, true}) {
    AsyncFixture f;
    AsyncActor actor = f.checker.new_async_actor();
    f.write(1, lane(3), 16);
    if (fence) f.checker.proxy_fence({1}, kAllLanes, FenceSpace::all);
    f.everyone_syncs();
    f.operation(AsyncKind::read, 0, actor, 1);
    if (fence)
      CHECK(f.findings() == 0);
    else
      CHECK(f.sort() == RaceSort::proxy);
  }
}

TEST_CASE("a proxy fence covers only its space, and only what came before it") {
  AsyncFixture f;
  AsyncActor actor = f.checker.new_async_actor();
  f.write(0, lane(0), 0);
  f.checker.proxy_fence({0}, kAllLanes, FenceSpace::global);
  f.operation(AsyncKind::read, 0, actor, 1);
  CHECK(f.sort() == RaceSort::proxy);

  AsyncFixture g;
  g.checker.proxy_fence({0}, kAllLanes, FenceSpace::all);
  g.write(0, lane(0), 0);
  g.operation(AsyncKind::read, 0, g.checker.new_async_actor(), 1);
  CHECK(g.sort() == RaceSort::proxy);
}

TEST_CASE("a fence without order is a race") {
  AsyncFixture f;
  f.write(1, lane(0), 0);
  f.checker.proxy_fence({1}, kAllLanes, FenceSpace::all);
  f.operation(AsyncKind::read, 0, f.checker.new_async_actor(), 1);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("an asynchronous write is in flight until a wait for its time") {
  AsyncFixture f;
  AsyncActor actor = f.checker.new_async_actor();
  AsyncIndex copy = f.operation(AsyncKind::write, 0, actor, kInFlight);
  f.checker.async_landed(copy, 3);
  f.checker.async_done(actor, 2, {1}, kAllLanes);
  f.read(1, lane(0), 16);
  CHECK(f.sort() == RaceSort::in_flight);
  f.checker.async_done(actor, 3, {1}, kAllLanes);
  f.read(1, lane(0), 32);
  CHECK(f.findings() == 1);
  f.read(2, lane(0), 32); // another warp has not waited
  CHECK(f.findings() == 2);
}

TEST_CASE("an operation that has not landed is known to nobody") {
  AsyncFixture f;
  AsyncActor actor = f.checker.new_async_actor();
  f.operation(AsyncKind::write, 0, actor, kInFlight);
  f.checker.async_done(actor, 100, {0}, kAllLanes);
  f.write(0, lane(0), 16);
  CHECK(f.sort() == RaceSort::in_flight);
}

TEST_CASE("completions travel through clocks; generic knowledge does not travel with them") {
  AsyncFixture f;
  AsyncActor actor = f.checker.new_async_actor();
  f.write(0, lane(0), 1024);
  f.operation(AsyncKind::write, 0, actor, 1);
  SyncClock phase;
  f.checker.async_done_to(phase, actor, 1);
  f.checker.acquire_from(phase, {1}, kAllLanes);
  f.read(1, lane(0), 16);
  CHECK(f.findings() == 0);
  f.read(1, lane(0), 1024);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("a release of asynchronous knowledge leaves generic accesses out") {
  AsyncFixture f;
  AsyncActor actor = f.checker.new_async_actor();
  f.operation(AsyncKind::read, 0, actor, 1);
  f.checker.async_done(actor, 1, {0}, kAllLanes);
  f.write(0, lane(0), 1024);
  SyncClock phase;
  f.checker.release_async_to(phase, {0}, kAllLanes);
  f.checker.acquire_from(phase, {1}, kAllLanes);
  f.operation(AsyncKind::write, 4 - 3, f.checker.new_async_actor(), 1);
  CHECK(f.findings() == 0);
  f.read(1, lane(0), 1024);
  CHECK(f.sort() == RaceSort::race);
}

TEST_CASE("an asynchronous write over a generic read wants a fence, reported as its own sort") {
  AsyncFixture f;
  f.read(1, lane(0), 16);
  f.everyone_syncs();
  f.operation(AsyncKind::write, 0, f.checker.new_async_actor(), 1);
  CHECK(f.sort() == RaceSort::proxy_read);
}

TEST_CASE("reads through both proxies never conflict") {
  AsyncFixture f;
  f.read(1, lane(0), 16);
  f.operation(AsyncKind::read, 0, f.checker.new_async_actor(), 1);
  f.read(2, lane(0), 16);
  f.operation(AsyncKind::read, 0, f.checker.new_async_actor(), 1);
  CHECK(f.findings() == 0);
}

TEST_CASE("adjacent bytes of one piece do not conflict") {
  AsyncFixture f;
  f.operation(AsyncKind::write, 0, f.checker.new_async_actor(), 1, 0, 8);
  f.write(1, lane(0), 8, 4);
  CHECK(f.findings() == 0);
}

TEST_CASE("asynchronous operations of one block follow each other without a fence, across blocks with one") {
  for (std::uint32_t reader : {0u, 4u}) {
    for (bool fence : {false, true}) {
      AsyncFixture f(2);
      AsyncActor actor = f.checker.new_async_actor();
      f.operation(AsyncKind::write, 0, actor, 1);
      f.checker.async_done(actor, 1, {0}, kAllLanes);
      if (fence) f.checker.proxy_fence({0}, kAllLanes, FenceSpace::all);
      SyncClock clock;
      f.checker.release_to(clock, {0}, kAllLanes);
      f.checker.acquire_from(clock, {reader}, kAllLanes);
      f.operation(AsyncKind::read, reader, f.checker.new_async_actor(), 1);
      CHECK(f.findings() == (reader == 4 && !fence ? 1 : 0));
    }
  }
}

TEST_CASE("two operations over the same bytes need a wait between them, reductions do not") {
  AsyncFixture f;
  AsyncActor actor = f.checker.new_async_actor();
  f.operation(AsyncKind::write, 0, actor, 1);
  f.operation(AsyncKind::write, 0, actor, 2);
  CHECK(f.sort() == RaceSort::in_flight);
  AsyncFixture g;
  g.operation(AsyncKind::reduce, 0, g.checker.new_async_actor(), 1);
  g.operation(AsyncKind::reduce, 4 - 3, g.checker.new_async_actor(), 1);
  CHECK(g.findings() == 0);
}

TEST_CASE("an asynchronous write takes the place of earlier accesses that precede it") {
  AsyncFixture f;
  AsyncActor actor = f.checker.new_async_actor();
  f.read(1, lane(0), 16);
  f.checker.proxy_fence({1}, kAllLanes, FenceSpace::all);
  f.everyone_syncs();
  f.operation(AsyncKind::write, 0, actor, 1);
  // Warp 2 learns of the copy only; the read of warp 1 is behind it.
  f.checker.async_done(actor, 1, {2}, kAllLanes);
  f.write(2, lane(0), 16);
  CHECK(f.findings() == 0);
}

TEST_CASE("a block whose memory others still use must not end") {
  for (bool ordered : {false, true}) {
    AsyncFixture f(2);
    PlaceIndex remote = f.place(AccessKind::load), end = f.place(AccessKind::store);
    RaceFixture::Addresses at{};
    at[0] = 64;
    f.checker.access({{4}, remote, Space::shared, {0}, lane(0), 4, at});
    SyncClock clock;
    f.checker.release_to(clock, {4}, kAllLanes);
    for (std::uint32_t warp = 0; warp < 4; ++warp) {
      if (ordered) f.checker.acquire_from(clock, {warp}, kAllLanes);
      f.checker.exit_lanes({warp}, kAllLanes);
    }
    f.checker.check_lifetime({0}, end, {3});
    if (ordered)
      CHECK(f.findings() == 0);
    else
      CHECK(f.sort() == RaceSort::lifetime);
  }
}

TEST_CASE("a fence by another thread than the writer is its own sort; a fence of the writer covers its own writes") {
  AsyncFixture f;
  f.write(1, lane(0), 16);
  f.everyone_syncs();
  f.checker.proxy_fence({0}, kAllLanes, FenceSpace::all);
  f.operation(AsyncKind::read, 0, f.checker.new_async_actor(), 1);
  CHECK(f.sort() == RaceSort::proxy_issuer);

  AsyncFixture g; // lane 3 wrote, lane 0 of its warp fences
  g.write(1, lane(3), 16);
  g.checker.warp_sync({1}, kAllLanes);
  g.checker.proxy_fence({1}, lane(0), FenceSpace::all);
  g.everyone_syncs();
  g.operation(AsyncKind::read, 0, g.checker.new_async_actor(), 1);
  CHECK(g.sort() == RaceSort::proxy_issuer);

  AsyncFixture h; // reads are another matter
  h.read(1, lane(3), 16);
  h.everyone_syncs();
  h.checker.proxy_fence({0}, kAllLanes, FenceSpace::all);
  h.operation(AsyncKind::write, 0, h.checker.new_async_actor(), 1);
  CHECK(h.findings() == 0);
}

TEST_CASE("asynchronous operations of the generic proxy need no proxy fence among themselves") {
  for (std::uint32_t other : {0u, 4u})
    for (bool generic : {true, false}) {
      AsyncFixture f(2);
      AsyncActor actor = f.checker.new_async_actor();
      f.write(0, lane(0), 0);
      auto operation = [&](std::uint32_t warp, std::uint32_t time, bool isGeneric) {
        AsyncIndex made = f.checker.async_operation(
            {{warp}, lane(0), f.place(AccessKind::store), actor, time, {warp / 4}, isGeneric});
        ByteRange range{0, 16};
        f.checker.async_access(made, AsyncKind::write, Space::shared, {0}, {&range, 1});
      };
      operation(0, 1, true);
      SyncClock clock;
      f.checker.release_to(clock, {0}, kAllLanes);
      f.checker.async_done_to(clock, actor, 1);
      f.checker.acquire_from(clock, {other}, kAllLanes);
      operation(other, 2, generic);
      if (generic)
        CHECK(f.findings() == 0);
      else
        CHECK(f.sort() == RaceSort::proxy);
    }
}
