// Softmax of rows: reductions, and elements outside the tensor that count as -infinity.

#include "check.hpp"
#include "kernels/row_softmax.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    HostTensor x = host_tensor<f32>({37, 1000}, Fill::normal, 1);
    HostTensor y = host_tensor<f32>({37, 1000});

    // The kernel's members are part of what is compiled: four rows for each block, at most 1024 columns.
    auto softmax = jit(RowSoftmax{.rows = 4, .columns = 1024});
    softmax(x, y);

    return example::report("row_softmax", "37 x 1000", example::largest_error(y, example::row_softmax(x)), 1e-6);
  });
}
