// Errors and special values of the expansions, measured on the host with the arithmetic that the GPU performs.
#include "cpu_emitter.hpp"

#include "Algorithms.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

using namespace tilewright;
using namespace tilewright::test;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float quietNan = std::numeric_limits<float>::quiet_NaN();

/// Distance of `got` from `exact` in units of the last place of T at `exact`.
template <typename T, typename Exact> double ulps(T got, Exact exact) {
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : HUGE_VAL;
  T nearest = static_cast<T>(exact);
  if (nearest == got) return 0.5 * (static_cast<Exact>(got) != exact);
  if (std::isinf(nearest) || std::isinf(got)) return HUGE_VAL;
  T magnitude = std::fmax(std::fabs(nearest), std::numeric_limits<T>::min());
  int exponent = std::ilogb(magnitude);
  return static_cast<double>(std::fabs(static_cast<Exact>(got) - exact) /
                             std::ldexp(Exact(1), exponent - (std::numeric_limits<T>::digits - 1)));
}

/// All values of f16 and bf16 (those of bf16 cover every exponent of f32), and random bit patterns.
template <typename Check> void forF32Inputs(Check check) {
  for (std::uint32_t i = 0; i < 65536; ++i) {
    check(std::bit_cast<float>(i << 16));
    std::uint32_t exponent = (i >> 10) & 31, mantissa = i & 1023;
    float half = exponent == 31 ? (mantissa ? quietNan : inf)
                                : std::ldexp(static_cast<float>(exponent ? mantissa + 1024 : mantissa),
                                             static_cast<int>(exponent ? exponent : 1) - 25);
    check(i & 0x8000 ? -half : half);
  }
  std::mt19937 random(7);
  for (int i = 0; i < 300000; ++i) check(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
  std::uniform_real_distribution<float> near(-12.0f, 12.0f), one(0.5f, 2.0f);
  for (int i = 0; i < 300000; ++i) {
    check(near(random));
    check(one(random));
  }
}

template <typename Function, typename Reference> void checkF32(double bound, Function function, Reference reference) {
  double worst = 0;
  float where = 0;
  for (int bias : {-1, 0, 1}) {
    CpuEmitter e{bias};
    forF32Inputs([&](float x) {
      double error = ulps(function(e, x), reference(static_cast<double>(x)));
      if (error > worst) {
        worst = error;
        where = x;
      }
    });
  }
  INFO("worst error " << worst << " ulp at " << where);
  CHECK(worst <= bound);
  CHECK(worst >= bound / 4); // a bound far above the truth would hide a change for the worse
}

template <typename Function, typename Reference> void checkF64(double bound, Function function, Reference reference) {
  CpuEmitter e;
  double worst = 0, where = 0;
  auto check = [&](double x) {
    double error = ulps(function(e, x), reference(static_cast<long double>(x)));
    if (error > worst) {
      worst = error;
      where = x;
    }
  };
  std::mt19937_64 random(11);
  for (int i = 0; i < 200000; ++i) check(std::bit_cast<double>(random()));
  std::uniform_real_distribution<double> near(-12.0, 12.0), far(-760.0, 760.0), one(0.5, 2.0);
  for (int i = 0; i < 200000; ++i) {
    check(near(random));
    check(far(random));
    check(one(random));
  }
  for (double x : {0.0, -0.0, HUGE_VAL, -HUGE_VAL, std::nan(""), 5e-324, 1.0, -1.0, 1.7e308}) check(x);
  INFO("worst error " << worst << " ulp at " << where);
  CHECK(worst <= bound);
  CHECK(worst >= bound / 4);
}

} // namespace

TEST_CASE("f32 expansions keep their bounds") {
  SECTION("exp") {
    checkF32(
        2.5, [](auto &e, float x) { return math::expF32(e, x); }, [](double x) { return std::exp(x); });
  }
  SECTION("log") {
    checkF32(
        1.0, [](auto &e, float x) { return math::logF32(e, x); }, [](double x) { return std::log(x); });
  }
  SECTION("log2") {
    checkF32(
        1.5, [](auto &e, float x) { return math::log2F32(e, x); }, [](double x) { return std::log2(x); });
  }
  SECTION("tanh") {
    checkF32(
        2.5, [](auto &e, float x) { return math::tanhF32(e, x); }, [](double x) { return std::tanh(x); });
  }
  SECTION("erf") {
    checkF32(
        2.0, [](auto &e, float x) { return math::erfF32(e, x); }, [](double x) { return std::erf(x); });
  }
}

TEST_CASE("f64 expansions keep their bounds") {
  SECTION("exp") {
    checkF64(
        1.0, [](auto &e, double x) { return math::expF64(e, x); }, [](long double x) { return std::exp(x); });
  }
  SECTION("exp2") {
    checkF64(
        1.5, [](auto &e, double x) { return math::exp2F64(e, x); }, [](long double x) { return std::exp2(x); });
  }
  SECTION("log") {
    checkF64(
        1.0, [](auto &e, double x) { return math::logF64(e, x); }, [](long double x) { return std::log(x); });
  }
  SECTION("log2") {
    checkF64(
        1.5, [](auto &e, double x) { return math::log2F64(e, x); }, [](long double x) { return std::log2(x); });
  }
  SECTION("tanh") {
    checkF64(
        2.0, [](auto &e, double x) { return math::tanhF64(e, x); }, [](long double x) { return std::tanh(x); });
  }
  SECTION("erf") {
    checkF64(
        1.5, [](auto &e, double x) { return math::erfF64(e, x); }, [](long double x) { return std::erf(x); });
  }
}

TEST_CASE("special values of f32 expansions") {
  CpuEmitter e;
  auto negative = [](float x) { return x == 0.0f && std::signbit(x); };
  CHECK(math::expF32(e, -inf) == 0.0f);
  CHECK(math::expF32(e, inf) == inf);
  CHECK(math::expF32(e, 0.0f) == 1.0f);
  CHECK(math::expF32(e, 88.8f) == inf);
  CHECK(math::expF32(e, -103.5f) == 0x1p-149f);
  CHECK(math::logF32(e, 0.0f) == -inf);
  CHECK(math::logF32(e, -0.0f) == -inf);
  CHECK(std::isnan(math::logF32(e, -1.0f)));
  CHECK(std::isnan(math::logF32(e, -inf)));
  CHECK(math::logF32(e, inf) == inf);
  CHECK(math::logF32(e, 1.0f) == 0.0f);
  for (int n = -149; n < 128; ++n) CHECK(math::log2F32(e, std::ldexp(1.0f, n)) == static_cast<float>(n));
  CHECK(negative(math::tanhF32(e, -0.0f)));
  CHECK(math::tanhF32(e, inf) == 1.0f);
  CHECK(math::tanhF32(e, -inf) == -1.0f);
  CHECK(negative(math::erfF32(e, -0.0f)));
  CHECK(math::erfF32(e, -inf) == -1.0f);
  for (float x : {quietNan, -quietNan}) {
    CHECK(std::isnan(math::expF32(e, x)));
    CHECK(std::isnan(math::logF32(e, x)));
    CHECK(std::isnan(math::log2F32(e, x)));
    CHECK(std::isnan(math::tanhF32(e, x)));
    CHECK(std::isnan(math::erfF32(e, x)));
  }
}
