// Members of kernels: names and values by reflection, values by name, names of types.
#include "support.hpp"

using namespace tw;
using namespace dsl_test;

namespace {

enum class Order : int { rows, columns };

struct Mixed {
  int count = 4;
  bool flag = true;
  float scale = 0.5f;
  Order order = Order::columns;
  double exact = 1e-300;
  long long wide = 1ll << 40;
  unsigned char small = 255;
  void operator()(Tensor<f32, 1>) const {}
};

struct Sixteen {
  int a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10, k = 11, l = 12, m = 13, n = 14, o = 15,
      p = 16;
  void operator()(Tensor<f32, 1>) const {}
};

struct Empty {
  void operator()(Tensor<f32, 1>) const {}
};

template <class T> struct Generic {
  int block_size_2 = 8;
  void operator()(Tensor<T, 1>) const {}
};

} // namespace

TEST_CASE("members come with their names, kinds and values") {
  CHECK(contains(trace(Mixed{}), "members = {count = 4 : i64, flag = true, scale = 0.5 : f64, order = 1 : i64, "
                                 "exact = 1.0e-300 : f64, wide = 1099511627776 : i64, small = 255 : i64}"));
  std::string all = trace(Sixteen{});
  CHECK(contains(all, "members = {a = 1 : i64, b = 2 : i64,"));
  CHECK(contains(all, "o = 15 : i64, p = 16 : i64}"));
  CHECK(contains(trace(Empty{}), "members = {}"));
  CHECK(contains(trace(Generic<f16>{}), "members = {block_size_2 = 8 : i64}"));
}

TEST_CASE("a kernel is called by the name of its type") {
  CHECK(contains(trace(Mixed{}), "@Mixed("));
  CHECK(contains(trace(Generic<f16>{}), "@Generic("));
}

TEST_CASE("members are set by name") {
  std::string text = trace(Mixed{}, {"", {{"count", 9}, {"flag", false}, {"scale", 2.5}, {"order", 0}}});
  CHECK(contains(text, "{count = 9 : i64, flag = false, scale = 2.5 : f64, order = 0 : i64"));
}

TEST_CASE("a member takes only values of its type") {
  auto attempt = [](Member member) { return [=] { trace(Mixed{}, {"", {member}}); }; };
  CHECK_THROWS_AS(attempt({"small", 256})(), Error);
  CHECK_THROWS_AS(attempt({"count", 0.5})(), Error);
  CHECK_THROWS_AS(attempt({"flag", 2})(), Error);
  CHECK_NOTHROW(attempt({"count", 7.0})());
}
