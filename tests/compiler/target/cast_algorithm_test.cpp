// Software conversions of small floats: every code, and every boundary between codes.
#include "cpu_emitter.hpp"

#include "CastAlgorithms.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

using namespace tilewright;
using namespace tilewright::test;

namespace {

/// The value of a code, from the definition of the formats (OCP FP8, sections 4 and 5).
double valueOf(int code, bool e4m3) {
  int mantissaBits = e4m3 ? 3 : 2, bias = e4m3 ? 7 : 15;
  int exponent = (code & 0x7f) >> mantissaBits, mantissa = code & ((1 << mantissaBits) - 1);
  double sign = code & 0x80 ? -1 : 1;
  if (e4m3 && (code & 0x7f) == 0x7f) return std::nan("");
  if (!e4m3 && exponent == 31) return mantissa ? std::nan("") : sign * HUGE_VAL;
  double fraction = mantissa / std::ldexp(1.0, mantissaBits) + (exponent ? 1 : 0);
  return sign * std::ldexp(fraction, (exponent ? exponent : 1) - bias);
}

} // namespace

TEST_CASE("every fp8 code is decoded") {
  CpuEmitter e;
  for (bool e4m3 : {true, false}) {
    const math::Fp8Format &format = e4m3 ? math::e4m3Format : math::e5m2Format;
    for (int code = 0; code < 256; ++code) {
      INFO("code " << code);
      float got = math::decodeFp8(e, code, format);
      double want = valueOf(code, e4m3);
      if (std::isnan(want)) {
        CHECK(std::isnan(got));
      } else {
        CHECK(got == want);
        CHECK(std::signbit(got) == std::signbit(want));
      }
    }
  }
}

TEST_CASE("encoding fp8 rounds to nearest even between every two codes and saturates") {
  CpuEmitter e;
  for (bool e4m3 : {true, false}) {
    const math::Fp8Format &format = e4m3 ? math::e4m3Format : math::e5m2Format;
    for (int code = 0; code <= format.largest; ++code)
      for (int sign : {0, 0x80}) {
        INFO("code " << code << " sign " << sign);
        float factor = sign ? -1.0f : 1.0f;
        auto value = static_cast<float>(valueOf(code, e4m3));
        CHECK(math::encodeFp8(e, factor * value, format) == (code | sign));
        if (code == format.largest) continue;
        float middle = (value + static_cast<float>(valueOf(code + 1, e4m3))) / 2;
        int even = code & 1 ? code + 1 : code;
        CHECK(math::encodeFp8(e, factor * middle, format) == (even | sign));
        CHECK(math::encodeFp8(e, factor * std::nextafter(middle, 0.0f), format) == (code | sign));
        CHECK(math::encodeFp8(e, factor * std::nextafter(middle, HUGE_VALF), format) == ((code + 1) | sign));
      }
    for (float large : {1e5f, 3e38f, HUGE_VALF}) {
      CHECK(math::encodeFp8(e, large, format) == format.largest);
      CHECK(math::encodeFp8(e, -large, format) == (format.largest | 0x80));
    }
    CHECK(math::encodeFp8(e, std::nanf(""), format) == 0x7f);
    CHECK(math::encodeFp8(e, 1e-40f, format) == 0);
    CHECK(math::encodeFp8(e, -1e-40f, format) == 0x80);
  }
}

TEST_CASE("f64 rounded to odd keeps the side of every f32 boundary") {
  CpuEmitter e;
  std::mt19937_64 random(3);
  for (int i = 0; i < 100000; ++i) {
    auto low = std::bit_cast<float>(static_cast<std::uint32_t>(random()) & 0xfffffffeu);
    if (!std::isfinite(low)) continue;
    float high = std::nextafter(low, low < 0 ? -HUGE_VALF : HUGE_VALF);
    CHECK(math::f64ToF32Odd(e, static_cast<double>(low)) == low);
    double inside =
        static_cast<double>(low) + (static_cast<double>(high) - low) * 0.25 * static_cast<double>(1 + i % 3);
    if (std::isfinite(high)) CHECK(math::f64ToF32Odd(e, inside) == high);
  }
  CHECK(math::f64ToF32Odd(e, 1e300) == std::numeric_limits<float>::max());
  CHECK(math::f64ToF32Odd(e, -HUGE_VAL) == -HUGE_VALF);
  CHECK(std::isnan(math::f64ToF32Odd(e, std::nan(""))));
  CHECK(std::signbit(math::f64ToF32Odd(e, -0.0)));
}
