// Which mma.sync forms exist for which target, and the words for those that do not.
#include "ops/matrix_form.hpp"

#include <catch2/catch.hpp>

using namespace tw::emulator;
using E = MatrixElement;

namespace {

MmaForm form(int m, int k, E ab, E cd) {
  MmaForm result;
  result.m = m;
  result.k = k;
  result.a = result.b = ab;
  result.c = result.d = cd;
  return result;
}

std::string refusal(const MmaForm &form, int target) { return mma_refusal(form, target).value_or("legal"); }

} // namespace

TEST_CASE("names of matrix elements round-trip") {
  for (std::string_view name :
       {"f16", "bf16", "tf32", "f32", "f64", "s8", "u8", "s4", "u4", "b1", "e4m3", "e5m2", "s32"}) {
    REQUIRE(parse_matrix_element(name));
    CHECK(to_string(*parse_matrix_element(name)) == name);
  }
  CHECK(!parse_matrix_element("e2m1"));
}

TEST_CASE("a form prints as its PTX name") {
  CHECK(to_string(MmaForm{}) == "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32");
  MmaForm integer = form(16, 32, E::s8, E::s32);
  integer.b = E::u8;
  integer.satfinite = true;
  CHECK(to_string(integer) == "mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.u8.s32");
  MmaForm bits = form(8, 128, E::b1, E::s32);
  bits.bit_operation = BitOperation::xor_popc;
  CHECK(to_string(bits) == "mma.sync.aligned.m8n8k128.row.col.s32.b1.b1.s32.xor.popc");
}

TEST_CASE("targets gain forms") {
  CHECK(!mma_refusal(form(16, 16, E::f16, E::f32), 80));
  CHECK(!mma_refusal(form(16, 16, E::f16, E::f16), 80));
  CHECK(!mma_refusal(form(8, 4, E::f64, E::f64), 80));
  CHECK(!mma_refusal(form(16, 16, E::f64, E::f64), 90));
  CHECK(!mma_refusal(form(16, 32, E::e4m3, E::f16), 89));
  CHECK(
      refusal(form(16, 32, E::e4m3, E::f32), 80) ==
      "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32: needs sm_89 or newer, the target is sm_80; for e4m3 it has "
      "m16n8k16 (sm_89), m16n8k32 (sm_89)");
  CHECK(refusal(form(16, 8, E::f64, E::f64), 89).find("needs sm_90 or newer, the target is sm_89") !=
        std::string::npos);
}

TEST_CASE("shapes that do not exist are refused with those that do") {
  CHECK(refusal(form(16, 32, E::f16, E::f32), 90)
            .find("no such shape for f16; it has m16n8k8 (sm_75), m16n8k16 (sm_80)") != std::string::npos);
  MmaForm wide = form(16, 16, E::bf16, E::f32);
  wide.n = 16;
  CHECK(refusal(wide, 90).find("no such shape for bf16") != std::string::npos);
}

TEST_CASE("types are refused by name") {
  CHECK(refusal(form(16, 16, E::f32, E::f32), 90).find("f32 is no type of A") != std::string::npos);
  MmaForm mixed = form(16, 16, E::f16, E::f32);
  mixed.b = E::bf16;
  CHECK(refusal(mixed, 90).find("A is f16 but B is bf16, which do not mix") != std::string::npos);
  mixed = form(16, 32, E::e4m3, E::f32);
  mixed.b = E::e5m2;
  CHECK(!mma_refusal(mixed, 90));
  CHECK(refusal(form(16, 16, E::bf16, E::f16), 90).find("bf16 accumulates in f32, not in f16") != std::string::npos);
  CHECK(refusal(form(16, 32, E::s8, E::f32), 90).find("s8 accumulates in s32, not in f32") != std::string::npos);
  CHECK(refusal(form(16, 8, E::f64, E::f32), 90).find("f64 accumulates in f64, not in f32") != std::string::npos);
  CHECK(refusal(form(16, 16, E::f16, E::s32), 90).find("f16 accumulates in f16 or f32, not in s32") !=
        std::string::npos);
  MmaForm split = form(16, 16, E::f16, E::f32);
  split.c = E::f16;
  CHECK(refusal(split, 90).find("C is f16 but D is f32; they must be the same") != std::string::npos);
}

TEST_CASE("qualifiers are refused where they do not exist") {
  MmaForm saturating = form(16, 16, E::f16, E::f32);
  saturating.satfinite = true;
  CHECK(refusal(saturating, 90).find(".satfinite exists for s8, u8, s4 and u4 only, not for f16") != std::string::npos);
  MmaForm bits = form(16, 256, E::b1, E::s32);
  CHECK(refusal(bits, 90).find("b1 needs .and.popc or .xor.popc") != std::string::npos);
  bits.bit_operation = BitOperation::and_popc;
  CHECK(!mma_refusal(bits, 80));
  MmaForm small = form(8, 128, E::b1, E::s32);
  small.bit_operation = BitOperation::and_popc;
  CHECK(refusal(small, 75).find(".and.popc needs sm_80 or newer, the target is sm_75") != std::string::npos);
  MmaForm popular = form(16, 32, E::s8, E::s32);
  popular.bit_operation = BitOperation::and_popc;
  CHECK(refusal(popular, 90).find(".popc exists for b1 only") != std::string::npos);
  MmaForm turned = form(16, 16, E::f16, E::f32);
  turned.a_layout = MatrixLayout::col;
  CHECK(refusal(turned, 90).find("only .row.col exists for this shape") != std::string::npos);
  MmaForm quad = form(8, 4, E::f16, E::f32);
  CHECK(refusal(quad, 80).find("the quad-pair form is made for sm_70 and is not executed here") != std::string::npos);
}
