// Bits and rounding of element types.

#include "tilewright/Evaluator/Element.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace tilewright::evaluator {
namespace {

/// A float format of at most 16 bits.
struct Format {
  int exponentBits;
  int mantissaBits;
  double largest;
  bool hasInfinity;
  bool saturates;
  unsigned nan;

  int bias() const { return (1 << (exponentBits - 1)) - 1; }
  /// The exponent of the smallest normal number.
  int leastExponent() const { return 1 - bias(); }
};

const Format &formatOf(Element element) {
  static const Format f16{5, 10, 65504.0, true, false, 0x7e00};
  static const Format bf16{8, 7, 0x1.fep127, true, false, 0x7fc0};
  static const Format e4m3{4, 3, 448.0, false, true, 0x7f};
  static const Format e5m2{5, 2, 57344.0, true, true, 0x7f};
  switch (element) {
  case Element::F16: return f16;
  case Element::BF16: return bf16;
  case Element::F8E4M3FN: return e4m3;
  default: return e5m2;
  }
}

double decode(const Format &format, unsigned bits) {
  const unsigned mantissaMask = (1u << format.mantissaBits) - 1, exponentMask = (1u << format.exponentBits) - 1;
  const unsigned mantissa = bits & mantissaMask, exponent = (bits >> format.mantissaBits) & exponentMask;
  const bool negative = (bits >> (format.mantissaBits + format.exponentBits)) & 1;
  double magnitude;
  if (format.hasInfinity && exponent == exponentMask)
    magnitude = mantissa ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  else if (!format.hasInfinity && exponent == exponentMask && mantissa == mantissaMask)
    magnitude = std::numeric_limits<double>::quiet_NaN();
  else if (exponent == 0)
    magnitude = std::ldexp(mantissa, format.leastExponent() - format.mantissaBits);
  else
    magnitude = std::ldexp(mantissa + (1u << format.mantissaBits),
                           static_cast<int>(exponent) - format.bias() - format.mantissaBits);
  return negative ? -magnitude : magnitude;
}

double round(const Format &format, double value) {
  if (std::isnan(value) || value == 0) return value;
  double overflow = std::copysign(format.saturates ? format.largest : std::numeric_limits<double>::infinity(), value);
  if (std::isinf(value)) return overflow;
  const int quantum = std::max(std::ilogb(value), format.leastExponent()) - format.mantissaBits;
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -quantum)), quantum);
  return std::fabs(rounded) > format.largest ? overflow : rounded;
}

unsigned encode(const Format &format, double value) {
  if (std::isnan(value)) return format.nan;
  const unsigned sign = std::signbit(value) ? 1u << (format.mantissaBits + format.exponentBits) : 0;
  // Memory keeps an infinity that was loaded; only conversions saturate it.
  const double magnitude = std::fabs(std::isinf(value) && format.hasInfinity ? value : round(format, value));
  if (magnitude == 0) return sign;
  if (std::isinf(magnitude)) return sign | (((1u << format.exponentBits) - 1) << format.mantissaBits);
  const int exponent = std::max(std::ilogb(magnitude), format.leastExponent());
  // A subnormal lacks the leading one, so that its exponent field comes out as zero.
  const unsigned significand = static_cast<unsigned>(std::ldexp(magnitude, format.mantissaBits - exponent));
  return sign | ((static_cast<unsigned>(exponent - format.leastExponent()) << format.mantissaBits) + significand);
}

} // namespace

std::string_view nameOf(Element element) {
  static constexpr std::string_view names[] = {"f64", "f32", "f16", "bf16", "f8E4M3FN", "f8E5M2", "i1",  "i8",
                                               "i16", "i32", "i64", "ui8",  "ui16",     "ui32",   "ui64"};
  return names[static_cast<size_t>(element)];
}

unsigned bytesOf(Element element) {
  static constexpr unsigned bytes[] = {8, 4, 2, 2, 1, 1, 1, 1, 2, 4, 8, 1, 2, 4, 8};
  return bytes[static_cast<size_t>(element)];
}

unsigned integerWidth(Element element) { return element == Element::I1 ? 1 : 8 * bytesOf(element); }

Element signless(Element element) {
  switch (element) {
  case Element::U8: return Element::I8;
  case Element::U16: return Element::I16;
  case Element::U32: return Element::I32;
  case Element::U64: return Element::I64;
  default: return element;
  }
}

double loadFloat(Element element, const uint8_t *bytes) {
  if (element == Element::F64) {
    double value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  if (element == Element::F32) {
    float value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  uint16_t bits = 0;
  std::memcpy(&bits, bytes, bytesOf(element));
  return decode(formatOf(element), bits);
}

void storeFloat(Element element, double value, uint8_t *bytes) {
  if (element == Element::F64) {
    std::memcpy(bytes, &value, sizeof value);
  } else if (element == Element::F32) {
    const float narrow = static_cast<float>(value);
    std::memcpy(bytes, &narrow, sizeof narrow);
  } else {
    const auto bits = static_cast<uint16_t>(encode(formatOf(element), value));
    std::memcpy(bytes, &bits, bytesOf(element));
  }
}

int64_t loadInteger(Element element, const uint8_t *bytes) {
  if (element == Element::I1) return *bytes != 0;
  int64_t bits = 0;
  std::memcpy(&bits, bytes, bytesOf(element));
  return wrap(bits, integerWidth(element));
}

void storeInteger(Element element, int64_t value, uint8_t *bytes) { std::memcpy(bytes, &value, bytesOf(element)); }

double roundFloat(Element element, double value) {
  if (element == Element::F64) return value;
  if (element == Element::F32) return static_cast<float>(value);
  return round(formatOf(element), value);
}

double roundInteger(Element element, int64_t value, bool isUnsigned) {
  if (element == Element::F64) return isUnsigned ? static_cast<double>(static_cast<uint64_t>(value)) : value;
  const bool negative = !isUnsigned && value < 0;
  uint64_t magnitude = negative ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  // Keep 53 bits and a sticky one, so that the conversion to double is exact enough for one later rounding.
  if (magnitude >> 53) magnitude = (magnitude & ~uint64_t(0xfff)) | (magnitude & 0xfff ? uint64_t(0x800) : 0);
  const double exact = static_cast<double>(magnitude);
  return roundFloat(element, negative ? -exact : exact);
}

int64_t wrap(int64_t value, unsigned width) {
  if (width == 1) return value & 1;
  const unsigned unused = 64 - width;
  return static_cast<int64_t>(static_cast<uint64_t>(value) << unused) >> unused;
}

int64_t truncateToInteger(double value, unsigned width, bool isUnsigned) {
  if (width == 1) return value != 0;
  if (std::isnan(value)) return 0;
  const double whole = std::trunc(value);
  if (isUnsigned) {
    if (whole <= 0) return 0;
    if (whole >= std::ldexp(1.0, width)) return wrap(-1, width);
    return wrap(static_cast<int64_t>(static_cast<uint64_t>(whole)), width);
  }
  const double limit = std::ldexp(1.0, width - 1);
  if (whole >= limit) return static_cast<int64_t>((uint64_t(1) << (width - 1)) - 1);
  if (whole < -limit) return wrap(static_cast<int64_t>(uint64_t(1) << (width - 1)), width);
  return static_cast<int64_t>(whole);
}

} // namespace tilewright::evaluator
