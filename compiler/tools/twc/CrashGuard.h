// Turns a crash into an exit code: of the user's kernel while it is traced, or of the compiler, with a folder that
// reproduces it.

#ifndef TILEWRIGHT_TOOLS_TWC_CRASHGUARD_H
#define TILEWRIGHT_TOOLS_TWC_CRASHGUARD_H

#include <string>
#include <string_view>

namespace tilewright::twc {

/// What reproduces a failure of the compiler.
struct Repro {
  std::string_view module;  ///< text of the module; becomes module.mlir
  std::string_view options; ///< becomes options.txt
};

/// Writes a repro to a fresh folder under $TMPDIR, or /tmp; returns its path, or "" when it cannot be written.
std::string writeRepro(const Repro &repro);

/// While one lives, SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT end the process with a message. One at a time.
class CrashGuard {
public:
  /// The code that runs is the user's: exit code 1; `file` is named.
  explicit CrashGuard(const std::string &file);
  /// The code that runs is ours: exit code 3; the repro is written and its folder named. What `repro` views
  /// must outlive the guard.
  explicit CrashGuard(const Repro &repro);
  ~CrashGuard();
  CrashGuard(const CrashGuard &) = delete;
  CrashGuard &operator=(const CrashGuard &) = delete;
};

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_CRASHGUARD_H
