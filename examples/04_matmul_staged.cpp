// Matrix product with its buffers written down: what is in shared memory, and how far copies run ahead.

#include "check.hpp"
#include "kernels/matmul_staged.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    HostTensor a = host_tensor<bf16>({192, 320}, Fill::normal, 1);
    HostTensor b = host_tensor<bf16>({320, 256}, Fill::normal, 2);
    HostTensor c = host_tensor<bf16>({192, 256});

    Compiled matmul = compile(MatmulStaged{.bm = 64, .bn = 128, .bk = 32, .depth = 4});
    matmul.run(default_device(), a, b, c);

    const EntryReport &entry = matmul.report().entries.front();
    return example::report("matmul_staged",
                           "192 x 256 x 320, " + std::to_string(entry.shared_bytes) + " bytes of shared memory",
                           example::largest_error(c, example::matmul(a, b)), example::bf16_bound);
  });
}
