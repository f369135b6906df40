// The .cc forms of add, sub and mad.
#pragma once

#include "machine/builder.hpp"

namespace tw::emu {

/// Decodes the instruction when it has `.cc`, else returns false and changes nothing.
bool decodeCarryOut(Builder &b, bool multiply, bool subtract);

} // namespace tw::emu
