// What leaves a region early, and what two traces at once do to each other: nothing.
#include "support.hpp"

#include <stdexcept>
#include <thread>

using namespace tw;
using namespace dsl_test;

namespace {

std::string simple() {
  return traced([](auto a) {
    for (Index k : range(4)) a.tile_at({k, 0}, 8, 8) = 1;
  });
}

} // namespace

TEST_CASE("an exception inside regions leaves the recorder clean") {
  std::string before = simple();
  CHECK_THROWS_AS(traced([](auto) {
                    for (Index i : blocks(4))
                      for (Index k : range(i)) {
                        (void)k;
                        throw std::runtime_error("mine");
                      }
                  }),
                  std::runtime_error);
  CHECK_THROWS_AS(traced([](auto a) { when(a.rows() < 2, [] { throw std::runtime_error("mine"); }); }),
                  std::runtime_error);
  CHECK(simple() == before);
}

TEST_CASE("break and return out of a traced loop are errors at the line of the loop") {
  int line = 0;
  Error broken = error_of([&](auto) {
    line = __LINE__ + 1;
    for (Index k : range(4)) {
      (void)k;
      break;
    }
  });
  CHECK(broken.code() == "TW1022");
  CHECK(contains(broken.what(),
                 "regions_test.cpp:" + std::to_string(line) + ": error: range: the body was left by break"));
  CHECK(contains(broken.what(), "fix: guard the rest"));

  Error returned = error_of([](auto) {
    for (Index k : blocks(4)) {
      (void)k;
      return;
    }
  });
  CHECK(contains(returned.what(), "error: blocks: the body was left by break"));
}

TEST_CASE("a break is reported even when it causes another error") {
  Error error = error_of([](auto) {
    for (Index i : range(4)) {
      for (Index k : range(i)) {
        (void)k;
        break;
      }
      zeros<f32>(-1);
    }
  });
  CHECK(error.code() == "TW1022");
}

TEST_CASE("an exception that the kernel itself catches outside the loop is an error") {
  Error error = error_of([](auto) {
    try {
      for (Index k : range(4)) {
        (void)k;
        throw 1;
      }
    } catch (int) {
    }
  });
  CHECK(error.code() == "TW1022");
  CHECK(contains(error.what(), "an exception that the kernel caught"));
}

TEST_CASE("an error inside a loop is the one reported") {
  Error error = error_of([](auto) {
    for (Index k : range(4)) {
      (void)k;
      zeros<f32>(0, 3);
    }
  });
  CHECK(error.code() == "TW1001");
}

TEST_CASE("two threads trace at once") {
  std::string expected = simple(), results[2];
  bool equal[2] = {true, true};
  auto work = [&](int me) {
    for (int n = 0; n < 200; ++n) equal[me] = equal[me] && simple() == expected;
  };
  std::thread first(work, 0), second(work, 1);
  first.join();
  second.join();
  CHECK(equal[0]);
  CHECK(equal[1]);
}

TEST_CASE("a trace inside a trace stands alone") {
  std::string inner, expected = simple();
  std::string outer = traced([&](auto a) {
    for (Index k : range(4)) {
      inner = simple();
      a.tile_at({k, 0}, 8, 8) = 1;
    }
  });
  CHECK(inner == expected);
  CHECK(outer == expected);
}
