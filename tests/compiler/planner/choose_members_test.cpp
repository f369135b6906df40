// Choosing members: which of them are extents of the product, and when the kernel keeps its own.
#include "tilewright/compiler/choose_members.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <tilewright/tilewright.hpp>

using namespace tw;

namespace {

template <auto Dims> struct Product {
  int bm = 128, bn = 128, bk = 64, unroll = 1;
  bool transpose = false;
  void operator()(Tensor<bf16, Dims> a, Tensor<bf16, Dims> b, Tensor<bf16, Dims> c) const {
    auto A = a.tiled(bm, bk), B = transpose ? b.tiled(bn, bk) : b.tiled(bk, bn), C = c.tiled(bm, bn);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(A.cols()))
        for (int u = 0; u < unroll; ++u) acc += transpose ? dot(A(i, k), transposed(B(j, k))) : dot(A(i, k), B(k, j));
      C(i, j) = cast<bf16>(acc);
    }
  }
};

/// 64 x 2112 from 64 x 7168: one projection of a large model.
struct Projection {
  int bm = 128, bn = 128, bk = 64;
  void operator()(Tensor<bf16, Shape<64, 7168>> a, Tensor<bf16, Shape<7168, 2112>> b,
                  Tensor<bf16, Shape<64, 2112>> c) const {
    auto A = a.tiled(bm, bk), B = b.tiled(bk, bn), C = c.tiled(bm, bn);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
      C(i, j) = cast<bf16>(acc);
    }
  }
};

struct Square {
  int b = 32;
  void operator()(Tensor<f16, 2> a, Tensor<f16, 2> c) const {
    if (b > 64) throw std::runtime_error("too large for me");
    auto A = a.tiled(b, b), C = c.tiled(b, b);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(b, b);
      for (Index k : range(A.cols())) acc += dot(A(i, k), A(k, j));
      C(i, j) = cast<f16>(acc);
    }
  }
};

struct Copy {
  int b = 32;
  void operator()(Tensor<f32, 2> a, Tensor<f32, 2> c) const {
    for (auto [i, j] : blocks(c.tiled(b, b))) c.tiled(b, b)(i, j) = a.tiled(b, b)(i, j);
  }
};

struct TwoProducts {
  int b = 32;
  void operator()(Tensor<f16, 2> a, Tensor<f16, 2> c) const {
    auto A = a.tiled(b, b), C = c.tiled(b, b);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(b, b);
      for (Index k : range(A.cols())) acc += dot(cast<f16>(dot(A(i, k), A(k, j))), A(k, j));
      C(i, j) = cast<f16>(acc);
    }
  }
};

/// What is chosen for the open members of the kernel, in order.
template <class K>
std::vector<int64_t> choose(const K &kernel, const std::string &target = "sm_80",
                            const tilewright::ScheduleRequest &schedule = {}) {
  std::vector<std::string> names;
  std::vector<int64_t> values;
  detail::for_each_open_member(kernel, {}, [&](std::string_view name, std::int64_t value) {
    names.emplace_back(name);
    values.push_back(value);
  });
  auto retrace = [&](const std::vector<int64_t> &tried) -> std::optional<std::string> {
    std::vector<Member> members;
    for (size_t i = 0; i < names.size(); ++i)
      members.push_back({names[i], detail::Literal(static_cast<long long>(tried[i]))});
    try {
      return trace(kernel, {"k", members});
    } catch (const std::exception &) {
      return std::nullopt;
    }
  };
  tilewright::CompileOptions options;
  options.target = target;
  options.schedule = schedule;
  return tilewright::chooseMembers(values, retrace, options);
}

using Values = std::vector<int64_t>;

} // namespace

TEST_CASE("few rows get a low block: static sizes are part of the choice") {
  Values chosen = choose(Projection{});
  REQUIRE(chosen.size() == 3);
  CHECK(chosen[0] <= 64);
  CHECK(chosen[1] < 128);
  for (int64_t value : chosen) CHECK((value & (value - 1)) == 0);
}

TEST_CASE("a choice is final: with its values, the kernel keeps them") {
  Values chosen = choose(Product<2>{});
  CHECK(chosen[3] == 1); // unrolling is no extent
  auto retrace = [](const Values &v) -> std::optional<std::string> {
    return trace(Product<2>{static_cast<int>(v[0]), static_cast<int>(v[1]), static_cast<int>(v[2]), 1, false});
  };
  chosen.pop_back();
  CHECK(tilewright::chooseMembers(chosen, retrace, {}) == chosen);
}

TEST_CASE("a small block of a large product grows; a transposed operand is read the right way round") {
  Values base{16, 16, 16, 1};
  for (bool transpose : {false, true}) {
    auto retrace = [&](const Values &v) -> std::optional<std::string> {
      return trace(Product<2>{static_cast<int>(v[0]), static_cast<int>(v[1]), static_cast<int>(v[2]),
                              static_cast<int>(v[3]), transpose});
    };
    Values chosen = tilewright::chooseMembers(base, retrace, {});
    CHECK(chosen[0] >= 64);
    CHECK(chosen[1] >= 64);
    CHECK(chosen[3] == 1);
  }
}

TEST_CASE("a member that is several extents at once moves them together, within what the kernel takes") {
  CHECK(choose(Square{}) == Values{64});
}

TEST_CASE("fields of the schedule are respected") {
  tilewright::ScheduleRequest schedule;
  schedule.warps = 1;
  Values chosen = choose(Product<2>{}, "sm_80", schedule);
  CHECK(chosen[0] * chosen[1] <= 32 * 128);
}

TEST_CASE("kernels without exactly one product keep their members") {
  CHECK(choose(Copy{}) == Values{32});
  CHECK(choose(TwoProducts{}) == Values{32});
}

TEST_CASE("an unknown target or a trace that is no module keeps the members; the compiler will say why") {
  CHECK(choose(Product<2>{}, "sm_12") == Values{128, 128, 64, 1});
  auto nonsense = [](const Values &) -> std::optional<std::string> { return "nonsense"; };
  CHECK(tilewright::chooseMembers({128}, nonsense, {}) == Values{128});
  auto nothing = [](const Values &) -> std::optional<std::string> { return std::nullopt; };
  CHECK(tilewright::chooseMembers({128}, nothing, {}) == Values{128});
  CHECK(tilewright::chooseMembers({}, nothing, {}).empty());
}
