// Floating-point min, max, neg, abs, copysign, testp and the approximate functions (PTX ISA sections 9.7.3 to 9.7.5).
// The approximations are computed with host maths, which lies inside the error bounds of the ISA; bits are not
// promised.
#include <cmath>

#include "ops/dispatch.hpp"
#include "ops/float_format.hpp"
#include "ops/integer.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

// ---- min and max ----

// option[0]: 1 max, 2 .NaN, 4 .xorsign.abs; option[1]: kFlush.
template <class Bits> struct MinMaxRule {
  bool max, nan, xorsign;
  Bits sign, infinity, quietNan;

  bool isNan(Bits x) const { return (x & ~sign) > infinity; }
  // Maps the bits so that integer order is float order, -0 below +0.
  static Bits order(Bits x, Bits sign) { return x & sign ? static_cast<Bits>(~x) : static_cast<Bits>(x | sign); }

  Bits operator()(Bits a, Bits b) const {
    Bits outSign = (a ^ b) & sign;
    if (xorsign) a &= static_cast<Bits>(~sign), b &= static_cast<Bits>(~sign);
    Bits r;
    if (isNan(a) || isNan(b)) {
      if (nan || (isNan(a) && isNan(b))) return quietNan;
      r = isNan(a) ? b : a;
    } else {
      bool less = order(a, sign) < order(b, sign);
      r = less != max ? a : b;
    }
    return xorsign ? static_cast<Bits>((r & static_cast<Bits>(~sign)) | outSign) : r;
  }
};

template <class Bits> Bits flushBits(Bits x, Bits sign, Bits infinity) { return x & infinity ? x : x & sign; }

template <class Bits, bool kPair> void minMax(Warp &w, const Instruction &in, uint32_t mask) {
  const auto [sign, infinity, nan] = [&]() -> std::array<Bits, 3> {
    if constexpr (sizeof(Bits) == 8)
      return {Bits{1} << 63, Bits{0x7ff} << 52, 0x7fffffffffffffffull};
    else if constexpr (sizeof(Bits) == 4)
      return {0x80000000u, 0x7f800000u, 0x7fffffffu};
    else
      return {Bits{0x8000}, static_cast<Bits>(in.option[2] ? 0x7f80 : 0x7c00), Bits{0x7fff}};
  }();
  MinMaxRule<Bits> rule{(in.option[0] & 1) != 0, (in.option[0] & 2) != 0, (in.option[0] & 4) != 0, sign, infinity, nan};
  bool ftz = in.option[1] & kFlush;
  auto one = [&](Bits a, Bits b) {
    if (ftz) a = flushBits(a, sign, infinity), b = flushBits(b, sign, infinity);
    return rule(a, b);
  };
  if constexpr (kPair)
    mapLanes<uint32_t, uint32_t, uint32_t>(w, in, mask, [&](uint32_t a, uint32_t b) {
      return static_cast<uint32_t>(one(static_cast<Bits>(a >> 16), static_cast<Bits>(b >> 16))) << 16 |
             one(static_cast<Bits>(a), static_cast<Bits>(b));
    });
  else
    mapLanes<Bits, Bits, Bits>(w, in, mask, one);
}

void decodeMinMax(Builder &b) {
  bool max = b.statement.name == "max";
  Type t = b.type();
  if (decodeIntegerMinMax(b, t, max)) return;
  bool nan = b.flag("NaN"), ftz = b.flag("ftz"), xorsign = b.flag("xorsign");
  if (xorsign && !b.flag("abs")) b.fail("'.xorsign' needs '.abs'", "write .xorsign.abs");
  if (t == Type::F64 && (nan || ftz || xorsign)) b.unsupported("modifier with .f64");
  b.out.option[0] = static_cast<uint8_t>((max ? 1 : 0) | (nan ? 2 : 0) | (xorsign ? 4 : 0));
  b.out.option[1] = ftz ? kFlush : 0;
  b.out.option[2] = t == Type::BF16 || t == Type::BF16x2;
  switch (t) {
  case Type::F32: b.out.handler = &minMax<uint32_t, false>; break;
  case Type::F64: b.out.handler = &minMax<uint64_t, false>; break;
  case Type::F16:
  case Type::BF16: b.out.handler = &minMax<uint16_t, false>; break;
  case Type::F16x2:
  case Type::BF16x2: b.out.handler = &minMax<uint16_t, true>; break;
  default: b.unsupported("type '." + std::string(typeName(t)) + "'");
  }
  binaryOperands(b, t);
}

// ---- neg and abs ----

// option[0]: abs; option[1]: flush. The sign bits of the type are in `immediate`.
template <class Bits> void negAbs(Warp &w, const Instruction &in, uint32_t mask) {
  Bits sign = static_cast<Bits>(in.immediate);
  mapLanes<Bits, Bits>(w, in, mask, [&](Bits a) {
    if constexpr (sizeof(Bits) == 4)
      if (in.option[1]) {
        if (in.option[2] == 0)
          a = flushBits<uint32_t>(a, 0x80000000u, 0x7f800000u);
        else
          a = FormatF16::flush(a & 0xffff) | FormatF16::flush(a >> 16) << 16;
      }
    return in.option[0] ? static_cast<Bits>(a & ~sign) : static_cast<Bits>(a ^ sign);
  });
}

void decodeNegAbs(Builder &b) {
  bool abs = b.statement.name == "abs";
  Type t = b.type();
  if (decodeIntegerNegAbs(b, t, abs)) return;
  requireType(b, t, {Type::F16, Type::F16x2, Type::BF16, Type::BF16x2, Type::F32, Type::F64});
  bool ftz = b.flag("ftz");
  if (ftz && t != Type::F32 && t != Type::F16 && t != Type::F16x2) b.unsupported("'.ftz' here");
  b.out.option[0] = abs;
  b.out.option[1] = ftz;
  b.out.option[2] = t != Type::F32;
  uint64_t sign = bitsOf(t) == 64   ? uint64_t{1} << 63
                  : t == Type::F32  ? 0x80000000u
                  : bitsOf(t) == 32 ? 0x80008000u
                                    : 0x8000u;
  b.out.immediate = static_cast<int64_t>(sign);
  b.out.handler = bitsOf(t) == 64 ? &negAbs<uint64_t> : &negAbs<uint32_t>;
  unaryOperands(b, t);
}

void decodeCopysign(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::F32, Type::F64});
  // copysign d, a, b: the sign of a on the magnitude of b.
  b.out.handler = t == Type::F64 ? +[](Warp &w, const Instruction &in, uint32_t m) {
    mapLanes<double, double, double>(w, in, m, [](double x, double y) { return std::copysign(y, x); });
  } : +[](Warp &w, const Instruction &in, uint32_t m) {
    mapLanes<float, float, float>(w, in, m, [](float x, float y) { return std::copysign(y, x); });
  };
  binaryOperands(b, t);
}

template <class T> void testp(Warp &w, const Instruction &in, uint32_t mask) {
  const auto *a = lanesOf<T>(w, in.a);
  uint32_t &p = w.predicate(in.d);
  uint32_t result = 0;
  forLanes(mask, [&](uint32_t l) {
    int kind = std::fpclassify(fromWord<T>(a[l]));
    bool hit = false;
    switch (in.option[0]) {
    case 0: hit = kind != FP_INFINITE && kind != FP_NAN; break;
    case 1: hit = kind == FP_INFINITE; break;
    case 2: hit = kind != FP_NAN; break;
    case 3: hit = kind == FP_NAN; break;
    case 4: hit = kind == FP_NORMAL; break;
    case 5: hit = kind == FP_SUBNORMAL; break;
    }
    result |= static_cast<uint32_t>(hit) << l;
  });
  p = (p & ~mask) | result;
}

void decodeTestp(Builder &b) {
  int what = b.choice({"finite", "infinite", "number", "notanumber", "normal", "subnormal"});
  if (what < 0) b.fail("testp has no property", "add .finite or another");
  b.out.option[0] = static_cast<uint8_t>(what);
  Type t = b.type();
  requireType(b, t, {Type::F32, Type::F64});
  b.expectOperands(2);
  b.out.d = b.predicateDestination(b.operand(0));
  b.out.a = b.source(1, t);
  b.out.handler = t == Type::F64 ? &testp<double> : &testp<float>;
}

// ---- approximate functions ----

struct Sin {
  static float f(float x) { return std::sin(x); }
};
struct Cos {
  static float f(float x) { return std::cos(x); }
};
struct Log2 {
  static float f(float x) { return std::log2(x); }
};
struct Exp2 {
  static float f(float x) { return std::exp2(x); }
};
struct Tanh {
  static float f(float x) { return std::tanh(x); }
};
struct Rsqrt {
  static float f(float x) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(x))); }
};

template <class F, bool kFtz> void f32Function(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<float, float>(w, in, mask, [](float a) {
    if (kFtz) a = flushSubnormal(a);
    float r = canonicalNan(F::f(a));
    return kFtz ? flushSubnormal(r) : r;
  });
}

template <class F, class Format> void smallFunction(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<uint32_t, uint32_t>(w, in, mask, [&](uint32_t a) {
    return Format::apply(in.option[1], a, a, a, [](double x, double, double) {
      return narrow(Format::kFormat, F::f(static_cast<float>(x)), Rounding::NearestEven);
    });
  });
}

template <class F, bool kSmall> void decodeFunction(Builder &b) {
  if (!b.flag("approx")) b.fail("'" + b.fullName() + "' needs .approx", "add .approx");
  bool ftz = b.flag("ftz");
  Type t = b.type();
  unaryOperands(b, t);
  b.out.option[1] = ftz ? kFlush : 0;
  if (t == Type::F32) {
    b.out.handler = ftz ? &f32Function<F, true> : &f32Function<F, false>;
    return;
  }
  if constexpr (kSmall) {
    if (t == Type::F16)
      b.out.handler = &smallFunction<F, FormatF16>;
    else if (t == Type::F16x2)
      b.out.handler = &smallFunction<F, Packed<FormatF16>>;
    else if (t == Type::BF16)
      b.out.handler = &smallFunction<F, FormatBf16>;
    else if (t == Type::BF16x2)
      b.out.handler = &smallFunction<F, Packed<FormatBf16>>;
  }
  if (!b.out.handler) b.unsupported("type '." + std::string(typeName(t)) + "'");
}

void rsqrtF64(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<double, double>(w, in, mask, [&](double a) {
    if (in.option[1]) a = std::bit_cast<double>(std::bit_cast<uint64_t>(a) & 0xffffffff00000000ull);
    if (in.option[1] && std::fpclassify(a) == FP_SUBNORMAL) a = std::copysign(0.0, a);
    double r = canonicalNan(1.0 / std::sqrt(a));
    return in.option[1] ? std::bit_cast<double>(std::bit_cast<uint64_t>(r) & 0xffffffff00000000ull) : r;
  });
}

void decodeRsqrt(Builder &b) {
  for (const std::string &m : b.statement.modifiers)
    if (m == "f64") {
      if (!b.flag("approx")) b.fail("'" + b.fullName() + "' needs .approx", "add .approx");
      b.out.option[1] = b.flag("ftz");
      unaryOperands(b, b.type());
      b.out.handler = &rsqrtF64;
      return;
    }
  decodeFunction<Rsqrt, false>(b);
}

} // namespace

void registerFloatFunctionOps(OpcodeTable &table) {
  table["min"] = table["max"] = decodeMinMax;
  table["neg"] = table["abs"] = decodeNegAbs;
  table["copysign"] = decodeCopysign;
  table["testp"] = decodeTestp;
  table["sin"] = decodeFunction<Sin, false>;
  table["cos"] = decodeFunction<Cos, false>;
  table["lg2"] = decodeFunction<Log2, false>;
  table["ex2"] = decodeFunction<Exp2, true>;
  table["tanh"] = decodeFunction<Tanh, true>;
  table["rsqrt"] = decodeRsqrt;
}

} // namespace tw::emu
