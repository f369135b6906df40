// cp.async groups under the three timings: what must have landed, and what must not be relied on.
#include "ops/cp_async.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace tw::emulator;

namespace {

struct Fixture {
  std::vector<std::uint8_t> global = std::vector<std::uint8_t>(1024), shared = std::vector<std::uint8_t>(256, 0xee);
  std::size_t bytes_read = 0;
  CopyQueue queue;

  explicit Fixture(CopyTiming timing, std::uint64_t seed = 1)
      : queue(4, timing,
              {[this](std::uint64_t at, std::span<std::uint8_t> bytes) {
                 std::copy_n(global.begin() + static_cast<std::ptrdiff_t>(at), bytes.size(), bytes.begin());
                 bytes_read += bytes.size();
               },
               [this](std::uint64_t at, std::span<const std::uint8_t> bytes) {
                 std::copy(bytes.begin(), bytes.end(), shared.begin() + static_cast<std::ptrdiff_t>(at));
               }}) {
    queue.start(seed);
    for (std::size_t i = 0; i < global.size(); ++i) global[i] = static_cast<std::uint8_t>(i % 200 + 1);
  }
  void copy(std::uint32_t thread, std::uint64_t slot, std::uint32_t source_bytes = 16) {
    queue.issue({{thread}, 16 * slot, 16 * slot, 16, source_bytes});
  }
  bool landed(std::uint64_t slot) const {
    return std::equal(shared.begin() + static_cast<std::ptrdiff_t>(16 * slot),
                      shared.begin() + static_cast<std::ptrdiff_t>(16 * slot + 16),
                      global.begin() + static_cast<std::ptrdiff_t>(16 * slot));
  }
  bool poisoned(std::uint64_t slot) const {
    return std::all_of(shared.begin() + static_cast<std::ptrdiff_t>(16 * slot),
                       shared.begin() + static_cast<std::ptrdiff_t>(16 * slot + 16),
                       [](std::uint8_t byte) { return byte == 0xfb; });
  }
};

constexpr CopyTiming kTimings[] = {CopyTiming::at_issue, CopyTiming::at_wait, CopyTiming::random_time};

} // namespace

TEST_CASE("at_issue lands at once, at_wait only at the covering wait") {
  Fixture early(CopyTiming::at_issue);
  early.copy(0, 0);
  CHECK(early.landed(0));
  CHECK(early.queue.idle());

  Fixture late(CopyTiming::at_wait);
  late.copy(0, 0);
  CHECK(late.poisoned(0));
  late.queue.commit({0});
  late.queue.progress();
  CHECK(late.poisoned(0));
  CHECK(late.queue.in_flight({0}) == 1);
  late.queue.wait_group({0}, 0);
  CHECK(late.landed(0));
  CHECK(late.queue.idle());
}

TEST_CASE("wait_group N leaves the newest N groups, in any timing the older ones have landed") {
  for (CopyTiming timing : kTimings) {
    Fixture f(timing);
    for (std::uint64_t group = 0; group < 4; ++group) {
      f.copy(0, group);
      f.queue.commit({0});
    }
    f.queue.wait_group({0}, 2);
    CHECK(f.landed(0));
    CHECK(f.landed(1));
    if (timing == CopyTiming::at_wait) {
      CHECK(f.poisoned(2));
      CHECK(f.poisoned(3));
    }
    f.queue.wait_group({0}, 0);
    CHECK(f.landed(3));
  }
}

TEST_CASE("a wait for more groups than there are does nothing") {
  Fixture f(CopyTiming::at_wait);
  f.copy(0, 0);
  f.queue.commit({0});
  f.queue.wait_group({0}, 5);
  CHECK(f.poisoned(0));
}

TEST_CASE("empty groups count") {
  Fixture f(CopyTiming::at_wait);
  f.copy(0, 0);
  f.queue.commit({0});
  f.queue.commit({0});
  f.queue.wait_group({0}, 1);
  CHECK(f.landed(0));
}

TEST_CASE("wait_group does not cover uncommitted copies, wait_all does") {
  Fixture f(CopyTiming::at_wait);
  f.copy(0, 0);
  f.queue.wait_group({0}, 0);
  CHECK(f.poisoned(0));
  f.queue.wait_all({0});
  CHECK(f.landed(0));
}

TEST_CASE("threads have groups of their own") {
  Fixture f(CopyTiming::at_wait);
  f.copy(0, 0);
  f.copy(1, 1);
  f.queue.commit({0});
  f.queue.commit({1});
  f.queue.wait_group({1}, 0);
  CHECK(f.poisoned(0));
  CHECK(f.landed(1));
}

TEST_CASE("bytes beyond src-size become zero and are not read") {
  for (CopyTiming timing : kTimings) {
    Fixture f(timing);
    f.copy(0, 1, 6);
    f.copy(0, 2, 0);
    f.queue.wait_all({0});
    CHECK(f.bytes_read == 6);
    CHECK(std::equal(f.shared.begin() + 16, f.shared.begin() + 22, f.global.begin() + 16));
    CHECK(std::all_of(f.shared.begin() + 22, f.shared.begin() + 48, [](auto byte) { return byte == 0; }));
    CHECK(f.shared[48] == 0xee);
  }
}

TEST_CASE("random timing depends on the seed and lands oldest first") {
  std::set<std::uint32_t> left;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Fixture f(CopyTiming::random_time, seed), again(CopyTiming::random_time, seed);
    for (std::uint64_t slot = 0; slot < 8; ++slot) {
      f.copy(2, slot);
      again.copy(2, slot);
    }
    f.queue.progress();
    again.queue.progress();
    std::uint32_t open = f.queue.in_flight({2});
    CHECK(open == again.queue.in_flight({2}));
    left.insert(open);
    for (std::uint64_t slot = 0; slot < 8; ++slot) CHECK((slot < 8 - open ? f.landed(slot) : f.poisoned(slot)));
  }
  CHECK(left.size() > 3);
}

TEST_CASE("the source is read when the copy lands") {
  Fixture f(CopyTiming::at_wait);
  f.copy(0, 0);
  f.global[0] = 99;
  f.queue.wait_all({0});
  CHECK(f.shared[0] == 99);
}

TEST_CASE("when_landed fires after the copies issued before it, and not for later ones") {
  for (CopyTiming timing : kTimings) {
    Fixture f(timing);
    int fired = 0;
    f.queue.when_landed({0}, [&] { ++fired; });
    CHECK(fired == 1); // nothing in flight
    f.copy(0, 0);
    f.queue.when_landed({0}, [&] { ++fired; });
    f.copy(0, 1);
    for (int i = 0; i < 100 && fired < 2; ++i) f.queue.progress();
    CHECK(fired == 2);
    CHECK(f.landed(0));
    if (timing == CopyTiming::at_wait) CHECK(f.poisoned(1));
  }
}

TEST_CASE("a wait fires the watches it satisfies") {
  Fixture f(CopyTiming::at_wait);
  int fired = 0;
  f.copy(0, 0);
  f.queue.when_landed({0}, [&] { fired += 1; });
  f.queue.commit({0});
  f.copy(0, 1);
  f.queue.when_landed({0}, [&] { fired += 10; });
  f.queue.wait_group({0}, 0);
  CHECK(fired == 1);
  f.queue.wait_all({0});
  CHECK(fired == 11);
}

TEST_CASE("illegal operands are refused with both values") {
  CHECK(!copy_refusal({{0}, 0, 0, 16, 16}, true));
  CHECK(!copy_refusal({{0}, 3, 8, 4, 0}, false)); // nothing is read, so the source may be anything
  CHECK(copy_refusal({{0}, 0, 0, 12, 12}, false) == "cp.async: cp-size is 12, but must be 4, 8 or 16");
  CHECK(copy_refusal({{0}, 0, 0, 8, 8}, true) == "cp.async.cg: cp-size is 8, but .cg copies 16 bytes only; use .ca");
  CHECK(copy_refusal({{0}, 0, 0, 4, 8}, false) == "cp.async: src-size 8 is larger than cp-size 4");
  CHECK(copy_refusal({{0}, 0, 8, 16, 16}, false) == "cp.async: shared address 0x8 is not a multiple of cp-size 16");
  CHECK(copy_refusal({{0}, 4, 16, 16, 16}, false) == "cp.async: global address 0x4 is not a multiple of cp-size 16");
}
