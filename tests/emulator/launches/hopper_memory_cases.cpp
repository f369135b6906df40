// Launches of the kernels in cuda/hopper_memory.cu: barriers, pipelines, bulk and tensor copies, clusters.
#include <numeric>

#include "launches/launch_case.hpp"

namespace tw::emu::test {
namespace {

std::vector<int> counting(size_t count, int scale = 1) {
  std::vector<int> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<int>(i) * scale;
  return values;
}

/// `count` values f(0), f(1), ...
template <class F> auto made(size_t count, F f) {
  std::vector<decltype(f(size_t{0}))> values;
  for (size_t i = 0; i < count; ++i) values.push_back(f(i));
  return values;
}

std::vector<int> histogram(const std::vector<int> &in) {
  std::vector<int> bins(64);
  for (int value : in) ++bins[static_cast<size_t>(value & 63)];
  return bins;
}

void addTensorCases(std::vector<LaunchCase> &cases) {
  auto floats = made(80 * 40, [](size_t i) { return static_cast<float>(i); });
  auto doubled = made(80 * 40, [](size_t i) { return 2 * static_cast<float>(i); });
  cases.push_back(LaunchCase("hopper_memory", "tensor_scale")
                      .mapOf(floats, TensorMapType::F32, {80, 40}, {32, 16})
                      .mapInto(doubled, TensorMapType::F32, {80, 40}, {32, 16})
                      .scalar(2.0F)
                      .grid(3, 3)
                      .block(128));
  auto halves = made(64 * 24, [](size_t i) { return static_cast<uint16_t>(i); });
  cases.push_back(LaunchCase("hopper_memory", "tensor_swizzled")
                      .mapOf(halves, TensorMapType::F16, {64, 24}, {64, 8}, 128)
                      .out(halves)
                      .grid(3)
                      .block(64));
  // Data beyond the first 128 bytes, where a swizzle begins to move it.
  auto corner = made(64, [](size_t i) {
    int x = 6 + static_cast<int>(i) % 4, y = -1 + static_cast<int>(i) / 4 % 4, z = 2 + static_cast<int>(i) / 16;
    return x < 8 && y >= 0 && y < 6 && z < 5 ? x + 8 * (y + 6 * z) : 0;
  });
  cases.push_back(LaunchCase("hopper_memory", "tensor_cube")
                      .mapOf(counting(8 * 6 * 5), TensorMapType::S32, {8, 6, 5}, {4, 4, 4})
                      .out(corner)
                      .scalar(6)
                      .scalar(-1)
                      .scalar(2)
                      .block(64));
}

void addClusterCases(std::vector<LaunchCase> &cases) {
  cases.push_back(LaunchCase("hopper_memory", "cluster_neighbour")
                      .out(made(128, [](size_t i) { return static_cast<int>((i / 32 ^ 1) * 100 + 31 - i % 32); }))
                      .grid(4)
                      .block(32));
  auto spread = made(512, [](size_t i) { return static_cast<int>(i * 7 + i / 3); });
  cases.push_back(LaunchCase("hopper_memory", "cluster_histogram")
                      .in(spread)
                      .update(std::vector<int>(64), histogram(spread))
                      .grid(4)
                      .block(128));
  cases.push_back(LaunchCase("hopper_memory", "multicast_halves")
                      .mapOf(counting(8 * 32), TensorMapType::S32, {8, 32}, {8, 8})
                      .out(made(512, [](size_t i) { return static_cast<int>(i / 256 * 128 + i % 128); }))
                      .grid(4)
                      .block(128));
  cases.push_back(LaunchCase("hopper_memory", "bulk_exchange")
                      .out(made(256, [](size_t i) { return static_cast<int>((i / 64 ^ 1) * 1000 + i % 64); }))
                      .grid(4)
                      .block(64));
}

} // namespace

std::vector<LaunchCase> hopperMemoryCases() {
  std::vector<LaunchCase> cases;
  auto columns = counting(128 * 5);
  cases.push_back(LaunchCase("hopper_memory", "barrier_tokens")
                      .in(columns)
                      .out(made(128,
                                [&](size_t t) {
                                  int sum = 0;
                                  for (size_t round = 0; round < 5; ++round) sum += columns[round * 128 + 127 - t];
                                  return sum;
                                }))
                      .scalar(5)
                      .block(128));
  auto tripled = counting(512, 3);
  cases.push_back(LaunchCase("hopper_memory", "barrier_memcpy")
                      .in(tripled)
                      .out(made(512, [&](size_t i) { return tripled[i / 256 * 256 + 255 - i % 256] + 1; }))
                      .grid(2)
                      .block(64));
  auto tiles = made(64 * 7, [](size_t i) { return static_cast<float>(i); });
  cases.push_back(LaunchCase("hopper_memory", "pipeline_stages")
                      .in(tiles)
                      .out(made(64,
                                [&](size_t t) {
                                  float sum = 0;
                                  for (size_t tile = 0; tile < 7; ++tile) sum += tiles[tile * 64 + 63 - t];
                                  return sum;
                                }))
                      .scalar(7)
                      .block(64));
  addTensorCases(cases);
  for (int count : {0, 1, 2, 3, 4, 11}) {
    auto in = counting(static_cast<size_t>(count + 1) * 64);
    LaunchCase ring("hopper_memory", "ring_correct");
    ring.in(in)
        .out(made(64,
                  [&](size_t t) {
                    int sum = 0;
                    for (int tile = 0; tile < count; ++tile) sum += in[static_cast<size_t>(tile) * 64 + t];
                    return sum;
                  }))
        .scalar(count)
        .block(96);
    cases.push_back(count == 11 ? ring : ring.variant("tiles=" + std::to_string(count)));
  }
  auto squares = made(512, [](size_t i) { return static_cast<int>(i * i + 5); });
  cases.push_back(LaunchCase("hopper_memory", "bulk_histogram")
                      .in(squares)
                      .update(std::vector<int>(64), histogram(squares))
                      .grid(4)
                      .block(128));
  addClusterCases(cases);
  cases.push_back(LaunchCase("hopper_memory", "persistent_tiles")
                      .in(counting(64 * 10))
                      .out(made(64 * 10, [](size_t i) { return static_cast<int>(i + i / 64); }))
                      .update(std::vector<int>{0}, std::vector<int>{13})
                      .scalar(10)
                      .grid(3)
                      .block(64));
  return cases;
}

} // namespace tw::emu::test
