// Turns PTX text into the parsed form of ast.hpp.
#pragma once

#include "parser/ast.hpp"
#include "parser/lexer.hpp"

namespace tw::emu {

/// The parsed module. Throws SyntaxError with the first fault.
ast::Module parse(std::string_view source);

} // namespace tw::emu
