// Kernels of the tests: small ones, right and wrong.
#pragma once

#include <tilewright/compile.hpp>

/// y = alpha * x.
struct Scale {
  static constexpr const char *arguments[] = {"x", "y", "alpha"};
  int block = 128;
  void operator()(tw::Tensor<tw::f32, 1> x, tw::Tensor<tw::f32, 1> y, tw::Scalar<tw::f32> alpha) const {
    auto X = x.tiled(block), Y = y.tiled(block);
    for (tw::Index i : tw::blocks(Y)) Y(i) = X(i) * alpha;
  }
};

/// Another kernel with the members of Scale: y = alpha + x.
struct Shift {
  int block = 128;
  void operator()(tw::Tensor<tw::f32, 1> x, tw::Tensor<tw::f32, 1> y, tw::Scalar<tw::f32> alpha) const {
    auto X = x.tiled(block), Y = y.tiled(block);
    for (tw::Index i : tw::blocks(Y)) Y(i) = X(i) + alpha;
  }
};

/// A small product, c = a * b, with members of every kind.
struct Product {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int bm = 32, bn = 32, bk = 16;
  bool negate = false;
  float factor = 1;
  void operator()(tw::Tensor<tw::f16, 2> a, tw::Tensor<tw::f16, 2> b, tw::Tensor<tw::f32, 2> c) const {
    using namespace tw;
    auto A = a.tiled(bm, bk), B = b.tiled(bk, bn);
    auto C = c.tiled(bm, bn);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(A.cols())) acc += dot(A(i, k), B(k, j));
      C(i, j) = acc * (negate ? -factor : factor);
    }
  }
};

/// The same product with a block that is not to be changed.
struct PinnedProduct {
  static constexpr const char *pinned[] = {"bm", "bn", "bk"};
  int bm = 32, bn = 32, bk = 16;
  void operator()(tw::Tensor<tw::f16, 2> a, tw::Tensor<tw::f16, 2> b, tw::Tensor<tw::f32, 2> c) const {
    Product{bm, bn, bk}(a, b, c);
  }
};

/// c = a * a, with a tile beside it that grows with the third power of the block's side.
struct Greedy {
  int b = 16;
  void operator()(tw::Tensor<tw::f16, 2> a, tw::Tensor<tw::f32, 2> c) const {
    using namespace tw;
    auto A = a.tiled(b, b);
    auto C = c.tiled(b, b);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(b, b);
      for (Index k : range(A.cols())) acc += dot(A(i, k), A(k, j));
      C(i, j) = acc + reduce_sum(cast<f32>(iota({b, b * b / 4}, axis{1})), axis{1});
    }
  }
};

/// Wrong for every block but 64: two shapes that do not broadcast.
struct Clash {
  int block = 32;
  void operator()(tw::Tensor<tw::f32, 1> x, tw::Tensor<tw::f32, 1> y) const {
    auto X = x.tiled(64), Y = y.tiled(block);
    for (tw::Index i : tw::blocks(Y)) Y(i) = X(i) + Y(i);
  }
};

/// Wrong in a way that only running it shows: every block writes the first tile of y.
struct Collide {
  int block = 32;
  void operator()(tw::Tensor<tw::f32, 1> x, tw::Tensor<tw::f32, 1> y) const {
    auto X = x.tiled(block), Y = y.tiled(block);
    for (tw::Index i : tw::blocks(X)) Y(0) = X(i);
  }
};
