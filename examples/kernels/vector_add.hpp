// Vector addition: the smallest kernel.
#pragma once

#include <tilewright/tilewright.hpp>

/// c = a + b. All three have one size.
struct VectorAdd {
  static constexpr const char *arguments[] = {"a", "b", "c"};
  int block = 1024;

  void operator()(tw::Tensor<tw::f32, 1> a, tw::Tensor<tw::f32, 1> b, tw::Tensor<tw::f32, 1> c) const {
    auto A = a.tiled(block), B = b.tiled(block), C = c.tiled(block);
    for (tw::Index i : tw::blocks(C)) C(i) = A(i) + B(i);
  }
};
