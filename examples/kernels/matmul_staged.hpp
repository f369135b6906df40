// Matrix product, level 2: explicit buffers and a pipelined loop.
#pragma once

#include <tilewright/tilewright.hpp>

/// c = a * b.
struct MatmulStaged {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int bm = 128, bn = 128, bk = 64;
  int depth = 3;

  void operator()(tw::Tensor<tw::bf16, 2> a, tw::Tensor<tw::bf16, 2> b, tw::Tensor<tw::bf16, 2> c) const {
    using namespace tw;
    auto A = a.tiled(bm, bk), B = b.tiled(bk, bn), C = c.tiled(bm, bn);
    for (auto [i, j] : blocks(C)) {
      shared<bf16> As("As", bm, bk), Bs("Bs", bk, bn);
      fragment<f32> acc(bm, bn);
      clear(acc);
      for (Index k : pipelined(A.cols(), stages{depth})) {
        copy(A(i, k), As);
        copy(B(k, j), Bs);
        mma(As, Bs, acc);
      }
      C(i, j) = cast<bf16>(acc);
    }
  }
};
