// Which wgmma forms exist, and the pieces of descriptors, without a machine.
#include "ops/wgmma_form.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "ops/wgmma_descriptor.hpp"
#include "ops/wgmma_math.hpp"

using namespace tw::emulator;
using E = MatrixElement;

namespace {

WgmmaForm form_of(E d, E a, E b, int n) {
  WgmmaForm form;
  form.d = d, form.a = a, form.b = b, form.n = n;
  form.k = a == E::b1 ? 256 : 256 / element_bits(a);
  if (a == E::b1) form.bit_operation = BitOperation::and_popc;
  return form;
}

std::string refusal(const WgmmaForm &form) { return wgmma_refusal(form).value_or("legal"); }

} // namespace

TEST_CASE("wgmma: legal n per type") {
  int floats = 0, integers = 0;
  for (int n = 0; n <= 272; ++n) {
    floats += !wgmma_refusal(form_of(E::f32, E::bf16, E::bf16, n));
    integers += !wgmma_refusal(form_of(E::s32, E::s8, E::u8, n));
    REQUIRE(wgmma_refusal(form_of(E::s32, E::b1, E::b1, n)).has_value() ==
            wgmma_refusal(form_of(E::s32, E::u8, E::u8, n)).has_value());
  }
  REQUIRE(floats == 32);
  REQUIRE(integers == 18);
}

TEST_CASE("wgmma: what the operand list cannot say is refused too") {
  WgmmaForm tf32 = form_of(E::f32, E::tf32, E::tf32, 8);
  REQUIRE(refusal(tf32) == "legal");
  tf32.b_mn_major = true;
  REQUIRE(refusal(tf32) == "a transposed operand of wgmma of .tf32");
  WgmmaForm half = form_of(E::f32, E::f16, E::f16, 8);
  half.a_mn_major = half.a_in_registers = true;
  REQUIRE(refusal(half) == "a transposed operand A of wgmma in registers");
  WgmmaForm integer = form_of(E::s32, E::s8, E::s8, 8);
  integer.negate_b = true;
  REQUIRE(refusal(integer) == "a negated operand of wgmma of .s8");
  WgmmaForm bits = form_of(E::s32, E::b1, E::b1, 8);
  bits.sparse = true;
  REQUIRE(refusal(bits) == "sparse wgmma of .b1");
  WgmmaForm sparse = form_of(E::f32, E::e4m3, E::e5m2, 8);
  sparse.sparse = true;
  REQUIRE(refusal(sparse) == "wgmma of .e4m3 with k = 32 (it is 64)");
  sparse.k = 64;
  REQUIRE(refusal(sparse) == "legal");
  REQUIRE(wgmma_a_depth(sparse) == 32);
  REQUIRE(to_string(sparse) == "sp.m64n8k64.f32.e4m3.e5m2");
  sparse.selector = 1;
  REQUIRE(refusal(sparse) == "sparsity selector 1 of wgmma of .e4m3");
  REQUIRE(to_string(half) == "m64n8k16.f32.f16.f16");
}

TEST_CASE("wgmma: descriptor fields") {
  WgmmaDescriptor d = decode_wgmma_descriptor(0x4000'0040'0001'0080ull);
  REQUIRE(d.start == 0x800);
  REQUIRE(d.leading == 16);
  REQUIRE(d.stride == 0x400);
  REQUIRE(d.swizzle == 128);
  REQUIRE(decode_wgmma_descriptor(uint64_t{2} << 62).swizzle == 64);
  REQUIRE(decode_wgmma_descriptor(uint64_t{3} << 62).swizzle == 32);
  REQUIRE(decode_wgmma_descriptor(uint64_t{0x3fff} << 32).stride == 0x3fff0);
  REQUIRE_FALSE(wgmma_descriptor_fault(0xc000'3fff'3fff'3fffull));
  REQUIRE(wgmma_descriptor_fault(uint64_t{1} << 52)->message.find("which must be zero") != std::string::npos);
  REQUIRE(wgmma_descriptor_fault(uint64_t{1} << 51)->unsupported);
}

TEST_CASE("wgmma: the swizzle exchanges 16-byte pieces by address and is its own inverse") {
  for (uint32_t row : {0u, 32u, 64u, 128u})
    for (uint32_t a = 0; a < 4096; ++a) {
      uint32_t s = swizzle_shared_address(a, row);
      REQUIRE(swizzle_shared_address(s, row) == a);
      REQUIRE((s & ~0x70u) == (a & ~0x70u));
    }
  REQUIRE(swizzle_shared_address(0x80, 128) == 0x90);
  REQUIRE(swizzle_shared_address(0x380, 128) == 0x3f0);
  REQUIRE(swizzle_shared_address(0x180, 64) == 0x1b0);
  REQUIRE(swizzle_shared_address(0x80, 32) == 0x90);
  REQUIRE(swizzle_shared_address(0x100, 32) == 0x100);
}

TEST_CASE("wgmma: every accumulator and operand element has one place") {
  std::vector<int> seen(64 * 256);
  for (int warp = 0; warp < 4; ++warp)
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 128; ++i) {
        WgmmaIndex at = wgmma_accumulator_index(warp, lane, i);
        ++seen[static_cast<size_t>(at.row * 256 + at.column)];
      }
  REQUIRE(std::count(seen.begin(), seen.end(), 1) == 64 * 256);
}
