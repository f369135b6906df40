// Upstream `arith` and `math` on tiles, against plain functions of one element.

#include "evaluation.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <limits>

using namespace tilewright::evaluator;

namespace {

bool isSame(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

/// The text of a kernel that applies an operation to `count` tiles `%t0, %t1, ...` of one type.
template <class Array>
std::string applyTo(const std::string &op, const std::string &type, std::vector<Array> inputs, Array &result,
                    const std::string &resultType) {
  std::string parameters, body = "%o = arith.constant 0 : index\n";
  std::vector<Argument> arguments;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string n = std::to_string(i);
    parameters += "%g" + n + ": !tile.global<" + type + ">, ";
    body += "%t" + n + " = tile.load %g" + n + "[%o] : !tile.global<" + type + "> -> tensor<" + type + ">\n";
    arguments.push_back(inputs[i]);
  }
  arguments.push_back(result);
  return run(parameters + "%r: !tile.global<" + resultType + ">",
             body + "%v = " + op + "\ntile.store %v, %r[%o] : tensor<" + resultType + ">, !tile.global<" + resultType +
                 ">",
             arguments);
}

const double kNaN = std::nan(""), kInfinity = std::numeric_limits<double>::infinity();
const std::vector<double> kA{0.0, -0.0, 1, -1, 0.5, -2.5, 3.5, 0.7, kNaN, kInfinity, -kInfinity, 2, 1e-3, -0.3, 100, 9};
const std::vector<double> kB{-0.0, 0.0, 2, 3, -0.5, 1.5, -1, kNaN, 1, 2, kInfinity, 2, 7, 0.3, -0.1, -4};

void checkUnary(const std::string &op, double (*function)(double)) {
  Floats a(Element::F64, {16}, kA), r(Element::F64, {16});
  CHECK(applyTo(op + " %t0 : tensor<16xf64>", "16xf64", std::vector{a}, r, "16xf64") == "");
  const auto values = r.values();
  for (size_t i = 0; i < kA.size(); ++i) {
    CAPTURE(op, kA[i], values[i], function(kA[i]));
    CHECK(isSame(values[i], function(kA[i])));
  }
}

void checkBinary(const std::string &op, double (*function)(double, double)) {
  Floats a(Element::F64, {16}, kA), b(Element::F64, {16}, kB), r(Element::F64, {16});
  CHECK(applyTo(op + " %t0, %t1 : tensor<16xf64>", "16xf64", std::vector{a, b}, r, "16xf64") == "");
  const auto values = r.values();
  for (size_t i = 0; i < kA.size(); ++i) {
    CAPTURE(op, kA[i], kB[i], values[i], function(kA[i], kB[i]));
    CHECK(isSame(values[i], function(kA[i], kB[i])));
  }
}

/// An i8 operation on all pairs of bytes; `function` sees both as signed and as unsigned numbers.
void checkBytes(const std::string &op, bool nonZeroSecond,
                const std::function<int(int a, int b, unsigned ua, unsigned ub)> &function) {
  std::vector<int64_t> a, b, expected;
  for (int i = -128; i < 128; ++i)
    for (int j = -128; j < 128; ++j) {
      const bool isShift = op.find(".sh") != std::string::npos;
      if (nonZeroSecond && (j == 0 || (i == -128 && j == -1))) continue;
      if (isShift && (j < 0 || j >= 8)) continue;
      a.push_back(i), b.push_back(j);
      expected.push_back(static_cast<int8_t>(function(i, j, i & 255, j & 255)));
    }
  const auto count = static_cast<int64_t>(a.size());
  const std::string type = std::to_string(count) + "xi8";
  Integers r(Element::I8, {count});
  CAPTURE(op);
  CHECK(applyTo(op + " %t0, %t1 : tensor<" + type + ">", type,
                std::vector{Integers(Element::I8, {count}, a), Integers(Element::I8, {count}, b)}, r, type) == "");
  CHECK((r.values() == expected));
}

} // namespace

TEST_CASE("float operations with one operand") {
  checkUnary("arith.negf", [](double a) { return -a; });
  checkUnary("math.absf", [](double a) { return std::fabs(a); });
  checkUnary("math.acos", [](double a) { return std::acos(a); });
  checkUnary("math.acosh", [](double a) { return std::acosh(a); });
  checkUnary("math.asin", [](double a) { return std::asin(a); });
  checkUnary("math.asinh", [](double a) { return std::asinh(a); });
  checkUnary("math.atan", [](double a) { return std::atan(a); });
  checkUnary("math.atanh", [](double a) { return std::atanh(a); });
  checkUnary("math.cbrt", [](double a) { return std::cbrt(a); });
  checkUnary("math.ceil", [](double a) { return std::ceil(a); });
  checkUnary("math.cos", [](double a) { return std::cos(a); });
  checkUnary("math.cosh", [](double a) { return std::cosh(a); });
  checkUnary("math.erf", [](double a) { return std::erf(a); });
  checkUnary("math.erfc", [](double a) { return std::erfc(a); });
  checkUnary("math.exp", [](double a) { return std::exp(a); });
  checkUnary("math.exp2", [](double a) { return std::exp2(a); });
  checkUnary("math.expm1", [](double a) { return std::expm1(a); });
  checkUnary("math.floor", [](double a) { return std::floor(a); });
  checkUnary("math.log", [](double a) { return std::log(a); });
  checkUnary("math.log10", [](double a) { return std::log10(a); });
  checkUnary("math.log1p", [](double a) { return std::log1p(a); });
  checkUnary("math.log2", [](double a) { return std::log2(a); });
  checkUnary("math.round", [](double a) { return std::round(a); });
  checkUnary("math.roundeven", [](double a) { return std::rint(a); });
  checkUnary("math.rsqrt", [](double a) { return 1 / std::sqrt(a); });
  checkUnary("math.sin", [](double a) { return std::sin(a); });
  checkUnary("math.sinh", [](double a) { return std::sinh(a); });
  checkUnary("math.sqrt", [](double a) { return std::sqrt(a); });
  checkUnary("math.tan", [](double a) { return std::tan(a); });
  checkUnary("math.tanh", [](double a) { return std::tanh(a); });
  checkUnary("math.trunc", [](double a) { return std::trunc(a); });
}

TEST_CASE("float operations with two operands") {
  checkBinary("arith.addf", [](double a, double b) { return a + b; });
  checkBinary("arith.subf", [](double a, double b) { return a - b; });
  checkBinary("arith.mulf", [](double a, double b) { return a * b; });
  checkBinary("arith.divf", [](double a, double b) { return a / b; });
  checkBinary("arith.remf", [](double a, double b) { return std::fmod(a, b); });
  checkBinary("math.atan2", [](double a, double b) { return std::atan2(a, b); });
  checkBinary("math.copysign", [](double a, double b) { return std::copysign(a, b); });
  checkBinary("math.powf", [](double a, double b) { return std::pow(a, b); });
  checkBinary("arith.maximumf", [](double a, double b) {
    if (a != a || b != b) return kNaN;
    if (a == 0 && b == 0) return std::signbit(a) && std::signbit(b) ? -0.0 : 0.0;
    return a < b ? b : a;
  });
  checkBinary("arith.minimumf", [](double a, double b) {
    if (a != a || b != b) return kNaN;
    if (a == 0 && b == 0) return std::signbit(a) || std::signbit(b) ? -0.0 : 0.0;
    return a < b ? a : b;
  });
}

TEST_CASE("maxnumf and minnumf prefer a number to NaN") {
  Floats a(Element::F32, {3}, {1, kNaN, kNaN}), b(Element::F32, {3}, {kNaN, 2, kNaN}), r(Element::F32, {3});
  for (const std::string op : {"arith.maxnumf", "arith.minnumf"}) {
    CHECK(applyTo(op + " %t0, %t1 : tensor<3xf32>", "3xf32", std::vector{a, b}, r, "3xf32") == "");
    CHECK(r.values()[0] == 1);
    CHECK(r.values()[1] == 2);
    CHECK(std::isnan(r.values()[2]));
  }
}

TEST_CASE("fma") {
  Floats a(Element::F64, {2}, {2, 1 + 0x1p-40}), b(Element::F64, {2}, {3, 1 - 0x1p-40}), c(Element::F64, {2}, {4, -1});
  Floats r(Element::F64, {2});
  CHECK(applyTo("math.fma %t0, %t1, %t2 : tensor<2xf64>", "2xf64", std::vector{a, b, c}, r, "2xf64") == "");
  CHECK(r.values() == std::vector<double>{10, -0x1p-80});
}

TEST_CASE("integer operations on all pairs of bytes") {
  checkBytes("arith.addi", false, [](int a, int b, unsigned, unsigned) { return a + b; });
  checkBytes("arith.subi", false, [](int a, int b, unsigned, unsigned) { return a - b; });
  checkBytes("arith.muli", false, [](int a, int b, unsigned, unsigned) { return a * b; });
  checkBytes("arith.andi", false, [](int a, int b, unsigned, unsigned) { return a & b; });
  checkBytes("arith.ori", false, [](int a, int b, unsigned, unsigned) { return a | b; });
  checkBytes("arith.xori", false, [](int a, int b, unsigned, unsigned) { return a ^ b; });
  checkBytes("arith.maxsi", false, [](int a, int b, unsigned, unsigned) { return std::max(a, b); });
  checkBytes("arith.minsi", false, [](int a, int b, unsigned, unsigned) { return std::min(a, b); });
  checkBytes("arith.maxui", false, [](int, int, unsigned a, unsigned b) { return static_cast<int>(std::max(a, b)); });
  checkBytes("arith.minui", false, [](int, int, unsigned a, unsigned b) { return static_cast<int>(std::min(a, b)); });
  checkBytes("arith.divsi", true, [](int a, int b, unsigned, unsigned) { return a / b; });
  checkBytes("arith.remsi", true, [](int a, int b, unsigned, unsigned) { return a % b; });
  checkBytes("arith.divui", true, [](int, int, unsigned a, unsigned b) { return static_cast<int>(a / b); });
  checkBytes("arith.remui", true, [](int, int, unsigned a, unsigned b) { return static_cast<int>(a % b); });
  checkBytes("arith.floordivsi", true,
             [](int a, int b, unsigned, unsigned) { return static_cast<int>(std::floor(double(a) / b)); });
  checkBytes("arith.ceildivsi", true,
             [](int a, int b, unsigned, unsigned) { return static_cast<int>(std::ceil(double(a) / b)); });
  checkBytes("arith.ceildivui", true,
             [](int, int, unsigned a, unsigned b) { return static_cast<int>(std::ceil(double(a) / b)); });
  checkBytes("arith.shli", false, [](int a, int b, unsigned, unsigned) { return a * (1 << b); });
  checkBytes("arith.shrsi", false, [](int a, int b, unsigned, unsigned) { return a >> b; });
  checkBytes("arith.shrui", false, [](int, int b, unsigned a, unsigned) { return static_cast<int>(a >> b); });
}

TEST_CASE("integer operations with one operand") {
  const std::pair<std::string, std::vector<int64_t>> cases[] = {{"math.absi", {0, 1, -128, 5}},
                                                                {"math.ctpop", {0, 8, 1, 2}},
                                                                {"math.ctlz", {8, 0, 0, 5}},
                                                                {"math.cttz", {8, 0, 7, 0}}};
  for (const auto &[op, expected] : cases) {
    Integers a(Element::I8, {4}, {0, -1, -128, 5}), r(Element::I8, {4});
    CHECK(applyTo(op + " %t0 : tensor<4xi8>", "4xi8", std::vector{a}, r, "4xi8") == "");
    CHECK(r.values() == expected);
  }
}

TEST_CASE("cmpi orders with and without sign") {
  const std::pair<std::string, std::vector<int64_t>> cases[] = {
      {"eq", {0, 0, 1}},  {"ne", {1, 1, 0}},  {"slt", {1, 0, 0}}, {"sle", {1, 0, 1}}, {"sgt", {0, 1, 0}},
      {"sge", {0, 1, 1}}, {"ult", {0, 1, 0}}, {"ule", {0, 1, 1}}, {"ugt", {1, 0, 0}}, {"uge", {1, 0, 1}}};
  for (const auto &[predicate, expected] : cases) {
    Integers a(Element::I8, {3}, {-1, 1, 3}), b(Element::I8, {3}, {1, -1, 3}), r(Element::I1, {3});
    CHECK(applyTo("arith.cmpi " + predicate + ", %t0, %t1 : tensor<3xi8>", "3xi8", std::vector{a, b}, r, "3xi1") == "");
    CAPTURE(predicate);
    CHECK(r.values() == expected);
  }
}

TEST_CASE("cmpf tells ordered from unordered") {
  const std::pair<std::string, std::vector<double>> cases[] = {
      {"false", {0, 0, 0, 0}}, {"oeq", {0, 0, 1, 0}}, {"ogt", {0, 1, 0, 0}}, {"oge", {0, 1, 1, 0}},
      {"olt", {1, 0, 0, 0}},   {"ole", {1, 0, 1, 0}}, {"one", {1, 1, 0, 0}}, {"ord", {1, 1, 1, 0}},
      {"ueq", {0, 0, 1, 1}},   {"ugt", {0, 1, 0, 1}}, {"uge", {0, 1, 1, 1}}, {"ult", {1, 0, 0, 1}},
      {"ule", {1, 0, 1, 1}},   {"une", {1, 1, 0, 1}}, {"uno", {0, 0, 0, 1}}, {"true", {1, 1, 1, 1}}};
  for (const auto &[predicate, expected] : cases) {
    Floats a(Element::F32, {4}, {1, 2, 3, kNaN}), b(Element::F32, {4}, {2, 1, 3, 1}), r(Element::I1, {4});
    CHECK(applyTo("arith.cmpf " + predicate + ", %t0, %t1 : tensor<4xf32>", "4xf32", std::vector{a, b}, r, "4xi1") ==
          "");
    CAPTURE(predicate);
    CHECK(r.values() == expected);
  }
}

TEST_CASE("predicates of math") {
  const std::pair<std::string, std::vector<double>> cases[] = {
      {"math.isnan", {0, 0, 1}}, {"math.isinf", {0, 1, 0}}, {"math.isfinite", {1, 0, 0}}};
  for (const auto &[op, expected] : cases) {
    Floats a(Element::F32, {3}, {1, -kInfinity, kNaN}), r(Element::I1, {3});
    CHECK(applyTo(op + " %t0 : tensor<3xf32>", "3xf32", std::vector{a}, r, "3xi1") == "");
    CHECK(r.values() == expected);
  }
}

TEST_CASE("select by a tile and by a scalar") {
  Floats a(Element::F32, {2}, {1, 2}), b(Element::F32, {2}, {3, 1}), r(Element::F32, {2}), s(Element::F32, {2});
  CHECK(run("%ga: !tile.global<2xf32>, %gb: !tile.global<2xf32>, %gr: !tile.global<2xf32>, %gs: !tile.global<2xf32>",
            "%o = arith.constant 0 : index\n"
            "%a = tile.load %ga[%o] : !tile.global<2xf32> -> tensor<2xf32>\n"
            "%b = tile.load %gb[%o] : !tile.global<2xf32> -> tensor<2xf32>\n"
            "%less = arith.cmpf olt, %a, %b : tensor<2xf32>\n"
            "%r = arith.select %less, %a, %b : tensor<2xi1>, tensor<2xf32>\n"
            "tile.store %r, %gr[%o] : tensor<2xf32>, !tile.global<2xf32>\n"
            "%no = arith.constant false\n"
            "%s = arith.select %no, %a, %b : tensor<2xf32>\n"
            "tile.store %s, %gs[%o] : tensor<2xf32>, !tile.global<2xf32>",
            {a, b, r, s}) == "");
  CHECK(r.values() == std::vector<double>{1, 1});
  CHECK(s.values() == std::vector<double>{3, 1});
}

TEST_CASE("integer powers of floats") {
  Floats a(Element::F32, {3}, {2, -3, 0.5}), r(Element::F32, {3});
  CHECK(run("%g: !tile.global<3xf32>, %r: !tile.global<3xf32>",
            "%o = arith.constant 0 : index\n"
            "%t = tile.load %g[%o] : !tile.global<3xf32> -> tensor<3xf32>\n"
            "%n = arith.constant dense<[3, 3, -2]> : tensor<3xi32>\n"
            "%v = math.fpowi %t, %n : tensor<3xf32>, tensor<3xi32>\n"
            "tile.store %v, %r[%o] : tensor<3xf32>, !tile.global<3xf32>",
            {a, r}) == "");
  CHECK(r.values() == std::vector<double>{8, -27, 4});
}

TEST_CASE("conversions of arith: a signed i1 is -1, integers truncate to i1") {
  Integers r(Element::I32, {9});
  CHECK(run("%r: !tile.global<9xi32>",
            R"(
    %true = arith.constant true
    %two = arith.constant 258 : i32
    %a = arith.extsi %true : i1 to i32
    %b = arith.extui %true : i1 to i32
    %c1 = arith.trunci %two : i32 to i8
    %c = arith.extsi %c1 : i8 to i32
    %d1 = arith.trunci %two : i32 to i1
    %d = arith.extui %d1 : i1 to i32
    %e1 = arith.sitofp %true : i1 to f32
    %e = arith.fptosi %e1 : f32 to i32
    %f1 = arith.uitofp %true : i1 to f32
    %f = arith.fptoui %f1 : f32 to i32
    %g1 = arith.constant 1.00048828125 : f32
    %g2 = arith.truncf %g1 : f32 to bf16
    %g3 = arith.extf %g2 : bf16 to f32
    %g = arith.bitcast %g3 : f32 to i32
    %h1 = arith.index_cast %two : i32 to index
    %h = arith.index_castui %h1 : index to i32
    %i1 = arith.constant 1078530011 : i32
    %i2 = arith.bitcast %i1 : i32 to f32
    %i = arith.fptosi %i2 : f32 to i32
    )" +
                [] {
                  std::string stores;
                  for (int i = 0; i < 9; ++i) {
                    const std::string n = std::to_string(i), name(1, static_cast<char>('a' + i));
                    stores += "%o" + n + " = arith.constant " + n + " : index\n%t" + n + " = tile.splat %" + name +
                              " : i32 -> tensor<1xi32>\ntile.store %t" + n + ", %r[%o" + n +
                              "] : tensor<1xi32>, !tile.global<9xi32>\n";
                  }
                  return stores;
                }(),
            {r}) == "");
  CHECK(r.values() == std::vector<int64_t>{-1, 1, 2, 0, -1, 1, 0x3f800000, 258, 3});
}

TEST_CASE("f16 results stay exact by default and are rounded after every operation on request") {
  // 2048 + 1 is no f16; minus 2048 shows whether the sum was rounded.
  for (const auto &[rounding, expected] :
       {std::pair<Rounding, double>{Rounding::Reference, 1}, {Rounding::EveryOperation, 0}}) {
    Floats r(Element::F16, {1});
    CHECK(run("%r: !tile.global<1xf16>",
              "%o = arith.constant 0 : index\n"
              "%big = arith.constant dense<2048.0> : tensor<1xf16>\n"
              "%one = arith.constant dense<1.0> : tensor<1xf16>\n"
              "%sum = arith.addf %big, %one : tensor<1xf16>\n"
              "%difference = arith.subf %sum, %big : tensor<1xf16>\n"
              "tile.store %difference, %r[%o] : tensor<1xf16>, !tile.global<1xf16>",
              {r}, {rounding}) == "");
    CHECK(r.values()[0] == expected);
  }
}
