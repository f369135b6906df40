// Bit patterns of the matrix element types to exact doubles, and sums back to accumulators.
#pragma once

#include "matrix_form.hpp"

#include <cstdint>

namespace tw::emulator {

/// The exact value of a floating-point element from its low bits; tf32 ignores its low 13 bits. Infinities and NaN map
/// to those of double; e4m3 has no infinity and 0x7f, 0xff are NaN.
double matrix_float_value(MatrixElement element, std::uint64_t bits);

/// The value of an integer element (s8, u8, s4, u4, s32) from its low bits.
std::int64_t matrix_integer_value(MatrixElement element, std::uint64_t bits);

/// A sum rounded to f16, f32 or f64 (nearest even); every NaN becomes the canonical one of the type.
std::uint64_t matrix_accumulator_bits(MatrixElement element, double value);

} // namespace tw::emulator
