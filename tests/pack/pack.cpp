// tilewright_pack: writes a folder that checks our kernels on a machine with a CUDA driver and nothing else.
#include "cases.hpp"
#include "evaluate.hpp"

#include "tilewright/Target/Nvptx/Assemble.h"
#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/npy.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace {

namespace fs = std::filesystem;
using namespace tw::rt;

constexpr const char *help = R"(usage: tilewright_pack FOLDER --tool TW_RUN --script RUN_SH [--quick]
writes into FOLDER: tw-run, run.sh, the artifacts, what is expected of them, and the list of cases.
  --quick    for a GPU that is emulated: only the cases that are small enough, and no cubins
)";

constexpr std::uintmax_t most_tool_bytes = 2'000'000, most_bytes = 50'000'000;

struct Options {
  fs::path folder, tool, script;
  bool quick = false;
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

// The words of a case's line that say what must come out; expected tensors are written on the way.
std::string expectations(const Options &options, const pack::KernelCases &kernel, const pack::Case &one,
                         const std::vector<HostArgument> &arguments) {
  std::string words;
  for (int output : one.outputs) {
    const auto &tensor = std::get<HostTensor>(arguments[output]);
    if (!one.tolerance) {
      words += " --expect-digest " + std::to_string(output) + "=" + tensor_digest(tensor);
      continue;
    }
    const std::string file = "expected/" + kernel.name + "-" + one.size + "-" + std::to_string(output) + ".npy";
    write_npy(options.folder / file, tensor).check();
    words += " --expect " + std::to_string(output) + "=" + file;
  }
  if (one.tolerance) words += " --tolerance " + number(one.tolerance->absolute) + "," + number(one.tolerance->relative);
  return words;
}

std::string words_of(const Options &options, const pack::KernelCases &kernel, const pack::Case &one,
                     const std::string &entry) {
  std::string words;
  std::vector<HostArgument> arguments;
  for (const std::string &spec : one.arguments) {
    words += " --arg " + spec;
    arguments.push_back(make_argument(spec).value());
  }
  if (one.reference) {
    one.reference(arguments);
  } else if (std::string message = execution::evaluate(kernel.module, entry, arguments); !message.empty()) {
    throw std::runtime_error(kernel.name + " " + one.size + ": " + message);
  }
  return words.substr(1) + expectations(options, kernel, one, arguments);
}

// Writes a kernel's artifacts, and a line for each case and target: kernel, size, target, set, artifact and options.
void add_kernel(const Options &options, const pack::KernelCases &kernel, std::ofstream &list, int &cases) {
  const bool none = std::none_of(kernel.cases.begin(), kernel.cases.end(), [](const pack::Case &c) { return c.quick; });
  if (options.quick && none) return;
  std::string entry;
  for (const std::string &target : kernel.targets) {
    auto compiled = tilewright::compile(kernel.module, kernel.name,
                                        {.target = target, .schedule = kernel.schedule, .assemble = !options.quick});
    if (!compiled) throw std::runtime_error(kernel.name + " for " + target + ": " + compiled.failure().message);
    entry = compiled->artifact.kernel;
    write_artifact(options.folder / "artifacts" / (kernel.name + "." + target + ".twa"), compiled->artifact).check();
  }
  for (const pack::Case &one : kernel.cases) {
    if (options.quick && !one.quick) continue;
    const std::string words = words_of(options, kernel, one, entry);
    for (const std::string &target : kernel.targets) {
      list << kernel.name << '\t' << one.size << '\t' << target << '\t' << (one.quick ? "quick" : "full")
           << "\tartifacts/" << kernel.name << '.' << target << ".twa " << words << '\n';
      ++cases;
    }
  }
}

// Returns the bytes of the pack so far.
std::uintmax_t check_sizes(const Options &options) {
  std::uintmax_t bytes = 0;
  for (const auto &entry : fs::recursive_directory_iterator(options.folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  if (fs::file_size(options.folder / "tw-run") >= most_tool_bytes)
    throw std::runtime_error("tw-run is larger than 2 MB");
  if (bytes >= most_bytes) throw std::runtime_error("the pack is larger than 50 MB");
  return bytes;
}

void write_pack(const Options &options) {
  if (fs::exists(options.folder) && !fs::is_empty(options.folder))
    throw std::runtime_error(options.folder.string() +
                             " is there and not empty\n  fix: remove it, or name another folder");
  fs::create_directories(options.folder / "artifacts");
  fs::create_directories(options.folder / "expected");
  if (auto assembler = tilewright::findAssembler(); !assembler && !options.quick)
    std::printf("no cubins, the driver will compile the PTX: %s\n", assembler.failure().message.c_str());
  fs::copy_file(options.tool, options.folder / "tw-run");
  fs::copy_file(options.script, options.folder / "run.sh");
  for (const char *file : {"tw-run", "run.sh"}) fs::permissions(options.folder / file, fs::perms{0755});
  check_sizes(options);
  std::ofstream list;
  list.exceptions(std::ios::badbit | std::ios::failbit);
  list.open(options.folder / "cases");
  int cases = 0;
  for (auto kernels : {pack::example_kernels, pack::product_kernels, pack::operation_kernels})
    for (const pack::KernelCases &kernel : kernels()) add_kernel(options, kernel, list, cases);
  list.close();
  std::printf("%s: %d cases, %.1f MB\n", options.folder.c_str(), cases, check_sizes(options) / 1e6);
}

} // namespace

int main(int argc, char **argv) try {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick")
      options.quick = true;
    else if (word == "--tool" && i + 1 < argc)
      options.tool = argv[++i];
    else if (word == "--script" && i + 1 < argc)
      options.script = argv[++i];
    else if (options.folder.empty() && word[0] != '-')
      options.folder = word;
    else
      return std::fputs(help, stderr), 2;
  }
  if (options.folder.empty() || options.tool.empty() || options.script.empty()) return std::fputs(help, stderr), 2;
  write_pack(options);
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "tilewright_pack: error: %s\n", error.what());
  return 1;
}
