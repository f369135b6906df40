// Element types and small-float conversions, written from the formats' definitions.
#include "tilewright/runtime/element.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace tw::rt {
namespace {

struct TypeRow {
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<TypeRow, element_type_count> rows{{{"f64", 8},
                                                        {"f32", 4},
                                                        {"tf32", 4},
                                                        {"f16", 2},
                                                        {"bf16", 2},
                                                        {"e4m3", 1},
                                                        {"e5m2", 1},
                                                        {"i64", 8},
                                                        {"i32", 4},
                                                        {"i16", 2},
                                                        {"i8", 1},
                                                        {"u64", 8},
                                                        {"u32", 4},
                                                        {"u16", 2},
                                                        {"u8", 1},
                                                        {"bool", 1}}};

template <class T> T load(const std::byte *data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

template <class T> void store(T value, std::byte *data) { std::memcpy(data, &value, sizeof value); }

// Round to nearest even under the default rounding mode, clamped: a conversion of an out-of-range double is undefined.
template <class T> T to_integer(double value) {
  if (std::isnan(value)) return 0;
  double rounded = std::nearbyint(value);
  // 2^63 and 2^64 are exact doubles while the largest integers are not, so the upper bound is compared with >=.
  double limit = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (rounded >= limit) return std::numeric_limits<T>::max();
  if (rounded <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return static_cast<T>(rounded);
}

} // namespace

std::size_t size_of(ElementType type) { return rows[static_cast<std::size_t>(type)].bytes; }

std::string_view name_of(ElementType type) { return rows[static_cast<std::size_t>(type)].name; }

std::optional<ElementType> element_type_of(std::string_view name) {
  for (int i = 0; i < element_type_count; ++i)
    if (rows[i].name == name) return static_cast<ElementType>(i);
  return std::nullopt;
}

bool is_float(ElementType type) { return type <= ElementType::e5m2; }
bool is_signed_integer(ElementType type) { return type >= ElementType::i64 && type <= ElementType::i8; }
bool is_unsigned_integer(ElementType type) { return type >= ElementType::u64 && type <= ElementType::u8; }

double decode(FloatFormat format, std::uint32_t code) {
  const std::uint32_t mantissa_mask = (1u << format.mantissa_bits) - 1,
                      exponent_mask = (1u << format.exponent_bits) - 1;
  const std::uint32_t mantissa = code & mantissa_mask, exponent = (code >> format.mantissa_bits) & exponent_mask;
  const double sign = (code >> (format.mantissa_bits + format.exponent_bits)) & 1 ? -1.0 : 1.0;
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  if (exponent == exponent_mask) {
    if (format.finite_only ? mantissa == mantissa_mask : mantissa != 0)
      return std::copysign(std::numeric_limits<double>::quiet_NaN(), sign);
    if (!format.finite_only) return sign * std::numeric_limits<double>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - format.mantissa_bits);
  return sign * std::ldexp(mantissa + mantissa_mask + 1.0, static_cast<int>(exponent) - bias - format.mantissa_bits);
}

std::uint32_t encode(FloatFormat format, double value) {
  const std::uint32_t mantissa_mask = (1u << format.mantissa_bits) - 1,
                      exponent_mask = (1u << format.exponent_bits) - 1;
  const std::uint32_t sign = (std::signbit(value) ? 1u : 0u) << (format.mantissa_bits + format.exponent_bits);
  const std::uint32_t infinity = exponent_mask << format.mantissa_bits;
  const std::uint32_t largest = format.finite_only ? (infinity | (mantissa_mask - 1)) : infinity - 1;
  if (std::isnan(value))
    return sign | infinity | (format.finite_only ? mantissa_mask : 1u << (format.mantissa_bits - 1));
  const std::uint32_t overflow = format.saturating ? largest : infinity;
  if (std::isinf(value)) return sign | overflow;
  if (value == 0) return sign;

  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  int exponent = std::ilogb(value);
  if (exponent < 1 - bias) exponent = 1 - bias; // subnormals share the exponent of the smallest normal
  // In units of the last place the magnitude is below 2^(mantissa_bits + 1), so rounding it in double is exact.
  const double units = std::nearbyint(std::ldexp(std::fabs(value), format.mantissa_bits - exponent));
  // A carry out of the mantissa lands in the exponent field, as it should; the implicit bit adds one to the field.
  const double code = units + std::ldexp(exponent + bias - 1, format.mantissa_bits);
  if (code > largest) return sign | overflow;
  return sign | static_cast<std::uint32_t>(code);
}

double load_as_double(ElementType type, const std::byte *data) {
  switch (type) {
  case ElementType::f64: return load<double>(data);
  case ElementType::f32:
  case ElementType::tf32: return load<float>(data);
  case ElementType::f16: return decode(format_f16, load<std::uint16_t>(data));
  case ElementType::bf16: return decode(format_bf16, load<std::uint16_t>(data));
  case ElementType::e4m3: return decode(format_e4m3, load<std::uint8_t>(data));
  case ElementType::e5m2: return decode(format_e5m2, load<std::uint8_t>(data));
  case ElementType::i64: return static_cast<double>(load<std::int64_t>(data));
  case ElementType::i32: return load<std::int32_t>(data);
  case ElementType::i16: return load<std::int16_t>(data);
  case ElementType::i8: return load<std::int8_t>(data);
  case ElementType::u64: return static_cast<double>(load<std::uint64_t>(data));
  case ElementType::u32: return load<std::uint32_t>(data);
  case ElementType::u16: return load<std::uint16_t>(data);
  case ElementType::u8: return load<std::uint8_t>(data);
  case ElementType::boolean: return load<std::uint8_t>(data) != 0;
  }
  return 0;
}

void store_from_double(ElementType type, double value, std::byte *data) {
  switch (type) {
  case ElementType::f64: return store(value, data);
  case ElementType::f32: return store(static_cast<float>(value), data);
  case ElementType::tf32: return store<std::uint32_t>(encode(format_tf32, value) << 13, data);
  case ElementType::f16: return store(static_cast<std::uint16_t>(encode(format_f16, value)), data);
  case ElementType::bf16: return store(static_cast<std::uint16_t>(encode(format_bf16, value)), data);
  case ElementType::e4m3: return store(static_cast<std::uint8_t>(encode(format_e4m3, value)), data);
  case ElementType::e5m2: return store(static_cast<std::uint8_t>(encode(format_e5m2, value)), data);
  case ElementType::i64: return store(to_integer<std::int64_t>(value), data);
  case ElementType::i32: return store(to_integer<std::int32_t>(value), data);
  case ElementType::i16: return store(to_integer<std::int16_t>(value), data);
  case ElementType::i8: return store(to_integer<std::int8_t>(value), data);
  case ElementType::u64: return store(to_integer<std::uint64_t>(value), data);
  case ElementType::u32: return store(to_integer<std::uint32_t>(value), data);
  case ElementType::u16: return store(to_integer<std::uint16_t>(value), data);
  case ElementType::u8: return store(to_integer<std::uint8_t>(value), data);
  case ElementType::boolean: return store<std::uint8_t>(value != 0, data);
  }
}

} // namespace tw::rt
