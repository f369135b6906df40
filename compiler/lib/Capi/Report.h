// What is told about a compilation beside its artifact.

#ifndef TILEWRIGHT_LIB_CAPI_REPORT_H
#define TILEWRIGHT_LIB_CAPI_REPORT_H

#include "tilewright/c/compiler.h"
#include "tilewright/compiler/compile.h"

#include <array>
#include <string>
#include <vector>

namespace tilewright {

/// The entries that the launch rule starts, variant by variant; names point into `compiled`.
std::vector<tw_entry_resources> entriesOf(const Compiled &compiled);

/// Remarks of the passes, notes of the assembler, and why there is no cubin.
std::vector<std::string> remarksOf(const Compiled &compiled);

/// A field of the schedule or a member of the kernel: name, type, value, as `tw_compilation_schedule` gives them.
using ScheduleField = std::array<std::string, 3>;
std::vector<ScheduleField> scheduleFieldsOf(const Compiled &compiled);

/// All of it as JSON.
std::string reportOf(const Compiled &compiled);

} // namespace tilewright

#endif
