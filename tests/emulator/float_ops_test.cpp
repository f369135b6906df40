// Floating-point arithmetic, comparisons and conversions against host arithmetic.
#include <array>
#include <bit>
#include <cfenv>
#include <cmath>
#include <random>

#include "operation_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

using Operands = std::vector<std::array<uint64_t, 3>>;

uint64_t bits(float x) { return std::bit_cast<uint32_t>(x); }
uint64_t bits(double x) { return std::bit_cast<uint64_t>(x); }
float f32(uint64_t b) { return std::bit_cast<float>(static_cast<uint32_t>(b)); }
double f64(uint64_t b) { return std::bit_cast<double>(b); }

Operands floats(uint64_t seed) {
  static constexpr uint32_t kEdges[] = {0,           0x80000000u, 1,           0x80000001u, 0x007fffffu,
                                        0x00800000u, 0x3f800000u, 0xbf800000u, 0x7f7fffffu, 0x7f800000u,
                                        0xff800000u, 0x7fc00000u, 0x3effffffu, 0x4b000001u};
  std::mt19937_64 random(seed);
  Operands list;
  for (int i = 0; i < 512; ++i) {
    auto pick = [&]() -> uint64_t {
      if (random() % 4 == 0) return kEdges[random() % std::size(kEdges)];
      return bits(static_cast<float>(
          std::ldexp(static_cast<double>(random() % 2000001) - 1e6, static_cast<int>(random() % 60) - 40)));
    };
    list.push_back({pick(), pick(), pick()});
  }
  return Operands(list.begin(), list.begin() + 512);
}

uint64_t canonical(float x) { return x == x ? bits(x) : 0x7fffffffu; }

template <class F> void checkF32(const std::string &instruction, F expect) {
  Operands in = floats(std::hash<std::string>()(instruction));
  std::vector<uint64_t> out = runOperation(instruction, "b32", "b32", in);
  for (size_t i = 0; i < in.size(); ++i) {
    CAPTURE(instruction, f32(in[i][0]), f32(in[i][1]), f32(in[i][2]));
    REQUIRE(out[i] == expect(f32(in[i][0]), f32(in[i][1]), f32(in[i][2])));
  }
}

template <class F> float rounded(int mode, F f) {
  std::fesetround(mode);
  volatile float r = f();
  std::fesetround(FE_TONEAREST);
  return r;
}

float flush(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x; }

} // namespace

TEST_CASE("f32 arithmetic to nearest") {
  checkF32("add.f32 %d, %a, %b;", [](float a, float b, float) { return canonical(a + b); });
  checkF32("sub.rn.f32 %d, %a, %b;", [](float a, float b, float) { return canonical(a - b); });
  checkF32("mul.f32 %d, %a, %b;", [](float a, float b, float) { return canonical(a * b); });
  checkF32("fma.rn.f32 %d, %a, %b, %c;", [](float a, float b, float c) { return canonical(std::fma(a, b, c)); });
  checkF32("div.rn.f32 %d, %a, %b;", [](float a, float b, float) { return canonical(a / b); });
  checkF32("sqrt.rn.f32 %d, %a;", [](float a, float, float) { return canonical(std::sqrt(a)); });
  checkF32("rcp.rn.f32 %d, %a;", [](float a, float, float) { return canonical(1.0f / a); });
}

TEST_CASE("f32 flush to zero and saturation") {
  checkF32("add.ftz.f32 %d, %a, %b;", [](float a, float b, float) { return canonical(flush(flush(a) + flush(b))); });
  checkF32("fma.rn.ftz.f32 %d, %a, %b, %c;",
           [](float a, float b, float c) { return canonical(flush(std::fma(flush(a), flush(b), flush(c)))); });
  checkF32("mul.sat.f32 %d, %a, %b;", [](float a, float b, float) {
    float r = a * b;
    return bits(r > 0 ? std::min(r, 1.0f) : 0.0f);
  });
}

TEST_CASE("f32 directed rounding") {
  struct Mode {
    const char *name;
    int mode;
  };
  for (Mode m : {Mode{"rz", FE_TOWARDZERO}, Mode{"rm", FE_DOWNWARD}, Mode{"rp", FE_UPWARD}}) {
    std::string n = m.name;
    // The volatile reads keep the operations between the two changes of mode.
    checkF32("add." + n + ".f32 %d, %a, %b;", [&](float a, float b, float) {
      volatile float x = a, y = b;
      return canonical(rounded(m.mode, [&] { return x + y; }));
    });
    checkF32("mul." + n + ".f32 %d, %a, %b;", [&](float a, float b, float) {
      volatile float x = a, y = b;
      return canonical(rounded(m.mode, [&] { return x * y; }));
    });
    checkF32("fma." + n + ".f32 %d, %a, %b, %c;", [&](float a, float b, float c) {
      volatile float x = a, y = b, z = c;
      return canonical(rounded(m.mode, [&] { return std::fma(x, y, z); }));
    });
    checkF32("div." + n + ".f32 %d, %a, %b;", [&](float a, float b, float) {
      volatile float x = a, y = b;
      return canonical(rounded(m.mode, [&] { return x / y; }));
    });
    checkF32("sqrt." + n + ".f32 %d, %a;", [&](float a, float, float) {
      volatile float x = a;
      return canonical(rounded(m.mode, [&] { return std::sqrt(x); }));
    });
  }
}

TEST_CASE("min and max, NaN and signed zero") {
  auto less = [](float a, float b) { return a < b || (a == b && std::signbit(a) && !std::signbit(b)); };
  auto min = [=](float a, float b) { return a != a ? b : b != b ? a : less(a, b) ? a : b; };
  checkF32("min.f32 %d, %a, %b;", [=](float a, float b, float) { return canonical(min(a, b)); });
  checkF32("max.f32 %d, %a, %b;", [=](float a, float b, float) {
    return canonical(a != a ? b : b != b ? a : less(a, b) ? b : a);
  });
  checkF32("max.NaN.f32 %d, %a, %b;",
           [=](float a, float b, float) { return a != a || b != b ? 0x7fffffffu : canonical(less(a, b) ? b : a); });
  checkF32("min.xorsign.abs.f32 %d, %a, %b;", [=](float a, float b, float) {
    float r = min(std::fabs(a), std::fabs(b));
    return r != r ? 0x7fffffffu : bits(std::signbit(a) != std::signbit(b) ? -r : r);
  });
}

TEST_CASE("comparisons with NaN") {
  auto check = [](const std::string &comparison, auto expect) {
    checkF32("setp." + comparison + ".f32 %p, %a, %b; selp.b32 %d, 1, 0, %p;",
             [=](float a, float b, float) { return uint64_t{expect(a, b)}; });
  };
  auto unordered = [](float a, float b) { return a != a || b != b; };
  check("eq", [](float a, float b) { return a == b; });
  check("ne", [=](float a, float b) { return !unordered(a, b) && a != b; });
  check("lt", [](float a, float b) { return a < b; });
  check("ge", [](float a, float b) { return a >= b; });
  check("neu", [](float a, float b) { return a != b; });
  check("ltu", [](float a, float b) { return !(a >= b); });
  check("geu", [](float a, float b) { return !(a < b); });
  check("num", [=](float a, float b) { return !unordered(a, b); });
  check("nan", [=](float a, float b) { return unordered(a, b); });
}

TEST_CASE("set, slct, copysign, testp, neg, abs") {
  checkF32("set.lt.f32.f32 %d, %a, %b;", [](float a, float b, float) { return bits(a < b ? 1.0f : 0.0f); });
  checkF32("set.gt.u32.f32 %d, %a, %b;", [](float a, float b, float) { return uint64_t{a > b ? 0xffffffffu : 0u}; });
  checkF32("slct.b32.f32 %d, %a, %b, %c;", [](float a, float b, float c) { return bits(c >= 0 ? a : b); });
  checkF32("copysign.f32 %d, %a, %b;", [](float a, float b, float) { return bits(std::copysign(b, a)); });
  checkF32("testp.subnormal.f32 %p, %a; selp.b32 %d, 1, 0, %p;",
           [](float a, float, float) { return uint64_t{std::fpclassify(a) == FP_SUBNORMAL}; });
  checkF32("neg.f32 %d, %a;", [](float a, float, float) { return bits(a) ^ 0x80000000u; });
  checkF32("abs.ftz.f32 %d, %a;", [](float a, float, float) { return bits(flush(a)) & 0x7fffffffu; });
}

TEST_CASE("approximate functions stay inside the bounds of the ISA") {
  auto near = [](const std::string &instruction, auto exact, double bound, double low, double high) {
    Operands in;
    for (int i = 0; i < 256; ++i) in.push_back({bits(static_cast<float>(low + (high - low) * i / 255)), 0, 0});
    std::vector<uint64_t> out = runOperation(instruction, "b32", "b32", in);
    for (size_t i = 0; i < in.size(); ++i) {
      double want = exact(static_cast<double>(f32(in[i][0])));
      CAPTURE(instruction, f32(in[i][0]), want);
      REQUIRE(std::fabs(f32(out[i]) - want) <= bound * std::max(1e-30, std::fabs(want)) + 1e-30);
    }
  };
  near(
      "ex2.approx.ftz.f32 %d, %a;", [](double x) { return std::exp2(x); }, 0x1p-22, -100, 100);
  near(
      "lg2.approx.f32 %d, %a;", [](double x) { return std::log2(x); }, 0x1p-22, 2.1, 1000);
  near(
      "rsqrt.approx.f32 %d, %a;", [](double x) { return 1 / std::sqrt(x); }, 0x1p-22, 0.01, 1000);
  near(
      "tanh.approx.f32 %d, %a;", [](double x) { return std::tanh(x); }, 0x1p-11, 0.01, 5);
  near(
      "div.approx.f32 %d, %a, 0f40400000;", [](double x) { return x / 3; }, 0x1p-22, 1, 100);
}

TEST_CASE("f64 arithmetic and directed rounding") {
  Operands in;
  std::mt19937_64 random(3);
  for (int i = 0; i < 256; ++i)
    in.push_back({bits(static_cast<double>(random()) / 3), bits(std::ldexp(static_cast<double>(random()), -70)),
                  bits(-1.0 / (i + 1))});
  auto check = [&](const std::string &instruction, int mode, auto f) {
    std::vector<uint64_t> out = runOperation(instruction, "b64", "b64", in);
    for (size_t i = 0; i < in.size(); ++i) {
      volatile double a = f64(in[i][0]), b = f64(in[i][1]), c = f64(in[i][2]);
      std::fesetround(mode);
      volatile double want = f(a, b, c);
      std::fesetround(FE_TONEAREST);
      CAPTURE(instruction, i);
      REQUIRE(out[i] == bits(double{want}));
    }
  };
  check("add.f64 %d, %a, %b;", FE_TONEAREST, [](double a, double b, double) { return a + b; });
  check("mul.rp.f64 %d, %a, %b;", FE_UPWARD, [](double a, double b, double) { return a * b; });
  check("fma.rz.f64 %d, %a, %b, %c;", FE_TOWARDZERO, [](double a, double b, double c) { return std::fma(a, b, c); });
  check("div.rm.f64 %d, %a, %b;", FE_DOWNWARD, [](double a, double b, double) { return a / b; });
  check("max.f64 %d, %a, %c;", FE_TONEAREST, [](double a, double, double c) { return std::max(a, c); });
}

TEST_CASE("f32 to integers clamps and maps NaN") {
  auto toInt = [](const std::string &d, const char *mode, auto low, auto high, auto round) {
    Operands in = floats(17);
    for (auto &o : in)
      if (std::isfinite(f32(o[0]))) o[0] = bits(f32(o[0]) * 1e-3f);
    std::string type = sizeof(low) == 8 ? "b64" : "b32";
    std::vector<uint64_t> out =
        runOperation("cvt." + std::string(mode) + "." + d + ".f32 %d, %a;", type, "b32", in, "sm_80", "b32", "b32");
    for (size_t i = 0; i < in.size(); ++i) {
      float x = f32(in[i][0]);
      double r = round(static_cast<double>(x));
      uint64_t want;
      using T = decltype(low);
      if (x != x)
        want = sizeof(T) == 8 ? uint64_t{1} << 63 : 0;
      else if (r <= static_cast<double>(low))
        want = static_cast<uint64_t>(low);
      else if (r >= static_cast<double>(high))
        want = static_cast<uint64_t>(high);
      else
        want = static_cast<uint64_t>(static_cast<T>(r));
      if (sizeof(T) == 4) want &= 0xffffffffu;
      CAPTURE(d, mode, x);
      REQUIRE(out[i] == want);
    }
  };
  toInt("s32", "rzi", int32_t{INT32_MIN}, int32_t{INT32_MAX}, [](double x) { return std::trunc(x); });
  toInt("s32", "rni", int32_t{INT32_MIN}, int32_t{INT32_MAX}, [](double x) { return std::nearbyint(x); });
  toInt("u32", "rmi", uint32_t{0}, uint32_t{UINT32_MAX}, [](double x) { return std::floor(x); });
  toInt("s64", "rpi", int64_t{INT64_MIN}, int64_t{INT64_MAX}, [](double x) { return std::ceil(x); });
}

TEST_CASE("conversions between floats") {
  auto check = [](const std::string &instruction, const char *d, auto expect, const char *target = "sm_90") {
    Operands in = floats(std::hash<std::string>()(instruction));
    std::vector<uint64_t> out = runOperation(instruction, d, "b32", in, target);
    for (size_t i = 0; i < in.size(); ++i) {
      CAPTURE(instruction, f32(in[i][0]), f32(in[i][1]));
      REQUIRE(out[i] == uint64_t{expect(f32(in[i][0]), f32(in[i][1]))});
    }
  };
  auto to = [](FloatFormat f, Rounding r, bool sat = false) { return [=](float x) { return narrow(f, x, r, sat); }; };
  auto h = to(kF16, Rounding::NearestEven), hz = to(kF16, Rounding::Zero), b = to(kBf16, Rounding::NearestEven);
  auto e4 = to(kE4m3, Rounding::NearestEven, true), e5 = to(kE5m2, Rounding::NearestEven, true);
  check("cvt.rn.f16.f32 %d, %a;", "b16", [=](float x, float) { return h(x); });
  check("cvt.rz.f16.f32 %d, %a;", "b16", [=](float x, float) { return hz(x); });
  check("cvt.rn.bf16.f32 %d, %a;", "b16", [=](float x, float) { return b(x); });
  check("cvt.rn.relu.f16.f32 %d, %a;", "b16", [=](float x, float) { return x != x ? 0x7fffu : x > 0 ? h(x) : 0u; });
  check("cvt.rn.f16x2.f32 %d, %a, %b;", "b32", [=](float x, float y) { return h(x) << 16 | h(y); });
  check("cvt.rn.bf16x2.f32 %d, %a, %b;", "b32", [=](float x, float y) { return b(x) << 16 | b(y); });
  check("cvt.rn.satfinite.e4m3x2.f32 %d, %a, %b;", "b16", [=](float x, float y) { return e4(x) << 8 | e4(y); });
  check("cvt.rn.satfinite.e5m2x2.f32 %d, %a, %b;", "b16", [=](float x, float y) { return e5(x) << 8 | e5(y); });
  check("cvt.rna.tf32.f32 %d, %a;", "b32",
        [](float x, float) { return x != x ? 0x7fffffffu : narrow(kTf32, x, Rounding::NearestAway) << 13; });
  check("cvt.rmi.f32.f32 %d, %a;", "b32",
        [](float x, float) { return static_cast<uint32_t>(canonical(std::floor(x))); });
  check("cvt.sat.f32.f32 %d, %a;", "b32",
        [](float x, float) { return static_cast<uint32_t>(bits(x > 0 ? std::min(x, 1.f) : 0.f)); });
}

TEST_CASE("f16 codes widen to f32 and pairs of e4m3 and e5m2 to f16") {
  for (uint32_t base = 0; base < 0x10000; base += 1024) {
    Operands in;
    for (uint32_t i = 0; i < 1024; ++i) in.push_back({base + i, 0, 0});
    std::vector<uint64_t> wide = runOperation("cvt.f32.f16 %d, %a;", "b32", "b16", in);
    std::vector<uint64_t> bf = runOperation("cvt.f32.bf16 %d, %a;", "b32", "b16", in, "sm_90");
    std::vector<uint64_t> e4 = runOperation("cvt.rn.f16x2.e4m3x2 %d, %a;", "b32", "b16", in, "sm_90");
    std::vector<uint64_t> e5 = runOperation("cvt.rn.f16x2.e5m2x2 %d, %a;", "b32", "b16", in, "sm_90");
    for (uint32_t i = 0; i < 1024; ++i) {
      uint32_t code = base + i;
      bool fine = wide[i] == canonical(static_cast<float>(widen(kF16, code))) &&
                  bf[i] == canonical(static_cast<float>(widen(kBf16, code)));
      auto pair = [&](FloatFormat f) {
        return narrow(kF16, widen(f, code >> 8), Rounding::NearestEven) << 16 |
               narrow(kF16, widen(f, code & 0xff), Rounding::NearestEven);
      };
      if (!fine || e4[i] != pair(kE4m3) || e5[i] != pair(kE5m2)) FAIL("code " << code);
    }
  }
}

TEST_CASE("integer to float and integer widths") {
  Operands in;
  std::mt19937_64 random(4);
  for (int i = 0; i < 256; ++i) in.push_back({random() >> (random() % 64), 0, 0});
  auto check = [&](const std::string &instruction, const char *d, auto expect) {
    std::vector<uint64_t> out = runOperation(instruction, d, "b64", in);
    for (size_t i = 0; i < in.size(); ++i) {
      CAPTURE(instruction, in[i][0]);
      REQUIRE(out[i] == expect(in[i][0]));
    }
  };
  check("cvt.rn.f32.u64 %d, %a;", "b32", [](uint64_t a) { return bits(static_cast<float>(a)); });
  check("cvt.rn.f32.s64 %d, %a;", "b32", [](uint64_t a) { return bits(static_cast<float>(static_cast<int64_t>(a))); });
  check("cvt.rn.f64.u64 %d, %a;", "b64", [](uint64_t a) { return bits(static_cast<double>(a)); });
  check("cvt.rz.f32.u64 %d, %a;", "b32", [](uint64_t a) {
    float r = static_cast<float>(a);
    return bits(static_cast<double>(r) > static_cast<double>(a) || r == 0x1p64f || static_cast<unsigned __int128>(r) > a
                    ? std::nextafter(r, 0.f)
                    : r);
  });
  check("cvt.s64.s8 %d, %a;", "b64",
        [](uint64_t a) { return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(a))); });
  check("cvt.u32.u64 %d, %a;", "b32", [](uint64_t a) { return a & 0xffffffffu; });
  check("cvt.sat.s16.s64 %d, %a;", "b16", [](uint64_t a) {
    int64_t s = static_cast<int64_t>(a);
    return static_cast<uint64_t>(std::clamp<int64_t>(s, -32768, 32767)) & 0xffff;
  });
  check("cvt.sat.u8.s64 %d, %a;", "b32",
        [](uint64_t a) { return static_cast<uint64_t>(std::clamp<int64_t>(static_cast<int64_t>(a), 0, 255)); });
}

TEST_CASE("cvt.pack clamps and shifts") {
  Operands in;
  for (int i = 0; i < 64; ++i)
    in.push_back({static_cast<uint32_t>(i * 17 - 400), static_cast<uint32_t>(200 - i * 9),
                  static_cast<uint32_t>(i * 0x1234567)});
  auto s8 = [](uint64_t x) {
    return static_cast<uint64_t>(std::clamp<int32_t>(static_cast<int32_t>(x), -128, 127)) & 0xff;
  };
  std::vector<uint64_t> out = runOperation("cvt.pack.sat.s8.s32.b32 %d, %a, %b, %c;", "b32", "b32", in);
  for (size_t i = 0; i < in.size(); ++i)
    REQUIRE(out[i] == ((in[i][2] << 16 | s8(in[i][0]) << 8 | s8(in[i][1])) & 0xffffffffu));
}
