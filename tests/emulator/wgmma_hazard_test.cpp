// What goes wrong around wgmma: registers in flight, register order, warpgroups, descriptors, malformed instructions.
#include "wgmma_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// A kernel of one warpgroup on operands of ones: bf16 unless the case says otherwise.
struct Trial {
  WgmmaCase c;
  std::string body;
  int threads = 128;
  uint32_t words = 2048; ///< of shared memory that are written
  uint64_t a = place(1024, 16, 16, false, 0).descriptor(), b = place(1024 + 4096, 16, 16, false, 0).descriptor();
  uint64_t seed = 0;
  std::string target = "sm_90a";

  KernelRun kernelRun() const { return KernelRun(wgmmaKernel(c, body, threads, target)); }
  KernelRun &prepare(KernelRun &run) {
    image.assign(words, 0x3f803f80u), accumulators.assign(static_cast<size_t>(threads * c.registers()), 0),
        registers.assign(static_cast<size_t>(threads) * 5, 0);
    return run.buffer(image)
        .buffer(accumulators)
        .scalar(a)
        .scalar(b)
        .scalar(words)
        .buffer(registers)
        .block(static_cast<uint32_t>(threads))
        .shared(8192)
        .seed(seed);
  }
  Finding finding(const std::string &rule) {
    KernelRun run = kernelRun();
    return prepare(run).finding(rule);
  }
  void clean() {
    KernelRun run = kernelRun();
    prepare(run).clean();
  }
  std::vector<uint32_t> image, accumulators, registers;
};

const std::string kFence = kWgmmaFence, kCommit = "wgmma.commit_group.sync.aligned;\n";
std::string waitFor(int open) { return fmt::format("wgmma.wait_group.sync.aligned {};\n", open); }

Trial bodyOf(const std::string &body, WgmmaCase c = {}) {
  Trial t;
  t.c = c, t.body = body;
  return t;
}

const std::string kMultiply = wgmmaInstruction(WgmmaCase{});

ParseError refused(const std::string &instruction, const std::string &target = "sm_90a") {
  auto parsed = Module::parse(kernel(".param .u64 p0",
                                     ".reg .f32 %f<200>; .reg .b32 %r<200>; .reg .b64 %rd<9>; .reg .pred "
                                     "%p<4>;\n" +
                                         instruction,
                                     "", target),
                              "bad.ptx");
  REQUIRE(std::holds_alternative<ParseError>(parsed));
  return std::get<ParseError>(parsed);
}

} // namespace

TEST_CASE("an accumulator read before its wait is in flight, whatever the timing") {
  uint64_t seed = GENERATE(0, 1, 2, 3, 4, 5);
  for (const std::string bad : {"add.f32 %d0, %d0, 0f3f800000;\n", "mov.f32 %d3, 0f00000000;\n", "mov.b32 %v, %d1;\n",
                                "st.global.f32 [%acc], %d2;\n"}) {
    Trial t = bodyOf(kFence + kMultiply + kCommit + bad + waitFor(0));
    t.seed = seed;
    Finding f = t.finding("race.wgmma-in-flight");
    REQUIRE(f.kind == FindingKind::Race);
    REQUIRE_THAT(f.message, Catch::Contains("accumulator of the wgmma at line"));
  }
}

TEST_CASE("a wgmma outside a committed group is covered by no wait") {
  bodyOf(kFence + kMultiply + waitFor(0)).finding("race.wgmma-in-flight");
  bodyOf(kFence + kMultiply + kCommit + waitFor(1)).finding("race.wgmma-in-flight");
  bodyOf(kFence + kCommit + kMultiply + waitFor(0)).finding("race.wgmma-in-flight");
}

TEST_CASE("a wait leaves the newest groups open") {
  std::string other =
      "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%e0, %e1, %e2, %e3}, %a, %b, 1, 1, 1, 0, 0;\n";
  std::string declare =
      ".reg .f32 %e<4>;\nmov.f32 %e0, 0f00000000; mov.f32 %e1, %e0; mov.f32 %e2, %e0; mov.f32 %e3, %e0;\n";
  std::string begin = declare + kFence + kMultiply + kCommit + other + kCommit + waitFor(1);
  for (uint64_t seed : {0, 1, 2, 3, 4, 5}) {
    Trial good = bodyOf(begin + "add.f32 %d0, %d0, 0f3f800000;\n" + waitFor(0) + "add.f32 %d0, %d0, %e0;\n");
    good.seed = seed;
    good.clean();
    REQUIRE(std::bit_cast<float>(good.accumulators[0]) == 16 + 1 + 16);
    Trial bad = bodyOf(begin + "add.f32 %d0, %d0, %e0;\n" + waitFor(0));
    bad.seed = seed;
    bad.finding("race.wgmma-in-flight");
  }
}

TEST_CASE("registers of operand A may not be touched before the wait") {
  WgmmaCase c;
  c.aRegisters = true;
  std::string multiply = wgmmaInstruction(c);
  bodyOf(kFence + multiply + kCommit + waitFor(0) + "mov.b32 %x1, 0;\n", c).clean();
  Finding f =
      bodyOf(kFence + multiply + kCommit + "mov.b32 %x1, 0;\n" + waitFor(0), c).finding("race.wgmma-operand-in-flight");
  REQUIRE_THAT(f.message, Catch::Contains("operand A of the wgmma"));
}

TEST_CASE("wgmma.fence is needed after every access of the registers") {
  auto fault = [](const std::string &body, const std::string &text, WgmmaCase c = {}) {
    Finding f = bodyOf(body + kCommit + waitFor(0), c).finding("wgmma.fence");
    REQUIRE(f.kind == FindingKind::Misuse);
    REQUIRE(f.section == "9.7.15.7.1");
    REQUIRE_THAT(f.message, Catch::Contains(text));
  };
  fault(kMultiply, "no wgmma.fence was executed before the first wgmma");
  fault(kFence + "mov.f32 %d2, 0f00000000;\n" + kMultiply, "accumulator 2 was accessed after the last wgmma.fence");
  fault(kFence + "mov.b32 %v, %d3;\n" + kMultiply, "accumulator 3 was accessed");
  fault("setp.eq.u32 %p, %t, 0;\n@%p wgmma.fence.sync.aligned;\n" + kMultiply, "");
  std::string again = kFence + kMultiply + kCommit + waitFor(0) + "add.f32 %d0, %d0, 0f3f800000;\n";
  fault(again + kMultiply, "accumulator 0 was accessed");
  bodyOf(again + kFence + kMultiply + kCommit + waitFor(0)).clean();
  WgmmaCase c;
  c.aRegisters = true;
  fault(kFence + "mov.b32 %x2, 0;\n" + wgmmaInstruction(c), "register 2 of operand A was accessed", c);
}

TEST_CASE("accumulators shared by wgmmas of two shapes need a fence between") {
  std::string other = "wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {%d0, %d1, %d2, %d3}, %a, %b, 1, 1, 1;\n";
  Finding f = bodyOf(kFence + kMultiply + other + kCommit + waitFor(0)).finding("wgmma.fence");
  REQUIRE_THAT(f.message, Catch::Contains("another shape at line"));
  bodyOf(kFence + kMultiply + kCommit + waitFor(0) + kFence + other + kCommit + waitFor(0)).clean();
}

TEST_CASE("accumulators in flight and operand A do not mix") {
  WgmmaCase c;
  c.n = 16, c.d = "f16", c.a = c.b = "f16", c.aRegisters = true;
  std::string aFromD = "wgmma.mma_async.sync.aligned.m64n16k16.f16.f16.f16 {%x0, %x1, %x2, %x3}, {%d0, %d1, %d2, %d3}, "
                       "%b, 1, 1, 1, 0;\n";
  Finding f = bodyOf(kFence + wgmmaInstruction(c) + aFromD + kCommit + waitFor(0), c).finding("wgmma.fence");
  REQUIRE_THAT(f.message, Catch::Contains("is still operand A of the wgmma at line"));
  std::string second = "wgmma.mma_async.sync.aligned.m64n16k16.f16.f16.f16 {%e0, %e1, %e2, %e3}, {%d0, %d1, %d2, %d3}, "
                       "%b, 0, 1, 1, 0;\n";
  f = bodyOf(".reg .b32 %e<4>;\n" + kFence + wgmmaInstruction(c) + second + kCommit + waitFor(0), c)
          .finding("wgmma.fence");
  REQUIRE_THAT(f.message, Catch::Contains("is an accumulator in flight of the wgmma at line"));
}

TEST_CASE("the four warps of a warpgroup execute one wgmma together") {
  auto fault = [](const std::string &before, const std::string &text, int threads = 128) {
    Trial t = bodyOf(kFence + before + kMultiply + kCommit + waitFor(0) + "bra END;\nOTHER: " + kMultiply + kCommit +
                     waitFor(0) + "END:\n");
    t.threads = threads;
    REQUIRE_THAT(t.finding("wgmma.warpgroup").message, Catch::Contains(text));
  };
  fault("", "needs four warps whose first number is a multiple of 4", 96);
  fault("shr.u32 %v, %t, 5; cvt.u64.u32 %off, %v; add.u64 %a, %a, %off;\n", "with descriptor of A 0x");
  fault("shr.u32 %v, %t, 5; cvt.u64.u32 %off, %v; add.u64 %b, %b, %off;\n", "with descriptor of B 0x");
  fault("cvt.u64.u32 %off, %t; add.u64 %b, %b, %off;\n", "descriptor of B of wgmma is 0x");
  fault("setp.lt.u32 %p, %t, 32; @%p bra OTHER;\n", "as operation 0");
  Trial lanes = bodyOf("setp.lt.u32 %p, %t, 8;\n@%p " + kFence);
  REQUIRE_THAT(lanes.finding("wgmma.lanes").message, Catch::Contains("only lanes 0x000000ff"));
  std::string scaled = wgmmaInstruction(WgmmaCase{}, "%scale") + kCommit + waitFor(0);
  Trial perLane = bodyOf("setp.lt.u32 %scale, %t, 8;\n" + kFence + scaled);
  REQUIRE_THAT(perLane.finding("wgmma.warpgroup").message,
               Catch::Contains("scale-d of wgmma is true in lanes 0x000000ff"));
  Trial perWarp = bodyOf("setp.lt.u32 %scale, %t, 32;\n" + kFence + scaled);
  REQUIRE_THAT(perWarp.finding("wgmma.warpgroup").message, Catch::Contains("with scale-d 0x"));
}

TEST_CASE("a warp that does not issue leaves the others waiting") {
  Trial t = bodyOf(kFence + "setp.lt.u32 %p, %t, 32; @%p bra SKIP;\n" + kMultiply + kCommit + waitFor(0) + "SKIP:\n");
  Finding f = t.finding("hang.deadlock");
  REQUIRE_THAT(f.message, Catch::Contains("waits for a wgmma that warp 0 of the warpgroup did not issue"));
}

TEST_CASE("descriptors and the bytes they reach") {
  std::string body = kFence + kMultiply + kCommit + waitFor(0);
  Trial reserved = bodyOf(body);
  reserved.b |= uint64_t{1} << 14;
  REQUIRE_THAT(reserved.finding("wgmma.descriptor").message, Catch::Contains("which must be zero"));
  Trial based = bodyOf(body);
  based.a |= uint64_t{3} << 49;
  Finding f = based.finding("wgmma.descriptor");
  REQUIRE(f.kind == FindingKind::Unsupported);
  REQUIRE_THAT(f.message, Catch::Contains("base offset 3"));
  Trial outside = bodyOf(body);
  outside.a = place(1024, 16, 16, false, 0, 2048).descriptor();
  f = outside.finding("bounds.wgmma");
  REQUIRE(f.kind == FindingKind::Bounds);
  REQUIRE_THAT(f.message, Catch::Contains("operand A of wgmma reaches offset"));
  Trial unwritten = bodyOf(body);
  unwritten.words = 1040;
  f = unwritten.finding("uninit.wgmma");
  REQUIRE_THAT(f.message, Catch::Contains("operand B of wgmma uses byte 4224 of shared memory"));
}

TEST_CASE("malformed and unknown wgmma instructions") {
  auto says = [](const std::string &instruction, const std::string &text, bool unsupported) {
    ParseError e = refused(instruction);
    INFO(e.text());
    REQUIRE_THAT(e.message, Catch::Contains(text));
    REQUIRE(e.unsupported == unsupported);
  };
  std::string d4 = "{%f0,%f1,%f2,%f3}", half = ", %rd0, %rd1, 1, 1, 1, 0, 0;";
  auto m = [](const std::string &shape) { return "wgmma.mma_async.sync.aligned." + shape + " "; };
  says("wgmma.fence;", "needs .sync.aligned", false);
  says("wgmma.sleep.sync.aligned;", "this form of wgmma", true);
  says("wgmma.wait_group.sync.aligned -1;", "negative", false);
  says("wgmma.wait_group.sync.aligned %r1;", "must be a constant", false);
  says(m("f32.f16.f16") + d4 + half, "has no shape", false);
  says(m("m64n8k16.f32.f16") + d4 + half, "needs three element types", false);
  says(m("m64n12k16.f32.f16.f16") + d4 + half, "n = 12", true);
  says(m("m64n264k16.f32.f16.f16") + d4 + half, "n = 264", true);
  says(m("m64n40k32.s32.s8.s8") + d4 + ", %rd0, %rd1, 1;", "n = 40", true);
  says(m("m64n8k8.f32.f16.f16") + d4 + half, "with k = 8", true);
  says(m("m64n8k16.f16.bf16.bf16") + d4 + half, "accumulating in .f16", true);
  says(m("m64n8k16.f32.f16.bf16") + d4 + half, "of .f16 with .bf16", true);
  says(m("m64n8k16.f32.f64.f64") + d4 + ", %rd0, %rd1, 1, 1, 1;", "wgmma of .f64", true);
  says(m("m64n8k16.satfinite.f32.f16.f16") + d4 + half, "'.satfinite'", true);
  says(m("m64n8k256.s32.b1.b1.xor.popc") + d4 + ", %rd0, %rd1, 1;", "this bit operation", true);
  says(m("m64n8k256.s32.b1.b1") + d4 + ", %rd0, %rd1, 1;", "this bit operation", true);
  says(m("m64n8k8.f32.tf32.tf32") + d4 + ", %rd0, %rd1, 1, 1, 1, 0, 1;", "takes 6 operands but has 8", false);
  says(m("m64n8k16.f32.f16.f16") + d4 + ", %rd0, %rd1, 1, 2, 1, 0, 0;", "imm-scale-a of wgmma is 2", false);
  says(m("m64n8k16.f32.f16.f16") + d4 + ", %rd0, %rd1, 1, 1, 0, 0, 0;", "imm-scale-b of wgmma is 0", false);
  says(m("m64n8k16.f32.f16.f16") + d4 + ", %rd0, %rd1, 1, 1, 1, 2, 0;", "imm-trans-a of wgmma is 2", false);
  says(m("m64n8k16.f32.f16.f16") + d4 + ", %rd0, %rd1, 1, 1, 1, 0, 3;", "imm-trans-b of wgmma is 3", false);
  says(m("m64n8k16.f32.f16.f16") + "{%f0,%f1}" + half, "has 2 registers, not 4", false);
  says(m("m64n8k16.f32.f16.f16") + d4 + ", {%r0,%r1}, %rd1, 1, 1, 1, 0;", "operand A of", false);
  std::string sparse = "wgmma.mma_async.sp.sync.aligned.m64n8k32.f32.f16.f16 " + d4 + ", %rd0, %rd1, %r1, ";
  says(sparse + "2, 1, 1, 1, 0, 0;", "sparsity selector 2 of wgmma of .f16", true);
  says(sparse + "-1, 1, 1, 1, 0, 0;", "sparsity selector -1", true);
  says(sparse + "%r2, 1, 1, 1, 0, 0;", "the sparsity selector of", false);
  says("wgmma.mma_async.sp.sync.aligned.m64n8k16.f32.f16.f16 " + d4 + ", %rd0, %rd1, %r1, 0, 1, 1, 1, 0, 0;",
       "with k = 16 (it is 32)", true);
  ParseError plain = refused("wgmma.fence.sync.aligned;", "sm_90");
  REQUIRE(plain.unsupported);
  REQUIRE_THAT(plain.message, Catch::Contains("wgmma under .target sm_90"));
  REQUIRE(refused("wgmma.fence.sync.aligned;", "sm_100a").unsupported);
}
