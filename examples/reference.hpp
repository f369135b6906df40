// What the examples' kernels should give, in double and written down plainly.
#pragma once

#include <cmath>
#include <tilewright/compile.hpp>
#include <vector>

namespace example {

/// The elements of a tensor, in row-major order.
inline std::vector<double> values_of(const tw::HostTensor &tensor) {
  std::vector<double> values(static_cast<std::size_t>(tensor.element_count()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = tensor.at(static_cast<std::int64_t>(i));
  return values;
}

/// a * b, for a: M x K and b: K x N.
inline std::vector<double> matmul(const tw::HostTensor &a, const tw::HostTensor &b) {
  const auto m = static_cast<std::size_t>(a.shape()[0]), k = static_cast<std::size_t>(a.shape()[1]),
             n = static_cast<std::size_t>(b.shape()[1]);
  std::vector<double> left = values_of(a), right = values_of(b), product(m * n);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t p = 0; p < k; ++p)
      for (std::size_t j = 0; j < n; ++j) product[i * n + j] += left[i * k + p] * right[p * n + j];
  return product;
}

/// sum over g of (sum over k in block g of 128 of a[m, k] * b[n, k]) * sa[m, g] * sb[n / 128, g], for a: M x K, b: N x K.
inline std::vector<double> matmul_block_scaled(const tw::HostTensor &a, const tw::HostTensor &sa,
                                               const tw::HostTensor &b, const tw::HostTensor &sb) {
  constexpr std::size_t block = 128;
  const auto m = static_cast<std::size_t>(a.shape()[0]), k = static_cast<std::size_t>(a.shape()[1]),
             n = static_cast<std::size_t>(b.shape()[0]), groups = static_cast<std::size_t>(sa.shape()[1]);
  std::vector<double> left = values_of(a), right = values_of(b), row_scales = values_of(sa), scales = values_of(sb),
                      product(m * n);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t p = 0; p < k; ++p)
        product[i * n + j] += left[i * k + p] * right[j * k + p] * row_scales[i * groups + p / block] *
                              scales[j / block * groups + p / block];
  return product;
}

inline double silu(double x) { return x / (1 + std::exp(-x)); }

/// silu(alpha * x * w + bias), one bias for each column.
inline std::vector<double> matmul_bias_silu(const tw::HostTensor &x, const tw::HostTensor &w,
                                            const tw::HostTensor &bias, double alpha) {
  std::vector<double> result = matmul(x, w);
  const auto n = static_cast<std::size_t>(w.shape()[1]);
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = silu(alpha * result[i] + bias.at(static_cast<std::int64_t>(i % n)));
  return result;
}

/// softmax along the rows.
inline std::vector<double> row_softmax(const tw::HostTensor &x) {
  const auto columns = static_cast<std::size_t>(x.shape()[1]);
  std::vector<double> result = values_of(x);
  for (std::size_t begin = 0; begin < result.size(); begin += columns) {
    double largest = -INFINITY, sum = 0;
    for (std::size_t i = begin; i < begin + columns; ++i) largest = std::fmax(largest, result[i]);
    for (std::size_t i = begin; i < begin + columns; ++i) sum += result[i] = std::exp(result[i] - largest);
    for (std::size_t i = begin; i < begin + columns; ++i) result[i] /= sum;
  }
  return result;
}

/// softmax(scale * q k^T) v in powers of two, row by row; with `causal`, row i sees the rows 0..i of k.
inline std::vector<double> attention(const tw::HostTensor &q, const tw::HostTensor &k, const tw::HostTensor &v,
                                     double scale, bool causal) {
  const auto rows = static_cast<std::size_t>(q.shape()[0]), keys = static_cast<std::size_t>(k.shape()[0]),
             d = static_cast<std::size_t>(q.shape()[1]);
  std::vector<double> left = values_of(q), right = values_of(k), values = values_of(v), result(rows * d);
  for (std::size_t i = 0; i < rows; ++i) {
    double total = 0;
    for (std::size_t j = 0; j < (causal ? i + 1 : keys); ++j) {
      double score = 0;
      for (std::size_t x = 0; x < d; ++x) score += left[i * d + x] * right[j * d + x];
      const double weight = std::exp2(score * scale);
      total += weight;
      for (std::size_t x = 0; x < d; ++x) result[i * d + x] += weight * values[j * d + x];
    }
    for (std::size_t x = 0; x < d; ++x) result[i * d + x] /= total;
  }
  return result;
}

} // namespace example
