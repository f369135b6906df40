// Attention forward on Hopper: two products with a softmax between them. The scores stay in registers, where the second
// product takes them from; keys and values are brought by a producer warpgroup.

#include "check.hpp"
#include "kernels/attention.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    HostTensor q = host_tensor<bf16>({200, 64}, Fill::normal, 1);
    HostTensor k = host_tensor<bf16>({200, 64}, Fill::normal, 2);
    HostTensor v = host_tensor<bf16>({200, 64}, Fill::normal, 3);
    const float scale = static_cast<float>(1 / std::sqrt(64.0) / std::log(2.0));

    int code = 0;
    for (bool causal : {false, true}) {
      Compiled attention = compile(Attention{.bm = 128, .bn = 128, .d = 64, .causal = causal}, {}, "sm_90a");
      HostTensor o = host_tensor<bf16>({200, 64});
      attention.run(default_device(), q, k, v, o, scale);
      code |= example::report("attention", causal ? "causal, 200 x 200, d 64" : "200 x 200, d 64",
                              example::largest_error(o, example::attention(q, k, v, scale, causal)),
                              2 * example::bf16_bound);
    }
    return code;
  });
}
