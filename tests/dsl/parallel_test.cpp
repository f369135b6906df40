// Elementwise loops become arithmetic on whole tiles.
#include "support.hpp"

using namespace tw;
using namespace dsl_test;

TEST_CASE("elements named by all indices are the whole tile") {
  std::string text = traced([](auto a) {
    Tile<f32> x = a.tile_at({0, 0}, 8, 16);
    fragment<f32> y(8, 16);
    parallel(8, 16, [&](auto i, auto j) { y(i, j) = x(i, j) * 2 + 1; });
  });
  CHECK_FALSE(contains(text, "tile.iota"));
  CHECK_FALSE(contains(text, "scf.for"));
  CHECK(count(text, "tile.set") == 1);
}

TEST_CASE("elements named by some indices repeat along the others") {
  std::string text = traced([](auto a) {
    Tile<f32> x = a.tile_at({0, 0}, 8, 16);
    Tile<f32> row_sum = reduce_sum(x, axis{1}), column = reshape(reduce_sum(x, axis{0}), {16});
    parallel(8, 16, [&](auto i, auto j) { x(i, j) -= row_sum(i, 0) * column(j); });
  });
  CHECK(contains(text, "tensor<8x1xf32> -> tensor<8x16xf32>"));
  CHECK(contains(text, "tensor<16xf32> -> tensor<1x16xf32>"));
  CHECK(contains(text, "tensor<1x16xf32> -> tensor<8x16xf32>"));
}

TEST_CASE("exchanged indices transpose, reading and writing") {
  std::string text = traced([](auto) {
    auto x = zeros<f32>(8, 16), y = zeros<f32>(16, 8);
    parallel(8, 16, [&](auto i, auto j) { y(j, i) = x(i, j); });
    parallel(8, 16, [&](auto i, auto j) { x(i, j) += y(j, i); });
  });
  CHECK(count(text, "tile.transpose") == 2);
  CHECK(contains(text, "tensor<8x16xf32> -> tensor<16x8xf32>"));
  CHECK(contains(text, "tensor<16x8xf32> -> tensor<8x16xf32>"));
}

TEST_CASE("three indices in another order are permuted both ways") {
  std::string text = traced([](auto) {
    auto x = zeros<f32>(2, 4, 8), y = zeros<f32>(8, 2, 4);
    parallel(2, 4, 8, [&](auto i, auto j, auto k) { y(k, i, j) = x(i, j, k) + y(k, i, j); });
  });
  // Reading: axis 0 of the loop is axis 1 of y. Writing: axis 0 of y is axis 2 of the loop.
  CHECK(contains(text, "{permutation = array<i64: 1, 2, 0>} : tensor<8x2x4xf32> -> tensor<2x4x8xf32>"));
  CHECK(contains(text, "{permutation = array<i64: 2, 0, 1>} : tensor<2x4x8xf32> -> tensor<8x2x4xf32>"));
}

TEST_CASE("indices are numbers, and mix with positions of blocks") {
  std::string text = traced([](auto a) {
    for (Index block : blocks(4)) {
      auto mask = zeros<f32>(8, 16);
      parallel(8, 16,
               [&](auto i, auto j) { mask(i, j) = select(block * 8 + i >= j, 0, -__builtin_inf() * cast<f32>(i)); });
      a.tile_at({block * 8, 0}, 8, 16) = mask;
    }
  });
  CHECK(contains(text, "tile.iota {axis = 0 : i64} : tensor<8x1xi32>"));
  CHECK(contains(text, "tile.iota {axis = 1 : i64} : tensor<1x16xi32>"));
  CHECK(contains(text, "arith.index_cast"));
  CHECK(contains(text, "arith.cmpi sge"));
}

TEST_CASE("shared buffers take part, and scalars fill") {
  std::string text = traced([](auto a) {
    shared<f32> s(8);
    fragment<f32> f(8);
    copy(a.tile_at({0, 0}, 8, 1), fragment<f32>(8, 1));
    parallel(8, [&](auto i) {
      s(i) = 1;
      f(i) = s(i) + 2;
      s(i) *= f(i);
    });
  });
  CHECK(count(text, "tile.write") == 2);
  CHECK(count(text, "tile.read") == 2);
}
