// Where results go.

#include "Output.h"

#include "tilewright/runtime/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace tilewright::twc {

rt::Status writeText(const std::string &path, std::string_view text) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(text.data(), text.size()));
  if (!path.empty()) return rt::write_file(path, bytes);
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && std::fflush(stdout) == 0) return {};
  return rt::make_fault(
      rt::FaultClass::user, "file.write",
      {"standard output", "the result cannot be written", std::strerror(errno), "check that the disk has space"});
}

rt::Status writeBytes(const std::string &path, std::span<const std::byte> bytes) {
  if (path.empty() && ::isatty(STDOUT_FILENO))
    return rt::usage_fault("twc", "binary output does not go to a terminal", "name a file with -o PATH");
  return writeText(path, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

} // namespace tilewright::twc
