// Kernels that use every operation of levels 1 and 2, for the tests and for the check on a GPU.
#pragma once

#include <tilewright/tilewright.hpp>

#include <cmath>

namespace op_kernels {

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

/// z = whole-number arithmetic on x and y; y holds no zero.
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

/// y = x in a narrower type, z = y in f32 again.
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

/// y = sum, maximum or minimum (kind 0, 1, 2) of each tile of x along an axis, z = x - y.
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

/// y = transpose(x * r + c) with one r for each column and one c for each row; z numbers the elements of a tile.
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

/// y = 8 x through a shared buffer, z = 7 x and twice the rounds of the loop that are below the limit.
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

/// c = a * b in small blocks.
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

/// c = a * b, where a and c lie in memory as `Strides` says.
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

} // namespace op_kernels
