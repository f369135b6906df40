// Literals survive the way through text exactly.
#include "support.hpp"

#include <cstring>
#include <limits>
#include <random>

using namespace tw;
using namespace dsl_test;
using detail::Element;
using detail::literal_text;

namespace {
std::string text_of(Element element, detail::Literal literal) {
  return literal_text(element, literal, std::source_location::current());
}
} // namespace

TEST_CASE("finite floats are decimal, with a point, and read back exactly") {
  CHECK(text_of(Element::f32, 1) == "1.0");
  CHECK(text_of(Element::f32, 0.5) == "0.5");
  CHECK(text_of(Element::f32, -0.0) == "-0.0");
  CHECK(text_of(Element::f32, 1e-7) == "1.0e-07");
  CHECK(text_of(Element::f32, 0.1f) == "0.10000000149011612");
  std::mt19937_64 random(7);
  for (int n = 0; n < 20000; ++n) {
    std::uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (value - value != 0) continue;
    std::string text = text_of(Element::f64, value);
    REQUIRE(contains(text, "."));
    REQUIRE(std::strtod(text.c_str(), nullptr) == value);
  }
}

TEST_CASE("infinities and NaN are the bits of the type") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(text_of(Element::f64, infinity) == "0x7FF0000000000000");
  CHECK(text_of(Element::f32, infinity) == "0x7F800000");
  CHECK(text_of(Element::f32, -infinity) == "0xFF800000");
  CHECK(text_of(Element::tf32, nan) == "0x7FC00000");
  CHECK(text_of(Element::f16, -infinity) == "0xFC00");
  CHECK(text_of(Element::bf16, infinity) == "0x7F80");
  CHECK(text_of(Element::bf16, nan) == "0x7FC0");
  CHECK(text_of(Element::e5m2, -infinity) == "0xFC");
  CHECK(text_of(Element::e4m3, nan) == "0x7F");
}

TEST_CASE("integers take the signless form of their width") {
  CHECK(text_of(Element::i32, -5) == "-5");
  CHECK(text_of(Element::u8, 200) == "-56");
  CHECK(text_of(Element::u32, 4000000000u) == "-294967296");
  CHECK(text_of(Element::u64, std::numeric_limits<std::uint64_t>::max()) == "-1");
  CHECK(text_of(Element::i64, std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(text_of(Element::boolean, true) == "true");
  CHECK(text_of(Element::boolean, 0) == "false");
}

TEST_CASE("literals that do not fit are refused") {
  for (auto [element, value] : {std::pair<Element, double>{Element::f16, 70000},
                                {Element::e4m3, 449},
                                {Element::e4m3, std::numeric_limits<double>::infinity()},
                                {Element::bf16, -3.4e38},
                                {Element::f32, 1e39},
                                {Element::i32, 0.5}})
    CHECK_THROWS_AS(text_of(element, value), Error);
  CHECK_THROWS_AS(text_of(Element::i8, 128), Error);
  CHECK_THROWS_AS(text_of(Element::u8, -1), Error);
}
