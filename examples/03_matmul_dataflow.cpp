// Matrix product as blocks and maths: the compiler stages, pipelines and picks instructions, and says what it chose.

#include "check.hpp"
#include "kernels/matmul.hpp"
#include "reference.hpp"

int main() {
  return example::guarded([] {
    using namespace tw;
    HostTensor a = host_tensor<bf16>({257, 65}, Fill::normal, 1); // sizes that fit no block and no vector
    HostTensor b = host_tensor<bf16>({65, 129}, Fill::normal, 2);
    HostTensor c = host_tensor<bf16>({257, 129});

    Compiled matmul = compile(Matmul{});
    matmul.run(default_device(), a, b, c);

    return example::report("matmul", "257 x 129 x 65, " + matmul.schedule().to_cpp(),
                           example::largest_error(c, example::matmul(a, b)), example::bf16_bound);
  });
}
