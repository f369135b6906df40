// The machine's clock with nanosleep, and instructions that speak to the caches.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

const std::string kHead = ".reg .b64 %out, %in, %a, %b, %c, %d; .reg .b32 %t, %v; .reg .pred %p;\n"
                          "ld.param.u64 %in, [p0]; ld.param.u64 %out, [p1]; mov.u32 %t, %tid.x;\n";

std::string ptx(const std::string &body, const std::string &target = "sm_90a") {
  return kernel(".param .u64 p0, .param .u64 p1", kHead + body + "ret;", "", target);
}

struct Run {
  std::vector<uint64_t> in = std::vector<uint64_t>(256, 3), out = std::vector<uint64_t>(256);
  KernelRun kernel;
  explicit Run(const std::string &body, uint32_t threads = 32) : kernel(ptx(body)) {
    kernel.buffer(in).buffer(out).block(threads);
  }
};

std::string refusal(const std::string &instruction, const std::string &target = "sm_90a") {
  auto parsed = Module::parse(ptx(instruction, target), "test.ptx");
  auto *error = std::get_if<ParseError>(&parsed);
  return error ? error->message : "";
}

} // namespace

TEST_CASE("nanosleep lets at least its time pass for a single warp, and no more than twice that") {
  std::string body = "mov.u64 %a, %globaltimer; mov.u64 %c, %clock64;\nnanosleep.u32 {T};\nmov.u64 %b, %globaltimer; "
                     "mov.u64 %d, %clock64;\nsub.u64 %a, %b, %a; sub.u64 %c, %d, %c;\nst.global.u64 [%out], %a; "
                     "st.global.u64 [%out+8], %c;\n";
  for (uint32_t time : {0u, 1000u, 250000u, 5000000u})
    for (uint64_t seed : {0, 1}) {
      std::string text = "setp.ne.u32 %p, %t, 0; @%p ret;\n" + body;
      text.replace(text.find("{T}"), 3, std::to_string(time));
      Run run(text);
      run.kernel.seed(seed).clean();
      uint64_t slept = std::min(time, 1000000u); // a millisecond at most
      CHECK(run.out[0] >= slept);
      CHECK(run.out[0] <= slept + 50);
      CHECK(run.out[1] >= run.out[0]);
    }
}

TEST_CASE("warps that sleep at the same time sleep together, and clocks never run back") {
  // Eight warps sleep ten times; each reads the clock before and after, and passes it on through an atomic maximum.
  Run run("mov.u32 %v, 0;\nLOOP: mov.u64 %a, %globaltimer;\natom.global.max.u64 %b, [%out], %a;\n"
          "mov.u64 %c, %globaltimer;\nsetp.lt.u64 %p, %c, %b;\n@%p trap;\nnanosleep.u32 1000;\nadd.u32 %v, %v, 1;\n"
          "setp.lt.u32 %p, %v, 10;\n@%p bra LOOP;\n",
          256);
  run.kernel.seed(GENERATE(0, 1, 2, 3)).clean();
  CHECK(run.out[0] >= 9000);
  CHECK(run.out[0] < 20000);
}

TEST_CASE("a thread that sleeps while it waits lets the others go on") {
  Run run("setp.ge.u32 %p, %t, 32; @%p bra SET;\nWAIT: ld.relaxed.gpu.global.u32 %v, [%out];\nsetp.ne.u32 %p, %v, 0; "
          "@%p bra DONE;\nnanosleep.u32 100;\nbra WAIT;\nSET: setp.ne.u32 %p, %t, 40; @%p bra DONE;\nnanosleep.u32 "
          "5000;\nst.relaxed.gpu.global.u32 [%out], 1;\nDONE:\n",
          64);
  LaunchResult result = run.kernel.seed(GENERATE(0, 1, 2)).clean();
  CHECK(result.stats.by_opcode.at("nanosleep.u32") < 200);
}

TEST_CASE("lanes that sleep different times together sleep what suits all") {
  Run run("mov.u64 %a, %globaltimer;\nadd.u32 %v, %t, 100;\nnanosleep.u32 %v;\nmov.u64 %b, %globaltimer;\nsub.u64 %a, "
          "%b, %a;\nsetp.eq.u32 %p, %t, 0;\n@%p st.global.u64 [%out], %a;\n");
  run.kernel.clean();
  CHECK(run.out[0] >= 131);
  CHECK(run.out[0] <= 200 + 10);
}

TEST_CASE("hints to the caches change nothing") {
  Run run("prefetch.global.L1 [%in]; prefetch.global.L2 [%in+64]; prefetch.L2 [%in]; prefetchu.L1 [%in];\n"
          "prefetch.global.L2::evict_last [%in]; prefetch.global.L2::evict_normal [%in]; prefetch.local.L1 [0];\n"
          "prefetch.tensormap [%in]; prefetch.const.tensormap [0]; prefetch.param.tensormap [p0];\n"
          "applypriority.global.L2::evict_normal [%in], 128;\nld.global.u64 %a, [%in]; st.global.u64 [%out], %a;\n",
          1);
  run.kernel.clean();
  CHECK(run.out[0] == 3);
}

TEST_CASE("discarded bytes must be written before they are read") {
  std::string discard = "discard.global.L2 [%in+128], 128;\n";
  Run before(discard + "ld.global.u64 %a, [%in+120]; ld.global.u64 %a, [%in+256];\n", 1);
  before.kernel.clean();
  Run written(discard + "st.global.u64 [%in+128], 1; ld.global.u64 %a, [%in+128];\n", 1);
  written.kernel.clean();
  Run read("discard.L2 [%in+128], 128;\nld.global.u64 %a, [%in+248];\n", 1);
  read.kernel.finding("uninit.read");
  // A discard is a weak write.
  Run race("setp.eq.u32 %p, %t, 0; @%p discard.global.L2 [%in+128], 128;\n@!%p ld.global.u64 %a, [%in+128];\n", 64);
  race.kernel.finding("race.race");
  Run aligned("discard.global.L2 [%in+64], 128;\n", 1);
  aligned.kernel.finding("bounds.alignment");
}

TEST_CASE("forms of cache instructions that do not exist are refused") {
  CHECK_THAT(refusal("prefetch.shared.L1 [0];"), Catch::Contains("prefetch in this state space"));
  CHECK_THAT(refusal("prefetch.global [%in];"), Catch::Contains("this form of 'prefetch'"));
  CHECK_THAT(refusal("prefetchu.L2 [%in];"), Catch::Contains("this form of 'prefetchu'"));
  CHECK_THAT(refusal("prefetch.tensormap [%in];", "sm_80"), Catch::Contains("before sm_90"));
  CHECK_THAT(refusal("prefetch.global.L2 [%in], 4;"), Catch::Contains("takes 1 operands but has 2"));
  CHECK_THAT(refusal("discard.global.L2 [%in], 64;"), Catch::Contains("is 64"));
  CHECK_THAT(refusal("discard.shared.L2 [%in], 128;"), Catch::Contains("'discard' outside .global"));
  CHECK_THAT(refusal("applypriority.global.L2::evict_last [%in], 128;"),
             Catch::Contains("this form of 'applypriority'"));
  CHECK_THAT(refusal("discard.global.L2 [%in], 128;", "sm_75"), Catch::Contains("before sm_80"));
}
