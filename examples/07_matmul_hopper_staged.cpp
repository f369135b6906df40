// The staged product of example 04 on Hopper: the copies become TMA loads of a producer warpgroup, `mma` becomes wgmma,
// and `stages{depth}` the number of stages between them.

#include "check.hpp"
#include "kernels/matmul_staged.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    HostTensor a = host_tensor<bf16>({136, 320}, Fill::normal, 1);
    HostTensor b = host_tensor<bf16>({320, 192}, Fill::normal, 2);
    HostTensor c = host_tensor<bf16>({136, 192});

    Compiled matmul = compile(MatmulStaged{.bm = 128, .bn = 192, .bk = 64, .depth = 3}, {}, "sm_90a");
    matmul.run(default_device(), a, b, c);

    const EntryReport &entry = matmul.report().entries.front();
    return example::report("matmul_hopper_staged",
                           std::string(Schedule::name_of(matmul.schedule().mma_atom.value())) + ", " +
                               std::to_string(entry.threads) + " threads, " + std::to_string(entry.shared_bytes) +
                               " bytes of shared memory",
                           example::largest_error(c, example::matmul(a, b)), example::bf16_bound);
  });
}
