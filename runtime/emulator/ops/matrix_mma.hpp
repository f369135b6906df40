// Executes mma.sync on the registers of one warp.
#pragma once

#include "matrix_accumulate.hpp"
#include "matrix_fragment.hpp"

#include <span>

namespace tw::emulator {

/// D = A * B + C for a legal `form` (see mma_refusal). The spans hold fragment_registers(form, operand) registers each.
/// D may be the same registers as A, B or C. All 32 lanes take part.
///
/// Arithmetic, where the ISA leaves order and rounding open:
/// - f16, bf16, tf32, e4m3, e5m2: with Accumulation::hopper see there; else, starting from C, the exact products are
/// added in double precision by ascending k; the sum
///   is rounded once to the accumulator type (to nearest even). tf32 operands lose their low 13 bits first.
///   A NaN result is 0x7fffffff (f32) or 0x7fff (f16). Subnormals are kept.
/// - f64: a chain of fused multiply-adds by ascending k, starting from C.
/// - integers: the exact sum; wrapped to 32 bits, or with .satfinite clamped to the s32 range.
/// - b1: C plus the number of ones of the combined bits, wrapped to 32 bits.
void execute_mma(const MmaForm &form, std::span<const LaneWords> a, std::span<const LaneWords> b,
                 std::span<const LaneWords> c, std::span<LaneWords> d, Accumulation accumulation = Accumulation::exact);

} // namespace tw::emulator
