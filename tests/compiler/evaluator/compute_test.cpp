// Products, reductions, changes of shape and casts of tiles, against plain loops.

#include "evaluation.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace tilewright::evaluator;

namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> numbers(size_t count) {
  std::vector<double> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<int>(i * 7 % 11) - 5;
  return values;
}

/// Loads `%x` (f32), applies `op` with result `%r`, and stores it.
template <class Result>
Result apply(const std::string &op, Floats x, const std::string &from, Result result, const std::string &to) {
  auto comma = [](size_t rank) { return rank == 1 ? "%o" : rank == 2 ? "%o, %o" : "%o, %o, %o"; };
  const std::string offsetsX = comma(x.sizes.size()), offsetsR = comma(result.sizes.size());
  const std::string message =
      run("%gx: !tile.global<" + from + ">, %gr: !tile.global<" + to + ">",
          "%o = arith.constant 0 : index\n"
          "%x = tile.load %gx[" +
              offsetsX + "] : !tile.global<" + from + "> -> tensor<" + from + ">\n" + "%r = " + op + "\n" +
              "tile.store %r, %gr[" + offsetsR + "] : tensor<" + to + ">, !tile.global<" + to + ">",
          {x, result});
  CHECK(message == "");
  return result;
}

} // namespace

TEST_CASE("dot with every transposition") {
  const int64_t m = 3, n = 4, k = 5;
  const auto a = numbers(m * k), b = numbers(k * n), c = numbers(m * n);
  for (bool transposeA : {false, true})
    for (bool transposeB : {false, true}) {
      std::vector<double> expected = c;
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j)
          for (int64_t s = 0; s < k; ++s)
            expected[i * n + j] +=
                (transposeA ? a[s * m + i] : a[i * k + s]) * (transposeB ? b[j * k + s] : b[s * n + j]);
      const std::string shapeA = transposeA ? "5x3xf16" : "3x5xf16", shapeB = transposeB ? "4x5xf16" : "5x4xf16";
      Floats arrayA(Element::F16, transposeA ? std::vector<int64_t>{k, m} : std::vector<int64_t>{m, k}, a);
      Floats arrayB(Element::F16, transposeB ? std::vector<int64_t>{n, k} : std::vector<int64_t>{k, n}, b);
      Floats arrayC(Element::F32, {m, n}, c);
      const std::string flags = std::string("{") + (transposeA ? "transpose_a" : "") +
                                (transposeA && transposeB ? ", " : "") + (transposeB ? "transpose_b" : "") + "}";
      CHECK(run("%a: !tile.global<" + shapeA + ">, %b: !tile.global<" + shapeB + ">, %c: !tile.global<3x4xf32>",
                "%o = arith.constant 0 : index\n"
                "%x = tile.load %a[%o, %o] : !tile.global<" +
                    shapeA + "> -> tensor<" + shapeA +
                    ">\n"
                    "%y = tile.load %b[%o, %o] : !tile.global<" +
                    shapeB + "> -> tensor<" + shapeB +
                    ">\n"
                    "%z = tile.load %c[%o, %o] : !tile.global<3x4xf32> -> tensor<3x4xf32>\n"
                    "%d = tile.dot %x, %y, %z " +
                    flags + " : tensor<" + shapeA + ">, tensor<" + shapeB +
                    ">, tensor<3x4xf32>\n"
                    "tile.store %d, %c[%o, %o] : tensor<3x4xf32>, !tile.global<3x4xf32>",
                {arrayA, arrayB, arrayC}) == "");
      CHECK(arrayC.values() == expected);
    }
}

TEST_CASE("dot of tf32 operands drops their low 13 bits") {
  const double kept = 1 + 0x1p-10, dropped = 1 + 0x1p-11;
  for (bool tf32 : {false, true}) {
    Floats a(Element::F32, {1, 2}, {kept, dropped}), b(Element::F32, {2, 1}, {1, 1}), c(Element::F32, {1, 1});
    CHECK(run("%a: !tile.global<1x2xf32>, %b: !tile.global<2x1xf32>, %c: !tile.global<1x1xf32>",
              "%o = arith.constant 0 : index\n"
              "%x = tile.load %a[%o, %o] : !tile.global<1x2xf32> -> tensor<1x2xf32>\n"
              "%y = tile.load %b[%o, %o] : !tile.global<2x1xf32> -> tensor<2x1xf32>\n"
              "%z = arith.constant dense<0.0> : tensor<1x1xf32>\n"
              "%d = tile.dot %x, %y, %z " +
                  std::string(tf32 ? "{tf32}" : "") +
                  " : tensor<1x2xf32>, tensor<2x1xf32>, tensor<1x1xf32>\n"
                  "tile.store %d, %c[%o, %o] : tensor<1x1xf32>, !tile.global<1x1xf32>",
              {a, b, c}) == "");
    CHECK(c.values()[0] == kept + (tf32 ? 1.0 : dropped));
  }
}

TEST_CASE("dot of bytes reads each operand with its own sign and wraps to 32 bits") {
  for (const auto &[flags, expected] : {std::pair<std::string, int64_t>{"", -2147483648},
                                        {"{unsigned_a}", 2147483647 - 255},
                                        {"{unsigned_b}", 2147483647 - 255},
                                        {"{unsigned_a, unsigned_b}", -2147483648 + 65024}}) {
    Integers a(Element::I8, {1, 1}, {-1}), c(Element::I32, {1, 1}, {2147483647});
    CHECK(run("%a: !tile.global<1x1xi8>, %c: !tile.global<1x1xi32>",
              "%o = arith.constant 0 : index\n"
              "%x = tile.load %a[%o, %o] : !tile.global<1x1xi8> -> tensor<1x1xi8>\n"
              "%z = tile.load %c[%o, %o] : !tile.global<1x1xi32> -> tensor<1x1xi32>\n"
              "%d = tile.dot %x, %x, %z " +
                  flags +
                  " : tensor<1x1xi8>, tensor<1x1xi8>, tensor<1x1xi32>\n"
                  "tile.store %d, %c[%o, %o] : tensor<1x1xi32>, !tile.global<1x1xi32>",
              {a, c}) == "");
    CHECK(c.values()[0] == expected);
  }
}

TEST_CASE("reduce along each axis keeps the axis") {
  const auto x = numbers(2 * 3 * 4);
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> sizes{2, 3, 4};
    sizes[axis] = 1;
    std::vector<double> sums(24 / std::vector{2, 3, 4}[axis], 0), maxima(sums.size(), -100), minima(sums.size(), 100);
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j)
        for (int k = 0; k < 4; ++k) {
          const int at = ((axis == 0 ? 0 : i) * sizes[1] + (axis == 1 ? 0 : j)) * sizes[2] + (axis == 2 ? 0 : k);
          const double value = x[(i * 3 + j) * 4 + k];
          sums[at] += value;
          maxima[at] = std::max(maxima[at], value);
          minima[at] = std::min(minima[at], value);
        }
    const std::string to =
        std::string(axis == 0 ? "1" : "2") + (axis == 1 ? "x1" : "x3") + (axis == 2 ? "x1" : "x4") + "xf32";
    auto reduce = [&](const std::string &kind) {
      return apply("tile.reduce %x {axis = " + std::to_string(axis) + " : i64, kind = #tile.reduce_kind<" + kind +
                       ">} : tensor<2x3x4xf32> -> tensor<" + to + ">",
                   Floats(Element::F32, {2, 3, 4}, x), "2x3x4xf32", Floats(Element::F32, sizes), to)
          .values();
    };
    CHECK(reduce("sum") == sums);
    CHECK(reduce("max") == maxima);
    CHECK(reduce("min") == minima);
  }
}

TEST_CASE("maximum and minimum of a row with NaN are NaN, and order the zeros") {
  for (const std::string kind : {"max", "min"}) {
    const auto result = apply("tile.reduce %x {axis = 1 : i64, kind = #tile.reduce_kind<" + kind +
                                  ">} : tensor<3x3xf32> -> tensor<3x1xf32>",
                              Floats(Element::F32, {3, 3}, {1, NAN, 2, -kInfinity, 0, kInfinity, 0.0, -0.0, 0.0}),
                              "3x3xf32", Floats(Element::F32, {3, 1}), "3x1xf32")
                            .values();
    CHECK(std::isnan(result[0]));
    CHECK(result[1] == (kind == "max" ? kInfinity : -kInfinity));
    CHECK(std::signbit(result[2]) == (kind == "min"));
  }
}

TEST_CASE("integer reductions follow the sign flag and wrap") {
  const std::pair<std::string, int64_t> cases[] = {{"kind = #tile.reduce_kind<max>", 100},
                                                   {"kind = #tile.reduce_kind<min>", -1},
                                                   {"kind = #tile.reduce_kind<max>, is_unsigned", -1},
                                                   {"kind = #tile.reduce_kind<min>, is_unsigned", 100},
                                                   {"kind = #tile.reduce_kind<sum>", wrap(100 + 100 - 1, 8)}};
  for (const auto &[attributes, expected] : cases) {
    Integers x(Element::I8, {3}, {100, -1, 100}), r(Element::I8, {1});
    CHECK(run("%x: !tile.global<3xi8>, %r: !tile.global<1xi8>",
              "%o = arith.constant 0 : index\n"
              "%t = tile.load %x[%o] : !tile.global<3xi8> -> tensor<3xi8>\n"
              "%m = tile.reduce %t {axis = 0 : i64, " +
                  attributes +
                  "} : tensor<3xi8> -> tensor<1xi8>\n"
                  "tile.store %m, %r[%o] : tensor<1xi8>, !tile.global<1xi8>",
              {x, r}) == "");
    CHECK(r.values()[0] == expected);
  }
}

TEST_CASE("broadcast repeats axes of extent one") {
  CHECK(apply("tile.broadcast %x : tensor<2x1x3xf32> -> tensor<2x2x3xf32>", Floats(Element::F32, {2, 1, 3}, numbers(6)),
              "2x1x3xf32", Floats(Element::F32, {2, 2, 3}), "2x2x3xf32")
            .values() == std::vector<double>{-5, 2, -2, -5, 2, -2, 5, 1, -3, 5, 1, -3});
}

TEST_CASE("transpose permutes axes: axis i of the result is axis permutation[i] of the source") {
  const auto x = numbers(24);
  std::vector<double> expected;
  for (int k = 0; k < 4; ++k)
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j) expected.push_back(x[(i * 3 + j) * 4 + k]);
  CHECK(apply("tile.transpose %x {permutation = array<i64: 2, 0, 1>} : tensor<2x3x4xf32> -> tensor<4x2x3xf32>",
              Floats(Element::F32, {2, 3, 4}, x), "2x3x4xf32", Floats(Element::F32, {4, 2, 3}), "4x2x3xf32")
            .values() == expected);
}

TEST_CASE("reshape keeps the order of elements") {
  CHECK(apply("tile.reshape %x : tensor<2x3xf32> -> tensor<2x1x3xf32>", Floats(Element::F32, {2, 3}, numbers(6)),
              "2x3xf32", Floats(Element::F32, {2, 1, 3}), "2x1x3xf32")
            .values() == numbers(6));
}

TEST_CASE("splat and iota") {
  Integers iota(Element::I32, {2, 3}), splat(Element::I32, {2, 3});
  CHECK(run("%i: !tile.global<2x3xi32>, %s: !tile.global<2x3xi32>, %v: i32",
            "%o = arith.constant 0 : index\n"
            "%r = tile.iota {axis = 1 : i64} : tensor<2x3xi32>\n"
            "tile.store %r, %i[%o, %o] : tensor<2x3xi32>, !tile.global<2x3xi32>\n"
            "%t = tile.splat %v : i32 -> tensor<2x3xi32>\n"
            "tile.store %t, %s[%o, %o] : tensor<2x3xi32>, !tile.global<2x3xi32>",
            {iota, splat, int64_t(7)}) == "");
  CHECK(iota.values() == std::vector<int64_t>{0, 1, 2, 0, 1, 2});
  CHECK(splat.values() == std::vector<int64_t>(6, 7));
}

TEST_CASE("cast rounds to the narrower float and saturates f8") {
  const std::vector<double> x{1 + 0x1p-9, 1000, -1e6, kInfinity};
  auto to = [&](Element element) {
    const std::string name(nameOf(element));
    return apply("tile.cast %x : tensor<4xf32> -> tensor<4x" + name + ">", Floats(Element::F32, {4}, x), "4xf32",
                 Floats(element, {4}), "4x" + name)
        .values();
  };
  CHECK(to(Element::F16) == std::vector<double>{1 + 0x1p-9, 1000, -kInfinity, kInfinity});
  CHECK(to(Element::BF16) == std::vector<double>{1, 1000, -999424, kInfinity});
  CHECK(to(Element::F8E4M3FN) == std::vector<double>{1, 448, -448, 448});
  CHECK(to(Element::F8E5M2) == std::vector<double>{1, 1024, -57344, 57344});
}

TEST_CASE("cast between integers, bools and floats follows its flags") {
  // The function from `from` to `to` with `flags`, applied to -1 (all bits set), in the form tiles hold integers.
  auto cast = [](const std::string &flags, Element from, Element to) {
    const std::string fromName(nameOf(from)), toName(nameOf(to));
    Integers x(from, {1}, {-1});
    Floats r(to, {1});
    CHECK(run("%x: !tile.global<1x" + fromName + ">, %r: !tile.global<1x" + toName + ">",
              "%o = arith.constant 0 : index\n"
              "%t = tile.load %x[%o] : !tile.global<1x" +
                  fromName + "> -> tensor<1x" + fromName +
                  ">\n"
                  "%c = tile.cast %t " +
                  flags + " : tensor<1x" + fromName + "> -> tensor<1x" + toName +
                  ">\n"
                  "tile.store %c, %r[%o] : tensor<1x" +
                  toName + ">, !tile.global<1x" + toName + ">",
              {x, r}) == "");
    return r.values()[0];
  };
  CHECK(cast("", Element::I8, Element::F32) == -1);
  CHECK(cast("{from_unsigned}", Element::I8, Element::F32) == 255);
  CHECK(cast("", Element::I8, Element::I32) == -1);
  CHECK(cast("{from_unsigned}", Element::I8, Element::I32) == 255);
  CHECK(cast("", Element::I32, Element::I8) == -1);
  CHECK(cast("", Element::I8, Element::I1) == 1);
  CHECK(cast("", Element::I1, Element::I32) == 1);
  CHECK(cast("", Element::I1, Element::F32) == 1);
}

TEST_CASE("a cast of floats to integers clamps to the range of the result") {
  const std::vector<double> x{300, -300, 1.9, NAN};
  for (const auto &[flags, expected] :
       {std::pair<std::string, std::vector<int64_t>>{"", {127, -128, 1, 0}}, {"{to_unsigned}", {-1, 0, 1, 0}}})
    CHECK(apply("tile.cast %x " + flags + " : tensor<4xf32> -> tensor<4xi8>", Floats(Element::F32, {4}, x), "4xf32",
                Integers(Element::I8, {4}), "4xi8")
              .values() == expected);
}
