// The input of twc: a C++ file, a module of the tile dialect, or an artifact.

#ifndef TILEWRIGHT_TOOLS_TWC_SOURCE_H
#define TILEWRIGHT_TOOLS_TWC_SOURCE_H

#include "tilewright/Target/Result.h"

#include <string>
#include <utility>
#include <vector>

namespace tilewright::twc {

/// A module as text, and what messages call it.
struct Source {
  std::string text;
  std::string name;
  /// The kernel of the file, if it has one only or one was asked for; else empty.
  std::string kernel;
};

using Members = std::vector<std::pair<std::string, std::string>>;

/// Reads a `.mlir` file, or compiles a `.cpp` file with the host compiler into a shared object and traces the kernel in
/// it that is called `kernel` (or the only one), with `members` set. Codes: E-file, E-host-compiler, E-kernel, E-trace.
Result<Source> readSource(const std::string &path, const std::string &kernel, const Members &members);

} // namespace tilewright::twc

#endif
