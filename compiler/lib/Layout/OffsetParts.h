// Splitting offsets so that constants become immediate operands: shared by the access planners.
#ifndef TILEWRIGHT_LIB_LAYOUT_OFFSETPARTS_H
#define TILEWRIGHT_LIB_LAYOUT_OFFSETPARTS_H

#include "tilewright/Layout/AccessPlan.h"

namespace tilewright::layout {

/// The bits that the XOR part of some thread may set.
uint32_t xorMask(const ThreadOffsets &thread);

/// A constant with the XOR bits outside `mask` moved to the add part: nothing else sets them, so adding does the same.
Offset foldIntoAdd(Offset offset, uint32_t mask);

/// The part of the offsets that depends on the thread.
ThreadOffsets threadOffsets(const Distributed &layout, const Memory &memory);

/// planAccess where the thread's part is another one.
AccessPlan planAccess(ThreadOffsets thread, const Distributed &layout, const Memory &memory, int elementBytes,
                      int maxVectorBytes);

} // namespace tilewright::layout

#endif
