// How instructions on f32, f16, bf16 and their packed forms read, flush, saturate and write lanes.
#pragma once

#include "ops/small_float.hpp"

namespace tw::emu {

/// Flags in Instruction::option[1] of floating-point instructions.
inline constexpr uint8_t kFlush = 1, kSaturate = 2, kRelu = 4;

/// One format: applies `f(double, double, double) -> bits` to one lane, with the flags before and after.
template <const FloatFormat &kF> struct ScalarFormat {
  static constexpr const FloatFormat &kFormat = kF;
  static constexpr uint32_t kWidth = 1 + kF.exponentBits + kF.mantissaBits;

  static uint32_t flush(uint32_t bits) {
    uint32_t sign = 1u << (kWidth - 1);
    uint32_t exponent = ((1u << kF.exponentBits) - 1) << kF.mantissaBits;
    return bits & exponent ? bits : bits & sign;
  }

  static uint32_t finish(uint8_t flags, uint32_t bits) {
    if (flags & kFlush) bits = flush(bits);
    if (!(flags & (kSaturate | kRelu))) return bits;
    double value = widen(kF, bits);
    if (flags & kSaturate) return value > 0 ? value < 1 ? bits : narrow(kF, 1.0, Rounding::Zero) : 0;
    if (value != value) return kF.quietNan;
    return value > 0 ? bits : 0;
  }

  template <class F> static uint32_t apply(uint8_t flags, uint32_t a, uint32_t b, uint32_t c, F f) {
    if (flags & kFlush) a = flush(a), b = flush(b), c = flush(c);
    return finish(flags, f(widen(kF, a), widen(kF, b), widen(kF, c)));
  }
};

using FormatF32 = ScalarFormat<kF32>;
using FormatF16 = ScalarFormat<kF16>;
using FormatBf16 = ScalarFormat<kBf16>;

/// Two 16-bit values in one word.
template <class Format> struct Packed {
  static constexpr const FloatFormat &kFormat = Format::kFormat;
  template <class F> static uint32_t apply(uint8_t flags, uint32_t a, uint32_t b, uint32_t c, F f) {
    uint32_t low = Format::apply(flags, a & 0xffff, b & 0xffff, c & 0xffff, f);
    return Format::apply(flags, a >> 16, b >> 16, c >> 16, f) << 16 | low;
  }
};

} // namespace tw::emu
