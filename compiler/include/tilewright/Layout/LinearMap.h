// Linear maps over GF(2) between spaces of at most 32 bits, stored as the images of the unit vectors.
#ifndef TILEWRIGHT_LAYOUT_LINEARMAP_H
#define TILEWRIGHT_LAYOUT_LINEARMAP_H

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tilewright::layout {

/// A GF(2)-linear map f: {0,1}^inBits -> {0,1}^outBits with f(x ^ y) = f(x) ^ f(y). Vectors are integers, bit i is
/// coordinate i. Cheap to copy; never allocates except where a vector or string is returned.
class LinearMap {
public:
  static constexpr int maxBits = 32;

  /// The map from nothing to nothing.
  LinearMap() = default;
  /// The map with f(1 << i) = bases[i]; every base must fit in `outBits` bits, at most `maxBits` bases.
  LinearMap(int outBits, std::span<const uint32_t> bases);
  LinearMap(int outBits, std::initializer_list<uint32_t> bases);
  static LinearMap identity(int bits);
  static LinearMap zero(int inBits, int outBits);

  int inBits() const { return inBits_; }
  int outBits() const { return outBits_; }
  uint32_t basis(int bit) const { return bases_[bit]; }
  std::span<const uint32_t> bases() const { return {bases_.data(), size_t(inBits_)}; }

  /// f(x).
  uint32_t apply(uint32_t x) const;
  /// x -> next(f(x)); `next` must take as many bits as this map gives.
  LinearMap then(const LinearMap &next) const;
  /// The direct product: this map on the low input and output bits, `high` on the bits above.
  LinearMap product(const LinearMap &high) const;

  int rank() const;
  /// A basis of { x : f(x) = 0 } in reduced echelon form, highest leading bit first.
  std::vector<uint32_t> kernel() const;
  bool isInjective() const { return rank() == inBits_; }
  bool isSurjective() const { return rank() == outBits_; }
  bool isPermutation() const { return inBits_ == outBits_ && isInjective(); }

  /// The least x with f(x) = y, or nothing if y is not in the image.
  std::optional<uint32_t> solve(uint32_t y) const;
  /// The two-sided inverse, or nothing if f is not a permutation.
  std::optional<LinearMap> inverse() const;
  /// A linear map p with p(y) = solve(y) for every y in the image (the least-solution lift). Outside the image, p
  /// drops the part of y that f cannot reach.
  LinearMap pseudoInverse() const;

  friend bool operator==(const LinearMap &a, const LinearMap &b) = default;
  /// Text such as `[1,2,5]:3`, the bases and the number of output bits.
  std::string toString() const;

private:
  int inBits_ = 0;
  int outBits_ = 0;
  std::array<uint32_t, maxBits> bases_{};
};

} // namespace tilewright::layout

#endif
