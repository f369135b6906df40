// atom and red of every operation, and what contention adds up to.
#include <array>
#include <functional>

#include "kernel_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// 64 threads run `operation` on [%m] with %t = thread number; returns the memory and the sum of all old values.
std::pair<uint64_t, uint64_t> contend(const std::string &operation, const std::string &type, uint64_t start,
                                      uint64_t seed) {
  bool wide = type == "b64";
  std::vector<uint64_t> memory{start}, sum{0};
  std::string body = ".reg .b64 %m, %s, %w; .reg .b32 %t; .reg .b16 %h; .reg ." + type +
                     " %old, %v;\n"
                     "ld.param.u64 %m, [p0]; ld.param.u64 %s, [p1]; mov.u32 %t, %tid.x; cvt.u" +
                     type.substr(1) + ".u32 %v, %t;\n" + operation + "\n" +
                     (wide ? "mov.b64 %w, %old;" : "cvt.u64.u" + type.substr(1) + " %w, %old;") +
                     " red.global.add.u64 [%s], %w; ret;";
  KernelRun(kernel(".param .u64 p0, .param .u64 p1", body, "", "sm_90"))
      .buffer(memory)
      .buffer(sum)
      .block(64)
      .seed(seed)
      .clean();
  return {memory[0], sum[0]};
}

} // namespace

TEST_CASE("integer atomics") {
  uint64_t seed = GENERATE(0, 1, 2);
  REQUIRE(contend("atom.global.add.u32 %old, [%m], 1;", "b32", 5, seed) ==
          std::pair<uint64_t, uint64_t>(69, 64 * 5 + 63 * 32));
  REQUIRE(contend("atom.add.u64 %old, [%m], 3;", "b64", 0, seed).first == 192);
  REQUIRE(contend("atom.global.max.s32 %old, [%m], %v;", "b32", 0xffffffffu, seed).first == 63);
  REQUIRE(contend("atom.global.min.u64 %old, [%m], %v;", "b64", ~uint64_t{0}, seed).first == 0);
  REQUIRE(contend("atom.global.inc.u32 %old, [%m], 9;", "b32", 0, seed).first == 4);
  REQUIRE(contend("atom.global.dec.u32 %old, [%m], 9;", "b32", 3, seed).first == 9);
  REQUIRE(contend("atom.global.or.b32 %old, [%m], %v;", "b32", 64, seed).first == 127);
  REQUIRE(contend("atom.global.and.b64 %old, [%m], 12;", "b64", 10, seed).first == 8);
  REQUIRE(contend("atom.global.xor.b32 %old, [%m], %v;", "b32", 7, seed).first == 7);
  REQUIRE(contend("atom.acquire.gpu.global.cas.b32 %old, [%m], 1, 8;", "b32", 1, seed) ==
          std::pair<uint64_t, uint64_t>(8, 1 + 63 * 8));
  REQUIRE(contend("atom.global.cas.b16 %old, [%m], 1, 8;", "b16", 1, seed).first == 8);
  auto exchanged = contend("atom.global.exch.b32 %old, [%m], %v;", "b32", 1000, seed);
  REQUIRE(exchanged.first + exchanged.second == 1000 + 63 * 32);
}

TEST_CASE("floating-point atomics") {
  auto f32 = [](uint64_t b) { return std::bit_cast<float>(static_cast<uint32_t>(b)); };
  REQUIRE(f32(contend("cvt.rn.f32.u32 %old, %v; atom.global.add.f32 %old, [%m], %old;", "b32", 0, 0).first) == 63 * 32);
  REQUIRE(std::bit_cast<double>(
              contend("cvt.rn.f64.u64 %old, %v; atom.global.add.f64 %old, [%m], %old;", "b64", 0, 1).first) == 63 * 32);
  REQUIRE(
      widen(kF16, static_cast<uint32_t>(
                      contend("mov.b16 %h, 0x3c00; atom.global.add.noftz.f16 %old, [%m], %h;", "b16", 0, 0).first)) ==
      64);
  REQUIRE(contend("mov.b32 %old, 0x3c004000; atom.global.add.noftz.f16x2 %old, [%m], %old;", "b32", 0, 0).first ==
          0x54005800u);
  REQUIRE(contend("mov.b32 %old, 0x3f804000; atom.global.add.noftz.bf16x2 %old, [%m], %old;", "b32", 0, 0).first ==
          0x42804300u);
}

TEST_CASE("global f32 atomics flush subnormals, shared ones keep them") {
  REQUIRE(contend("mov.b32 %old, 1; atom.global.add.f32 %old, [%m], %old;", "b32", 0, 0).first == 0);
  std::vector<uint32_t> out(1);
  KernelRun(kernel(".param .u64 p0", ".shared .align 4 .b8 s[4]; .reg .b64 %o; .reg .b32 %r; ld.param.u64 %o, [p0]; "
                                     "mov.b32 %r, 1; st.shared.u32 [s], 0;\n"
                                     "red.shared.add.f32 [s], %r; ld.shared.u32 %r, [s]; st.global.u32 [%o], %r;"))
      .buffer(out)
      .block(1)
      .clean();
  REQUIRE(out[0] == 1);
}
