// Element types of tensors and scalars, and the runtime's own conversions of small floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::rt {

/// Element types the runtime moves between host and device. `tf32` is stored as 32 bits like `f32`.
enum class ElementType : std::uint8_t {
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
  boolean
};

/// Number of element types; they are numbered from 0.
inline constexpr int element_type_count = 16;

/// Bytes one element takes in memory: 8, 4, 2 or 1.
std::size_t size_of(ElementType type);
/// The name used in argument specs and launch rules: "f64", ..., "e4m3", ..., "u8", "bool".
std::string_view name_of(ElementType type);
/// The type of that name, or nothing.
std::optional<ElementType> element_type_of(std::string_view name);
/// f64, f32, tf32, f16, bf16, e4m3 or e5m2.
bool is_float(ElementType type);
/// i64..i8.
bool is_signed_integer(ElementType type);
/// u64..u8 (not bool).
bool is_unsigned_integer(ElementType type);

/// A float format by its fields. `finite_only` formats (e4m3) have no infinities and one NaN per sign; their largest
/// code below it is finite. `saturating` formats round what is too large to the largest finite value, as PTX cvt with
/// .satfinite does (PTX ISA, cvt); the others round it to infinity as IEEE 754 does.
struct FloatFormat {
  int exponent_bits;
  int mantissa_bits;
  bool finite_only;
  bool saturating;
};
inline constexpr FloatFormat format_f16{5, 10, false, false};
inline constexpr FloatFormat format_bf16{8, 7, false, false};
inline constexpr FloatFormat format_tf32{8, 10, false, false};
inline constexpr FloatFormat format_e4m3{4, 3, true, true};
inline constexpr FloatFormat format_e5m2{5, 2, false, true};

/// The value of a code of `format`, exactly.
double decode(FloatFormat format, std::uint32_t code);
/// The code of `format` nearest to `value`, ties to even; NaN becomes the canonical NaN (all ones but the sign for
/// e4m3, quiet bit only for the others' payload).
std::uint32_t encode(FloatFormat format, double value);

/// The element at `data` as a double: exact for every type but 64-bit integers beyond 2^53 (nearest double).
double load_as_double(ElementType type, const std::byte *data);
/// Stores `value` rounded to nearest even; integers round to nearest even and clamp to their range (NaN stores 0);
/// `boolean` stores 1 unless the value is 0. `tf32` keeps 10 bits of mantissa.
void store_from_double(ElementType type, double value, std::byte *data);

} // namespace tw::rt
