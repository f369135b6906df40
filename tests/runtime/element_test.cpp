// Small floats over all codes, and stores of every type.
#include "check.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "tilewright/runtime/element.hpp"

using namespace tw::rt;

namespace {

// The finite values of a format in order, by their definition: sign, exponent and fraction fields.
struct Expected {
  FloatFormat format;
  int bias;
  double largest;
};

std::uint32_t positive_codes(FloatFormat f) { return 1u << (f.exponent_bits + f.mantissa_bits); }

void check_all_codes(const Expected &e) {
  const FloatFormat f = e.format;
  double previous = -1;
  std::uint32_t last_finite = 0;
  for (std::uint32_t code = 0; code < positive_codes(f); ++code) {
    const double value = decode(f, code), negative = decode(f, code | positive_codes(f));
    const std::uint32_t exponent = code >> f.mantissa_bits, fraction = code & ((1u << f.mantissa_bits) - 1);
    const double unit = std::pow(2.0, -f.mantissa_bits);
    if (std::isnan(value)) {
      REQUIRE(std::isnan(negative));
      REQUIRE(std::isnan(decode(f, encode(f, value))));
      continue;
    }
    REQUIRE(negative == -value);
    REQUIRE(std::signbit(negative));
    if (std::isinf(value)) {
      REQUIRE_FALSE(f.finite_only);
      continue;
    }
    const double definition = exponent == 0
                                  ? std::pow(2.0, 1 - e.bias) * fraction * unit
                                  : std::pow(2.0, static_cast<int>(exponent) - e.bias) * (1 + fraction * unit);
    REQUIRE(value == definition);
    REQUIRE(value > previous);
    REQUIRE(encode(f, value) == code);
    REQUIRE(encode(f, -value) == (code | positive_codes(f)));
    if (code > 0) {
      // Between two neighbours: below the middle goes down, above goes up, the middle goes to the even code.
      const double middle = (previous + value) / 2;
      REQUIRE(encode(f, std::nextafter(middle, 0.0)) == code - 1);
      REQUIRE(encode(f, std::nextafter(middle, 1e300)) == code);
      REQUIRE(encode(f, middle) == (code % 2 == 0 ? code : code - 1));
    }
    previous = value;
    last_finite = code;
  }
  CHECK(previous == e.largest);
  const std::uint32_t too_large = f.saturating ? last_finite : last_finite + 1;
  CHECK(encode(f, e.largest * 4) == too_large);
  CHECK(encode(f, std::numeric_limits<double>::infinity()) == too_large);
  CHECK(encode(f, -std::numeric_limits<double>::infinity()) == (too_large | positive_codes(f)));
  CHECK(encode(f, std::numeric_limits<double>::denorm_min()) == 0);
  CHECK(encode(f, -0.0) == positive_codes(f));
}

} // namespace

TEST_CASE("every code of e4m3, e5m2, f16 and bf16 decodes by definition and encodes back") {
  check_all_codes({format_e4m3, 7, 448});
  check_all_codes({format_e5m2, 15, 57344});
  check_all_codes({format_f16, 15, 65504});
  check_all_codes({format_bf16, 127, 0x1.FEp127});
}

TEST_CASE("e4m3 has one NaN per sign and no infinity") {
  CHECK(std::isnan(decode(format_e4m3, 0x7F)));
  CHECK(std::isnan(decode(format_e4m3, 0xFF)));
  CHECK(decode(format_e4m3, 0x7E) == 448);
  CHECK(encode(format_e4m3, std::nan("")) == 0x7F);
  CHECK(encode(format_e4m3, 464.0) == 0x7E);
}

TEST_CASE("f16 rounds to infinity from 65520 on") {
  CHECK(encode(format_f16, 65519.99) == 0x7BFF);
  CHECK(encode(format_f16, 65520.0) == 0x7C00);
  CHECK(encode(format_f16, std::nan("")) == 0x7E00);
}

TEST_CASE("bf16 agrees with rounding the bits of f32") {
  for (std::uint64_t i = 0; i < 200000; ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(i * 2654435761u);
    float value;
    std::memcpy(&value, &bits, 4);
    if (std::isnan(value)) continue;
    const std::uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    REQUIRE(encode(format_bf16, value) == rounded);
  }
}

TEST_CASE("integers round to nearest even and clamp") {
  const auto stored = [](ElementType type, double value) {
    std::byte bytes[8] = {};
    store_from_double(type, value, bytes);
    return load_as_double(type, bytes);
  };
  CHECK(stored(ElementType::i8, 2.5) == 2);
  CHECK(stored(ElementType::i8, 3.5) == 4);
  CHECK(stored(ElementType::i8, 1000) == 127);
  CHECK(stored(ElementType::i8, -1000) == -128);
  CHECK(stored(ElementType::u8, -1) == 0);
  CHECK(stored(ElementType::u16, 65536) == 65535);
  CHECK(stored(ElementType::i16, -40000) == -32768);
  CHECK(stored(ElementType::i32, 1e300) == 2147483647);
  CHECK(stored(ElementType::u32, 4294967295.0) == 4294967295.0);
  CHECK(stored(ElementType::i64, 1e300) == 9223372036854775808.0);
  CHECK(stored(ElementType::u64, 1e300) == 18446744073709551616.0);
  CHECK(stored(ElementType::i64, -9223372036854775808.0) == -9223372036854775808.0);
  CHECK(stored(ElementType::i32, std::nan("")) == 0);
  CHECK(stored(ElementType::boolean, 0.25) == 1);
  CHECK(stored(ElementType::boolean, 0) == 0);
  CHECK(stored(ElementType::f64, 0.1) == 0.1);
  CHECK(stored(ElementType::f32, 0.1) == static_cast<double>(0.1f));
  CHECK(stored(ElementType::tf32, 1 + std::pow(2.0, -10)) == 1 + std::pow(2.0, -10));
  CHECK(stored(ElementType::tf32, 1 + std::pow(2.0, -12)) == 1);
}

TEST_CASE("names and sizes of element types") {
  for (int i = 0; i < element_type_count; ++i) {
    const ElementType type = static_cast<ElementType>(i);
    CHECK(element_type_of(name_of(type)) == type);
    CHECK((size_of(type) == 1 || size_of(type) == 2 || size_of(type) == 4 || size_of(type) == 8));
    CHECK(is_float(type) + is_signed_integer(type) + is_unsigned_integer(type) + (type == ElementType::boolean) == 1);
  }
  CHECK_FALSE(element_type_of("f8").has_value());
  CHECK_FALSE(element_type_of("").has_value());
}
