// Element types: the tags users write, and what the recorder knows of each.
#pragma once

#include <cstdint>
#include <type_traits>

namespace tw {

/// Element tags. `tf32` is stored as f32, in memory and in tiles; only `dot` and `mma` see the difference.
struct f64 {};
struct f32 {};
struct tf32 {};
struct f16 {};
struct bf16 {};
/// 8-bit floats: 4 exponent and 3 mantissa bits (largest value 448), and 5 and 2 (57344).
struct e4m3 {};
struct e5m2 {};
struct i64 {};
struct i32 {};
struct i16 {};
struct i8 {};
struct u64 {};
struct u32 {};
struct u16 {};
struct u8 {};
/// True or false; one byte in memory.
struct boolean {};

namespace detail {

enum class Element : std::uint8_t {
  f64,
  f32,
  tf32,
  f16,
  bf16,
  e4m3,
  e5m2,
  i64,
  i32,
  i16,
  i8,
  u64,
  u32,
  u16,
  u8,
  boolean,
  index
};

enum class Family : std::uint8_t { floating, integer, boolean };

struct ElementInfo {
  const char *name;      // what the user writes
  const char *in_memory; // the type in global memory
  const char *in_tile;   // the type in tiles and scalars: integers carry no sign
  Family family;
  bool is_unsigned;
  int bits;
};

inline constexpr ElementInfo element_table[] = {
    {"f64", "f64", "f64", Family::floating, false, 64},
    {"f32", "f32", "f32", Family::floating, false, 32},
    {"tf32", "f32", "f32", Family::floating, false, 32},
    {"f16", "f16", "f16", Family::floating, false, 16},
    {"bf16", "bf16", "bf16", Family::floating, false, 16},
    {"e4m3", "f8E4M3FN", "f8E4M3FN", Family::floating, false, 8},
    {"e5m2", "f8E5M2", "f8E5M2", Family::floating, false, 8},
    {"i64", "i64", "i64", Family::integer, false, 64},
    {"i32", "i32", "i32", Family::integer, false, 32},
    {"i16", "i16", "i16", Family::integer, false, 16},
    {"i8", "i8", "i8", Family::integer, false, 8},
    {"u64", "ui64", "i64", Family::integer, true, 64},
    {"u32", "ui32", "i32", Family::integer, true, 32},
    {"u16", "ui16", "i16", Family::integer, true, 16},
    {"u8", "ui8", "i8", Family::integer, true, 8},
    {"boolean", "i1", "i1", Family::boolean, false, 1},
    {"Index", "index", "index", Family::integer, false, 64},
};

constexpr const ElementInfo &info(Element element) { return element_table[static_cast<int>(element)]; }
constexpr bool is_float(Element element) { return info(element).family == Family::floating; }
constexpr bool is_f8(Element element) { return element == Element::e4m3 || element == Element::e5m2; }

template <class T> struct ElementOf;
template <> struct ElementOf<f64> { static constexpr Element value = Element::f64; };
template <> struct ElementOf<f32> { static constexpr Element value = Element::f32; };
template <> struct ElementOf<tf32> { static constexpr Element value = Element::tf32; };
template <> struct ElementOf<f16> { static constexpr Element value = Element::f16; };
template <> struct ElementOf<bf16> { static constexpr Element value = Element::bf16; };
template <> struct ElementOf<e4m3> { static constexpr Element value = Element::e4m3; };
template <> struct ElementOf<e5m2> { static constexpr Element value = Element::e5m2; };
template <> struct ElementOf<i64> { static constexpr Element value = Element::i64; };
template <> struct ElementOf<i32> { static constexpr Element value = Element::i32; };
template <> struct ElementOf<i16> { static constexpr Element value = Element::i16; };
template <> struct ElementOf<i8> { static constexpr Element value = Element::i8; };
template <> struct ElementOf<u64> { static constexpr Element value = Element::u64; };
template <> struct ElementOf<u32> { static constexpr Element value = Element::u32; };
template <> struct ElementOf<u16> { static constexpr Element value = Element::u16; };
template <> struct ElementOf<u8> { static constexpr Element value = Element::u8; };
template <> struct ElementOf<boolean> { static constexpr Element value = Element::boolean; };
template <class T> inline constexpr Element element_of = ElementOf<T>::value;

} // namespace detail
} // namespace tw
