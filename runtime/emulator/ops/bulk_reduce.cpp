// The operations of cp.reduce.async.bulk (PTX ISA section 9.7.9.25.4.2): each element is one relaxed atomic update.
#include <algorithm>
#include <cstring>

#include "ops/bit_functions.hpp"
#include "ops/bulk.hpp"
#include "ops/float_format.hpp"

namespace tw::emu {
namespace {

template <class T, class F> void each(uint8_t *to, const uint8_t *from, uint32_t bytes, F f) {
  for (uint32_t at = 0; at + sizeof(T) <= bytes; at += sizeof(T)) {
    T old, value;
    std::memcpy(&old, to + at, sizeof old);
    std::memcpy(&value, from + at, sizeof value);
    T result = f(old, value);
    std::memcpy(to + at, &result, sizeof result);
  }
}

struct Add {
  template <class T> static T apply(T a, T b) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(U(a) + U(b));
  }
};
struct Min {
  template <class T> static T apply(T a, T b) { return std::min(a, b); }
};
struct Max {
  template <class T> static T apply(T a, T b) { return std::max(a, b); }
};
struct Inc {
  template <class T> static T apply(T a, T b) { return a >= b ? T{0} : static_cast<T>(a + 1); }
};
struct Dec {
  template <class T> static T apply(T a, T b) { return a == 0 || a > b ? b : static_cast<T>(a - 1); }
};

template <class T, class Op> void integers(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  each<T>(to, from, bytes, [](T a, T b) { return Op::apply(a, b); });
}

void addF32(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  // Subnormals are flushed, as by red.add.f32 on global memory.
  each<float>(to, from, bytes,
              [](float a, float b) { return flushSubnormal(canonicalNan(flushSubnormal(a) + flushSubnormal(b))); });
}
void addF64(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  each<double>(to, from, bytes, [](double a, double b) { return canonicalNan(a + b); });
}

enum class SmallOp { Add, Min, Max };
template <const FloatFormat &kFormat, SmallOp kOp> void halves(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  each<uint16_t>(to, from, bytes, [](uint16_t old, uint16_t value) {
    double a = widen(kFormat, old), b = widen(kFormat, value);
    if constexpr (kOp == SmallOp::Add)
      return static_cast<uint16_t>(narrow(kFormat, addToOdd(a, b), Rounding::NearestEven));
    if (a != a) return b != b ? static_cast<uint16_t>(kFormat.quietNan) : value; // a NaN loses against a number
    if (b != b) return old;
    return kOp == SmallOp::Min ? (b < a ? value : old) : (b > a ? value : old);
  });
}

template <class Op> Combine integerCombine(Type t) {
  switch (t) {
  case Type::U32: return &integers<uint32_t, Op>;
  case Type::S32: return &integers<int32_t, Op>;
  case Type::U64: return &integers<uint64_t, Op>;
  case Type::S64: return &integers<int64_t, Op>;
  default: return nullptr;
  }
}

template <class Op> Combine bitCombine(Type t) {
  return t == Type::B32 ? &integers<uint32_t, Op> : t == Type::B64 ? &integers<uint64_t, Op> : nullptr;
}

} // namespace

Combine combineFor(std::string_view op, Type t) {
  if (op == "and") return bitCombine<And>(t);
  if (op == "or") return bitCombine<Or>(t);
  if (op == "xor") return bitCombine<Xor>(t);
  if (op == "inc") return t == Type::U32 ? &integers<uint32_t, Inc> : nullptr;
  if (op == "dec") return t == Type::U32 ? &integers<uint32_t, Dec> : nullptr;
  if (op == "add") {
    switch (t) {
    case Type::F32: return &addF32;
    case Type::F64: return &addF64;
    case Type::F16: return &halves<kF16, SmallOp::Add>;
    case Type::BF16: return &halves<kBf16, SmallOp::Add>;
    default: return integerCombine<Add>(t);
    }
  }
  bool isMin = op == "min";
  if (t == Type::F16) return isMin ? &halves<kF16, SmallOp::Min> : &halves<kF16, SmallOp::Max>;
  if (t == Type::BF16) return isMin ? &halves<kBf16, SmallOp::Min> : &halves<kBf16, SmallOp::Max>;
  return isMin ? integerCombine<Min>(t) : integerCombine<Max>(t);
}

std::pair<Combine, Type> takeReduction(Builder &b, bool toGlobal) {
  static constexpr std::string_view kNames[] = {"add", "min", "max", "inc", "dec", "and", "or", "xor"};
  int op = b.choice({"add", "min", "max", "inc", "dec", "and", "or", "xor"});
  if (op < 0) b.fail("'" + b.fullName() + "' has no operation", "add .add or another");
  bool noftz = b.flag("noftz");
  Type t = b.type();
  bool isSmall = t == Type::F16 || t == Type::BF16;
  if (isSmall && op == 0 && !noftz) b.fail("'" + b.fullName() + "' needs .noftz", "add .noftz");
  Combine combine = combineFor(kNames[op], t);
  if (!combine || (!toGlobal && isFloat(t)))
    b.unsupported("reduction ." + std::string(kNames[op]) + " of type '." + std::string(typeName(t)) + "' here");
  return {combine, t};
}

} // namespace tw::emu
