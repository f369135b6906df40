// Gaussian elimination over GF(2), and what follows from it.
#include "tilewright/Layout/LinearMap.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tilewright::layout {

namespace {

/// A vector of the image with one input that maps to it.
struct Row {
  uint32_t image;
  uint32_t input;
};

int leadingBit(uint32_t x) { return 31 - std::countl_zero(x); }

/// Reduces `row` by rows with distinct leading image bits.
Row reduce(Row row, const std::vector<Row> &rows) {
  for (const Row &r : rows)
    if (row.image >> leadingBit(r.image) & 1) row = {row.image ^ r.image, row.input ^ r.input};
  return row;
}

/// The image in echelon form (each leading bit in one row only) and generators of the kernel.
struct Elimination {
  std::vector<Row> image;
  std::vector<uint32_t> kernel;

  explicit Elimination(const LinearMap &map) {
    for (int bit = 0; bit < map.inBits(); ++bit) {
      Row row = reduce({map.basis(bit), uint32_t(1) << bit}, image);
      if (row.image == 0) {
        addToKernel(row.input);
        continue;
      }
      for (Row &r : image)
        if (r.image >> leadingBit(row.image) & 1) r = {r.image ^ row.image, r.input ^ row.input};
      image.push_back(row);
    }
    std::sort(kernel.rbegin(), kernel.rend());
  }

  /// The least vector that differs from x by an element of the kernel.
  uint32_t least(uint32_t x) const {
    for (uint32_t k : kernel)
      if (x >> leadingBit(k) & 1) x ^= k;
    return x;
  }

private:
  void addToKernel(uint32_t x) {
    x = least(x);
    for (uint32_t &k : kernel)
      if (k >> leadingBit(x) & 1) k ^= x;
    kernel.push_back(x);
  }
};

} // namespace

LinearMap::LinearMap(int outBits, std::span<const uint32_t> bases) : inBits_(int(bases.size())), outBits_(outBits) {
  assert(inBits_ <= maxBits && outBits <= maxBits);
  for (int bit = 0; bit < inBits_; ++bit) {
    assert(outBits == maxBits || bases[bit] >> outBits == 0);
    bases_[bit] = bases[bit];
  }
}

LinearMap::LinearMap(int outBits, std::initializer_list<uint32_t> bases)
    : LinearMap(outBits, std::span<const uint32_t>(bases.begin(), bases.size())) {}

LinearMap LinearMap::identity(int bits) {
  LinearMap map = zero(bits, bits);
  for (int bit = 0; bit < bits; ++bit) map.bases_[bit] = uint32_t(1) << bit;
  return map;
}

LinearMap LinearMap::zero(int inBits, int outBits) {
  assert(inBits <= maxBits && outBits <= maxBits);
  LinearMap map;
  map.inBits_ = inBits;
  map.outBits_ = outBits;
  return map;
}

uint32_t LinearMap::apply(uint32_t x) const {
  uint32_t y = 0;
  for (int bit = 0; bit < inBits_; ++bit)
    if (x >> bit & 1) y ^= bases_[bit];
  return y;
}

LinearMap LinearMap::then(const LinearMap &next) const {
  assert(next.inBits_ == outBits_);
  LinearMap map = zero(inBits_, next.outBits_);
  for (int bit = 0; bit < inBits_; ++bit) map.bases_[bit] = next.apply(bases_[bit]);
  return map;
}

LinearMap LinearMap::product(const LinearMap &high) const {
  LinearMap map = zero(inBits_ + high.inBits_, outBits_ + high.outBits_);
  std::copy_n(bases_.begin(), inBits_, map.bases_.begin());
  for (int bit = 0; bit < high.inBits_; ++bit)
    map.bases_[inBits_ + bit] = uint32_t(uint64_t(high.bases_[bit]) << outBits_);
  return map;
}

int LinearMap::rank() const { return int(Elimination(*this).image.size()); }

std::vector<uint32_t> LinearMap::kernel() const { return Elimination(*this).kernel; }

std::optional<uint32_t> LinearMap::solve(uint32_t y) const {
  Elimination e(*this);
  Row rest = reduce({y, 0}, e.image);
  if (rest.image != 0) return std::nullopt;
  return e.least(rest.input);
}

std::optional<LinearMap> LinearMap::inverse() const {
  if (!isPermutation()) return std::nullopt;
  return pseudoInverse();
}

LinearMap LinearMap::pseudoInverse() const {
  Elimination e(*this);
  LinearMap map = zero(outBits_, inBits_);
  for (int bit = 0; bit < outBits_; ++bit) map.bases_[bit] = e.least(reduce({uint32_t(1) << bit, 0}, e.image).input);
  return map;
}

std::string LinearMap::toString() const {
  std::string text = "[";
  for (int bit = 0; bit < inBits_; ++bit) {
    if (bit > 0) text += ',';
    text += std::to_string(bases_[bit]);
  }
  return text + "]:" + std::to_string(outBits_);
}

} // namespace tilewright::layout
