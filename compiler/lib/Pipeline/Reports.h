// What an artifact says about its kernel beside code.

#ifndef TILEWRIGHT_LIB_PIPELINE_REPORTS_H
#define TILEWRIGHT_LIB_PIPELINE_REPORTS_H

#include "tilewright/Dialect/Sched/IR/Sched.h"
#include "tilewright/compiler/compile.h"

namespace tilewright {

/// The full schedule of a kernel as JSON: the fields of a Schedule, all set, and the kernel's members.
std::string scheduleJson(tile::KernelOp kernel);
/// The shared buffers of a kernel with their offsets.
std::vector<tw::rt::LineMap::SharedBuffer> sharedBuffers(tile::KernelOp kernel);
/// The assembler's report as JSON.
std::string reportJson(const ResourceReport &report);

} // namespace tilewright

#endif
