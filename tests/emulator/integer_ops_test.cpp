// Integer and bit instructions against plain C++.
#include <array>
#include <bit>
#include <functional>
#include <random>

#include "operation_run.hpp"

using namespace tw::emu::test;

namespace {

using Operands = std::vector<std::array<uint64_t, 3>>;

/// Edge values and random ones.
Operands operands(uint64_t seed) {
  static constexpr uint64_t kEdges[] = {0,
                                        1,
                                        2,
                                        31,
                                        32,
                                        33,
                                        63,
                                        64,
                                        0x7f,
                                        0x80,
                                        0xff,
                                        0x7fff,
                                        0x8000,
                                        0xffff,
                                        0x7fffffff,
                                        0x80000000,
                                        0xffffffff,
                                        0x7fffffffffffffff,
                                        0x8000000000000000,
                                        0xffffffffffffffff};
  std::mt19937_64 random(seed);
  Operands list;
  for (int i = 0; i < 256; ++i) {
    auto pick = [&] { return random() % 3 ? kEdges[random() % std::size(kEdges)] : random() >> (random() % 60); };
    list.push_back({pick(), pick(), pick()});
  }
  return list;
}

using Expect = std::function<uint64_t(uint64_t, uint64_t, uint64_t)>;

struct Case {
  const char *instruction;
  const char *d, *type;
  Expect expect;
  const char *b = "", *c = "";
};

void check(const std::vector<Case> &cases, const char *target = "sm_80") {
  for (const Case &test : cases) {
    Operands in = operands(std::hash<std::string>()(test.instruction));
    std::vector<uint64_t> out = runOperation(test.instruction, test.d, test.type, in, target, test.b, test.c);
    auto cut = [](uint64_t v, const char *t) {
      return std::string(t) == "b64" ? v : std::string(t) == "b32" ? v & 0xffffffff : v & 0xffff;
    };
    std::string b = *test.b ? test.b : test.type, c = *test.c ? test.c : test.type;
    for (size_t i = 0; i < in.size(); ++i) {
      CAPTURE(test.instruction, in[i][0], in[i][1], in[i][2]);
      REQUIRE(out[i] ==
              cut(test.expect(cut(in[i][0], test.type), cut(in[i][1], b.c_str()), cut(in[i][2], c.c_str())), test.d));
    }
  }
}

int32_t s32(uint64_t v) { return static_cast<int32_t>(v); }
int64_t s64(uint64_t v) { return static_cast<int64_t>(v); }
int16_t s16(uint64_t v) { return static_cast<int16_t>(v); }
uint32_t u32(uint64_t v) { return static_cast<uint32_t>(v); }
uint64_t clampS32(int64_t v) {
  return static_cast<uint64_t>(std::min<int64_t>(std::max<int64_t>(v, INT32_MIN), INT32_MAX));
}

} // namespace

TEST_CASE("add, sub, mul, mad") {
  check({
      {"add.s32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return a + b; }},
      {"add.u64 %d, %a, %b;", "b64", "b64", [](uint64_t a, uint64_t b, uint64_t) { return a + b; }},
      {"add.s16 %d, %a, %b;", "b16", "b16", [](uint64_t a, uint64_t b, uint64_t) { return a + b; }},
      {"add.sat.s32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return clampS32(int64_t{s32(a)} + s32(b)); }},
      {"sub.sat.s32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return clampS32(int64_t{s32(a)} - s32(b)); }},
      {"mul.lo.s32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return a * b; }},
      {"mul.hi.u32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return a * b >> 32; }},
      {"mul.hi.s32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return static_cast<uint64_t>(int64_t{s32(a)} * s32(b) >> 32); }},
      {"mul.wide.s32 %d, %a, %b;", "b64", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return static_cast<uint64_t>(int64_t{s32(a)} * s32(b)); }},
      {"mul.wide.u16 %d, %a, %b;", "b32", "b16", [](uint64_t a, uint64_t b, uint64_t) { return a * b; }},
      {"mul.wide.s16 %d, %a, %b;", "b32", "b16",
       [](uint64_t a, uint64_t b, uint64_t) { return static_cast<uint64_t>(s16(a) * s16(b)); }},
      {"mul.lo.u64 %d, %a, %b;", "b64", "b64", [](uint64_t a, uint64_t b, uint64_t) { return a * b; }},
      {"mul.hi.s64 %d, %a, %b;", "b64", "b64",
       [](uint64_t a, uint64_t b, uint64_t) {
         return static_cast<uint64_t>(static_cast<__int128>(s64(a)) * s64(b) >> 64);
       }},
      {"mad.lo.u32 %d, %a, %b, %c;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t c) { return a * b + c; }},
      {"mad.hi.s32 %d, %a, %b, %c;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return static_cast<uint64_t>(int64_t{s32(a)} * s32(b) >> 32) + c; }},
      {"mad.hi.sat.s32 %d, %a, %b, %c;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return clampS32((int64_t{s32(a)} * s32(b) >> 32) + s32(c)); }},
      {"mad.wide.u32 %d, %a, %b, %c;", "b64", "b32", [](uint64_t a, uint64_t b, uint64_t c) { return a * b + c; },
       "b32", "b64"},
      {"mul24.lo.u32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return (a & 0xffffff) * (b & 0xffffff); }},
      {"mul24.hi.u32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return (a & 0xffffff) * (b & 0xffffff) >> 16; }},
  });
}

TEST_CASE("div, rem, min, max, abs, neg, sad") {
  check({
      {"div.u32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return b ? a / b : ~uint64_t{0}; }},
      {"div.s32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) {
         return b ? static_cast<uint64_t>(int64_t{s32(a)} / s32(b)) : ~uint64_t{0};
       }},
      {"rem.s32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return b ? static_cast<uint64_t>(int64_t{s32(a)} % s32(b)) : a; }},
      {"rem.u64 %d, %a, %b;", "b64", "b64", [](uint64_t a, uint64_t b, uint64_t) { return b ? a % b : a; }},
      {"min.s32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return uint64_t{u32(static_cast<uint64_t>(std::min(s32(a), s32(b))))}; }},
      {"max.u32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return std::max(a, b); }},
      {"max.s64 %d, %a, %b;", "b64", "b64",
       [](uint64_t a, uint64_t b, uint64_t) { return static_cast<uint64_t>(std::max(s64(a), s64(b))); }},
      {"abs.s32 %d, %a;", "b32", "b32", [](uint64_t a, uint64_t, uint64_t) { return s32(a) < 0 ? -a : a; }},
      {"neg.s64 %d, %a;", "b64", "b64", [](uint64_t a, uint64_t, uint64_t) { return -a; }},
      {"sad.u32 %d, %a, %b, %c;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return c + (a > b ? a - b : b - a); }},
  });
}

TEST_CASE("logic and shifts clamp their amounts") {
  check({
      {"and.b32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return a & b; }},
      {"or.b64 %d, %a, %b;", "b64", "b64", [](uint64_t a, uint64_t b, uint64_t) { return a | b; }},
      {"xor.b16 %d, %a, %b;", "b16", "b16", [](uint64_t a, uint64_t b, uint64_t) { return a ^ b; }},
      {"not.b16 %d, %a;", "b16", "b16", [](uint64_t a, uint64_t, uint64_t) { return ~a; }},
      {"cnot.b32 %d, %a;", "b32", "b32", [](uint64_t a, uint64_t, uint64_t) { return uint64_t{a == 0}; }},
      {"shl.b32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return b > 31 ? 0 : a << b; }},
      {"shl.b64 %d, %a, %b;", "b64", "b64", [](uint64_t a, uint64_t b, uint64_t) { return b > 63 ? 0 : a << b; },
       "b32"},
      {"shr.u32 %d, %a, %b;", "b32", "b32", [](uint64_t a, uint64_t b, uint64_t) { return b > 31 ? 0 : a >> b; }},
      {"shr.s32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return static_cast<uint64_t>(s32(a) >> std::min<uint64_t>(b, 31)); }},
      {"shr.s16 %d, %a, %b;", "b16", "b16",
       [](uint64_t a, uint64_t b, uint64_t) { return static_cast<uint64_t>(s16(a) >> std::min<uint64_t>(b, 15)); },
       "b32"},
      {"shf.l.wrap.b32 %d, %a, %b, %c;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return (b << 32 | a) << (c & 31) >> 32; }},
      {"shf.r.clamp.b32 %d, %a, %b, %c;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return (b << 32 | a) >> std::min<uint64_t>(c, 32); }},
      {"lop3.b32 %d, %a, %b, %c, 0xE8;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return (a & b) | (a & c) | (b & c); }},
  });
}

TEST_CASE("counts, fields, permutation, dot products") {
  auto bytes = [](uint64_t a, uint64_t b, int i) { return (i < 4 ? a >> (8 * i) : b >> (8 * (i - 4))) & 0xff; };
  check({
      {"popc.b32 %d, %a;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) { return static_cast<uint64_t>(std::popcount(a)); }},
      {"popc.b64 %d, %a;", "b32", "b64",
       [](uint64_t a, uint64_t, uint64_t) { return static_cast<uint64_t>(std::popcount(a)); }},
      {"clz.b32 %d, %a;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) { return static_cast<uint64_t>(std::countl_zero(u32(a))); }},
      {"bfind.u32 %d, %a;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) {
         return a ? 31u - static_cast<uint64_t>(std::countl_zero(u32(a))) : ~uint64_t{0};
       }},
      {"bfind.shiftamt.s32 %d, %a;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) {
         uint32_t m = s32(a) < 0 ? ~u32(a) : u32(a);
         return m ? static_cast<uint64_t>(std::countl_zero(m)) : ~uint64_t{0};
       }},
      {"brev.b32 %d, %a;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) {
         uint64_t r = 0;
         for (int i = 0; i < 32; ++i) r |= (a >> i & 1) << (31 - i);
         return r;
       }},
      {"bfe.u32 %d, %a, %b, %c;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) {
         b &= 0xff, c &= 0xff;
         return b > 31 ? 0 : (a >> b) & (c > 31 ? ~uint64_t{0} : (uint64_t{1} << c) - 1);
       }},
      {"bfe.s32 %d, %a, 4, 8;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) { return static_cast<uint64_t>(s32(a << 20) >> 24); }},
      {"bfi.b32 %d, %a, %b, 8, 12;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) { return (b & ~uint64_t{0xfff00}) | (a & 0xfff) << 8; }},
      {"szext.clamp.s32 %d, %a, 12;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) { return static_cast<uint64_t>(s32(a << 20) >> 20); }},
      {"bmsk.clamp.b32 %d, %a, %b;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t) {
         return ((uint64_t{1} << std::min<uint64_t>(b, 32)) - 1) << std::min<uint64_t>(a, 32);
       }},
      {"prmt.b32 %d, %a, %b, 0x3715;", "b32", "b32",
       [=](uint64_t a, uint64_t b, uint64_t) {
         return bytes(a, b, 5) | bytes(a, b, 1) << 8 | bytes(a, b, 7) << 16 | bytes(a, b, 3) << 24;
       }},
      {"prmt.b32.rc16 %d, %a, %b, 1;", "b32", "b32",
       [](uint64_t a, uint64_t, uint64_t) { return (a >> 16) * 0x10001; }},
      {"dp4a.s32.u32 %d, %a, %b, %c;", "b32", "b32",
       [=](uint64_t a, uint64_t b, uint64_t c) {
         for (int i = 0; i < 4; ++i)
           c += static_cast<uint64_t>(static_cast<int8_t>(bytes(a, b, i)) * static_cast<int>(bytes(b, a, i)));
         return c;
       }},
      {"dp2a.hi.u32.u32 %d, %a, %b, %c;", "b32", "b32",
       [=](uint64_t a, uint64_t b, uint64_t c) {
         return c + (a & 0xffff) * bytes(b, a, 2) + (a >> 16) * bytes(b, a, 3);
       }},
  });
}

TEST_CASE("carry chains") {
  check({
      {"add.cc.u32 %t, %a, %b; addc.u32 %d, %c, 0;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return c + ((a + b) >> 32); }},
      {"sub.cc.u32 %t, %a, %b; subc.u32 %d, %c, 0;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return c - (a < b); }},
      {"mad.lo.cc.u32 %t, %a, %b, %c; madc.hi.u32 %d, %a, %b, 0;", "b32", "b32",
       [](uint64_t a, uint64_t b, uint64_t c) { return (a * b + c) >> 32; }},
  });
}

TEST_CASE("packed 16-bit integers on sm_90") {
  auto halves = [](uint64_t a, uint64_t b, auto f) {
    return (static_cast<uint64_t>(f(a & 0xffff, b & 0xffff)) & 0xffff) |
           (static_cast<uint64_t>(f(a >> 16, b >> 16)) & 0xffff) << 16;
  };
  check(
      {
          {"add.u16x2 %d, %a, %b;", "b32", "b32",
           [=](uint64_t a, uint64_t b, uint64_t) {
             return halves(a, b, [](uint64_t x, uint64_t y) { return x + y; });
           }},
          {"max.s16x2 %d, %a, %b;", "b32", "b32",
           [=](uint64_t a, uint64_t b, uint64_t) {
             return halves(a, b, [](uint64_t x, uint64_t y) { return std::max(s16(x), s16(y)); });
           }},
      },
      "sm_90");
}
