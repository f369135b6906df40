// Divergence, barriers, hangs, memory checks, and every message of a launch.
#include <atomic>
#include <thread>

#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// Loads the pointer parameter p0 into %out and the thread number into %t; %o is the thread's 4-byte slot.
const std::string kHead = ".reg .b64 %out, %o, %w<9>; .reg .b32 %t, %r<20>; .reg .pred %p<9>; .reg .f32 %f<9>;\n"
                          "ld.param.u64 %out, [p0]; mov.u32 %t, %tid.x; mad.wide.u32 %o, %t, 4, %out;\n";

std::string one(const std::string &body, const std::string &before = "", const std::string &target = "sm_80") {
  return kernel(".param .u64 p0", kHead + body, before, target);
}

std::vector<uint32_t> runOne(const std::string &body, uint32_t threads, const std::string &before = "",
                             uint64_t seed = 0) {
  std::vector<uint32_t> out(threads);
  KernelRun(one(body, before)).buffer(out).block(threads).seed(seed).clean();
  return out;
}

} // namespace

TEST_CASE("both sides of a branch run and meet again") {
  auto out = runOne("and.b32 %r1, %t, 1; setp.eq.u32 %p1, %r1, 0; @%p1 bra EVEN; mov.u32 %r2, 100; bra JOIN;\n"
                    "EVEN: mov.u32 %r2, 200;\nJOIN: activemask.b32 %r3; popc.b32 %r4, %r3; add.u32 %r2, %r2, %r4; "
                    "st.global.u32 [%o], %r2; ret;",
                    32);
  for (uint32_t t = 0; t < 32; ++t) REQUIRE(out[t] == (t & 1 ? 132 : 232));
}

TEST_CASE("unstructured jumps into a loop body") {
  // Odd lanes enter the loop in its middle.
  auto out = runOne("mov.u32 %r2, 0; mov.u32 %r3, 0; and.b32 %r1, %t, 1; setp.eq.u32 %p1, %r1, 1; @%p1 bra MIDDLE;\n"
                    "TOP: add.u32 %r2, %r2, 10;\nMIDDLE: add.u32 %r2, %r2, 1; add.u32 %r3, %r3, 1; setp.lt.u32 %p2, "
                    "%r3, %t; @%p2 bra TOP;\n"
                    "st.global.u32 [%o], %r2;",
                    32);
  for (uint32_t t = 0; t < 32; ++t) {
    uint32_t rounds = std::max(t, 1u);
    REQUIRE(out[t] == rounds + 10 * (t & 1 ? rounds - 1 : rounds));
  }
}

TEST_CASE("indexed branch") {
  auto out = runOne("and.b32 %r1, %t, 3; TABLE: .branchtargets A, B, C, D; brx.idx %r1, TABLE;\n"
                    "A: mov.u32 %r2, 7; bra E;\nB: mov.u32 %r2, 8; bra E;\nC: mov.u32 %r2, 9; bra E;\nD: mov.u32 %r2, "
                    "10;\nE: st.global.u32 [%o], %r2;",
                    64);
  for (uint32_t t = 0; t < 64; ++t) REQUIRE(out[t] == 7 + t % 4);
}

TEST_CASE("a collective waits for lanes that come from elsewhere") {
  auto out = runOne("setp.lt.u32 %p1, %t, 10; @%p1 bra LOW; shfl.sync.idx.b32 %r1, %t, 3, 31, -1; bra END;\n"
                    "LOW: add.u32 %r2, %t, 50; shfl.sync.idx.b32 %r1, %r2, 20, 31, -1;\nEND: st.global.u32 [%o], %r1;",
                    32);
  for (uint32_t t = 0; t < 32; ++t) REQUIRE(out[t] == (t < 10 ? 20u : 53u));
}

TEST_CASE("exited lanes do not hold up a collective or a barrier") {
  auto out = runOne(
      "setp.ge.u32 %p1, %t, 40; @%p1 exit; vote.sync.ballot.b32 %r1, %p1, -1; bar.sync 0; st.global.u32 [%o], %r1;",
      64);
  REQUIRE(out[0] == 0);
  REQUIRE(out[39] == 0);
}

TEST_CASE("a member mask without the executing lane is misuse") {
  std::vector<uint32_t> out(32);
  Finding f = KernelRun(one("shfl.sync.idx.b32 %r1, %t, 0, 31, 0xffff; st.global.u32 [%o], %r1;"))
                  .buffer(out)
                  .block(32)
                  .finding("collective.member");
  REQUIRE_THAT(f.message, Catch::Contains("lane 16") && Catch::Contains("0x0000ffff"));
}

TEST_CASE("named barriers: producer arrives, consumer waits") {
  auto out = runOne("setp.lt.u32 %p1, %t, 32; @%p1 bra PRODUCE; bar.sync 3, 64; sub.u32 %r1, %t, 32; mul.lo.u32 %r1, "
                    "%r1, 4; mov.u32 %r2, s; add.u32 %r1, %r1, %r2;\n"
                    "ld.shared.u32 %r3, [%r1]; st.global.u32 [%o], %r3; ret;\n"
                    "PRODUCE: mul.lo.u32 %r1, %t, 4; mov.u32 %r2, s; add.u32 %r1, %r1, %r2; add.u32 %r3, %t, 5; "
                    "st.shared.u32 [%r1], %r3; bar.arrive 3, 64; ret;",
                    64, ".shared .align 4 .b8 s[128];", GENERATE(0, 1, 2, 3));
  for (uint32_t t = 32; t < 64; ++t) REQUIRE(out[t] == t - 32 + 5);
}

TEST_CASE("bar.red counts and combines") {
  auto out = runOne("setp.lt.u32 %p1, %t, 50; bar.red.popc.u32 %r1, 0, %p1; bar.red.or.pred %p2, 1, %p1; "
                    "bar.red.and.pred %p3, 2, %p1;\n"
                    "selp.u32 %r2, 1000, 0, %p2; selp.u32 %r3, 10000, 0, %p3; add.u32 %r1, %r1, %r2; add.u32 %r1, %r1, "
                    "%r3; st.global.u32 [%o], %r1;",
                    96);
  for (uint32_t v : out) REQUIRE(v == 1050);
}

TEST_CASE("a barrier some warp never reaches is a hang that names the waiters") {
  std::vector<uint32_t> out(64);
  Finding f = KernelRun(one("setp.lt.u32 %p1, %t, 32; @%p1 bra WAIT; L: bar.sync 1; ret; WAIT: bar.sync 2; ret;"))
                  .buffer(out)
                  .block(64)
                  .finding("hang.deadlock");
  REQUIRE_THAT(f.message, Catch::Contains("waits at barrier 1") && Catch::Contains("waits at barrier 2") &&
                              Catch::Contains("1 of 2 warps"));
}

TEST_CASE("work that costs more than an addition uses up the budget of work sooner") {
  auto instructionsOf = [](const std::string &body) {
    KernelRun run(
        kernel("", ".reg .b32 %r<12>; .reg .b64 %a;\nmov.u32 %r0, 0; mov.u32 %r1, 0; mov.u32 %r2, 0; mov.u32 %r3, "
                   "0;\nL: " +
                       body + "\nbra L;"));
    run.config.work_budget = 10000;
    LaunchResult result = run.block(32).run();
    REQUIRE(result.findings.at(0).rule == "hang.budget");
    REQUIRE_THAT(result.findings.at(0).message, Catch::Contains("units of further work; still running"));
    return result.stats.instructions;
  };
  uint64_t additions = instructionsOf("add.u32 %r0, %r0, 1;");
  REQUIRE((additions > 9000 && additions <= 10000));
  // 2048 multiplications are 32 units more.
  uint64_t products =
      instructionsOf("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%r4, %r5}, {%r0, %r1, %r2, %r3}, "
                     "{%r0, %r1}, {%r2, %r3};");
  REQUIRE((products > 500 && products < 700));
}

TEST_CASE("an endless loop ends at the budget") {
  std::vector<uint32_t> out(32);
  KernelRun run(one("L: ld.volatile.global.u32 %r1, [%out]; setp.eq.u32 %p1, %r1, 0; @%p1 bra L;"));
  run.config.instruction_budget = 10000;
  Finding f = run.buffer(out).block(32).finding("hang.budget");
  REQUIRE_THAT(f.message, Catch::Contains("10000") && Catch::Contains("warp 0"));
}

TEST_CASE("misused barriers") {
  auto rule = [](const std::string &body) {
    std::vector<uint32_t> out(64);
    LaunchResult r = KernelRun(one(body)).buffer(out).block(64).run();
    return r.findings.empty() ? std::string() : r.findings[0].rule;
  };
  REQUIRE(rule("mov.u32 %r1, 16; bar.sync %r1;") == "barrier.id");
  REQUIRE(rule("bar.sync 0, 40;") == "barrier.count");
  REQUIRE(rule("setp.lt.u32 %p1, %t, 32; @%p1 bra A; bar.sync 0, 64; ret; A: bar.sync 0, 96; ret;") == "barrier.count");
  REQUIRE(rule("setp.lt.u32 %p1, %t, 32; @%p1 bra A; bar.sync 0; ret; A: bar.red.popc.u32 %r1, 0, %p1; ret;") ==
          "barrier.mix");
  REQUIRE(rule("setp.lt.u32 %p1, %t, 7; @%p1 bra A; bar.sync 0; ret; A: bar.sync 0; ret;") == "barrier.divergent");
}

TEST_CASE("out of bounds, misaligned, unmapped") {
  std::vector<uint32_t> out(8);
  Finding f =
      KernelRun(one("ld.global.u32 %r1, [%o+4]; st.global.u32 [%o], %r1;")).buffer(out).block(8).finding("bounds.read");
  REQUIRE(f.buffer == "buffer 0");
  REQUIRE(f.offset == 32);
  REQUIRE(f.at.where.thread.x == 7);
  f = KernelRun(one("st.global.u32 [%out+-4], %t;")).buffer(out).block(1).finding("bounds.write");
  REQUIRE(f.offset == -4);
  f = KernelRun(one("atom.global.add.u32 %r1, [%out+32], 1;")).buffer(out).block(1).finding("bounds.atomic");
  REQUIRE(f.offset == 32);
  KernelRun(one("ld.global.u32 %r1, [%out+2];")).buffer(out).block(1).finding("bounds.alignment");
  KernelRun(one("ld.global.v4.u32 {%r1,%r2,%r3,%r4}, [%out+8];")).buffer(out).block(1).finding("bounds.alignment");
  KernelRun(one("mov.u64 %w1, 64; ld.u32 %r1, [%w1];")).buffer(out).block(1).finding("bounds.unmapped");
  f = KernelRun(one("st.shared.u32 [s+16], %t;", ".shared .align 4 .b8 s[16];"))
          .buffer(out)
          .block(1)
          .finding("bounds.write");
  REQUIRE(f.buffer == "shared memory");
  f = KernelRun(one("mov.u64 %w1, c; cvta.const.u64 %w1, %w1; st.u32 [%w1], %t;", ".const .align 4 .u32 c = 5;"))
          .buffer(out)
          .block(1)
          .finding("memory.read_only");
}

TEST_CASE("reads of bytes nobody wrote") {
  std::vector<uint32_t> out(8);
  Finding f = KernelRun(one("ld.shared.u32 %r1, [s+4]; st.global.u32 [%o], %r1;", ".shared .align 4 .b8 s[16];"))
                  .buffer(out)
                  .block(1)
                  .finding("uninit.read");
  REQUIRE(f.kind == FindingKind::Uninitialised);
  REQUIRE(f.offset == 4);
  KernelRun(one("ld.global.u32 %r1, [%o];")).buffer(out, false).block(8).finding("uninit.read");
  KernelRun(one(".local .align 4 .b8 depot[16]; ld.local.u32 %r1, [depot+8];"))
      .buffer(out)
      .block(1)
      .finding("uninit.read");
}

TEST_CASE("trap, bad calls and bad branches end the launch") {
  std::vector<uint32_t> out(8);
  KernelRun(one("trap;")).buffer(out).block(1).finding("trap");
  KernelRun(one("mov.u32 %r1, 9; T: .branchtargets A; brx.idx %r1, T; A: ret;"))
      .buffer(out)
      .block(1)
      .finding("branch.index");
  KernelRun(one("mov.u64 %w1, 24; P: .callprototype _ (); call %w1, P;")).buffer(out).block(1).finding("call.target");
  KernelRun(one("call f;", ".func f\n{\n call f;\n ret;\n}")).buffer(out).block(1).finding("call.depth");
}

TEST_CASE("launches that cannot be made are refused with a reason") {
  std::vector<uint32_t> out(8);
  auto reason = [&](KernelRun &run) {
    LaunchResult r = run.run();
    REQUIRE(r.status == LaunchStatus::Refused);
    return r.findings.at(0).message;
  };
  std::string text = one("ret;");
  REQUIRE_THAT(reason(KernelRun(text, "absent").buffer(out)), Catch::Contains("no entry 'absent'"));
  KernelRun noParameters(text);
  REQUIRE_THAT(reason(noParameters), Catch::Contains("takes 8 bytes of parameters but got 0"));
  REQUIRE_THAT(reason(KernelRun(text).buffer(out).block(0)), Catch::Contains("empty"));
  REQUIRE_THAT(reason(KernelRun(text).buffer(out).block(1025)), Catch::Contains("too large"));
  REQUIRE_THAT(reason(KernelRun(text).buffer(out).grid(1, 70000)), Catch::Contains("too large"));
  REQUIRE_THAT(reason(KernelRun(text).buffer(out).grid(1 << 21)), Catch::Contains("2097152 warps"));
  REQUIRE_THAT(reason(KernelRun(text).buffer(out).shared(300000)), Catch::Contains("exceed the limit"));
  std::string required = text, limited = text;
  required.replace(required.find(")\n{"), 1, ") .reqntid 64, 1, 1");
  limited.replace(limited.find(")\n{"), 1, ") .maxntid 64, 1, 1");
  REQUIRE_THAT(reason(KernelRun(required).buffer(out).block(32)), Catch::Contains(".reqntid"));
  REQUIRE_THAT(reason(KernelRun(limited).buffer(out).block(128)), Catch::Contains(".maxntid"));
}

TEST_CASE("a line map takes the place of PTX lines") {
  std::vector<uint32_t> out(4);
  LineMap map;
  KernelRun run(one("\nld.global.u32 %r1, [%out+64];"));
  for (int i = 1; i < 30; ++i) map.lines[i] = {"kernel.cpp", 100 + i};
  run.config.line_map = &map;
  Finding f = run.buffer(out).block(1).finding("bounds.read");
  REQUIRE(f.at.source.file == "kernel.cpp");
  REQUIRE(f.at.source.line == 100 + f.at.ptx_line);
  REQUIRE_THAT(f.text("x.ptx"), Catch::StartsWith("kernel.cpp:" + std::to_string(f.at.source.line) + ": bounds:"));
}

TEST_CASE("module variables keep their values between launches") {
  auto parsed =
      Module::parse(one("ld.global.u32 %r1, [v]; add.u32 %r1, %r1, 1; st.global.u32 [v], %r1; st.global.u32 [%o], %r1;",
                        ".global .align 4 .u32 v = 41;"),
                    "m");
  Module module = std::get<Module>(parsed);
  Machine machine;
  std::vector<uint32_t> out(1);
  uint64_t address = machine.add_buffer(std::as_writable_bytes(std::span(out)), "out", false);
  LaunchConfig config;
  for (uint32_t round = 1; round <= 2; ++round) {
    machine.launch(module, "k", config, std::as_bytes(std::span(&address, 1)));
    REQUIRE(out[0] == 41 + round);
  }
}

TEST_CASE("kernels with mma are decoded and run in several threads") {
  const std::string body = ".reg .b32 %a<4>, %b<2>; .reg .f32 %d<4>; .reg .b64 %out;\nld.param.u64 %out, [p0];\n"
                           "mov.b32 %a0, 0x3c003c00;\nmov.b32 %a1, %a0;\nmov.b32 %a2, %a0;\nmov.b32 %a3, %a0;\n"
                           "mov.b32 %b0, %a0;\nmov.b32 %b1, %a0;\nmov.f32 %d0, 0f00000000;\nmov.f32 %d1, %d0;\n"
                           "mov.f32 %d2, %d0;\nmov.f32 %d3, %d0;\n"
                           "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%d0, %d1, %d2, %d3}, {%a0, %a1, %a2, "
                           "%a3}, {%b0, %b1}, {%d0, %d1, %d2, %d3};\nst.global.f32 [%out], %d0;\nret;";
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        auto module = std::get<Module>(Module::parse(kernel(".param .u64 p0", body), "k.ptx"));
        std::vector<float> out(1);
        Machine machine;
        uint64_t at = machine.add_buffer(std::as_writable_bytes(std::span(out)), "out", false);
        LaunchConfig config;
        config.block = {32, 1, 1};
        config.checks = CheckOptions::none();
        machine.launch(module, "k", config, std::as_bytes(std::span(&at, 1)));
        right += out[0] == 16.0f;
      }
    });
  for (std::thread &thread : threads) thread.join();
  REQUIRE(right == 200);
}
