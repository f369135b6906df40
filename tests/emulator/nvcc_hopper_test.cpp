// wgmma kernels that nvcc compiled, against plain loops, and three mistakes in them.
#include <fstream>
#include <random>
#include <sstream>

#include "kernel_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string hopper() {
  std::ifstream file(TILEWRIGHT_HOPPER_PTX);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

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

uint32_t asBf16(int x) { return narrow(kBf16, x, Rounding::NearestEven); }
uint32_t asHalf(int x) { return narrow(kF16, x, Rounding::NearestEven); }
uint32_t asTf32(int x) { return std::bit_cast<uint32_t>(static_cast<float>(x)); }
uint32_t asE4m3(int x) { return narrow(kE4m3, x, Rounding::NearestEven); }
uint32_t asE5m2(int x) { return narrow(kE5m2, x, Rounding::NearestEven); }
uint32_t asByte(int x) { return static_cast<uint32_t>(x) & 0xff; }

/// out[i][j] against the product of rows of a with rows of b, k from `from` to `to`.
template <class T> void check(const std::vector<T> &out, const Matrix &a, const Matrix &b, int from = 0, int to = -1) {
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < b.rows; ++j) {
      int sum = 0;
      for (int k = from; k < (to < 0 ? a.columns : to); ++k) sum += a.at(i, k) * b.at(j, k);
      REQUIRE(out[static_cast<size_t>(i * b.rows + j)] == static_cast<T>(sum));
    }
}

} // namespace

namespace {

/// Rows of 64 bf16 in tiles of 128 rows, each laid out as a 128-byte swizzle wants it, tile after tile along k.
std::vector<uint8_t> tiled(const Matrix &m) {
  std::vector<uint8_t> out;
  for (int block = 0; block < m.rows / 128; ++block)
    for (int tile = 0; tile < m.columns / 64; ++tile) {
      std::vector<uint8_t> bytes(128 * 128);
      for (int row = 0; row < 128; ++row)
        for (int i = 0; i < 128; ++i) {
          int at = row * 128 + i;
          at ^= at >> 3 & 0x70;
          bytes[at] = m.data[(static_cast<size_t>(block * 128 + row) * m.columns + tile * 64) * 2 + i];
        }
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
  return out;
}

} // namespace

TEST_CASE("shared memory is overwritten while a wgmma may read it, or read without a proxy fence") {
  uint64_t seed = GENERATE(0, 1, 2, 3);
  Matrix a(64, 64, 2, asBf16), b(16, 64, 2, asBf16);
  std::vector<float> out(64 * 16);
  Finding f = KernelRun(hopper(), "wgmma_overwritten")
                  .buffer(a.data)
                  .buffer(b.data)
                  .buffer(out, false)
                  .block(128)
                  .seed(seed)
                  .finding("race.in-flight");
  REQUIRE(f.kind == FindingKind::Race);
  REQUIRE(f.buffer == "shared memory");
  REQUIRE(f.at.source.line > 0);
  f = KernelRun(hopper(), "wgmma_unfenced")
          .buffer(a.data)
          .buffer(b.data)
          .buffer(out, false)
          .block(128)
          .seed(seed)
          .finding("race.proxy");
  REQUIRE(f.kind == FindingKind::Race);
}
