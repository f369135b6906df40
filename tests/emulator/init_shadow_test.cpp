// Reads of bytes that nothing has written.
#include "checks/init_shadow.hpp"

#include <catch2/catch.hpp>

using namespace tw::emulator;

TEST_CASE("init shadow is exact to the byte") {
  InitShadow shadow(256);
  CHECK(shadow.first_uninitialised(0, 1) == 0u);
  shadow.mark(3, 5);
  CHECK(!shadow.first_uninitialised(3, 5));
  CHECK(shadow.first_uninitialised(2, 6) == 2u);
  CHECK(shadow.first_uninitialised(3, 6) == 8u);
}

TEST_CASE("init shadow crosses the words of its bit map") {
  InitShadow shadow(256);
  shadow.mark(60, 140);
  CHECK(!shadow.first_uninitialised(60, 140));
  CHECK(shadow.first_uninitialised(60, 141) == 200u);
  shadow.forget(127, 2);
  CHECK(shadow.first_uninitialised(60, 140) == 127u);
  CHECK(shadow.first_uninitialised(128, 10) == 128u);
  CHECK(!shadow.first_uninitialised(129, 71));
}

TEST_CASE("init shadow ignores what lies outside the window") {
  InitShadow shadow(10);
  shadow.mark(8, 100);
  CHECK(!shadow.first_uninitialised(8, 100));
  CHECK(!shadow.first_uninitialised(100, 4));
  CHECK(shadow.first_uninitialised(0, 100) == 0u);
}

TEST_CASE("init shadow travels with a copy") {
  InitShadow from(32), to(32);
  from.mark(0, 4);
  to.mark(8, 8);
  to.copy_from(from, 0, 8, 8);
  CHECK(!to.first_uninitialised(8, 4));
  CHECK(to.first_uninitialised(8, 8) == 12u);
  CHECK(to.bytes() == 32);
  to.reset(16);
  CHECK(to.first_uninitialised(8, 4) == 8u);
}

TEST_CASE("long copies take whole words and their odd rest") {
  InitShadow from(300), to(300);
  from.mark(70, 100), from.mark(250, 20);
  to.mark(0, 300);
  to.copy_from(from, 64, 128, 150);
  for (std::uint64_t byte = 0; byte < 300; ++byte) {
    std::uint64_t source = byte - 64;
    bool copied = byte >= 128 && byte < 278;
    bool written = !copied || (source >= 70 && source < 170) || (source >= 250 && source < 270);
    CHECK(to.first_uninitialised(byte, 1).has_value() == !written);
  }
}

TEST_CASE("joined windows are initialised where one of them was") {
  InitShadow one(100), other(100);
  one.mark(0, 10), other.mark(90, 10);
  one.join(other);
  CHECK(one.first_uninitialised(0, 100) == 10u);
  CHECK(one.first_uninitialised(11, 89) == 11u);
  CHECK_FALSE(one.first_uninitialised(90, 10));
}

TEST_CASE("a zero-byte read is never uninitialised") {
  InitShadow shadow(8);
  CHECK(!shadow.first_uninitialised(0, 0));
}

TEST_CASE("init shadow: states copied by words and by bytes agree") {
  InitShadow from(300);
  for (std::uint64_t at : {0, 5, 63, 64, 130, 200, 299}) from.mark(at, 1);
  for (std::uint64_t source : {0, 7, 64, 70})
    for (std::uint64_t offset : {0, 7, 64, 134})
      for (std::uint64_t count : {0, 1, 60, 64, 150}) {
        InitShadow to(300);
        to.mark(0, 300);
        to.copy_from(from, source, offset, count);
        for (std::uint64_t i = 0; i < 300; ++i) {
          bool copied = i >= offset && i < offset + count;
          bool expected = !copied || !from.first_uninitialised(source + i - offset, 1);
          REQUIRE(to.first_uninitialised(i, 1).has_value() != expected);
        }
      }
}
