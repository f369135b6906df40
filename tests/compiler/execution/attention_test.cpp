// Attention on the emulator, by single warps and by warpgroups, against a plain softmax in double.
#include "attention_check.hpp"

using namespace execution;

namespace {

void check(Attention kernel, const char *target, const char *instruction, std::int64_t rows, std::int64_t keys,
           std::uint64_t seed, int cluster = 0) {
  tilewright::CompileOptions options;
  options.target = target;
  options.assemble = false;
  options.schedule.cluster = cluster;
  check_attention(kernel, options, instruction, rows, keys, seed);
}

} // namespace

TEST_CASE("attention by single warps") {
  check({.bm = 64, .bn = 64, .d = 64}, "sm_80", "mma.sync", 72, 136, 0);
  check({.bm = 64, .bn = 32, .d = 64, .causal = true}, "sm_80", "mma.sync", 100, 100, 1);
}

TEST_CASE("attention by warpgroups: weights go from registers into the second product") {
  check({}, "sm_90a", "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16", 200, 264, 0);
  check({.causal = true}, "sm_90a", "wgmma.mma_async", 136, 136, 1);
  check({.bm = 64, .bn = 64, .d = 128}, "sm_90a", "wgmma.mma_async.sync.aligned.m64n128k16", 65, 72, 2);
  check({.bm = 128, .bn = 176, .d = 128}, "sm_90a", "wgmma.mma_async.sync.aligned.m64n176k16", 128, 360, 3);
}

TEST_CASE("blocks of queries load keys and values together") {
  check({}, "sm_90a", "multicast::cluster", 200, 264, 4, 2);
  check({.bm = 64, .bn = 64, .d = 128}, "sm_90a", "multicast::cluster", 264, 136, 5, 4);
}
