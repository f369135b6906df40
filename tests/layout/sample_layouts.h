// Layouts of all kinds that the exhaustive tests run over, and brute-force views of them.
#ifndef TILEWRIGHT_TESTS_LAYOUT_SAMPLE_LAYOUTS_H
#define TILEWRIGHT_TESTS_LAYOUT_SAMPLE_LAYOUTS_H

#include "tilewright/Layout/Layout.h"

#include <vector>

namespace tilewright::layout::test {

inline std::vector<Coord> sampleShapes() {
  return {{1, 1},   {1, 7},   {3, 1},    {7, 96},  {16, 8},  {16, 16}, {32, 32}, {64, 24},
          {96, 64}, {100, 3}, {192, 16}, {48, 40}, {128, 6}, {8, 192}, {64, 32}, {32, 576}};
}

/// Every builder that accepts the shape, with this number of warps.
inline std::vector<Distributed> layoutsOf(const Coord &shape, int warps) {
  std::vector<Distributed> result;
  for (int contiguous = 0; contiguous < shape.size(); ++contiguous)
    for (int vector : {1, 2, 4, 8}) result.push_back(blocked(shape, vector, contiguous, warps));
  if (shape.size() != 2) return result;
  auto add = [&](const std::optional<Distributed> &layout) {
    if (layout) result.push_back(*layout);
  };
  result.push_back(fmaTile(shape, warps));
  for (int warpsM = 1; warpsM <= warps; warpsM *= 2) {
    add(mmaAccumulator(shape, warpsM, warps / warpsM));
    for (int bits : {8, 16, 32}) {
      add(mmaOperandA(shape, warpsM, warps / warpsM, bits));
      add(mmaOperandB(shape, warpsM, warps / warpsM, bits));
    }
    if (warpsM >= 4) add(wgmmaAccumulator(shape, warpsM / 4, warps / warpsM));
  }
  return result;
}

/// Calls f(layout) for every sample.
template <class F> void forEachSample(F f) {
  for (const Coord &shape : sampleShapes())
    for (int warps : {1, 4})
      for (const Distributed &layout : layoutsOf(shape, warps)) f(layout);
  for (const Distributed &layout : layoutsOf({64, 32}, 8)) f(layout);
  for (const Coord &shape : {Coord{5}, Coord{1}, Coord{64}, Coord{96}, Coord{1024}, Coord{2, 3, 8}, Coord{4, 1, 6, 16}})
    for (int warps : {1, 4})
      for (const Distributed &layout : layoutsOf(shape, warps)) f(layout);
}

/// The row-major number of an element.
inline int linearIndex(const Coord &shape, const Coord &coordinates) {
  int index = 0;
  for (int d = 0; d < shape.size(); ++d) index = index * shape[d] + coordinates[d];
  return index;
}

/// The coordinates of a row-major number.
inline Coord coordinatesOf(const Coord &shape, int index) {
  Coord result = Coord::filled(shape.size(), 0);
  for (int d = shape.size() - 1; d >= 0; --d) {
    result[d] = index % shape[d];
    index /= shape[d];
  }
  return result;
}

/// Calls f(register, lane, warp) for every register of every thread.
template <class F> void forEachSlot(const Distributed &layout, F f) {
  for (int warp = 0; warp < layout.warps(); ++warp)
    for (int lane = 0; lane < Distributed::lanes; ++lane)
      for (int reg = 0; reg < layout.elementsPerThread(); ++reg) f(reg, lane, warp);
}

} // namespace tilewright::layout::test

#endif
