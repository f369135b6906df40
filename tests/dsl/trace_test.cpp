// The structure of a trace: kernel, arguments, members, blocks, loops, branches.
#include "support.hpp"

using namespace tw;
using namespace dsl_test;

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
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int block = 1024;
  void operator()(Tensor<f32, 1> a, Tensor<f32, 1> b, Tensor<f32, 1> c) const {
    auto A = a.tiled(block), B = b.tiled(block), C = c.tiled(block);
    for (Index i : blocks(C)) C(i) = A(i) + B(i);
  }
};

struct EveryArgument {
  void operator()(Tensor<f16, Shape<512, dyn>>, Tensor<f32, 2, ColumnMajor>, Tensor<u8, 3, AnyStrides>, Scalar<f32>,
                  const Tensor<boolean, 1> &, Scalar<u32>, Tensor<tf32, 1>, Tensor<e4m3, 1>, Tensor<e5m2, 1>) const {}
};

} // namespace

TEST_CASE("a dataflow matmul becomes loads, a dot and an accumulator variable") {
  std::string text = trace(Matmul{});
  CHECK(contains(text, "tile.kernel @Matmul("));
  CHECK(contains(text, "members = {bm = 128 : i64, bn = 128 : i64, bk = 64 : i64}"));
  CHECK(contains(text, "argNames = [\"arg0\", \"arg1\", \"arg2\"]"));
  CHECK(count(text, "tile.slot %") == 1);
  CHECK(count(text, "tile.get %") == 2);
  CHECK(count(text, "tile.set %") == 1);
  CHECK(contains(text, "!tile.global<?x?xbf16> -> tensor<128x64xbf16>"));
  CHECK(contains(text, ": tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>"));
  CHECK(contains(text, ": tensor<128x128xf32> -> tensor<128x128xbf16>"));
}

TEST_CASE("a kernel that assigns no variable has no slots") {
  std::string text = trace(Add{});
  CHECK(contains(text, "arith.addf"));
  CHECK(contains(text, "argNames = [\"a\", \"b\", \"c\"]"));
  CHECK_FALSE(contains(text, "tile.slot"));
}

TEST_CASE("arguments carry sizes, strides and signs") {
  std::string text = trace(EveryArgument{});
  CHECK(contains(text, "%0: !tile.global<512x?xf16> loc"));
  CHECK(contains(text, "%1: !tile.global<?x?xf32, strides = [1, ?]> loc"));
  CHECK(contains(text, "%2: !tile.global<?x?x?xui8, strides = [?, ?, ?]> loc"));
  CHECK(contains(text, "%3: f32 loc"));
  CHECK(contains(text, "%4: !tile.global<?xi1> loc"));
  CHECK(contains(text, "%5: i32 loc"));
  CHECK(contains(text, "%6: !tile.global<?xf32> loc"));
  CHECK(contains(text, "%7: !tile.global<?xf8E4M3FN> loc"));
  CHECK(contains(text, "%8: !tile.global<?xf8E5M2> loc"));
}

TEST_CASE("a trace can be given members and a name") {
  std::string text = trace(Matmul{}, {"wide", {{"bn", 256}}});
  CHECK(contains(text, "@wide("));
  CHECK(contains(text, "bn = 256 : i64"));
  CHECK(contains(text, "tensor<128x256xf32>"));
  CHECK(contains(trace(Matmul{}, {"with$dollar", {}}), "@\"with$dollar\"("));
}

TEST_CASE("the same kernel gives the same text") {
  auto text = [] { return trace(Matmul{}); };
  CHECK(text() == text());
}

TEST_CASE("blocks of one, two and three axes") {
  CHECK(contains(traced([](auto) {
                   for (Index i : blocks(7)) (void)i;
                 }),
                 "tile.blocks (%2) in (%1) {"));
  CHECK(contains(traced([](auto a) {
                   for (auto [i, j] : blocks(a.rows(), 5)) (void)(i, j);
                 }),
                 "tile.blocks (%3, %4) in (%1, %2) {"));
  CHECK(contains(traced([](auto a) {
                   for (auto [i, j, k] : blocks(a.rows(), 2, 3)) (void)(i, j, k);
                 }),
                 "tile.blocks (%4, %5, %6) in (%1, %2, %3) {"));
}

TEST_CASE("the number of tiles is the size divided by the extent, rounded up") {
  std::string text = traced([](auto a) { a.tiled(16, 64).cols(); });
  CHECK(contains(text, "%1 = tile.dim %0, 1 : !tile.global<?x?xf32>"));
  CHECK(contains(text, "%2 = arith.constant 64 : index"));
  CHECK(contains(text, "%3 = arith.ceildivui %1, %2 : index"));
}

TEST_CASE("loops: range, pipelined, and its number of stages") {
  CHECK(contains(traced([](auto) {
                   for (Index k : range(2, 9)) (void)k;
                 }),
                 "scf.for %4 = %1 to %2 step %3 {\n    }"));
  CHECK(contains(traced([](auto) {
                   for (Index k : pipelined(9)) (void)k;
                 }),
                 "} {tile.stages = 0 : i32}"));
  CHECK(contains(traced([](auto) {
                   for (Index k : pipelined(9, stages{3})) (void)k;
                 }),
                 "} {tile.stages = 3 : i32}"));
}

TEST_CASE("a C++ loop unrolls, and continue in a traced loop skips recording only") {
  std::string text = traced([](auto a) {
    for (int n = 0; n < 3; ++n)
      for (Index k : range(4)) {
        if (n == 1) continue;
        a.tile_at({k, 0}, 1, 64) = 0;
      }
  });
  CHECK(count(text, "scf.for") == 3);
  CHECK(count(text, "tile.store") == 2);
}

TEST_CASE("when records both sides") {
  std::string text = traced([](auto a) {
    var<i32> n = 0;
    when(
        a.rows() < 5, [&] { n = 1; }, [&] { n = 2; });
    when((a.rows() == 5) & ~(a.cols() > 1), [&] { n += 3; });
  });
  CHECK(contains(text, "arith.cmpi slt, %"));
  CHECK(count(text, "scf.if") == 2);
  CHECK(count(text, "} else {") == 1);
  CHECK(count(text, "tile.set") == 3);
}

TEST_CASE("a tile lies at its position times its extents, or at an offset") {
  std::string text = traced([](auto a) {
    for (Index i : range(4)) {
      Tile<f32> named = a.tiled(16, 64)(i, 0);
      Tile<f32> offset = a.tile_at({i + 1, 5}, 16, 64);
    }
  });
  CHECK(contains(text, "arith.constant 16 : index"));
  CHECK(contains(text, "arith.muli"));
  CHECK(contains(text, "arith.addi"));
  CHECK(count(text, "tile.load %0[") == 2);
}

TEST_CASE("a load may pad with another value than zero") {
  std::string text = traced([](auto a) { load(a.tiled(4, 64)(0, 0), pad(-__builtin_inf())); });
  CHECK(contains(text, "= arith.constant 0xFF800000 : f32"));
  CHECK(contains(text, " pad %3 : !tile.global<?x?xf32>, f32 -> tensor<4x64xf32>"));
}
