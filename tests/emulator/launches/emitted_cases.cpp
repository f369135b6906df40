// Launches of PTX that twc emits for the example kernels (sm_80: cp.async, ldmatrix, mma).
#include "launches/launch_case.hpp"
#include "launches/matrix.hpp"

namespace tw::emu::test {
namespace {

/// A kernel argument of a row-major matrix: address, extents, row stride in elements.
template <class Add> void matrixArgument(LaunchCase &launch, uint32_t rows, uint32_t columns, Add add) {
  add();
  launch.scalar(rows).scalar(columns).scalar(uint64_t{columns});
}

LaunchCase product(const char *source, const char *kernel, int m, int n, int k) {
  Matrix a(m, k, 2, asBf16), b(k, n, 2, asBf16);
  std::vector<uint16_t> c;
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      int sum = 0;
      for (int at = 0; at < k; ++at) sum += a.at(i, at) * b.at(at, j);
      c.push_back(static_cast<uint16_t>(asBf16(sum)));
    }
  LaunchCase launch(source, kernel);
  auto extent = [](int x) { return static_cast<uint32_t>(x); };
  matrixArgument(launch, extent(m), extent(k), [&] { launch.in(a.data); });
  matrixArgument(launch, extent(k), extent(n), [&] { launch.in(b.data); });
  matrixArgument(launch, extent(m), extent(n), [&] { launch.out(c); });
  launch.grid(extent((m + 63) / 64 * ((n + 63) / 64))).block(128);
  return launch;
}

} // namespace

std::vector<LaunchCase> emittedCases() {
  // 224 columns are seven steps of 32: more than the three stages, and the last one lies where the result is staged.
  return {product("emitted_staged", "staged", 64, 64, 224).shared(3 * 8192),
          product("emitted_staged", "staged_general", 40, 50, 70).shared(16384),
          product("emitted_dataflow", "dataflow", 64, 128, 224).shared(3 * 8192)};
}

} // namespace tw::emu::test
