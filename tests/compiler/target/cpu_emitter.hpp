// The emitter of the tests: each step of an expansion is computed on the host, as the GPU's instruction would.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace tilewright::test {

/// See Algorithms.h for what an emitter is. Approximate instructions return the exact result moved by `bias` times the
/// largest error that the PTX ISA allows, so that a bound that holds for -1, 0 and 1 holds for the hardware.
struct CpuEmitter {
  int bias = 0;

  float f32(float v) { return v; }
  double f64(double v) { return v; }
  std::int32_t i32(std::int32_t v) { return v; }
  std::int64_t i64(std::int64_t v) { return v; }

  template <typename T> T add(T x, T y) { return x + y; }
  template <typename T> T sub(T x, T y) { return x - y; }
  template <typename T> T mul(T x, T y) { return x * y; }
  template <typename T> T divide(T x, T y) { return x / y; }
  template <typename T> T fma(T x, T y, T z) { return std::fma(x, y, z); }
  template <typename T> T neg(T x) { return -x; }
  template <typename T> T absolute(T x) { return std::fabs(x); }
  template <typename T> T copySign(T x, T sign) { return std::copysign(x, sign); }
  template <typename T> T minimum(T x, T y) { return std::isnan(x) || std::isnan(y) ? x + y : std::fmin(x, y); }
  template <typename T> T maximum(T x, T y) { return std::isnan(x) || std::isnan(y) ? x + y : std::fmax(x, y); }
  template <typename T> bool less(T x, T y) { return x < y; }
  template <typename T> bool equal(T x, T y) { return x == y; }
  bool either(bool x, bool y) { return x || y; }
  template <typename T> T select(bool condition, T x, T y) { return condition ? x : y; }
  bool lessUnsigned(std::int32_t x, std::int32_t y) {
    return static_cast<std::uint32_t>(x) < static_cast<std::uint32_t>(y);
  }

  std::int32_t asBits32(float x) { return std::bit_cast<std::int32_t>(x); }
  std::int64_t asBits64(double x) { return std::bit_cast<std::int64_t>(x); }
  float asF32(std::int32_t x) { return std::bit_cast<float>(x); }
  double asF64(std::int64_t x) { return std::bit_cast<double>(x); }
  float toF32(std::int32_t x) { return static_cast<float>(x); }
  double toF64(std::int64_t x) { return static_cast<double>(x); }
  float narrow(double x) { return static_cast<float>(x); }
  double widen(float x) { return x; }

  // Integer arithmetic wraps, as the GPU's does.
  template <typename T> T intAdd(T x, T y) {
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) + static_cast<std::make_unsigned_t<T>>(y));
  }
  template <typename T> T intSub(T x, T y) {
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) - static_cast<std::make_unsigned_t<T>>(y));
  }
  template <typename T> T intAnd(T x, T y) { return x & y; }
  template <typename T> T intOr(T x, T y) { return x | y; }
  template <typename T> T shiftLeft(T x, int n) { return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) << n); }
  template <typename T> T shiftRight(T x, int n) {
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) >> n);
  }
  template <typename T> T arithmeticShiftRight(T x, int n) { return x >> n; }

  /// ex2.approx.f32: within 2 ulp (PTX ISA 9.7.3.22).
  float ex2Approx(float x) { return moved(std::exp2(static_cast<double>(x)), 2); }
  /// rcp.approx.ftz.f32: within 1 ulp (PTX ISA 9.7.3.13); subnormal results are 0.
  float rcpApprox(float x) {
    double exact = 1.0 / static_cast<double>(x);
    return std::fabs(exact) < 0x1p-126 ? std::copysign(0.0f, x) : moved(exact, 1);
  }

private:
  /// The f32 furthest from `exact` that is still within `ulps` of it, above or below by the sign of `bias`.
  float moved(double exact, int ulps) {
    if (bias == 0 || !std::isfinite(exact) || exact == 0) return static_cast<float>(exact);
    int exponent = std::max(std::ilogb(exact), -126);
    double limit = exact + bias * ulps * std::ldexp(1.0, exponent - 23);
    auto nearest = static_cast<float>(limit);
    if (bias > 0 && nearest > limit) return std::nextafter(nearest, -HUGE_VALF);
    if (bias < 0 && nearest < limit) return std::nextafter(nearest, HUGE_VALF);
    return nearest;
  }
};

} // namespace tilewright::test
