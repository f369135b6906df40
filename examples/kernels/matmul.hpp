// Matrix product, level 1: blocks and maths, nothing of the machine.
#pragma once

#include <tilewright/tilewright.hpp>

/// c = a * b. The members say which operand is stored transposed: a as K x M, b as N x K.
struct Matmul {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int bm = 128, bn = 128, bk = 64;
  bool transpose_a = false, transpose_b = false;

  void operator()(tw::Tensor<tw::bf16, 2> a, tw::Tensor<tw::bf16, 2> b, tw::Tensor<tw::bf16, 2> c) const {
    using namespace tw;
    auto A = transpose_a ? a.tiled(bk, bm) : a.tiled(bm, bk);
    auto B = transpose_b ? b.tiled(bn, bk) : b.tiled(bk, bn);
    auto C = c.tiled(bm, bn);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<f32>(bm, bn);
      for (Index k : range(transpose_a ? A.rows() : A.cols())) {
        if (transpose_a && transpose_b)
          acc += dot(transposed(A(k, i)), transposed(B(j, k)));
        else if (transpose_a)
          acc += dot(transposed(A(k, i)), B(k, j));
        else if (transpose_b)
          acc += dot(A(i, k), transposed(B(j, k)));
        else
          acc += dot(A(i, k), B(k, j));
      }
      C(i, j) = cast<bf16>(acc);
    }
  }
};
