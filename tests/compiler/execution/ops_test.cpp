// Every operation of levels 1 and 2 in the emitted code, against the evaluator.
#include "oracle.hpp"

#include <tilewright/tilewright.hpp>

#include <catch2/catch.hpp>

#include <cmath>

using namespace execution;

namespace {

tilewright::CompileOptions ptxFor(const char *target) {
  tilewright::CompileOptions options;
  options.target = target;
  options.assemble = false;
  return options;
}
const tilewright::CompileOptions sm80 = ptxFor("sm_80");

/// y = f(x), the function chosen by number.
struct Unary {
  int which = 0;
  static constexpr int count = 15;
  void operator()(tw::Tensor<tw::f32, 2> x, tw::Tensor<tw::f32, 2> y) const {
    using namespace tw;
    auto X = x.tiled(8, 32), Y = y.tiled(8, 32);
    for (auto [i, j] : blocks(Y)) {
      Tile<f32> t = X(i, j);
      switch (which) {
      case 0: Y(i, j) = exp(t); break;
      case 1: Y(i, j) = exp2(t); break;
      case 2: Y(i, j) = log(abs(t)); break;
      case 3: Y(i, j) = log2(abs(t)); break;
      case 4: Y(i, j) = sqrt(abs(t)); break;
      case 5: Y(i, j) = rsqrt(abs(t)); break;
      case 6: Y(i, j) = tanh(t); break;
      case 7: Y(i, j) = erf(t); break;
      case 8: Y(i, j) = sigmoid(t); break;
      case 9: Y(i, j) = silu(t); break;
      case 10: Y(i, j) = relu(t); break;
      case 11: Y(i, j) = gelu(t); break;
      case 12: Y(i, j) = select(t > 0.5f, t * 2.0f, -t); break;
      case 13: Y(i, j) = max(t, 0.25f) + min(t, -0.25f); break;
      case 14: Y(i, j) = fma(t, t, t) / (abs(t) + 1.0f); break;
      }
    }
  }
};

template <class T> struct Integers {
  void operator()(tw::Tensor<T, 1> x, tw::Tensor<T, 1> y, tw::Tensor<T, 1> z) const {
    using namespace tw;
    auto X = x.tiled(64), Y = y.tiled(64), Z = z.tiled(64);
    for (Index i : blocks(X.tiles(0))) {
      Tile<T> a = X(i), b = load(Y(i), pad(1));
      Z(i) =
          (a + b) * 3 - (a / b) + (a % b) + max(a, b) - min(a, b) + select(a < b, a & b, a ^ b) + (a >> 1) + (b << 2);
    }
  }
};

template <class T> struct RoundTrip {
  void operator()(tw::Tensor<tw::f32, 1> x, tw::Tensor<T, 1> y, tw::Tensor<tw::f32, 1> z) const {
    using namespace tw;
    auto X = x.tiled(128), Z = z.tiled(128);
    auto Y = y.tiled(128);
    for (Index i : blocks(X.tiles(0))) {
      Tile<T> narrow = cast<T>(Tile<f32>(X(i)));
      Y(i) = narrow;
      Z(i) = cast<f32>(narrow);
    }
  }
};

struct Reduce {
  int rows = 8, columns = 32, axis = 0, kind = 0;
  void operator()(tw::Tensor<tw::f32, 2> x, tw::Tensor<tw::f32, 2> y, tw::Tensor<tw::f32, 2> z) const {
    using namespace tw;
    auto X = x.tiled(rows, columns), Z = z.tiled(rows, columns);
    auto Y = axis ? y.tiled(rows, 1) : y.tiled(1, columns);
    for (auto [i, j] : blocks(Z)) {
      Tile<f32> t = X(i, j);
      Tile<f32> r = kind == 0   ? reduce_sum(t, tw::axis{axis})
                    : kind == 1 ? reduce_max(t, tw::axis{axis})
                                : reduce_min(t, tw::axis{axis});
      Y(i, j) = r;
      Z(i, j) = t - r;
    }
  }
};

struct Shapes {
  int rows = 16, columns = 32;
  void operator()(tw::Tensor<tw::f32, 2> x, tw::Tensor<tw::f32, 1> r, tw::Tensor<tw::f32, 1> c,
                  tw::Tensor<tw::f32, 2> y, tw::Tensor<tw::i32, 2> z) const {
    using namespace tw;
    auto X = x.tiled(rows, columns), Y = y.tiled(columns, rows);
    auto Z = z.tiled(rows, columns);
    for (auto [i, j] : blocks(X.rows(), X.cols())) {
      Tile<f32> t = X(i, j), row = r.tiled(columns)(j), column = c.tiled(rows)(i);
      Tile<f32> sum = t * row + reshape(column, {rows, 1});
      Y(j, i) = transpose(sum);
      Z(i, j) = iota({rows, columns}, axis{0}) * 100 + iota({rows, columns}, axis{1});
    }
  }
};

struct Buffers {
  void operator()(tw::Tensor<tw::f16, 2> x, tw::Tensor<tw::f16, 2> y, tw::Tensor<tw::f32, 2> z,
                  tw::Scalar<tw::i32> limit) const {
    using namespace tw;
    auto X = x.tiled(32, 64), Y = y.tiled(32, 64);
    auto Z = z.tiled(32, 64);
    for (auto [i, j] : blocks(Y)) {
      shared<f16> s("s", 32, 64);
      fragment<f32> total(32, 64);
      clear(total);
      copy(X(i, j), s);
      var<i32> steps = 0;
      for (Index k : range(3)) {
        Tile<f16> now = s;
        s = now + now;
        total += cast<f32>(now);
        when(to_index(limit) > k, [&] {
          total += 1.0f;
          steps += 1;
        });
      }
      copy(s, Y(i, j));
      Z(i, j) = total + cast<f32>(steps);
    }
  }
};

/// One step of attention: two products with a softmax between, the second operand computed in registers.
struct Attention {
  int queries = 64, keys = 64, depth = 64;
  void operator()(tw::Tensor<tw::f16, 2> q, tw::Tensor<tw::f16, 2> k, tw::Tensor<tw::f16, 2> v,
                  tw::Tensor<tw::f32, 2> o) const {
    using namespace tw;
    auto Q = q.tiled(queries, depth), K = k.tiled(keys, depth), V = v.tiled(keys, depth);
    auto O = o.tiled(queries, depth);
    for (Index i : blocks(Q.rows())) {
      auto acc = zeros<f32>(queries, depth);
      auto top = full<f32>({queries, 1}, -INFINITY);
      auto sum = zeros<f32>(queries, 1);
      for (Index j : range(K.rows())) {
        auto s = dot(Q(i, 0), transposed(K(j, 0)));
        auto position = cast<i32>(k.rows()) - iota({queries, keys}, axis{1}) - cast<i32>(j * keys);
        auto masked = select(position > 0, s, -INFINITY);
        Tile<f32> next = max(top, reduce_max(masked, axis{1}));
        Tile<f32> p = exp(masked - next);
        Tile<f32> scale = exp(top - next);
        sum = sum * scale + reduce_sum(p, axis{1});
        acc = acc * scale + dot(cast<f16>(p), V(j, 0));
        top = next;
      }
      O(i, 0) = acc / sum;
    }
  }
};

template <class In, class Sum> struct Product {
  void operator()(tw::Tensor<In, 2> a, tw::Tensor<In, 2> b, tw::Tensor<Sum, 2> c) const {
    using namespace tw;
    auto A = a.tiled(32, 32), B = b.tiled(32, 32);
    auto C = c.tiled(32, 32);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<Sum>(32, 32);
      for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
      C(i, j) = acc;
    }
  }
};

template <class Strides> struct Strided {
  void operator()(tw::Tensor<tw::bf16, 2, Strides> a, tw::Tensor<tw::bf16, 2> b,
                  tw::Tensor<tw::f32, 2, Strides> c) const {
    using namespace tw;
    auto A = a.tiled(32, 32), B = b.tiled(32, 32);
    auto C = c.tiled(32, 32);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(32, 32);
      for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
      C(i, j) = acc;
    }
  }
};

} // namespace

TEST_CASE("maths on f32") {
  auto x = normals(ElementType::f32, {19, 70}, 1);
  for (int which = 0; which < Unary::count; ++which) {
    CAPTURE(which);
    agree(tw::trace(Unary{which}, {.name = "unary"}), {x, tensor(ElementType::f32, {19, 70})}, 1e-6, 1e-6, sm80);
  }
}

TEST_CASE("integers of every type") {
  auto check = [](auto kernel, ElementType type) {
    auto x = integers(type, {150}, 100, 1), y = integers(type, {150}, 7, 2);
    for (int i = 0; i < 150; ++i)
      if (y.at(i) == 0) y.set(i, 3);
    agree(tw::trace(kernel, {.name = "integers"}), {x, y, tensor(type, {150})}, 0, 0, sm80);
  };
  check(Integers<tw::i32>{}, ElementType::i32);
  check(Integers<tw::u32>{}, ElementType::u32);
  check(Integers<tw::i64>{}, ElementType::i64);
  check(Integers<tw::u64>{}, ElementType::u64);
  check(Integers<tw::i16>{}, ElementType::i16);
  check(Integers<tw::u16>{}, ElementType::u16);
  check(Integers<tw::i8>{}, ElementType::i8);
  check(Integers<tw::u8>{}, ElementType::u8);
}

TEST_CASE("casts from f32 and back") {
  auto x = tensor(ElementType::f32, {256});
  const double special[] = {0.0,  -0.0, 1.0,   -1.5,   447.0, 464.0, 465.0,    1e6,       -1e9,
                            3e38, 1e-7, 1e-40, 0.0625, 255.5, 300.0, INFINITY, -INFINITY, NAN};
  auto noise = normals(ElementType::f32, {256}, 5);
  for (int i = 0; i < 256; ++i) x.set(i, i < 18 ? special[i] : noise.at(i) * std::exp2(i % 24 - 12));
  for (const char *target : {"sm_80", "sm_89"}) {
    CAPTURE(target);
    auto options = ptxFor(target);
    auto check = [&](auto kernel, ElementType type) {
      agree(tw::trace(kernel, {.name = "round_trip"}), {x, tensor(type, {256}), tensor(ElementType::f32, {256})}, 0, 0,
            options);
    };
    check(RoundTrip<tw::f16>{}, ElementType::f16);
    check(RoundTrip<tw::bf16>{}, ElementType::bf16);
    check(RoundTrip<tw::e4m3>{}, ElementType::e4m3);
    check(RoundTrip<tw::e5m2>{}, ElementType::e5m2);
    check(RoundTrip<tw::i32>{}, ElementType::i32);
    check(RoundTrip<tw::u8>{}, ElementType::u8);
    check(RoundTrip<tw::i16>{}, ElementType::i16);
    check(RoundTrip<tw::f64>{}, ElementType::f64);
  }
}

TEST_CASE("reductions along both axes of tiles of any shape") {
  for (auto [rows, columns] : {std::pair(8, 32), std::pair(64, 64), std::pair(1, 100), std::pair(3, 5),
                               std::pair(128, 4), std::pair(2, 1024), std::pair(96, 24)})
    for (int axis : {0, 1})
      for (int kind : {0, 1, 2}) {
        CAPTURE(rows, columns, axis, kind);
        auto x = integers(ElementType::f32, {rows, columns}, 9, 1);
        auto y = axis ? tensor(ElementType::f32, {rows, 1}) : tensor(ElementType::f32, {1, columns});
        agree(tw::trace(Reduce{rows, columns, axis, kind}, {.name = "reduce"}),
              {x, y, tensor(ElementType::f32, {rows, columns})}, 0, 0, sm80);
      }
}

TEST_CASE("broadcast, reshape, transpose, iota") {
  for (auto [rows, columns] : {std::pair(16, 32), std::pair(8, 8), std::pair(24, 40), std::pair(3, 64)}) {
    CAPTURE(rows, columns);
    std::int64_t m = 2 * rows, n = 2 * columns;
    agree(tw::trace(Shapes{rows, columns}, {.name = "shapes"}),
          {integers(ElementType::f32, {m, n}, 9, 1), integers(ElementType::f32, {n}, 9, 2),
           integers(ElementType::f32, {m}, 9, 3), tensor(ElementType::f32, {n, m}), tensor(ElementType::i32, {m, n})},
          0, 0, sm80);
  }
}

TEST_CASE("shared buffers, fragments, variables, branches") {
  for (int limit : {0, 2, 5}) {
    CAPTURE(limit);
    agree(tw::trace(Buffers{}, {.name = "buffers"}),
          {integers(ElementType::f16, {40, 70}, 9, 1), tensor(ElementType::f16, {40, 70}),
           tensor(ElementType::f32, {40, 70}), tw::rt::Scalar::of_integer(ElementType::i32, limit)},
          0, 0, sm80);
  }
}

TEST_CASE("attention: products with a softmax between") {
  for (std::int64_t length : {64, 100, 200}) {
    CAPTURE(length);
    agree(tw::trace(Attention{}, {.name = "attention"}),
          {normals(ElementType::f16, {length, 64}, 1), normals(ElementType::f16, {length, 64}, 2),
           normals(ElementType::f16, {length, 64}, 3), tensor(ElementType::f32, {length, 64})},
          2e-3, 2e-3, sm80);
  }
}

TEST_CASE("products of f64, 8-bit floats and unsigned bytes") {
  auto check = [](auto kernel, ElementType in, ElementType out, const char *target) {
    CAPTURE(target);
    agree(tw::trace(kernel, {.name = "product"}),
          {integers(in, {40, 48}, 3, 1), integers(in, {48, 64}, 3, 2), tensor(out, {40, 64})}, 0, 0, ptxFor(target));
  };
  for (const char *target : {"sm_80", "sm_89", "sm_90a"}) {
    check(Product<tw::f64, tw::f64>{}, ElementType::f64, ElementType::f64, target);
    check(Product<tw::e4m3, tw::f32>{}, ElementType::e4m3, ElementType::f32, target);
    check(Product<tw::e5m2, tw::f32>{}, ElementType::e5m2, ElementType::f32, target);
    check(Product<tw::u8, tw::i32>{}, ElementType::u8, ElementType::i32, target);
  }
}

TEST_CASE("column-major and strided tensors") {
  auto check = [](auto kernel, std::vector<std::int64_t> a, std::vector<std::int64_t> c) {
    agree(tw::trace(kernel, {.name = "strided"}),
          {integers(ElementType::bf16, {40, 48}, 3, 1, a), integers(ElementType::bf16, {48, 64}, 3, 2),
           tensor(ElementType::f32, {40, 64}, c)},
          0, 0, sm80);
  };
  check(Strided<tw::ColumnMajor>{}, {1, 40}, {1, 40});
  check(Strided<tw::ColumnMajor>{}, {1, 47}, {1, 64});
  check(Strided<tw::AnyStrides>{}, {100, 2}, {3, 200});
}
