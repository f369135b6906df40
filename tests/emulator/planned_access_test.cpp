// Loads and stores of a remembered shape against the way that volatile accesses take, which is never planned.
#include <fmt/format.h>

#include <array>

#include "kernel_run.hpp"
#include "ops/planned_memory.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// Copies one element per lane from in[lane * stride] to out[lane * stride], three times at rising addresses.
std::string copies(const std::string &type, const std::string &registers, const std::string &modifier, int stride,
                   const std::string &guard) {
  return kernel(".param .u64 in, .param .u64 out", fmt::format(R"(
  .reg .u64 %a<4>; .reg .u32 %t<3>; .reg .b32 %r<4>; .reg .b64 %d<4>; .reg .pred %p<2>;
  ld.param.u64 %a0, [in]; ld.param.u64 %a1, [out];
  mov.u32 %t0, %tid.x; mov.u32 %t1, 0;
  setp.lt.u32 %p0, %t0, 32;
  {4}
  mul.wide.u32 %a2, %t0, {0};
  add.u64 %a0, %a0, %a2; add.u64 %a1, %a1, %a2;
again:
  @%p0 ld{1}.global{2} {3}, [%a0];
  @%p0 st{1}.global{2} [%a1], {3};
  add.u64 %a0, %a0, 16; add.u64 %a1, %a1, 16;
  add.u32 %t1, %t1, 1;
  setp.lt.u32 %p1, %t1, 3;
  @%p1 bra again;
  ret;)",
                                                               stride, modifier, type, registers, guard));
}

} // namespace

TEST_CASE("planned accesses move what unplanned ones move") {
  struct Form {
    const char *type, *registers;
    int bytes;
  };
  auto form = GENERATE(Form{".u8", "%r0", 1}, Form{".s16", "%r0", 2}, Form{".b32", "%r0", 4}, Form{".b64", "%d0", 8},
                       Form{".v2.b32", "{%r0, %r1}", 8}, Form{".v4.b32", "{%r0, %r1, %r2, %r3}", 16},
                       Form{".v2.b64", "{%d0, %d1}", 16});
  int spread = GENERATE(0, 1, 2, 5);
  auto guard = GENERATE("", "setp.gt.u32 %p0, %t0, 9;");
  std::vector<uint8_t> in(32 * 16 * 5 + 64), planned(in.size()), plain(in.size());
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<uint8_t>(i * 37 + i / 256);
  auto run = [&](const char *modifier, std::vector<uint8_t> &out) {
    KernelRun launch(copies(form.type, form.registers, modifier, spread * form.bytes, guard));
    // Elsewhere the rounds overlap.
    launch.config.checks.races = spread == 5 && form.bytes == 16;
    launch.buffer(in).buffer(out).block(32);
    return launch.clean();
  };
  LaunchResult a = run("", planned), b = run(".volatile", plain);
  CHECK(planned == plain);
  CHECK(a.stats.global_bytes_read == b.stats.global_bytes_read);
  CHECK(a.stats.global_bytes_written == b.stats.global_bytes_written);
  CHECK(a.stats.instructions == b.stats.instructions);
}

TEST_CASE("a fault is found at an instruction whose accesses were planned before") {
  std::vector<uint32_t> in(32 * 3, 1), out(64);
  std::string ptx = copies(".b32", "%r0", "", 4, "");
  // Each round moves 16 bytes on: 32 lanes of the third reach 128 + 32 bytes.
  CHECK(KernelRun(ptx).buffer(in).buffer(out).block(32).run().status ==
        LaunchStatus::Findings); // overlapping writes race
  std::vector<uint32_t> small(36);
  KernelRun launch(ptx);
  launch.config.checks.races = false;
  Finding finding = launch.buffer(in).buffer(small).block(32).finding("bounds.write");
  CHECK(finding.offset == 144);
  CHECK(finding.times == 4);
}

TEST_CASE("a byte that nobody wrote is found at an instruction whose accesses were planned before") {
  std::vector<uint32_t> in(64), out(64);
  KernelRun launch(copies(".b32", "%r0", "", 4, ""));
  launch.config.checks.races = false;
  CHECK(launch.buffer(in, false).buffer(out).block(32).finding("uninit.read").offset == 0);
}

#if defined(__SSE2__)
TEST_CASE("vectors of four words change places alike with and without AVX2") {
  std::array<int64_t, 32> delta;
  for (int64_t lane = 0; lane < 32; ++lane) delta[static_cast<size_t>(lane)] = 16 * (lane * 7 % 32);
  std::array<float, 128> memory, again[2]{};
  for (size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<float>(i);
  auto host = [](std::array<float, 128> &words) { return reinterpret_cast<uint8_t *>(words.data()); };
  for (bool wide : {false, true}) {
    if (wide && !kWideHost) continue;
    float registers[4][32], *at[] = {registers[0], registers[1], registers[2], registers[3]};
    (wide ? gatherQuadsWide : gatherQuads)(at, host(memory), delta.data());
    for (size_t lane = 0; lane < 32; ++lane)
      for (size_t i = 0; i < 4; ++i)
        REQUIRE(registers[i][lane] == static_cast<float>(delta[lane] / 4 + static_cast<int64_t>(i)));
    (wide ? scatterQuadsWide : scatterQuads)(at, host(again[wide]), delta.data());
    CHECK(again[wide] == memory);
  }
}
#endif
