// Products by wgmma whose operands producer warps bring by TMA, compiled once and run at several sizes.
#pragma once

#include "gemm_check.hpp"

namespace execution {

inline tilewright::CompileOptions hopper() {
  tilewright::CompileOptions options;
  options.target = "sm_90a";
  options.assemble = false;
  return options;
}

inline bool contains(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

/// One kernel over all sizes, each with another timing, from that of `seed` on; every run must have taken the variant
/// with TMA and wgmma, unless a size is zero, or a row of some tensor no multiple of 16 bytes.
template <class In, class Sum, class Out>
void hopper_products(ElementType in, ElementType out, Gemm<In, Sum, Out> kernel, const std::vector<Case> &sizes,
                     tilewright::CompileOptions options = hopper(), std::uint64_t seed = 0) {
  auto program = compiled(tw::trace(kernel, {.name = "gemm"}), options);
  REQUIRE(contains(program.artifact.ptx, "wgmma.mma_async"));
  REQUIRE(contains(program.artifact.ptx, "cp.async.bulk.tensor.2d"));
  auto isWhole = [](std::int64_t elements, ElementType type) {
    return elements * static_cast<std::int64_t>(tw::rt::size_of(type)) % 16 == 0;
  };
  for (const Case &size : sizes) {
    CAPTURE(kernel.transpose_a, kernel.transpose_b, size.m, size.n, size.k, seed);
    auto shape = [](bool transposed, std::int64_t rows, std::int64_t columns) {
      return transposed ? std::vector{columns, rows} : std::vector{rows, columns};
    };
    auto a = integers(in, shape(kernel.transpose_a, size.m, size.k), 3, 1),
         b = integers(in, shape(kernel.transpose_b, size.k, size.n), 3, 2);
    auto outcome = run(program.artifact, {a, b, tensor(out, {size.m, size.n})}, {.seed = seed++});
    bool aligned = size.m * size.n * size.k > 0 && isWhole(kernel.transpose_a ? size.m : size.k, in) &&
                   isWhole(kernel.transpose_b ? size.k : size.n, in) && isWhole(size.n, out);
    CHECK(outcome.variant == (aligned ? "gemm" : "gemm_general"));
    check(outcome, size, kernel.transpose_a, kernel.transpose_b);
  }
}

} // namespace execution
