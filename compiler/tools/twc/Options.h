// The command line of twc.

#ifndef TILEWRIGHT_TOOLS_TWC_OPTIONS_H
#define TILEWRIGHT_TOOLS_TWC_OPTIONS_H

#include "tilewright/runtime/run_options.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tilewright::twc {

namespace rt = tw::rt;

/// Names and values of a kernel's members.
using Members = std::vector<std::pair<std::string, std::string>>;

/// What --emit can ask for.
enum class Form { Tile, Sched, Llvm, Ptx, Cubin, Artifact, Report, Schedule };

/// A parsed command line.
struct Options {
  enum class Command { Help, Compile, Inspect, Run };
  Command command = Command::Compile;
  std::string file;
  std::string kernel; ///< empty: the only one of the file
  Members members;    ///< of --set
  bool keepMembers = false;
  std::string scheduleFile;
  std::string target; ///< empty: the default
  Form form = Form::Ptx;
  std::string output; ///< empty: standard output
  bool json = false;
  // Of `run`.
  rt::RunOptions run;
  std::string device; ///< empty: cuda if there is a driver, else emulator
  std::uint64_t seed = 0;
  /// The words as given, for bug reports.
  std::vector<std::string> words;
};

/// The text of --help.
extern const char *const helpText;

/// Parses the words after the program's name. Faults: "twc.usage"; "twc.unsupported" for a form or flag that this
/// version does not have; those of argument specs.
rt::Result<Options> parseOptions(const std::vector<std::string> &words);

} // namespace tilewright::twc

#endif // TILEWRIGHT_TOOLS_TWC_OPTIONS_H
