// Video instructions against plain arithmetic on bytes and half-words, and the messages of malformed ones.
#include <algorithm>
#include <functional>
#include <random>

#include "operation_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

std::vector<std::array<uint64_t, 3>> operands() {
  std::mt19937 random(7);
  std::vector<std::array<uint64_t, 3>> list = {{0, 0, 0}, {0xffffffff, 1, 5}, {0x80007fff, 0x7fff8000, 1}};
  while (list.size() < 96) list.push_back({random(), random(), random()});
  return list;
}

/// Lane i of a word, as signed or unsigned.
int64_t lane(uint64_t word, int bits, int i, bool isSigned) {
  uint32_t v = static_cast<uint32_t>(word) >> (i * bits) & ((1u << bits) - 1);
  return isSigned && v >> (bits - 1) ? static_cast<int64_t>(v) - (1 << bits) : v;
}

using Combine = std::function<int64_t(int64_t, int64_t)>;

void simd(const std::string &name, int lanes, bool isSigned, const Combine &f, bool sum = false) {
  std::string type = isSigned ? "s32" : "u32";
  bool set = name.rfind("vset", 0) == 0;
  std::string types = set ? "." + type + "." + type : "." + type + "." + type + "." + type;
  size_t dot = name.find('.');
  std::string opcode = name.substr(0, dot), rest = dot == std::string::npos ? "" : name.substr(dot);
  auto list = operands();
  auto out = runOperation(opcode + types + rest + " %d, %a, %b, %c;", "b32", "b32", list);
  int bits = 32 / lanes;
  for (size_t n = 0; n < list.size(); ++n) {
    uint32_t expected = sum ? static_cast<uint32_t>(list[n][2]) : 0;
    for (int i = 0; i < lanes; ++i) {
      int64_t r = f(lane(list[n][0], bits, i, isSigned), lane(list[n][1], bits, i, isSigned));
      uint32_t cut = static_cast<uint32_t>(r) & ((1u << bits) - 1);
      if (sum)
        expected += static_cast<uint32_t>(lane(cut, bits, 0, isSigned && !set));
      else
        expected |= cut << (i * bits);
    }
    INFO(name << " of " << list[n][0] << ", " << list[n][1]);
    REQUIRE(out[n] == expected);
  }
}

uint64_t one(const std::string &instruction, uint64_t a, uint64_t b, uint64_t c) {
  return runOperation(instruction, "b32", "b32", {{a, b, c}})[0];
}

std::string refused(const std::string &instruction) {
  auto parsed = Module::parse(kernel(".param .u64 p0", ".reg .b32 %r<5>;\n" + instruction), "bad.ptx");
  REQUIRE(std::holds_alternative<ParseError>(parsed));
  return std::get<ParseError>(parsed).message;
}

} // namespace

TEST_CASE("simd video instructions") {
  for (int lanes : {2, 4})
    for (bool s : {false, true}) {
      std::string n = std::to_string(lanes);
      int bits = 32 / lanes;
      int64_t low = s ? -(1 << (bits - 1)) : 0, high = s ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
      auto clamp = [=](int64_t v) { return std::clamp(v, low, high); };
      simd("vadd" + n, lanes, s, [](int64_t a, int64_t b) { return a + b; });
      simd("vadd" + n + ".sat", lanes, s, [=](int64_t a, int64_t b) { return clamp(a + b); });
      simd(
          "vadd" + n + ".add", lanes, s, [](int64_t a, int64_t b) { return a + b; }, true);
      simd("vsub" + n + ".sat", lanes, s, [=](int64_t a, int64_t b) { return clamp(a - b); });
      simd("vavrg" + n, lanes, s, [](int64_t a, int64_t b) { return (a + b + (a + b >= 0)) >> 1; });
      simd("vabsdiff" + n, lanes, s, [](int64_t a, int64_t b) { return std::abs(a - b); });
      simd("vmin" + n, lanes, s, [](int64_t a, int64_t b) { return std::min(a, b); });
      simd(
          "vmax" + n + ".add", lanes, s, [](int64_t a, int64_t b) { return std::max(a, b); }, true);
      simd("vset" + n + ".lt", lanes, s, [](int64_t a, int64_t b) { return a < b; });
      simd(
          "vset" + n + ".ge.add", lanes, s, [](int64_t a, int64_t b) { return a >= b; }, true);
      simd("vset" + n + ".eq", lanes, s, [](int64_t a, int64_t b) { return a == b; });
      simd("vset" + n + ".ne", lanes, s, [](int64_t a, int64_t b) { return a != b; });
    }
}

TEST_CASE("video lane selection and masks") {
  // Lanes count from the low end; b's lanes follow a's.
  REQUIRE(one("vadd2.u32.u32.u32 %d, %a.h01, %b.h32, %c;", 0x00010002, 0x00300040, 0) == 0x00320041);
  REQUIRE(one("vadd2.u32.u32.u32 %d.h0, %a.h10, %b.h32, %c;", 0x00010002, 0x00300040, 0xabcd0000) == 0xabcd0042);
  REQUIRE(one("vadd4.u32.u32.u32 %d.b20, %a.b0123, %b, %c;", 0x01020304, 0, 0x99999999) == 0x99039901);
}

TEST_CASE("scalar video instructions") {
  REQUIRE(one("vadd.s32.u32.s32 %d, %a.b1, %b.h1;", 0x0000ff00, 0xfffe0000, 0) == 253);
  REQUIRE(one("vadd.u32.u32.u32.sat %d, %a, %b;", 0xffffffff, 2, 0) == 0xffffffff);
  REQUIRE(one("vsub.s32.u32.u32.sat %d.b2, %a, %b, %c;", 5, 500, 0x11223344) == 0x11803344);
  REQUIRE(one("vabsdiff.u32.s32.s32.max %d, %a, %b, %c;", 0xfffffffb, 7, 13) == 13);
  REQUIRE(one("vmin.s32.s32.s32.add %d, %a, %b, %c;", 0xfffffffb, 7, 100) == 95);
  REQUIRE(one("vmax.s32.s32.s32.min %d, %a, %b, %c;", 3, 7, 5) == 5);
  REQUIRE(one("vset.u32.u32.gt %d, %a.b0, %b;", 0x105, 4, 0) == 1);
  REQUIRE(one("vset.u32.u32.le.add %d, %a, %b, %c;", 4, 4, 9) == 10);
  REQUIRE(one("vshl.u32.u32.u32.clamp %d, %a, %b;", 3, 40, 0) == 0);
  REQUIRE(one("vshl.u32.u32.u32.wrap %d, %a, %b;", 3, 33, 0) == 6);
  REQUIRE(one("vshr.s32.s32.u32.clamp %d, %a, %b;", 0x80000000, 40, 0) == 0xffffffff);
  REQUIRE(one("vmad.s32.s32.s32 %d, %a.h0, %b, %c;", 0xffff, 10, 3) == 0xfffffff9);
  REQUIRE(one("vmad.u32.u32.u32.shr7 %d, %a, %b, %c;", 256, 3, 128) == 7);
  REQUIRE(one("vmad.s32.s32.s32 %d, -%a, %b, %c;", 4, 5, 1) == static_cast<uint32_t>(-19));
  REQUIRE(one("vmad.u32.u32.u32.shr15 %d, %a, %b, %c;", 0xffffffff, 0xffffffff, 0) == 0xfffc0000);
  REQUIRE(one("vmad.u32.u32.u32.sat %d, %a, %b, %c;", 0xffffffff, 0xffffffff, 0) == 0xffffffff);
  REQUIRE(one("vmad.s32.s32.s32.po %d, %a, %b, %c;", 4, 5, 1) == 22);
}

TEST_CASE("malformed video instructions") {
  REQUIRE_THAT(refused("vadd2.u32.u32 %r1, %r2, %r3, %r4;"), Catch::Contains("needs 3 types"));
  REQUIRE_THAT(refused("vadd2.u32.u32.u16 %r1, %r2, %r3, %r4;"), Catch::Contains("type '.u16' of 'vadd2'"));
  REQUIRE_THAT(refused("vset2.u32.u32 %r1, %r2, %r3, %r4;"), Catch::Contains("has no comparison"));
  REQUIRE_THAT(refused("vshl.u32.u32.u32 %r1, %r2, %r3;"), Catch::Contains("needs .clamp or .wrap"));
  REQUIRE_THAT(refused("vadd2.u32.u32.u32.sat.add %r1, %r2, %r3, %r4;"), Catch::Contains("has .sat and .add"));
  REQUIRE_THAT(refused("vadd.u32.u32.u32 %r1, %r2.b4, %r3;"), Catch::Contains("'.b4' selects no part of a word"));
  REQUIRE_THAT(refused("vadd2.u32.u32.u32 %r1, %r2.h4, %r3, %r4;"), Catch::Contains("'.h4' selects no lanes"));
  REQUIRE_THAT(refused("vadd2.u32.u32.u32 %r1.h2, %r2, %r3, %r4;"), Catch::Contains("'.h2' is no lane mask"));
}

TEST_CASE("many different forms keep their meaning") {
  // Lane selections of vadd4: more forms than the first blocks of the table hold.
  std::vector<std::array<uint64_t, 3>> one = {{0x04030201, 0x40302010, 0}};
  std::string body;
  uint32_t sum = 0;
  for (int i = 0; i < 512; ++i) {
    int lanes[4] = {i & 7, i >> 3 & 7, i >> 6 & 7, 3};
    body += "vadd4.u32.u32.u32.add %d, %a.b" + std::to_string(lanes[3]) + std::to_string(lanes[2]) +
            std::to_string(lanes[1]) + std::to_string(lanes[0]) + ", %b.b7777, %d;\n";
    for (int lane : lanes) sum += ((lane < 4 ? 0x04030201u : 0x40302010u) >> lane % 4 * 8 & 0xff) + 0x40;
  }
  REQUIRE(runOperation(body, "b32", "b32", one, "sm_80", "", "", "mov.u32 %d, 0;\n")[0] == sum);
}
