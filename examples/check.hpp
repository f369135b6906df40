// What every example does besides its kernel: compares with a reference in double and reports in one line.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <tilewright/compile.hpp>
#include <vector>

namespace example {

/// The largest error over all elements, relative to `1 + |want|`; infinite where one of both is not finite.
inline double largest_error(const tw::HostTensor &got, const std::vector<double> &want) {
  if (got.element_count() != static_cast<std::int64_t>(want.size())) return INFINITY;
  double largest = 0;
  for (std::int64_t i = 0; i < got.element_count(); ++i) {
    double expected = want[static_cast<std::size_t>(i)];
    double error = std::abs(got.at(i) - expected) / (1 + std::abs(expected));
    // A comparison with NaN is false, so the negation catches it.
    if (!(error <= largest)) largest = std::isfinite(error) ? error : INFINITY;
  }
  return largest;
}

/// What rounding to bf16, which has 8 significant bits, may cost (2^-8), and a little for sums in f32.
inline constexpr double bf16_bound = 4e-3;

/// Prints `name: what, largest error ...` and gives the exit code: 0 if the error is within the bound.
inline int report(const char *name, const std::string &what, double error, double bound) {
  bool good = error <= bound;
  std::printf("%s: %s, largest error %.2g (bound %.2g)%s\n", name, what.c_str(), error, bound, good ? "" : ": WRONG");
  return good ? 0 : 1;
}

/// Runs `body`; an error, which a finding of the emulator is too, is printed and becomes exit code 1.
template <class Body> int guarded(Body body) {
  try {
    return body();
  } catch (const tw::Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

} // namespace example
