// The emulator's own small-float conversions: every code, and every neighbourhood of a rounding boundary.
#include <catch2/catch.hpp>

#include <cmath>

#include "ops/small_float.hpp"

using namespace tw::emu;

namespace {

uint32_t codes(FloatFormat f) { return 1u << (1 + f.exponentBits + f.mantissaBits); }

/// Largest finite code without sign.
uint32_t largest(FloatFormat f) {
  uint32_t all = (1u << (f.exponentBits + f.mantissaBits)) - 1;
  return f.infinity ? all - (1u << f.mantissaBits) : all - 1;
}

const FloatFormat kFormats[] = {kF16, kBf16, kE4m3, kE5m2};

} // namespace

TEST_CASE("every code survives a round trip through double in every rounding") {
  for (FloatFormat f : kFormats)
    for (uint32_t code = 0; code < codes(f); ++code) {
      double value = widen(f, code);
      for (Rounding r : {Rounding::NearestEven, Rounding::NearestAway, Rounding::Zero, Rounding::Down, Rounding::Up}) {
        uint32_t back = narrow(f, value, r);
        if (std::isnan(value))
          REQUIRE(back == f.quietNan);
        else
          REQUIRE(back == code);
      }
    }
}

TEST_CASE("points between neighbours round as the mode says") {
  for (FloatFormat f : kFormats) {
    uint32_t sign = codes(f) / 2;
    for (uint32_t code = 0; code < largest(f); ++code) {
      double low = widen(f, code), high = widen(f, code + 1), middle = low + (high - low) / 2;
      double below = low + (high - low) * 0.25, above = low + (high - low) * 0.75;
      REQUIRE(narrow(f, below, Rounding::NearestEven) == code);
      REQUIRE(narrow(f, above, Rounding::NearestEven) == code + 1);
      REQUIRE(narrow(f, middle, Rounding::NearestEven) == code + (code & 1));
      REQUIRE(narrow(f, middle, Rounding::NearestAway) == code + 1);
      REQUIRE(narrow(f, above, Rounding::Zero) == code);
      REQUIRE(narrow(f, below, Rounding::Up) == code + 1);
      REQUIRE(narrow(f, above, Rounding::Down) == code);
      REQUIRE(narrow(f, -above, Rounding::Up) == (sign | code));
      REQUIRE(narrow(f, -below, Rounding::Down) == (sign | (code + 1)));
      REQUIRE(narrow(f, -above, Rounding::NearestEven) == (sign | (code + 1)));
    }
  }
}

TEST_CASE("overflow goes to infinity or the largest number") {
  REQUIRE(narrow(kF16, 65519.0, Rounding::NearestEven) == 0x7bff);
  REQUIRE(narrow(kF16, 65520.0, Rounding::NearestEven) == 0x7c00);
  REQUIRE(narrow(kF16, 1e9, Rounding::Zero) == 0x7bff);
  REQUIRE(narrow(kF16, -1e9, Rounding::Up) == 0xfbff);
  REQUIRE(narrow(kE4m3, 1e9, Rounding::NearestEven, true) == 0x7e);
  REQUIRE(narrow(kE4m3, -HUGE_VAL, Rounding::NearestEven, true) == 0xfe);
  REQUIRE(narrow(kE5m2, HUGE_VAL, Rounding::NearestEven, true) == 0x7b);
  REQUIRE(narrow(kE5m2, HUGE_VAL, Rounding::NearestEven) == 0x7c);
}

TEST_CASE("rounding to odd keeps what a second rounding needs") {
  // 1 + 2^-60 is above 1: rounding up must see it, to nearest must not.
  double sum = addToOdd(1.0, 0x1p-60);
  REQUIRE(narrow(kF32, sum, Rounding::Up) == 0x3f800001u);
  REQUIRE(narrow(kF32, sum, Rounding::NearestEven) == 0x3f800000u);
  // A tie broken by a tiny addend: 2048 + 1 is a tie in f16.
  REQUIRE(narrow(kF16, fmaToOdd(2049.0, 1.0, -0x1p-60), Rounding::NearestEven) == narrow(kF16, 2048.0, Rounding::Zero));
  REQUIRE(narrow(kF16, fmaToOdd(2049.0, 1.0, 0x1p-60), Rounding::NearestEven) == narrow(kF16, 2050.0, Rounding::Zero));
  REQUIRE(narrow(kF32, divideToOdd(1.0, 3.0), Rounding::Down) == 0x3eaaaaaau);
  REQUIRE(narrow(kF32, divideToOdd(1.0, 3.0), Rounding::Up) == 0x3eaaaaabu);
  REQUIRE(narrow(kF32, sqrtToOdd(2.0), Rounding::Down) == 0x3fb504f3u);
  REQUIRE(narrow(kF32, sqrtToOdd(2.0), Rounding::Up) == 0x3fb504f4u);
}
