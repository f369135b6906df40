// cp.async.bulk, cp.reduce.async.bulk and their groups: data, order, proxy fences, misuse, under every timing.
#include <algorithm>

#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

constexpr AsyncTiming kTimings[] = {AsyncTiming::Early, AsyncTiming::Late, AsyncTiming::Random};

/// A kernel with %in, %out, %t, %first, a barrier `bar` of count 1 (initialised and synchronised), a `tile` of 1 KiB.
std::string ptx(const std::string &body) {
  return kernel(".param .u64 p0, .param .u64 p1",
                ".reg .b64 %in, %out, %a, %b, %mine, %s, %m64; .reg .b32 %t, %v, %w, %m; .reg .pred %p, %q, %first;\n"
                ".shared .align 8 .b64 bar; .shared .align 128 .b32 tile[256];\n"
                "mov.u32 %t, %tid.x;\nld.param.u64 %in, [p0];\nld.param.u64 %out, [p1];\nmul.wide.u32 %mine, %t, 4;\n"
                "setp.eq.u32 %first, %t, 0;\nmov.u64 %a, tile;\nadd.u64 %a, %a, %mine;\nadd.u64 %b, %out, %mine;\n"
                "@%first mbarrier.init.shared.b64 [bar], 1;\nfence.proxy.async;\nbar.sync 0;\n" +
                    body + "\nret;",
                "", "sm_90a");
}

const std::string kLoad =
    "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 256;\n"
    "@%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%in], 256, [bar];\n";
const std::string kWait = "W: mbarrier.try_wait.parity.shared.b64 %p, [bar], 0;\n@!%p bra W;\n";
const std::string kReadTile = "ld.shared.u32 %v, [%a];\nadd.u32 %v, %v, 1;\nst.global.u32 [%b], %v;\n";
const std::string kFillTile = "add.u32 %v, %t, 100;\nst.shared.u32 [%a], %v;\n";
const std::string kStore = "@%first cp.async.bulk.global.shared::cta.bulk_group [%out], [tile], 256;\n";
const std::string kCommit = "@%first cp.async.bulk.commit_group;\n";
const std::string kWaitRead = "@%first cp.async.bulk.wait_group.read 0;\n";

struct Run {
  std::vector<uint32_t> in = std::vector<uint32_t>(64), out = std::vector<uint32_t>(64, 7);
  KernelRun kernel;
  explicit Run(const std::string &body) : kernel(ptx(body)) {
    for (uint32_t i = 0; i < 64; ++i) in[i] = i * 3;
    kernel.buffer(in).buffer(out).block(64);
  }
};

void cleanAlways(const std::string &body, uint32_t scale, uint32_t offset) {
  for (AsyncTiming timing : kTimings)
    for (uint64_t seed : {0, 1, 2}) {
      Run run(body);
      run.kernel.config.async_timing = timing;
      run.kernel.seed(seed).clean();
      for (uint32_t i = 0; i < 64; ++i) REQUIRE(run.out[i] == i * scale + offset);
    }
}

/// The rule must be reported whatever the moment at which the copies land.
Finding findingAlways(const std::string &body, const std::string &rule) {
  Finding f;
  for (AsyncTiming timing : kTimings) {
    INFO("timing " << static_cast<int>(timing));
    Run run(body);
    run.kernel.config.async_timing = timing;
    f = run.kernel.finding(rule);
  }
  return f;
}

} // namespace

TEST_CASE("a bulk load completes on its mbarrier and is visible to the waiters") {
  cleanAlways(kLoad + kWait + kReadTile, 3, 1);
}

TEST_CASE("copies of no bytes complete and touch nothing") {
  const std::string none =
      "@%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%in], 0, "
      "[bar];\n@%first cp.async.bulk.global.shared::cta.bulk_group [%out], [tile], 0;\n" +
      kCommit + kWaitRead;
  cleanAlways(none + kLoad + kWait + kReadTile, 3, 1);
}

TEST_CASE("a bulk load may be issued before its bytes are expected") {
  cleanAlways(
      "@%first cp.async.bulk.shared::cta.global.mbarrier::complete_tx::bytes.L2::cache_hint [tile], [%in], 256, [bar], "
      "%s;\n@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], 256;\n" +
          kWait + kReadTile,
      3, 1);
}

TEST_CASE("reading a bulk load without or before its wait is in flight") {
  Finding f = findingAlways(kLoad + "bar.sync 0;\n" + kReadTile + kWait, "race.in-flight");
  CHECK(f.kind == FindingKind::Race);
  CHECK(f.buffer == "shared memory");
  CHECK(f.others.size() == 1);
}

TEST_CASE("a wait with the wrong parity leaves the load in flight, or never returns") {
  for (AsyncTiming timing : kTimings) {
    Run run(kLoad + "W: mbarrier.try_wait.parity.shared.b64 %p, [bar], 1;\n@!%p bra W;\n" + kReadTile);
    run.kernel.config.async_timing = timing;
    // The parity is of the current phase until the load lands: a schedule in which the wait comes late hangs.
    LaunchResult result = run.kernel.run();
    auto is = [&](std::string_view rule) {
      return std::any_of(result.findings.begin(), result.findings.end(),
                         [&](const Finding &f) { return f.rule == rule; });
    };
    CHECK((is("race.in-flight") || is("hang.deadlock")));
  }
}

TEST_CASE("too few expected bytes are a hang, too many too") {
  for (const char *bytes : {"240", "272"}) {
    std::string body = kLoad;
    body.replace(body.find("256;"), 4, std::string(bytes) + ";");
    Finding f = findingAlways(body + kWait + kReadTile, "hang.deadlock");
    CHECK_THAT(f.message, Catch::Contains(std::string("tx-count ") + (bytes[1] == '4' ? "-16" : "16")));
  }
}

TEST_CASE("a bulk store needs a proxy fence by the writers, a barrier, and a wait") {
  cleanAlways(kFillTile + "fence.proxy.async.shared::cta;\nbar.sync 0;\n" + kStore + kCommit + kWaitRead, 1, 100);
  findingAlways(kFillTile + "bar.sync 0;\n" + kStore + kCommit + kWaitRead, "race.proxy");
  findingAlways(kFillTile + "fence.proxy.async.global;\nbar.sync 0;\n" + kStore + kCommit + kWaitRead, "race.proxy");
  findingAlways("fence.proxy.async;\n" + kFillTile + "bar.sync 0;\n" + kStore + kCommit + kWaitRead, "race.proxy");
  findingAlways(kFillTile + "fence.proxy.async;\n" + kStore + kCommit + kWaitRead, "race.race");
}

TEST_CASE("the source of a bulk store is in use until wait_group.read, its result until wait_group") {
  std::string stored = kFillTile + "fence.proxy.async;\nbar.sync 0;\n" + kStore + kCommit;
  cleanAlways(stored + kWaitRead + "bar.sync 0;\nst.shared.u32 [%a], 0;\n", 1, 100);
  findingAlways(stored + "bar.sync 0;\nst.shared.u32 [%a], 0;\n" + kWaitRead, "race.in-flight");
  cleanAlways(stored + "@%first cp.async.bulk.wait_group 0;\n@%first ld.global.u32 %v, [%out+8];\n", 1, 100);
  findingAlways(stored + kWaitRead + "@%first ld.global.u32 %v, [%out+8];\n", "race.in-flight");
}

TEST_CASE("a wait covers committed groups only, and leaves the newest") {
  std::string filled = kFillTile + "fence.proxy.async;\nbar.sync 0;\n" + kStore;
  findingAlways(filled + kWaitRead + "@%first st.shared.u32 [%a], 0;\n" + kCommit + kWaitRead, "race.in-flight");
  findingAlways(filled + kCommit + "@%first cp.async.bulk.wait_group.read 1;\n@%first st.shared.u32 [%a], 0;\n" +
                    kWaitRead,
                "race.in-flight");
  cleanAlways(filled + kCommit + kCommit + "@%first cp.async.bulk.wait_group.read 1;\n@%first st.shared.u32 [%a], 0;\n",
              1, 100);
}

TEST_CASE("a block must not exit before its bulk stores have read their source") {
  Finding f = findingAlways(kFillTile + "fence.proxy.async;\nbar.sync 0;\n" + kStore + kCommit, "bulk.unread_at_exit");
  CHECK(f.kind == FindingKind::Misuse);
  CHECK_THAT(f.message, Catch::Contains("exits before"));
}

TEST_CASE("bulk operations of one block follow each other without a fence") {
  cleanAlways(kLoad + kWait + kStore + kCommit + kWaitRead, 3, 0);
}

TEST_CASE("a load over bytes that were read generically is a warning, with --strict a finding") {
  std::string body = kFillTile + "bar.sync 0;\nld.shared.u32 %w, [%a];\nbar.sync 0;\n";
  std::string fenced = kFillTile + "fence.proxy.async;\nbar.sync 0;\nld.shared.u32 %w, [%a];\nbar.sync 0;\n";
  Run run(fenced + kLoad + kWait + kReadTile);
  LaunchResult result = run.kernel.clean();
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0].rule == "race.proxy-read");
  Run strict(fenced + kLoad + kWait + kReadTile);
  strict.kernel.config.checks.strict = true;
  strict.kernel.finding("race.proxy-read");
  Run unfenced(body + kLoad + kWait + kReadTile);
  unfenced.kernel.finding("race.proxy");
}

TEST_CASE("a proxy fence by the issuing thread alone is a warning, with --strict a finding") {
  std::string body = kFillTile + "bar.sync 0;\n@%first fence.proxy.async;\n" + kStore + kCommit + kWaitRead;
  for (uint64_t seed : {0, 1, 2}) {
    Run run(body);
    LaunchResult result = run.kernel.seed(seed).clean();
    REQUIRE(result.warnings.size() == 1);
    CHECK(result.warnings[0].rule == "race.proxy-issuer");
    CHECK_THAT(result.warnings[0].message, Catch::Contains("the thread that wrote did not execute it"));
    CHECK(result.warnings[0].others.size() == 1);
    Run strict(body);
    strict.kernel.config.checks.strict = true;
    strict.kernel.seed(seed).finding("race.proxy-issuer");
  }
  // By the writers it is no warning, a fence of the issuer besides or not.
  std::string filled = kFillTile + "fence.proxy.async.shared::cta;\nbar.sync 0;\n";
  CHECK(Run(filled + kStore + kCommit + kWaitRead).kernel.clean().warnings.empty());
  CHECK(Run(filled + "@%first fence.proxy.async;\n" + kStore + kCommit + kWaitRead).kernel.clean().warnings.empty());
  // The writers' fence before the write is none.
  Run early("fence.proxy.async;\n" + body);
  CHECK(early.kernel.clean().warnings.size() == 1);
}

TEST_CASE("a copy on a barrier whose init was not fenced is a warning, with --strict a finding") {
  auto body = [](const std::string &fence, const std::string &after = "bar.sync 0;\n") {
    return "@%first mbarrier.inval.shared.b64 [bar];\n@%first mbarrier.init.shared.b64 [bar], 1;\n" + fence + after +
           kLoad + kWait;
  };
  for (AsyncTiming timing : kTimings) {
    Run run(body(""));
    run.kernel.config.async_timing = timing;
    LaunchResult result = run.kernel.clean();
    REQUIRE(result.warnings.size() == 1);
    CHECK(result.warnings[0].rule == "mbarrier.init_fence");
    CHECK_THAT(result.warnings[0].message, Catch::Contains("completes on the mbarrier initialised at line"));
    Run strict(body(""));
    strict.kernel.config.async_timing = timing;
    strict.kernel.config.checks.strict = true;
    strict.kernel.finding("mbarrier.init_fence");
  }
  CHECK(Run(body("@%first fence.mbarrier_init.release.cluster;\n")).kernel.clean().warnings.empty());
  CHECK(Run(body("@%first fence.proxy.async;\n")).kernel.clean().warnings.empty());
  CHECK(Run(body("", "bar.sync 0;\n@%first fence.proxy.async;\n")).kernel.clean().warnings.empty());
  // Of another thread, or of another space.
  CHECK(Run(body("@!%first fence.mbarrier_init.release.cluster;\n")).kernel.clean().warnings.size() == 1);
  CHECK(Run(body("@%first fence.proxy.async.global;\n")).kernel.clean().warnings.size() == 1);
}

TEST_CASE("a barrier must outlive the copies that complete on it, whenever they land") {
  std::string inval = "@%first mbarrier.inval.shared.b64 [bar];\n";
  Finding f = findingAlways(kLoad + inval, "mbarrier.gone");
  CHECK(f.kind == FindingKind::Misuse);
  CHECK_THAT(f.message, Catch::Contains("nothing orders that after the completion of the copy at line"));
  // A barrier does not make the waiters' knowledge up, a wait by the thread or before the barrier does.
  findingAlways(kLoad + "bar.sync 0;\n" + inval, "mbarrier.gone");
  cleanAlways(kLoad + kWait + kReadTile + "bar.sync 0;\n" + inval, 3, 1);
  cleanAlways(kLoad + "@%first bra SKIP;\n" + kWait + "SKIP: bar.sync 0;\n" + kReadTile + inval, 3, 1);
  std::string copies = "add.u64 %s, %in, %mine;\ncp.async.ca.shared.global [%a], [%s], 4;\n"
                       "@%first cp.async.mbarrier.arrive.shared.b64 [bar];\n";
  for (uint64_t seed : {0, 1, 2, 3}) Run(copies + inval).kernel.seed(seed).finding("mbarrier.gone");
  // Without the race checker what has happened decides.
  Run late(kLoad + inval);
  late.kernel.config.checks.races = false;
  CHECK_THAT(late.kernel.finding("mbarrier.gone").message,
             Catch::Contains("was invalidated before the copy completed"));
  Run arrive(copies + inval + "cp.async.wait_all;\n");
  arrive.kernel.config.checks.races = false;
  CHECK_THAT(arrive.kernel.finding("mbarrier.count").message, Catch::Contains("invalidated before the copies landed"));
}

TEST_CASE("bulk reductions update every element") {
  std::string filled = kFillTile + "fence.proxy.async;\nbar.sync 0;\n";
  cleanAlways(filled + "@%first cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%out], [tile], 256;\n" +
                  kCommit + kWaitRead,
              1, 107);
  auto reduce = [&](const std::string &form, const std::vector<uint32_t> &from, uint32_t old) {
    Run run("ld.global.u32 %v, [%in];\nst.shared.u32 [%a], %v;\nadd.u64 %in, %in, %mine;\nld.global.u32 %v, [%in];\n"
            "sub.u64 %in, %in, %mine;\nbar.sync 0;\nst.shared.u32 [%a], %v;\nfence.proxy.async;\nbar.sync 0;\n"
            "@%first cp.reduce.async.bulk.global.shared::cta.bulk_group." +
            form + " [%out], [tile], 256;\n" + kCommit + kWaitRead);
    for (size_t i = 0; i < 64; ++i) run.in[i] = from[i % from.size()], run.out[i] = old;
    run.kernel.clean();
    return run.out;
  };
  CHECK(reduce("max.s32", {1, static_cast<uint32_t>(-5)}, static_cast<uint32_t>(-2))[1] == static_cast<uint32_t>(-2));
  CHECK(reduce("min.u32", {1, 9}, 5)[0] == 1);
  CHECK(reduce("and.b32", {12}, 10)[0] == 8);
  CHECK(reduce("or.b32", {12}, 10)[0] == 14);
  CHECK(reduce("xor.b32", {12}, 10)[0] == 6);
  CHECK(reduce("inc.u32", {12}, 12)[0] == 0);
  CHECK(reduce("dec.u32", {12}, 0)[0] == 12);
  CHECK(reduce("add.f32", {0x3f800000}, 0x40000000)[0] == 0x40400000);
  CHECK(reduce("add.noftz.f16", {0x3c004000}, 0x3c003c00)[0] == 0x40004200);
  CHECK(reduce("min.bf16", {0x3f804000}, 0x40003f80)[0] == 0x3f803f80);
  CHECK(reduce("max.f16", {0x3c007e00}, 0x40003c00)[0] == 0x40003c00); // a NaN loses
}

TEST_CASE("bulk copies check sizes, alignment, bounds and barriers") {
  auto one = [](const std::string &operands) {
    return "@%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes " + operands + ";\n";
  };
  CHECK_THAT(findingAlways(one("[tile], [%in], 24, [bar]"), "bulk.size").message, Catch::Contains("size 24"));
  findingAlways(one("[tile+8], [%in], 16, [bar]"), "bounds.alignment");
  findingAlways(one("[tile], [%in+4], 16, [bar]"), "bounds.alignment");
  CHECK_THAT(findingAlways(one("[tile], [%in+240], 32, [bar]"), "bounds.read").message,
             Catch::Contains("asynchronous read of 32 bytes at offset 240"));
  findingAlways(one("[tile+1008], [%in], 32, [bar]"), "bounds.write");
  findingAlways(one("[tile], [%mine], 32, [bar]"), "bounds.unmapped");
  CHECK_THAT(findingAlways(one("[tile], [%in], 32, [tile+64]"), "mbarrier.uninitialised").message,
             Catch::Contains("no mbarrier is initialised"));
  findingAlways("@%first cp.async.bulk.global.shared::cta.bulk_group [%out], [tile], 32;\n" + kCommit + kWaitRead,
                "uninit.read");
  findingAlways(kFillTile + "fence.proxy.async;\nbar.sync 0;\n"
                            "@%first cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes "
                            "[tile+256], [tile], 32, [bar];\n",
                "bulk.same_cta");
  findingAlways("@%first cp.async.bulk.prefetch.L2.global [%in], 24;\n", "bulk.size");
  findingAlways("@%first cp.async.bulk.prefetch.L2.global [%in+8], 32;\n", "bounds.alignment");
}

TEST_CASE("forms of bulk copies that do not exist are refused") {
  auto refusal = [](const std::string &instruction, const std::string &target = "sm_90a") {
    auto parsed = Module::parse(
        kernel("", ".reg .b64 %a; .shared .align 16 .b64 tile[8];\n" + instruction + "\nret;", "", target), "test.ptx");
    auto *error = std::get_if<ParseError>(&parsed);
    return error ? error->message : "";
  };
  CHECK_THAT(refusal("cp.async.bulk.global.shared::cta.mbarrier::complete_tx::bytes [%a], [tile], 16, [tile];"),
             Catch::Contains("wrong completion"));
  CHECK_THAT(refusal("cp.async.bulk.commit_group;", "sm_80"), Catch::Contains("before sm_90"));
  CHECK_THAT(refusal("cp.async.bulk.global.shared::cta.bulk_group.cp_mask [%a], [tile], 16, 3;"),
             Catch::Contains("byte masks"));
  CHECK_THAT(refusal("cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f16 [%a], [tile], 16;"),
             Catch::Contains("needs .noftz"));
  CHECK_THAT(refusal("cp.reduce.async.bulk.global.shared::cta.bulk_group.and.u32 [%a], [tile], 16;"),
             Catch::Contains("reduction .and of type '.u32'"));
  CHECK_THAT(refusal("cp.reduce.async.bulk.global.shared::cta.bulk_group.u32 [%a], [tile], 16;"),
             Catch::Contains("no operation"));
}

TEST_CASE("cp.async leaves its source alone and writes zeros where the predicate says so") {
  for (const char *operand : {"%q", "%q, %b", "%v"})
    for (uint64_t seed : {0, 1}) {
      std::string hint = std::string(operand).find("%b") == std::string::npos ? "" : ".L2::cache_hint";
      Run run("setp.lt.u32 %q, %t, 10; selp.u32 %v, 0, 4, %q;\nadd.u64 %s, %in, %mine; selp.u64 %s, 0, %s, %q;\n"
              "mov.u64 %m64, %b; mov.u64 %b, 0;\ncp.async.ca.shared.global" +
              hint + " [%a], [%s], 4, " + operand + ";\ncp.async.wait_all;\nmov.u64 %b, %m64;\n" + kReadTile);
      run.kernel.seed(seed).clean();
      for (uint32_t i = 0; i < 64; ++i) REQUIRE(run.out[i] == (i < 10 ? 0 : i * 3) + 1);
    }
}

TEST_CASE("cp.async.mbarrier.arrive arrives once the thread's copies have landed") {
  for (const char *form : {"", ".noinc"}) {
    for (uint64_t seed : {0, 1, 2, 3, 4}) {
      std::string init = *form ? "64" : "1";
      std::string body = "@%first mbarrier.inval.shared.b64 [bar];\n@%first mbarrier.init.shared.b64 [bar], " + init +
                         ";\nbar.sync 0;\nadd.u64 %s, %in, %mine;\ncp.async.ca.shared.global [%a], [%s], 4;\n"
                         "cp.async.mbarrier.arrive" +
                         form + ".shared.b64 [bar];\n";
      if (!*form) body += "bar.sync 0;\n@%first mbarrier.arrive.shared.b64 _, [bar];\n";
      Run run(body + kWait + "xor.b32 %w, %t, 33;\nmul.wide.u32 %s, %w, 4;\nmov.u64 %a, tile;\nadd.u64 %a, %a, %s;\n" +
              kReadTile);
      run.kernel.seed(seed).clean();
      for (uint32_t i = 0; i < 64; ++i) REQUIRE(run.out[i] == (i ^ 33) * 3 + 1);
    }
  }
}
