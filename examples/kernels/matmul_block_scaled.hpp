// Matrix product of 8-bit floats with a scale for each block of 128, level 1.
#pragma once

#include <tilewright/tilewright.hpp>

/// c[m, n] = sum over g of (sum over k in block g of a[m, k] * b[n, k]) * sa[m, g] * sb[n / 128, g], for blocks g of 128
/// along k (DeepSeek-V3's recipe, arXiv:2412.19437, section 3.3.2). a: M x K and b: N x K, both e4m3; sa: M x G and
/// sb: ceil(N / 128) x G for G = ceil(K / 128), f32 with any strides.
struct MatmulBlockScaled {
  static constexpr const char *arguments[] = {"a", "sa", "b", "sb", "c"};
  int bm = 128;
  static constexpr int block = 128;

  void operator()(tw::Tensor<tw::e4m3, 2> a, tw::Tensor<tw::f32, 2> sa, tw::Tensor<tw::e4m3, 2> b,
                  tw::Tensor<tw::f32, 2> sb, tw::Tensor<tw::bf16, 2> c) const {
    using namespace tw;
    auto A = a.tiled(bm, block), B = b.tiled(block, block);
    auto SA = sa.tiled(bm, 1), SB = sb.tiled(1, 1);
    auto C = c.tiled(bm, block);
    for (auto [i, j] : blocks(C)) {
      auto sums = zeros<f32>(bm, block);
      for (Index g : range(A.cols())) {
        // A product of its own for each block: tensor cores add 8-bit products with few bits.
        Tile<f32> product = dot(A(i, g), transposed(B(j, g)));
        sums = sums + product * (load(SA(i, g)) * load(SB(j, g)));
      }
      C(i, j) = cast<bf16>(sums);
    }
  }
};
