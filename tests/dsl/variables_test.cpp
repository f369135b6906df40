// The traps of embedding: values and variables, copies, C++ variables, aliases.
#include "support.hpp"

using namespace tw;
using namespace dsl_test;

TEST_CASE("copying a tile takes its value") {
  std::string text = traced([](auto a) {
    auto acc = zeros<f32>(8, 8);
    auto old = acc;
    acc += 1;
    a.tile_at({0, 0}, 8, 8) = old;
    a.tile_at({8, 0}, 8, 8) = acc;
  });
  // The copy reads the variable before the addition; the first store uses that value and reads nothing.
  std::size_t copy = text.find("%g0 = tile.get %s1"), set = text.find("tile.set %s1");
  REQUIRE(copy != std::string::npos);
  REQUIRE(set != std::string::npos);
  CHECK(copy < set);
  CHECK(contains(text, "tile.store %g0, "));
  CHECK(count(text, "tile.get") == 3);
}

TEST_CASE("a copy that is assigned is a variable of its own") {
  std::string text = traced([](auto) {
    auto first = zeros<f32>(8, 8);
    auto second = first;
    second += 1;
    first += 2;
  });
  CHECK(count(text, "tile.slot %") == 2);
}

TEST_CASE("reads before the first assignment of a loop body see the variable") {
  std::string text = traced([](auto a) {
    auto x = zeros<f32>(8, 8);
    for (Index k : range(4)) {
      a.tile_at({k, 0}, 8, 8) = x;
      x = x + 1;
    }
  });
  std::size_t loop = text.find("scf.for"), get = text.find("tile.get"), store = text.find("tile.store %g");
  CHECK(loop < get);
  CHECK(store != std::string::npos);
}

TEST_CASE("a plain C++ variable changes while tracing, a var in the kernel") {
  int plain = 0;
  std::string text = traced([&](auto) {
    var<i32> counter = 0;
    for (Index k : range(100)) {
      plain += 1;
      counter += 1;
      (void)k;
    }
  });
  CHECK(plain == 1);
  CHECK(count(text, "tile.set") == 1);
  CHECK(contains(text, "tile.slot %1 : !tile.slot<i32>"));
}

TEST_CASE("copying a var takes its value, and a Value keeps it") {
  std::string text = traced([](auto) {
    var<f32> x = 1;
    Value<f32> before = x;
    var<f32> other = x;
    x = before + other;
  });
  CHECK(contains(text, "%g0 = tile.get %s1"));
  CHECK(contains(text, "%g1 = tile.get %s1"));
  CHECK(contains(text, "arith.addf %g0, %g1 : f32"));
}

TEST_CASE("functions that change nothing give a value of their own") {
  std::string text = traced([](auto a) {
    auto x = zeros<f32>(8, 8);
    auto same = cast<tf32>(x);
    auto shaped = reshape(x, {8, 8});
    x += 1;
    same = 2;
    a.tile_at({0, 0}, 8, 8) = shaped;
  });
  CHECK(count(text, "tile.slot %") == 2);
  CHECK(contains(text, "%g1 = tile.get %s1"));
  CHECK(contains(text, "tile.store %g1, "));
}

TEST_CASE("a function that takes a tile by value does not change the caller's") {
  std::string text = traced([](auto) {
    auto change = [](Tile<f32> x) { x = x + 1; };
    auto x = zeros<f32>(8, 8);
    change(x);
  });
  CHECK(contains(text, "tile.slot %1 "));
  CHECK_FALSE(contains(text, "tile.set %s1,"));
}

TEST_CASE("a name of memory is read where it is used, and assigned tiles are stored") {
  std::string text = traced([](auto a) {
    auto place = a.tile_at({0, 0}, 8, 8);
    Tile<f32> before = place;
    place = before + 1;
    place += 2;
    a.tile_at({8, 0}, 8, 8) = place;
  });
  CHECK(count(text, "tile.load") == 3);
  CHECK(count(text, "tile.store") == 3);
}

TEST_CASE("a fragment is a variable that starts without contents") {
  std::string text = traced([](auto a) {
    fragment<f32> acc(16, 16);
    clear(acc);
    for (Index k : range(4)) {
      (void)k;
      acc += 1;
    }
    copy(acc, a.tile_at({0, 0}, 16, 16));
  });
  CHECK(count(text, "tile.slot %") == 1);
  CHECK(count(text, "tile.set") == 2);
  CHECK(contains(text, "tile.store %g1"));
}
