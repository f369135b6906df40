// Picks the handler template instance of a type at decode time.
#pragma once

#include "machine/builder.hpp"
#include "ops/lanes.hpp"

namespace tw::emu {

/// Calls `f.template operator()<T>()` with the C++ integer of a PTX integer or bit type; nullptr when `type` is none.
template <class F> Handler forInteger(Type type, F f) {
  switch (type) {
  case Type::U8:
  case Type::B8: return f.template operator()<uint8_t>();
  case Type::S8: return f.template operator()<int8_t>();
  case Type::U16:
  case Type::B16: return f.template operator()<uint16_t>();
  case Type::U32:
  case Type::B32: return f.template operator()<uint32_t>();
  case Type::U64:
  case Type::B64: return f.template operator()<uint64_t>();
  case Type::S16: return f.template operator()<int16_t>();
  case Type::S32: return f.template operator()<int32_t>();
  case Type::S64: return f.template operator()<int64_t>();
  default: return nullptr;
  }
}

/// As forInteger for an instruction with one type; a type outside `allowed` is an error.
inline void requireType(Builder &b, Type type, std::initializer_list<Type> allowed) {
  for (Type t : allowed)
    if (t == type) return;
  b.unsupported("type '." + std::string(typeName(type)) + "' of '" + b.statement.name + "'");
}

/// d, a of one type.
inline void unaryOperands(Builder &b, Type type) {
  b.expectOperands(2);
  b.out.d = b.destination(0, type);
  b.out.a = b.source(1, type);
}
/// d, a, b of one type.
inline void binaryOperands(Builder &b, Type type) {
  b.expectOperands(3);
  b.out.d = b.destination(0, type);
  b.out.a = b.source(1, type);
  b.out.b = b.source(2, type);
}
/// d, a, b, c of one type.
inline void ternaryOperands(Builder &b, Type type) {
  b.expectOperands(4);
  b.out.d = b.destination(0, type);
  b.out.a = b.source(1, type);
  b.out.b = b.source(2, type);
  b.out.c = b.source(3, type);
}

} // namespace tw::emu
