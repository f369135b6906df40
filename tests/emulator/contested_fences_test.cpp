// Fences on which sources differ (warnings, findings with strict checks), copies that outlive their block, and the
// moment at which cp.async lands.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// A kernel of 64 threads with %in, %out, %t, %first, %a = its word of `tile`; `bar` is initialised with count 1,
/// followed by `afterInit` and a barrier.
struct Run {
  std::vector<uint32_t> in = std::vector<uint32_t>(64, 3), out = std::vector<uint32_t>(64, 7);
  KernelRun kernel;
  Run(const std::string &body, const std::string &afterInit)
      : kernel(test::kernel(".param .u64 p0, .param .u64 p1",
                            ".reg .b64 %in, %out, %a, %b, %mine; .reg .b32 %t, %v; .reg .pred %p, %first;\n"
                            ".shared .align 8 .b64 bar; .shared .align 128 .b32 tile[64];\n"
                            "mov.u32 %t, %tid.x;\nld.param.u64 %in, [p0];\nld.param.u64 %out, [p1];\n"
                            "mul.wide.u32 %mine, %t, 4;\nsetp.eq.u32 %first, %t, 0;\nmov.u64 %a, tile;\n"
                            "add.u64 %a, %a, %mine;\nadd.u64 %b, %in, %mine;\n"
                            "@%first mbarrier.init.shared.b64 [bar], 1;\n" +
                                afterInit + "bar.sync 0;\n" + body + "\nret;",
                            "", "sm_90a")) {
    kernel.buffer(in).buffer(out).block(64);
  }
};

const std::string kInitFence = "fence.mbarrier_init.release.cluster;\n";
const std::string kLoad =
    "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 256;\n"
    "@%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%in], 256, [bar];\n";
const std::string kWait = "W: mbarrier.try_wait.parity.shared.b64 %p, [bar], 0;\n@!%p bra W;\n";
const std::string kStore = "@%first cp.async.bulk.global.shared::cta.bulk_group [%out], [tile], 256;\n"
                           "@%first cp.async.bulk.commit_group;\n@%first cp.async.bulk.wait_group 0;\n";

/// Clean with one warning of the rule by default, a finding of it with strict checks.
void contested(const std::string &body, const std::string &afterInit, const std::string &rule) {
  for (uint64_t seed : {0, 1, 2}) {
    Run mild(body, afterInit), strict(body, afterInit);
    LaunchResult result = mild.kernel.seed(seed).clean();
    REQUIRE(result.warnings.size() == 1);
    CHECK(result.warnings[0].rule == rule);
    CHECK_THAT(result.warnings[0].message, Catch::Contains("sources differ"));
    strict.kernel.config.checks.strict = true;
    CHECK(strict.kernel.seed(seed).finding(rule).kind == FindingKind::Race);
  }
}

void silent(const std::string &body, const std::string &afterInit) {
  Run run(body, afterInit);
  run.kernel.config.checks.strict = true;
  CHECK(run.kernel.clean().warnings.empty());
}

} // namespace

TEST_CASE("a proxy fence behind the barrier, by the thread that issues, is a warning") {
  contested("st.shared.u32 [%a], %t;\nbar.sync 0;\nfence.proxy.async;\n" + kStore, kInitFence,
            "race.proxy-other-thread");
  silent("st.shared.u32 [%a], %t;\nfence.proxy.async;\nbar.sync 0;\n" + kStore, kInitFence);
}

TEST_CASE("a copy on an mbarrier without a fence after its init is a warning") {
  contested(kLoad + kWait, "", "race.barrier-init");
  silent(kLoad + kWait, kInitFence);
  silent(kLoad + kWait, "fence.proxy.async;\n");
}

TEST_CASE("a block may not end while a copy into its shared memory is on the way") {
  for (AsyncTiming timing : {AsyncTiming::Early, AsyncTiming::Late, AsyncTiming::Random}) {
    Run run(kLoad, kInitFence);
    run.kernel.config.async_timing = timing;
    Finding f = run.kernel.finding("race.lifetime");
    CHECK_THAT(f.message, Catch::Contains("by a copy"));
  }
  // One thread that has seen the phase complete is enough.
  Run run(kLoad + "@!%first ret;\n" + kWait, kInitFence);
  run.kernel.clean();
}

TEST_CASE("cp.async lands at its issue or at its wait, as the launch asks") {
  for (AsyncTiming timing : {AsyncTiming::Early, AsyncTiming::Late}) {
    // Without a wait the result depends on it.
    Run run("cp.async.ca.shared.global [%a], [%b], 4;\nld.shared.u32 %v, [%a];\nsub.u64 %b, %b, %in;\n"
            "add.u64 %b, %b, %out;\nst.global.u32 [%b], %v;\n",
            kInitFence);
    run.kernel.config.async_timing = timing;
    run.kernel.config.checks = CheckOptions::none();
    run.kernel.run();
    CHECK((run.out == std::vector<uint32_t>(64, 3)) == (timing == AsyncTiming::Early));
  }
}
