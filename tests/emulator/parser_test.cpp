// What the parser and decoder take, and the message for everything they refuse.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

ParseError refused(const std::string &text) {
  auto parsed = Module::parse(text, "bad.ptx");
  if (std::holds_alternative<Module>(parsed)) FAIL("accepted: " << text);
  return std::get<ParseError>(parsed);
}

ParseError refusedBody(const std::string &body, const std::string &target = "sm_80") {
  return refused(kernel(
      ".param .u64 p0",
      ".reg .b32 %r<9>; .reg .b64 %rd<9>; .reg .b16 %h<9>; .reg .f32 %f<9>; .reg .pred %p<9>;\n" + body, "", target));
}

void unsupported(const std::string &body, const std::string &names, const std::string &target = "sm_80") {
  ParseError e = refusedBody(body, target);
  CAPTURE(body, e.text());
  REQUIRE(e.unsupported);
  REQUIRE_THAT(e.message, Catch::Contains(names));
  REQUIRE(e.line == 8);
}

void wrong(const std::string &body, const std::string &message) {
  ParseError e = refusedBody(body);
  CAPTURE(body, e.text());
  REQUIRE_FALSE(e.unsupported);
  REQUIRE_THAT(e.message, Catch::Contains(message));
  REQUIRE_FALSE(e.fix.empty());
}

} // namespace

TEST_CASE("a module with everything at module level") {
  auto parsed = Module::parse(R"(
//
.version 8.4
.target sm_80, debug
.address_size 64
.file 1 "a.cu", 123, 456
.extern .func (.param .b32 r) vprintf (.param .b64 a, .param .b64 b);
.global .align 8 .u64 table[2] = {generic(data), data+4};
.global .align 4 .b8 data[8] = {1, 2, 0xff, 017, 0b11, -1};
.const .f32 pi = 0f40490FDB;
.extern .shared .align 16 .b8 dynamic[];
.visible .entry k(.param .u64 .ptr .global .align 16 p, .param .align 4 .b8 s[12])
.maxntid 128, 1, 1
.minnctapersm 2
.pragma "nounroll";
{
 .reg .b32 %r<3>;
 .pragma "nounroll";
 .loc 1 10 5
 { .reg .b32 %r1; mov.u32 %r1, 5; $L1: }
 .loc 1 11 5, function_name $L_x, inlined_at 1 10 2
 mov.u32 %r1, WARP_SZ;
}
.section .debug_str { .b8 1, 2 }
)",
                              "ok.ptx");
  if (auto *e = std::get_if<ParseError>(&parsed)) FAIL(e->text());
  Module module = std::get<Module>(parsed);
  REQUIRE(module.entries() == std::vector<std::string>{"k"});
  auto parameters = module.parameters("k");
  REQUIRE(parameters.size() == 2);
  REQUIRE(parameters[1].offset == 8);
  REQUIRE(parameters[1].bytes == 12);
  REQUIRE(module.parameter_bytes("k") == 20);
}

TEST_CASE("messages of the lexer and the module level") {
  REQUIRE_THAT(refused("").message, Catch::Contains("no .version"));
  REQUIRE_THAT(refused("`").message, Catch::Contains("unexpected character"));
  REQUIRE_THAT(refused("/* x").message, Catch::Contains("never closed"));
  REQUIRE_THAT(refused(".file 1 \"x").message, Catch::Contains("never closed"));
  REQUIRE_THAT(refused(".version 8.0\n.target compute_80\n.address_size 64").message, Catch::Contains("compute_80"));
  REQUIRE_THAT(refused(".version 8.0\n.target sm_80\n.address_size 32").message, Catch::Contains("32-bit"));
  REQUIRE_THAT(refused(".version x\n").message, Catch::Contains("not a PTX version"));
  REQUIRE_THAT(refused(".magic").message, Catch::Contains("unknown directive '.magic'"));
  REQUIRE_THAT(refused("hello").message, Catch::Contains("expected a directive"));
  REQUIRE_THAT(refused(".alias a, b;").message, Catch::Contains(".alias"));
  std::string head = ".version 8.0\n.target sm_80\n.address_size 64\n";
  REQUIRE_THAT(refused(head + ".global .u32 a; .global .u32 a;").message, Catch::Contains("declared twice"));
  REQUIRE_THAT(refused(head + ".global .u32 a[1] = {1, 2};").message,
               Catch::Contains("2 initial values but room for 1"));
  REQUIRE_THAT(refused(head + ".extern .global .u32 a;").message, Catch::Contains("another module"));
  REQUIRE_THAT(refused(head + ".global .align 3 .u32 a;").message, Catch::Contains("power of two"));
  REQUIRE_THAT(refused(head + ".global .u31 a;").message, Catch::Contains(".u31"));
  REQUIRE_THAT(refused(head + ".global a;").message, Catch::Contains("no type"));
  REQUIRE_THAT(refused(head + ".entry k(.param .v2 p4) { ret; }").message, Catch::Contains("parameter has no type"));
  REQUIRE_THAT(refused(head + ".entry k() .fast { }").message, Catch::Contains(".fast"));
  REQUIRE_THAT(refused(head + ".entry k() { ").message, Catch::Contains("never closed"));
  REQUIRE(refused("\n\n .magic").text() == "bad.ptx:3: error: unknown directive '.magic'\n  fix: remove it\n");
}

TEST_CASE("variables too large for the machine are refused before memory is taken") {
  auto says = [](const std::string &variable, const std::string &message) {
    ParseError e = refused(kernel("", "ret;", variable));
    CAPTURE(variable, e.text());
    REQUIRE_THAT(e.message, Catch::Contains(message));
    REQUIRE_FALSE(e.fix.empty());
  };
  says(".shared .align 1024 .b8 tile[2147483647];", "more than 2^28 elements");
  says(".global .b8 wraps[4294967296][4294967296];", "more than 2^28 elements");
  says(".shared .b32 tile[58113];", "'tile' of 232452 bytes at offset 0 exceeds the 232448 bytes");
  says(".shared .b8 first[232448]; .shared .b8 second[1];", "'second' of 1 bytes at offset 232448 exceeds");
}

TEST_CASE("brackets nested without end are refused") {
  std::string open(400000, '{'), calls(400000, '('), negations(400001, '!');
  ParseError e = refused(kernel("", "ret;", ".global .b32 x[4] = " + open + ";"));
  REQUIRE_THAT(e.message, Catch::Contains("initial values are nested more than 16 deep"));
  wrong("mov.u32 %r1, " + open + ";", "operand lists are nested more than 8 deep");
  wrong("mov.u32 %r1, " + calls + ";", "operand lists are nested more than 8 deep");
  REQUIRE_FALSE(refusedBody("mov.u32 %r1, " + negations + ";").fix.empty());
}

TEST_CASE("unknown opcodes and modifiers are named with their line") {
  unsupported("frob.b32 %r1, %r2;", "opcode 'frob'");
  unsupported("add.u32.magic %r1, %r2, %r3;", "modifier '.magic' of 'add'");
  unsupported("ld.global.L9::wow.u32 %r1, [%rd1];", ".L9::wow");
  unsupported("div.rn.f16 %h1, %h2, %h3;", "'.f16'");
  unsupported("add.rn.bf16 %h1, %h2, %h3;", "below sm_90");
  unsupported("elect.sync %r1|%p1, -1;", "below sm_90");
  unsupported("cvt.rn.satfinite.e4m3x2.f32 %h1, %f1, %f2;", "below sm_89");
  unsupported("shfl.up.b32 %r1, %r2, 1, 0;", "without .sync");
  unsupported("wgmma.fence.sync.aligned;", "wgmma under .target sm_90", "sm_90");
  unsupported(
      "mma.sync.aligned.m8n8k4.row.col.f16.f16.f16.f16 {%r1,%r2,%r3,%r4}, {%r1,%r2}, {%r1,%r2}, {%r1,%r2,%r3,%r4};",
      "m8n8k4");
  unsupported("stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r1], {%r2};", "stmatrix");
  unsupported("atom.shared.add.v2.f32 {%f1,%f2}, [%rd1], {%f1,%f2};", "below sm_90");
  unsupported("redux.sync.max.f32 %f1, %f2, -1;", "redux.sync of floats", "sm_90a");
  unsupported("red.global.exch.b32 [%rd1], %r2;", ".exch");
  unsupported("fence.proxy.other;", "this form of fence.proxy", "sm_90");
  unsupported("cp.async.bulk.commit_group;", "cp.async.bulk");
}

TEST_CASE("mistakes in an instruction") {
  wrong("add.u32 %r1, %r2;", "takes 3 operands but has 2");
  wrong("add %r1, %r2, %r3;", "has no type");
  wrong("add.u32 %r1, %r2, %rd3;", "has 64 bits but");
  wrong("add.u32 %r1, -%r2, %r3;", "takes no sign before");
  wrong("add.u32 %r1, %x, %r3;", "'%x' is not declared");
  wrong("add.u32 %r1, %r99, %r3;", "'%r99' is not declared");
  wrong("add.u32 5, %r2, %r3;", "needs a register");
  wrong("add.u32 %r1, %p1, %r3;", "predicate '%p1'");
  wrong("add.f32 %f1, %f2, 3;", "takes a floating-point constant");
  wrong("@%r1 bra L; L:", "not a declared predicate");
  wrong("bra NOWHERE;", "not a label");
  wrong("L: L: ret;", "declared twice");
  wrong("fma.f32 %f1, %f2, %f3, %f1;", "no rounding");
  wrong("cvt.f16.f32 %h1, %f1;", "needs a rounding");
  wrong("cvt.s32.f32 %r1, %f1;", "needs an integer rounding");
  wrong("setp.u32 %p1, %r1, %r2;", "no comparison");
  wrong("ld.global.u32 %r1, [%r2];", "has 32 bits but addresses");
  wrong("ld.shared.u32 %r1, [p0];", "lies in .param");
  wrong("ld.param.u32 %r1, [p0+8];", "outside the kernel's parameters");
  wrong("ld.global.v2.u32 %r1, [%rd1];", "moves 2 elements but names 1");
  wrong("ld.acquire.global.u32 %r1, [%rd1];", "no scope");
  wrong("st.param.u32 [p0], %r1;", "read-only");
  wrong("atom.global.u32 %r1, [%rd1], %r2;", "no operation");
  wrong("atom.global.add.f16 %h1, [%rd1], %h2;", "needs .noftz");
  wrong("cp.async.cg.shared.global [%r1], [%rd1], 8;", "cp-size 8");
  wrong("cp.async.ca.shared.global [%r1], [%rd1], 5;", "cp-size is 5");
  wrong("call missing;", "'missing' is not a function");
  wrong("mov.b32 %r1, {%h1,%h2,%h3};", "3 elements");
  wrong("add.u32 %r1, %r2 %r3;", "expected ','");
  wrong("mov.u32 %r1, 0f123;", "3 hex digits");
  wrong("mov.u32 %r1, 12q;", "not a number");
  wrong(".magic 5;", "'.magic'");
}

TEST_CASE("alignments, counts and declarations that the machine cannot hold") {
  auto says = [](const std::string &before, const std::string &body, const std::string &message,
                 bool unsupported = false) {
    ParseError e = refused(kernel("", body, before));
    CAPTURE(before, body, e.text());
    REQUIRE_THAT(e.message, Catch::Contains(message));
    REQUIRE_FALSE(e.fix.empty());
    REQUIRE(e.unsupported == unsupported);
  };
  says(".extern .shared .align 131072 .b8 d[];", "ret;", "alignment 131072 is larger than 65536");
  says(".global .align 4294967296 .b8 d[4];", "ret;", "alignment 4294967296 is larger than 65536");
  says("", ".local .align 2147483648 .b8 d[4]; ret;", "alignment 2147483648 is larger than 65536");
  says("", ".local .align 4 .b8 d[524289]; ret;", "the local variables of 'k' take more than 524288 bytes of a thread");
  says("", ".param .b8 d[65537]; ret;", "the .param variables of 'k' take more than 65536 bytes");
  says("", ".reg .b32 %r<4294967295>; ret;", "'%r<4294967295>' declares more than 2^20 names");
  says(".const .b8 d[65537];", "ret;", "variable 'd' of 65537 bytes exceeds the 65536 bytes of const memory");
  says(".global .b8 a[134217728]; .global .b8 d[1];", "ret;",
       "variable 'd' of 1 bytes exceeds the 134217728 bytes of global memory", true);
  says(".global .texref t;", "ret;", "variables of type .texref are not supported", true);
  ParseError open = refused(".version 8.4\n.target sm_80\n.address_size 64\n.global .attribute(.managed .b8 d[4];");
  REQUIRE_THAT(open.message, Catch::Contains("the list of attributes is never closed"));
  ParseError parameters = refused(kernel(".param .b8 p[32765]", "ret;"));
  REQUIRE_THAT(parameters.message, Catch::Contains("the parameters of 'k' take more than 32764 bytes"));
}

TEST_CASE("a range of registers leaves its stem free") {
  std::string body = ".reg .b32 %d<4>; .reg .b64 %d; mov.b32 %d3, 1; mov.b64 %d, 2; ret;";
  REQUIRE(std::holds_alternative<Module>(Module::parse(kernel("", body), "good.ptx")));
  REQUIRE_THAT(refused(kernel("", ".reg .b32 %d<4>; .reg .b64 %d<8>; ret;")).message,
               Catch::Contains("register '%d' is declared twice"));
  REQUIRE_THAT(refused(kernel("", ".reg .b32 %d<4>; .reg .b32 %e; mov.b32 %e, %d4; ret;")).message,
               Catch::Contains("'%d4' is not declared"));
}

TEST_CASE("labels and lists of branch targets are not mistaken for one another") {
  wrong("mov.u32 %r1, 0;\nT:\nbrx.idx %r1, T;", "'T' is not a list of branch targets");
  wrong("T: .branchtargets A;\nA: bra T;", "'T' is not a label");
  wrong("T: .branchtargets A;\nT: .branchtargets A;\nA: ret;", "label 'T' is declared twice");
}
