// Where results go: a file that appears whole or not at all, or standard output.

#ifndef TILEWRIGHT_TOOLS_TWC_OUTPUT_H
#define TILEWRIGHT_TOOLS_TWC_OUTPUT_H

#include "Options.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tilewright::twc {

/// Writes text to `path`, or to standard output if it is empty. Fault: "file.write".
rt::Status writeText(const std::string &path, std::string_view text);

/// The same for bytes, which do not go to a terminal: fault "twc.usage".
rt::Status writeBytes(const std::string &path, std::span<const std::byte> bytes);

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_OUTPUT_H
