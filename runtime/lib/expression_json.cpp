// Expressions as JSON prefix arrays.
#include "expression_json.hpp"

#include <array>
#include <string_view>

namespace tw::rt {
namespace {

constexpr std::array<std::string_view, 20> op_names{"const", "size",     "stride",  "address", "scalar", "add", "sub",
                                                    "mul",   "floordiv", "ceildiv", "mod",     "min",    "max", "eq",
                                                    "ne",    "lt",       "le",      "and",     "or",     "not"};
constexpr int deepest = 64;

Fault malformed(const nlohmann::json &json, const std::string &where, std::string what) {
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return make_fault(FaultClass::user, "rule.json",
                    {where, std::move(what), "in " + text, "compile the kernel again with the same release"});
}

// Whether operand `i` of a leaf is a small non-negative integer, stored to `out`.
bool read_index(const nlohmann::json &json, std::size_t i, int &out) {
  if (!json[i].is_number_integer() || json[i] < 0 || json[i] > 65535) return false;
  out = json[i].get<int>();
  return true;
}

} // namespace

bool has_valid_operand_count(Op op, std::size_t count) {
  switch (op) {
  case Op::add:
  case Op::mul:
  case Op::min:
  case Op::max:
  case Op::logical_and:
  case Op::logical_or: return count >= 2;
  case Op::logical_not: return count == 1;
  default: return op >= Op::add && count == 2;
  }
}

nlohmann::json json_of(const Expression &e) {
  if (e.op == Op::constant) return e.value;
  nlohmann::json json = nlohmann::json::array({std::string(op_names[static_cast<std::size_t>(e.op)])});
  if (e.op <= Op::scalar) json.push_back(e.argument);
  if (e.op == Op::size || e.op == Op::stride) json.push_back(e.dimension);
  for (const Expression &operand : e.operands) json.push_back(json_of(operand));
  return json;
}

Result<Expression> expression_of(const nlohmann::json &json, const std::string &where, int depth) {
  if (json.is_number_integer()) {
    if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX)
      return malformed(json, where, "the constant does not fit a signed 64-bit integer");
    return Expression(json.get<std::int64_t>());
  }
  if (depth >= deepest) return malformed(json, where, "the expression is nested deeper than 64");
  if (!json.is_array() || json.empty() || !json[0].is_string())
    return malformed(json, where, "an expression is an integer or an array that starts with an operation");
  Expression e;
  const std::string &name = json[0].get_ref<const std::string &>();
  std::size_t op = 1;
  while (op < op_names.size() && op_names[op] != name) ++op;
  if (op == op_names.size()) return malformed(json, where, "unknown operation '" + name + "'");
  e.op = static_cast<Op>(op);

  if (e.op <= Op::scalar) {
    const bool has_dimension = e.op == Op::size || e.op == Op::stride;
    if (json.size() != (has_dimension ? 3u : 2u) || !read_index(json, 1, e.argument) ||
        (has_dimension && !read_index(json, 2, e.dimension)))
      return malformed(json, where,
                       "'" + name + "' takes " + (has_dimension ? "an argument and a dimension" : "an argument"));
    return e;
  }
  if (!has_valid_operand_count(e.op, json.size() - 1))
    return malformed(json, where, "'" + name + "' has " + std::to_string(json.size() - 1) + " operands");
  for (std::size_t i = 1; i < json.size(); ++i) {
    Result<Expression> operand = expression_of(json[i], where, depth + 1);
    if (!operand) return operand;
    e.operands.push_back(std::move(*operand));
  }
  return e;
}

std::string to_json(const Expression &expression) { return json_of(expression).dump(); }

Result<Expression> expression_from_json(const std::string &text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded())
    return make_fault(FaultClass::user, "rule.json", {"expression", "the text is no JSON", text.substr(0, 80)});
  return expression_of(json, "expression");
}

} // namespace tw::rt
