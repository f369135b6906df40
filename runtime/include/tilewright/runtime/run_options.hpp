// Command-line options of the tools that run kernels: tw-run and twc run take arguments and check results alike.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/run.hpp"

namespace tw::rt {

/// One word of a command line: an option with its value (empty for a switch), or, with an empty flag, a plain word.
struct CommandWord {
  std::string flag, value;
};

/// The options a tool knows, each with its dashes; `tool` is what messages call it.
struct CommandSyntax {
  std::string tool;
  std::vector<std::string_view> switches, valued;
};

/// Splits a command line: "--flag value" and "--flag=value" are alike. Code "TOOL.usage": unknown options, missing
/// values, values of switches.
Result<std::vector<CommandWord>> split_command_line(const std::vector<std::string> &words, const CommandSyntax &syntax);

/// A fault of class usage and code "TOOL.usage".
Fault usage_fault(const std::string &tool, std::string what, std::string fix = {});

/// Reads the whole of `text` as a number; false when it is none.
template <class T> bool parse_number(std::string_view text, T &out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// What a kernel runs with, and what becomes of its results.
struct RunOptions {
  std::vector<std::string> arguments;               ///< argument specs
  std::vector<std::pair<int, std::string>> outputs; ///< argument and .npy file
  RunRequest request;
};

/// The options `take_run_option` knows: --arg, --variant, --repeat, --tolerance, --out, --expect, --expect-digest.
inline constexpr std::string_view run_option_names[] = {"--arg", "--variant", "--repeat",       "--tolerance",
                                                        "--out", "--expect",  "--expect-digest"};

/// Adds one option; the value is checked, no file is read. Codes: "TOOL.usage", and those of `parse_argument_spec`.
Status take_run_option(RunOptions &options, const std::string &tool, const std::string &flag, const std::string &value);

/// Makes the arguments: reads the files, fills the tensors. Codes: those of `make_argument`, and "TOOL.usage" when an
/// output names no tensor argument.
Result<std::vector<HostArgument>> make_arguments(const RunOptions &options, const std::string &tool);

/// Writes the outputs after a run.
Status write_outputs(const RunOptions &options, const RunOutcome &outcome);

/// Lines for people about the checks and times of a run, each indented and ended by a new line.
std::string to_text(const RunOutcome &outcome);

} // namespace tw::rt
