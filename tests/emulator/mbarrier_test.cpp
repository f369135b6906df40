// mbarrier instructions: phases, counts, transactions, states, life cycle, hangs.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// A kernel of one block for sm_90a with a barrier `bar` and a shared word `word`; p0 is the output buffer.
std::string ptx(const std::string &body) {
  return kernel(".param .u64 p0",
                ".reg .b64 %out, %off, %s, %s2; .reg .b32 %t, %v, %n, %c; .reg .pred %p, %q, %first;\n"
                ".shared .align 8 .b64 bar; .shared .align 8 .b64 bar2; .shared .align 4 .b32 word[64];\n"
                "mov.u32 %t, %tid.x;\nld.param.u64 %out, [p0];\nmul.wide.u32 %off, %t, 4;\nadd.u64 %out, %out, %off;\n"
                "setp.eq.u32 %first, %t, 0;\n" +
                    body + "\nret;",
                "", "sm_90a");
}

const std::string kInit1 = "@%first mbarrier.init.shared::cta.b64 [bar], 1;\nbar.sync 0;\n";
/// Waits for a parity in a loop; labels by number.
std::string waitParity(int parity, int label, const std::string &form = "try_wait") {
  std::string name = "W" + std::to_string(label);
  return name + ": mbarrier." + form + ".parity.shared::cta.b64 %p, [bar], " + std::to_string(parity) + ";\n@!%p bra " +
         name + ";\n";
}

struct Run {
  std::vector<uint32_t> out = std::vector<uint32_t>(64, 0);
  KernelRun kernel;
  explicit Run(const std::string &body, uint32_t threads = 32) : kernel(ptx(body)) {
    kernel.buffer(out).block(threads);
  }
};

Finding findingOf(const std::string &body, const std::string &rule, uint32_t threads = 32) {
  return Run(body, threads).kernel.finding(rule);
}

} // namespace

TEST_CASE("an mbarrier hands data from one warp to another") {
  for (uint64_t seed : {0, 1, 2, 5, 7}) {
    Run run(kInit1 + "setp.lt.u32 %q, %t, 32;\n@%q bra PRODUCE;\n" + waitParity(0, 0) +
                "ld.shared.u32 %v, [word];\nst.global.u32 [%out], %v;\nret;\n"
                "PRODUCE: @%first st.shared.u32 [word], 42;\n@%first mbarrier.arrive.shared::cta.b64 _, [bar];\n",
            64);
    run.kernel.seed(seed).clean();
    CHECK(run.out[40] == 42);
    CHECK(run.out[0] == 0);
  }
}

TEST_CASE("a relaxed arrive or wait orders nothing") {
  std::string body = kInit1 + "setp.lt.u32 %q, %t, 32;\n@%q bra PRODUCE;\n"
                              "W0: mbarrier.try_wait.parity{WAIT}.shared::cta.b64 %p, [bar], 0;\n@!%p bra W0;\n"
                              "ld.shared.u32 %v, [word];\nst.global.u32 [%out], %v;\nret;\n"
                              "PRODUCE: @%first st.shared.u32 [word], 42;\n"
                              "@%first mbarrier.arrive{ARRIVE}.shared::cta.b64 _, [bar];\n";
  auto with = [&](const std::string &arrive, const std::string &wait) {
    std::string text = body;
    text.replace(text.find("{WAIT}"), 6, wait);
    text.replace(text.find("{ARRIVE}"), 8, arrive);
    return text;
  };
  Run(with(".release.cta", ".acquire.cta"), 64).kernel.clean();
  findingOf(with(".relaxed.cta", ""), "race.race", 64);
  findingOf(with("", ".relaxed.cta"), "race.race", 64);
}

TEST_CASE("arrivals count threads, with counts and drops") {
  Run run("@%first mbarrier.init.shared.b64 [bar], 40;\nbar.sync 0;\n"
          "mbarrier.arrive.shared.b64 %s, [bar];\n" // 32
          "bar.warp.sync 0xffffffff;\n"
          "@%first mbarrier.arrive_drop.shared.b64 %s2, [bar], 8;\n" +
          waitParity(0, 0) +
          // The next phase needs 32.
          "mbarrier.arrive.shared.b64 %s, [bar];\n" + waitParity(1, 1, "test_wait") +
          "mbarrier.pending_count.b64 %c, %s;\nst.global.u32 [%out], %c;\n");
  run.kernel.clean();
  uint32_t sum = 0;
  for (int i = 0; i < 32; ++i) sum += run.out[i];
  CHECK(sum == 32 * 33 / 2); // each lane saw another pending count
}

TEST_CASE("states tell phases apart") {
  Run run(kInit1 + "mov.u32 %v, 0;\n@!%first bra END;\n"
                   "mbarrier.arrive.noComplete.release.cta.shared::cta.b64 %s, [bar2], 1;\nEND:\n");
  CHECK(run.kernel.finding("mbarrier.uninitialised").section == "9.7.13.15");
  Run two("@%first mbarrier.init.shared.b64 [bar], 2;\nbar.sync 0;\n@!%first bra END;\n"
          "mbarrier.arrive.noComplete.shared.b64 %s, [bar], 1;\nmbarrier.test_wait.shared.b64 %p, [bar], %s;\n"
          "selp.u32 %v, 1, 0, %p;\nst.global.u32 [%out], %v;\n"
          "mbarrier.arrive.shared.b64 %s2, [bar];\nmbarrier.try_wait.shared.b64 %p, [bar], %s;\n"
          "selp.u32 %v, 1, 0, %p;\nst.global.u32 [%out+4], %v;\nEND:\n");
  two.kernel.clean();
  CHECK(two.out[0] == 0);
  CHECK(two.out[1] == 1);
}

TEST_CASE("a state two phases old is misuse") {
  findingOf(kInit1 + "@!%first bra END;\nmbarrier.arrive.shared.b64 %s, [bar];\n" + waitParity(0, 0) +
                "mbarrier.arrive.shared.b64 _, [bar];\n" + waitParity(1, 1) +
                "mbarrier.test_wait.shared.b64 %p, [bar], %s;\nEND:\n",
            "mbarrier.stale_state");
}

TEST_CASE("transactions hold the phase open, in either order and with a negative count") {
  Run run(
      kInit1 +
      "@!%first bra END;\n"
      "mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [bar], 64;\n" // before the expect: tx is -64
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 96;\n"
      "mbarrier.test_wait.parity.shared.b64 %p, [bar], 0;\nselp.u32 %v, 1, 0, %p;\n"
      "st.global.u32 [%out], %v;\n"
      "mbarrier.complete_tx.shared::cta.b64 [bar], 32;\n" +
      waitParity(0, 0) +
      "st.global.u32 [%out+4], 7;\n"
      "mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [bar], 16;\nmbarrier.complete_tx.shared.b64 [bar], 16;\nEND:\n");
  run.kernel.clean();
  CHECK(run.out[0] == 0);
  CHECK(run.out[1] == 7);
}

TEST_CASE("wait for parity 1 of a fresh barrier returns at once") {
  Run run(kInit1 + waitParity(1, 0) + "st.global.u32 [%out], 5;\n");
  run.kernel.clean();
  CHECK(run.out[3] == 5);
}

TEST_CASE("try_wait may be false although the phase is complete") {
  int falses = 0;
  for (uint64_t seed = 1; seed < 40; ++seed) {
    Run run(kInit1 + "mbarrier.try_wait.parity.shared.b64 %p, [bar], 1;\nselp.u32 %v, 1, 0, %p;\n"
                     "st.global.u32 [%out], %v;\n");
    run.kernel.seed(seed).clean();
    falses += run.out[0] == 0;
  }
  CHECK(falses > 0);
  CHECK(falses < 30);
}

TEST_CASE("a wait on a phase that nobody completes is a hang that names the barrier") {
  Finding f = findingOf("@%first mbarrier.init.shared.b64 [bar], 2;\nbar.sync 0;\n"
                        "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 48;\n" +
                            waitParity(0, 0),
                        "hang.deadlock");
  CHECK(f.kind == FindingKind::Hang);
  CHECK_THAT(f.message, Catch::Contains("parity 0 of mbarrier at byte 0 of shared memory (bar + 0)") &&
                            Catch::Contains("phase 0, 1 of 2 arrivals pending, tx-count 48"));
}

TEST_CASE("counts of arrivals and transactions are checked") {
  Finding f =
      findingOf("@%first mbarrier.init.shared.b64 [bar], 4;\nbar.sync 0;\n"
                "@%first mbarrier.expect_tx.shared.b64 [bar], 16;\n"
                "setp.lt.u32 %q, %t, 5;\nbar.warp.sync 0xffffffff;\n@%q mbarrier.arrive.shared.b64 %s, [bar];\n",
                "mbarrier.count");
  CHECK_THAT(f.message, Catch::Contains("counts 1 but the phase waits for 0 more"));
  f = findingOf(kInit1 + "@%first mbarrier.expect_tx.shared.b64 [bar], 1048575;\n"
                         "@%first mbarrier.expect_tx.shared.b64 [bar], 1;\n",
                "mbarrier.tx_count");
  CHECK_THAT(f.message, Catch::Contains("tx-count becomes 1048576"));
  f = findingOf("@%first mbarrier.init.shared.b64 [bar], 0;\n", "mbarrier.init_count");
  CHECK_THAT(f.message, Catch::Contains("expected count is 0"));
  f = findingOf("@%first mbarrier.init.shared.b64 [bar], 1048576;\n", "mbarrier.init_count");
  f = findingOf(kInit1 + "@%first mbarrier.arrive.noComplete.shared.b64 %s, [bar], 1;\n", "mbarrier.no_complete");
}

TEST_CASE("the life cycle of a barrier is checked") {
  CHECK(findingOf("mbarrier.arrive.shared.b64 %s, [bar];\n", "mbarrier.uninitialised").kind == FindingKind::Misuse);
  CHECK_THAT(findingOf(kInit1 + "@%first mbarrier.init.shared.b64 [bar], 1;\n", "mbarrier.reinitialised").message,
             Catch::Contains("live since the init at line"));
  findingOf(kInit1 + "@%first mbarrier.inval.shared.b64 [bar];\n@%first mbarrier.arrive.shared.b64 %s, [bar];\n",
            "mbarrier.uninitialised");
  findingOf(kInit1 + "@%first mbarrier.inval.shared.b64 [bar+4];\n", "bounds.alignment");
  findingOf("mov.u64 %s, 64;\n@%first mbarrier.init.b64 [%s], 1;\n", "bounds.unmapped");
  Run(kInit1 + "bar.sync 0;\n@%first mbarrier.inval.shared.b64 [bar];\n@%first mbarrier.init.shared.b64 [bar], 3;\n")
      .kernel.clean();
  findingOf(kInit1 + "@%first ld.shared.u32 %v, [bar];\n", "mbarrier.plain_access");
  findingOf(kInit1 + "@%first st.shared.v2.u32 [bar], {%t, %t};\n", "mbarrier.plain_access");
}

TEST_CASE("a barrier used before its init is ordered is a race") {
  Run run("@%first mbarrier.init.shared.b64 [bar], 64;\nsetp.lt.u32 %q, %t, 32;\n@%q bra END;\n"
          "mbarrier.arrive.shared.b64 %s, [bar];\nEND:\n",
          64);
  run.kernel.finding("race.race");
}

TEST_CASE("an arrive of a phase whose predecessor nobody saw is misuse, an unobserved last phase is not") {
  Finding f = findingOf(kInit1 + "@%first mbarrier.arrive.shared.b64 _, [bar];\n"
                                 "@%first mbarrier.arrive.shared.b64 _, [bar];\n",
                        "mbarrier.unobserved");
  CHECK_THAT(f.message, Catch::Contains("no thread has seen phase 0 complete"));
  Run(kInit1 + "@%first mbarrier.arrive.shared.b64 _, [bar];\n").kernel.clean();
}

TEST_CASE("generic addresses reach barriers") {
  Run run("mov.u64 %s, bar;\ncvta.shared.u64 %s, %s;\n@%first mbarrier.init.b64 [%s], 1;\nbar.sync 0;\n"
          "@%first mbarrier.arrive.b64 %s2, [%s];\nW: mbarrier.test_wait.parity.b64 %p, [%s], 0;\n@!%p bra W;\n");
  run.kernel.clean();
}

TEST_CASE("forms that do not exist are refused by name") {
  auto refusal = [](const std::string &instruction, const std::string &target = "sm_90a") {
    auto parsed = Module::parse(
        kernel("", ".reg .b64 %s; .reg .pred %p; .shared .align 8 .b64 bar;\n" + instruction + "\nret;", "", target),
        "test.ptx");
    auto *error = std::get_if<ParseError>(&parsed);
    return error ? error->message : "";
  };
  CHECK_THAT(refusal("mbarrier.arrive.shared::cluster.b64 %s, [bar];"), Catch::Contains("returns no state"));
  CHECK_THAT(refusal("mbarrier.init.shared::cluster.b64 [bar], 1;"), Catch::Contains("on shared::cluster"));
  CHECK_THAT(refusal("mbarrier.try_wait.parity.shared.b64 %p, [bar], 0;", "sm_80"), Catch::Contains("before sm_90"));
  CHECK_THAT(refusal("mbarrier.arrive.expect_tx.shared.b64 _, [bar];"), Catch::Contains("needs an operand"));
  CHECK_THAT(refusal("mbarrier.inval.shared [bar];"), Catch::Contains("no type"));
  CHECK_THAT(refusal("mbarrier.invert.shared.b64 [bar];"), Catch::Contains("this form of mbarrier"));
}
