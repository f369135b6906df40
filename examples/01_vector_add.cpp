// Adds two vectors: a kernel, a compilation, a call.

#include "check.hpp"
#include "kernels/vector_add.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    const std::int64_t n = 10'000; // no multiple of the block: the last one is partial
    HostTensor a = host_tensor<f32>({n}, Fill::normal, 1);
    HostTensor b = host_tensor<f32>({n}, Fill::normal, 2);
    HostTensor c = host_tensor<f32>({n});

    auto add = jit(VectorAdd{}); // compiles on the first call
    add(a, b, c);

    std::vector<double> sums = example::values_of(a);
    for (std::int64_t i = 0; i < n; ++i) sums[static_cast<std::size_t>(i)] += b.at(i);
    return example::report("vector_add", "10000 elements", example::largest_error(c, sums), 1e-7);
  });
}
