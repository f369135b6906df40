// Distributed layouts against brute force: ownership, offsets, vectors, slices, transposes, canonical forms.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

#include <set>

using namespace tilewright::layout;
using namespace tilewright::layout::test;

TEST_CASE("every element has one owner and replicas hold the owner's elements") {
  forEachSample([](const Distributed &layout) {
    CAPTURE(layout.toString());
    REQUIRE(layout.verify() == "");
    std::vector<int> owners(layout.shape().product());
    bool replicasAgree = true, inside = true;
    forEachSlot(layout, [&](int reg, int lane, int warp) {
      Coord c = layout.coordinates(reg, lane, warp);
      for (int d = 0; d < c.size(); ++d) inside &= c[d] >= 0 && c[d] < layout.shape()[d];
      if (layout.isOwner(lane, warp)) ++owners[linearIndex(layout.shape(), c)];
      int owner = lane & ~layout.replicatedLanes(), ownerWarp = warp & ~layout.replicatedWarps();
      replicasAgree &= layout.coordinates(reg, owner, ownerWarp) == c;
    });
    REQUIRE(inside);
    REQUIRE(replicasAgree);
    REQUIRE(std::set<int>(owners.begin(), owners.end()) == std::set<int>{1});
  });
}

TEST_CASE("coordinates are the thread's part plus the register's, and registerAt inverts the latter") {
  forEachSample([](const Distributed &layout) {
    CAPTURE(layout.toString());
    bool sums = true, inverts = true;
    std::set<Coord> offsets;
    forEachSlot(layout, [&](int reg, int lane, int warp) {
      sums &= layout.coordinates(reg, lane, warp) == layout.threadOffset(lane, warp) + layout.registerOffset(reg);
    });
    for (int reg = 0; reg < layout.elementsPerThread(); ++reg) {
      inverts &= layout.registerAt(layout.registerOffset(reg)) == reg;
      offsets.insert(layout.registerOffset(reg));
    }
    for (int i = 0; i < layout.shape().product(); ++i) {
      Coord c = coordinatesOf(layout.shape(), i);
      inverts &= (layout.registerAt(c) >= 0) == (offsets.count(c) == 1);
    }
    REQUIRE(sums);
    REQUIRE(inverts);
  });
}

TEST_CASE("registerAt refuses coordinates outside the tile") {
  Distributed layout = blocked({4, 6}, 1, 1, 1);
  REQUIRE(layout.registerAt({0, 6}) == -1);
  REQUIRE(layout.registerAt({-1, 0}) == -1);
}

TEST_CASE("vectorWidth is the largest run of consecutive elements in consecutive registers") {
  forEachSample([](const Distributed &layout) {
    CAPTURE(layout.toString());
    for (int dim = 0; dim < layout.rank(); ++dim) {
      auto holds = [&](int width) {
        if (layout.elementsPerThread() % width != 0) return false;
        for (int lane = 0; lane < Distributed::lanes; ++lane)
          for (int reg = 0; reg < layout.elementsPerThread(); ++reg) {
            Coord first = layout.coordinates(reg / width * width, lane, 0);
            if (first[dim] % width != 0) return false;
            first[dim] += reg % width;
            if (layout.coordinates(reg, lane, 0) != first) return false;
          }
        return true;
      };
      int width = layout.vectorWidth(dim);
      REQUIRE(holds(width));
      REQUIRE_FALSE(holds(width * 2));
    }
  });
}

TEST_CASE("a slice holds, in each thread, the coordinates of its parent without the axis") {
  forEachSample([](const Distributed &layout) {
    CAPTURE(layout.toString());
    for (int axis = 0; axis < layout.rank(); ++axis)
      for (SlicedAxis kind : {SlicedAxis::removed, SlicedAxis::one}) {
        DerivedLayout slice = layout.slice(axis, kind);
        REQUIRE(slice.layout.verify() == "");
        REQUIRE(slice.layout.warps() == layout.warps());
        REQUIRE(int(slice.registerMap.size()) == layout.elementsPerThread());
        bool agree = true;
        forEachSlot(layout, [&](int reg, int lane, int warp) {
          Coord c = layout.coordinates(reg, lane, warp);
          if (kind == SlicedAxis::one)
            c[axis] = 0;
          else
            c = c.without(axis);
          agree &= slice.layout.coordinates(slice.registerMap[reg], lane, warp) == c;
        });
        REQUIRE(agree);
        std::set<int> used(slice.registerMap.begin(), slice.registerMap.end());
        REQUIRE(int(used.size()) == slice.layout.elementsPerThread());
        REQUIRE(slice.layout.isSliceOf(layout, axis, kind));
      }
  });
}

TEST_CASE("isSliceOf tells slices of other axes and layouts apart") {
  Distributed parent = *mmaAccumulator({16, 16}, 1, 1);
  REQUIRE(parent.slice(1).layout.isSliceOf(parent, 1));
  REQUIRE_FALSE(parent.slice(0).layout.isSliceOf(parent, 1));
  REQUIRE_FALSE(blocked({16}, 1, 0, 1).isSliceOf(parent, 1));
}

TEST_CASE("slicing to a scalar leaves one register in every thread") {
  DerivedLayout scalar = blocked({96}, 4, 0, 4).slice(0);
  REQUIRE(scalar.layout.rank() == 0);
  REQUIRE(scalar.layout.elementsPerThread() == 1);
  REQUIRE(scalar.layout.replicatedLanes() == 31);
  REQUIRE(scalar.layout.slice(0).layout.verify() == "");
}

TEST_CASE("a transpose permutes coordinates and maps registers") {
  forEachSample([](const Distributed &layout) {
    CAPTURE(layout.toString());
    Coord permutation;
    for (int d = layout.rank() - 1; d >= 0; --d) permutation.push(d);
    DerivedLayout transposed = layout.transpose(permutation);
    REQUIRE(transposed.layout.verify() == "");
    bool agree = true;
    forEachSlot(layout, [&](int reg, int lane, int warp) {
      Coord c = layout.coordinates(reg, lane, warp);
      Coord t = transposed.layout.coordinates(transposed.registerMap[reg], lane, warp);
      for (int d = 0; d < layout.rank(); ++d) agree &= t[d] == c[permutation[d]];
    });
    REQUIRE(agree);
    REQUIRE(transposed.layout.transpose(permutation).layout.isEquivalent(layout));
  });
}

TEST_CASE("canonical forms keep the mapping and decide equivalence") {
  for (const Coord &shape : {Coord{32, 32}, Coord{96, 64}, Coord{48, 40}}) {
    std::vector<Distributed> layouts = layoutsOf(shape, 2);
    for (const Distributed &a : layouts) {
      CAPTURE(a.toString());
      REQUIRE(a.canonical().verify() == "");
      REQUIRE(a.canonical().canonical() == a.canonical());
      for (const Distributed &b : layouts) {
        bool same = a.elementsPerThread() == b.elementsPerThread();
        if (same)
          forEachSlot(a, [&](int reg, int lane, int warp) {
            same &= a.coordinates(reg, lane, warp) == b.coordinates(reg, lane, warp);
          });
        REQUIRE(a.isEquivalent(b) == same);
        REQUIRE(a.isEquivalent(b.canonical()) == same);
      }
    }
  }
}

TEST_CASE("canonical folds the fastest power-of-two repetitions only") {
  std::vector<Coord> lanes(5, Coord{0, 0});
  Distributed both({2, 4}, {}, lanes, {});
  REQUIRE(both.canonical().repeat() == Coord{1, 1});
  REQUIRE(both.canonical().registerBits() == 3);
  Distributed odd({4, 6}, {}, lanes, {});
  REQUIRE(odd.canonical().repeat() == Coord{4, 3});
}

TEST_CASE("verify names the basis that breaks the invariant") {
  std::vector<Coord> lanes(5, Coord{0, 0});
  auto error = [&](std::vector<Coord> registers, std::vector<Coord> laneBases, Coord repeat = {1, 1}) {
    return Distributed(repeat, registers, laneBases, {}).verify();
  };
  REQUIRE(error({}, lanes) == "");
  REQUIRE(error({}, {}) == "a warp has 5 lane bits, but 0 lane bases are given");
  REQUIRE(error({}, lanes, {1, 0}) == "dimension 1 is repeated 0 times, must be >= 1");
  REQUIRE(error({{1}}, lanes) == "register basis 0 [1] has 1 entries, but the tile has rank 2");
  REQUIRE(error({{0, 0}}, lanes) == "register basis 0 [0,0] is zero, but a thread holds an element once only");
  REQUIRE(error({{1, 1}}, lanes) == "register basis 0 [1,1] moves along more than one dimension");
  REQUIRE(error({{0, 3}}, lanes) == "register basis 0 [0,3] is not a power of two");
  REQUIRE(error({{0, -1}}, lanes) == "register basis 0 [0,-1] is not a power of two");
  REQUIRE(error({{0, 4}}, lanes) == "along dimension 1 no basis takes step 1, but a larger step is taken");
  lanes[2] = {0, 1};
  REQUIRE(error({{0, 1}}, lanes) == "lane basis 2 [0,1] repeats a step that another basis takes");
  REQUIRE(Distributed({1, 1}, {{0, 1}}, std::vector<Coord>(5, Coord{0, 0}), {{0, 1}}).verify() ==
          "warp basis 0 [0,1] repeats a step that another basis takes");
}
