// Bits of accesses, in rows and apart, with and without AVX2, against one bit at a time.
#include "checks/plan_bits.hpp"
#include "checks/plan_bits_host.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace tw::emulator;

TEST_CASE("bits of an access are found, missed and set as if one by one") {
  bool wide = GENERATE(false, true), host = plan_bits_use_avx2;
  if (wide && !host) return;
  plan_bits_use_avx2 = wide;
  std::mt19937_64 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::uint64_t reach = 1 + random() % (random() % 4 ? 12 : 90);
    std::map<std::uint32_t, std::uint64_t> words; // by number
    for (std::uint64_t i = 0, count = 1 + random() % 8; i < count; ++i)
      words[static_cast<std::uint32_t>(random() % reach)] |= std::uint64_t{1} << random() % 64;
    std::vector<PlanBytes> parts;
    for (auto [number, bytes] : words) parts.push_back({number, bytes});
    PlanBits bits(parts);
    std::uint64_t first = random() % 5, span = bits.span();
    REQUIRE(span == parts.back().number + 1);

    // Nothing, everything, or all but one bit set around and in the access; the array ends as early as it may.
    std::vector<std::uint64_t> array(first + span + kBitsPadding);
    std::uint64_t kind = random() % 3, part = random() % parts.size();
    if (kind != 0) array.assign(array.size(), ~std::uint64_t{0});
    std::uint64_t one = parts[part].bytes & -parts[part].bytes;
    if (kind == 2) array[first + parts[part].number] &= ~one;
    bool single = parts.size() == 1 && parts[0].bytes == one;
    REQUIRE(bits.all_in(&array[first]) == (kind == 1));
    REQUIRE(bits.none_in(&array[first]) == (kind == 0 || (kind == 2 && single)));

    std::vector<std::uint64_t> expected = array;
    for (const PlanBytes &each : parts) expected[first + each.number] |= each.bytes;
    bits.add_to(&array[first]);
    REQUIRE(array == expected);
    REQUIRE(bits.all_in(&array[first]));
  }
  plan_bits_use_avx2 = host;
}
