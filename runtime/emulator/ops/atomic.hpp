// Atomics on vectors, for the decoder of atom and red.
#pragma once

#include "machine/builder.hpp"

namespace tw::emu {

/// Decodes the rest of a vector atom or red; space, order and modifiers are taken. op: 0 add, 1 min, 2 max, else
/// refused.
void decodeAtomicVector(Builder &b, int count, int op, bool noftz, bool hint, Type t);

/// Decodes the rest of atom.exch and atom.cas of .b128.
void decodeWideAtomic(Builder &b, bool compares, bool hint);

} // namespace tw::emu
