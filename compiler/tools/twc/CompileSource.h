// One compilation as the tool runs it: options from the command line, bugs of ours with a repro.

#ifndef TILEWRIGHT_TOOLS_TWC_COMPILESOURCE_H
#define TILEWRIGHT_TOOLS_TWC_COMPILESOURCE_H

#include "Source.h"

namespace tilewright::twc {

/// What of a compilation is needed.
struct Needs {
  bool cubin = false; ///< Compiled::assemblerMessage says why there is none
  bool texts = false; ///< the sched dialect and LLVM IR
};

/// Compiles a source, or takes over an artifact that holds what is needed already. An artifact is compiled again, with
/// its own schedule and target unless others are given, when they are or when texts are needed. Faults: those of
/// `compile`; of class internal with the folder of a repro; "E-schedule-json" if a schedule names other members than a
/// module has.
rt::Result<Compiled> compileSource(const Source &source, const Options &options, const Schedule &schedule, Needs needs);

/// The options of a compilation as a bug report needs them.
std::string describeOptions(const Options &options, const Source &source, const Schedule &schedule);

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_COMPILESOURCE_H
