// A short tuple of integers, one per tile dimension: shapes, coordinates and repetition counts.
#ifndef TILEWRIGHT_LAYOUT_COORD_H
#define TILEWRIGHT_LAYOUT_COORD_H

#include <array>
#include <cassert>
#include <initializer_list>
#include <string>

namespace tilewright::layout {

/// One integer per dimension, stored inline. Rank 0 is a scalar.
class Coord {
public:
  /// The largest rank a tile may have.
  static constexpr int maxRank = 8;

  Coord() = default;
  /// The given values, dimension 0 first. At most `maxRank` of them.
  Coord(std::initializer_list<int> values) {
    assert(values.size() <= maxRank);
    for (int value : values) values_[size_++] = value;
  }
  /// `rank` copies of `value`.
  static Coord filled(int rank, int value) {
    Coord result;
    for (int i = 0; i < rank; ++i) result.push(value);
    return result;
  }

  int size() const { return size_; }
  int &operator[](int dim) { return values_[dim]; }
  int operator[](int dim) const { return values_[dim]; }
  const int *begin() const { return values_.data(); }
  const int *end() const { return values_.data() + size_; }

  /// Appends a dimension.
  void push(int value) {
    assert(size_ < maxRank);
    values_[size_++] = value;
  }
  /// This tuple without dimension `dim`.
  Coord without(int dim) const {
    Coord result;
    for (int d = 0; d < size_; ++d)
      if (d != dim) result.push(values_[d]);
    return result;
  }
  /// The product of all values; 1 for rank 0.
  int product() const {
    int result = 1;
    for (int value : *this) result *= value;
    return result;
  }
  /// True if every value is 0.
  bool isZero() const {
    for (int value : *this)
      if (value != 0) return false;
    return true;
  }
  Coord &operator+=(const Coord &other) {
    for (int d = 0; d < size_; ++d) values_[d] += other[d];
    return *this;
  }
  friend Coord operator+(Coord a, const Coord &b) { return a += b; }
  friend bool operator==(const Coord &a, const Coord &b) { return a.size_ == b.size_ && a.values_ == b.values_; }
  friend auto operator<=>(const Coord &a, const Coord &b) = default;

  /// Text such as `[16,8]`.
  std::string toString() const;

private:
  int size_ = 0;
  std::array<int, maxRank> values_{};
};

} // namespace tilewright::layout

#endif
