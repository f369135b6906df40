// Matrix product with an epilogue: bias and SiLU on the accumulator, before it is rounded.
#pragma once

#include <tilewright/tilewright.hpp>

/// y = silu(alpha * x * w + bias), with one bias for each column.
struct MatmulBiasSilu {
  static constexpr const char *arguments[] = {"x", "w", "bias", "y", "alpha"};
  int bm = 128, bn = 128, bk = 64;

  void operator()(tw::Tensor<tw::bf16, 2> x, tw::Tensor<tw::bf16, 2> w, tw::Tensor<tw::f32, 1> bias,
                  tw::Tensor<tw::bf16, 2> y, tw::Scalar<tw::f32> alpha) const {
    using namespace tw;
    auto X = x.tiled(bm, bk), W = w.tiled(bk, bn), Y = y.tiled(bm, bn);
    auto Bias = bias.tiled(bn);
    for (auto [i, j] : blocks(Y)) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(X.cols())) acc += dot(X(i, k), W(k, j));
      Y(i, j) = cast<bf16>(silu(acc * alpha + Bias(j)));
    }
  }
};
