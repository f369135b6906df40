// Linear maps against brute force, over every map of up to 3 x 3 bits.
#include "tilewright/Layout/LinearMap.h"

#include <catch2/catch.hpp>

#include <bit>
#include <set>

using namespace tilewright::layout;

namespace {

std::vector<LinearMap> allMaps(int inBits, int outBits) {
  std::vector<LinearMap> result;
  for (uint32_t code = 0; code < 1u << (inBits * outBits); ++code) {
    std::vector<uint32_t> bases;
    for (int bit = 0; bit < inBits; ++bit) bases.push_back(code >> (bit * outBits) & ((1u << outBits) - 1));
    result.push_back(LinearMap(outBits, bases));
  }
  return result;
}

template <class F> void forEachMap(F f) {
  for (int in = 0; in <= 3; ++in)
    for (int out = 0; out <= 3; ++out)
      for (const LinearMap &map : allMaps(in, out)) f(map);
}

std::set<uint32_t> image(const LinearMap &map) {
  std::set<uint32_t> result;
  for (uint32_t x = 0; x < 1u << map.inBits(); ++x) result.insert(map.apply(x));
  return result;
}

} // namespace

TEST_CASE("apply is linear and agrees with the bases") {
  forEachMap([](const LinearMap &map) {
    for (int bit = 0; bit < map.inBits(); ++bit) REQUIRE(map.apply(1u << bit) == map.basis(bit));
    for (uint32_t x = 0; x < 1u << map.inBits(); ++x)
      for (uint32_t y = 0; y < 1u << map.inBits(); ++y) REQUIRE(map.apply(x ^ y) == (map.apply(x) ^ map.apply(y)));
  });
}

TEST_CASE("rank, injectivity and surjectivity count the image") {
  forEachMap([](const LinearMap &map) {
    size_t size = image(map).size();
    REQUIRE(size == size_t(1) << map.rank());
    REQUIRE(map.isInjective() == (size == size_t(1) << map.inBits()));
    REQUIRE(map.isSurjective() == (size == size_t(1) << map.outBits()));
    REQUIRE(map.isPermutation() == (map.isInjective() && map.isSurjective()));
  });
}

TEST_CASE("the kernel generates exactly the inputs that map to zero") {
  forEachMap([](const LinearMap &map) {
    LinearMap generate(map.inBits(), map.kernel());
    REQUIRE(generate.isInjective());
    for (int bit = 1; bit < generate.inBits(); ++bit)
      REQUIRE(std::bit_width(generate.basis(bit)) < std::bit_width(generate.basis(bit - 1)));
    std::set<uint32_t> zeros;
    for (uint32_t x = 0; x < 1u << map.inBits(); ++x)
      if (map.apply(x) == 0) zeros.insert(x);
    REQUIRE(image(generate) == zeros);
  });
}

TEST_CASE("solve and the pseudo-inverse give the least solution") {
  forEachMap([](const LinearMap &map) {
    LinearMap lift = map.pseudoInverse();
    REQUIRE(lift.inBits() == map.outBits());
    REQUIRE(lift.outBits() == map.inBits());
    for (uint32_t y = 0; y < 1u << map.outBits(); ++y) {
      std::optional<uint32_t> least;
      for (uint32_t x = 0; x < 1u << map.inBits() && !least; ++x)
        if (map.apply(x) == y) least = x;
      REQUIRE(map.solve(y) == least);
      if (least) REQUIRE(lift.apply(y) == *least);
    }
  });
}

TEST_CASE("inverses exist for permutations only and undo them") {
  forEachMap([](const LinearMap &map) {
    auto inverse = map.inverse();
    REQUIRE(inverse.has_value() == map.isPermutation());
    if (!inverse) return;
    REQUIRE(map.then(*inverse) == LinearMap::identity(map.inBits()));
    REQUIRE(inverse->then(map) == LinearMap::identity(map.inBits()));
  });
}

TEST_CASE("composition and product act pointwise") {
  for (const LinearMap &first : allMaps(2, 3))
    for (const LinearMap &second : allMaps(3, 2)) {
      LinearMap composed = first.then(second);
      LinearMap product = first.product(second);
      for (uint32_t x = 0; x < 4; ++x) REQUIRE(composed.apply(x) == second.apply(first.apply(x)));
      for (uint32_t x = 0; x < 32; ++x) REQUIRE(product.apply(x) == (first.apply(x & 3) | second.apply(x >> 2) << 3));
    }
}

TEST_CASE("maps of the full 32 bits work") {
  LinearMap identity = LinearMap::identity(32);
  REQUIRE(identity.inverse() == identity);
  REQUIRE(identity.apply(0xdeadbeefu) == 0xdeadbeefu);
  REQUIRE(LinearMap::zero(32, 32).kernel().size() == 32);
}

TEST_CASE("equality and text") {
  REQUIRE(LinearMap(3, {1, 2, 5}) == LinearMap(3, {1, 2, 5}));
  REQUIRE(LinearMap(3, {1, 2}) != LinearMap(4, {1, 2}));
  REQUIRE(LinearMap(3, {1, 2, 5}).toString() == "[1,2,5]:3");
  REQUIRE(LinearMap().toString() == "[]:0");
}
