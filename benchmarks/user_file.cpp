// What a user writes to describe a kernel, for the time its check takes.

#include <tilewright/tilewright.hpp>

#include "kernels/matmul.hpp"

tw::Kernel<Matmul> matmul{"matmul"};
