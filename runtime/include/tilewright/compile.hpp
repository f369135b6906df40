// Compiling kernels in the process that uses them: the language, the compiler and the runtime, in one header.
#pragma once

#include "tilewright/api/compile.hpp"
#include "tilewright/api/jit.hpp"
#include "tilewright/tilewright.hpp"
