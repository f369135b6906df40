// Evaluation of launch-rule expressions in checked 64-bit integers.
#include "tilewright/runtime/expression.hpp"

#include "expression_json.hpp"

namespace tw::rt {
namespace {

Fault fault_in(const Expression &expression, std::string code, std::string what, std::string fix = {}) {
  return make_fault(FaultClass::user, std::move(code), {to_json(expression), std::move(what), {}, std::move(fix)});
}

Result<std::int64_t> read_argument(const Expression &e, std::span<const ArgumentFacts> arguments) {
  if (e.argument < 0 || static_cast<std::size_t>(e.argument) >= arguments.size())
    return fault_in(e, "expression.argument",
                    "there is no argument " + std::to_string(e.argument) + ", the call has " +
                        std::to_string(arguments.size()));
  const ArgumentFacts &facts = arguments[e.argument];
  if (facts.is_tensor != (e.op != Op::scalar))
    return fault_in(e, "expression.kind",
                    "argument " + std::to_string(e.argument) + " is a " + (facts.is_tensor ? "tensor" : "scalar"));
  if (e.op == Op::address) return static_cast<std::int64_t>(facts.address);
  if (e.op == Op::scalar) {
    if (!facts.scalar_is_integer)
      return fault_in(e, "expression.kind", "argument " + std::to_string(e.argument) + " is no integer");
    return facts.scalar;
  }
  const std::span<const std::int64_t> list = e.op == Op::size ? facts.shape : facts.strides;
  if (e.dimension < 0 || static_cast<std::size_t>(e.dimension) >= list.size())
    return fault_in(e, "expression.dimension",
                    "argument " + std::to_string(e.argument) + " has no dimension " + std::to_string(e.dimension) +
                        ", its rank is " + std::to_string(list.size()));
  return list[e.dimension];
}

// Quotient rounded towards minus infinity, and the remainder with the divisor's sign.
struct Division {
  std::int64_t quotient, remainder;
};
Division floor_divide(std::int64_t a, std::int64_t b) {
  Division d{a / b, a % b};
  if (d.remainder != 0 && (d.remainder < 0) != (b < 0)) {
    d.quotient -= 1;
    d.remainder += b;
  }
  return d;
}

// One binary step; false means overflow.
bool apply(Op op, std::int64_t a, std::int64_t b, std::int64_t &out) {
  switch (op) {
  case Op::add: return !__builtin_add_overflow(a, b, &out);
  case Op::sub: return !__builtin_sub_overflow(a, b, &out);
  case Op::mul: return !__builtin_mul_overflow(a, b, &out);
  case Op::floordiv:
  case Op::ceildiv: {
    if (a == INT64_MIN && b == -1) return false;
    const Division d = floor_divide(a, b);
    out = d.quotient + (op == Op::ceildiv && d.remainder != 0);
    return true;
  }
  case Op::mod: out = b == -1 ? 0 : floor_divide(a, b).remainder; return true;
  case Op::min: out = a < b ? a : b; return true;
  case Op::max: out = a > b ? a : b; return true;
  case Op::eq: out = a == b; return true;
  case Op::ne: out = a != b; return true;
  case Op::lt: out = a < b; return true;
  case Op::le: out = a <= b; return true;
  default: return false;
  }
}

} // namespace

Expression make_expression(Op op, std::vector<Expression> operands) {
  Expression e;
  e.op = op;
  e.operands = std::move(operands);
  return e;
}

static Expression leaf(Op op, int argument, int dimension) {
  Expression e;
  e.op = op;
  e.argument = argument;
  e.dimension = dimension;
  return e;
}
Expression size(int argument, int dimension) { return leaf(Op::size, argument, dimension); }
Expression stride(int argument, int dimension) { return leaf(Op::stride, argument, dimension); }
Expression address(int argument) { return leaf(Op::address, argument, 0); }
Expression scalar(int argument) { return leaf(Op::scalar, argument, 0); }

Result<std::int64_t> evaluate(const Expression &e, std::span<const ArgumentFacts> arguments) {
  if (e.op == Op::constant) return e.value;
  if (e.op <= Op::scalar) return read_argument(e, arguments);
  if (!has_valid_operand_count(e.op, e.operands.size()))
    return fault_in(e, "expression.operands", std::to_string(e.operands.size()) + " operands do not fit the operation");

  if (e.op == Op::logical_and || e.op == Op::logical_or) {
    for (const Expression &operand : e.operands) {
      Result<std::int64_t> value = evaluate(operand, arguments);
      if (!value) return value;
      if ((*value != 0) == (e.op == Op::logical_or)) return std::int64_t{e.op == Op::logical_or};
    }
    return std::int64_t{e.op == Op::logical_and};
  }

  Result<std::int64_t> first = evaluate(e.operands[0], arguments);
  if (!first) return first;
  if (e.op == Op::logical_not) return std::int64_t{*first == 0};
  std::int64_t result = *first;
  for (std::size_t i = 1; i < e.operands.size(); ++i) {
    Result<std::int64_t> operand = evaluate(e.operands[i], arguments);
    if (!operand) return operand;
    if (*operand == 0 && (e.op == Op::floordiv || e.op == Op::ceildiv || e.op == Op::mod))
      return fault_in(e, "expression.division", "the divisor is 0", "give a size or scalar that is not 0");
    const std::int64_t left = result;
    if (!apply(e.op, left, *operand, result))
      return fault_in(e, "expression.overflow",
                      "the value of " + std::to_string(left) + " and " + std::to_string(*operand) +
                          " does not fit 64 bits",
                      "use smaller sizes");
  }
  return result;
}

} // namespace tw::rt
