// Two kernels of the examples, registered.
#include "../../../examples/kernels/matmul.hpp"
#include "../../../examples/kernels/vector_add.hpp"

tw::Kernel<Matmul> matmul{"matmul", {64, 64, 32}};
tw::Kernel<VectorAdd> vector_add{"vector_add"};
