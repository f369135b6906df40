// The options of a compilation, from the JSON text that crosses the C interface.

#ifndef TILEWRIGHT_LIB_CAPI_OPTIONS_H
#define TILEWRIGHT_LIB_CAPI_OPTIONS_H

#include "tilewright/compiler/compile.h"

#include <string_view>

namespace tilewright {

/// Reads the object that `tw_compile` takes; an empty text stands for `{}`. Unknown fields, fields of another type and
/// text that is no JSON are the failure `E-options-json`; a bad schedule is `E-schedule-json`.
Result<CompileOptions> parseOptions(std::string_view json);

} // namespace tilewright

#endif
