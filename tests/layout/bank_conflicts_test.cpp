// Wavefront counts against a plain enumeration, and the promises of the swizzles.
#include "sample_layouts.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace tilewright::layout;
using namespace tilewright::layout::test;

namespace {

/// The wavefronts of lanes that touch `bytes` bytes each at these addresses together.
int wavefronts(const std::vector<uint32_t> &addresses, int bytes) {
  std::map<int, std::set<uint32_t>> wordsOfBank;
  for (uint32_t address : addresses)
    for (uint32_t byte = address; byte < address + bytes; ++byte) wordsOfBank[byte / 4 % 32].insert(byte / 4);
  size_t most = 0;
  for (const auto &[bank, words] : wordsOfBank) most = std::max(most, words.size());
  return int(most);
}

Wavefronts enumerate(const AccessPlan &plan, int elementBytes, int warps) {
  int bytes = plan.vectorWidth * elementBytes;
  int lanesPerPhase = bytes <= 4 ? 32 : bytes == 8 ? 16 : 8;
  Wavefronts worst;
  for (int warp = 0; warp < warps; ++warp) {
    Wavefronts sum;
    for (int access = 0; access < plan.accesses(); ++access)
      for (int first = 0; first < 32; first += lanesPerPhase) {
        std::vector<uint32_t> addresses;
        for (int lane = first; lane < first + lanesPerPhase; ++lane)
          addresses.push_back(plan.offset(plan.order[access * plan.vectorWidth], lane, warp) * elementBytes);
        sum.actual += wavefronts(addresses, bytes);
        sum.ideal += 1;
      }
    if (sum.actual > worst.actual) worst = sum;
  }
  return worst;
}

Wavefronts enumerate(const MatrixPlan &plan, int elementBytes, int warps) {
  Wavefronts worst;
  for (int warp = 0; warp < warps; ++warp) {
    Wavefronts sum;
    for (const MatrixStep &step : plan.steps)
      for (int matrix = 0; matrix < plan.matrices; ++matrix) {
        std::vector<uint32_t> addresses;
        for (int lane = 8 * matrix; lane < 8 * matrix + 8; ++lane)
          addresses.push_back((plan.thread.at(lane, warp) + step.constant).value() * elementBytes);
        sum.actual += wavefronts(addresses, 16);
        sum.ideal += 1;
      }
    if (sum.actual > worst.actual) worst = sum;
  }
  return worst;
}

std::vector<Memory> memoriesOf(const Coord &shape, int elementBytes) {
  std::vector<Memory> result;
  for (const Coord &order : {Coord{1, 0}, Coord{0, 1}}) {
    result.push_back(Memory::rowMajor(shape, order));
    result.push_back(Memory::padded(shape, order, 1));
    result.push_back(Memory::padded(shape, order, 16 / elementBytes));
    if (auto memory = Memory::swizzled(shape, order, elementBytes)) result.push_back(*memory);
  }
  return result;
}

bool same(Wavefronts a, Wavefronts b) { return a.actual == b.actual && a.ideal == b.ideal; }

} // namespace

TEST_CASE("counts agree with a plain enumeration") {
  int conflicted = 0;
  for (const Coord &shape : {Coord{32, 32}, Coord{16, 64}, Coord{48, 40}, Coord{7, 96}})
    for (int warps : {1, 4})
      for (const Distributed &layout : layoutsOf(shape, warps))
        for (int bytes : {1, 2, 4, 8})
          for (const Memory &memory : memoriesOf(shape, bytes)) {
            CAPTURE(layout.toString(), memory.toString(), bytes);
            AccessPlan plan = planAccess(layout, memory, bytes);
            Wavefronts counted = bankConflicts(plan, bytes);
            REQUIRE(same(counted, enumerate(plan, bytes, warps)));
            conflicted += counted.conflicts() > 0;
            if (auto matrix = planMatrixAccess(layout, memory, bytes))
              REQUIRE(same(bankConflicts(*matrix, bytes), enumerate(*matrix, bytes, warps)));
          }
  REQUIRE(conflicted > 100);
}

TEST_CASE("known conflicts are counted") {
  // 32 rows of 128 bytes, a lane per row: all in one bank.
  Distributed column = blocked({32, 32}, 1, 0, 1);
  REQUIRE(bankConflicts(planAccess(column, Memory::rowMajor({32, 32}), 4, 4), 4).actual == 32 * 32);
  REQUIRE(bankConflicts(planAccess(column, Memory::padded({32, 32}, {}, 1), 4, 4), 4).conflicts() == 0);
  // ldmatrix over dense rows of 128 bytes: 8 rows in the same four banks.
  Distributed a = *mmaOperandA({16, 64}, 1, 1, 16);
  Wavefronts dense = bankConflicts(*planMatrixAccess(a, Memory::rowMajor({16, 64}), 2), 2);
  REQUIRE(dense.ideal == 16);
  REQUIRE(dense.actual == 8 * 16);
}

TEST_CASE("swizzled tiles have no conflicts for ldmatrix, whatever the row size") {
  for (int bytes : {1, 2, 4})
    for (int rowBytes : {32, 64, 96, 128, 160, 192, 256, 384, 512, 1152})
      for (int rows : {16, 48, 64, 96})
        for (int warps : {1, 2}) {
          int columns = rowBytes / bytes;
          CAPTURE(bytes, rowBytes, rows, warps);
          Distributed a = mmaOperandA({rows, columns}, warps, 1, 8 * bytes).value();
          auto plan = planMatrixAccess(a, *Memory::swizzled({rows, columns}, {1, 0}, bytes), bytes);
          REQUIRE(bankConflicts(plan.value(), bytes).conflicts() == 0);
          if (bytes != 2) continue;
          // The same tile as B with N contiguous, transposed on the way.
          Distributed b = mmaOperandB({rows, columns}, 1, warps, 16).value();
          plan = planMatrixAccess(b, *Memory::swizzled({rows, columns}, {1, 0}, 2), 2);
          REQUIRE(plan.value().transposed);
          REQUIRE(bankConflicts(*plan, 2).conflicts() == 0);
        }
}

TEST_CASE("swizzled tiles have no conflicts for 16-byte copies, whatever the row size") {
  for (int bytes : {1, 2, 4, 8})
    for (int rowBytes : {16, 32, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 1152})
      for (int rows : {1, 3, 7, 8, 12, 16, 64, 96})
        for (int warps : {1, 4}) {
          int columns = rowBytes / bytes;
          CAPTURE(bytes, rowBytes, rows, warps);
          Distributed copy = blocked({rows, columns}, 16 / bytes, 1, warps);
          AccessPlan plan = planAccess(copy, *Memory::swizzled({rows, columns}, {1, 0}, bytes), bytes);
          REQUIRE(plan.vectorWidth * bytes == 16);
          REQUIRE(bankConflicts(plan, bytes).conflicts() == 0);
        }
}
