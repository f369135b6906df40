// The fragments against the formulas of the PTX ISA, and what blocked and fmaTile promise.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

using namespace tilewright::layout;

TEST_CASE("the accumulator of m16n8 is the one of the PTX ISA") {
  Distributed layout = *mmaAccumulator({16, 8}, 1, 1);
  REQUIRE(layout.elementsPerThread() == 4);
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i) {
      Coord expected{lane / 4 + 8 * (i >> 1), 2 * (lane % 4) + (i & 1)};
      REQUIRE(layout.coordinates(i, lane, 0) == expected);
    }
}

TEST_CASE("the A fragments are those of the PTX ISA") {
  for (int lane = 0; lane < 32; ++lane) {
    int g = lane / 4, t = lane % 4;
    Distributed a16 = *mmaOperandA({16, 16}, 1, 1, 16);
    for (int i = 0; i < 8; ++i)
      REQUIRE(a16.coordinates(i, lane, 0) == Coord{g + 8 * (i >> 1 & 1), 2 * t + (i & 1) + 8 * (i >> 2)});
    Distributed a8 = *mmaOperandA({16, 32}, 1, 1, 8);
    for (int i = 0; i < 16; ++i)
      REQUIRE(a8.coordinates(i, lane, 0) == Coord{g + 8 * (i >> 2 & 1), 4 * t + (i & 3) + 16 * (i >> 3)});
    Distributed a32 = *mmaOperandA({16, 8}, 1, 1, 32);
    for (int i = 0; i < 4; ++i) REQUIRE(a32.coordinates(i, lane, 0) == Coord{g + 8 * (i & 1), t + 4 * (i >> 1)});
  }
}

TEST_CASE("the B fragments are those of the PTX ISA") {
  for (int lane = 0; lane < 32; ++lane) {
    int g = lane / 4, t = lane % 4;
    Distributed b16 = *mmaOperandB({16, 8}, 1, 1, 16);
    for (int i = 0; i < 4; ++i) REQUIRE(b16.coordinates(i, lane, 0) == Coord{2 * t + (i & 1) + 8 * (i >> 1), g});
    Distributed b8 = *mmaOperandB({32, 8}, 1, 1, 8);
    for (int i = 0; i < 8; ++i) REQUIRE(b8.coordinates(i, lane, 0) == Coord{4 * t + (i & 3) + 16 * (i >> 2), g});
    Distributed b32 = *mmaOperandB({8, 8}, 1, 1, 32);
    for (int i = 0; i < 2; ++i) REQUIRE(b32.coordinates(i, lane, 0) == Coord{t + 4 * i, g});
  }
}

TEST_CASE("the accumulator of wgmma is the one of the PTX ISA, per warpgroup and instruction") {
  for (int n : {8, 24, 64, 256})
    for (int groupsM : {1, 2})
      for (int groupsN : {1, 2}) {
        if (groupsN == 2 && n == 24) continue;
        Distributed layout = *wgmmaAccumulator({128 * groupsM, n * groupsN}, groupsM, groupsN);
        REQUIRE(layout.warps() == 4 * groupsM * groupsN);
        bool agree = true;
        test::forEachSlot(layout, [&](int reg, int lane, int warp) {
          int instruction = reg / (n / 2), i = reg % (n / 2), group = warp / 4;
          int row = 64 * groupsM * instruction + 64 * (group % groupsM) + 16 * (warp % 4) + lane / 4 + 8 * (i >> 1 & 1);
          int column = n * (group / groupsM) + 8 * (i >> 2) + 2 * (lane % 4) + (i & 1);
          agree &= layout.coordinates(reg, lane, warp) == Coord{row, column};
        });
        REQUIRE(agree);
      }
  REQUIRE_FALSE(wgmmaAccumulator({64, 48}, 1, 2).has_value());
  REQUIRE_FALSE(wgmmaAccumulator({64, 12}, 1, 1).has_value());
  REQUIRE_FALSE(wgmmaAccumulator({96, 64}, 1, 1).has_value());
  REQUIRE_FALSE(wgmmaAccumulator({64, 64}, 2, 1).has_value());
}

TEST_CASE("one wgmma is also an mma tile of four warps along M") {
  REQUIRE(mmaAccumulator({64, 192}, 4, 1) == wgmmaAccumulator({64, 192}, 1, 1));
}

TEST_CASE("the warps of the three fragments agree on rows and columns") {
  Distributed c = *mmaAccumulator({64, 64}, 2, 4);
  Distributed a = *mmaOperandA({64, 32}, 2, 4, 16);
  Distributed b = *mmaOperandB({32, 64}, 2, 4, 16);
  for (int warp = 0; warp < 8; ++warp) {
    REQUIRE(c.threadOffset(0, warp)[0] == a.threadOffset(0, warp)[0]);
    REQUIRE(c.threadOffset(0, warp)[1] == b.threadOffset(0, warp)[1]);
    REQUIRE(a.threadOffset(0, warp)[1] == 0);
    REQUIRE(b.threadOffset(0, warp)[0] == 0);
  }
  REQUIRE(a.replicatedWarps() == 0b110);
  REQUIRE(b.replicatedWarps() == 0b001);
}

TEST_CASE("fragments exist for whole instructions only, surplus warps hold copies") {
  REQUIRE_FALSE(mmaAccumulator({8, 8}, 1, 1).has_value());
  REQUIRE_FALSE(mmaAccumulator({16, 12}, 1, 1).has_value());
  REQUIRE_FALSE(mmaOperandA({16, 16}, 1, 1, 8).has_value());
  REQUIRE_FALSE(mmaOperandA({24, 16}, 1, 1, 16).has_value());
  REQUIRE_FALSE(mmaOperandB({8, 8}, 1, 1, 16).has_value());
  REQUIRE_FALSE(mmaOperandB({16, 4}, 1, 1, 16).has_value());
  REQUIRE(mmaAccumulator({16, 8}, 2, 2)->replicatedWarps() == 3);
  REQUIRE(mmaAccumulator({48, 24}, 2, 2)->replicatedWarps() == 3);
}

TEST_CASE("blocked gives neighbouring lanes neighbouring vectors") {
  Distributed layout = blocked({64, 96}, 8, 1, 4);
  REQUIRE(layout.vectorWidth(1) == 8);
  REQUIRE(layout.coordinates(0, 1, 0) == Coord{0, 8});
  REQUIRE(layout.coordinates(0, 4, 0) == Coord{1, 0});
  REQUIRE(layout.repeat() == Coord{2, 3});
  REQUIRE(blocked({4, 6}, 4, 1, 1).vectorWidth(1) == 2);
  REQUIRE(blocked({64, 8}, 4, 0, 1).vectorWidth(0) == 4);
  REQUIRE(blocked({3, 7}, 4, 1, 4).replicatedLanes() == 31);
}

TEST_CASE("fmaTile gives vectors of four and nearly square thread tiles") {
  Distributed layout = fmaTile({128, 128}, 8);
  REQUIRE(layout.vectorWidth(1) == 4);
  REQUIRE(layout.elementsPerThread() == 64);
  Coord rows = layout.slice(1).layout.repeat();
  REQUIRE(rows[0] == 8);
  REQUIRE(fmaTile({1, 256}, 4).elementsPerThread() == 4);
  REQUIRE(fmaTile({256, 1}, 4).elementsPerThread() == 2);
}

TEST_CASE("powerOfTwoPart") {
  REQUIRE(powerOfTwoPart(1) == 1);
  REQUIRE(powerOfTwoPart(96) == 32);
  REQUIRE(powerOfTwoPart(7) == 1);
}
