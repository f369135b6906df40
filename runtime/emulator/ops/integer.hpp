// Integer forms of opcodes that also have floating-point forms.
#pragma once

#include "machine/builder.hpp"

namespace tw::emu {

/// Each decodes the instruction when `type` is an integer type it takes, else returns false and changes nothing.
bool decodeIntegerAdd(Builder &b, Type type, bool subtract);
bool decodeIntegerMinMax(Builder &b, Type type, bool max);
bool decodeIntegerNegAbs(Builder &b, Type type, bool abs);
/// `mul` and `mad` with .lo, .hi or .wide.
bool decodeIntegerMultiply(Builder &b, bool add);
bool decodeIntegerDivide(Builder &b);

} // namespace tw::emu
