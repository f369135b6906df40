// A tiny machine for the race checker's tests: accesses by warp and lane, at numbered places.
#pragma once

#include "checks/race_checker.hpp"

#include <array>
#include <catch2/catch.hpp>

namespace tw::emulator {

class RaceFixture {
public:
  using Addresses = std::array<std::uint64_t, kLanes>;

  explicit RaceFixture(LaunchShape shape = {.blocks = 1, .blocks_per_cluster = 1, .threads_per_block = 128},
                       RaceLimits limits = {})
      : checker(limits), shape(shape) {
    checker.begin_launch(shape);
    for (std::uint32_t block = 0; block < shape.blocks; ++block) checker.begin_block({block}, 4096);
  }

  /// Declares a new place with these facts and returns it.
  PlaceIndex place(AccessKind kind, Order order = Order::weak, Scope scope = Scope::cta, int bytes = 4) {
    PlaceIndex index{next_place++};
    checker.declare_place(index, {kind, order, scope, static_cast<std::uint8_t>(bytes), false, 10 * index.value + 10});
    return index;
  }

  /// An access at a place of its own, weak: lanes of `warp` at `rule(lane)`.
  template <class Rule>
  PlaceIndex touch(AccessKind kind, std::uint32_t warp, LaneMask lanes, Rule rule, std::uint32_t bytes = 4,
                   Space space = Space::shared) {
    PlaceIndex index = place(kind, Order::weak, Scope::cta, static_cast<int>(bytes));
    touch_at(index, warp, lanes, rule, bytes, space);
    return index;
  }
  template <class Rule>
  void touch_at(PlaceIndex index, std::uint32_t warp, LaneMask lanes, Rule rule, std::uint32_t bytes = 4,
                Space space = Space::shared) {
    Addresses addresses{};
    for (std::uint64_t lane = 0; lane < kLanes; ++lane) addresses[lane] = rule(lane);
    std::uint32_t warps = (shape.threads_per_block + kLanes - 1) / kLanes;
    checker.access({{warp}, index, space, {warp / warps}, lanes, bytes, addresses});
  }
  void read(std::uint32_t warp, LaneMask lanes, std::uint64_t address, std::uint32_t bytes = 4) {
    touch(
        AccessKind::load, warp, lanes, [=](auto) { return address; }, bytes);
  }
  void write(std::uint32_t warp, LaneMask lanes, std::uint64_t address, std::uint32_t bytes = 4) {
    touch(
        AccessKind::store, warp, lanes, [=](auto) { return address; }, bytes);
  }
  /// A strong access of one lane to global memory.
  PlaceIndex strong(AccessKind kind, Order order, Scope scope, std::uint32_t warp, LaneMask lanes,
                    std::uint64_t address, std::uint32_t bytes = 4) {
    PlaceIndex index = place(kind, order, scope, static_cast<int>(bytes));
    touch_at(
        index, warp, lanes, [=](auto) { return address; }, bytes, Space::global);
    return index;
  }
  void global_write(std::uint32_t warp, LaneMask lanes, std::uint64_t address, std::uint32_t bytes = 4) {
    touch(
        AccessKind::store, warp, lanes, [=](auto) { return address; }, bytes, Space::global);
  }
  void global_read(std::uint32_t warp, LaneMask lanes, std::uint64_t address, std::uint32_t bytes = 4) {
    touch(
        AccessKind::load, warp, lanes, [=](auto) { return address; }, bytes, Space::global);
  }

  /// bar.sync of all warps of block 0, in the given order of arrival.
  void block_barrier(std::initializer_list<std::uint32_t> warps, std::uint32_t id = 0) {
    for (std::uint32_t warp : warps) checker.barrier_arrive({warp}, kAllLanes, id, true);
    checker.barrier_complete({0}, id);
  }

  std::size_t findings() const { return checker.reports().size(); }
  RaceSort sort() const {
    REQUIRE(findings() == 1);
    return checker.reports()[0].sort;
  }

  RaceChecker checker;
  LaunchShape shape;
  std::uint32_t next_place = 0;
};

inline constexpr LaneMask lane(int index) { return LaneMask{1} << index; }

} // namespace tw::emulator
