// Attention of one head, forward: softmax(q k^T) v without the matrix of scores ever being stored.
#pragma once

#include <cmath>
#include <tilewright/tilewright.hpp>

/// o = softmax(scale * q k^T) v for matrices of rows of length `d`; the softmax runs along the rows of k. With `causal`, row i
/// of q sees the rows 0..i of k. The running maximum and sum are those of Milakov and Gimelshein (2018); exponentials are
/// powers of two, so `scale` includes log2(e).
struct Attention {
  static constexpr const char *arguments[] = {"q", "k", "v", "o", "scale"};
  int bm = 128, bn = 128, d = 64;
  bool causal = false;

  void operator()(tw::Tensor<tw::bf16, 2> q, tw::Tensor<tw::bf16, 2> k, tw::Tensor<tw::bf16, 2> v,
                  tw::Tensor<tw::bf16, 2> o, tw::Scalar<tw::f32> scale) const {
    using namespace tw;
    auto Q = q.tiled(bm, d), K = k.tiled(bn, d), V = v.tiled(bn, d), O = o.tiled(bm, d);
    for (Index i : blocks(O.rows())) {
      auto qi = load(Q(i, 0));
      // Not minus infinity: the first difference of two maxima must be a number.
      Tile<f32> top = full<f32>({bm, 1}, -1e30f), sum = zeros<f32>(bm, 1), acc = zeros<f32>(bm, d);
      Tile<i32> row = iota({bm, 1}, axis{0}) + cast<i32>(i * bm), column = iota({1, bn}, axis{1});
      for (Index j : range(causal ? min((i * bm + bm + bn - 1) / bn, K.rows()) : K.rows())) {
        Tile<f32> s = dot(qi, transposed(K(j, 0))) * scale;
        Tile<i32> at = column + cast<i32>(j * bn);
        auto seen = at < cast<i32>(k.size(0));
        s = select(causal ? seen & (at <= row) : seen, s, -INFINITY);
        Tile<f32> next = max(top, reduce_max(s, axis{1}));
        Tile<f32> p = exp2(s - next), shrink = exp2(top - next);
        sum = sum * shrink + reduce_sum(p, axis{1});
        acc = acc * shrink + dot(cast<bf16>(p), V(j, 0));
        top = next;
      }
      O(i, 0) = cast<bf16>(acc / sum);
    }
  }
};
