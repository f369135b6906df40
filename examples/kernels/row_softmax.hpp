// Softmax along the rows of a matrix, one block of rows at a time.
#pragma once

#include <cmath>
#include <tilewright/tilewright.hpp>

/// y = softmax(x) along axis 1. A row has at most `columns` elements; what lies beyond its end counts as -infinity.
struct RowSoftmax {
  static constexpr const char *arguments[] = {"x", "y"};
  int rows = 4;
  int columns = 1024;

  void operator()(tw::Tensor<tw::f32, 2> x, tw::Tensor<tw::f32, 2> y) const {
    using namespace tw;
    auto X = x.tiled(rows, columns), Y = y.tiled(rows, columns);
    for (Index i : blocks(X.rows())) {
      Tile<f32> row = load(X(i, 0), pad(-INFINITY));
      Tile<f32> e = exp(row - reduce_max(row, axis{1}));
      Y(i, 0) = e / reduce_sum(e, axis{1});
    }
  }
};
