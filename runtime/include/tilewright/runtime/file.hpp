// Whole files in and out; a written file appears complete or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tilewright/runtime/error.hpp"

namespace tw::rt {

/// All bytes of a regular file. Codes: "file.read".
Result<std::vector<std::byte>> read_file(const std::string &path);
/// Writes a temporary file in the same folder, syncs it and renames it to `path`; what exists and is no regular file (a
/// device, a pipe) is written to directly. Codes: "file.write".
Status write_file(const std::string &path, std::span<const std::byte> bytes);

} // namespace tw::rt
