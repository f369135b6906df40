// How tensor cores add: sums of aligned, truncated products, as published measurements describe them.
#pragma once

#include "matrix_form.hpp"

#include <cstdint>
#include <span>

namespace tw::emulator {

/// How floating-point matrix products are added, where the ISA leaves order and rounding open.
enum class Accumulation : std::uint8_t {
  exact, ///< in double, rounded once to nearest even
  hopper ///< as measured on Hopper: MMA-Sim (Xie et al., arXiv 2511.10909), in agreement with FTTN (Li et al., 2024),
         ///< Khattak and Mikaitis (arXiv 2512.07004) and, for FP8, the DeepSeek-V3 report. Not confirmed by vectors of
         ///< our own.
};

/// One fused summation: the products of up to `length` pairs and the accumulator are aligned at the largest of their
/// exponents (that of a product is the sum of its factors' exponents, before normalisation), each is cut off
/// `fraction_bits` below it towards zero, and the exact sum of what is left is rounded to the accumulator. Longer
/// products are chains of such sums.
struct FusedSum {
  enum class Result : std::uint8_t { f32_to_zero, e8m13_to_zero, f16_nearest };
  int length = 16;
  int fraction_bits = 25;
  Result result = Result::f32_to_zero;
  int least_a = -14, least_b = -14, least_c = -126; ///< exponents of subnormals, which are not normalised
};

/// The summation of mma.sync and wgmma (`warpgroup`) on Hopper for operands and accumulators of these types: 32 bytes
/// of k per sum; 25 fraction bits, with FP8 of wgmma 13, whose f32 results have 13 as well; towards zero, to f16
/// nearest even.
FusedSum hopper_sum(MatrixElement a, MatrixElement b, MatrixElement d, bool warpgroup);

/// The bits of c + sum of a[i] * b[i]; the operands are exact values of their types. NaN results are canonical.
std::uint64_t fused_dot(const FusedSum &sum, std::span<const double> a, std::span<const double> b, double c);

} // namespace tw::emulator
