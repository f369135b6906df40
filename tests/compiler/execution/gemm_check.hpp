// Products of one type with every transpose, compiled once for all sizes, against a triple loop.
#pragma once

#include "execution.hpp"
#include "gemm.hpp"

#include <catch2/catch.hpp>

namespace execution {

struct Case {
  std::int64_t m, n, k;
};

/// c[i][j] = sum a b, exactly: the operands are small integers.
/// One assertion for each product, and one for each wrong element.
inline void check(const Outcome &outcome, const Case &size, bool transpose_a, bool transpose_b) {
  const HostTensor &a = outcome.tensor(0), &b = outcome.tensor(1), &c = outcome.tensor(2);
  for (std::int64_t i = 0; i < size.m; ++i)
    for (std::int64_t j = 0; j < size.n; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < size.k; ++k)
        sum +=
            a.at(transpose_a ? k * size.m + i : i * size.k + k) * b.at(transpose_b ? j * size.k + k : k * size.n + j);
      if (c.at(i * size.n + j) != sum) {
        CAPTURE(i, j, outcome.variant);
        REQUIRE(c.at(i * size.n + j) == sum);
      }
    }
  SUCCEED();
}

/// Every transpose of one type, each compiled once for all sizes.
template <class In, class Sum, class Out>
void products(ElementType in, ElementType out, const std::vector<Case> &sizes) {
  for (bool transpose_a : {false, true})
    for (bool transpose_b : {false, true}) {
      Gemm<In, Sum, Out> kernel;
      kernel.transpose_a = transpose_a;
      kernel.transpose_b = transpose_b;
      auto program = compiled(tw::trace(kernel, {.name = "gemm"}), {.assemble = false});
      for (const Case &size : sizes) {
        CAPTURE(transpose_a, transpose_b, size.m, size.n, size.k);
        auto a = transpose_a ? integers(in, {size.k, size.m}, 3, 1) : integers(in, {size.m, size.k}, 3, 1);
        auto b = transpose_b ? integers(in, {size.n, size.k}, 3, 2) : integers(in, {size.k, size.n}, 3, 2);
        check(run(program.artifact, {a, b, tensor(out, {size.m, size.n})}), size, transpose_a, transpose_b);
      }
    }
}

} // namespace execution
