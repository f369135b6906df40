// tw-run: runs artifacts on a GPU, checks and times them; needs a driver and nothing else.
#include <charconv>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/npy.hpp"
#include "tilewright/runtime/run.hpp"

namespace {

using namespace tw::rt;

constexpr const char *help = R"(usage: tw-run ARTIFACT... [--arg SPEC]... [options]
runs each artifact with the arguments, on a GPU; no compiler is needed.
  --arg SPEC               an argument: FILE.npy, 3, 7i64, 0.5f32, or TYPE[DIMSxDIMS]{STRIDE,..}:FILL@SEED
                           with FILL one of zeros ones iota ints normal nan
  --device cuda[:N]        the GPU to use (default cuda:0)
  --variant N              use variant N of the launch rule
  --expect I=FILE.npy      argument I must hold this afterwards
  --expect-digest I=HEX    the same, as the SHA-256 of its elements
  --tolerance ABS[,REL]    allowed error of --expect (default 0: equal)
  --out I=FILE.npy         write argument I afterwards (one artifact only)
  --time [--repeat N]      measure N launches (default 20) after 3 to warm up
  --json                   one JSON object on standard output
exit codes: 0 ok, 1 mismatch or error in the input, 2 usage, 3 our bug, 4 not possible on this machine
)";

struct Options {
  std::vector<std::string> artifacts, arguments;
  std::vector<std::pair<int, std::string>> outputs;
  std::string device = "cuda";
  RunRequest request;
  bool json = false, help = false;
};

Fault usage(std::string what, std::string fix = "see tw-run --help") {
  return make_fault(FaultClass::usage, "tw-run.usage", {"tw-run", std::move(what), {}, std::move(fix)});
}

template <class T> bool parse_number(std::string_view text, T &out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// "I=VALUE".
Result<std::pair<int, std::string>> parse_indexed(const std::string &flag, const std::string &text) {
  const std::size_t equals = text.find('=');
  int index = -1;
  if (equals == std::string::npos || !parse_number(std::string_view(text).substr(0, equals), index) || index < 0 ||
      equals + 1 == text.size())
    return usage(flag + " takes INDEX=VALUE, not '" + text + "'",
                 "give the argument's number, as in " + flag + " 2=c.npy");
  return std::pair(index, text.substr(equals + 1));
}

Status parse_tolerance(const std::string &text, Tolerance &tolerance) {
  const std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view view = text;
  if (!parse_number(view.substr(0, comma), tolerance.absolute) || !(tolerance.absolute >= 0) ||
      (comma < text.size() &&
       (!parse_number(view.substr(comma + 1), tolerance.relative) || !(tolerance.relative >= 0))))
    return usage("--tolerance takes ABS[,REL], not '" + text + "'");
  return {};
}

Status parse_value(const std::string &flag, const std::string &value, Options &options) {
  if (flag == "--arg") {
    options.arguments.push_back(value);
  } else if (flag == "--device") {
    options.device = value;
  } else if (flag == "--tolerance") {
    return parse_tolerance(value, options.request.tolerance);
  } else if (flag == "--variant" || flag == "--repeat") {
    int &number = flag == "--variant" ? options.request.variant : options.request.repeat;
    const int lowest = flag == "--variant" ? 0 : 1;
    if (!parse_number(std::string_view(value), number) || number < lowest)
      return usage(flag + " takes a whole number from " + std::to_string(lowest) + ", not '" + value + "'");
  } else {
    Result<std::pair<int, std::string>> indexed = parse_indexed(flag, value);
    if (!indexed) return indexed.fault();
    auto &[index, text] = *indexed;
    if (flag == "--out") {
      options.outputs.push_back(*indexed);
    } else if (flag == "--expect") {
      options.request.expectations.push_back({index, text, {}});
    } else {
      if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != std::string::npos)
        return usage("--expect-digest takes 64 lower-case hex digits, not '" + text + "'");
      options.request.expectations.push_back({index, {}, text});
    }
  }
  return {};
}

Result<Options> parse(const std::vector<std::string> &words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (word == "--help" || word == "-h") {
      options.help = true;
    } else if (word == "--time") {
      options.request.time = true;
    } else if (word == "--json") {
      options.json = true;
    } else if (word.rfind("--", 0) != 0) {
      options.artifacts.push_back(word);
    } else {
      // Both "--flag value" and "--flag=value"; the value may hold further '='.
      const std::size_t equals = word.find('=');
      const std::string flag = word.substr(0, equals);
      bool known = false;
      for (const char *name :
           {"--arg", "--device", "--tolerance", "--variant", "--repeat", "--expect", "--expect-digest", "--out"})
        known |= flag == name;
      if (!known) return usage("unknown option '" + flag + "'");
      if (equals == std::string::npos && i + 1 == words.size()) return usage(flag + " needs a value");
      if (Status s = parse_value(flag, equals == std::string::npos ? words[++i] : word.substr(equals + 1), options); !s)
        return s.fault();
    }
  }
  if (options.artifacts.empty() && !options.help) return usage("no artifact is given");
  if (options.artifacts.size() > 1 && !options.outputs.empty())
    return usage("--out with several artifacts would write one file several times", "run the artifacts one by one");
  return options;
}

Result<std::unique_ptr<Device>> open_device(const std::string &name) {
  int index = 0;
  if (name == "cuda") return open_cuda_device(0);
  if (name.rfind("cuda:", 0) == 0 && parse_number(std::string_view(name).substr(5), index))
    return open_cuda_device(index);
  if (name == "emulator" || name == "cpu")
    return make_fault(FaultClass::unsupported, "tw-run.device",
                      {"tw-run", "there is no device '" + name + "' in this tool", "it holds the CUDA device only",
                       name == "emulator" ? "run the PTX with tw-emu, or the kernel with twc run --device emulator"
                                          : "run the kernel with twc run --device cpu"});
  return usage("unknown device '" + name + "'", "use cuda or cuda:N");
}

// Runs one artifact and prints what came of it; `json` collects the object instead.
Status run_one(Device &device, const Options &options, const std::string &path, const Artifact &artifact,
               std::string &json, bool &ok) {
  std::vector<HostArgument> arguments;
  for (const std::string &spec : options.arguments) {
    Result<HostArgument> argument = make_argument(spec);
    if (!argument) return argument.fault();
    arguments.push_back(std::move(*argument));
  }
  for (const auto &[index, file] : options.outputs)
    if (static_cast<std::size_t>(index) >= arguments.size() || !std::holds_alternative<HostTensor>(arguments[index]))
      return usage("--out " + std::to_string(index) + "=" + file + " names no tensor argument",
                   "arguments are counted from 0");
  Result<RunOutcome> outcome = run_artifact(device, artifact, std::move(arguments), options.request);
  if (!outcome) return outcome.fault();
  ok &= outcome->ok();
  for (const auto &[index, file] : options.outputs)
    if (Status s = write_npy(file, std::get<HostTensor>(outcome->arguments[index])); !s) return s;
  if (options.json) {
    json += (json.empty() ? "" : ",") + to_json(*outcome, artifact);
    return {};
  }
  std::printf("%s: kernel '%s', variant '%s': %s\n", path.c_str(), artifact.kernel.c_str(), outcome->variant.c_str(),
              outcome->ok() ? "ok" : "MISMATCH");
  for (const CheckOutcome &c : outcome->checks)
    std::printf("  argument %d: %s: %s\n", c.argument, c.ok ? "ok" : "MISMATCH", c.message.c_str());
  if (outcome->time)
    std::printf("  time: median %.2f us, p10 %.2f, p90 %.2f, over %d launches\n", outcome->time->median,
                outcome->time->p10, outcome->time->p90, outcome->time->repeat);
  return {};
}

// 0, or the exit code of the fault that ended it.
Result<int> run(const Options &options) {
  // Specs and artifacts are checked before a device is looked for: their errors do not depend on the machine.
  for (const std::string &spec : options.arguments)
    if (Result<ArgumentSpec> parsed = parse_argument_spec(spec); !parsed) return parsed.fault();
  std::vector<Artifact> artifacts;
  for (const std::string &path : options.artifacts) {
    Result<Artifact> artifact = read_artifact(path);
    if (!artifact) return artifact.fault();
    artifacts.push_back(std::move(*artifact));
  }
  Result<std::unique_ptr<Device>> device = open_device(options.device);
  if (!device) return device.fault();
  std::string json;
  bool ok = true;
  for (std::size_t i = 0; i < artifacts.size(); ++i)
    if (Status s = run_one(**device, options, options.artifacts[i], artifacts[i], json, ok); !s) return s.fault();
  // The device's description comes from the driver and holds no quotes or control characters.
  if (options.json)
    std::printf("{\"device\":\"%s\",\"ok\":%s,\"runs\":[%s]}\n", (*device)->describe().c_str(), ok ? "true" : "false",
                json.c_str());
  return ok ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) try {
  const Result<Options> options = parse({argv + 1, argv + argc});
  if (options && options->help) {
    std::fputs(help, stdout);
    return 0;
  }
  const Result<int> result = options ? run(*options) : Result<int>(options.fault());
  if (result) return *result;
  std::fprintf(stderr, "%s\n", result.fault().message.c_str());
  return result.fault().exit_code();
} catch (const std::exception &error) {
  std::fprintf(stderr, "tw-run: error: this is our bug: %s\n  fix: report it with the command line and the artifact\n",
               error.what());
  return 3;
}
