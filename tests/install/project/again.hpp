// Includes the language a second time, as the headers of most kernels do.
#pragma once

#include <tilewright/tilewright.hpp>
