// Functions the machine provides to kernels: vprintf, __assertfail, malloc and free are the externs nvcc emits.
#pragma once

#include <optional>
#include <string>

#include "machine/warp.hpp"

namespace tw::emu {

/// Number of the built-in of that name; none when the machine does not have it.
std::optional<int32_t> builtinNumber(const std::string &name);
/// Runs a built-in for the lanes of `mask`: arguments and result travel in the frame's param memory.
void callBuiltin(Warp &warp, const Instruction &instruction, const CallSite &site, uint32_t mask);

} // namespace tw::emu
