// Expressions as JSON values; private, because the public headers do not know the JSON library.
#pragma once

#include <nlohmann/json.hpp>

#include "tilewright/runtime/expression.hpp"

namespace tw::rt {

/// The JSON value of an expression: an integer, or a prefix array.
nlohmann::json json_of(const Expression &expression);
/// Reads that value; every fault has code "rule.json" and names `where`.
Result<Expression> expression_of(const nlohmann::json &json, const std::string &where, int depth = 0);
/// Whether an inner node of this operation may have so many operands.
bool has_valid_operand_count(Op op, std::size_t count);

} // namespace tw::rt
