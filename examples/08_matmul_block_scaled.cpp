// An 8-bit product with block scales: each block of 128 along k is a product of its own, which is scaled and added to the
// sums while the tensor cores work on the next.

#include "check.hpp"
#include "kernels/matmul_block_scaled.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    const std::int64_t m = 136, n = 192, k = 400;
    HostTensor a = host_tensor<e4m3>({m, k}, Fill::normal, 1);
    HostTensor b = host_tensor<e4m3>({n, k}, Fill::normal, 2);
    HostTensor sa = host_tensor<f32>({m, (k + 127) / 128}, Fill::normal, 3);
    HostTensor sb = host_tensor<f32>({(n + 127) / 128, (k + 127) / 128}, Fill::normal, 4);
    HostTensor c = host_tensor<bf16>({m, n});

    Compiled matmul = compile(MatmulBlockScaled{}, {}, "sm_90a");
    matmul.run(default_device(), a, sa, b, sb, c);
    return example::report("matmul_block_scaled", matmul.schedule().to_cpp(),
                           example::largest_error(c, example::matmul_block_scaled(a, sa, b, sb)), example::bf16_bound);
  });
}
