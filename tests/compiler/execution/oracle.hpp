// Compares the emitted PTX on the emulator with the plain evaluator of the tile dialect, on the same trace.
#pragma once

#include "execution.hpp"

namespace execution {

/// Compiles the only kernel of `module` for `target`, runs it on the emulator, evaluates it directly, and checks every
/// tensor element by element: NaN equals NaN, infinities are equal, else |difference| <= absolute + relative * |value|.
void agree(const std::string &module, std::vector<tw::rt::HostArgument> arguments, double absolute, double relative,
           const tilewright::CompileOptions &options = {});

} // namespace execution
