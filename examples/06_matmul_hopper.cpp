// The matrix product of example 03 on Hopper: the kernel stays as it is, the schedule says how it runs. Left open, the
// compiler would choose the same instruction for sm_90a; here it is asked for, and the warps and stages with it.

#include "check.hpp"
#include "kernels/matmul.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    HostTensor a = host_tensor<bf16>({200, 192}, Fill::normal, 1);
    HostTensor b = host_tensor<bf16>({192, 256}, Fill::normal, 2);
    const std::vector<double> want = example::matmul(a, b);

    int code = 0;
    for (int warps : {4, 8}) { // one computing warpgroup, or two that share the block; a producer beside them
      const Schedule schedule{.stages = 4, .warps = warps, .mma_atom = MmaAtom::wgmma};
      Compiled matmul = compile(Matmul{.bm = 128, .bn = 128 * warps / 8, .bk = 64}, schedule, "sm_90a");
      HostTensor c = host_tensor<bf16>({200, 256});
      matmul.run(default_device(), a, b, c);
      code |= example::report("matmul_hopper", matmul.schedule().to_cpp(), example::largest_error(c, want),
                              example::bf16_bound);
    }
    return code;
  });
}
