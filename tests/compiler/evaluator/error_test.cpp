// Every message of the evaluator.

#include "evaluation.hpp"

#include <catch2/catch.hpp>

using namespace tilewright::evaluator;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

/// The message of a kernel without parameters.
std::string messageOf(const std::string &body) { return run("", body, {}); }

} // namespace

TEST_CASE("a buffer read before it is written is named, with both places") {
  const std::string alloc = "%b = tile.alloc {name = \"As\"} : !tile.buffer<1x1xf32, shared>\n";
  const std::string expected = "module:3:6: error: use of a buffer before it is written: 'As'\n"
                               "module:2:6: note: declared here, without contents";
  CHECK_THAT(messageOf(alloc + "%t = tile.read %b : !tile.buffer<1x1xf32, shared>"), Equals(expected));
  CHECK_THAT(messageOf(alloc +
                       "%z = arith.constant dense<0.0> : tensor<1x1xf32>\n"
                       "%d = tile.dot %z, %b, %z : tensor<1x1xf32>, !tile.buffer<1x1xf32, shared>, tensor<1x1xf32>"),
             Contains("use of a buffer before it is written: 'As'"));
  CHECK_THAT(messageOf("%a = tile.alloc : !tile.buffer<1x1xf32, shared>\n" + alloc +
                       "tile.copy %a to %b : !tile.buffer<1x1xf32, shared> to !tile.buffer<1x1xf32, shared>"),
             Contains("error: use of a buffer before it is written\n"));
}

TEST_CASE("undefined integer arithmetic is an error") {
  auto binary = [](const std::string &op, int a, int b) {
    return messageOf("%a = arith.constant " + std::to_string(a) + " : i8\n%b = arith.constant " + std::to_string(b) +
                     " : i8\n%c = " + op + " %a, %b : i8");
  };
  for (const std::string op : {"arith.divsi", "arith.divui", "arith.remsi", "arith.remui", "arith.floordivsi",
                               "arith.ceildivsi", "arith.ceildivui"})
    CHECK_THAT(binary(op, 3, 0), Equals("module:4:6: error: integer division by zero (3, 0)"));
  for (const std::string op : {"arith.divsi", "arith.remsi", "arith.floordivsi", "arith.ceildivsi"})
    CHECK_THAT(binary(op, -128, -1), Contains("integer division overflows (-128, -1)"));
  for (const std::string op : {"arith.shli", "arith.shrsi", "arith.shrui"}) {
    CHECK_THAT(binary(op, 1, 8), Contains("shift by the width of the integer or more (1, 8)"));
    CHECK(binary(op, 1, 7) == "");
  }
}

TEST_CASE("loops and grids with impossible numbers") {
  CHECK_THAT(messageOf("%o = arith.constant 0 : index\nscf.for %i = %o to %o step %o {\n}"),
             Equals("module:3:1: error: the step of a loop is 0, not positive"));
  CHECK_THAT(messageOf("%o = arith.constant -2 : index\ntile.blocks (%i) in (%o) {\n}"),
             Equals("module:3:1: error: a grid axis of -2 blocks"));
}

TEST_CASE("what the evaluator does not know is named") {
  CHECK_THAT(messageOf("%t = arith.constant 1 : i32\n%a, %b = arith.addui_extended %t, %t : i32, i1"),
             Equals("module:3:10: error: the evaluator does not know 'arith.addui_extended'"));
  CHECK_THAT(messageOf("%t = arith.constant 1 : i7"), Contains("the evaluator has no values of type 'i7'"));
  CHECK_THAT(messageOf("%t = arith.constant 1 : i8\n%u = tile.cast %t : i8 -> f128"),
             Contains("the evaluator does not convert 'i8' to 'f128'"));
  CHECK_THAT(messageOf("%t = arith.constant sparse<[[0]], [1]> : tensor<4xi32>"),
             Contains("the evaluator knows numbers and dense constants only"));
}

TEST_CASE("arguments must fit the parameters") {
  const std::string tensor = "%x: !tile.global<?x4xf32, strides = [?, 1]>";
  std::vector<uint8_t> bytes(2 * 4 * 4);
  auto global = [&](Element element, std::vector<int64_t> sizes, std::vector<int64_t> strides) {
    return run(tensor, "", {GlobalArray{element, sizes, strides, bytes}});
  };
  CHECK(global(Element::F32, {2, 4}, {4, 1}) == "");
  CHECK_THAT(run(tensor, "", {}), Equals("module:1:1: error: the kernel has 1 parameters, but 0 arguments are given"));
  CHECK_THAT(
      global(Element::F16, {2, 4}, {4, 1}),
      Equals("module:1:1: error: argument #0: the parameter has elements of type 'f32', the tensor of type f16"));
  CHECK_THAT(global(Element::F32, {8}, {1}), Contains("the parameter has rank 2, the tensor 1 sizes and 1 strides"));
  CHECK_THAT(global(Element::F32, {-1, 4}, {4, 1}), Contains("size -1 and stride 4: one is negative"));
  CHECK_THAT(global(Element::F32, {2, 4}, {-4, 1}), Contains("size 2 and stride -4: one is negative"));
  CHECK_THAT(global(Element::F32, {2, 3}, {4, 1}), Contains("the parameter's extent 1 is 4, the tensor's 3"));
  CHECK_THAT(global(Element::F32, {1, 4}, {4, 2}), Contains("the parameter's stride 1 is 1, the tensor's 2"));
  CHECK_THAT(global(Element::F32, {3, 4}, {4, 1}), Contains("the tensor spans 48 bytes, but 32 are given"));
  CHECK_THAT(global(Element::F32, {2, 4}, {5, 1}), Contains("the tensor spans 36 bytes, but 32 are given"));
  CHECK_THAT(run(tensor, "", {1.0}), Contains("the parameter is a tensor '!tile.global<?x4xf32>', not a scalar"));
  CHECK_THAT(run("%x: f32", "", {GlobalArray{Element::F32, {1}, {1}, bytes}}),
             Contains("argument #0: the parameter is a scalar of type 'f32', not a tensor"));
  CHECK_THAT(run("%x: f32", "", {int64_t(1)}), Contains("the parameter has type 'f32', the argument is an integer"));
  CHECK_THAT(run("%x: i32", "", {1.0}), Contains("the parameter has type 'i32', the argument is a float"));
}

TEST_CASE("text that is no module, and a kernel that is not there") {
  CHECK_THAT(parseAndEvaluate("tile.kernel", "k", {}).message(),
             Contains("module:1:12: error: custom op 'tile.kernel' expected"));
  CHECK_THAT(parseAndEvaluate("", "k", {}).message(), Equals("error: the module has no kernel 'k'"));
  CHECK_FALSE(parseAndEvaluate("", "k", {}));
}
