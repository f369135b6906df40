// Clusters: registers, addresses in other CTAs, the cluster barrier, DSMEM copies, multicast, lifetime.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

std::string ptx(const std::string &body, const std::string &attributes = "") {
  return ".version 8.4\n.target sm_90a\n.address_size 64\n.visible .entry k(.param .u64 p0) " + attributes +
         "\n{\n"
         ".reg .b64 %out, %a, %s; .reg .b32 %t, %v, %w, %r, %peer, %m, %x, %y; .reg .pred %p, %q, %first;\n"
         ".shared .align 8 .b64 bar; .shared .align 128 .b32 tile[64];\n"
         "mov.u32 %t, %tid.x;\nmov.u32 %r, %cluster_ctarank;\nxor.b32 %peer, %r, 1;\nld.param.u64 %out, [p0];\n"
         "mov.u32 %x, %ctaid.x;\nmad.lo.u32 %x, %x, 32, %t;\nmul.wide.u32 %a, %x, 4;\nadd.u64 %out, %out, %a;\n"
         "setp.eq.u32 %first, %t, 0;\n@%first mbarrier.init.shared.b64 [bar], 1;\n"
         "@%first fence.mbarrier_init.release.cluster;\nmov.u32 %y, tile;\nshl.b32 %w, %t, 2;\nadd.u32 %y, %y, %w;\n" +
         body + "\nret;\n}\n";
}

const std::string kSync = "barrier.cluster.arrive.aligned;\nbarrier.cluster.wait.aligned;\n";
const std::string kFill = "mad.lo.u32 %v, %r, 1000, %t;\nst.shared.u32 [%y], %v;\n";
const std::string kReadPeer =
    "mapa.shared::cluster.u32 %m, %y, %peer;\nld.shared::cluster.u32 %v, [%m];\nst.global.u32 [%out], %v;\n";
const std::string kWait = "W: mbarrier.try_wait.parity.acquire.cluster.shared.b64 %p, [bar], 0;\n@!%p bra W;\n";

struct Run {
  std::vector<uint32_t> out = std::vector<uint32_t>(128, 7);
  KernelRun kernel;
  explicit Run(const std::string &body, const std::string &attributes = "") : kernel(ptx(body, attributes)) {
    kernel.buffer(out).block(32).grid(4);
    kernel.config.cluster = {2, 1, 1};
  }
};

Finding findingOf(const std::string &body, const std::string &rule, uint64_t seed = 0) {
  return Run(body).kernel.seed(seed).finding(rule);
}

} // namespace

TEST_CASE("distributed shared memory is read after a cluster barrier") {
  for (uint64_t seed : {0, 1, 2, 3}) {
    Run run(kFill + kSync + kReadPeer + kSync);
    run.kernel.seed(seed).clean();
    for (uint32_t i = 0; i < 128; ++i) REQUIRE(run.out[i] == ((i / 32 & 1) ^ 1) * 1000 + i % 32);
  }
}

TEST_CASE("generic addresses reach other CTAs, and the own CTA has two addresses") {
  Run run(kFill + kSync +
          "mov.u64 %a, tile;\ncvta.shared.u64 %a, %a;\nmapa.u64 %a, %a, %r;\nld.u32 %v, [%a+12];\n"
          "getctarank.u64 %w, %a;\nmad.lo.u32 %v, %v, 10, %w;\nst.global.u32 [%out], %v;\n" +
          kSync);
  run.kernel.clean();
  CHECK(run.out[0] == 30);
  CHECK(run.out[32] == 10031);
}

TEST_CASE("cluster registers") {
  Run run("mov.u32 %v, %clusterid.x;\nmov.u32 %w, %nclusterid.x;\nmad.lo.u32 %v, %v, 10, %w;\nmov.u32 %w, "
          "%cluster_ctaid.x;\nmad.lo.u32 %v, %v, 10, %w;\nmov.u32 %w, %cluster_nctaid.x;\nmad.lo.u32 %v, %v, 10, %w;\n"
          "mov.u32 %w, %cluster_nctarank;\nmad.lo.u32 %v, %v, 10, %w;\nst.global.u32 [%out], %v;\n");
  run.kernel.clean();
  CHECK(run.out[0] == 2022);
  CHECK(run.out[96] == 12122);
}

TEST_CASE("a kernel names its cluster itself, and a launch must agree") {
  Run run("st.global.u32 [%out], %r;\n", ".reqnctapercluster 4, 1, 1");
  run.kernel.config.cluster = {0, 0, 0};
  run.kernel.clean();
  CHECK(run.out[96] == 3);
  Run wrong("st.global.u32 [%out], %r;\n", ".reqnctapercluster 4, 1, 1");
  CHECK_THAT(wrong.kernel.finding("launch").message, Catch::Contains("requires 4 x 1 x 1"));
  Run odd("ret;\n");
  odd.kernel.grid(3);
  CHECK_THAT(odd.kernel.finding("launch").message, Catch::Contains("not a multiple of the cluster 2 x 1 x 1"));
  Run big("ret;\n");
  big.kernel.grid(32).config.cluster = {32, 1, 1};
  CHECK_THAT(big.kernel.finding("launch").message, Catch::Contains("cluster of 32 x 1 x 1"));
  std::vector<uint32_t> out(1);
  KernelRun old(kernel(".param .u64 p0", "ret;"));
  old.buffer(out).grid(2).config.cluster = {2, 1, 1};
  CHECK_THAT(old.finding("launch").message, Catch::Contains("clusters need sm_90"));
}

TEST_CASE("clusters of two dimensions number their CTAs by rank") {
  Run run("mov.u32 %v, %ctaid.x;\nmov.u32 %w, %ctaid.y;\nmad.lo.u32 %v, %v, 10, %w;\nmad.lo.u32 %v, %v, 10, %r;\n"
          "mov.u32 %w, %ctaid.y;\nshl.b32 %w, %w, 7;\ncvt.u64.u32 %a, %w;\nadd.u64 %out, %out, %a;\n"
          "@%first st.global.u32 [%out], %v;\n");
  run.out.resize(32 * 5);
  KernelRun two(ptx("mov.u32 %v, %ctaid.x;\nmov.u32 %w, %ctaid.y;\nmad.lo.u32 %v, %v, 10, %w;\nmad.lo.u32 %v, %v, 10, "
                    "%r;\nmul.wide.u32 %a, %w, 256;\nadd.u64 %out, %out, %a;\n@%first st.global.u32 [%out], %v;\n"));
  two.buffer(run.out).block(32).grid(2, 2).config.cluster = {2, 2, 1};
  two.clean();
  CHECK(run.out[0] == 0);
  CHECK(run.out[32] == 101);
  CHECK(run.out[64] == 12);
  CHECK(run.out[96] == 113);
}

TEST_CASE("without a cluster barrier, or with a relaxed one, the accesses race") {
  findingOf(kFill + kReadPeer + kSync, "race.race");
  findingOf(kFill + "barrier.cluster.arrive.relaxed.aligned;\nbarrier.cluster.wait.aligned;\n" + kReadPeer + kSync,
            "race.race");
}

TEST_CASE("a relaxed cluster barrier orders what a fence of its scope has released") {
  const std::string relaxed = "barrier.cluster.arrive.relaxed.aligned;\nbarrier.cluster.wait.acquire.aligned;\n";
  for (uint64_t seed : {0, 1, 2})
    Run(kFill + "fence.acq_rel.cluster;\n" + relaxed + kReadPeer + kSync).kernel.seed(seed).clean();
  findingOf(kFill + "fence.acq_rel.cta;\n" + relaxed + kReadPeer + kSync, "race.race");
  findingOf("fence.acq_rel.cluster;\n" + kFill + relaxed + kReadPeer + kSync, "race.race");
  // The usual start of a kernel: mbarriers initialised and fenced, then used by other blocks.
  const std::string arrive = "mov.u32 %m, bar;\nmapa.shared::cluster.u32 %m, %m, %peer;\n"
                             "@%first mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%m];\n";
  for (uint64_t seed : {0, 1, 2}) Run(relaxed + arrive + kWait + kSync).kernel.seed(seed).clean();
  // That fence releases the inits alone.
  findingOf(kFill + "@%first fence.mbarrier_init.release.cluster;\n" + relaxed + kReadPeer + kSync, "race.race");
  std::string unfenced = ptx(relaxed + arrive + kWait + kSync);
  unfenced.erase(unfenced.find("@%first fence.mbarrier_init"),
                 std::string("@%first fence.mbarrier_init.release.cluster;").size());
  std::vector<uint32_t> out(128);
  KernelRun run(unfenced);
  run.buffer(out).block(32).grid(4).config.cluster = {2, 1, 1};
  run.finding("race.race");
}

TEST_CASE("a CTA must not end while others use its shared memory") {
  for (uint64_t seed : {0, 1, 2}) {
    LaunchResult result = Run(kFill + kSync + kReadPeer).kernel.seed(seed).run();
    REQUIRE(!result.findings.empty());
    for (const Finding &f : result.findings) CHECK((f.rule == "race.lifetime" || f.rule == "cluster.ended"));
  }
}

TEST_CASE("the cluster barrier counts arrivals and waits") {
  findingOf("barrier.cluster.arrive;\nbarrier.cluster.arrive;\n", "barrier.cluster");
  CHECK_THAT(findingOf("barrier.cluster.wait;\n", "barrier.cluster").message, Catch::Contains("without an arrive"));
  Finding f = findingOf("setp.eq.u32 %q, %r, 0;\n@%q bra STAY;\nSPIN: mbarrier.try_wait.parity.shared.b64 %p, [bar], "
                        "0;\n@!%p bra SPIN;\nret;\nSTAY: barrier.cluster.arrive;\nbarrier.cluster.wait;\n",
                        "hang.deadlock");
  CHECK_THAT(f.message, Catch::Contains("waits at the cluster barrier (1 of 2 warps are missing)"));
  // Threads that exited count as arrived.
  Run("setp.eq.u32 %q, %r, 0;\n@%q ret;\nbarrier.cluster.arrive;\nbarrier.cluster.wait;\n").kernel.clean();
}

TEST_CASE("a remote arrive at cluster scope hands data over, at its default scope not") {
  auto body = [](const std::string &arrive) {
    return kSync +
           "mapa.shared::cluster.u32 %m, %y, %peer;\nst.shared::cluster.u32 [%m], %x;\nbar.warp.sync -1;\n"
           "mov.u32 %w, bar;\nmapa.shared::cluster.u32 %m, %w, %peer;\n@%first mbarrier.arrive" +
           arrive + ".shared::cluster.b64 _, [%m];\n" + kWait + "ld.shared.u32 %v, [%y];\nst.global.u32 [%out], %v;\n" +
           kSync;
  };
  Run run(body(".release.cluster"));
  run.kernel.clean();
  CHECK(run.out[0] == 32);
  CHECK(run.out[40] == 8);
  findingOf(body(""), "race.race");
}

TEST_CASE("st.async and red.async write to another CTA and complete on its barrier") {
  for (uint64_t seed : {0, 1, 2}) {
    std::string address = "mapa.shared::cluster.u32 %m, %y, %peer;\nmov.u32 %w, bar;\nmapa.shared::cluster.u32 %w, %w, "
                          "%peer;\n";
    Run run("@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 128;\n" + kSync + address +
            "st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%m], %x, [%w];\n" + kWait +
            "ld.shared.u32 %v, [%y];\nst.global.u32 [%out], %v;\n" + kSync);
    run.kernel.seed(seed).clean();
    CHECK(run.out[5] == 37);
    Run sum("@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 128;\nst.shared.u32 [%y], 1000;\n" + kSync +
            address +
            "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u32 [%m], %x, [%w];\n" + kWait +
            "ld.shared.u32 %v, [%y];\nst.global.u32 [%out], %v;\n" + kSync);
    sum.kernel.seed(seed).clean();
    CHECK(sum.out[5] == 1037);
  }
}

TEST_CASE("a completion of st.async releases its own bytes and nothing else of its thread") {
  std::string address = "mapa.shared::cluster.u32 %m, %y, %peer;\nmov.u32 %w, bar;\nmapa.shared::cluster.u32 %w, %w, "
                        "%peer;\n";
  std::string send = "st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%m], %x, [%w];\n";
  std::string expect = "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 128;\n";
  // A plain remote store before it, to other bytes.
  for (uint64_t seed : {0, 1, 2})
    findingOf(expect + kSync + address + "st.shared::cluster.u32 [%m+128], %x;\n" + send + kWait +
                  "ld.shared.u32 %v, [%y+128];\nst.global.u32 [%out], %v;\n" + kSync,
              "race.race", seed);
  // The bytes are in flight until the wait, for the writer too.
  for (uint64_t seed : {0, 1, 2}) {
    findingOf(expect + kSync + address + send + "ld.shared.u32 %v, [%y];\n" + kWait + kSync, "race.in-flight", seed);
    findingOf(expect + kSync + address + send + "ld.shared::cluster.u32 %v, [%m];\n" + kWait + kSync, "race.in-flight",
              seed);
  }
  // Generic proxy: no fence towards generic accesses, but one towards copies of the async proxy.
  std::string filled = "st.shared.u32 [%y], 3;\n" + expect + kSync + address + send + kWait + "bar.sync 0;\n";
  std::string store = "ld.param.u64 %s, [p0];\nmul.wide.u32 %a, %r, 128;\nadd.u64 %s, %s, %a;\n"
                      "setp.lt.u32 %q, %x, 64;\nand.pred %q, %q, %first;\n"
                      "@%q cp.async.bulk.global.shared::cta.bulk_group [%s], [tile], 128;\n"
                      "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group.read 0;\n";
  findingOf(filled + store + kSync, "race.proxy");
  Run run(filled + "fence.proxy.async;\nbar.sync 0;\n" + store + kSync);
  run.kernel.clean();
  CHECK(run.out[5] == 37);
}

TEST_CASE("an aligned cluster barrier in diverged code is reported") {
  std::string half = "setp.lt.u32 %q, %t, 16;\n";
  Finding f = findingOf(half + "@%q bra A;\nbarrier.cluster.arrive.aligned;\nbra B;\n"
                               "A: barrier.cluster.arrive.aligned;\nB: barrier.cluster.wait.aligned;\n",
                        "barrier.divergent");
  CHECK(f.kind == FindingKind::Misuse);
  CHECK_THAT(f.message, Catch::Contains("other lanes of the warp are at the one at line"));
  f = findingOf(half + "@%q barrier.cluster.arrive.aligned;\n@!%q barrier.cluster.arrive;\nbarrier.cluster.wait;\n",
                "barrier.divergent");
  CHECK_THAT(f.message, Catch::Contains("lanes 0x0000ffff execute an aligned barrier.cluster, but of the lanes that "
                                        "reach this instruction, 0xffff0000 do not"));
  findingOf("barrier.cluster.arrive;\n" + half +
                "@%q bra A;\nbarrier.cluster.wait.aligned;\nbra B;\nA: barrier.cluster.wait.aligned;\nB:\n",
            "barrier.divergent");
  // Without .aligned, and for lanes that come to one instruction at different times, it is legal.
  for (uint64_t seed : {0, 1, 2, 3}) {
    Run(half + "@%q bra A;\nbarrier.cluster.arrive;\nbarrier.cluster.wait;\nbra B;\n"
               "A: barrier.cluster.arrive;\nbarrier.cluster.wait;\nB:\n")
        .kernel.seed(seed)
        .clean();
    Run("mov.u32 %v, %t;\nL: add.u32 %v, %v, 1;\nsetp.lt.u32 %q, %v, 40;\n@%q bra L;\n" + kSync + kSync)
        .kernel.seed(seed)
        .clean();
    Run("setp.lt.u32 %q, %t, 16;\n@%q ret;\n" + kSync + kSync).kernel.seed(seed).clean();
  }
}

TEST_CASE("a bulk copy between CTAs, and a multicast load into both") {
  for (uint64_t seed : {0, 1, 2, 3, 4, 5}) {
    Run run(
        "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 128;\nst.shared.u32 [%y], %x;\nfence.proxy.async;\n" +
        kSync +
        "mov.u32 %w, bar;\nmapa.shared::cluster.u32 %w, %w, %peer;\nmov.u32 %m, tile;\nadd.u32 %m, %m, 128;\n"
        "mapa.shared::cluster.u32 %m, %m, %peer;\n"
        "@%first cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%m], [tile], 128, [%w];\n" +
        kWait + "ld.shared.u32 %v, [%y+128];\nst.global.u32 [%out], %v;\n" + kSync);
    run.kernel.seed(seed).clean();
    CHECK(run.out[0] == 32);
    CHECK(run.out[33] == 1);

    Run cast(
        "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 128;\n" + kSync +
        "ld.param.u64 %s, [p0];\nsetp.eq.and.u32 %q, %r, 0, %first;\n"
        "@%q cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [tile], [%s+256], "
        "128, [bar], 3;\n" +
        kWait +
        "ld.shared.u32 %v, [%y];\nadd.u32 %v, %v, %r;\nld.param.u64 %s, [p0];\n"
        "setp.lt.u32 %q, %x, 64;\n@%q st.global.u32 [%out], %v;\n" +
        kSync);
    for (uint32_t i = 0; i < 32; ++i) cast.out[64 + i] = i * i;
    cast.kernel.grid(2).seed(seed).clean();
    CHECK(cast.out[5] == 25);
    CHECK(cast.out[37] == 26);
  }
}

TEST_CASE("addresses and masks outside the cluster are reported") {
  findingOf("mov.u32 %w, 5;\nmapa.shared::cluster.u32 %m, %y, %w;\n", "mapa.rank");
  findingOf(kSync +
                "ld.param.u64 %s, [p0];\n@%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes."
                "multicast::cluster [tile], [%s], 128, [bar], 5;\n" +
                kSync,
            "bulk.multicast_mask");
  findingOf(kSync +
                "mov.u32 %w, bar;\nmapa.shared::cluster.u32 %w, %w, %peer;\nld.param.u64 %s, [p0];\n"
                "@%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%s], 128, [%w];\n" +
                kSync,
            "bulk.barrier");
  findingOf(kSync +
                "mov.u32 %w, bar;\nmapa.shared::cluster.u32 %w, %w, %peer;\n"
                "mbarrier.test_wait.parity.shared.b64 %p, [%w], 0;\n" +
                kSync,
            "mbarrier.remote");
}
