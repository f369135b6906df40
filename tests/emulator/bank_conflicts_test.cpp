// Wavefronts of well-known shared-memory patterns.
#include "checks/bank_conflicts.hpp"

#include <array>
#include <catch2/catch.hpp>

using namespace tw::emulator;

namespace {

using Offsets = std::array<std::uint64_t, kLanes>;

template <class Rule> Offsets offsets(Rule rule) {
  Offsets result;
  for (int lane = 0; lane < kLanes; ++lane) result[lane] = rule(static_cast<std::uint64_t>(lane));
  return result;
}

/// The 128-byte swizzle: bits 4-6 of an address are xored with bits 7-9.
std::uint64_t swizzle(std::uint64_t offset) { return offset ^ (offset >> 3 & 0x70); }

} // namespace

TEST_CASE("contiguous words need one wavefront") {
  auto words = offsets([](auto lane) { return 4 * lane; });
  CHECK(count_wavefronts(words, kAllLanes, 4) == Wavefronts{1, 1});
  CHECK(count_wavefronts(words, kAllLanes, 4).conflicts() == 0);
}

TEST_CASE("a stride of 2^n words needs 2^n wavefronts") {
  for (std::uint64_t stride : {2, 4, 8, 16, 32}) {
    auto words = offsets([&](auto lane) { return 4 * stride * lane; });
    CHECK(count_wavefronts(words, kAllLanes, 4) == Wavefronts{1, static_cast<std::uint32_t>(stride)});
  }
}

TEST_CASE("an odd stride and a padded column are free of conflicts") {
  CHECK(count_wavefronts(offsets([](auto lane) { return 4 * 33 * lane; }), kAllLanes, 4) == Wavefronts{1, 1});
  CHECK(count_wavefronts(offsets([](auto lane) { return 4 * 7 * lane; }), kAllLanes, 4) == Wavefronts{1, 1});
}

TEST_CASE("one word for all lanes is a broadcast") {
  CHECK(count_wavefronts(offsets([](auto) { return 128; }), kAllLanes, 4) == Wavefronts{1, 1});
  // Bytes and halves of the same word are one word.
  CHECK(count_wavefronts(offsets([](auto lane) { return lane; }), kAllLanes, 1) == Wavefronts{1, 1});
  CHECK(count_wavefronts(offsets([](auto lane) { return 2 * lane; }), kAllLanes, 2) == Wavefronts{1, 1});
}

TEST_CASE("two words in one bank are two wavefronts, however many lanes name each") {
  CHECK(count_wavefronts(offsets([](auto lane) { return lane % 2 * 128; }), kAllLanes, 4) == Wavefronts{1, 2});
}

TEST_CASE("wide accesses go by half and quarter warps") {
  CHECK(count_wavefronts(offsets([](auto lane) { return 8 * lane; }), kAllLanes, 8) == Wavefronts{2, 2});
  CHECK(count_wavefronts(offsets([](auto lane) { return 16 * lane; }), kAllLanes, 16) == Wavefronts{4, 4});
  // Rows of 128 bytes, each lane the same 16-byte column: all eight lanes of a quarter meet in four banks.
  CHECK(count_wavefronts(offsets([](auto lane) { return 128 * lane; }), kAllLanes, 16) == Wavefronts{4, 32});
  // The same column swizzled: eight consecutive rows lie in eight different columns.
  CHECK(count_wavefronts(offsets([](auto lane) { return swizzle(128 * lane); }), kAllLanes, 16) == Wavefronts{4, 4});
  // A row padded by 16 bytes.
  CHECK(count_wavefronts(offsets([](auto lane) { return 144 * lane; }), kAllLanes, 16) == Wavefronts{4, 4});
}

TEST_CASE("inactive lanes cost nothing") {
  auto column = offsets([](auto lane) { return 128 * lane; });
  CHECK(count_wavefronts(column, 0, 4) == Wavefronts{0, 0});
  CHECK(count_wavefronts(column, 0b101, 4) == Wavefronts{1, 2});
  CHECK(count_wavefronts(column, 0xff, 16) == Wavefronts{1, 8});
}

TEST_CASE("ldmatrix is one phase per matrix") {
  auto rows_of = [](std::uint64_t pitch) { return offsets([=](auto lane) { return pitch * lane; }); };
  CHECK(count_matrix_wavefronts(rows_of(16), 4) == Wavefronts{4, 4});
  CHECK(count_matrix_wavefronts(rows_of(64), 4) == Wavefronts{4, 16});
  CHECK(count_matrix_wavefronts(rows_of(128), 4) == Wavefronts{4, 32});
  CHECK(count_matrix_wavefronts(rows_of(144), 4) == Wavefronts{4, 4});
  CHECK(count_matrix_wavefronts(offsets([](auto lane) { return swizzle(128 * lane); }), 4) == Wavefronts{4, 4});
  CHECK(count_matrix_wavefronts(rows_of(128), 1) == Wavefronts{1, 8});
}

TEST_CASE("wavefronts add up") {
  Wavefronts sum{1, 2};
  sum += {4, 8};
  CHECK(sum == Wavefronts{5, 10});
  CHECK(sum.conflicts() == 5);
}
