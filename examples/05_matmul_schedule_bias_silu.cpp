// A product with an epilogue, and one algorithm under two schedules: the compiler's, and one given from outside.

#include "check.hpp"
#include "kernels/matmul_bias_silu.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    HostTensor x = host_tensor<bf16>({192, 128}, Fill::normal, 1);
    HostTensor w = host_tensor<bf16>({128, 160}, Fill::normal, 2);
    HostTensor bias = host_tensor<f32>({160}, Fill::normal, 3);
    const std::vector<double> want = example::matmul_bias_silu(x, w, bias, 0.125);

    const Schedule given{.stages = 4,
                         .warps = 2,
                         .mma_atom = MmaAtom::m16n8k16,
                         .rasterization = grouped(2),
                         .members = {{"bm", 32}, {"bk", 16}}};
    int code = 0;
    for (const Schedule &schedule : {Schedule{}, given}) {
      Compiled compiled = compile(MatmulBiasSilu{.bm = 64, .bn = 64, .bk = 32}, schedule);
      HostTensor y = host_tensor<bf16>({192, 160});
      compiled.run(default_device(), x, w, bias, y, 0.125);
      code |= example::report("matmul_bias_silu", compiled.schedule().to_cpp(), example::largest_error(y, want),
                              example::bf16_bound);
    }
    return code;
  });
}
