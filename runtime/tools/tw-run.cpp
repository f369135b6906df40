// tw-run: runs artifacts on a GPU, checks and times them; needs a driver and nothing else.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "tilewright/runtime/run_options.hpp"

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
  --info                   print the GPU and its driver; runs nothing
exit codes: 0 ok, 1 mismatch or error in the input, 2 usage, 3 our bug, 4 not possible on this machine
)";

const std::string tool = "tw-run";

struct Options {
  std::vector<std::string> artifacts;
  std::string device = "cuda";
  RunOptions run;
  bool json = false, info = false, help = false;
};

Result<Options> parse(const std::vector<std::string> &words) {
  CommandSyntax syntax{tool, {"--help", "-h", "--time", "--json", "--info"}, {"--device"}};
  syntax.valued.insert(syntax.valued.end(), std::begin(run_option_names), std::end(run_option_names));
  const Result<std::vector<CommandWord>> split = split_command_line(words, syntax);
  if (!split) return split.fault();
  Options options;
  for (const auto &[flag, value] : *split) {
    if (flag.empty())
      options.artifacts.push_back(value);
    else if (flag == "--help" || flag == "-h")
      options.help = true;
    else if (flag == "--time")
      options.run.request.time = true;
    else if (flag == "--json")
      options.json = true;
    else if (flag == "--info")
      options.info = true;
    else if (flag == "--device")
      options.device = value;
    else if (Status s = take_run_option(options.run, tool, flag, value); !s)
      return s.fault();
  }
  if (options.info && !options.artifacts.empty()) return usage_fault(tool, "--info takes no artifact");
  if (options.artifacts.empty() && !options.help && !options.info) return usage_fault(tool, "no artifact is given");
  if (options.artifacts.size() > 1 && !options.run.outputs.empty())
    return usage_fault(tool, "--out with several artifacts would write one file several times",
                       "run the artifacts one by one");
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
  return usage_fault(tool, "unknown device '" + name + "'", "use cuda or cuda:N");
}

// Runs one artifact and prints what came of it; `json` collects the object instead.
Status run_one(Device &device, const Options &options, const std::string &path, const Artifact &artifact,
               std::string &json, bool &ok) {
  Result<std::vector<HostArgument>> arguments = make_arguments(options.run, tool);
  if (!arguments) return arguments.fault();
  Result<RunOutcome> outcome = run_artifact(device, artifact, std::move(*arguments), options.run.request);
  if (!outcome) return outcome.fault();
  ok &= outcome->ok();
  if (Status s = write_outputs(options.run, *outcome); !s) return s;
  if (options.json) {
    json += (json.empty() ? "" : ",") + to_json(*outcome, artifact);
    return {};
  }
  std::printf("%s: kernel '%s', variant '%s': %s\n%s", path.c_str(), artifact.kernel.c_str(), outcome->variant.c_str(),
              outcome->ok() ? "ok" : "MISMATCH", to_text(*outcome).c_str());
  return {};
}

// 0, or the exit code of the fault that ended it.
Result<int> run(const Options &options) {
  // Artifacts are checked before a device is looked for: their errors do not depend on the machine.
  std::vector<Artifact> artifacts;
  for (const std::string &path : options.artifacts) {
    Result<Artifact> artifact = read_artifact(path);
    if (!artifact) return artifact.fault();
    artifacts.push_back(std::move(*artifact));
  }
  Result<std::unique_ptr<Device>> device = open_device(options.device);
  if (!device) return device.fault();
  if (options.info) std::printf("%s\n", (*device)->describe().c_str());
  std::string json;
  bool ok = true;
  for (std::size_t i = 0; i < artifacts.size(); ++i)
    if (Status s = run_one(**device, options, options.artifacts[i], artifacts[i], json, ok); !s) return s.fault();
  if (options.info) return 0;
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
