// Access plans against direct evaluation, for all registers of all threads.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace tilewright::layout;
using namespace tilewright::layout::test;

namespace {

std::vector<Memory> memoriesOf(const Coord &shape, int elementBytes) {
  std::vector<Memory> result;
  std::vector<Coord> orders{{}};
  if (shape.size() == 2) orders.push_back({0, 1});
  for (const Coord &order : orders) {
    result.push_back(Memory::rowMajor(shape, order));
    result.push_back(Memory::padded(shape, order, 1));
    result.push_back(Memory::padded(shape, order, 16 / elementBytes));
    if (auto memory = Memory::swizzled(shape, order, elementBytes)) result.push_back(*memory);
  }
  return result;
}

template <class F> void forEachPlan(F f) {
  forEachSample([&](const Distributed &layout) {
    if (layout.warps() > 4 || layout.elementsPerThread() > 200) return;
    for (int bytes : {1, 2, 4})
      for (const Memory &memory : memoriesOf(layout.shape(), bytes))
        f(layout, memory, bytes, planAccess(layout, memory, bytes));
  });
}

/// True if the given groups of registers are consecutive and aligned in memory for every thread.
bool areVectors(const Distributed &layout, const Memory &memory, const std::vector<int> &order, int width) {
  if (int(order.size()) % width != 0) return false;
  for (int warp = 0; warp < layout.warps(); ++warp)
    for (int lane = 0; lane < Distributed::lanes; ++lane)
      for (size_t i = 0; i < order.size(); ++i) {
        uint32_t first = memory.offset(layout.coordinates(order[i / width * width], lane, warp));
        if (first % width != 0) return false;
        if (memory.offset(layout.coordinates(order[i], lane, warp)) != first + i % width) return false;
      }
  return true;
}

} // namespace

TEST_CASE("the offsets of a plan are those of the memory layout") {
  forEachPlan([](const Distributed &layout, const Memory &memory, int, const AccessPlan &plan) {
    CAPTURE(layout.toString(), memory.toString());
    bool agree = true;
    forEachSlot(layout, [&](int reg, int lane, int warp) {
      agree &= plan.offset(reg, lane, warp) == memory.offset(layout.coordinates(reg, lane, warp));
    });
    REQUIRE(agree);
  });
}

TEST_CASE("registers keep only the XOR bits that some thread may set") {
  forEachPlan([](const Distributed &, const Memory &, int, const AccessPlan &plan) {
    uint32_t mask = 0;
    for (Offset o : plan.thread.lane) mask |= o.xorPart;
    for (Offset o : plan.thread.warp) mask |= o.xorPart;
    bool inside = true;
    for (Offset o : plan.registers) inside &= (o.xorPart & ~mask) == 0;
    REQUIRE(inside);
  });
}

TEST_CASE("vectors are consecutive and aligned for every thread and cover every register once") {
  forEachPlan([](const Distributed &layout, const Memory &memory, int bytes, const AccessPlan &plan) {
    CAPTURE(layout.toString(), memory.toString(), plan.vectorWidth);
    std::vector<int> sorted = plan.order;
    std::sort(sorted.begin(), sorted.end());
    bool complete = int(sorted.size()) == layout.elementsPerThread();
    for (size_t i = 0; i < sorted.size(); ++i) complete &= sorted[i] == int(i);
    REQUIRE(complete);
    REQUIRE(plan.vectorWidth * bytes <= 16);
    REQUIRE(areVectors(layout, memory, plan.order, plan.vectorWidth));
  });
}

TEST_CASE("no wider vectors exist") {
  forEachPlan([](const Distributed &layout, const Memory &memory, int bytes, const AccessPlan &plan) {
    CAPTURE(layout.toString(), memory.toString(), plan.vectorWidth);
    int width = plan.vectorWidth * 2;
    if (width * bytes > 16) return;
    // If wider vectors existed, thread 0's registers sorted by offset would form them.
    std::vector<int> order = plan.order;
    std::sort(order.begin(), order.end(), [&](int a, int b) { return plan.offset(a, 0, 0) < plan.offset(b, 0, 0); });
    REQUIRE_FALSE(areVectors(layout, memory, order, width));
  });
}

TEST_CASE("the widest vector can be bounded") {
  Distributed layout = blocked({8, 256}, 8, 1, 1);
  Memory memory = Memory::rowMajor({8, 256});
  REQUIRE(planAccess(layout, memory, 2).vectorWidth == 8);
  REQUIRE(planAccess(layout, memory, 2, 4).vectorWidth == 2);
  REQUIRE(planAccess(layout, memory, 2, 1).vectorWidth == 1);
  REQUIRE(planAccess(layout, memory, 4, 64).vectorWidth == 4);
}

TEST_CASE("vectors form across registers that are not neighbours") {
  // Column-major memory: registers 0 and 4, two rows apart in number, are neighbours along M.
  std::vector<Coord> lanes{{2, 0}, {4, 0}, {8, 0}, {16, 0}, {32, 0}};
  Distributed layout({1, 1}, {{0, 1}, {0, 2}, {1, 0}}, lanes, {});
  AccessPlan plan = planAccess(layout, Memory::rowMajor({64, 4}, {0, 1}), 4);
  REQUIRE(plan.vectorWidth == 2);
  REQUIRE(plan.order == std::vector<int>{0, 4, 1, 5, 2, 6, 3, 7});
}

TEST_CASE("swizzled copies need few distinct XOR constants") {
  Distributed layout = *mmaAccumulator({64, 128}, 4, 1);
  AccessPlan plan = planAccess(layout, *Memory::swizzled({64, 128}, {}, 2), 2);
  std::set<uint32_t> constants;
  for (Offset o : plan.registers) constants.insert(o.xorPart);
  REQUIRE(constants.size() == 8);
  AccessPlan copy = planAccess(blocked({64, 64}, 8, 1, 4), *Memory::swizzled({64, 64}, {}, 2), 2);
  for (Offset o : copy.registers) REQUIRE(o.xorPart == 0);
}
