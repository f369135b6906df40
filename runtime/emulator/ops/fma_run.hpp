// Runs of fma.rn.f32 in one call: what matrix products mostly consist of.
#pragma once

#include "machine/instruction.hpp"

namespace tw::emu {

/// fma.rn.f32 with or without .ftz for Instruction::run; null where the host cannot do it. Operands are read from
/// Function::slots, where the decoder puts those of a run one behind the other.
RunHandler fmaRun(bool ftz);

} // namespace tw::emu
