// Integer arithmetic of one result word: abs, neg, div, rem, min, max, sad (PTX ISA section 9.7.1). The integer forms
// of add, sub and friends that share an opcode with floats are offered to float.cpp through integer.hpp.
#include "ops/integer.hpp"

#include <limits>

#include "ops/dispatch.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

template <class T> using Unsigned = std::make_unsigned_t<T>;

struct Add {
  template <class T> static T apply(T a, T b) { return static_cast<T>(Unsigned<T>(a) + Unsigned<T>(b)); }
};
struct Sub {
  template <class T> static T apply(T a, T b) { return static_cast<T>(Unsigned<T>(a) - Unsigned<T>(b)); }
};
struct AddSat {
  template <class T> static T apply(T a, T b) {
    int64_t wide = int64_t{a} + b;
    return static_cast<T>(std::clamp<int64_t>(wide, INT32_MIN, INT32_MAX));
  }
};
struct SubSat {
  template <class T> static T apply(T a, T b) {
    int64_t wide = int64_t{a} - b;
    return static_cast<T>(std::clamp<int64_t>(wide, INT32_MIN, INT32_MAX));
  }
};
struct Min {
  template <class T> static T apply(T a, T b) { return a < b ? a : b; }
};
struct Max {
  template <class T> static T apply(T a, T b) { return a > b ? a : b; }
};
struct MinRelu {
  template <class T> static T apply(T a, T b) { return std::max<T>(a < b ? a : b, 0); }
};
struct MaxRelu {
  template <class T> static T apply(T a, T b) { return std::max<T>(a > b ? a : b, 0); }
};
struct Div {
  // Division by zero gives all ones (unspecified by the ISA); the overflow MIN / -1 wraps.
  template <class T> static T apply(T a, T b) {
    if (b == 0) return static_cast<T>(-1);
    if constexpr (std::is_signed_v<T>)
      if (b == -1) return static_cast<T>(-Unsigned<T>(a));
    return static_cast<T>(a / b);
  }
};
struct Rem {
  template <class T> static T apply(T a, T b) {
    if (b == 0) return a;
    if constexpr (std::is_signed_v<T>)
      if (b == -1) return 0;
    return static_cast<T>(a % b);
  }
};
struct Neg {
  template <class T> static T apply(T a) { return static_cast<T>(-Unsigned<T>(a)); }
};
struct Abs {
  template <class T> static T apply(T a) { return a < 0 ? static_cast<T>(-Unsigned<T>(a)) : a; }
};
struct Sad {
  template <class T> static T apply(T a, T b, T c) {
    return static_cast<T>(Unsigned<T>(c) + (a < b ? Unsigned<T>(b) - Unsigned<T>(a) : Unsigned<T>(a) - Unsigned<T>(b)));
  }
};

template <class Op> Handler binary(Type type) {
  return forInteger(type, []<class T>() -> Handler { return &binaryLanes<T, Op>; });
}

/// Two 16-bit halves of a word (.u16x2, .s16x2).
template <class T, class Op> void packedLanes(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<uint32_t, uint32_t, uint32_t>(w, in, mask, [](uint32_t a, uint32_t b) {
    uint32_t low = static_cast<uint16_t>(Op::template apply<T>(static_cast<T>(a), static_cast<T>(b)));
    uint32_t high = static_cast<uint16_t>(Op::template apply<T>(static_cast<T>(a >> 16), static_cast<T>(b >> 16)));
    return high << 16 | low;
  });
}

template <class Op> Handler packed(Type type) {
  return type == Type::U16x2 ? &packedLanes<uint16_t, Op> : &packedLanes<int16_t, Op>;
}

void divide(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::U16, Type::U32, Type::U64, Type::S16, Type::S32, Type::S64});
  b.out.handler = b.statement.name == "div" ? binary<Div>(t) : binary<Rem>(t);
  binaryOperands(b, t);
}

void sad(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::U16, Type::U32, Type::U64, Type::S16, Type::S32, Type::S64});
  b.out.handler = forInteger(t, []<class T>() -> Handler { return &ternaryLanes<T, Sad>; });
  ternaryOperands(b, t);
}

} // namespace

bool decodeIntegerAdd(Builder &b, Type t, bool subtract) {
  if (t == Type::U16x2 || t == Type::S16x2) {
    if (b.targetNumber() < 90) b.unsupported("." + std::string(typeName(t)) + " below sm_90");
    b.out.handler = subtract ? packed<Sub>(t) : packed<Add>(t);
  } else if (isInteger(t) && bitsOf(t) >= 16) {
    if (b.flag("sat")) {
      requireType(b, t, {Type::S32});
      b.out.handler = subtract ? &binaryLanes<int32_t, SubSat> : &binaryLanes<int32_t, AddSat>;
    } else {
      b.out.handler = subtract ? binary<Sub>(t) : binary<Add>(t);
    }
  } else {
    return false;
  }
  binaryOperands(b, t);
  return true;
}

bool decodeIntegerMinMax(Builder &b, Type t, bool max) {
  bool isPacked = t == Type::U16x2 || t == Type::S16x2;
  if (!isPacked && (!isInteger(t) || bitsOf(t) < 16)) return false;
  bool relu = b.flag("relu");
  if ((isPacked || relu) && b.targetNumber() < 90) b.unsupported("packed or .relu integer min/max below sm_90");
  if (relu) requireType(b, t, {Type::S32, Type::S16x2});
  if (isPacked)
    b.out.handler = relu ? (max ? packed<MaxRelu>(t) : packed<MinRelu>(t)) : max ? packed<Max>(t) : packed<Min>(t);
  else if (relu)
    b.out.handler = max ? &binaryLanes<int32_t, MaxRelu> : &binaryLanes<int32_t, MinRelu>;
  else
    b.out.handler = max ? binary<Max>(t) : binary<Min>(t);
  binaryOperands(b, t);
  return true;
}

bool decodeIntegerNegAbs(Builder &b, Type t, bool abs) {
  if (t != Type::S16 && t != Type::S32 && t != Type::S64) return false;
  b.out.handler = abs ? forInteger(t, []<class T>() -> Handler { return &unaryLanes<T, Abs>; })
                      : forInteger(t, []<class T>() -> Handler { return &unaryLanes<T, Neg>; });
  unaryOperands(b, t);
  return true;
}

bool decodeIntegerDivide(Builder &b) {
  for (const std::string &m : b.statement.modifiers) {
    std::optional<Type> t = typeFromName(m);
    if (t && isInteger(*t)) {
      divide(b);
      return true;
    }
  }
  return false;
}

void registerIntegerOps(OpcodeTable &table) {
  table["rem"] = divide;
  table["sad"] = sad;
}

} // namespace tw::emu
