// Launch-rule expressions: values, faults and JSON text.
#include "check.hpp"

#include <limits>

#include "tilewright/runtime/expression.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
const std::vector<std::int64_t> shape{6, 300}, strides{304, 1};

std::vector<ArgumentFacts> facts() {
  ArgumentFacts tensor, integer, real;
  tensor.address = 0x1010;
  tensor.shape = shape;
  tensor.strides = strides;
  integer.is_tensor = real.is_tensor = false;
  integer.scalar = -7;
  real.scalar_is_integer = false;
  return {tensor, integer, real};
}

std::int64_t value(const Expression &e) { return evaluate(e, facts()).value(); }
Fault fault(const Expression &e) { return fault_of(evaluate(e, facts())); }

} // namespace

TEST_CASE("expressions read sizes, strides, addresses and scalars") {
  CHECK(value(size(0, 1)) == 300);
  CHECK(value(stride(0, 0)) == 304);
  CHECK(value(address(0)) == 0x1010);
  CHECK(value(scalar(1)) == -7);
  CHECK(value(ceil_div(size(0, 1), 128)) == 3);
  CHECK(value(equal(modulo(address(0), 16), 0)) == 1);
}

TEST_CASE("division rounds towards minus infinity and mod has the divisor's sign") {
  for (std::int64_t a = -9; a <= 9; ++a)
    for (std::int64_t b = -4; b <= 4; ++b) {
      if (b == 0) continue;
      const std::int64_t down = value(floor_div(a, b)), up = value(ceil_div(a, b)), rest = value(modulo(a, b));
      CHECK(down * b + rest == a);
      CHECK((rest == 0 || (rest < 0) == (b < 0)));
      CHECK(up == down + (rest != 0));
    }
  CHECK(value(modulo(smallest, -1)) == 0);
}

TEST_CASE("arithmetic, comparisons and logic") {
  CHECK(value(Expression(2) + 3) == 5);
  CHECK(value(Expression(2) - 3) == -1);
  CHECK(value(Expression(2) * 3) == 6);
  CHECK(value(make_expression(Op::add, {1, 2, 3, 4})) == 10);
  CHECK(value(minimum(2, -3)) == -3);
  CHECK(value(maximum(2, -3)) == 2);
  CHECK(value(equal(2, 2)) == 1);
  CHECK(value(not_equal(2, 2)) == 0);
  CHECK(value(less(2, 2)) == 0);
  CHECK(value(less_equal(2, 2)) == 1);
  CHECK(value(logical_not(5)) == 0);
  CHECK(value(all_of({1, 2, 3})) == 1);
  CHECK(value(all_of({1, 0, 3})) == 0);
  CHECK(value(any_of({0, 0})) == 0);
  CHECK(value(any_of({0, 7})) == 1);
}

TEST_CASE("and and or stop at the operand that decides") {
  const Expression fails = floor_div(1, 0);
  CHECK(value(all_of({0, fails})) == 0);
  CHECK(value(any_of({1, fails})) == 1);
  CHECK(fault(all_of({1, fails})).code == "expression.division");
}

TEST_CASE("overflow is an error") {
  CHECK(value(Expression(largest) + 0) == largest);
  CHECK(fault(Expression(largest) + 1).code == "expression.overflow");
  CHECK(fault(Expression(smallest) - 1).code == "expression.overflow");
  CHECK(fault(Expression(largest) * 2).code == "expression.overflow");
  CHECK(fault(floor_div(smallest, -1)).code == "expression.overflow");
  CHECK(fault(ceil_div(smallest, -1)).code == "expression.overflow");
  const Fault f = fault(Expression(std::int64_t{1} << 62) * 2);
  check_says(f, "does not fit 64 bits");
  check_says(f, R"(["mul",4611686018427387904,2])");
}

TEST_CASE("a zero divisor and what does not exist are errors that name the place") {
  check_says(fault(modulo(3, size(0, 0) - 6)), "the divisor is 0");
  CHECK(fault(ceil_div(3, 0)).code == "expression.division");
  const Fault argument = fault(size(5, 0));
  CHECK(argument.code == "expression.argument");
  check_says(argument, "there is no argument 5, the call has 3");
  const Fault dimension = fault(size(0, 2));
  CHECK(dimension.code == "expression.dimension");
  check_says(dimension, "no dimension 2, its rank is 2");
  const Fault kind = fault(size(1, 0));
  CHECK(kind.code == "expression.kind");
  check_says(kind, "argument 1 is a scalar");
  check_says(fault(scalar(0)), "argument 0 is a tensor");
  check_says(fault(scalar(2)), "argument 2 is no integer");
  CHECK(fault(make_expression(Op::sub, {1})).code == "expression.operands");
}

TEST_CASE("JSON text and back") {
  const Expression e = all_of({equal(modulo(address(0), 16), 0), logical_not(less(scalar(1), -3)),
                               less_equal(ceil_div(size(0, 1), 128), maximum(stride(0, 0), minimum(1, 2)))});
  const std::string text = to_json(e);
  CHECK(text == R"(["and",["eq",["mod",["address",0],16],0],["not",["lt",["scalar",1],-3]],)"
                R"(["le",["ceildiv",["size",0,1],128],["max",["stride",0,0],["min",1,2]]]])");
  CHECK(expression_from_json(text).value() == e);
  CHECK(to_json(Expression(smallest)) == "-9223372036854775808");
  CHECK(expression_from_json("-9223372036854775808").value() == Expression(smallest));
}

TEST_CASE("malformed JSON expressions are errors") {
  for (const char *text :
       {"", "[", "{}", "\"size\"", "1.5", "[]", "[1,2]", "[\"pow\",1,2]", "[\"size\",0]", "[\"size\",0,-1]",
        "[\"size\",0,1.5]", "[\"size\",99999,0]", "[\"scalar\"]", "[\"add\",1]", "[\"sub\",1,2,3]", "[\"not\",1,2]",
        "[\"mod\",1,null]", "18446744073709551615", "[\"const\",1]"}) {
    INFO(text);
    CHECK(fault_of(expression_from_json(text)).code == "rule.json");
  }
  std::string deep(200, '[');
  CHECK_FALSE(expression_from_json(deep).ok());
  std::string nested = "1";
  for (int i = 0; i < 70; ++i) nested = "[\"not\"," + nested + "]";
  check_says(fault_of(expression_from_json(nested)), "nested deeper than 64");
}
