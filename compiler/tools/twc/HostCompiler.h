// The host compiler: from a C++ file to a shared object with its kernels.

#ifndef TILEWRIGHT_TOOLS_TWC_HOSTCOMPILER_H
#define TILEWRIGHT_TOOLS_TWC_HOSTCOMPILER_H

#include "Options.h"

#include <string>
#include <string_view>

namespace tilewright::twc {

/// A private folder for temporary files that is removed with this object.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
  TemporaryFolder(TemporaryFolder &&other) noexcept { path.swap(other.path); }
  TemporaryFolder &operator=(TemporaryFolder &&) = delete;
  ~TemporaryFolder();
  /// Makes a fresh folder under $TMPDIR, or /tmp. Fault: "file.write".
  static rt::Result<TemporaryFolder> create(std::string_view prefix);
  std::string file(const std::string &name) const { return path + "/" + name; }

private:
  std::string path;
};

/// Compiles `source` into the shared object `object` with $CXX, or g++, c++ or clang++ in PATH. Faults:
/// "E-host-compiler" (class unsupported if there is no compiler or the language's headers are missing; class user, with
/// the compiler's output, if it refuses the file). Warnings are printed to standard error.
rt::Status compileHost(const std::string &source, const std::string &object);

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_HOSTCOMPILER_H
