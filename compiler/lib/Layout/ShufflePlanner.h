// Conversions whose data stays in the warp.
#ifndef TILEWRIGHT_LIB_LAYOUT_SHUFFLEPLANNER_H
#define TILEWRIGHT_LIB_LAYOUT_SHUFFLEPLANNER_H

#include "tilewright/Layout/Conversion.h"

namespace tilewright::layout {

/// A step per register of `to`, or nothing if some element has to change its warp.
std::optional<ShufflePlan> planShuffle(const Distributed &from, const Distributed &to);

} // namespace tilewright::layout

#endif
