// The register layouts that the compiler starts from.
#include "tilewright/Layout/Builders.h"

#include <cassert>

namespace tilewright::layout {

namespace {

/// Builds a layout bit by bit: each new bit along a dimension takes the next larger step.
class Stack {
public:
  explicit Stack(const Coord &shape) : shape_(shape), core_(Coord::filled(shape.size(), 1)) {}

  /// True if the core can still double along `dim`.
  bool fits(int dim) const { return shape_[dim] / core_[dim] % 2 == 0; }
  /// What a thread still has to repeat along `dim`.
  int remaining(int dim) const { return shape_[dim] / core_[dim]; }

  /// The basis of the next bit along `dim`; zero (a copy) if the extent is used up or `dim` is negative.
  Coord next(int dim) {
    Coord basis = Coord::filled(shape_.size(), 0);
    if (dim >= 0 && fits(dim)) {
      basis[dim] = core_[dim];
      core_[dim] *= 2;
    }
    return basis;
  }

  void reg(int dim) { registers_.push_back(next(dim)); }
  void lane(int dim) { lanes_.push_back(next(dim)); }
  void warp(int dim) { warps_.push_back(next(dim)); }

  Distributed finish() const {
    Coord repeat;
    for (int d = 0; d < shape_.size(); ++d) repeat.push(remaining(d));
    return Distributed(repeat, registers_, lanes_, warps_);
  }

private:
  Coord shape_;
  Coord core_;
  std::vector<Coord> registers_, lanes_, warps_;
};

int log2Exact(int powerOfTwo) {
  assert(powerOfTwo > 0 && (powerOfTwo & (powerOfTwo - 1)) == 0);
  int bits = 0;
  while (powerOfTwo >> bits > 1) ++bits;
  return bits;
}

/// Warps of an M x N grid over a tile {dims...}: dimM or dimN is -1 where the tile lacks the dimension.
void addWarps(Stack &stack, int warpsM, int warpsN, int dimM, int dimN) {
  for (int bit = 0; bit < log2Exact(warpsM); ++bit) stack.warp(dimM);
  for (int bit = 0; bit < log2Exact(warpsN); ++bit) stack.warp(dimN);
}

/// Columns of K that one instruction takes: 32 bytes.
int instructionK(int elementBits) { return 256 / elementBits; }

} // namespace

int powerOfTwoPart(int extent) { return extent & -extent; }

Distributed blocked(const Coord &shape, int vector, int contiguousDim, int warps) {
  Stack stack(shape);
  for (int width = 2; width <= vector && stack.fits(contiguousDim); width *= 2) stack.reg(contiguousDim);
  auto nextDim = [&] {
    if (stack.fits(contiguousDim)) return contiguousDim;
    for (int d = shape.size() - 1; d >= 0; --d)
      if (stack.fits(d)) return d;
    return -1;
  };
  for (int bit = 0; bit < Distributed::laneBits; ++bit) stack.lane(nextDim());
  for (int bit = 0; bit < log2Exact(warps); ++bit) stack.warp(nextDim());
  return stack.finish();
}

std::optional<Distributed> mmaAccumulator(const Coord &shape, int warpsM, int warpsN) {
  if (shape[0] % 16 != 0 || shape[1] % 8 != 0) return std::nullopt;
  Stack stack(shape);
  stack.reg(1);
  for (int dim : {1, 1, 0, 0, 0}) stack.lane(dim);
  stack.reg(0);
  addWarps(stack, warpsM, warpsN, 0, 1);
  return stack.finish();
}

std::optional<Distributed> mmaOperandA(const Coord &shape, int warpsM, int warpsN, int elementBits) {
  assert(elementBits == 8 || elementBits == 16 || elementBits == 32);
  if (shape[0] % 16 != 0 || shape[1] % instructionK(elementBits) != 0) return std::nullopt;
  Stack stack(shape);
  for (int bits = elementBits; bits < 32; bits *= 2) stack.reg(1);
  for (int dim : {1, 1, 0, 0, 0}) stack.lane(dim);
  stack.reg(0);
  stack.reg(1);
  addWarps(stack, warpsM, warpsN, 0, -1);
  return stack.finish();
}

std::optional<Distributed> mmaOperandB(const Coord &shape, int warpsM, int warpsN, int elementBits) {
  assert(elementBits == 8 || elementBits == 16 || elementBits == 32);
  if (shape[0] % instructionK(elementBits) != 0 || shape[1] % 8 != 0) return std::nullopt;
  Stack stack(shape);
  for (int bits = elementBits; bits < 32; bits *= 2) stack.reg(0);
  for (int dim : {0, 0, 1, 1, 1}) stack.lane(dim);
  stack.reg(0);
  addWarps(stack, warpsM, warpsN, -1, 1);
  return stack.finish();
}

std::optional<Distributed> wgmmaAccumulator(const Coord &shape, int warpgroupsM, int warpgroupsN) {
  if (shape[0] % (64 * warpgroupsM) != 0 || shape[1] % (8 * warpgroupsN) != 0) return std::nullopt;
  int columns = shape[1] / warpgroupsN;
  if (warpgroupsN > 1 && powerOfTwoPart(columns) != columns) return std::nullopt;
  Stack stack(shape);
  stack.reg(1);
  for (int dim : {1, 1, 0, 0, 0}) stack.lane(dim);
  stack.reg(0);
  // The columns of one instruction lie below the bits of the warpgroups, so that each has a contiguous range of them.
  if (warpgroupsN > 1)
    for (int covered = 8; covered < columns; covered *= 2) stack.reg(1);
  addWarps(stack, 4 * warpgroupsM, warpgroupsN, 0, 1);
  return stack.finish();
}

Distributed fmaTile(const Coord &shape, int warps) {
  Stack stack(shape);
  for (int bit = 0; bit < 2 && stack.fits(1); ++bit) stack.reg(1);
  auto either = [&](int dim) { return stack.fits(dim) ? dim : stack.fits(1 - dim) ? 1 - dim : -1; };
  for (int dim : {1, 1, 1, 0, 0}) stack.lane(either(dim));
  for (int bit = 0; bit < log2Exact(warps); ++bit) {
    int perThreadN = stack.remaining(1) * 4;
    stack.warp(either(stack.remaining(0) >= perThreadN ? 0 : 1));
  }
  return stack.finish();
}

} // namespace tilewright::layout
