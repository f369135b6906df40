// Matrices of small integers in the types of the tensor cores, and their products.
#pragma once

#include <bit>
#include <cstdint>
#include <random>
#include <vector>

#include "ops/small_float.hpp"

namespace tw::emu::test {

/// A matrix of small integers and its bytes in some type.
struct Matrix {
  Matrix(int rows, int columns, int bytes, uint32_t (*encode)(int), int low = -3) : rows(rows), columns(columns) {
    std::mt19937 random(static_cast<unsigned>(rows * 1000 + columns));
    std::uniform_int_distribution<int> pick(low, 3);
    for (int i = 0; i < rows * columns; ++i) {
      values.push_back(pick(random));
      uint32_t bits = encode(values.back());
      for (int b = 0; b < bytes; ++b) data.push_back(static_cast<uint8_t>(bits >> 8 * b));
    }
  }
  int at(int r, int c) const { return values[static_cast<size_t>(r * columns + c)]; }
  int rows, columns;
  std::vector<int> values;
  std::vector<uint8_t> data;
};

inline uint32_t asBf16(int x) { return narrow(kBf16, x, Rounding::NearestEven); }
inline uint32_t asHalf(int x) { return narrow(kF16, x, Rounding::NearestEven); }
inline uint32_t asTf32(int x) { return std::bit_cast<uint32_t>(static_cast<float>(x)); }
inline uint32_t asE4m3(int x) { return narrow(kE4m3, x, Rounding::NearestEven); }
inline uint32_t asE5m2(int x) { return narrow(kE5m2, x, Rounding::NearestEven); }
inline uint32_t asByte(int x) { return static_cast<uint32_t>(x) & 0xff; }

/// Products of the rows of `a` with the rows of `b`, over columns `from` up to `to` (all with -1).
template <class T> std::vector<T> productOfRows(const Matrix &a, const Matrix &b, int from = 0, int to = -1) {
  std::vector<T> out;
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < b.rows; ++j) {
      int sum = 0;
      for (int k = from; k < (to < 0 ? a.columns : to); ++k) sum += a.at(i, k) * b.at(j, k);
      out.push_back(static_cast<T>(sum));
    }
  return out;
}

/// Products of the columns of `a` with the columns of `b`.
template <class T> std::vector<T> productOfColumns(const Matrix &a, const Matrix &b) {
  std::vector<T> out;
  for (int i = 0; i < a.columns; ++i)
    for (int j = 0; j < b.columns; ++j) {
      int sum = 0;
      for (int k = 0; k < a.rows; ++k) sum += a.at(k, i) * b.at(k, j);
      out.push_back(static_cast<T>(sum));
    }
  return out;
}

/// Rows of 64 bf16 in tiles of 128 rows, each laid out as a 128-byte swizzle wants it, tile after tile along k.
inline std::vector<uint8_t> swizzledTiles(const Matrix &m, int rows = 128) {
  std::vector<uint8_t> out;
  for (int block = 0; block < m.rows / rows; ++block)
    for (int tile = 0; tile < m.columns / 64; ++tile) {
      std::vector<uint8_t> bytes(static_cast<size_t>(rows) * 128);
      for (int row = 0; row < rows; ++row)
        for (int i = 0; i < 128; ++i) {
          int at = row * 128 + i;
          at ^= at >> 3 & 0x70;
          bytes[static_cast<size_t>(at)] =
              m.data[(static_cast<size_t>(block * rows + row) * m.columns + tile * 64) * 2 + i];
        }
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
  return out;
}

} // namespace tw::emu::test
