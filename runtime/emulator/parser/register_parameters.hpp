// Functions whose parameters are registers, in terms of .param variables.
#pragma once

#include "parser/ast.hpp"

namespace tw::emu {

/// Rewrites `.func` with `.reg` parameters or results, and the calls of them, into the ABI form with `.param`
/// variables: the body loads its parameters first and stores its results before each ret.
void lowerRegisterParameters(ast::Module &module);

} // namespace tw::emu
