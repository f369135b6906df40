// A child process without a shell, with its output captured and a time limit.
#ifndef TILEWRIGHT_TARGET_CHILDPROCESS_H
#define TILEWRIGHT_TARGET_CHILDPROCESS_H

#include <chrono>
#include <string>
#include <vector>

namespace tilewright::nvptx {

/// How a child process ended.
struct ChildResult {
  enum class End { Exited, Signalled, TimedOut, NotStarted };
  End end = End::NotStarted;
  /// Exit status, signal number, or errno of a failed start.
  int code = 0;
  /// Standard output and standard error, interleaved as written; cut off after 4 MiB.
  std::string output;
};

/// Runs `arguments` (the first is the path of the program) with standard input closed and waits for its end. On
/// time-out the process and the group it leads are killed. No signal can reach this process through its pipe.
ChildResult runChild(const std::vector<std::string> &arguments, std::chrono::milliseconds timeout);

} // namespace tilewright::nvptx

#endif // TILEWRIGHT_TARGET_CHILDPROCESS_H
