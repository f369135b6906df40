// atom and red on vectors of floats.
#include <fmt/format.h>

#include "kernel_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// 64 threads run `operation` on [%m]; %f<8>, %h<8>, %r<8> hold small numbers 1, 2, ...; results go to [%o].
std::vector<uint32_t> contend(const std::string &operation, uint64_t seed = 0, const std::string &after = "") {
  std::vector<uint32_t> memory(8), out(64 * 4);
  std::string body = ".reg .b64 %m, %o; .reg .b32 %t; .reg .f32 %f<9>; .reg .b16 %h<9>; .reg .b32 %r<9>;\n"
                     "ld.param.u64 %m, [p0]; ld.param.u64 %o, [p1]; mov.u32 %t, %tid.x;\n"
                     "mad.wide.u32 %o, %t, 16, %o;\n";
  for (int i = 1; i <= 8; ++i)
    body += fmt::format("mov.f32 %f{0}, 0f{1:08x}; cvt.rn.f16.f32 %h{0}, %f{0}; mov.b32 %r{0}, {{%h{0}, %h{0}}};\n", i,
                        std::bit_cast<uint32_t>(static_cast<float>(i)));
  KernelRun(kernel(".param .u64 p0, .param .u64 p1", body + operation + "\n" + after + "\nret;", "", "sm_90"))
      .buffer(memory)
      .buffer(out, false)
      .block(64)
      .seed(seed)
      .clean();
  if (!after.empty()) memory.insert(memory.end(), out.begin(), out.end());
  return memory;
}

float asFloat(uint32_t bits) { return std::bit_cast<float>(bits); }
uint32_t halves(double x, double y) {
  return narrow(kF16, x, Rounding::NearestEven) | narrow(kF16, y, Rounding::NearestEven) << 16;
}

std::string refused(const std::string &instruction, const std::string &target = "sm_90") {
  auto parsed = Module::parse(kernel(".param .u64 p0",
                                     ".reg .b64 %m; .reg .f32 %f<9>; .reg .b16 %h<9>; .reg .b32 %r<9>;\n" + instruction,
                                     "", target),
                              "bad.ptx");
  REQUIRE(std::holds_alternative<ParseError>(parsed));
  return std::get<ParseError>(parsed).message;
}

} // namespace

TEST_CASE("vector reductions") {
  uint64_t seed = GENERATE(0, 1, 2);
  auto m = contend("red.global.add.v4.f32 [%m], {%f1, %f2, %f3, %f4};", seed);
  for (int i = 0; i < 4; ++i) REQUIRE(asFloat(m[i]) == 64 * (i + 1));
  m = contend("red.relaxed.gpu.global.v2.f32.add [%m+8], {%f5, %f6};", seed);
  REQUIRE(asFloat(m[2]) == 320);
  REQUIRE(m[0] == 0);
  m = contend("red.global.add.noftz.v8.f16 [%m], {%h1, %h2, %h3, %h4, %h5, %h6, %h7, %h8};", seed);
  for (int i = 0; i < 4; ++i) REQUIRE(m[i] == halves(64 * (2 * i + 1), 64 * (2 * i + 2)));
  m = contend("red.global.max.noftz.v2.f16x2 [%m], {%r3, %r4};", seed);
  REQUIRE(m[0] == halves(3, 3));
  REQUIRE(m[1] == halves(4, 4));
  m = contend("red.global.min.noftz.v2.bf16 [%m], {%h3, %h4};", seed);
  REQUIRE(m[0] == 0);
}

TEST_CASE("vector atomics return the old elements") {
  auto m = contend("atom.global.add.v2.f32 {%f7, %f8}, [%m], {%f1, %f2};", 0,
                   "st.global.v2.f32 [%o], {%f7, %f8}; st.global.v2.f32 [%o+8], {%f1, %f2};");
  float sum = 0;
  for (int t = 0; t < 64; ++t) {
    sum += asFloat(m[8 + 4 * t]);
    REQUIRE(asFloat(m[8 + 4 * t + 1]) == 2 * asFloat(m[8 + 4 * t]));
  }
  REQUIRE(sum == 63 * 32);
}

TEST_CASE("malformed vector atomics") {
  REQUIRE_THAT(refused("red.global.add.v2.f32 [%m], {%f1, %f2};", "sm_80"), Catch::Contains("below sm_90"));
  REQUIRE_THAT(refused("red.shared.add.v2.f32 [%m], {%f1, %f2};"), Catch::Contains("a vector atomic in .shared"));
  REQUIRE_THAT(refused("red.global.min.v2.f32 [%m], {%f1, %f2};"), Catch::Contains("with this operation"));
  REQUIRE_THAT(refused("red.global.and.noftz.v2.f16 [%m], {%h1, %h2};"), Catch::Contains("with this operation"));
  REQUIRE_THAT(refused("red.global.add.v2.f16 [%m], {%h1, %h2};"), Catch::Contains("needs .noftz"));
  REQUIRE_THAT(refused("red.global.add.v4.f32 [%m], {%f1, %f2};"), Catch::Contains("works on 4 elements but names 2"));
}
