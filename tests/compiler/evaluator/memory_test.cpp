// Loads, stores and copies: bounds, strides, element types, buffers.

#include "evaluation.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace tilewright::evaluator;

namespace {

Integers iota(Element element, std::vector<int64_t> sizes) {
  Integers array(element, sizes);
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  std::vector<int64_t> values(count);
  for (int64_t i = 0; i < count; ++i) values[i] = i + 1;
  return Integers(element, sizes, values);
}

const int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();

} // namespace

TEST_CASE("a load outside the tensor gives the pad, or zero, on either side") {
  for (int64_t row : {int64_t(-3), int64_t(-2), int64_t(-1), int64_t(0), int64_t(1), int64_t(3), kLeast, kMost})
    for (int64_t column : {int64_t(-4), int64_t(-1), int64_t(0), int64_t(2), int64_t(5), kLeast, kMost})
      for (int64_t pad : {int64_t(0), int64_t(9)}) {
        Integers x = iota(Element::I32, {3, 5}), r(Element::I32, {2, 4});
        CHECK(run("%x: !tile.global<?x?xi32>, %r: !tile.global<2x4xi32>, %pad: i32, %rowArgument: i64, "
                  "%columnArgument: i64",
                  "%row = arith.index_cast %rowArgument : i64 to index\n"
                  "%column = arith.index_cast %columnArgument : i64 to index\n"
                  "%o = arith.constant 0 : index\n"
                  "%t = tile.load %x[%row, %column] " +
                      std::string(pad ? "pad %pad" : "") + " : !tile.global<?x?xi32>" + (pad ? ", i32" : "") +
                      " -> tensor<2x4xi32>\n"
                      "tile.store %t, %r[%o, %o] : tensor<2x4xi32>, !tile.global<2x4xi32>",
                  {x, r, pad, row, column}) == "");
        std::vector<int64_t> expected;
        for (int64_t i = 0; i < 2; ++i)
          for (int64_t j = 0; j < 4; ++j) {
            const bool inside = row > -10 && row < 10 && column > -10 && column < 10 && row + i >= 0 && row + i < 3 &&
                                column + j >= 0 && column + j < 5;
            expected.push_back(inside ? (row + i) * 5 + column + j + 1 : pad);
          }
        CAPTURE(row, column);
        CHECK(r.values() == expected);
      }
}

TEST_CASE("a store outside the tensor is clipped") {
  Integers r(Element::I32, {2, 3});
  CHECK(run("%r: !tile.global<2x3xi32>", R"(
    %row = arith.constant 1 : index
    %column = arith.constant -1 : index
    %t = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
    tile.store %t, %r[%row, %column] : tensor<2x3xi32>, !tile.global<2x3xi32>)",
            {r}) == "");
  CHECK(r.values() == std::vector<int64_t>{0, 0, 0, 2, 3, 0});
}

TEST_CASE("strides: a column-major view, a pitch with a gap, a repeated row") {
  const std::string body = R"(
    %o = arith.constant 0 : index
    %t = tile.load %x[%o, %o] : !tile.global<2x3xi32, strides = [?, ?]> -> tensor<2x3xi32>
    tile.store %t, %r[%o, %o] : tensor<2x3xi32>, !tile.global<2x3xi32>)";
  const std::pair<std::vector<int64_t>, std::vector<int64_t>> cases[] = {
      {{1, 2}, {1, 3, 5, 2, 4, 6}}, {{4, 1}, {1, 2, 3, 5, 6, 7}}, {{0, 2}, {1, 3, 5, 1, 3, 5}}};
  for (const auto &[strides, expected] : cases) {
    Integers x = iota(Element::I32, {8}), r(Element::I32, {2, 3});
    CHECK(run("%x: !tile.global<2x3xi32, strides = [?, ?]>, %r: !tile.global<2x3xi32>", body,
              {GlobalArray{Element::I32, {2, 3}, strides, x.bytes}, r}) == "");
    CHECK(r.values() == expected);
  }
}

TEST_CASE("a tensor without elements loads pads and stores nothing") {
  Integers r(Element::I32, {2});
  CHECK(run("%x: !tile.global<?xi32>, %r: !tile.global<2xi32>", R"(
    %o = arith.constant 0 : index
    %pad = arith.constant 5 : i32
    %t = tile.load %x[%o] pad %pad : !tile.global<?xi32>, i32 -> tensor<2xi32>
    tile.store %t, %x[%o] : tensor<2xi32>, !tile.global<?xi32>
    tile.store %t, %r[%o] : tensor<2xi32>, !tile.global<2xi32>)",
            {GlobalArray{Element::I32, {0}, {1}, {}}, r}) == "");
  CHECK(r.values() == std::vector<int64_t>{5, 5});
}

TEST_CASE("a tile of an unsigned tensor has the signless type, and every element type survives a copy") {
  for (Element element :
       {Element::F64, Element::F32, Element::F16, Element::BF16, Element::F8E4M3FN, Element::F8E5M2, Element::I1,
        Element::I8, Element::I16, Element::I32, Element::I64, Element::U8, Element::U16, Element::U32, Element::U64}) {
    const std::string global = "!tile.global<3x" + std::string(nameOf(element)) + ">";
    const std::string tile = "tensor<3x" + std::string(nameOf(signless(element))) + ">";
    Integers x(element, {3}, {1, 0, element == Element::I1 ? 1 : -1}), r(element, {3});
    CHECK(run("%x: " + global + ", %r: " + global,
              "%o = arith.constant 0 : index\n"
              "%t = tile.load %x[%o] : " +
                  global + " -> " + tile + "\ntile.store %t, %r[%o] : " + tile + ", " + global,
              {x, r}) == "");
    CAPTURE(nameOf(element));
    CHECK(r.bytes == x.bytes);
  }
}

TEST_CASE("copies: global to shared to fragment to global, zero outside") {
  Integers x = iota(Element::I32, {3}), r(Element::I32, {4});
  CHECK(run("%x: !tile.global<3xi32>, %r: !tile.global<4xi32>", R"(
    %one = arith.constant 1 : index
    %s = tile.alloc {name = "staged"} : !tile.buffer<4xi32, shared>
    %f = tile.alloc : !tile.buffer<4xi32, fragment>
    tile.copy %x[%one] to %s : !tile.global<3xi32> to !tile.buffer<4xi32, shared>
    tile.copy %s to %f : !tile.buffer<4xi32, shared> to !tile.buffer<4xi32, fragment>
    tile.copy %f to %r[%one] : !tile.buffer<4xi32, fragment> to !tile.global<4xi32>)",
            {x, r}) == "");
  CHECK(r.values() == std::vector<int64_t>{0, 2, 3, 0});
}

TEST_CASE("a buffer keeps what was last written, rounded to its type") {
  Floats r(Element::F32, {1});
  CHECK(run("%r: !tile.global<1xf32>", R"(
    %o = arith.constant 0 : index
    %b = tile.alloc : !tile.buffer<1xf16, shared>
    %x = arith.constant dense<2048.0> : tensor<1xf16>
    %y = arith.constant dense<1.0> : tensor<1xf16>
    tile.write %y, %b : !tile.buffer<1xf16, shared>
    %sum = arith.addf %x, %y : tensor<1xf16>
    tile.write %sum, %b : !tile.buffer<1xf16, shared>
    %t = tile.read %b : !tile.buffer<1xf16, shared>
    %w = tile.cast %t : tensor<1xf16> -> tensor<1xf32>
    tile.store %w, %r[%o] : tensor<1xf32>, !tile.global<1xf32>)",
            {r}) == "");
  CHECK(r.values()[0] == 2048);
}

TEST_CASE("dot reads shared buffers") {
  Floats r(Element::F32, {1, 1});
  CHECK(run("%r: !tile.global<1x1xf32>", R"(
    %o = arith.constant 0 : index
    %b = tile.alloc : !tile.buffer<1x2xf16, shared>
    %x = arith.constant dense<[[2.0, 3.0]]> : tensor<1x2xf16>
    tile.write %x, %b : !tile.buffer<1x2xf16, shared>
    %z = arith.constant dense<1.0> : tensor<1x1xf32>
    %d = tile.dot %b, %b, %z {transpose_b} : !tile.buffer<1x2xf16, shared>, !tile.buffer<1x2xf16, shared>, tensor<1x1xf32>
    tile.store %d, %r[%o, %o] : tensor<1x1xf32>, !tile.global<1x1xf32>)",
            {r}) == "");
  CHECK(r.values()[0] == 14);
}
