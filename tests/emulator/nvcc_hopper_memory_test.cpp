// Kernels that nvcc makes for sm_90a: barriers, pipelines, bulk and tensor copies, clusters, against plain C++.
#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

#include "kernel_run.hpp"
#include "tilewright/emulator/tensor_map.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string module() {
  static const std::string text = [] {
    std::ifstream file(TILEWRIGHT_HOPPER_MEMORY_PTX);
    std::stringstream stream;
    stream << file.rdbuf();
    return stream.str();
  }();
  return text;
}

std::vector<int> counting(size_t count, int scale = 1) {
  std::vector<int> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<int>(i) * scale;
  return values;
}

/// A map over a dense tensor; the box and everything else as given.
template <class T>
TensorMap mapOver(KernelRun &run, std::vector<T> &data, TensorMapType type, std::vector<uint64_t> dims,
                  std::vector<uint32_t> box, uint32_t swizzle = 0) {
  TensorMapSpec spec;
  spec.type = type;
  spec.rank = static_cast<uint32_t>(dims.size());
  spec.swizzle = swizzle;
  uint64_t stride = bytes_of(type);
  for (size_t d = 0; d < dims.size(); ++d) {
    spec.dims[d] = dims[d], spec.box[d] = box[d];
    if (d > 0) spec.strides[d - 1] = stride;
    stride *= dims[d];
  }
  spec.address = run.machine.add_buffer(std::as_writable_bytes(std::span(data)), "tensor", true);
  auto map = encode_tensor_map(spec);
  if (auto *error = std::get_if<std::string>(&map)) FAIL(*error);
  return std::get<TensorMap>(map);
}

} // namespace

TEST_CASE("nvcc cuda::barrier with tokens") {
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<int> in = counting(128 * 5), out(128);
    KernelRun(module(), "barrier_tokens").buffer(in).buffer(out, false).scalar(5).block(128).seed(seed).clean();
    for (int t = 0; t < 128; ++t) {
      int sum = 0;
      for (int round = 0; round < 5; ++round) sum += in[static_cast<size_t>(round * 128 + 127 - t)];
      REQUIRE(out[static_cast<size_t>(t)] == sum);
    }
  }
}

TEST_CASE("nvcc cuda::memcpy_async on a cuda::barrier") {
  for (uint64_t seed : {0, 1, 2, 5}) {
    std::vector<int> in = counting(512, 3), out(512);
    KernelRun(module(), "barrier_memcpy").buffer(in).buffer(out, false).grid(2).block(64).seed(seed).clean();
    for (size_t i = 0; i < 512; ++i) REQUIRE(out[i] == in[i / 256 * 256 + 255 - i % 256] + 1);
  }
}

TEST_CASE("nvcc cuda::pipeline") {
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<float> in(64 * 7), out(64);
    std::iota(in.begin(), in.end(), 0.0F);
    KernelRun(module(), "pipeline_stages").buffer(in).buffer(out, false).scalar(7).block(64).seed(seed).clean();
    for (size_t t = 0; t < 64; ++t) {
      float sum = 0;
      for (size_t tile = 0; tile < 7; ++tile) sum += in[tile * 64 + 63 - t];
      REQUIRE(out[t] == sum);
    }
  }
}

TEST_CASE("nvcc tensor load and store through two maps") {
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<float> in(80 * 40), out(80 * 40, -1.0F);
    std::iota(in.begin(), in.end(), 0.0F);
    KernelRun run(module(), "tensor_scale");
    TensorMap from = mapOver(run, in, TensorMapType::F32, {80, 40}, {32, 16}),
              to = mapOver(run, out, TensorMapType::F32, {80, 40}, {32, 16});
    run.scalar(from).scalar(to).scalar(2.0F).grid(3, 3).block(128).seed(seed).clean();
    for (size_t i = 0; i < in.size(); ++i) REQUIRE(out[i] == in[i] * 2);
  }
}

TEST_CASE("nvcc tensor load with a swizzle") {
  std::vector<uint16_t> in(64 * 24), out(64 * 24);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<uint16_t>(i);
  KernelRun run(module(), "tensor_swizzled");
  run.scalar(mapOver(run, in, TensorMapType::F16, {64, 24}, {64, 8}, 128)).buffer(out, false).grid(3).block(64).clean();
  REQUIRE(out == in);
}

TEST_CASE("nvcc tensor load of a cube over the edge") {
  std::vector<int> in = counting(8 * 6 * 5), out(64);
  KernelRun run(module(), "tensor_cube");
  run.scalar(mapOver(run, in, TensorMapType::S32, {8, 6, 5}, {4, 4, 4}))
      .buffer(out, false)
      .scalar(6)
      .scalar(-1)
      .scalar(3)
      .block(64)
      .clean();
  for (int i = 0; i < 64; ++i) {
    int x = 6 + i % 4, y = -1 + i / 4 % 4, z = 3 + i / 16;
    bool inside = x < 8 && y >= 0 && y < 6 && z < 5;
    REQUIRE(out[static_cast<size_t>(i)] == (inside ? x + 8 * (y + 6 * z) : 0));
  }
}

TEST_CASE("nvcc ring of stages between a producer and two consumers") {
  for (int tiles : {0, 1, 2, 3, 4, 11})
    for (uint64_t seed : {0, 1, 2, 3}) {
      std::vector<int> in = counting(static_cast<size_t>(tiles + 1) * 64), out(64);
      KernelRun(module(), "ring_correct").buffer(in).buffer(out, false).scalar(tiles).block(96).seed(seed).clean();
      for (size_t t = 0; t < 64; ++t) {
        int sum = 0;
        for (int tile = 0; tile < tiles; ++tile) sum += in[static_cast<size_t>(tile) * 64 + t];
        REQUIRE(out[t] == sum);
      }
    }
}

TEST_CASE("a ring that does not wait for its empty slots is caught under every timing") {
  for (AsyncTiming timing : {AsyncTiming::Early, AsyncTiming::Late, AsyncTiming::Random}) {
    std::vector<int> in = counting(64 * 9), out(64);
    KernelRun run(module(), "ring_without_empty_wait");
    run.buffer(in).buffer(out, false).scalar(8).block(96).config.async_timing = timing;
    LaunchResult result = run.run();
    REQUIRE(std::any_of(result.findings.begin(), result.findings.end(), [](const Finding &f) {
      return f.kind == FindingKind::Race || f.rule == "mbarrier.unobserved" || f.rule == "mbarrier.count";
    }));
  }
}

TEST_CASE("nvcc bulk reduction from every block") {
  std::vector<int> in(512), bins(64);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<int>(i * i + 5);
  KernelRun(module(), "bulk_histogram").buffer(in).buffer(bins).grid(4).block(128).seed(3).clean();
  std::vector<int> expected(64);
  for (int value : in) ++expected[static_cast<size_t>(value & 63)];
  REQUIRE(bins == expected);
}

TEST_CASE("nvcc distributed shared memory through cooperative groups") {
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<int> out(128);
    KernelRun(module(), "cluster_neighbour").buffer(out, false).grid(4).block(32).seed(seed).clean();
    for (int i = 0; i < 128; ++i) REQUIRE(out[static_cast<size_t>(i)] == (i / 32 ^ 1) * 100 + 31 - i % 32);
  }
}

TEST_CASE("a block that may end while its neighbour reads is reported") {
  std::vector<int> out(64);
  LaunchResult result = KernelRun(module(), "cluster_early_exit").buffer(out, false).grid(2).block(32).run();
  REQUIRE(std::any_of(result.findings.begin(), result.findings.end(),
                      [](const Finding &f) { return f.rule == "race.lifetime" || f.rule == "cluster.ended"; }));
}

TEST_CASE("nvcc atomics on the shared memory of other blocks") {
  std::vector<int> in(512), bins(64);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<int>(i * 7 + i / 3);
  KernelRun(module(), "cluster_histogram").buffer(in).buffer(bins).grid(4).block(128).seed(2).clean();
  std::vector<int> expected(64);
  for (int value : in) ++expected[static_cast<size_t>(value & 63)];
  REQUIRE(bins == expected);
}

TEST_CASE("nvcc multicast of two halves") {
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<int> in = counting(8 * 32), out(512);
    KernelRun run(module(), "multicast_halves");
    run.scalar(mapOver(run, in, TensorMapType::S32, {8, 32}, {8, 8})).buffer(out, false).grid(4).block(128).seed(seed);
    run.clean();
    for (size_t i = 0; i < 512; ++i) REQUIRE(out[i] == static_cast<int>(i / 256 * 128 + i % 128));
  }
}

TEST_CASE("nvcc bulk copy between blocks") {
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<int> out(256);
    KernelRun(module(), "bulk_exchange").buffer(out, false).grid(4).block(64).seed(seed).clean();
    for (int i = 0; i < 256; ++i) REQUIRE(out[static_cast<size_t>(i)] == (i / 64 ^ 1) * 1000 + i % 64);
  }
}

TEST_CASE("nvcc persistent blocks with a tile counter") {
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<int> in = counting(64 * 10), out(64 * 10), counter(1);
    KernelRun(module(), "persistent_tiles")
        .buffer(in)
        .buffer(out, false)
        .buffer(counter)
        .scalar(10)
        .grid(3)
        .block(64)
        .seed(seed)
        .clean();
    for (size_t i = 0; i < out.size(); ++i) REQUIRE(out[i] == in[i] + static_cast<int>(i / 64));
  }
}
