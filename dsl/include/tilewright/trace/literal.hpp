// Literals of the kernel in MLIR's textual form, so that every value survives the round trip exactly.
#pragma once

#include "tilewright/trace/error.hpp"
#include "tilewright/types/element.hpp"

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>

namespace tw::detail {

/// A C++ number that meets a traced value; it takes that value's element type.
struct Literal {
  bool is_floating = false;
  double floating = 0;
  std::int64_t integer = 0;

  Literal() = default;
  template <class N>
  requires std::is_arithmetic_v<N> Literal(N number)
      : is_floating(std::is_floating_point_v<N>), floating(static_cast<double>(number)) {
    if constexpr (std::is_integral_v<N>) integer = static_cast<std::int64_t>(number);
  }
};

/// A string attribute.
inline std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    static const char digits[] = "0123456789ABCDEF";
    unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || byte < 0x20 || byte == 0x7F) {
      out += '\\';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// Infinity or NaN as bits of the type; MLIR writes no other form for them.
inline std::string special_float(Element element, double value) {
  struct Bits {
    Element element;
    unsigned long long infinity, nan;
    int digits;
  };
  static constexpr Bits table[] = {{Element::f64, 0x7FF0000000000000ull, 0x7FF8000000000000ull, 16},
                                   {Element::f32, 0x7F800000, 0x7FC00000, 8},
                                   {Element::tf32, 0x7F800000, 0x7FC00000, 8},
                                   {Element::f16, 0x7C00, 0x7E00, 4},
                                   {Element::bf16, 0x7F80, 0x7FC0, 4},
                                   {Element::e4m3, 0x7F, 0x7F, 2},
                                   {Element::e5m2, 0x7C, 0x7E, 2}};
  for (const Bits &entry : table)
    if (entry.element == element) {
      unsigned long long bits = value != value ? entry.nan : entry.infinity;
      if (value < 0) bits |= 1ull << (info(element).bits - 1);
      char text[32];
      std::snprintf(text, sizeof text, "0x%0*llX", entry.digits, bits);
      return text;
    }
  return "0";
}

/// The shortest decimal form that reads back as the same double, with the point that MLIR demands.
inline std::string finite_float(double value) {
  char text[40];
  for (int digits : {6, 9, 15, 17}) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  std::string decimal = text;
  if (decimal.find('.') != std::string::npos) return decimal;
  std::size_t exponent = decimal.find('e');
  return exponent == std::string::npos ? decimal + ".0" : decimal.insert(exponent, ".0");
}

/// The largest finite value of a floating type.
inline double largest(Element element) {
  switch (element) {
  case Element::f16: return 65504;
  case Element::bf16: return 0x1.FEp127;
  case Element::e4m3: return 448;
  case Element::e5m2: return 57344;
  case Element::f64: return 0x1.FFFFFFFFFFFFFp1023;
  default: return 0x1.FFFFFEp127;
  }
}

/// The literal as an attribute of the element type, without the type.
inline std::string literal_text(Element element, const Literal &literal, const std::source_location &where) {
  auto misfit = [&](const std::string &shown, const std::string &fix) {
    fail(code::literal, where, "the literal " + shown + " does not fit " + info(element).name, "", fix);
  };
  if (is_float(element)) {
    double value = literal.is_floating ? literal.floating : static_cast<double>(literal.integer);
    bool finite = value - value == 0;
    if (!finite) {
      if (element == Element::e4m3 && value == value)
        misfit("infinity", "e4m3 has no infinity; its largest value is 448");
      return special_float(element, value);
    }
    if (value > largest(element) || value < -largest(element))
      misfit(finite_float(value), "the largest value is " + finite_float(largest(element)));
    return finite_float(value);
  }
  if (element == Element::boolean) return literal.integer || literal.floating != 0 ? "true" : "false";
  if (literal.is_floating && literal.floating != static_cast<double>(static_cast<std::int64_t>(literal.floating)))
    misfit(finite_float(literal.floating), "write a whole number, or cast the value to a float");
  std::int64_t value = literal.is_floating ? static_cast<std::int64_t>(literal.floating) : literal.integer;
  const ElementInfo &type = info(element);
  if (type.bits < 64) {
    std::int64_t low = type.is_unsigned ? 0 : -(std::int64_t(1) << (type.bits - 1));
    std::int64_t high = (std::int64_t(1) << (type.is_unsigned ? type.bits : type.bits - 1)) - 1;
    if (value < low || value > high)
      misfit(std::to_string(value), "the range is " + std::to_string(low) + " to " + std::to_string(high));
    if (type.is_unsigned && value > (high >> 1)) value -= high + 1; // the signless type of the same width
  }
  return std::to_string(value);
}

} // namespace tw::detail
