// Bits, rounding and integer conversions of elements, over all codes, against LLVM's arbitrary-precision floats.

#include "tilewright/Evaluator/Element.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APSInt.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <limits>

using namespace tilewright::evaluator;
using llvm::APFloat;
using llvm::APInt;

namespace {

struct Small {
  Element element;
  const llvm::fltSemantics &semantics;
  unsigned bits;
};
const Small kSmall[] = {{Element::F16, APFloat::IEEEhalf(), 16},
                        {Element::BF16, APFloat::BFloat(), 16},
                        {Element::F8E4M3FN, APFloat::Float8E4M3FN(), 8},
                        {Element::F8E5M2, APFloat::Float8E5M2(), 8}};

double load(Element element, uint32_t code) { return loadFloat(element, reinterpret_cast<const uint8_t *>(&code)); }
uint32_t store(Element element, double value) {
  uint32_t code = 0;
  storeFloat(element, value, reinterpret_cast<uint8_t *>(&code));
  return code;
}
bool isSame(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

/// The rounding that the dialect promises, by LLVM's floats.
double expectedRound(const Small &small, double value) {
  const bool saturates = small.bits == 8;
  APFloat number(value);
  bool losesInfo;
  number.convert(small.semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  const bool overflowed = !std::isnan(value) && !number.isFinite();
  if (overflowed && saturates) number = APFloat::getLargest(small.semantics, std::signbit(value));
  return number.convertToDouble();
}

} // namespace

TEST_CASE("every code of a small float loads as its exact value and stores as itself") {
  for (const Small &small : kSmall)
    for (uint32_t code = 0; code < 1u << small.bits; ++code) {
      const double expected = APFloat(small.semantics, APInt(small.bits, code)).convertToDouble();
      const double value = load(small.element, code);
      if (!isSame(value, expected) || (!std::isnan(value) && store(small.element, value) != code)) {
        CAPTURE(nameOf(small.element), code, value, expected, store(small.element, value));
        FAIL("wrong value or code");
      }
    }
}

TEST_CASE("rounding is to nearest even at, below and above every midpoint of two codes") {
  for (const Small &small : kSmall)
    for (uint32_t code = 0; code < 1u << (small.bits - 1); ++code) {
      const double low = load(small.element, code), high = load(small.element, code + 1);
      if (!std::isfinite(low)) continue;
      const double above = std::isfinite(high) ? high : low * 2;
      const double middle = low + (above - low) / 2;
      for (double magnitude : {low, middle, std::nextafter(middle, 0.0), std::nextafter(middle, above), above})
        for (double value : {magnitude, -magnitude})
          if (!isSame(roundFloat(small.element, value), expectedRound(small, value))) {
            CAPTURE(nameOf(small.element), code, value, roundFloat(small.element, value));
            FAIL("wrong rounding");
          }
    }
}

TEST_CASE("overflow saturates f8 and gives infinity elsewhere; NaN stays") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (double large : {1e300, infinity}) {
    CHECK(roundFloat(Element::F8E4M3FN, large) == 448);
    CHECK(roundFloat(Element::F8E5M2, -large) == -57344);
    CHECK(roundFloat(Element::F16, large) == infinity);
    CHECK(roundFloat(Element::BF16, -large) == -infinity);
    CHECK(roundFloat(Element::F32, large) == infinity);
  }
  for (Element element : {Element::F8E4M3FN, Element::F8E5M2, Element::F16, Element::BF16, Element::F32, Element::F64})
    CHECK(std::isnan(roundFloat(element, std::nan(""))));
  CHECK(store(Element::F16, std::nan("")) == 0x7e00);
  CHECK(store(Element::BF16, std::nan("")) == 0x7fc0);
  CHECK(store(Element::F8E4M3FN, std::nan("")) == 0x7f);
  CHECK(store(Element::F8E5M2, std::nan("")) == 0x7f);
}

TEST_CASE("memory keeps an f8E5M2 infinity, which a conversion would saturate") {
  CHECK(store(Element::F8E5M2, load(Element::F8E5M2, 0x7c)) == 0x7c);
  CHECK(store(Element::F8E5M2, load(Element::F8E5M2, 0xfc)) == 0xfc);
}

TEST_CASE("f32 and f64 keep the bits of numbers, NaN payloads included") {
  for (uint32_t code : {0x00000001u, 0x80000000u, 0x3f800001u, 0x7f7fffffu, 0x7f800000u, 0xffc12345u})
    CHECK(store(Element::F32, load(Element::F32, code)) == code);
}

TEST_CASE("integers convert to floats with a single rounding") {
  const int64_t values[] = {0, 1, -1, 255, 2049, -2051, (int64_t(1) << 24) + 1, (int64_t(1) << 53) + 1,
                            // Just above a tie of f32 and bf16: rounding through double first would lose the excess.
                            (int64_t(1) << 62) + (int64_t(1) << 38) + 1, (int64_t(1) << 62) + (int64_t(1) << 54) + 1,
                            std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  const Small wide[] = {
      kSmall[0], kSmall[1], {Element::F32, APFloat::IEEEsingle(), 32}, {Element::F64, APFloat::IEEEdouble(), 64}};
  for (const Small &type : wide)
    for (int64_t value : values)
      for (bool isUnsigned : {false, true}) {
        APFloat expected(type.semantics);
        expected.convertFromAPInt(APInt(64, static_cast<uint64_t>(value)), !isUnsigned, APFloat::rmNearestTiesToEven);
        CAPTURE(nameOf(type.element), value, isUnsigned);
        CHECK(isSame(roundInteger(type.element, value, isUnsigned), expected.convertToDouble()));
      }
}

TEST_CASE("floats convert to integers toward zero, clamped, NaN to zero") {
  const double values[] = {0.0,          -0.0,   0.9,     -0.9,   1.5,   -1.5,  126.99,
                           127.5,        128,    -128.9,  -129,   255.9, 256,   4294967295.5,
                           4294967296.0, 0x1p63, -0x1p63, 0x1p64, 1e30,  -1e30, std::nan("")};
  for (unsigned width : {8u, 16u, 32u, 64u})
    for (bool isUnsigned : {false, true})
      for (double value : values) {
        llvm::APSInt expected(width, isUnsigned);
        bool isExact;
        // LLVM clamps too, and gives zero for NaN.
        APFloat(value).convertToInteger(expected, APFloat::rmTowardZero, &isExact);
        CAPTURE(width, isUnsigned, value);
        CHECK(truncateToInteger(value, width, isUnsigned) == expected.getSExtValue());
      }
  CHECK(truncateToInteger(0.25, 1, false) == 1);
  CHECK(truncateToInteger(-0.0, 1, false) == 0);
  CHECK(truncateToInteger(std::nan(""), 1, false) == 1);
}

TEST_CASE("integers are held sign-extended, a bool as 0 or 1") {
  CHECK(wrap(255, 8) == -1);
  CHECK(wrap(128, 8) == -128);
  CHECK(wrap(-129, 8) == 127);
  CHECK(wrap(3, 1) == 1);
  CHECK(asSigned(1, 1) == -1);
  CHECK(asUnsigned(-1, 8) == 255);
  CHECK(asUnsigned(-1, 64) == ~uint64_t(0));
  const uint8_t two = 2;
  CHECK(loadInteger(Element::I1, &two) == 1);
}
