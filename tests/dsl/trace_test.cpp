// What the smallest kernels of both levels become.
#include <catch2/catch.hpp>
#include <tilewright/tilewright.hpp>

using namespace tw;

namespace {

struct Matmul {
  int bm = 128, bn = 128, bk = 64;
  void operator()(Tensor<bf16, 2> a, Tensor<bf16, 2> b, Tensor<bf16, 2> c) const {
    auto A = a.tiled(bm, bk), B = b.tiled(bk, bn), C = c.tiled(bm, bn);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
      C(i, j) = cast<bf16>(acc);
    }
  }
};

struct Add {
  int block = 1024;
  void operator()(Tensor<f32, 1> a, Tensor<f32, 1> b, Tensor<f32, 1> c) const {
    auto A = a.tiled(block), B = b.tiled(block), C = c.tiled(block);
    for (Index i : blocks(C)) C(i) = A(i) + B(i);
  }
};

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("a dataflow matmul becomes loads, a dot and an accumulator variable") {
  std::string text = trace(Matmul{});
  CHECK(contains(text, "tile.kernel @Matmul("));
  CHECK(contains(text, "members = {bm = 128 : i64, bn = 128 : i64, bk = 64 : i64}"));
  CHECK(contains(text, "tile.blocks ("));
  CHECK(contains(text, "tile.slot %"));
  CHECK(contains(text, "!tile.global<?x?xbf16> -> tensor<128x64xbf16>"));
  CHECK(contains(text, ": tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>"));
  CHECK(contains(text, ": tensor<128x128xf32> -> tensor<128x128xbf16>"));
}

TEST_CASE("a kernel without assigned variables has no slots") {
  std::string text = trace(Add{});
  CHECK(contains(text, "arith.addf"));
  CHECK_FALSE(contains(text, "tile.slot"));
}
