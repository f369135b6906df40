// Expressions over the sizes, strides, addresses and scalars of a launch's arguments, in checked 64-bit integers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tilewright/runtime/error.hpp"

namespace tw::rt {

/// Operation of an expression node. Comparisons and the logical ones give 0 or 1; any non-zero operand is true.
/// floordiv, ceildiv and mod round towards minus infinity (mod has the divisor's sign); a zero divisor is an error.
/// `and` and `or` stop at the first operand that decides.
enum class Op : std::uint8_t {
  constant,
  size,
  stride,
  address,
  scalar,
  add,
  sub,
  mul,
  floordiv,
  ceildiv,
  mod,
  min,
  max,
  eq,
  ne,
  lt,
  le,
  logical_and,
  logical_or,
  logical_not,
};

/// An expression as a value. Written as JSON prefix arrays: `["ceildiv", ["size", 0, 1], 128]`; an integer is itself.
struct Expression {
  Op op = Op::constant;
  std::int64_t value = 0; ///< of a constant
  int argument = 0;       ///< of size, stride, address, scalar: index in the argument list
  int dimension = 0;      ///< of size, stride
  std::vector<Expression> operands;

  Expression() = default;
  /// The constant `value`.
  Expression(std::int64_t value) : value(value) {}
  Expression(int value) : value(value) {}
  friend bool operator==(const Expression &, const Expression &) = default;
};

/// Extent `dimension` of tensor argument `argument`.
Expression size(int argument, int dimension);
/// Stride `dimension` of tensor argument `argument`, in elements.
Expression stride(int argument, int dimension);
/// Device address of tensor argument `argument`; for alignment conditions.
Expression address(int argument);
/// Value of the integer scalar argument `argument`.
Expression scalar(int argument);
/// A node of any operation; operand counts: add, mul, min, max, and, or take 2 or more; not takes 1; the rest take 2.
Expression make_expression(Op op, std::vector<Expression> operands);

inline Expression operator+(Expression a, Expression b) {
  return make_expression(Op::add, {std::move(a), std::move(b)});
}
inline Expression operator-(Expression a, Expression b) {
  return make_expression(Op::sub, {std::move(a), std::move(b)});
}
inline Expression operator*(Expression a, Expression b) {
  return make_expression(Op::mul, {std::move(a), std::move(b)});
}
inline Expression floor_div(Expression a, Expression b) {
  return make_expression(Op::floordiv, {std::move(a), std::move(b)});
}
inline Expression ceil_div(Expression a, Expression b) {
  return make_expression(Op::ceildiv, {std::move(a), std::move(b)});
}
inline Expression modulo(Expression a, Expression b) { return make_expression(Op::mod, {std::move(a), std::move(b)}); }
inline Expression minimum(Expression a, Expression b) { return make_expression(Op::min, {std::move(a), std::move(b)}); }
inline Expression maximum(Expression a, Expression b) { return make_expression(Op::max, {std::move(a), std::move(b)}); }
inline Expression equal(Expression a, Expression b) { return make_expression(Op::eq, {std::move(a), std::move(b)}); }
inline Expression not_equal(Expression a, Expression b) {
  return make_expression(Op::ne, {std::move(a), std::move(b)});
}
inline Expression less(Expression a, Expression b) { return make_expression(Op::lt, {std::move(a), std::move(b)}); }
inline Expression less_equal(Expression a, Expression b) {
  return make_expression(Op::le, {std::move(a), std::move(b)});
}
inline Expression logical_not(Expression a) { return make_expression(Op::logical_not, {std::move(a)}); }
inline Expression all_of(std::vector<Expression> of) { return make_expression(Op::logical_and, std::move(of)); }
inline Expression any_of(std::vector<Expression> of) { return make_expression(Op::logical_or, std::move(of)); }

/// The JSON text of an expression, without spaces.
std::string to_json(const Expression &expression);
/// Reads that text. Errors: no JSON, unknown operation, wrong number or kind of operands, nested deeper than 64.
Result<Expression> expression_from_json(const std::string &text);

/// What expressions read of one argument. A scalar has no shape and strides.
struct ArgumentFacts {
  bool is_tensor = true;
  std::uint64_t address = 0;
  std::span<const std::int64_t> shape, strides;
  std::int64_t scalar = 0;
  bool scalar_is_integer = true;
};

/// The value. Errors: overflow of int64, division by zero, an argument or dimension that does not exist or has another
/// kind; each names the sub-expression.
Result<std::int64_t> evaluate(const Expression &expression, std::span<const ArgumentFacts> arguments);

} // namespace tw::rt
