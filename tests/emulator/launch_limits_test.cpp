// What a launch may take of the host: memory for registers, local variables and shared memory; each refusal says why.
#include "kernel_run.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

std::string refusal(KernelRun &run) {
  LaunchResult result = run.run();
  REQUIRE(result.status == LaunchStatus::Refused);
  REQUIRE(result.findings.size() == 1);
  REQUIRE_FALSE(result.findings[0].fix.empty());
  return result.findings[0].message;
}

/// A kernel with `bytes` of local memory that every thread writes.
std::string withLocal(int bytes, const std::string &before = "", const std::string &body = "",
                      const std::string &target = "sm_90a") {
  return kernel("",
                ".local .align 4 .b8 frame[" + std::to_string(bytes) + "];\nst.local.u32 [frame], 1;\n" + body + "ret;",
                before, target);
}

} // namespace

TEST_CASE("a block whose local variables do not fit is refused, many blocks that do not fit together take turns") {
  REQUIRE_THAT(refusal(KernelRun(withLocal(400000)).block(1024)),
               Catch::Contains("registers and local variables of one block take 409") &&
                   Catch::Contains("more than the emulator's 268435456"));
  KernelRun pair(withLocal(200000));
  pair.config.cluster = {2, 1, 1};
  REQUIRE_THAT(refusal(pair.block(1024).grid(2)), Catch::Contains("local variables of one cluster take"));
  KernelRun(withLocal(100000)).block(512).grid(6).clean();
  KernelRun shared(kernel("", "ret;"));
  shared.config.resident_ctas = 1 << 20;
  shared.block(32).shared(232448).grid(1000).clean();
}

TEST_CASE("a recursion ends when its frames take too much memory") {
  std::string recursion = ".func f\n{\n.local .align 4 .b8 frame[500000];\nst.local.u32 [frame], 1;\ncall f;\nret;\n}";
  Finding f = KernelRun(kernel("", "call f;\nret;", recursion)).block(32).finding("call.memory");
  REQUIRE(f.kind == FindingKind::Unsupported);
  REQUIRE_THAT(f.message, Catch::Contains("the call of 'f', 17 deep, needs more than the 256 MiB"));
  REQUIRE_FALSE(f.fix.empty());
}

TEST_CASE("memory of frames that ended is used again") {
  std::string called = ".func f\n{\n.local .align 4 .b8 frame[300000];\nst.local.u32 [frame], 1;\nret;\n}";
  std::string body = ".reg .b32 %i; .reg .pred %p;\nmov.u32 %i, 0;\nL: call f;\nadd.u32 %i, %i, 1;\n"
                     "setp.lt.u32 %p, %i, 100;\n@%p bra L;\nret;";
  KernelRun(kernel("", body, called)).block(64).clean();
}

TEST_CASE("entries of one module do not share the room for their shared variables") {
  std::string module =
      kernel(".param .u64 p",
             ".shared .align 16 .b8 mine[200000]; .reg .b64 %a; .reg .b32 %r;\nld.param.u64 %a, [p];\n"
             "st.shared.u32 [mine+199996], 7;\nld.shared.u32 %r, [mine+199996];\n"
             "st.global.u32 [%a], %r;\nret;",
             ".shared .align 4 .b32 common;\n"
             ".visible .entry other() { .shared .align 16 .b8 yours[200000]; st.shared.u32 [yours], 1; ret; }",
             "sm_90a");
  std::vector<uint32_t> out(1);
  KernelRun run(module);
  run.buffer(out).block(1).clean();
  REQUIRE(out[0] == 7);
  REQUIRE(run.module.static_shared_bytes() == 200016);
  KernelRun(module, "other").block(1).clean();
  // A message names the variable of the entry that ran.
  std::string race = kernel("", "ret;",
                            ".visible .entry a() { .shared .b32 first; ret; }\n"
                            ".visible .entry b() { .shared .b32 second; .reg .b32 %t; mov.u32 %t, %tid.x; "
                            "st.shared.u32 [second], %t; ret; }");
  Finding f = KernelRun(race, "b").block(64).finding("race.race");
  REQUIRE_THAT(f.message, Catch::Contains("(second + 0)"));
}

TEST_CASE("dynamic shared memory begins behind the static part of its entry") {
  std::string body = ".reg .b64 %a; .reg .b32 %r;\nld.param.u64 %a, [p];\nmov.u32 %r, dynamic;\n"
                     "st.global.u32 [%a], %r;\nst.shared.u32 [%r], 1;\nmov.u32 %r, %total_smem_size;\n"
                     "st.global.u32 [%a+4], %r;\nret;";
  std::string before = ".extern .shared .align 256 .b8 dynamic[];\n.shared .align 4 .b32 common;\n"
                       ".visible .entry other(.param .u64 p) { .shared .align 16 .b8 yours[200000];\n" +
                       body + " }\n";
  auto run = [&](const std::string &text, const std::string &entry, uint32_t dynamic) {
    std::vector<uint32_t> out(2);
    KernelRun(text, entry).buffer(out).block(1).shared(dynamic).clean();
    return out;
  };
  std::string two = kernel(".param .u64 p", body, before);
  uint32_t first = run(two, "k", 200000)[0];
  REQUIRE(first % 256 == 0);
  REQUIRE(run(two, "other", 32) == std::vector<uint32_t>{first + 199936, 200192 + 128});
  REQUIRE(run(two, "k", 200000)[1] == 256 + 200064);
  // A function that uses it finds it at one place in every launch.
  std::string shared = kernel(".param .u64 p", body, before + ".func touch() { st.shared.u32 [dynamic], 2; ret; }\n");
  REQUIRE(run(shared, "k", 100)[0] == run(shared, "other", 100)[0]);
}

TEST_CASE("static and dynamic shared memory count together") {
  KernelRun run(kernel("", "ret;", ".shared .align 16 .b8 tile[200000];"));
  std::string other = kernel("", "ret;", ".visible .entry other() { .shared .b8 tile[200000]; ret; }");
  KernelRun(other).block(32).shared(100000).clean();
  REQUIRE_THAT(refusal(run.block(32).shared(100000)),
               Catch::Contains("200000 bytes of static and 100000 bytes of dynamic shared memory exceed the limit of "
                               "232448"));
}

TEST_CASE("clusters that cannot be launched say which rule they break") {
  std::string plain = kernel("", "ret;", "", "sm_90a"), old = kernel("", "ret;");
  auto says = [](const std::string &text, Extent cluster, uint32_t grid, const std::string &message) {
    KernelRun run(text);
    run.config.cluster = cluster;
    REQUIRE_THAT(refusal(run.block(32).grid(grid)), Catch::Contains(message));
  };
  says(plain, {17, 1, 1}, 17, "cluster of 17 x 1 x 1 CTAs");
  says(plain, {2, 0, 1}, 2, "cluster of 2 x 0 x 1 CTAs");
  says(plain, {2, 1, 1}, 3, "grid of 3 x 1 x 1 is not a multiple of the cluster 2 x 1 x 1");
  says(old, {2, 1, 1}, 2, "clusters need sm_90 but the module is for sm_80");
  std::string required = plain;
  required.replace(required.find(")\n{"), 1, ") .reqnctapercluster 2, 1, 1");
  says(required, {4, 1, 1}, 4, "requires 2 x 1 x 1 (.reqnctapercluster)");
}

TEST_CASE("a buffer that is not aligned as the kernel needs it is named with its offset") {
  std::vector<uint32_t> data(64);
  KernelRun run(kernel(".param .u64 p", ".reg .b64 %a; .reg .b32 %r<4>;\nld.param.u64 %a, [p];\n"
                                        "ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%a];\nret;"));
  uint64_t address = run.machine.add_buffer(std::as_writable_bytes(std::span(data)), "weights", true);
  Finding f = run.scalar(address + 4).block(1).finding("bounds.alignment");
  REQUIRE(f.kind == FindingKind::Bounds);
  REQUIRE(f.buffer == "weights");
  REQUIRE(f.offset == 4);
  REQUIRE_THAT(f.message, Catch::Contains("16"));
  REQUIRE(f.at.ptx_line > 0);
  REQUIRE_FALSE(f.fix.empty());
}
