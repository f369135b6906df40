// Happens-before paths in the text of a kernel: why an operation is needed, found without running anything.
#pragma once

#include "mutation/ptx_text.hpp"

namespace tw::emu::mutation {

/// Whether a path of program order and synchronisation leads from a statement at line `earlier` through the statement
/// `site` to one at line `later`. Program order follows branches; synchronisation leads from whatever can release or
/// complete to whatever can acquire it: block and named barriers, cluster barriers, arrivals and copies to waits of
/// mbarriers, strong writes to strong reads.
bool orderedThrough(const KernelText &kernel, int earlier, size_t site, int later);

} // namespace tw::emu::mutation
