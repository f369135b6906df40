// Launches on several host threads: the same results, findings and counts as on one.
#include <fmt/format.h>

#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

constexpr uint32_t kBlocks = 96, kThreads = 64, kWords = kBlocks * kThreads;

/// `work` for each word of `in` and `out`: %a0 and %a1 are its addresses, %i its number, %b the block's.
std::string each_word(const std::string &work, const std::string &before = "") {
  return kernel(".param .u64 in, .param .u64 out", R"(
  .reg .u64 %a<6>; .reg .u32 %t<3>; .reg .u32 %i; .reg .u32 %b; .reg .b32 %r<6>; .reg .f32 %f<4>; .reg .pred %p<2>;
  .shared .b32 tile[64];
  ld.param.u64 %a0, [in]; ld.param.u64 %a1, [out];
  mov.u32 %t0, %tid.x; mov.u32 %b, %ctaid.x; mad.lo.u32 %i, %b, 64, %t0;
  mul.wide.u32 %a2, %i, 4; add.u64 %a3, %a0, %a2; add.u64 %a4, %a1, %a2;
)" + work + "\n  ret;",
                before);
}

struct Outcome {
  LaunchResult result;
  std::vector<uint32_t> in, out;
};

Outcome run_on(uint32_t threads, const std::string &ptx, bool initialised = true) {
  Outcome outcome;
  outcome.in.resize(kWords), outcome.out.resize(kWords);
  for (uint32_t i = 0; i < kWords; ++i) outcome.in[i] = i * 2654435761u, outcome.out[i] = i;
  KernelRun launch(ptx);
  launch.buffer(outcome.in).buffer(outcome.out, initialised).grid(kBlocks).block(kThreads);
  launch.config.host_threads = threads;
  outcome.result = launch.run();
  if (initialised) return outcome;
  // What the launch wrote is initialised for the next one, and nothing else.
  LaunchResult again = launch.run();
  CHECK(again.status == outcome.result.status);
  return outcome;
}

std::vector<std::string> texts(const LaunchResult &result) {
  std::vector<std::string> all;
  for (const Finding &finding : result.findings) all.push_back(finding.text("k.ptx"));
  return all;
}

/// Compares one thread with two and three; `used` is the number that ran to the end when two may.
void same_on_all(const std::string &ptx, uint32_t used, LaunchStatus status) {
  Outcome one = run_on(1, ptx);
  CHECK(one.result.status == status);
  CHECK(one.result.host_threads == 1);
  for (uint32_t threads : {2u, 3u}) {
    Outcome more = run_on(threads, ptx);
    CHECK(more.result.host_threads == (used == 1 ? 1 : threads));
    CHECK(more.result.status == one.result.status);
    CHECK(more.in == one.in);
    CHECK(more.out == one.out);
    CHECK(texts(more.result) == texts(one.result));
    CHECK(more.result.findings_total == one.result.findings_total);
    const LaunchStats &a = one.result.stats, &b = more.result.stats;
    CHECK(a.instructions == b.instructions);
    CHECK(a.by_opcode == b.by_opcode);
    CHECK(a.global_bytes_read == b.global_bytes_read);
    CHECK(a.global_bytes_written == b.global_bytes_written);
    CHECK(a.shared_loads == b.shared_loads);
    CHECK(a.shared_stores == b.shared_stores);
    CHECK(a.shared_load_conflicts == b.shared_load_conflicts);
    CHECK(a.shared_store_conflicts == b.shared_store_conflicts);
  }
}

} // namespace

TEST_CASE("blocks that touch their own words run on several threads") {
  same_on_all(each_word(R"(
  ld.global.u32 %r0, [%a3]; mul.wide.u32 %a5, %t0, 4; mov.u64 %a2, tile; add.u64 %a5, %a5, %a2;
  st.shared.u32 [%a5], %r0; bar.sync 0; xor.b32 %t1, %t0, 63; mul.wide.u32 %a5, %t1, 4; add.u64 %a5, %a5, %a2;
  ld.shared.u32 %r1, [%a5]; ld.global.u32 %r2, [%a4]; add.u32 %r1, %r1, %r2; st.global.u32 [%a4], %r1;)"),
              2, LaunchStatus::Clean);
}

TEST_CASE("words that all blocks read do not tie them together") {
  same_on_all(each_word("ld.global.u32 %r0, [%a0]; ld.global.u32 %r1, [%a0+64]; st.global.u32 [%a4], %r0;"), 2,
              LaunchStatus::Clean);
}

TEST_CASE("a write that another block reads is told by one thread, from memory as it was") {
  // Block 7 adds to the first word, which all read; and each word is counted up, so that a second run would show.
  same_on_all(each_word(R"(
  ld.global.u32 %r0, [%a4]; add.u32 %r0, %r0, 1; st.global.u32 [%a4], %r0;
  ld.global.u32 %r1, [%a1]; setp.eq.u32 %p0, %i, 450; @%p0 st.global.u32 [%a1], %r1;)"),
              1, LaunchStatus::Findings);
}

TEST_CASE("two blocks that write one word are found, also when their threads never meet") {
  same_on_all(each_word(R"(
  setp.eq.u32 %p0, %i, 3; @%p0 st.global.u32 [%a0+16], %b;
  setp.eq.u32 %p0, %i, 6100; @%p0 st.global.u32 [%a0+16], %b;)"),
              1, LaunchStatus::Findings);
}

TEST_CASE("bytes of one word may belong to two blocks") {
  same_on_all(each_word(R"(
  setp.eq.u32 %p0, %t0, 0; cvt.u64.u32 %a5, %b; add.u64 %a5, %a1, %a5; @%p0 st.global.u8 [%a5], %b;)"),
              2, LaunchStatus::Clean);
}

TEST_CASE("a fault in one block is told as by one thread") {
  same_on_all(each_word(R"(
  setp.eq.u32 %p0, %i, 5000; ld.global.u32 %r0, [%a4]; add.u32 %r0, %r0, 1; st.global.u32 [%a4], %r0;
  @%p0 ld.global.u32 %r1, [%a4+1000000];)"),
              1, LaunchStatus::Findings);
}

TEST_CASE("operations that join blocks keep the launch on one thread") {
  for (const char *work :
       {"red.global.add.u32 [%a1], 1;", "atom.global.add.u32 %r0, [%a1], 1;", "membar.gl;", "fence.acq_rel.gpu;",
        "ld.volatile.global.u32 %r0, [%a0];", "ld.relaxed.gpu.global.u32 %r0, [%a0];", "mov.u32 %r0, %clock;"}) {
    INFO(work);
    Outcome outcome = run_on(2, each_word(work));
    CHECK(outcome.result.status == LaunchStatus::Clean);
    CHECK(outcome.result.host_threads == 1);
  }
}

TEST_CASE("what threads initialise counts as initialised afterwards, and nothing else") {
  std::string writes_all = each_word("st.global.u32 [%a4], %i;");
  CHECK(run_on(2, writes_all, false).result.host_threads == 2);
  Outcome reads = run_on(2, each_word("ld.global.u32 %r0, [%a4];"), false);
  CHECK(reads.result.status == LaunchStatus::Findings);
  CHECK(reads.result.findings.front().rule == "uninit.read");
}

TEST_CASE("runs of fma give what single ones give, also for NaN, subnormal numbers and guards") {
  for (const char *form : {"fma.rn.f32", "fma.rn.ftz.f32"}) {
    auto outcome = [&](const std::string &guard) {
      std::string body = R"(
  ld.global.f32 %f0, [%a3]; ld.global.f32 %f1, [%a4]; setp.ne.u32 %p0, %t0, 5000; mov.f32 %f2, 0f00000005;)";
      for (int i = 0; i < 9; ++i) {
        const char *factor = i % 3 == 1 ? "0f3F800001" : "%f1", *sum = i % 4 == 3 ? "0fBF000000" : "%f2";
        body += fmt::format("\n  {} {} %f2, %f0, {}, {};", guard, form, factor, sum);
      }
      return run_on(1, each_word(body + "\n  st.global.f32 [%a4], %f2;"));
    };
    // With a guard, though always true, each instruction goes alone.
    CHECK(outcome("").out == outcome("@%p0").out);
  }
}
