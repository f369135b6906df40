// Registers that nobody wrote: reported where they decide something, and only there; and functions whose parameters are
// registers.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

std::string module(const std::string &body) {
  return kernel(".param .u64 p0", ".reg .b32 %r<9>; .reg .b64 %rd<9>; .reg .b16 %h<9>; .reg .pred %p<9>;\n"
                                  "ld.param.u64 %rd1, [p0]; mov.u32 %r1, %tid.x; mad.wide.u32 %rd2, %r1, 4, %rd1;\n" +
                                      body + "\nret;");
}

void clean(const std::string &body) {
  std::vector<uint32_t> out(32);
  KernelRun(module(body)).buffer(out).block(32).clean();
}

void reports(const std::string &body, const std::string &text, uint32_t thread = 0) {
  std::vector<uint32_t> out(32);
  Finding f = KernelRun(module(body)).buffer(out).block(32).finding("uninit.register");
  REQUIRE(f.kind == FindingKind::Uninitialised);
  REQUIRE_THAT(f.message, Catch::Contains(text));
  REQUIRE(f.at.where.thread.x == thread);
}

} // namespace

TEST_CASE("an unwritten register that decides something is reported") {
  reports("st.global.u32 [%rd2], %r5;", "the stored value");
  reports("st.global.v2.u32 [%rd1], {%r1, %r5};", "the stored value");
  reports("red.global.add.u32 [%rd2], %r5;", "the stored value");
  reports("ld.global.u32 %r2, [%rd5];", "the address");
  reports("@%p3 bra END; END:", "the guard");
  reports("@%p3 st.global.u32 [%rd2], %r1;", "the guard");
  reports("mov.u32 %r6, %r5; mov.u32 %r7, %r6; st.global.u32 [%rd2], %r7;", "the stored value");
  reports("mov.u64 %rd6, %rd5; st.global.u32 [%rd6], %r1;", "the address");
}

TEST_CASE("a register that only some lanes wrote") {
  std::string some = "setp.lt.u32 %p1, %r1, 5; @!%p1 bra SKIP; mov.u32 %r5, 7; SKIP: ";
  reports(some + "st.global.u32 [%rd2], %r5;", "the stored value", 5);
  clean(some + "@%p1 st.global.u32 [%rd2], %r5;");
  clean("setp.lt.u32 %p1, %r1, 32; @!%p1 bra SKIP; mov.u32 %r5, 7; SKIP: st.global.u32 [%rd2], %r5;");
  clean("setp.lt.u32 %p1, %r1, 5; @%p1 mov.u32 %r5, 7; @!%p1 mov.u32 %r5, 8; st.global.u32 [%rd2], %r5;");
}

TEST_CASE("unwritten registers that decide nothing are left alone") {
  clean("mov.b64 %rd5, {%r1, %r5}; mov.b64 {%r6, %r7}, %rd5; st.global.u32 [%rd2], %r6;");
  clean("mov.u32 %r6, %r5; mov.u32 %r6, 1; st.global.u32 [%rd2], %r6;");
  clean(
      "mov.u32 %r6, 0; LOOP: st.global.u32 [%rd2], %r6; add.u32 %r6, %r6, 1; setp.lt.u32 %p1, %r6, 4; @%p1 bra LOOP;");
}

TEST_CASE("functions take and return registers") {
  std::string before = ".func (.reg .u32 %r, .reg .u64 %w) f (.reg .u32 %a, .reg .u32 %b)\n{\n.reg .pred %p;\n"
                       "setp.lt.u32 %p, %a, 4; mad.wide.u32 %w, %a, %b, 0; add.u32 %r, %a, %b; @%p ret;\n"
                       "add.u32 %r, %r, 100;\n}\n.func g (.reg .u64 %to, .param .u32 v);\n"
                       ".func g (.reg .u64 %to, .param .u32 v)\n{ .reg .u32 %x; ld.param.u32 %x, [v]; st.global.u32 "
                       "[%to], %x; ret; }\n";
  std::string body =
      ".reg .b32 %r<9>; .reg .b64 %rd<9>; .reg .pred %p;\nld.param.u64 %rd1, [p0]; mov.u32 %r1, %tid.x;\n"
      "mad.wide.u32 %rd2, %r1, 4, %rd1;\ncall (%r2, %rd3), f, (%r1, 3);\ncvt.u32.u64 %r3, %rd3; "
      "add.u32 %r2, %r2, %r3;\n{ .param .u32 v; st.param.u32 [v], %r2; call g, (%rd2, v); }\nret;";
  std::vector<uint32_t> out(32);
  KernelRun(kernel(".param .u64 p0", body, before)).buffer(out).block(32).clean();
  for (uint32_t i = 0; i < 32; ++i) REQUIRE(out[i] == i + 3 + 3 * i + (i < 4 ? 0 : 100));
}
