// Compares tensors with expected ones; no element is ever forgiven.
#pragma once

#include <cstdint>
#include <string>

#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/tensor.hpp"

namespace tw::rt {

/// An element is right when |got - want| <= absolute + relative * |want|. NaN is right where NaN is expected and
/// infinities must be equal. The default asks for equality.
struct Tolerance {
  double absolute = 0, relative = 0;
};

/// What a comparison found.
struct Comparison {
  std::int64_t elements = 0, mismatches = 0;
  std::int64_t first_mismatch = -1; ///< row-major index
  double first_got = 0, first_want = 0;
  double largest_error = 0; ///< absolute, over elements where both are finite
  bool ok() const { return mismatches == 0; }
  /// "3 of 100 elements differ, first at [0, 7]: got 1, want 2; ..." for a tensor of that shape.
  std::string describe(const HostTensor &got) const;
};

/// Compares element by element. 64-bit integers are compared exactly. Errors: another shape or an incomparable type
/// (code compare.shape, compare.type); raw integers in `want` are read as the small floats of `got`.
Result<Comparison> compare(const HostTensor &got, const HostTensor &want, Tolerance tolerance);

/// SHA-256, in hex, of the elements in row-major order without gaps.
std::string tensor_digest(const HostTensor &tensor);

} // namespace tw::rt
