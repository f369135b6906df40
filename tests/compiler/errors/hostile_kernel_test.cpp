// Kernels at the edges of what the language allows: each runs and is right.
#include "execution.hpp"

#include <catch2/catch.hpp>

using namespace execution;

namespace {

/// A kernel @k with these arguments; `%c0`, `%c1` and `%c16` are constants.
std::string kernel(const std::string &arguments, const std::string &body) {
  return "tile.kernel @k(" + arguments +
         ") {\n"
         "  %c0 = arith.constant 0 : index\n"
         "  %c1 = arith.constant 1 : index\n"
         "  %c16 = arith.constant 16 : index\n" +
         body + "  tile.return\n}\n";
}

Outcome runs(const std::string &module, std::vector<tw::rt::HostArgument> arguments) {
  tilewright::CompileOptions options;
  options.assemble = false;
  return run(compiled(module, options).artifact, std::move(arguments), {.seed = 7, .schedules = 2});
}

/// Whether `result` has value(i) at every i.
template <class Value> void check(const HostTensor &result, Value value) {
  int wrong = 0;
  for (int i = 0; i < result.element_count(); ++i) wrong += result.at(i) != value(i);
  CHECK(wrong == 0);
}

const std::string kF32 = "!tile.global<?xf32>", kF32Matrix = "!tile.global<?x?xf32>",
                  kBf16Matrix = "!tile.global<?x?xbf16>";
const std::string kXy = "%x: " + kBf16Matrix + ", %y: " + kF32Matrix;

/// Element (row, column) of x, zero outside.
double element(const HostTensor &x, int row, int column) {
  int rows = static_cast<int>(x.shape()[0]), columns = static_cast<int>(x.shape()[1]);
  return row < 0 || row >= rows || column < 0 || column >= columns ? 0 : x.at(row * columns + column);
}

/// Element i of the 16 x 16 product of the tiles of x at these positions, of depth k.
double product(const HostTensor &x, int i, int depth, int aRow, int aColumn, int bRow, int bColumn) {
  double sum = 0;
  for (int k = 0; k < depth; ++k)
    sum += element(x, aRow + i / 16, aColumn + k) * element(x, bRow + k, bColumn + i % 16);
  return sum;
}

} // namespace

TEST_CASE("an empty kernel") { runs("tile.kernel @k() { tile.return }", {}); }

TEST_CASE("a grid without work") {
  auto x = integers(ElementType::f32, {5}, 9, 1);
  auto outcome =
      runs(kernel("%x: " + kF32, "  %n = tile.dim %x, 0 : " + kF32 + "\n  tile.blocks (%i) in (%n) {}\n"), {x});
  check(outcome.tensor(0), [&](int i) { return x.at(i); });
}

TEST_CASE("a kernel without a grid is one block") {
  auto outcome = runs(kernel("%x: " + kF32 + ", %alpha: f32", "  %t = tile.splat %alpha : f32 -> tensor<64xf32>\n"
                                                              "  tile.store %t, %x[%c16] : tensor<64xf32>, " +
                                                                  kF32 + "\n"),
                      {tensor(ElementType::f32, {40}), tw::rt::Scalar::of_double(ElementType::f32, 3)});
  check(outcome.tensor(0), [](int i) { return i < 16 ? 0 : 3; });
}

TEST_CASE("arguments that nothing uses") {
  auto x = integers(ElementType::f32, {64}, 9, 1);
  auto outcome = runs(kernel("%x: " + kF32 + ", %y: " + kF32 + ", %u: !tile.global<?x?xi8>, %a: i1, %b: f64, %c: i8",
                             "  %t = tile.load %x[%c0] : " + kF32 +
                                 " -> tensor<64xf32>\n"
                                 "  %s = arith.addf %t, %t : tensor<64xf32>\n"
                                 "  tile.store %s, %y[%c0] : tensor<64xf32>, " +
                                 kF32 + "\n"),
                      {x, tensor(ElementType::f32, {64}), tensor(ElementType::i8, {3, 3}),
                       tw::rt::Scalar::of_double(ElementType::boolean, 1),
                       tw::rt::Scalar::of_double(ElementType::f64, 1), tw::rt::Scalar::of_double(ElementType::i8, 1)});
  check(outcome.tensor(1), [&](int i) { return 2 * x.at(i); });
}

TEST_CASE("a tile of one element") {
  auto outcome = runs(kernel("%x: " + kF32Matrix, "  %t = tile.load %x[%c1, %c1] : " + kF32Matrix +
                                                      " -> tensor<1x1xf32>\n"
                                                      "  %s = arith.addf %t, %t : tensor<1x1xf32>\n"
                                                      "  tile.store %s, %x[%c0, %c1] : tensor<1x1xf32>, " +
                                                      kF32Matrix + "\n"),
                      {integers(ElementType::f32, {2, 2}, 9, 1)});
  CHECK(outcome.tensor(0).at(1) == 2 * outcome.tensor(0).at(3));
}

TEST_CASE("odd extents, sums along them") {
  auto x = integers(ElementType::f32, {3, 5}, 9, 1);
  auto outcome = runs(kernel("%x: " + kF32Matrix + ", %y: " + kF32Matrix,
                             "  %t = tile.load %x[%c0, %c0] : " + kF32Matrix +
                                 " -> tensor<3x5xf32>\n"
                                 "  %m = tile.reduce %t {axis = 1 : i64, kind = "
                                 "#tile.reduce_kind<sum>} : tensor<3x5xf32> -> tensor<3x1xf32>\n"
                                 "  %b = tile.broadcast %m : tensor<3x1xf32> -> tensor<3x5xf32>\n"
                                 "  %s = arith.addf %b, %t : tensor<3x5xf32>\n"
                                 "  tile.store %s, %y[%c0, %c0] : tensor<3x5xf32>, " +
                                 kF32Matrix + "\n"),
                      {x, tensor(ElementType::f32, {3, 5})});
  check(outcome.tensor(1), [&](int i) {
    double sum = x.at(i);
    for (int k = 0; k < 5; ++k) sum += x.at(i / 5 * 5 + k);
    return sum;
  });
}

TEST_CASE("a product of odd extents") {
  auto x = integers(ElementType::f32, {5, 7}, 4, 1);
  auto outcome = runs(kernel("%x: " + kF32Matrix + ", %y: " + kF32Matrix,
                             "  %a = tile.load %x[%c0, %c0] : " + kF32Matrix +
                                 " -> tensor<3x5xf32>\n"
                                 "  %b = tile.load %x[%c0, %c0] : " +
                                 kF32Matrix +
                                 " -> tensor<5x7xf32>\n"
                                 "  %z = arith.constant dense<0.0> : tensor<3x7xf32>\n"
                                 "  %d = tile.dot %a, %b, %z : tensor<3x5xf32>, tensor<5x7xf32>, tensor<3x7xf32>\n"
                                 "  tile.store %d, %y[%c0, %c0] : tensor<3x7xf32>, " +
                                 kF32Matrix + "\n"),
                      {x, tensor(ElementType::f32, {3, 7})});
  check(outcome.tensor(1), [&](int i) {
    double sum = 0;
    for (int k = 0; k < 5; ++k) sum += element(x, i / 7, k) * element(x, k, i % 7);
    return sum;
  });
}

TEST_CASE("products of depth one, and in f64") {
  auto x = integers(ElementType::f16, {16, 16}, 4, 1);
  auto outcome = runs(kernel("%x: !tile.global<?x?xf16>, %y: " + kF32Matrix,
                             "  %a = tile.load %x[%c0, %c0] : !tile.global<?x?xf16> -> tensor<16x1xf16>\n"
                             "  %b = tile.load %x[%c0, %c0] : !tile.global<?x?xf16> -> tensor<1x16xf16>\n"
                             "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                             "  %d = tile.dot %a, %b, %z : tensor<16x1xf16>, tensor<1x16xf16>, tensor<16x16xf32>\n"
                             "  tile.store %d, %y[%c0, %c0] : tensor<16x16xf32>, " +
                                 kF32Matrix + "\n"),
                      {x, tensor(ElementType::f32, {16, 16})});
  check(outcome.tensor(1), [&](int i) { return product(x, i, 1, 0, 0, 0, 0); });
  auto y = integers(ElementType::f64, {16, 16}, 4, 1);
  outcome = runs(kernel("%x: !tile.global<?x?xf64>, %y: !tile.global<?x?xf64>",
                        "  %a = tile.load %x[%c0, %c0] : !tile.global<?x?xf64> -> tensor<16x16xf64>\n"
                        "  %d = tile.dot %a, %a, %a : tensor<16x16xf64>, tensor<16x16xf64>, tensor<16x16xf64>\n"
                        "  tile.store %d, %y[%c0, %c0] : tensor<16x16xf64>, !tile.global<?x?xf64>\n"),
                 {y, tensor(ElementType::f64, {16, 16})});
  check(outcome.tensor(1), [&](int i) { return product(y, i, 16, 0, 0, 0, 0) + y.at(i); });
}

TEST_CASE("tiles of bool") {
  auto mask = integers(ElementType::boolean, {64}, 1, 1);
  auto x = integers(ElementType::f32, {64}, 9, 2);
  auto outcome = runs(kernel("%m: !tile.global<?xi1>, %x: " + kF32 + ", %n: !tile.global<?xi1>, %y: " + kF32,
                             "  %t = tile.load %m[%c0] : !tile.global<?xi1> -> tensor<64xi1>\n"
                             "  %f = tile.load %x[%c0] : " +
                                 kF32 +
                                 " -> tensor<64xf32>\n"
                                 "  %v = arith.negf %f : tensor<64xf32>\n"
                                 "  %s = arith.select %t, %v, %f : tensor<64xi1>, tensor<64xf32>\n"
                                 "  tile.store %s, %y[%c0] : tensor<64xf32>, " +
                                 kF32 +
                                 "\n"
                                 "  %c = arith.cmpf olt, %s, %f : tensor<64xf32>\n"
                                 "  tile.store %c, %n[%c0] : tensor<64xi1>, !tile.global<?xi1>\n"),
                      {mask, x, tensor(ElementType::boolean, {64}), tensor(ElementType::f32, {64})});
  check(outcome.tensor(2), [&](int i) { return mask.at(i) != 0 && x.at(i) > 0; });
  check(outcome.tensor(3), [&](int i) { return mask.at(i) != 0 ? -x.at(i) : x.at(i); });
}

TEST_CASE("sixty branches inside each other") {
  std::string body = "  %t = tile.load %x[%c0] : " + kF32 +
                     " -> tensor<64xf32>\n"
                     "  %s = tile.slot %t : !tile.slot<tensor<64xf32>>\n";
  for (int depth = 0; depth < 60; ++depth) body += "scf.if %p {\n";
  body += "  %g = tile.get %s : !tile.slot<tensor<64xf32>>\n"
          "  %h = arith.addf %g, %t : tensor<64xf32>\n"
          "  tile.set %s, %h : !tile.slot<tensor<64xf32>>\n";
  for (int depth = 0; depth < 60; ++depth) body += "}\n";
  body += "  %r = tile.get %s : !tile.slot<tensor<64xf32>>\n"
          "  tile.store %r, %y[%c0] : tensor<64xf32>, " +
          kF32 + "\n";
  auto x = integers(ElementType::f32, {64}, 9, 1);
  for (int taken : {0, 1}) {
    auto outcome = runs(kernel("%x: " + kF32 + ", %y: " + kF32 + ", %p: i1", body),
                        {x, tensor(ElementType::f32, {64}), tw::rt::Scalar::of_double(ElementType::boolean, taken)});
    check(outcome.tensor(1), [&](int i) { return (1 + taken) * x.at(i); });
  }
}

TEST_CASE("a loop with bounds known at launch, from 1 by 2") {
  auto module =
      kernel(kXy, "  %c2 = arith.constant 2 : index\n"
                  "  %n = tile.dim %x, 1 : " +
                      kBf16Matrix +
                      "\n"
                      "  %m = arith.ceildivui %n, %c16 : index\n"
                      "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                      "  %r = scf.for %k = %c1 to %m step %c2 iter_args(%acc = %z) -> (tensor<16x16xf32>) {\n"
                      "    %o = arith.muli %k, %c16 : index\n"
                      "    %a = tile.load %x[%c0, %o] : " +
                      kBf16Matrix +
                      " -> tensor<16x16xbf16>\n"
                      "    %b = tile.load %x[%o, %c0] : " +
                      kBf16Matrix +
                      " -> tensor<16x16xbf16>\n"
                      "    %d = tile.dot %a, %b, %acc : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>\n"
                      "    scf.yield %d : tensor<16x16xf32>\n"
                      "  }\n"
                      "  tile.store %r, %y[%c0, %c0] : tensor<16x16xf32>, " +
                      kF32Matrix + "\n");
  for (int size : {8, 24, 72, 112}) {
    CAPTURE(size);
    auto x = integers(ElementType::bf16, {size, size}, 2, 1);
    auto outcome = runs(module, {x, tensor(ElementType::f32, {16, 16})});
    check(outcome.tensor(1), [&](int i) {
      double sum = 0;
      for (int k = 1; 16 * k < size; k += 2) sum += product(x, i, 16, 0, 16 * k, 16 * k, 0);
      return sum;
    });
  }
}

TEST_CASE("operands loaded in different loops, and outside any") {
  auto outer = [](bool nested) {
    return kernel(
        kXy, std::string("  %c2 = arith.constant 2 : index\n"
                         "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n") +
                 (nested ? "  %r = scf.for %i = %c0 to %c2 step %c1 iter_args(%out = %z) -> (tensor<16x16xf32>) {\n"
                           "    %row = arith.muli %i, %c16 : index\n"
                         : "  %row = arith.addi %c0, %c0 : index\n  %out = arith.addf %z, %z : tensor<16x16xf32>\n") +
                 "    %a = tile.load %x[%row, %c0] : " + kBf16Matrix +
                 " -> tensor<16x16xbf16>\n"
                 "    %q = scf.for %k = %c0 to %c2 step %c1 iter_args(%acc = %out) -> (tensor<16x16xf32>) {\n"
                 "      %column = arith.muli %k, %c16 : index\n"
                 "      %b = tile.load %x[%row, %column] : " +
                 kBf16Matrix +
                 " -> tensor<16x16xbf16>\n"
                 "      %d = tile.dot %a, %b, %acc : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>\n"
                 "      scf.yield %d : tensor<16x16xf32>\n"
                 "    }\n" +
                 (nested ? "    scf.yield %q : tensor<16x16xf32>\n  }\n"
                         : "  %r = arith.addf %q, %z : tensor<16x16xf32>\n") +
                 "  tile.store %r, %y[%c0, %c0] : tensor<16x16xf32>, " + kF32Matrix + "\n");
  };
  auto x = integers(ElementType::bf16, {32, 32}, 2, 1);
  for (bool nested : {false, true}) {
    auto outcome = runs(outer(nested), {x, tensor(ElementType::f32, {16, 16})});
    check(outcome.tensor(1), [&](int i) {
      double sum = 0;
      for (int row = 0; row <= (nested ? 16 : 0); row += 16)
        for (int column : {0, 16}) sum += product(x, i, 16, row, 0, row, column);
      return sum;
    });
  }
}

TEST_CASE("a product in one side of a branch") {
  auto module = kernel(kXy + ", %p: i1",
                       "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                       "  %r = scf.if %p -> (tensor<16x16xf32>) {\n"
                       "    %a = tile.load %x[%c0, %c0] : " +
                           kBf16Matrix +
                           " -> tensor<16x16xbf16>\n"
                           "    %d = tile.dot %a, %a, %z : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>\n"
                           "    scf.yield %d : tensor<16x16xf32>\n"
                           "  } else {\n"
                           "    scf.yield %z : tensor<16x16xf32>\n"
                           "  }\n"
                           "  tile.store %r, %y[%c0, %c0] : tensor<16x16xf32>, " +
                           kF32Matrix + "\n");
  auto x = integers(ElementType::bf16, {16, 16}, 2, 1);
  for (int taken : {0, 1}) {
    auto outcome =
        runs(module, {x, tensor(ElementType::f32, {16, 16}), tw::rt::Scalar::of_double(ElementType::boolean, taken)});
    check(outcome.tensor(1), [&](int i) { return taken * product(x, i, 16, 0, 0, 0, 0); });
  }
}

TEST_CASE("a shared buffer written by threads and read by a product") {
  auto x = integers(ElementType::bf16, {16, 16}, 2, 1);
  auto outcome = runs(kernel(kXy, "  %s = tile.alloc : !tile.buffer<16x16xbf16, shared>\n"
                                  "  %a = tile.load %x[%c0, %c0] : " +
                                      kBf16Matrix +
                                      " -> tensor<16x16xbf16>\n"
                                      "  %e = arith.addf %a, %a : tensor<16x16xbf16>\n"
                                      "  tile.write %e, %s : !tile.buffer<16x16xbf16, shared>\n"
                                      "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                                      "  %d = tile.dot %s, %s, %z : !tile.buffer<16x16xbf16, shared>, "
                                      "!tile.buffer<16x16xbf16, shared>, tensor<16x16xf32>\n"
                                      "  tile.store %d, %y[%c0, %c0] : tensor<16x16xf32>, " +
                                      kF32Matrix + "\n"),
                      {x, tensor(ElementType::f32, {16, 16})});
  check(outcome.tensor(1), [&](int i) { return 4 * product(x, i, 16, 0, 0, 0, 0); });
}

TEST_CASE("an address that the loop computes") {
  auto x = integers(ElementType::bf16, {32, 16}, 2, 1);
  auto outcome = runs(
      kernel(
          kXy,
          "  %c4 = arith.constant 4 : index\n"
          "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
          "  %r:2 = scf.for %k = %c0 to %c4 step %c1 iter_args(%acc = %z, %row = %c0) -> (tensor<16x16xf32>, index) {\n"
          "    %a = tile.load %x[%row, %c0] : " +
              kBf16Matrix +
              " -> tensor<16x16xbf16>\n"
              "    %d = tile.dot %a, %a, %acc : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>\n"
              "    %next = arith.addi %row, %k : index\n"
              "    scf.yield %d, %next : tensor<16x16xf32>, index\n"
              "  }\n"
              "  tile.store %r#0, %y[%c0, %c0] : tensor<16x16xf32>, " +
              kF32Matrix + "\n"),
      {x, tensor(ElementType::f32, {16, 16})});
  check(outcome.tensor(1), [&](int i) {
    double sum = 0;
    for (int row : {0, 0, 1, 3}) sum += product(x, i, 16, row, 0, row, 0);
    return sum;
  });
}

TEST_CASE("a fragment, five dimensions") {
  auto x = integers(ElementType::f32, {64}, 9, 1);
  auto outcome = runs(
      kernel("%x: " + kF32 + ", %y: " + kF32, "  %s = tile.alloc : !tile.buffer<64xf32, fragment>\n"
                                              "  tile.copy %x[%c0] to %s : " +
                                                  kF32 +
                                                  " to !tile.buffer<64xf32, fragment>\n"
                                                  "  %t = tile.read %s : !tile.buffer<64xf32, fragment>\n"
                                                  "  %u = arith.addf %t, %t : tensor<64xf32>\n"
                                                  "  tile.write %u, %s : !tile.buffer<64xf32, fragment>\n"
                                                  "  tile.copy %s to %y[%c0] : !tile.buffer<64xf32, fragment> to " +
                                                  kF32 + "\n"),
      {x, tensor(ElementType::f32, {64})});
  check(outcome.tensor(1), [&](int i) { return 2 * x.at(i); });

  auto five = integers(ElementType::f32, {2, 3, 1, 4, 2}, 9, 1);
  std::string global = "!tile.global<?x?x?x?x?xf32>", at = "[%c0, %c0, %c0, %c0, %c0]";
  outcome = runs(kernel("%x: " + global + ", %y: " + global,
                        "  %t = tile.load %x" + at + " : " + global +
                            " -> tensor<2x3x1x4x2xf32>\n"
                            "  %m = tile.reduce %t {axis = 3 : i64, kind = #tile.reduce_kind<max>} : "
                            "tensor<2x3x1x4x2xf32> -> tensor<2x3x1x1x2xf32>\n"
                            "  tile.store %m, %y" +
                            at + " : tensor<2x3x1x1x2xf32>, " + global + "\n"),
                 {five, tensor(ElementType::f32, {2, 3, 1, 1, 2})});
  check(outcome.tensor(1), [&](int i) {
    double most = -1e9;
    for (int k = 0; k < 4; ++k) most = std::max(most, five.at(i / 2 * 8 + 2 * k + i % 2));
    return most;
  });
}

TEST_CASE("in place, with copies of each element in several warps") {
  auto x = integers(ElementType::f32, {3, 5}, 9, 1);
  auto outcome = runs(kernel("%x: " + kF32Matrix, "  %t = tile.load %x[%c0, %c0] : " + kF32Matrix +
                                                      " -> tensor<3x5xf32>\n"
                                                      "  %s = arith.addf %t, %t : tensor<3x5xf32>\n"
                                                      "  tile.store %s, %x[%c0, %c0] : tensor<3x5xf32>, " +
                                                      kF32Matrix + "\n"),
                      {x});
  check(outcome.tensor(0), [&](int i) { return 2 * x.at(i); });
}

TEST_CASE("a buffer declared and filled inside a loop") {
  auto x = integers(ElementType::f32, {20, 16}, 9, 1);
  std::string buffer = "!tile.buffer<16x16xf32, shared>";
  auto outcome = runs(
      kernel("%x: " + kF32Matrix + ", %y: " + kF32Matrix, "  %c4 = arith.constant 4 : index\n"
                                                          "  scf.for %k = %c0 to %c4 step %c1 {\n"
                                                          "    %s = tile.alloc : " +
                                                              buffer +
                                                              "\n"
                                                              "    tile.copy %x[%k, %c0] to %s : " +
                                                              kF32Matrix + " to " + buffer +
                                                              "\n"
                                                              "    %t = tile.read %s : " +
                                                              buffer +
                                                              "\n"
                                                              "    tile.store %t, %y[%k, %c0] : tensor<16x16xf32>, " +
                                                              kF32Matrix +
                                                              "\n"
                                                              "  } {tile.stages = 2 : i32}\n"),
      {x, tensor(ElementType::f32, {20, 16})});
  check(outcome.tensor(1), [&](int i) { return i < 19 * 16 ? x.at(i) : 0; });
}

TEST_CASE("an operand that other threads have just stored") {
  auto x = integers(ElementType::bf16, {32, 32}, 2, 1);
  auto outcome =
      runs(kernel(kXy, "  %a = tile.load %x[%c0, %c0] : " + kBf16Matrix +
                           " -> tensor<32x32xbf16>\n"
                           "  %e = arith.addf %a, %a : tensor<32x32xbf16>\n"
                           "  tile.store %e, %x[%c0, %c0] : tensor<32x32xbf16>, " +
                           kBf16Matrix +
                           "\n"
                           "  %b = tile.load %x[%c1, %c0] : " +
                           kBf16Matrix +
                           " -> tensor<16x16xbf16>\n"
                           "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                           "  %d = tile.dot %b, %b, %z : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>\n"
                           "  tile.store %d, %y[%c0, %c0] : tensor<16x16xf32>, " +
                           kF32Matrix + "\n"),
           {x, tensor(ElementType::f32, {16, 16})});
  check(outcome.tensor(1), [&](int i) { return 4 * product(x, i, 16, 1, 0, 1, 0); });
}

TEST_CASE("a loop that stores what its next iteration multiplies") {
  auto x = integers(ElementType::f32, {48, 16}, 1, 1);
  auto outcome =
      runs(kernel("%x: " + kF32Matrix,
                  "  %c2 = arith.constant 2 : index\n"
                  "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                  "  scf.for %k = %c0 to %c2 step %c1 {\n"
                  "    %row = arith.muli %k, %c16 : index\n"
                  "    %next = arith.addi %row, %c16 : index\n"
                  "    %a = tile.load %x[%row, %c0] : " +
                      kF32Matrix +
                      " -> tensor<16x16xf32>\n"
                      "    %d = tile.dot %a, %a, %z : tensor<16x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>\n"
                      "    tile.store %d, %x[%next, %c0] : tensor<16x16xf32>, " +
                      kF32Matrix +
                      "\n"
                      "  }\n"),
           {x});
  HostTensor expected = x;
  for (int row : {0, 16})
    for (int i = 0; i < 256; ++i) expected.set((row + 16) * 16 + i, product(expected, i, 16, row, 0, row, 0));
  check(outcome.tensor(0), [&](int i) { return expected.at(i); });
}

TEST_CASE("products that differ in type share a kernel, each in its own precision") {
  auto x = integers(ElementType::bf16, {16, 16}, 2, 1);
  // 1 + 2^-12 is no tf32 number.
  auto y = tensor(ElementType::f32, {16, 16});
  for (int i = 0; i < 256; i += 17) y.set(i, 1 + 1.0 / 4096);
  auto outcome =
      runs(kernel(kXy + ", %u: " + kF32Matrix + ", %v: " + kF32Matrix,
                  "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                  "  %a = tile.load %x[%c0, %c0] : " +
                      kBf16Matrix +
                      " -> tensor<16x16xbf16>\n"
                      "  %d = tile.dot %a, %a, %z : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>\n"
                      "  tile.store %d, %u[%c0, %c0] : tensor<16x16xf32>, " +
                      kF32Matrix +
                      "\n"
                      "  %b = tile.load %y[%c0, %c0] : " +
                      kF32Matrix +
                      " -> tensor<16x16xf32>\n"
                      "  %e = tile.dot %b, %b, %z : tensor<16x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>\n"
                      "  tile.store %e, %v[%c0, %c0] : tensor<16x16xf32>, " +
                      kF32Matrix + "\n"),
           {x, y, tensor(ElementType::f32, {16, 16}), tensor(ElementType::f32, {16, 16})});
  check(outcome.tensor(2), [&](int i) { return product(x, i, 16, 0, 0, 0, 0); });
  check(outcome.tensor(3), [&](int i) { return i % 17 == 0 ? static_cast<float>(y.at(i) * y.at(i)) : 0; });
}

TEST_CASE("depths that no instruction divides") {
  for (int depth : {8, 24}) {
    std::string k = std::to_string(depth);
    auto x = integers(ElementType::bf16, {32, 32}, 2, 1);
    auto outcome = runs(kernel(kXy, "  %a = tile.load %x[%c0, %c0] : " + kBf16Matrix + " -> tensor<16x" + k +
                                        "xbf16>\n"
                                        "  %b = tile.load %x[%c0, %c0] : " +
                                        kBf16Matrix + " -> tensor<" + k +
                                        "x16xbf16>\n"
                                        "  %z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
                                        "  %d = tile.dot %a, %b, %z : tensor<16x" +
                                        k + "xbf16>, tensor<" + k +
                                        "x16xbf16>, tensor<16x16xf32>\n"
                                        "  tile.store %d, %y[%c0, %c0] : tensor<16x16xf32>, " +
                                        kF32Matrix + "\n"),
                        {x, tensor(ElementType::f32, {16, 16})});
    check(outcome.tensor(1), [&](int i) { return product(x, i, depth, 0, 0, 0, 0); });
  }
}
