// Integer multiplication: mul, mad with .lo .hi .wide, mul24, mad24 (PTX ISA section 9.7.1).
#include "ops/dispatch.hpp"
#include "ops/integer.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

// Twice the width of T.
template <class T> struct Wider;
template <> struct Wider<uint16_t> { using type = uint32_t; };
template <> struct Wider<int16_t> { using type = int32_t; };
template <> struct Wider<uint32_t> { using type = uint64_t; };
template <> struct Wider<int32_t> { using type = int64_t; };
template <> struct Wider<uint64_t> { using type = unsigned __int128; };
template <> struct Wider<int64_t> { using type = __int128; };

template <class T> T low(T a, T b) { return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b)); }
template <class T> T high(T a, T b) {
  using W = typename Wider<T>::type;
  return static_cast<T>((static_cast<W>(a) * static_cast<W>(b)) >> (sizeof(T) * 8));
}
template <class T> T plus(T a, T b) { return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }

template <class T> void mulLow(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, T>(w, in, m, [](T a, T b) { return low(a, b); });
}
template <class T> void mulHigh(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, T>(w, in, m, [](T a, T b) { return high(a, b); });
}
template <class T> void madLow(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, T, T>(w, in, m, [](T a, T b, T c) { return plus(low(a, b), c); });
}
template <class T> void madHigh(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, T, T>(w, in, m, [](T a, T b, T c) { return plus(high(a, b), c); });
}
template <class T> void mulWide(Warp &w, const Instruction &in, uint32_t m) {
  using W = typename Wider<T>::type;
  mapLanes<W, T, T>(w, in, m, [](T a, T b) { return low<W>(a, b); });
}
template <class T> void madWide(Warp &w, const Instruction &in, uint32_t m) {
  using W = typename Wider<T>::type;
  mapLanes<W, T, T, W>(w, in, m, [](T a, T b, W c) { return plus(low<W>(a, b), c); });
}
void madHighSat(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<int32_t, int32_t, int32_t, int32_t>(w, in, m, [](int32_t a, int32_t b, int32_t c) {
    return static_cast<int32_t>(std::clamp<int64_t>(int64_t{high(a, b)} + c, INT32_MIN, INT32_MAX));
  });
}

template <class F> Handler pick(Type t, F f) {
  switch (t) {
  case Type::U16: return f.template operator()<uint16_t>();
  case Type::S16: return f.template operator()<int16_t>();
  case Type::U32: return f.template operator()<uint32_t>();
  case Type::S32: return f.template operator()<int32_t>();
  case Type::U64: return f.template operator()<uint64_t>();
  case Type::S64: return f.template operator()<int64_t>();
  default: return nullptr;
  }
}

template <class T> int64_t signed24(T a) {
  uint32_t bits = static_cast<uint32_t>(a) & 0xffffffu;
  if constexpr (std::is_signed_v<T>)
    return static_cast<int32_t>(bits << 8) >> 8;
  else
    return bits;
}

template <class T, bool High, bool Add> void mul24(Warp &w, const Instruction &in, uint32_t m) {
  auto product = [](T a, T b) { return static_cast<T>(signed24(a) * signed24(b) >> (High ? 16 : 0)); };
  if constexpr (Add)
    mapLanes<T, T, T, T>(w, in, m, [=](T a, T b, T c) { return plus(product(a, b), c); });
  else
    mapLanes<T, T, T>(w, in, m, product);
}

void multiply24(Builder &b) {
  bool add = b.statement.name == "mad24";
  int part = b.choice({"lo", "hi"});
  if (part < 0) b.fail("'" + b.fullName() + "' needs .lo or .hi", "add .lo");
  Type t = b.type();
  requireType(b, t, {Type::U32, Type::S32});
  auto select = [&]<class T>() -> Handler {
    if (add) return part ? &mul24<T, true, true> : &mul24<T, false, true>;
    return part ? &mul24<T, true, false> : &mul24<T, false, false>;
  };
  b.out.handler = t == Type::U32 ? select.operator()<uint32_t>() : select.operator()<int32_t>();
  add ? ternaryOperands(b, t) : binaryOperands(b, t);
}

} // namespace

bool decodeIntegerMultiply(Builder &b, bool add) {
  int part = b.choice({"lo", "hi", "wide"});
  if (part < 0) return false;
  Type t = b.type();
  requireType(b, t, {Type::U16, Type::U32, Type::U64, Type::S16, Type::S32, Type::S64});
  if (part == 2) {
    if (bitsOf(t) == 64) b.unsupported("'.wide' with a 64-bit type");
    Type wide = t == Type::U16 ? Type::U32 : t == Type::S16 ? Type::S32 : t == Type::U32 ? Type::U64 : Type::S64;
    b.expectOperands(add ? 4 : 3);
    b.out.d = b.destination(0, wide);
    b.out.a = b.source(1, t);
    b.out.b = b.source(2, t);
    if (add) b.out.c = b.source(3, wide);
    auto select = [&]<class T>() -> Handler {
      if constexpr (sizeof(T) < 8)
        return add ? &madWide<T> : &mulWide<T>;
      else
        return nullptr;
    };
    b.out.handler = pick(t, select);
    return true;
  }
  if (b.flag("sat")) {
    if (!add || part != 1 || t != Type::S32) b.unsupported("'.sat' other than in mad.hi.sat.s32");
    b.out.handler = &madHighSat;
  } else if (add) {
    b.out.handler = pick(t, [&]<class T>() -> Handler { return part ? &madHigh<T> : &madLow<T>; });
  } else {
    b.out.handler = pick(t, [&]<class T>() -> Handler { return part ? &mulHigh<T> : &mulLow<T>; });
  }
  add ? ternaryOperands(b, t) : binaryOperands(b, t);
  return true;
}

void registerMultiplyOps(OpcodeTable &table) {
  table["mul24"] = multiply24;
  table["mad24"] = multiply24;
}

} // namespace tw::emu
