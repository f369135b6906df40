// The language of Tilewright: the one header that a file with kernels includes.
#pragma once

#include "tilewright/control/blocks.hpp"
#include "tilewright/control/pipelined.hpp"
#include "tilewright/control/range.hpp"
#include "tilewright/control/when.hpp"
#include "tilewright/ops/cast.hpp"
#include "tilewright/ops/create.hpp"
#include "tilewright/ops/mma.hpp"
#include "tilewright/trace/trace.hpp"
#include "tilewright/types/fragment.hpp"
#include "tilewright/types/shared.hpp"
#include "tilewright/types/tensor.hpp"
