// Copies that outlive their block, and the moment at which cp.async lands.
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
} // namespace

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
