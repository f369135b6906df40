// Command-line options of the tools that run kernels.
#include "tilewright/runtime/run_options.hpp"

#include <algorithm>
#include <cstdio>

#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/npy.hpp"

namespace tw::rt {
namespace {

bool contains(const std::vector<std::string_view> &names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "I=VALUE".
Result<std::pair<int, std::string>> parse_indexed(const std::string &tool, const std::string &flag,
                                                  const std::string &text) {
  const std::size_t equals = text.find('=');
  int index = -1;
  if (equals == std::string::npos || !parse_number(std::string_view(text).substr(0, equals), index) || index < 0 ||
      equals + 1 == text.size())
    return usage_fault(tool, flag + " takes INDEX=VALUE, not '" + text + "'",
                       "give the argument's number, as in " + flag + " 2=c.npy");
  return std::pair(index, text.substr(equals + 1));
}

Status parse_tolerance(const std::string &tool, const std::string &text, Tolerance &tolerance) {
  const std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view view = text;
  if (!parse_number(view.substr(0, comma), tolerance.absolute) || !(tolerance.absolute >= 0) ||
      (comma < text.size() &&
       (!parse_number(view.substr(comma + 1), tolerance.relative) || !(tolerance.relative >= 0))))
    return usage_fault(tool, "--tolerance takes ABS[,REL], not '" + text + "'");
  return {};
}

Status take_number(const std::string &tool, const std::string &flag, const std::string &value, int lowest,
                   int &number) {
  if (parse_number(std::string_view(value), number) && number >= lowest) return {};
  return usage_fault(tool, flag + " takes a whole number from " + std::to_string(lowest) + ", not '" + value + "'");
}

} // namespace

Fault usage_fault(const std::string &tool, std::string what, std::string fix) {
  return make_fault(FaultClass::usage, tool + ".usage",
                    {tool, std::move(what), {}, fix.empty() ? "see " + tool + " --help" : std::move(fix)});
}

Result<std::vector<CommandWord>> split_command_line(const std::vector<std::string> &words,
                                                    const CommandSyntax &syntax) {
  std::vector<CommandWord> split;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string &word = words[i];
    if (word.size() < 2 || word[0] != '-') {
      split.push_back({"", word});
      continue;
    }
    // The value may hold further '='.
    const std::size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    if (contains(syntax.switches, flag)) {
      if (equals != std::string::npos) return usage_fault(syntax.tool, flag + " takes no value");
      split.push_back({flag, ""});
    } else if (contains(syntax.valued, flag)) {
      if (equals == std::string::npos && i + 1 == words.size())
        return usage_fault(syntax.tool, flag + " needs a value");
      split.push_back({flag, equals == std::string::npos ? words[++i] : word.substr(equals + 1)});
    } else {
      return usage_fault(syntax.tool, "unknown option '" + flag + "'");
    }
  }
  return split;
}

Status take_run_option(RunOptions &options, const std::string &tool, const std::string &flag,
                       const std::string &value) {
  if (flag == "--arg") {
    if (Result<ArgumentSpec> parsed = parse_argument_spec(value); !parsed) return parsed.fault();
    options.arguments.push_back(value);
    return {};
  }
  if (flag == "--tolerance") return parse_tolerance(tool, value, options.request.tolerance);
  if (flag == "--variant") return take_number(tool, flag, value, 0, options.request.variant);
  if (flag == "--repeat") return take_number(tool, flag, value, 1, options.request.repeat);
  Result<std::pair<int, std::string>> indexed = parse_indexed(tool, flag, value);
  if (!indexed) return indexed.fault();
  const auto &[index, text] = *indexed;
  if (flag == "--out") {
    options.outputs.push_back(*indexed);
  } else if (flag == "--expect") {
    options.request.expectations.push_back({index, text, {}});
  } else {
    if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != std::string::npos)
      return usage_fault(tool, "--expect-digest takes 64 lower-case hex digits, not '" + text + "'");
    options.request.expectations.push_back({index, {}, text});
  }
  return {};
}

Result<std::vector<HostArgument>> make_arguments(const RunOptions &options, const std::string &tool) {
  std::vector<HostArgument> arguments;
  for (const std::string &spec : options.arguments) {
    Result<HostArgument> argument = make_argument(spec);
    if (!argument) return argument.fault();
    arguments.push_back(std::move(*argument));
  }
  for (const auto &[index, file] : options.outputs)
    if (static_cast<std::size_t>(index) >= arguments.size() || !std::holds_alternative<HostTensor>(arguments[index]))
      return usage_fault(tool, "--out " + std::to_string(index) + "=" + file + " names no tensor argument",
                         "arguments are counted from 0");
  return arguments;
}

Status write_outputs(const RunOptions &options, const RunOutcome &outcome) {
  for (const auto &[index, file] : options.outputs)
    if (Status s = write_npy(file, std::get<HostTensor>(outcome.arguments[index])); !s) return s;
  return {};
}

std::string to_text(const RunOutcome &outcome) {
  std::string text;
  for (const CheckOutcome &c : outcome.checks)
    text += "  argument " + std::to_string(c.argument) + ": " + (c.ok ? "ok: " : "MISMATCH: ") + c.message + "\n";
  if (outcome.time) {
    char line[160];
    std::snprintf(line, sizeof line, "  time: median %.2f us, p10 %.2f, p90 %.2f, over %d launches\n",
                  outcome.time->median, outcome.time->p10, outcome.time->p90, outcome.time->repeat);
    text += line;
  }
  return text;
}

} // namespace tw::rt
