// Registers that may be used before anything wrote them: found when a function is decoded, checked when it runs.
#pragma once

#include "machine/program.hpp"

namespace tw::emu {

/// What the words of registers hold before anything writes them: reading one looks wrong.
inline constexpr uint32_t kUnwritten = 0xdeadbeefu;

/// Finds the instructions of `function` that decide something (an address, a value stored to global or shared memory, a
/// guard) by a register that some path leaves unwritten, and makes them check it when they run. The others run as
/// before. To be called once per function, when places are known and other analyses are done.
void checkAssignments(Program &program, Function &function);

} // namespace tw::emu
