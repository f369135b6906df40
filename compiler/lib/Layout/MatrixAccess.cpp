// Matching register and memory layouts with the 8x8 matrices of ldmatrix and stmatrix.
#include "tilewright/Layout/MatrixAccess.h"

#include "Digits.h"
#include "OffsetParts.h"

#include <algorithm>
#include <cassert>

namespace tilewright::layout {

namespace {

bool isExactly(Offset offset, uint32_t value) { return offset == Offset{value, 0} || offset == Offset{0, value}; }

/// The contributions of the 16 bytes of a row, in doubling steps, and of the three bits of a row number.
struct MatrixShape {
  std::vector<Offset> inRow;
  std::array<Offset, 3> row;
};

/// How register bits and lanes spread over a matrix (PTX ISA, figures of ldmatrix): plain, a b32 register holds 4 bytes
/// of row lane/4; transposed, it holds column lane/4 of rows 2*(lane%4) and the next.
MatrixShape matrixShape(const Distributed &layout, const Memory &memory, int elementsPerB32, bool transposed) {
  auto lane = [&](int bit) { return memory.split(layout.laneBasis(bit)); };
  auto reg = [&](int bit) { return memory.split(layout.registerBases()[bit]); };
  if (transposed) return {{lane(2), lane(3), lane(4)}, {reg(0), lane(0), lane(1)}};
  MatrixShape shape{{}, {lane(2), lane(3), lane(4)}};
  for (int bit = 0; 1 << bit < elementsPerB32; ++bit) shape.inRow.push_back(reg(bit));
  shape.inRow.push_back(lane(0));
  shape.inRow.push_back(lane(1));
  return shape;
}

/// True if rows are 16 contiguous, aligned bytes whatever the other contributions are.
bool rowsAreContiguous(const Distributed &layout, const Memory &memory, const MatrixShape &shape, int elementsPerB32,
                       int elementBytes) {
  uint32_t rowElements = 16 / elementBytes;
  auto aligned = [&](Offset o) { return o.xorPart % rowElements == 0 && o.addPart % rowElements == 0; };
  for (size_t i = 0; i < shape.inRow.size(); ++i)
    if (!isExactly(shape.inRow[i], 1u << i)) return false;
  for (Offset o : shape.row)
    if (!aligned(o)) return false;
  for (const Coord &basis : layout.warpBases())
    if (!aligned(memory.split(basis))) return false;
  for (int reg = 0; reg < layout.elementsPerThread(); reg += elementsPerB32)
    if (!aligned(memory.split(layout.registerOffset(reg)))) return false;
  return true;
}

MatrixPlan makePlan(const Distributed &layout, const Memory &memory, const MatrixShape &shape, int elementsPerB32) {
  MatrixPlan plan;
  for (int bit = 0; bit < 3; ++bit) plan.thread.lane[bit] = shape.row[bit];
  for (const Coord &basis : layout.warpBases()) plan.thread.warp.push_back(memory.split(basis));

  // Lane bits 3 and 4 choose the matrix: each takes a binary digit of the register number.
  std::vector<int> strides;
  for (const Digit &digit : registerDigits(layout)) {
    if (digit.radix != 2 || digit.registerStride < elementsPerB32 || strides.size() == 2) continue;
    Coord step = Coord::filled(layout.rank(), 0);
    step[digit.dim] = digit.step;
    plan.thread.lane[3 + strides.size()] = memory.split(step);
    strides.push_back(digit.registerStride);
  }
  plan.matrices = 1 << strides.size();

  uint32_t mask = xorMask(plan.thread);
  std::vector<bool> done(layout.elementsPerThread());
  for (int reg = 0; reg < layout.elementsPerThread(); reg += elementsPerB32) {
    if (done[reg]) continue;
    MatrixStep step{foldIntoAdd(memory.split(layout.registerOffset(reg)), mask), {}};
    for (int matrix = 0; matrix < plan.matrices; ++matrix) {
      int member = reg;
      for (size_t bit = 0; bit < strides.size(); ++bit) member += (matrix >> bit & 1) * strides[bit];
      done[member] = true;
      step.b32[matrix] = member / elementsPerB32;
    }
    plan.steps.push_back(step);
  }
  return plan;
}

} // namespace

std::optional<MatrixPlan> planMatrixAccess(const Distributed &given, const Memory &memory, int elementBytes) {
  assert(given.shape() == memory.shape());
  if (elementBytes != 1 && elementBytes != 2 && elementBytes != 4) return std::nullopt;
  Distributed layout = given.canonical();
  int elementsPerB32 = 4 / elementBytes;
  if (1 << layout.registerBits() < elementsPerB32) return std::nullopt;
  for (bool transposed : {false, true}) {
    if (transposed && elementBytes != 2) continue;
    MatrixShape shape = matrixShape(layout, memory, elementsPerB32, transposed);
    if (!rowsAreContiguous(layout, memory, shape, elementsPerB32, elementBytes)) continue;
    MatrixPlan plan = makePlan(layout, memory, shape, elementsPerB32);
    plan.transposed = transposed;
    return plan;
  }
  return std::nullopt;
}

std::optional<MatrixPlan> planMatrixWrite(const Distributed &layout, const Memory &memory, int elementBytes) {
  if (layout.replicatedLanes() || layout.replicatedWarps()) return std::nullopt;
  if (planAccess(layout, memory, elementBytes).vectorWidth * elementBytes >= 16) return std::nullopt;
  return planMatrixAccess(layout, memory, elementBytes);
}

} // namespace tilewright::layout
