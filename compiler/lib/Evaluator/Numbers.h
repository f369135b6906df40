// Functions of plain numbers that several families share.

#ifndef TILEWRIGHT_LIB_EVALUATOR_NUMBERS_H
#define TILEWRIGHT_LIB_EVALUATOR_NUMBERS_H

#include <cmath>
#include <limits>

namespace tilewright::evaluator {

/// The larger number; NaN if either is NaN; +0 is larger than -0.
inline double maximumOf(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

/// The smaller number; NaN if either is NaN; -0 is smaller than +0.
inline double minimumOf(double a, double b) { return -maximumOf(-a, -b); }

} // namespace tilewright::evaluator

#endif // TILEWRIGHT_LIB_EVALUATOR_NUMBERS_H
