// Conversions, executed on simulated registers for every pair of sample layouts.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

#include <set>

using namespace tilewright::layout;
using namespace tilewright::layout::test;

namespace {

/// One value per register, lane and warp: the number of the tile element it holds, or -1.
class Registers {
public:
  explicit Registers(const Distributed &layout)
      : perThread_(layout.elementsPerThread()), values_(layout.threads() * perThread_, -1) {}

  /// The registers of a tile in this layout whose elements are their row-major numbers.
  static Registers holding(const Distributed &layout) {
    Registers registers(layout);
    forEachSlot(layout, [&](int reg, int lane, int warp) {
      registers.at(reg, lane, warp) = linearIndex(layout.shape(), layout.coordinates(reg, lane, warp));
    });
    return registers;
  }

  int &at(int reg, int lane, int warp) { return values_[(warp * 32 + lane) * perThread_ + reg]; }
  bool operator==(const Registers &) const = default;

private:
  int perThread_;
  std::vector<int> values_;
};

Registers runPermutation(const std::vector<int> &permutation, Registers source, const Distributed &to) {
  Registers result(to);
  forEachSlot(
      to, [&](int reg, int lane, int warp) { result.at(reg, lane, warp) = source.at(permutation[reg], lane, warp); });
  return result;
}

Registers runShuffles(const ShufflePlan &plan, Registers source, const Distributed &to) {
  Registers result(to);
  for (int warp = 0; warp < to.warps(); ++warp)
    for (const ShuffleStep &step : plan.steps) {
      int offered[32];
      for (int lane = 0; lane < 32; ++lane) offered[lane] = source.at(plan.sentRegister(step, lane, warp), lane, warp);
      for (int lane = 0; lane < 32; ++lane)
        result.at(plan.receivedRegister(step, lane, warp), lane, warp) = offered[plan.sourceLane(step, lane, warp)];
    }
  return result;
}

Registers runThroughShared(const SharedPlan &plan, Registers source, const Distributed &from, const Distributed &to) {
  std::vector<int> memory(plan.memory.elements(), -1);
  Registers result(to);
  auto address = [](const AccessPlan &access, int i, int lane, int warp) {
    uint32_t first = access.offset(access.order[i / access.vectorWidth * access.vectorWidth], lane, warp);
    return first + i % access.vectorWidth;
  };
  forEachSlot(from, [&](int i, int lane, int warp) {
    memory.at(address(plan.store, i, lane, warp)) = source.at(plan.store.order[i], lane, warp);
  });
  forEachSlot(to, [&](int i, int lane, int warp) {
    result.at(plan.load.order[i], lane, warp) = memory.at(address(plan.load, i, lane, warp));
  });
  return result;
}

Registers run(const ConversionPlan &plan, const Distributed &from, const Distributed &to) {
  Registers source = Registers::holding(from);
  switch (plan.kind) {
  case ConversionKind::none:
  case ConversionKind::registerPermute: return runPermutation(plan.permutation, source, to);
  case ConversionKind::warpShuffle: return runShuffles(plan.shuffle.value(), source, to);
  case ConversionKind::throughShared: return runThroughShared(plan.shared.value(), source, from, to);
  }
  return source;
}

/// True if every thread of `to` finds each of its elements in some register of its warp in `from`.
bool staysInWarp(const Distributed &from, const Distributed &to) {
  for (int warp = 0; warp < from.warps(); ++warp) {
    std::set<Coord> held;
    for (int lane = 0; lane < 32; ++lane)
      for (int reg = 0; reg < from.elementsPerThread(); ++reg) held.insert(from.coordinates(reg, lane, warp));
    for (int lane = 0; lane < 32; ++lane)
      for (int reg = 0; reg < to.elementsPerThread(); ++reg)
        if (!held.count(to.coordinates(reg, lane, warp))) return false;
  }
  return true;
}

template <class F> void forEachPair(F f) {
  for (const Coord &shape : {Coord{16, 16}, Coord{32, 32}, Coord{48, 24}, Coord{7, 96}, Coord{3, 5}, Coord{64, 8}})
    for (int warps : {1, 2, 4}) {
      std::vector<Distributed> layouts = layoutsOf(shape, warps);
      for (const Distributed &from : layouts)
        for (const Distributed &to : layouts) f(from, to);
    }
  for (const Coord &shape : {Coord{64}, Coord{96}, Coord{5}})
    for (const Distributed &parent : layoutsOf({shape[0], 16}, 2))
      for (const Distributed &to : layoutsOf(shape, 2)) {
        f(parent.slice(1).layout, to);
        f(to, parent.slice(1).layout);
      }
}

} // namespace

TEST_CASE("every conversion leaves the tile as the destination layout wants it") {
  std::set<ConversionKind> kinds;
  forEachPair([&](const Distributed &from, const Distributed &to) {
    for (int bytes : {2, 4}) {
      ConversionPlan plan = planConversion(from, to, bytes);
      CAPTURE(from.toString(), to.toString(), int(plan.kind));
      kinds.insert(plan.kind);
      REQUIRE(run(plan, from, to) == Registers::holding(to));
      REQUIRE((plan.cost == 0) == (plan.kind <= ConversionKind::registerPermute));
      REQUIRE(plan.shuffle.has_value() == (plan.kind == ConversionKind::warpShuffle));
      REQUIRE(plan.shared.has_value() == (plan.kind == ConversionKind::throughShared));
    }
  });
  REQUIRE(kinds.size() == 4);
}

TEST_CASE("the way through shared memory works for every pair") {
  forEachPair([&](const Distributed &from, const Distributed &to) {
    CAPTURE(from.toString(), to.toString());
    SharedPlan plan = planThroughShared(from, to, 4);
    REQUIRE(runThroughShared(plan, Registers::holding(from), from, to) == Registers::holding(to));
    REQUIRE(plan.storeWavefronts.actual == bankConflicts(plan.store, 4).actual);
    REQUIRE(plan.loadWavefronts.actual == bankConflicts(plan.load, 4).actual);
  });
}

TEST_CASE("none means the same mapping, and only elements that leave their warp need shared memory") {
  forEachPair([&](const Distributed &from, const Distributed &to) {
    ConversionPlan plan = planConversion(from, to, 4);
    CAPTURE(from.toString(), to.toString());
    REQUIRE((plan.kind == ConversionKind::none) == from.isEquivalent(to));
    if (plan.kind < ConversionKind::throughShared) REQUIRE(staysInWarp(from, to));
  });
}

TEST_CASE("an accumulator becomes an A operand without moving between threads") {
  for (int warpsM : {1, 2, 4})
    for (int k : {16, 48, 64}) {
      Distributed c = *mmaAccumulator({64, k}, warpsM, 1), a = *mmaOperandA({64, k}, warpsM, 1, 16);
      ConversionPlan plan = planConversion(c, a, 2);
      REQUIRE(plan.kind <= ConversionKind::registerPermute);
      REQUIRE(plan.cost == 0);
    }
}

TEST_CASE("transposing within a warp is done by shuffles, as many as registers") {
  Distributed rows = blocked({16, 8}, 4, 1, 1), columns = blocked({16, 8}, 4, 0, 1);
  ConversionPlan plan = planConversion(rows, columns, 4);
  REQUIRE(plan.kind == ConversionKind::warpShuffle);
  REQUIRE(plan.shuffle->steps.size() == 4);
  REQUIRE(plan.shuffle->sendBits.size() == plan.shuffle->receiveBits.size());
}

TEST_CASE("the number of shuffles is bounded") {
  Distributed rows = blocked({16, 8}, 4, 1, 1), columns = blocked({16, 8}, 4, 0, 1);
  REQUIRE(planConversion(rows, columns, 4, {3}).kind == ConversionKind::throughShared);
}

TEST_CASE("copies in other lanes are picked without an instruction") {
  // Every lane holds all four elements; the destination spreads them over two lane bits.
  std::vector<Coord> all(5, Coord{0}), spread{{1}, {2}, {0}, {0}, {0}};
  Distributed from({1}, {{1}, {2}}, all, {}), to({1}, {}, spread, {});
  ConversionPlan plan = planConversion(from, to, 4);
  REQUIRE(plan.kind == ConversionKind::warpShuffle);
  REQUIRE(plan.shuffle->steps.size() == 1);
  REQUIRE_FALSE(plan.shuffle->needsShuffle(plan.shuffle->steps[0]));
  REQUIRE(run(plan, from, to) == Registers::holding(to));
}

TEST_CASE("copies in other warps are picked without shared memory") {
  // Rows of an accumulator, copies in both warps along N, spread over the warps for storing.
  Distributed rows = mmaAccumulator({64, 16}, 1, 2)->slice(1).layout, spread = blocked({64}, 1, 0, 2);
  REQUIRE(rows.replicatedWarps() == 1);
  ConversionPlan plan = planConversion(rows, spread, 4);
  REQUIRE(plan.kind == ConversionKind::warpShuffle);
  REQUIRE(run(plan, rows, spread) == Registers::holding(spread));
  REQUIRE(planConversion(spread, rows, 4).kind == ConversionKind::throughShared);
  // Where a warp bit selects the source register, each warp picks among its own.
  std::vector<Coord> all(5, Coord{0});
  Distributed own({1}, {{1}}, all, {{0}}), split({1}, {}, all, {{1}});
  plan = planConversion(own, split, 4);
  REQUIRE(plan.kind == ConversionKind::warpShuffle);
  REQUIRE_FALSE(plan.shuffle->needsShuffle(plan.shuffle->steps[0]));
  REQUIRE(run(plan, own, split) == Registers::holding(split));
}

TEST_CASE("what one shuffle per register cannot gather goes through shared memory") {
  // Only half of the lanes hold what a warp needs, and each of them would have to offer two registers at once.
  std::vector<Coord> lanes{{1}, {2}, {4}, {8}, {16}}, other{{32}, {1}, {2}, {4}, {8}};
  Distributed from({1}, {{32}}, lanes, {{0}}), to({1}, {}, other, {{16}});
  ConversionPlan plan = planConversion(from, to, 4);
  REQUIRE(plan.kind == ConversionKind::throughShared);
  REQUIRE(run(plan, from, to) == Registers::holding(to));
}

TEST_CASE("large conversions through shared memory avoid bank conflicts") {
  Distributed c = *mmaAccumulator({128, 128}, 4, 1);
  for (int bytes : {2, 4}) {
    SharedPlan plan = planThroughShared(c, blocked({128, 128}, 16 / bytes, 1, 4), bytes);
    REQUIRE(plan.store.vectorWidth == 2);
    REQUIRE(plan.load.vectorWidth == 16 / bytes);
    REQUIRE(plan.storeWavefronts.conflicts() == 0);
    REQUIRE(plan.loadWavefronts.conflicts() == 0);
  }
}
