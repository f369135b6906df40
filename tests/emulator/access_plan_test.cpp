// Plans against the way without them: the same entries, the same verdicts, the same bank conflicts.
#include "checks/access_plan.hpp"
#include "checks/bank_conflicts.hpp"
#include "race_fixture.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <random>

using namespace tw::emulator;

namespace {

using Addresses = std::array<std::uint64_t, kLanes>;
using Touched = std::map<std::uint64_t, LaneMask>; // lanes by byte

/// A shape of addresses as kernels have them, starting somewhere; aligned to `bytes`.
Addresses random_shape(std::mt19937 &random, std::uint32_t bytes) {
  std::uint64_t base = 512 + random() % 64 * bytes, stride = std::array{0u, 1u, 2u, 3u, 8u, 33u}[random() % 6];
  std::uint64_t repeat = std::uint64_t{1} << random() % 5, period = random() % 2 ? 32 : 16;
  bool scatter = random() % 8 == 0;
  Addresses result;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane)
    result[lane] = base + (scatter ? random() % 40 : lane / repeat % period * stride) * bytes;
  if (random() % 4 == 0) std::reverse(result.begin(), result.end());
  return result;
}

LaneMask random_lanes(std::mt19937 &random) {
  LaneMask lanes = random() % 2 ? kAllLanes : static_cast<LaneMask>(random());
  return lanes ? lanes : 1;
}

/// What planned accesses require: inactive lanes repeat the first active one.
void fill_inactive(Addresses &addresses, LaneMask lanes) {
  for (int lane = 0; lane < kLanes; ++lane)
    if (!(lanes >> lane & 1)) addresses[lane] = addresses[std::countr_zero(lanes)];
}

/// As the machine looks a plan up, with addresses in 64-bit registers and in 32-bit ones.
bool same_shape(const AccessPlan &plan, LaneMask lanes, std::uint32_t bytes, const Addresses &addresses) {
  std::array<std::uint32_t, kLanes> words;
  std::copy(addresses.begin(), addresses.end(), words.begin());
  bool same = plan.matches(lanes, bytes, addresses[std::countr_zero(lanes)]) && plan.has_shape(addresses.data());
  if (same) CHECK(plan.has_shape(words.data()));
  return same;
}

Touched lanes_by_byte(const AccessPlan &plan, std::uint64_t base) {
  Touched touched;
  for (const PlanPiece &part : plan.pieces) {
    std::uint64_t start = base - plan.phase + static_cast<std::uint64_t>(plan.first_line) + part.piece * kPieceBytes;
    ShadowEntry entry({}, part.lanes, part.bytes, part.first, part.shift);
    for (int byte = 0; byte < 16; ++byte)
      if (part.bytes >> byte & 1)
        touched[start + static_cast<std::uint64_t>(byte)] |= entry.lanes_at(static_cast<std::uint16_t>(1 << byte));
  }
  return touched;
}

/// The same as told by the entries of lines.
Touched lanes_by_line(const AccessPlan &plan, std::uint64_t base) {
  Touched touched;
  for (const PlanLine &part : plan.lines) {
    std::uint64_t start =
        base - plan.phase + static_cast<std::uint64_t>(plan.first_line) + std::uint64_t{part.line} * kLineBytes;
    LineEntry entry({}, part.touched, part.lanes);
    for (std::uint32_t byte = 0; byte < kLineBytes; ++byte) {
      ShadowEntry piece = entry.in_piece(byte / kPieceBytes);
      auto mask = static_cast<std::uint16_t>(1 << byte % kPieceBytes);
      if (piece.bytes() & mask) touched[start + byte] |= piece.lanes_at(mask);
    }
  }
  return touched;
}

} // namespace

TEST_CASE("a plan gives every byte to the lanes that touch it") {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::uint32_t bytes = 1u << random() % 5;
    LaneMask lanes = random_lanes(random);
    Addresses addresses = random_shape(random, bytes);
    fill_inactive(addresses, lanes);
    bool write = random() % 2;
    auto plan = AccessPlan::make(lanes, bytes, addresses.data(), write);
    REQUIRE(plan);
    REQUIRE(same_shape(*plan, lanes, bytes, addresses));
    Touched expected;
    for (int lane = 0; lane < kLanes; ++lane)
      for (std::uint64_t byte = 0; byte < bytes && (lanes >> lane & 1); ++byte)
        expected[addresses[lane] + byte] |= LaneMask{1} << lane;
    std::uint64_t base = addresses[std::countr_zero(lanes)];
    REQUIRE(lanes_by_byte(*plan, base) == expected);
    REQUIRE((plan->lines.empty() || lanes_by_line(*plan, base) == expected));
    REQUIRE((bytes < 4 || !plan->lines.empty()));
    REQUIRE(base + static_cast<std::uint64_t>(plan->low) == expected.begin()->first);
    REQUIRE(base + static_cast<std::uint64_t>(plan->high) == expected.rbegin()->first + 1);
    REQUIRE(plan->conflicts == count_wavefronts(addresses, lanes, bytes).conflicts());
  }
}

TEST_CASE("a plan matches its own shape only") {
  Addresses words;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane) words[lane] = 1024 + 4 * lane;
  auto plan = AccessPlan::make(kAllLanes, 4, words.data(), false);
  REQUIRE(plan);
  CHECK(plan->shape == AccessPlan::Shape::contiguous);
  Addresses moved = words;
  for (auto &address : moved) address += 256;
  CHECK(same_shape(*plan, kAllLanes, 4, moved));
  CHECK_FALSE(same_shape(*plan, kAllLanes >> 1, 4, words));
  CHECK_FALSE(same_shape(*plan, kAllLanes, 8, words));
  for (auto &address : moved) address += 4;
  CHECK_FALSE(same_shape(*plan, kAllLanes, 4, moved));
  moved = words;
  moved[31] += 4;
  CHECK_FALSE(same_shape(*plan, kAllLanes, 4, moved));
  moved[31] = std::uint64_t{1} << 40;
  CHECK_FALSE(AccessPlan::make(kAllLanes, 4, moved.data(), false));
}

TEST_CASE("operands of a matrix product take one entry per piece") {
  Addresses columns, pairs;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane) {
    columns[lane] = 1024 + lane % 16 * 32;               // two lanes each
    pairs[lane] = 1024 + lane % 2 * 2048 + lane / 2 * 4; // every second lane along a row
  }
  CHECK(AccessPlan::make(kAllLanes, 16, columns.data(), false)->pieces.size() == 16);
  CHECK(AccessPlan::make(kAllLanes, 4, pairs.data(), true)->pieces.size() == 8);
}

TEST_CASE("operands of a matrix product take one entry per line") {
  Addresses columns, rows, scattered;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane) {
    columns[lane] = 1024 + lane % 16 * 32; // two lanes each
    rows[lane] = 1024 + lane / 16 * 32;    // sixteen lanes each
    scattered[lane] = 1024 + lane * 32;
  }
  CHECK(AccessPlan::make(kAllLanes, 16, columns.data(), false)->lines.size() == 4);
  CHECK(AccessPlan::make(kAllLanes, 16, rows.data(), false)->lines.size() == 1);
  CHECK(AccessPlan::make(kAllLanes, 4, scattered.data(), true)->lines.size() == 8);
}

TEST_CASE("random programs get the same verdict with and without plans") {
  std::mt19937 random(GENERATE(range(0, 40)));
  constexpr std::uint32_t kWarps = 4;
  RaceFixture slow, fast;
  std::vector<PlaceIndex> places;
  for (int i = 0; i < 8; ++i) {
    std::uint32_t bytes = 1u << (2 + i % 3);
    places.push_back(
        slow.place(i < 5 ? AccessKind::load : AccessKind::store, Order::weak, Scope::cta, static_cast<int>(bytes)));
    fast.place(i < 5 ? AccessKind::load : AccessKind::store, Order::weak, Scope::cta, static_cast<int>(bytes));
  }
  for (int step = 0; step < 300; ++step) {
    std::uint32_t warp = random() % kWarps, which = random() % 10;
    if (which == 8) {
      for (RaceFixture *each : {&slow, &fast}) {
        for (std::uint32_t w = 0; w < kWarps; ++w) each->checker.barrier_arrive({w}, kAllLanes, 0, true);
        each->checker.barrier_complete({0}, 0);
      }
      continue;
    }
    if (which == 9) {
      slow.checker.warp_sync({warp}, kAllLanes);
      fast.checker.warp_sync({warp}, kAllLanes);
      continue;
    }
    std::uint32_t bytes = 1u << (2 + which % 3);
    LaneMask lanes = random_lanes(random);
    Addresses addresses = random_shape(random, bytes);
    fill_inactive(addresses, lanes);
    Space space = random() % 2 ? Space::shared : Space::global;
    WarpAccess access{{warp}, places[which], space, {0}, lanes, bytes, addresses};
    slow.checker.access(access);
    auto plan = AccessPlan::make(lanes, bytes, addresses.data(), which >= 5);
    fast.checker.access(access, *plan);
    std::size_t before = slow.checker.reports().size();
    REQUIRE(fast.checker.reports().size() == before);
  }
  auto key = [](const RaceReport &r) { return std::pair{r.earlier.place.value, r.later.place.value}; };
  std::vector<std::pair<std::uint32_t, std::uint32_t>> a, b;
  for (const RaceReport &r : slow.checker.reports()) a.push_back(key(r));
  for (const RaceReport &r : fast.checker.reports()) b.push_back(key(r));
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  CHECK(a == b);
}
