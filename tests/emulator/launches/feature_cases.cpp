// Launches of the kernels in cuda/features.cu whose threads synchronise.
#include <numeric>
#include <random>

#include "launches/launch_case.hpp"

namespace tw::emu::test {
namespace {

std::vector<int> randomInts(size_t n, int low, int high) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> pick(low, high);
  std::vector<int> v(n);
  for (int &x : v) x = pick(random);
  return v;
}

} // namespace

std::vector<LaunchCase> featureCases() {
  std::vector<LaunchCase> cases;
  std::vector<int> far(256), staged(256);
  for (size_t i = 0; i < 256; ++i) far[i] = static_cast<int>((i + 64) % 256 * 2), staged[i] = static_cast<int>(i * 2);
  cases.push_back(LaunchCase("features", "grid_sync").out(staged).out(far).grid(4).block(64));

  auto in = randomInts(128, -9, 9);
  std::vector<int> sums = in;
  for (int round = 0; round < 4; ++round) {
    std::vector<int> before = sums;
    for (size_t i = 0; i < 128; ++i) sums[i] += before[(i + 1) % 128];
  }
  cases.push_back(LaunchCase("features", "block_barrier").in(in).out(sums).block(128));

  std::vector<int> tiles(5 * 256), reversed(5 * 256);
  std::iota(tiles.begin(), tiles.end(), 1);
  for (size_t i = 0; i < tiles.size(); ++i) reversed[i] = tiles[i / 256 * 256 + 255 - i % 256];
  cases.push_back(LaunchCase("features", "pipeline_copy").in(tiles).out(reversed).scalar(5).block(64));

  std::vector<int> source(256), copied(256);
  std::iota(source.begin(), source.end(), 5);
  for (size_t i = 0; i < 256; ++i) copied[i] = source[(63 - i / 4) * 4 + i % 4];
  cases.push_back(LaunchCase("features", "barrier_copy").in(source).out(copied).block(64));

  std::vector<int> message(64);
  for (size_t i = 0; i < 64; ++i) message[i] = static_cast<int>(3 * i);
  cases.push_back(LaunchCase("features", "message_passing")
                      .out(message)
                      .update(std::vector<int>{0}, std::vector<int>{1})
                      .out(message)
                      .grid(2)
                      .block(64));

  cases.push_back(LaunchCase("features", "persistent_tiles")
                      .update(std::vector<int>{0}, std::vector<int>{37 + 5})
                      .update(std::vector<int>(37), std::vector<int>(37, 63 * 32))
                      .scalar(37)
                      .grid(5)
                      .block(64));

  auto staging = randomInts(192, -99, 99);
  std::vector<int> mirrored(192);
  for (size_t i = 0; i < 192; ++i) mirrored[i] = staging[i / 64 * 64 + 63 - i % 64] + 1;
  cases.push_back(LaunchCase("features", "named_barriers").in(staging).out(mirrored).block(128));
  return cases;
}

} // namespace tw::emu::test
