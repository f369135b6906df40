// cvt between all types with their roundings, and cvt.pack (PTX ISA section 9.7.9.21).
#include <cfenv>
#include <cmath>

#include "ops/dispatch.hpp"
#include "ops/float_format.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

// option[0]: Rounding; option[1]: flags; option[2]: source type; option[3]: destination type.
inline constexpr uint8_t kToInteger = 8, kSatfinite = 16;

double roundToIntegral(double x, Rounding mode) {
  switch (mode) {
  case Rounding::NearestEven: return std::nearbyint(x);
  case Rounding::NearestAway: return std::round(x);
  case Rounding::Zero: return std::trunc(x);
  case Rounding::Down: return std::floor(x);
  case Rounding::Up: return std::ceil(x);
  }
  return x;
}

FloatFormat formatOf(Type t) {
  switch (t) {
  case Type::F16:
  case Type::F16x2: return kF16;
  case Type::BF16:
  case Type::BF16x2: return kBf16;
  case Type::TF32: return kTf32;
  case Type::E4M3x2: return kE4m3;
  case Type::E5M2x2: return kE5m2;
  default: return kF32;
  }
}

uint64_t truncateTo(uint64_t value, int bits) { return bits >= 64 ? value : value & ((uint64_t{1} << bits) - 1); }

int64_t signExtend(uint64_t value, int bits) {
  int shift = 64 - bits;
  return static_cast<int64_t>(value << shift) >> shift;
}

/// Writes a converted integer into a register that may be wider: sign- or zero-extended by the destination type.
uint64_t extendFor(Type t, uint64_t value) {
  return isSigned(t) ? static_cast<uint64_t>(signExtend(value, bitsOf(t))) : truncateTo(value, bitsOf(t));
}

void store(Warp &w, Slot d, uint32_t lane, Type t, uint64_t value, int registerBits) {
  w.setValue(d, lane,
             truncateTo(isFloat(t) || isBits(t) ? truncateTo(value, bitsOf(t)) : extendFor(t, value), registerBits));
}

// ---- integer to integer ----

template <bool kSat> void intToInt(Warp &w, const Instruction &in, uint32_t mask) {
  Type s = static_cast<Type>(in.option[2]), d = static_cast<Type>(in.option[3]);
  int registerBits = static_cast<int>(in.immediate);
  forLanes(mask, [&](uint32_t l) {
    uint64_t raw = truncateTo(w.value(in.a, l), bitsOf(s));
    __int128 value = isSigned(s) ? static_cast<__int128>(signExtend(raw, bitsOf(s))) : static_cast<__int128>(raw);
    if (kSat) {
      int bits = bitsOf(d);
      __int128 low = isSigned(d) ? -(static_cast<__int128>(1) << (bits - 1)) : 0;
      __int128 high = (static_cast<__int128>(1) << (isSigned(d) ? bits - 1 : bits)) - 1;
      value = value < low ? low : value > high ? high : value;
    }
    store(w, in.d, l, d, static_cast<uint64_t>(value), registerBits);
  });
}

/// The common widenings and narrowings between 32 and 64 bits without branches.
template <class D, class S> void intToIntFast(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<D, S>(w, in, mask, [](S a) { return static_cast<D>(a); });
}

// ---- float to integer ----

double readFloat(Warp &w, const Instruction &in, uint32_t lane, Type s) {
  if (s == Type::F64) return std::bit_cast<double>(w.wides(in.a)[lane]);
  uint32_t bits = w.words(in.a)[lane];
  if (s == Type::F32) {
    float x = std::bit_cast<float>(bits);
    return in.option[1] & kFlush ? flushSubnormal(x) : x;
  }
  return widen(formatOf(s), bits & 0xffff);
}

void floatToInt(Warp &w, const Instruction &in, uint32_t mask) {
  Type s = static_cast<Type>(in.option[2]), d = static_cast<Type>(in.option[3]);
  int bits = bitsOf(d), registerBits = static_cast<int>(in.immediate);
  forLanes(mask, [&](uint32_t l) {
    double x = readFloat(w, in, l, s);
    uint64_t value;
    if (x != x) {
      // NaN gives 0, or 0x80..0 where a 64-bit type is involved (PTX ISA 9.7.9.21).
      value = s == Type::F64 || bits == 64 ? uint64_t{1} << (bits - 1) : 0;
    } else {
      x = roundToIntegral(x, static_cast<Rounding>(in.option[0]));
      double high = std::ldexp(1.0, isSigned(d) ? bits - 1 : bits), low = isSigned(d) ? -high : 0.0;
      if (x >= high)
        value = isSigned(d) ? (uint64_t{1} << (bits - 1)) - 1 : truncateTo(~uint64_t{0}, bits);
      else if (x <= low)
        value = isSigned(d) ? uint64_t{1} << (bits - 1) : 0;
      else
        value = x < 0 ? static_cast<uint64_t>(static_cast<int64_t>(x)) : static_cast<uint64_t>(x);
    }
    store(w, in.d, l, d, value, registerBits);
  });
}

// ---- integer to float ----

/// An integer as a double rounded to odd, so that a second rounding is exact.
double integerToOdd(uint64_t magnitude, bool negative) {
  int extra = std::max(0, 64 - std::countl_zero(magnitude) - 53);
  uint64_t kept = magnitude >> extra;
  if (extra && (magnitude & ((uint64_t{1} << extra) - 1))) kept |= 1;
  double value = std::ldexp(static_cast<double>(kept), extra);
  return negative ? -value : value;
}

double integerToDouble(uint64_t magnitude, bool negative, Rounding mode) {
  static constexpr int kModes[] = {FE_TONEAREST, FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  std::fesetround(kModes[static_cast<int>(mode)]);
  volatile double high = static_cast<double>(static_cast<uint32_t>(magnitude >> 32)) * 4294967296.0;
  volatile double low = static_cast<double>(static_cast<uint32_t>(magnitude));
  volatile double value = negative ? -high - low : high + low;
  std::fesetround(FE_TONEAREST);
  return value;
}

void intToFloat(Warp &w, const Instruction &in, uint32_t mask) {
  Type s = static_cast<Type>(in.option[2]), d = static_cast<Type>(in.option[3]);
  auto mode = static_cast<Rounding>(in.option[0]);
  forLanes(mask, [&](uint32_t l) {
    uint64_t raw = truncateTo(w.value(in.a, l), bitsOf(s));
    int64_t extended = isSigned(s) ? signExtend(raw, bitsOf(s)) : 0;
    bool negative = extended < 0;
    uint64_t magnitude = negative ? -static_cast<uint64_t>(extended) : raw;
    if (d == Type::F64) {
      w.wides(in.d)[l] = std::bit_cast<uint64_t>(integerToDouble(magnitude, negative, mode));
      return;
    }
    uint32_t bits = narrow(formatOf(d), integerToOdd(magnitude, negative), mode);
    if (in.option[1] & kSaturate) bits = ScalarFormat<kF32>::finish(kSaturate, bits);
    w.words(in.d)[l] = bits;
  });
}

// ---- float to float ----

uint64_t floatToFloatLane(const Instruction &in, double x, Type d) {
  auto mode = static_cast<Rounding>(in.option[0]);
  uint8_t flags = in.option[1];
  if (flags & kToInteger) x = roundToIntegral(x, mode);
  if (flags & kSaturate) x = x > 0 ? std::min(x, 1.0) : 0.0;
  if ((flags & kRelu) && !(x > 0) && x == x) x = 0.0;
  if (d == Type::F64) return std::bit_cast<uint64_t>(canonicalNan(x));
  uint32_t bits = narrow(formatOf(d), x, mode, flags & kSatfinite);
  if (d == Type::TF32) bits <<= 13;
  if (d == Type::TF32 && x != x) bits = 0x7fffffffu;
  if ((flags & kFlush) && d == Type::F32) bits = FormatF32::flush(bits);
  return bits;
}

void floatToFloat(Warp &w, const Instruction &in, uint32_t mask) {
  Type s = static_cast<Type>(in.option[2]), d = static_cast<Type>(in.option[3]);
  forLanes(mask, [&](uint32_t l) { w.setValue(in.d, l, floatToFloatLane(in, readFloat(w, in, l, s), d)); });
}

template <class D, class S> void widenFloat(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<D, S>(w, in, mask, [](S a) { return canonicalNan(static_cast<D>(a)); });
}
void halfToFloat(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<uint32_t, uint32_t>(w, in, mask, [](uint32_t h) {
    uint32_t sign = (h & 0x8000u) << 16, rest = h & 0x7fffu;
    if (rest > 0x7c00u) return 0x7fffffffu;
    if (rest >= 0x0400u && rest < 0x7c00u) return sign | ((rest << 13) + 0x38000000u);
    if (rest == 0x7c00u) return sign | 0x7f800000u;
    return sign | std::bit_cast<uint32_t>(static_cast<float>(rest) * 0x1p-24f);
  });
}
void bfloatToFloat(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<uint32_t, uint32_t>(w, in, mask, [](uint32_t h) { return (h & 0x7fffu) > 0x7f80u ? 0x7fffffffu : h << 16; });
}

/// Two sources into the halves (or bytes) of one register: a to the upper, b to the lower.
void floatsToPacked(Warp &w, const Instruction &in, uint32_t mask) {
  Type d = static_cast<Type>(in.option[3]);
  int half = bitsOf(d) / 2;
  const uint32_t *a = w.words(in.a), *b = w.words(in.b);
  uint32_t *out = w.words(in.d);
  auto one = [&](uint32_t bits) {
    float x = std::bit_cast<float>(bits);
    return static_cast<uint32_t>(floatToFloatLane(in, x, d));
  };
  forLanes(mask, [&](uint32_t l) { out[l] = one(a[l]) << half | one(b[l]); });
}

/// f16x2 to e4m3x2/e5m2x2 and back.
void packedToPacked(Warp &w, const Instruction &in, uint32_t mask) {
  Type s = static_cast<Type>(in.option[2]), d = static_cast<Type>(in.option[3]);
  int from = bitsOf(s) / 2, to = bitsOf(d) / 2;
  uint32_t keep = (1u << from) - 1;
  const uint32_t *a = w.words(in.a);
  uint32_t *out = w.words(in.d);
  forLanes(mask, [&](uint32_t l) {
    uint32_t high = static_cast<uint32_t>(floatToFloatLane(in, widen(formatOf(s), a[l] >> from & keep), d));
    uint32_t low = static_cast<uint32_t>(floatToFloatLane(in, widen(formatOf(s), a[l] & keep), d));
    out[l] = high << to | low;
  });
}

// ---- decoding ----

bool isIntegerLike(Type t) { return isInteger(t); }

void decodeRounding(Builder &b, bool &integral, bool &given) {
  static constexpr Rounding kModes[] = {Rounding::NearestEven, Rounding::Zero, Rounding::Down, Rounding::Up};
  int mode = b.choice({"rn", "rz", "rm", "rp"});
  integral = false;
  given = mode >= 0;
  if (mode >= 0) {
    b.out.option[0] = static_cast<uint8_t>(kModes[mode]);
    return;
  }
  if (b.flag("rna")) {
    b.out.option[0] = static_cast<uint8_t>(Rounding::NearestAway);
    given = true;
    return;
  }
  mode = b.choice({"rni", "rzi", "rmi", "rpi"});
  if (mode >= 0) {
    b.out.option[0] = static_cast<uint8_t>(kModes[mode]);
    integral = given = true;
  }
}

void decodePackedFloat(Builder &b, Type d, Type s) {
  bool small = d == Type::E4M3x2 || d == Type::E5M2x2;
  if ((small || s == Type::E4M3x2 || s == Type::E5M2x2) && b.targetNumber() < 89)
    b.unsupported("e4m3/e5m2 conversion below sm_89");
  if (small && !(b.out.option[1] & kSatfinite)) b.fail("'" + b.fullName() + "' needs .satfinite", "add .satfinite");
  if (s == Type::F32) {
    b.expectOperands(3);
    b.out.d = b.destination(0, small ? Type::B16 : Type::B32);
    b.out.a = b.source(1, Type::F32);
    b.out.b = b.source(2, Type::F32);
    b.out.handler = &floatsToPacked;
    return;
  }
  bool legal = (s == Type::F16x2 && small) || (d == Type::F16x2 && (s == Type::E4M3x2 || s == Type::E5M2x2));
  if (!legal) b.unsupported("conversion from ." + std::string(typeName(s)) + " to ." + std::string(typeName(d)));
  b.expectOperands(2);
  b.out.d = b.destination(0, small ? Type::B16 : Type::B32);
  b.out.a = b.source(1, small ? Type::B32 : Type::B16);
  b.out.handler = &packedToPacked;
}

Handler fastInt(Type d, Type s, Slot dst, Slot src) {
  bool wideD = dst.kind == Slot::Lane64, wideS = src.kind == Slot::Lane64;
  if (bitsOf(d) == 64 && bitsOf(s) == 32 && wideD && !wideS)
    return s == Type::S32 ? &intToIntFast<int64_t, int32_t> : &intToIntFast<uint64_t, uint32_t>;
  if (bitsOf(d) == 32 && bitsOf(s) == 64 && !wideD && wideS) return &intToIntFast<uint32_t, uint64_t>;
  return nullptr;
}

void decodeScalar(Builder &b, Type d, Type s, bool integral, bool roundingGiven) {
  b.expectOperands(2);
  bool sat = b.out.option[1] & kSaturate;
  Slot dst = b.wideDestination(b.operand(0), d == Type::TF32 ? Type::B32 : d);
  Slot src = b.wideSource(b.operand(1), s);
  b.out.d = dst, b.out.a = src;
  b.out.immediate = b.registerBits(b.operand(0));
  if (isIntegerLike(d) && isIntegerLike(s)) {
    Handler fast = sat ? nullptr : fastInt(d, s, dst, src);
    b.out.handler = fast ? fast : sat ? &intToInt<true> : &intToInt<false>;
  } else if (isIntegerLike(d)) {
    if (!integral) b.fail("'" + b.fullName() + "' needs an integer rounding", "add .rni, .rzi, .rmi or .rpi");
    b.out.handler = &floatToInt;
  } else if (isIntegerLike(s)) {
    if (!roundingGiven || integral) b.fail("'" + b.fullName() + "' needs a rounding", "add .rn");
    b.out.handler = &intToFloat;
  } else {
    if (integral) b.out.option[1] |= kToInteger;
    bool narrows = bitsOf(d) < bitsOf(s) || d == Type::TF32;
    if (narrows && !roundingGiven) b.fail("'" + b.fullName() + "' needs a rounding", "add .rn");
    b.out.handler = &floatToFloat;
    bool plain = b.out.option[1] == 0;
    if (plain && s == Type::F16 && d == Type::F32) b.out.handler = &halfToFloat;
    if (plain && s == Type::BF16 && d == Type::F32) b.out.handler = &bfloatToFloat;
    if (plain && s == Type::F32 && d == Type::F64) b.out.handler = &widenFloat<double, float>;
  }
}

/// cvt.pack.sat: two s32 clamped to 16, 8, 4 or 2 bits and shifted into c.
void cvtPack(Warp &w, const Instruction &in, uint32_t mask) {
  int bits = in.option[0];
  bool isSignedResult = in.option[1];
  auto clamp = [&](uint32_t word) {
    int64_t x = static_cast<int32_t>(word);
    int64_t high = (int64_t{1} << (isSignedResult ? bits - 1 : bits)) - 1,
            low = isSignedResult ? -(int64_t{1} << (bits - 1)) : 0;
    return static_cast<uint32_t>(std::clamp(x, low, high)) & ((1u << bits) - 1);
  };
  const uint32_t *a = w.words(in.a), *b = w.words(in.b), *c = in.c ? w.words(in.c) : nullptr;
  uint32_t *d = w.words(in.d);
  forLanes(mask, [&](uint32_t l) {
    uint32_t pair = clamp(a[l]) << bits | clamp(b[l]);
    d[l] = c ? c[l] << (2 * bits) | pair : pair;
  });
}

void decodePack(Builder &b) {
  if (!b.flag("sat")) b.fail("cvt.pack needs .sat", "add .sat");
  static constexpr uint8_t kBits[] = {16, 16, 8, 8, 4, 4, 2, 2};
  int kind = b.choice({"u16", "s16", "u8", "s8", "u4", "s4", "u2", "s2"});
  if (kind < 0) b.unsupported("this result type of cvt.pack");
  if (!b.flag("s32")) b.unsupported("source type other than .s32 of cvt.pack");
  bool accumulates = kBits[kind] < 16;
  if (accumulates && !b.flag("b32")) b.fail("'" + b.fullName() + "' needs .b32", "add .b32");
  b.expectOperands(accumulates ? 4 : 3);
  b.out.option[0] = kBits[kind];
  b.out.option[1] = kind & 1;
  b.out.d = b.destination(0, Type::B32);
  b.out.a = b.source(1, Type::S32);
  b.out.b = b.source(2, Type::S32);
  if (accumulates) b.out.c = b.source(3, Type::B32);
  b.out.handler = &cvtPack;
}

void decodeCvt(Builder &b) {
  if (b.flag("pack")) return decodePack(b);
  bool integral = false, given = false;
  decodeRounding(b, integral, given);
  uint8_t flags = 0;
  if (b.flag("ftz")) flags |= kFlush;
  if (b.flag("sat")) flags |= kSaturate;
  if (b.flag("relu")) flags |= kRelu;
  if (b.flag("satfinite")) flags |= kSatfinite;
  b.out.option[1] = flags;
  Type d = b.type(), s = b.type();
  b.out.option[2] = static_cast<uint8_t>(s), b.out.option[3] = static_cast<uint8_t>(d);
  auto isPacked = [](Type t) {
    return t == Type::F16x2 || t == Type::BF16x2 || t == Type::E4M3x2 || t == Type::E5M2x2;
  };
  if (isPacked(d) || isPacked(s)) return decodePackedFloat(b, d, s);
  auto known = [&](Type t) {
    return isInteger(t) || t == Type::F16 || t == Type::BF16 || t == Type::F32 || t == Type::F64 ||
           (t == Type::TF32 && s == Type::F32);
  };
  if (!known(d) || !known(s))
    b.unsupported("conversion from ." + std::string(typeName(s)) + " to ." + std::string(typeName(d)));
  if ((flags & kRelu) && isInteger(d)) b.unsupported("'.relu' with an integer result");
  decodeScalar(b, d, s, integral, given);
}

} // namespace

void registerConvertOps(OpcodeTable &table) { table["cvt"] = decodeCvt; }

} // namespace tw::emu
