// The matrix product that the tests compile: any element types, any transposes.
#pragma once

#include <tilewright/tilewright.hpp>

/// c = a * b in types In x In -> Sum, stored as Out. `transpose_a`: a is K x M; `transpose_b`: b is N x K.
template <class In, class Sum, class Out> struct Gemm {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int bm = 64, bn = 64, bk = 32;
  bool transpose_a = false, transpose_b = false;

  void operator()(tw::Tensor<In, 2> a, tw::Tensor<In, 2> b, tw::Tensor<Out, 2> c) const {
    using namespace tw;
    auto A = transpose_a ? a.tiled(bk, bm) : a.tiled(bm, bk);
    auto B = transpose_b ? b.tiled(bn, bk) : b.tiled(bk, bn);
    auto C = c.tiled(bm, bn);
    for (auto [i, j] : blocks(C)) {
      auto acc = zeros<Sum>(bm, bn);
      for (Index k : range(transpose_a ? A.rows() : A.cols())) {
        auto left = transpose_a ? transpose(load(A(k, i))) : load(A(i, k));
        auto right = transpose_b ? transpose(load(B(j, k))) : load(B(k, j));
        acc += dot(left, right);
      }
      C(i, j) = cast<Out>(acc);
    }
  }
};
