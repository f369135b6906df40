// What the gate before LLVM's code generator refuses, each with its message.
#include "target_test_support.hpp"

#include <catch2/catch.hpp>

using namespace tilewright;
using namespace tilewright::test;

namespace {

/// A kernel with parameters `parameters` and body `body`.
std::string kernel(const std::string &parameters, const std::string &body) {
  return "llvm.func @k(" + parameters + ") attributes {nvvm.kernel, nvvm.reqntid = array<i32: 32>} {\n" + body +
         "\n  llvm.return\n}";
}

void refuses(const std::string &text, std::string_view target, std::string_view code, const std::string &part) {
  Result<EmittedPtx> result = emitText(text, target);
  REQUIRE_FALSE(result);
  CHECK(result.failure().code == code);
  CHECK_THAT(result.failure().message, Catch::Contains(part));
  CHECK_THAT(result.failure().message, Catch::Contains("fix:"));
}

std::string asmKernel(const std::string &text, const std::string &constraints) {
  return kernel("%x: i32",
                "  llvm.inline_asm has_side_effects \"" + text + "\", \"" + constraints + "\" %x : (i32) -> ()");
}

} // namespace

TEST_CASE("types without a PTX form are refused") {
  refuses(kernel("%x: i128", ""), "sm_80", "E-ptx-type", "integer type i128 has no PTX form");
  refuses(kernel("%x: f128", ""), "sm_80", "E-ptx-type", "type fp128 has no PTX form");
  refuses(kernel("%p: !llvm.ptr<1>", "%v = llvm.load %p : !llvm.ptr<1> -> vector<3xf32>"), "sm_80", "E-ptx-type",
          "vector type <3 x float> is not a power of two of elements in at most 128 bits");
  refuses(kernel("%p: !llvm.ptr<1>", "%v = llvm.load %p : !llvm.ptr<1> -> vector<8xf32>"), "sm_80", "E-ptx-type",
          "vector type <8 x float>");
}

TEST_CASE("unknown address spaces are refused") {
  refuses(kernel("%p: !llvm.ptr<9>", ""), "sm_80", "E-ptx-type", "pointer of address space 9");
  refuses("llvm.mlir.global internal @g() {addr_space = 0 : i32} : i32", "sm_80", "E-ptx-address-space",
          "global variable in address space 0");
  refuses("llvm.mlir.global internal @g(1 : i32) {addr_space = 3 : i32} : i32", "sm_80", "E-ptx-address-space",
          "shared variable with an initial value");
}

TEST_CASE("intrinsics outside the list are refused") {
  refuses(kernel("%p: !llvm.ptr<1>, %x: f32", "%y = llvm.intr.sin(%x) : (f32) -> f32\n"
                                              "llvm.store %y, %p : f32, !llvm.ptr<1>"),
          "sm_80", "E-ptx-intrinsic", "intrinsic 'llvm.sin.f32' is not in the list");
}

TEST_CASE("instructions that the target lacks are refused") {
  refuses(kernel("", "nvvm.cluster.arrive"), "sm_80", "E-ptx-target",
          "'llvm.nvvm.barrier.cluster.arrive' does not exist on sm_80; it needs sm_90 or newer");
  refuses(asmKernel("{ .reg .f32 t; mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {t}, {$0}; }", "r"), "sm_80",
          "E-ptx-target", "it needs sm_89 or newer");
}

TEST_CASE("calls that leave the module are refused") {
  refuses("llvm.func @outside()\n" + kernel("", "llvm.call @outside() : () -> ()"), "sm_80", "E-ptx-call",
          "call of 'outside', which has no body here");
  refuses(kernel("%f: !llvm.ptr", "llvm.call %f() : !llvm.ptr, () -> ()"), "sm_80", "E-ptx-call",
          "call through a pointer");
}

TEST_CASE("inline PTX that LLVM could not print is refused") {
  refuses(asmKernel("frobnicate.b32 $0;", "r"), "sm_80", "E-ptx-asm",
          "inline PTX instruction 'frobnicate.b32' is not in the list");
  refuses(asmKernel("mov.b32 $1, 0;", "r"), "sm_80", "E-ptx-asm", "inline PTX names operand $1 but has 1");
  refuses(asmKernel("mov.b32 $x, 0;", "r"), "sm_80", "E-ptx-asm", "inline PTX holds a '$' that names no operand");
  refuses(asmKernel("mov.b64 %r, $0;", "l"), "sm_80", "E-ptx-asm", "constraint 'l' does not fit operand $0");
  refuses(asmKernel("mov.b32 %r, $0;", "n"), "sm_80", "E-ptx-asm", "constraint 'n' but is no constant");
  refuses(asmKernel("mov.b32 %r, $0;", "r,~{flags}"), "sm_80", "E-ptx-asm", "clobbers '{flags}'");
  refuses(asmKernel("mov.b32 %r, $0;", "*m"), "sm_80", "E-ptx-translate",
          "does not translate to valid LLVM IR\n  Operand for indirect constraint must have pointer type");
}

TEST_CASE("kernels state their block size") {
  refuses("llvm.func @k() attributes {nvvm.kernel} { llvm.return }", "sm_80", "E-ptx-kernel",
          "kernel without nvvm.reqntid");
}

TEST_CASE("instructions without a PTX form are refused") {
  refuses(kernel("%p: !llvm.ptr<1>, %x: f32", "%y = llvm.frem %x, %x : f32\nllvm.store %y, %p : f32, !llvm.ptr<1>"),
          "sm_80", "E-ptx-instruction", "instruction 'frem' has no PTX form");
  refuses(kernel("%n: i32", "%p = llvm.alloca %n x f32 : (i32) -> !llvm.ptr"), "sm_80", "E-ptx-instruction",
          "stack memory of a size known only at run time");
  refuses(kernel("%p: !llvm.ptr<1>, %x: i8", "%o = llvm.atomicrmw add %p, %x monotonic : !llvm.ptr<1>, i8"), "sm_80",
          "E-ptx-instruction", "atomic operation on i8");
}
