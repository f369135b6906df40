// PTX emission: small kernels for every target, the PTX version they need, and reproducible bytes.
#include "target_test_support.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tilewright;
using namespace tilewright::test;

namespace {

constexpr std::string_view vectorAdd = R"(
llvm.func @add(%a: !llvm.ptr<1>, %b: !llvm.ptr<1>, %c: !llvm.ptr<1>, %n: i32)
    attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128>} {
  %tid = nvvm.read.ptx.sreg.tid.x : i32
  %block = nvvm.read.ptx.sreg.ctaid.x : i32
  %c128 = llvm.mlir.constant(128 : i32) : i32
  %base = llvm.mul %block, %c128 : i32
  %i = llvm.add %base, %tid : i32
  %in = llvm.icmp "slt" %i, %n : i32
  llvm.cond_br %in, ^body, ^end
^body:
  %i64 = llvm.sext %i : i32 to i64
  %pa = llvm.getelementptr %a[%i64] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
  %pb = llvm.getelementptr %b[%i64] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
  %pc = llvm.getelementptr %c[%i64] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
  %x = llvm.load %pa : !llvm.ptr<1> -> f32
  %y = llvm.load %pb : !llvm.ptr<1> -> f32
  %z = llvm.fadd %x, %y : f32
  llvm.store %z, %pc : f32, !llvm.ptr<1>
  llvm.br ^end
^end:
  llvm.return
})";

constexpr std::string_view asyncCopy = R"(
llvm.mlir.global internal @tile() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<1024 x i8>
llvm.func @copy(%src: !llvm.ptr<1>, %dst: !llvm.ptr<1>, %bytes: i32)
    attributes {nvvm.kernel, nvvm.reqntid = array<i32: 32>} {
  %tile = llvm.mlir.addressof @tile : !llvm.ptr<3>
  %lane = nvvm.read.ptx.sreg.tid.x : i32
  %c16 = llvm.mlir.constant(16 : i32) : i32
  %offset = llvm.mul %lane, %c16 : i32
  %s = llvm.getelementptr %tile[%offset] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
  %g = llvm.getelementptr %src[%offset] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i8
  %address = llvm.ptrtoint %s : !llvm.ptr<3> to i32
  llvm.inline_asm has_side_effects "cp.async.cg.shared.global [$0], [$1], 16, $2;", "r,l,r,~{memory}"
      %address, %g, %bytes : (i32, !llvm.ptr<1>, i32) -> ()
  nvvm.cp.async.commit.group
  nvvm.cp.async.wait.group 0
  nvvm.barrier0
  %v = llvm.load %s {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xf32>
  %d = llvm.getelementptr %dst[%offset] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i8
  llvm.store %v, %d {alignment = 16 : i64} : vector<4xf32>, !llvm.ptr<1>
  llvm.return
})";

constexpr std::string_view mmaBf16 = R"(
llvm.func @mma(%out: !llvm.ptr<1>, %a: i32, %b: i32)
    attributes {nvvm.kernel, nvvm.reqntid = array<i32: 32>} {
  %z = llvm.mlir.constant(0.0 : f32) : f32
  %d = nvvm.mma.sync A[%a, %a, %a, %a] B[%b, %b] C[%z, %z, %z, %z]
    {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<bf16>,
     multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 16>}
    : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
  %x = llvm.extractvalue %d[0] : !llvm.struct<(f32, f32, f32, f32)>
  llvm.store %x, %out : f32, !llvm.ptr<1>
  llvm.return
})";

constexpr std::string_view mmaFp8 = R"(
llvm.func @mma(%out: !llvm.ptr<1>, %a: i32, %b: i32, %z: f32)
    attributes {nvvm.kernel, nvvm.reqntid = array<i32: 32>} {
  %d = llvm.inline_asm
    "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {$0,$1,$2,$3}, {$4,$5,$6,$7}, {$8,$9}, {$10,$11,$12,$13};",
    "=f,=f,=f,=f,r,r,r,r,r,r,f,f,f,f" %a, %a, %a, %a, %b, %b, %z, %z, %z, %z
    : (i32, i32, i32, i32, i32, i32, f32, f32, f32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
  %x = llvm.extractvalue %d[0] : !llvm.struct<(f32, f32, f32, f32)>
  llvm.store %x, %out : f32, !llvm.ptr<1>
  llvm.return
})";

bool has(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("kernels are emitted and assemble on every target") {
  for (std::string_view name : {"sm_80", "sm_89", "sm_90a"})
    for (std::string_view text : {vectorAdd, asyncCopy, mmaBf16}) {
      EmittedPtx ptx = mustEmit(text, name);
      INFO(ptx.ptx);
      CHECK(has(ptx.ptx, ".visible .entry"));
      CHECK(has(ptx.ptx, ".reqntid"));
      CHECK(has(ptx.ptx, ".target " + std::string(name)));
      mustAssemble(ptx, name);
    }
}

TEST_CASE("a module without younger instructions has the lowest version of its target") {
  CHECK(has(mustEmit(vectorAdd, "sm_80").ptx, ".version 7.0\n"));
  CHECK(has(mustEmit(vectorAdd, "sm_89").ptx, ".version 7.8\n"));
  CHECK(has(mustEmit(vectorAdd, "sm_90a").ptx, ".version 8.0\n"));
}

TEST_CASE("fp8 matrix instructions raise the PTX version") {
  for (std::string_view name : {"sm_89", "sm_90a"}) {
    EmittedPtx ptx = mustEmit(mmaFp8, name);
    CHECK(ptx.ptxVersion == 84);
    CHECK(has(ptx.ptx, ".version 8.4\n"));
    mustAssemble(ptx, name);
  }
}

TEST_CASE("shared addresses are 32 bits wide") {
  std::string ptx = mustEmit(asyncCopy, "sm_80").ptx;
  INFO(ptx);
  CHECK(has(ptx, "cp.async.cg.shared.global [%r"));
  CHECK(has(ptx, "ld.shared.v4"));
}

TEST_CASE("the same module gives the same bytes in any folder") {
  std::string first = mustEmit(asyncCopy, "sm_80").ptx;
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path("/");
  std::string second = mustEmit(asyncCopy, "sm_80").ptx;
  std::filesystem::current_path(before);
  CHECK(first == second);
  CHECK_FALSE(has(first, before.string()));
  CHECK_FALSE(has(first, ".loc"));
}

TEST_CASE("the LLVM IR is kept on demand") {
  CHECK(mustEmit(vectorAdd, "sm_80").llvmIr.empty());
  CHECK(has(mustEmit(vectorAdd, "sm_80", {.keepLlvmIr = true}).llvmIr, "define ptx_kernel void @add"));
}
