// Grids, loops, branches and variables.

#include "evaluation.hpp"

#include <catch2/catch.hpp>

using namespace tilewright::evaluator;

namespace {

/// A kernel body that stores the i32 scalar `%v` at the index `%at` of `%r`.
std::string storeScalar(const std::string &value, const std::string &at, const std::string &size) {
  return "%tile = tile.splat " + value + " : i32 -> tensor<1xi32>\ntile.store %tile, %r[" + at +
         "] : tensor<1xi32>, !tile.global<" + size + "xi32>\n";
}

} // namespace

TEST_CASE("a grid visits every point, the last axis fastest") {
  Integers r(Element::I32, {2, 3, 2});
  CHECK(run("%r: !tile.global<2x3x2xi32>, %s: i32", R"(
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c10 = arith.constant 10 : index
    %first = arith.constant 0 : i32
    %count = tile.slot %first : !tile.slot<i32>
    tile.blocks (%i, %j, %k) in (%c2, %c3, %c2) {
      %old = tile.get %count : !tile.slot<i32>
      %new = arith.addi %old, %s : i32
      tile.set %count, %new : !tile.slot<i32>
      %t = tile.splat %new : i32 -> tensor<1x1x1xi32>
      tile.store %t, %r[%i, %j, %k] : tensor<1x1x1xi32>, !tile.global<2x3x2xi32>
    })",
            {r, int64_t(1)}) == "");
  CHECK(r.values() == std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("a loop carries values, all exchanged at once") {
  Integers r(Element::I32, {1});
  CHECK(run("%r: !tile.global<1xi32>", R"(
    %o = arith.constant 0 : index
    %one = arith.constant 1 : index
    %ten = arith.constant 10 : index
    %x = arith.constant 0 : i32
    %y = arith.constant 1 : i32
    %f:2 = scf.for %i = %o to %ten step %one iter_args(%a = %x, %b = %y) -> (i32, i32) {
      %next = arith.addi %a, %b : i32
      scf.yield %b, %next : i32, i32
    }
    )" + storeScalar("%f#0", "%o", "1"),
            {r}) == "");
  CHECK(r.values()[0] == 55);
}

TEST_CASE("a loop over nothing gives its first values; a loop at the end of its type ends") {
  Integers r(Element::I32, {1});
  CHECK(run("%r: !tile.global<1xi32>", R"(
    %o = arith.constant 0 : index
    %one = arith.constant 1 : index
    %first = arith.constant 7 : i32
    %near = arith.constant 9223372036854775806 : i64
    %end = arith.constant 9223372036854775807 : i64
    %step = arith.constant 5 : i64
    %e = scf.for %i = %o to %o step %one iter_args(%a = %first) -> (i32) {
      %next = arith.addi %a, %a : i32
      scf.yield %next : i32
    }
    %f = scf.for %i = %near to %end step %step iter_args(%a = %e) -> (i32) : i64 {
      %next = arith.addi %a, %a : i32
      scf.yield %next : i32
    }
    )" + storeScalar("%f", "%o", "1"),
            {r}) == "");
  CHECK(r.values()[0] == 14);
}

TEST_CASE("unsigned loops compare without sign") {
  Integers r(Element::I32, {1});
  CHECK(run("%r: !tile.global<1xi32>", R"(
    %o = arith.constant 0 : index
    %lower = arith.constant 127 : i8
    %upper = arith.constant -127 : i8
    %step = arith.constant 1 : i8
    %first = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %f = scf.for unsigned %i = %lower to %upper step %step iter_args(%a = %first) -> (i32) : i8 {
      %next = arith.addi %a, %one : i32
      scf.yield %next : i32
    }
    )" + storeScalar("%f", "%o", "1"),
            {r}) == "");
  CHECK(r.values()[0] == 2);
}

TEST_CASE("if takes one branch, with and without results") {
  for (const int64_t condition : {0, 1}) {
    Integers r(Element::I32, {1});
    CHECK(run("%r: !tile.global<1xi32>, %c: i1", R"(
      %o = arith.constant 0 : index
      %x = arith.constant 3 : i32
      %y = arith.constant 4 : i32
      %slot = tile.slot %x : !tile.slot<i32>
      %v = scf.if %c -> (i32) {
        scf.yield %x : i32
      } else {
        scf.yield %y : i32
      }
      scf.if %c {
        tile.set %slot, %y : !tile.slot<i32>
      }
      %s = tile.get %slot : !tile.slot<i32>
      %w = arith.muli %v, %s : i32
      )" + storeScalar("%w", "%o", "1"),
              {r, condition}) == "");
    CHECK(r.values()[0] == 12);
  }
}

TEST_CASE("while runs until its condition fails") {
  Integers r(Element::I32, {1});
  CHECK(run("%r: !tile.global<1xi32>", R"(
    %o = arith.constant 0 : index
    %x = arith.constant 1 : i32
    %limit = arith.constant 100 : i32
    %v = scf.while (%a = %x) : (i32) -> i32 {
      %c = arith.cmpi slt, %a, %limit : i32
      scf.condition(%c) %a : i32
    } do {
    ^bb0(%b: i32):
      %n = arith.addi %b, %b : i32
      scf.yield %n : i32
    }
    )" + storeScalar("%v", "%o", "1"),
            {r}) == "");
  CHECK(r.values()[0] == 128);
}

TEST_CASE("scalar arguments take the type of their parameter") {
  Floats r(Element::F64, {1});
  CHECK(run("%r: !tile.global<1xf64>, %x: f16, %n: i8", R"(
    %o = arith.constant 0 : index
    %a = tile.cast %x : f16 -> f64
    %b = tile.cast %n : i8 -> f64
    %c = arith.addf %a, %b : f64
    %t = tile.splat %c : f64 -> tensor<1xf64>
    tile.store %t, %r[%o] : tensor<1xf64>, !tile.global<1xf64>)",
            {r, 1 + 0x1p-12, int64_t(255)}) == "");
  CHECK(r.values()[0] == 0);
}
