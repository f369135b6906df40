// Parses function bodies: instructions, operands, labels, scopes.
#pragma once

#include <functional>

#include "parser/ast.hpp"
#include "parser/token_stream.hpp"

namespace tw::emu {

/// Parses one variable declaration of `space` after its directive (`.reg`, `.shared`, ...) up to and including the `;`.
/// A declaration may name several variables.
std::vector<ast::Variable> parseVariables(TokenStream &tokens, std::string space, bool external);

/// Parses one parameter of a function or a call prototype, `.param` or `.reg` included.
ast::Variable parseParameter(TokenStream &tokens);

/// Parses the statements of a body after its opening brace, and the closing brace.
std::vector<ast::Statement> parseBody(TokenStream &tokens);

} // namespace tw::emu
