// The example kernels whose emitted PTX the mutation harness changes.
#include "../../../examples/kernels/matmul.hpp"
#include "../../../examples/kernels/matmul_staged.hpp"

tw::Kernel<MatmulStaged> staged{"staged", {64, 64, 32, 3}};
tw::Kernel<Matmul> dataflow{"dataflow", {64, 64, 32}};
