// From PTX with line directives to PTX without, and a table of what they said.

#ifndef TILEWRIGHT_LIB_PIPELINE_LINETABLE_H
#define TILEWRIGHT_LIB_PIPELINE_LINETABLE_H

#include "tilewright/runtime/artifact.hpp"

#include <string>
#include <vector>

namespace tilewright {

/// Removes `.loc` and `.file` directives, and the labels that only they use, from `ptx`. Gives what they said: from
/// which line of the remaining text on which user line holds.
std::vector<tw::rt::LineMap::Line> takeLineTable(std::string &ptx);

} // namespace tilewright

#endif
