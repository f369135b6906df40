// Launches of the kernels in cuda/protocol.cu.
#include <algorithm>

#include "launches/launch_case.hpp"
#include "launches/matrix.hpp"

namespace tw::emu::test {
namespace {

template <class F> std::vector<int> made(size_t count, F f) {
  std::vector<int> values;
  for (size_t i = 0; i < count; ++i) values.push_back(f(static_cast<int>(i)));
  return values;
}

std::vector<int> counting(size_t count) {
  return made(count, [](int i) { return i; });
}

void addMatrixCases(std::vector<LaunchCase> &cases) {
  constexpr int tiles = 7;
  Matrix a(64, 64 * tiles, 2, asBf16), b(16, 64 * tiles, 2, asBf16);
  cases.push_back(LaunchCase("protocol", "protocol_gemm")
                      .mapOf(a.data, TensorMapType::BF16, {64 * tiles, 64}, {64, 64}, 128)
                      .mapOf(b.data, TensorMapType::BF16, {64 * tiles, 16}, {64, 16}, 128)
                      .out(productOfRows<float>(a, b))
                      .scalar(tiles)
                      .block(160));
  // Tile t of A is 64 x 16; B holds 16 rows of 64, of which tile t takes columns 16 (t % 4) and up.
  constexpr int steps = 6;
  Matrix parts(64 * steps, 16, 2, asBf16), whole(16, 64, 2, asBf16);
  std::vector<float> sums(64 * 16);
  for (int t = 0; t < steps; ++t)
    for (int i = 0; i < 64; ++i)
      for (int j = 0; j < 16; ++j)
        for (int k = 0; k < 16; ++k)
          sums[static_cast<size_t>(i * 16 + j)] +=
              static_cast<float>(parts.at(t * 64 + i, k) * whole.at(j, t % 4 * 16 + k));
  cases.push_back(
      LaunchCase("protocol", "protocol_registers").in(parts.data).in(whole.data).out(sums).scalar(steps).block(128));
}

void addClusterCases(std::vector<LaunchCase> &cases) {
  constexpr int tiles = 6, rounds = 5;
  auto in = made(tiles * 128, [](int i) { return i * 3 + i / 50; });
  cases.push_back(LaunchCase("protocol", "protocol_multicast")
                      .in(in)
                      .out(made(64,
                                [&](int i) {
                                  int sum = 0, t = i % 32, me = i / 32;
                                  for (int tile = 0; tile < tiles; ++tile)
                                    sum += in[static_cast<size_t>(tile * 128 + t * 4 + me)] +
                                           in[static_cast<size_t>(tile * 128 + 127 - t)];
                                  return sum;
                                }))
                      .scalar(tiles)
                      .grid(2)
                      .block(64));
  cases.push_back(LaunchCase("protocol", "protocol_exchange")
                      .out(made(64,
                                [](int i) {
                                  int sum = 0;
                                  for (int round = 0; round < rounds; ++round)
                                    sum += round * 100 + 31 - i % 32 + i / 32;
                                  return sum;
                                }))
                      .scalar(rounds)
                      .grid(2)
                      .block(32));
  std::vector<int> value = made(64, [](int i) { return i / 32 * 10 + i % 32; }), sums(64);
  for (int round = 0; round < 3; ++round) {
    auto seen = made(64, [&](int i) { return value[static_cast<size_t>((1 - i / 32) * 32 + 31 - i % 32)]; });
    for (size_t i = 0; i < 64; ++i) sums[i] += seen[i], value[i] += seen[i];
  }
  cases.push_back(LaunchCase("protocol", "protocol_neighbour").out(sums).scalar(3).grid(2).block(32));
}

/// Maps that kernels change: the parameter describes the first of some matrices of 8 x 8.
void addMapCases(std::vector<LaunchCase> &cases) {
  constexpr int tiles = 3;
  auto in = made(tiles * 64, [](int i) { return i * 5 + i / 7; });
  TensorMapSpec spec;
  spec.type = TensorMapType::S32;
  spec.rank = 2;
  spec.dims = {8, 8, 1, 1, 1};
  spec.strides = {32, 0, 0, 0};
  spec.box = {8, 8, 1, 1, 1};
  auto sums = made(64, [&](int t) {
    int sum = 0;
    for (int i = 0; i < tiles; ++i) sum += in[static_cast<size_t>(i * 64 + 63 - t)];
    return sum;
  });
  for (const char *name : {"protocol_maps", "protocol_replace"}) {
    LaunchCase launch("protocol", name);
    int matrices = launch.holds(in);
    launch.map(matrices, spec).in(std::vector<uint8_t>(128)).pointer(matrices).out(sums).scalar(tiles).block(64);
    cases.push_back(std::move(launch));
  }
}

} // namespace

std::vector<LaunchCase> protocolCases() {
  std::vector<LaunchCase> cases;
  addMatrixCases(cases);
  constexpr int tiles = 7;
  auto in = counting(tiles * 128);
  cases.push_back(LaunchCase("protocol", "protocol_stream")
                      .in(in)
                      .out(made(in.size(), [](int i) { return i + i / 128; }))
                      .scalar(tiles)
                      .block(128));
  cases.push_back(LaunchCase("protocol", "protocol_publish")
                      .out(made(64, [](int i) { return 5 * i; }))
                      .update(std::vector<int>{0}, std::vector<int>{1})
                      .out(made(64, [](int i) { return 10 * i; }))
                      .grid(2)
                      .block(64));
  cases.push_back(LaunchCase("protocol", "protocol_last_block")
                      .out(made(256, [](int i) { return i / 64 + i % 64; }))
                      .update(std::vector<int>{0}, std::vector<int>{4})
                      .out(made(64, [](int i) { return 6 + 4 * i; }))
                      .grid(4)
                      .block(64));
  auto pieces = counting(tiles * 32 * 4);
  cases.push_back(LaunchCase("protocol", "protocol_copies")
                      .in(pieces)
                      .out(made(pieces.size(), [](int i) { return i / 128 * 128 + (31 - i / 4 % 32) * 4 + i % 4; }))
                      .scalar(tiles)
                      .block(64));
  auto wide = counting(tiles * 64 * 4);
  cases.push_back(LaunchCase("protocol", "protocol_groups")
                      .in(wide)
                      .out(made(wide.size(), [](int i) { return i / 256 * 256 + (63 - i / 4 % 64) * 4 + i % 4; }))
                      .scalar(tiles)
                      .block(64));
  addClusterCases(cases);
  addMapCases(cases);
  auto values = counting(192), tripled = made(192, [](int i) { return 3 * i + 3 * (i / 64 * 64 + 63 - i % 64); });
  cases.push_back(LaunchCase("protocol", "protocol_first")
                      .in(values)
                      .out(made(192, [](int i) { return 3 * i; }))
                      .in(values)
                      .grid(3)
                      .block(64));
  cases.push_back(LaunchCase("protocol", "protocol_second")
                      .in(values)
                      .out(made(192, [](int i) { return 3 * i; }))
                      .out(tripled)
                      .grid(3)
                      .block(64)
                      .follows("protocol_first"));
  auto passed = made(5 * 32, [](int i) { return i * i % 97; });
  cases.push_back(LaunchCase("protocol", "protocol_warps")
                      .in(passed)
                      .out(made(32,
                                [&](int lane) {
                                  int sum = 0;
                                  for (int round = 0; round < 5; ++round)
                                    sum += passed[static_cast<size_t>(round * 32 + lane)] +
                                           passed[static_cast<size_t>(round * 32 + 31 - lane)] + 1;
                                  return sum;
                                }))
                      .scalar(5)
                      .block(64));
  return cases;
}

} // namespace tw::emu::test
