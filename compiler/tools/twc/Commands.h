// The commands of twc. Each gives the exit code of a run that reached its end, or the fault that ended it.

#ifndef TILEWRIGHT_TOOLS_TWC_COMMANDS_H
#define TILEWRIGHT_TOOLS_TWC_COMMANDS_H

#include "Options.h"

namespace tilewright::twc {

/// `twc FILE --emit=FORM`.
rt::Result<int> emit(const Options &options);
/// `twc inspect FILE.twa`.
rt::Result<int> inspect(const Options &options);
/// `twc run FILE`: 1 if a result differs from what was expected or the emulator found a fault.
rt::Result<int> run(const Options &options);

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_COMMANDS_H
