// Launches of the kernels in cuda/tensor.cu.
#include "launches/launch_case.hpp"
#include "launches/matrix.hpp"

namespace tw::emu::test {

std::vector<LaunchCase> tensorCases() {
  std::vector<LaunchCase> cases;
  std::vector<float> in(64 * 4 * 5), reversed(64 * 4 * 5);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i);
  for (size_t i = 0; i < in.size(); ++i) reversed[i] = in[(i / 256 * 64 + 63 - i / 4 % 64) * 4 + i % 4];
  cases.push_back(LaunchCase("tensor", "async_copy").in(in).out(reversed).scalar(5).block(64));

  Matrix a(16, 16, 2, asHalf), b(8, 16, 2, asHalf);
  cases.push_back(LaunchCase("tensor", "mma_gemm").in(a.data).in(b.data).out(productOfRows<float>(a, b)).block(32));
  return cases;
}

} // namespace tw::emu::test
