// ldmatrix plans, executed on a simulated warp for every operand kind, memory order and element size.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

using namespace tilewright::layout;
using namespace tilewright::layout::test;

namespace {

/// What ldmatrix leaves in a b32 register of every lane: the byte addresses of its two b16 halves.
struct Loaded {
  uint32_t low[32];
  uint32_t high[32];
};

/// Matrix `matrix` of one ldmatrix with the given byte addresses per lane (PTX ISA 9.7.14.5.15).
Loaded ldmatrix(const uint32_t (&addresses)[32], int matrix, bool transposed) {
  Loaded result;
  for (int lane = 0; lane < 32; ++lane) {
    int g = lane / 4, t = lane % 4;
    auto at = [&](int row, int column) { return addresses[8 * matrix + row] + 2 * column; };
    result.low[lane] = transposed ? at(2 * t, g) : at(g, 2 * t);
    result.high[lane] = transposed ? at(2 * t + 1, g) : at(g, 2 * t + 1);
  }
  return result;
}

/// Runs the plan and checks that every register of every thread gets exactly its element.
void requireExact(const Distributed &layout, const Memory &memory, int bytes, const MatrixPlan &plan) {
  CAPTURE(layout.toString(), memory.toString(), bytes, plan.transposed, plan.matrices);
  int perB32 = 4 / bytes;
  bool aligned = true, exact = true;
  for (int warp = 0; warp < layout.warps(); ++warp) {
    std::vector<int> filled(layout.elementsPerThread() / perB32);
    for (const MatrixStep &step : plan.steps) {
      uint32_t addresses[32];
      for (int lane = 0; lane < 32; ++lane) {
        addresses[lane] = (plan.thread.at(lane, warp) + step.constant).value() * bytes;
        if (lane < 8 * plan.matrices) aligned &= addresses[lane] % 16 == 0;
      }
      for (int matrix = 0; matrix < plan.matrices; ++matrix) {
        Loaded loaded = ldmatrix(addresses, matrix, plan.transposed);
        ++filled[step.b32[matrix]];
        for (int lane = 0; lane < 32; ++lane)
          for (int byte = 0; byte < 4; ++byte) {
            uint32_t got = (byte < 2 ? loaded.low : loaded.high)[lane] + byte % 2;
            int reg = step.b32[matrix] * perB32 + byte / bytes;
            exact &= got == memory.offset(layout.coordinates(reg, lane, warp)) * bytes + byte % bytes;
          }
      }
    }
    for (int count : filled) exact &= count == 1;
  }
  REQUIRE(aligned);
  REQUIRE(exact);
}

std::vector<Memory> memoriesOf(const Coord &shape, int elementBytes) {
  std::vector<Memory> result;
  for (const Coord &order : {Coord{1, 0}, Coord{0, 1}}) {
    result.push_back(Memory::rowMajor(shape, order));
    for (int padBytes : {4, 8, 16, 32})
      if (padBytes >= elementBytes) result.push_back(Memory::padded(shape, order, padBytes / elementBytes));
    if (auto memory = Memory::swizzled(shape, order, elementBytes)) result.push_back(*memory);
  }
  return result;
}

} // namespace

TEST_CASE("every plan loads exactly the elements of the layout") {
  int plans = 0, transposed = 0;
  forEachSample([&](const Distributed &layout) {
    if (layout.rank() != 2 || layout.warps() > 4) return;
    for (int bytes : {1, 2, 4, 8})
      for (const Memory &memory : memoriesOf(layout.shape(), bytes)) {
        auto plan = planMatrixAccess(layout, memory, bytes);
        if (!plan) continue;
        ++plans;
        transposed += plan->transposed;
        requireExact(layout, memory, bytes, *plan);
      }
  });
  REQUIRE(plans > 1000);
  REQUIRE(transposed > 100);
}

TEST_CASE("operands load from both orders of memory, for 16-bit elements") {
  for (int warpsM : {1, 2})
    for (int warpsN : {1, 2, 4})
      for (int m : {32, 96})
        for (int k : {16, 32, 48, 64}) {
          int n = m * 2;
          struct Case {
            Distributed layout;
            bool transposedInRows; ///< .trans is needed if the last dimension is contiguous
          };
          for (const Case &c : {Case{*mmaOperandA({m, k}, warpsM, warpsN, 16), false},
                                Case{*mmaOperandB({k, n}, warpsM, warpsN, 16), true},
                                Case{*mmaAccumulator({m, n}, warpsM, warpsN), false}})
            for (bool columnMajor : {false, true}) {
              Coord order = columnMajor ? Coord{0, 1} : Coord{1, 0};
              for (const Memory &memory :
                   {*Memory::swizzled(c.layout.shape(), order, 2), Memory::padded(c.layout.shape(), order, 8),
                    Memory::rowMajor(c.layout.shape(), order)}) {
                auto plan = planMatrixAccess(c.layout, memory, 2);
                CAPTURE(c.layout.toString(), memory.toString());
                REQUIRE(plan.has_value());
                REQUIRE(plan->transposed == (c.transposedInRows != columnMajor));
                REQUIRE(plan->matrices == 4);
                requireExact(c.layout, memory, 2, *plan);
              }
            }
        }
}

TEST_CASE("operands of 8 and 32 bits load where K is contiguous, and not otherwise") {
  for (int bits : {8, 32}) {
    int bytes = bits / 8;
    Distributed a = *mmaOperandA({64, 64}, 2, 2, bits), b = *mmaOperandB({64, 64}, 2, 2, bits);
    for (const Coord &order : {Coord{1, 0}, Coord{0, 1}}) {
      Memory memory = *Memory::swizzled({64, 64}, order, bytes);
      REQUIRE(planMatrixAccess(a, memory, bytes).has_value() == (order == Coord{1, 0}));
      REQUIRE(planMatrixAccess(b, memory, bytes).has_value() == (order == Coord{0, 1}));
    }
  }
}

TEST_CASE("small tiles use fewer matrices") {
  auto matrices = [](const Distributed &layout) {
    return planMatrixAccess(layout, Memory::rowMajor(layout.shape(), {0, 1}), 2).value().matrices;
  };
  REQUIRE(matrices(*mmaOperandB({16, 8}, 1, 1, 16)) == 2);
  REQUIRE(matrices(*mmaOperandB({16, 24}, 1, 1, 16)) == 2);
  REQUIRE(matrices(*mmaOperandB({32, 24}, 1, 1, 16)) == 4);
  std::vector<Coord> lanes{{0, 2}, {0, 4}, {1, 0}, {2, 0}, {4, 0}};
  Distributed one({1, 1}, {{0, 1}}, lanes, {});
  REQUIRE(planMatrixAccess(one, Memory::rowMajor({8, 8}), 2).value().matrices == 1);
}

TEST_CASE("rows that are not 16 aligned bytes are refused") {
  Distributed a = *mmaOperandA({16, 16}, 1, 1, 16);
  REQUIRE(planMatrixAccess(a, Memory::padded({16, 16}, {}, 8), 2).has_value());
  REQUIRE_FALSE(planMatrixAccess(a, Memory::padded({16, 16}, {}, 4), 2).has_value());
  REQUIRE_FALSE(planMatrixAccess(blocked({16, 16}, 8, 1, 1), Memory::rowMajor({16, 16}), 2).has_value());
  REQUIRE_FALSE(planMatrixAccess(fmaTile({64, 64}, 4), Memory::rowMajor({64, 64}), 8).has_value());
}
