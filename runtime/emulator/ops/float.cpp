// Floating-point arithmetic: add sub mul fma mad div min max neg abs rcp sqrt (PTX ISA sections 9.7.3 to 9.7.5).
//
// f32 with .rn and no .sat, and f64, run on host arithmetic. Everything else goes through double with rounding to odd
// and one final rounding, which is exact for all roundings (small_float.hpp).
#include <cfenv>
#include <cmath>

#include "ops/carry.hpp"
#include "ops/dispatch.hpp"
#include "ops/float_format.hpp"
#include "ops/fma_run.hpp"
#include "ops/integer.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

enum class Op : uint8_t { Add, Sub, Mul, Fma, Div, Rcp, Sqrt };

// ---- f32, round to nearest, on the host ----

template <Op kOp> inline float hostF32(float a, float b, float c) {
  if constexpr (kOp == Op::Add)
    return a + b;
  else if constexpr (kOp == Op::Sub)
    return a - b;
  else if constexpr (kOp == Op::Mul)
    return a * b;
  else if constexpr (kOp == Op::Div)
    return a / b;
  else if constexpr (kOp == Op::Rcp)
    return 1.0f / a;
  else if constexpr (kOp == Op::Sqrt)
    return std::sqrt(a);
  else
    return std::fma(a, b, c);
}

template <Op kOp, bool kFtz> void f32Nearest(Warp &w, const Instruction &in, uint32_t mask) {
  auto one = [](float a, float b, float c) {
    if constexpr (kFtz) a = flushSubnormal(a), b = flushSubnormal(b), c = flushSubnormal(c);
    float r = canonicalNan(hostF32<kOp>(a, b, c));
    if constexpr (kFtz) r = flushSubnormal(r);
    return r;
  };
  if constexpr (kOp == Op::Fma)
    mapLanes<float, float, float, float>(w, in, mask, one);
  else if constexpr (kOp == Op::Rcp || kOp == Op::Sqrt)
    mapLanes<float, float>(w, in, mask, [&](float a) { return one(a, 0, 0); });
  else
    mapLanes<float, float, float>(w, in, mask, [&](float a, float b) { return one(a, b, 0); });
}

#if defined(__x86_64__)
/// fma on hosts that have the instruction; without it std::fma is a library call per lane.
template <bool kFtz>
[[gnu::always_inline, gnu::target("avx2,fma")]] inline uint32_t fmaWord(uint32_t x, uint32_t y, uint32_t z) {
  auto flush = [](uint32_t v) __attribute__((always_inline, target("avx2,fma"))) {
    return v & 0x7f800000u ? v : v & 0x80000000u;
  };
  if (kFtz) x = flush(x), y = flush(y), z = flush(z);
  float r = __builtin_fmaf(std::bit_cast<float>(x), std::bit_cast<float>(y), std::bit_cast<float>(z));
  uint32_t bits = r == r ? std::bit_cast<uint32_t>(r) : 0x7fffffffu;
  return kFtz ? flush(bits) : bits;
}

template <bool kFtz>
__attribute__((target("avx2,fma"))) void f32FmaNative(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t *d = w.words(in.d);
  const uint32_t *a = w.words(in.a), *b = w.words(in.b), *c = w.words(in.c);
  if (mask == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < 32; ++l) d[l] = fmaWord<kFtz>(a[l], b[l], c[l]);
  } else {
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) d[l] = fmaWord<kFtz>(a[l], b[l], c[l]);
  }
}
#endif

template <Op kOp> Handler f32Handler(bool ftz) {
#if defined(__x86_64__)
  if (kOp == Op::Fma && __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2"))
    return ftz ? &f32FmaNative<true> : &f32FmaNative<false>;
#endif
  return ftz ? &f32Nearest<kOp, true> : &f32Nearest<kOp, false>;
}

// ---- any format of at most 32 bits, any rounding ----

template <Op kOp> double exact(double a, double b, double c) {
  if constexpr (kOp == Op::Add)
    return addToOdd(a, b);
  else if constexpr (kOp == Op::Sub)
    return addToOdd(a, -b);
  else if constexpr (kOp == Op::Mul)
    return a * b;
  else if constexpr (kOp == Op::Div)
    return divideToOdd(a, b);
  else if constexpr (kOp == Op::Rcp)
    return divideToOdd(1.0, a);
  else if constexpr (kOp == Op::Sqrt)
    return sqrtToOdd(a);
  else
    return fmaToOdd(a, b, c);
}

// option: rounding, flags of float_format.hpp.
template <class Format, Op kOp> void generic(Warp &w, const Instruction &in, uint32_t mask) {
  auto rounding = static_cast<Rounding>(in.option[0]);
  uint32_t *d = w.words(in.d);
  const uint32_t *a = w.words(in.a);
  const uint32_t *b = in.b ? w.words(in.b) : a;
  const uint32_t *c = in.c ? w.words(in.c) : a;
  forLanes(mask, [&](uint32_t l) {
    d[l] = Format::apply(in.option[1], a[l], b[l], c[l], [&](double x, double y, double z) {
      double r = exact<kOp>(x, y, z);
      // An exact zero sum is -0 when rounding down (IEEE 754), which addition in nearest mode does not give.
      if ((kOp == Op::Add || kOp == Op::Sub || kOp == Op::Fma) && r == 0 && rounding == Rounding::Down) {
        double first = kOp == Op::Fma ? x * y : x, second = kOp == Op::Fma ? z : kOp == Op::Sub ? -y : y;
        if (std::signbit(first) != std::signbit(second) || first != 0) r = -0.0;
      }
      return narrow(Format::kFormat, r, rounding);
    });
  });
}

// ---- f64 ----

template <Op kOp> void f64Any(Warp &w, const Instruction &in, uint32_t mask) {
  static constexpr int kModes[] = {FE_TONEAREST, FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  int mode = kModes[in.option[0]];
  if (mode != FE_TONEAREST) std::fesetround(mode);
  uint64_t *d = w.wides(in.d);
  const uint64_t *a = w.wides(in.a);
  const uint64_t *b = in.b ? w.wides(in.b) : a;
  const uint64_t *c = in.c ? w.wides(in.c) : a;
  forLanes(mask, [&](uint32_t l) {
    volatile double x = std::bit_cast<double>(a[l]), y = std::bit_cast<double>(b[l]), z = std::bit_cast<double>(c[l]);
    volatile double r;
    if constexpr (kOp == Op::Add)
      r = x + y;
    else if constexpr (kOp == Op::Sub)
      r = x - y;
    else if constexpr (kOp == Op::Mul)
      r = x * y;
    else if constexpr (kOp == Op::Div)
      r = x / y;
    else if constexpr (kOp == Op::Rcp)
      r = 1.0 / x;
    else if constexpr (kOp == Op::Sqrt)
      r = std::sqrt(x);
    else
      r = std::fma(x, y, z);
    d[l] = std::bit_cast<uint64_t>(canonicalNan(r));
  });
  if (mode != FE_TONEAREST) std::fesetround(FE_TONEAREST);
}

// ---- decoding ----

template <Op kOp> Handler genericHandler(Builder &b, Type t) {
  switch (t) {
  case Type::F32: return &generic<FormatF32, kOp>;
  case Type::F16: return &generic<FormatF16, kOp>;
  case Type::BF16: return &generic<FormatBf16, kOp>;
  case Type::F16x2: return &generic<Packed<FormatF16>, kOp>;
  case Type::BF16x2: return &generic<Packed<FormatBf16>, kOp>;
  default: b.unsupported("type '." + std::string(typeName(t)) + "' of '" + b.statement.name + "'");
  }
}

template <Op kOp> void arithmetic(Builder &b, Type t) {
  constexpr int kArity = kOp == Op::Fma ? 3 : kOp == Op::Rcp || kOp == Op::Sqrt ? 1 : 2;
  int mode = b.choice({"rn", "rz", "rm", "rp"});
  if (mode < 0 && (kOp == Op::Fma || kOp == Op::Div || kOp == Op::Rcp || kOp == Op::Sqrt))
    b.fail("'" + b.fullName() + "' has no rounding", "add .rn");
  static constexpr Rounding kRounding[] = {Rounding::NearestEven, Rounding::Zero, Rounding::Down, Rounding::Up};
  b.out.option[0] = static_cast<uint8_t>(kRounding[std::max(mode, 0)]);
  bool ftz = b.flag("ftz"), sat = b.flag("sat"), relu = b.flag("relu");
  b.out.option[1] = static_cast<uint8_t>((ftz ? kFlush : 0) | (sat ? kSaturate : 0) | (relu ? kRelu : 0));
  bool isSmall = t != Type::F32 && t != Type::F64;
  if (mode > 0 && isSmall) b.unsupported("rounding other than .rn with a 16-bit type");
  if (relu && (kOp != Op::Fma || !isSmall || sat)) b.unsupported("'.relu' here");
  if (ftz && (t == Type::F64 || t == Type::BF16 || t == Type::BF16x2))
    b.unsupported("'.ftz' with ." + std::string(typeName(t)));
  if (sat && (t == Type::F64 || t == Type::BF16 || t == Type::BF16x2))
    b.unsupported("'.sat' with ." + std::string(typeName(t)));
  if ((t == Type::BF16 || t == Type::BF16x2) && kOp != Op::Fma && b.targetNumber() < 90)
    b.unsupported("bf16 arithmetic other than fma below sm_90");
  if (isSmall && kArity == 1) b.unsupported("16-bit type");
  if (t == Type::F64)
    b.out.handler = &f64Any<kOp>;
  else if (t == Type::F32 && mode <= 0 && !sat)
    b.out.handler = f32Handler<kOp>(ftz), b.out.run = kOp == Op::Fma ? fmaRun(ftz) : nullptr;
  else
    b.out.handler = genericHandler<kOp>(b, t);
  if (kArity == 1)
    unaryOperands(b, t);
  else if (kArity == 2)
    binaryOperands(b, t);
  else
    ternaryOperands(b, t);
}

/// The last type modifier: fixes which family an opcode shared with integers belongs to.
Type typeOf(Builder &b) { return b.type(); }

void decodeAdd(Builder &b) {
  bool subtract = b.statement.name == "sub";
  if (decodeCarryOut(b, false, subtract)) return;
  Type t = typeOf(b);
  if (decodeIntegerAdd(b, t, subtract)) return;
  subtract ? arithmetic<Op::Sub>(b, t) : arithmetic<Op::Add>(b, t);
}

void decodeMul(Builder &b) {
  if (decodeIntegerMultiply(b, false)) return;
  arithmetic<Op::Mul>(b, typeOf(b));
}

void decodeMad(Builder &b) {
  if (b.statement.name == "mad" && decodeCarryOut(b, true, false)) return;
  if (b.statement.name == "mad" && decodeIntegerMultiply(b, true)) return;
  arithmetic<Op::Fma>(b, typeOf(b));
}

void decodeDiv(Builder &b) {
  if (decodeIntegerDivide(b)) return;
  Type t = typeOf(b);
  if (b.choice({"approx", "full"}) >= 0) {
    requireType(b, t, {Type::F32});
    b.out.handler = f32Handler<Op::Div>(b.flag("ftz"));
    binaryOperands(b, t);
    return;
  }
  requireType(b, t, {Type::F32, Type::F64});
  arithmetic<Op::Div>(b, t);
}

/// Clears the low half: the .approx.ftz.f64 forms promise only the upper 32 bits (PTX ISA 9.7.3, rcp.approx.ftz.f64).
void rcpApproxF64(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<double, double>(w, in, mask, [](double a) {
    auto upper = [](double x) { return std::bit_cast<double>(std::bit_cast<uint64_t>(x) & 0xffffffff00000000ull); };
    a = upper(a);
    if (std::fpclassify(a) == FP_SUBNORMAL) a = std::copysign(0.0, a);
    double r = 1.0 / a;
    if (std::fpclassify(r) == FP_SUBNORMAL) r = std::copysign(0.0, r);
    return canonicalNan(upper(r));
  });
}

template <Op kOp> void decodeRoot(Builder &b) {
  Type t = typeOf(b);
  if (b.flag("approx")) {
    bool ftz = b.flag("ftz");
    if (t == Type::F64 && kOp == Op::Rcp && ftz)
      b.out.handler = &rcpApproxF64;
    else if (t == Type::F32)
      b.out.handler = f32Handler<kOp>(ftz);
    else
      b.unsupported("type '." + std::string(typeName(t)) + "' with .approx");
    unaryOperands(b, t);
    return;
  }
  arithmetic<kOp>(b, t);
}

} // namespace

void registerFloatOps(OpcodeTable &table) {
  table["add"] = table["sub"] = decodeAdd;
  table["mul"] = decodeMul;
  table["mad"] = table["fma"] = decodeMad;
  table["div"] = decodeDiv;
  table["rcp"] = decodeRoot<Op::Rcp>;
  table["sqrt"] = decodeRoot<Op::Sqrt>;
}

} // namespace tw::emu
