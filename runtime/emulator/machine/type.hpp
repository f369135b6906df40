// The types of PTX instructions and variables (PTX ISA section 5.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::emu {

/// A fundamental, packed or alternate floating-point type.
enum class Type : uint8_t {
  None,
  Pred,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  U16x2,
  S16x2,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F32x2,
  F64,
  E4M3,
  E5M2,
  E4M3x2,
  E5M2x2
};

/// The type a modifier such as "u32" names; none for other modifiers.
std::optional<Type> typeFromName(std::string_view name);
/// The modifier text of a type.
std::string_view typeName(Type type);
/// Width in bits; 1 for predicates.
int bitsOf(Type type);
/// Width in bytes of a value in memory.
inline int bytesOf(Type type) { return bitsOf(type) / 8; }

inline bool isSigned(Type t) { return (t >= Type::S8 && t <= Type::S64) || t == Type::S16x2; }
inline bool isUnsigned(Type t) { return (t >= Type::U8 && t <= Type::U64) || t == Type::U16x2; }
inline bool isInteger(Type t) { return t >= Type::U8 && t <= Type::S64; }
inline bool isBits(Type t) { return t >= Type::B8 && t <= Type::B128; }
inline bool isFloat(Type t) { return t >= Type::F16; }

} // namespace tw::emu
