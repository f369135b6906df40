// Register numbers as mixed-radix digits: bits that move by powers of two, and what is left of the repetition grid.
#ifndef TILEWRIGHT_LIB_LAYOUT_DIGITS_H
#define TILEWRIGHT_LIB_LAYOUT_DIGITS_H

#include "tilewright/Layout/Distributed.h"

namespace tilewright::layout {

/// A digit of the register number: it moves by `step` along `dim` per `registerStride` registers, `radix` values.
struct Digit {
  int registerStride;
  int radix;
  int dim;
  int step;
};

/// All digits, the lowest register stride first. The power-of-two part of each repetition is split into binary digits;
/// the digit of the odd part (radix 1 included) follows them.
inline std::vector<Digit> registerDigits(const Distributed &layout) {
  std::vector<Digit> digits;
  int stride = 1;
  for (const Coord &basis : layout.registerBases()) {
    for (int d = 0; d < layout.rank(); ++d)
      if (basis[d] != 0) digits.push_back({stride, 2, d, basis[d]});
    stride *= 2;
  }
  for (int d = layout.rank() - 1; d >= 0; --d) {
    int step = layout.core()[d];
    int rest = layout.repeat()[d];
    for (; rest % 2 == 0; rest /= 2, step *= 2, stride *= 2) digits.push_back({stride, 2, d, step});
    digits.push_back({stride, rest, d, step});
    stride *= rest;
  }
  return digits;
}

} // namespace tilewright::layout

#endif
