// The input of twc: a C++ file, a module of the tile dialect, or an artifact.

#ifndef TILEWRIGHT_TOOLS_TWC_SOURCE_H
#define TILEWRIGHT_TOOLS_TWC_SOURCE_H

#include "Options.h"

#include "tilewright/compiler/compile.h"

#include <optional>
#include <string>

namespace tilewright::twc {

/// A module as text, and what messages call it.
struct Source {
  std::string text;
  std::string name;
  std::string kernel; ///< may be empty if the module has only one
  /// Wall-clock milliseconds of the host compiler and of the trace; 0 where there was none.
  double hostCompiler = 0, trace = 0;
  /// Where `text` has members that were chosen: the trace with the kernel's own, for a kernel that does not compile
  /// with the choice.
  std::string ownText = {};
  /// What was read from a `.twa` file.
  std::optional<rt::Artifact> artifact = std::nullopt;
};

/// What --schedule says: fields for the planner, members for the trace.
struct Schedule {
  std::string file; ///< empty if none was given
  std::string text;
  ScheduleRequest request;
  Members members;
};

/// Reads a schedule file; an empty path gives an empty schedule. Faults: "file.read", "E-schedule-json".
rt::Result<Schedule> readSchedule(const std::string &path);

/// Reads a `.mlir` or `.twa` file, or compiles a `.cpp` file with the host compiler into a shared object and traces the
/// kernel that is called `options.kernel` (or the only one) with the members of the schedule and, over them, of --set;
/// the others are chosen, unless --keep-members is given.
/// Faults: "file.read", "E-host-compiler", "E-kernel", codes of the trace ("TW...."), "twc.usage", those of artifacts.
rt::Result<Source> readSource(const Options &options, const Schedule &schedule);

/// Compiles a `.cpp` file and traces its kernel, see `readSource`. With `choose`, members that are not given get what
/// the planner chooses for a compilation with these options.
rt::Result<Source> traceFile(const std::string &path, const std::string &kernel, const Members &members,
                             const CompileOptions *choose);

/// The options of a compilation as the command line and a schedule file give them.
CompileOptions compileOptionsOf(const Options &options, const Schedule &schedule);

/// A failure of the compiler as a fault of a tool; `file` goes in front where the message names no place.
rt::Fault faultOf(const Failure &failure, const std::string &file);

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_SOURCE_H
