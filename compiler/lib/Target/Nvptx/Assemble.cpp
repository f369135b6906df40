// Runs ptxas on a private temporary folder and reads what it made.
#include "tilewright/Target/Nvptx/Assemble.h"

#include "tilewright/Target/ChildProcess.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdlib.h>
#include <unistd.h>

namespace tilewright {
namespace {

namespace fs = std::filesystem;

/// A folder that only this user can enter (mkdtemp makes it with mode 0700), removed with all it holds.
class PrivateFolder {
public:
  PrivateFolder() {
    std::error_code error;
    fs::path base = fs::temp_directory_path(error);
    if (error) {
      errno = error.value();
      return;
    }
    std::string pattern = (base / "tilewright-XXXXXX").string();
    if (mkdtemp(pattern.data())) path = pattern;
  }
  ~PrivateFolder() {
    std::error_code error;
    if (!path.empty()) fs::remove_all(path, error);
  }
  PrivateFolder(const PrivateFolder &) = delete;
  PrivateFolder &operator=(const PrivateFolder &) = delete;

  fs::path path;
};

Failure filesFailure(const std::string &what) {
  return Failure{FaultClass::Limit, "E-asm-files",
                 "error: cannot " + what + " for the assembler: " + std::strerror(errno) +
                     "\n  fix: free space in the temporary folder, or let TMPDIR name another"};
}

bool writeFile(const fs::path &path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  return file.good();
}

std::vector<std::string> commandLine(const Assembler &assembler, const TargetInfo &target,
                                     const AssembleOptions &options, const fs::path &folder) {
  std::vector<std::string> arguments = {assembler.path,
                                        "-v",
                                        "--warn-on-spills",
                                        "--warn-on-local-memory-usage",
                                        "--gpu-name=" + std::string(target.cpu),
                                        "-O" + std::to_string(options.optimizationLevel)};
  if (options.lineInfo) arguments.push_back("-lineinfo");
  arguments.push_back("-o");
  arguments.push_back((folder / "kernel.cubin").string());
  arguments.push_back((folder / "kernel.ptx").string());
  return arguments;
}

std::string indented(const std::string &text, const std::string &folder) {
  std::string result = "  ";
  for (std::size_t at = 0; at < text.size(); ++at) {
    // The name of the temporary folder says nothing to anybody.
    if (text.compare(at, folder.size() + 1, folder + "/") == 0) {
      at += folder.size();
      continue;
    }
    result += text[at];
    if (text[at] == '\n' && at + 1 < text.size()) result += "  ";
  }
  while (!result.empty() && (result.back() == '\n' || result.back() == ' ')) result.pop_back();
  return result;
}

Failure childFailure(const nvptx::ChildResult &child, const Assembler &assembler, const TargetInfo &target,
                     const AssembleOptions &options, const fs::path &folder) {
  using End = nvptx::ChildResult::End;
  std::string output = child.output.empty() ? "" : "\n" + indented(child.output.substr(0, 8000), folder.string());
  switch (child.end) {
  case End::NotStarted:
    return {FaultClass::Limit, "E-asm-start",
            "error: the assembler '" + assembler.path + "' does not start: " + std::strerror(child.code) +
                "\n  fix: let TILEWRIGHT_PTXAS name a working ptxas"};
  case End::TimedOut:
    return {FaultClass::Limit, "E-asm-timeout",
            "error: the assembler took longer than " + std::to_string(options.timeout.count()) + " ms for " +
                std::string(target.name) + " and was stopped" + output +
                "\n  fix: choose smaller tiles, or a longer time limit"};
  case End::Signalled:
    return {FaultClass::Internal, "E-asm-crashed",
            "error: the assembler '" + assembler.path + "' (" + assembler.identity + ") crashed with signal " +
                std::to_string(child.code) + output + "\n  fix: try another version of the assembler"};
  case End::Exited: break;
  }
  return {
      FaultClass::Internal, "E-asm-rejected",
      "error: the assembler (" + assembler.identity + ") rejected the PTX for " + std::string(target.name) + output +
          "\n  fix: check inline PTX of the kernel; without any, this is a bug of the compiler, or the assembler is "
          "older than the PTX"};
}

} // namespace

Result<AssembledCubin> assemble(std::string_view ptx, const TargetInfo &target, const Assembler &assembler,
                                const AssembleOptions &options) {
  auto start = std::chrono::steady_clock::now();
  PrivateFolder folder;
  if (folder.path.empty()) return filesFailure("make a temporary folder");
  if (!writeFile(folder.path / "kernel.ptx", ptx)) return filesFailure("write the PTX");

  nvptx::ChildResult child = nvptx::runChild(commandLine(assembler, target, options, folder.path), options.timeout);
  if (child.end != nvptx::ChildResult::End::Exited || child.code != 0)
    return childFailure(child, assembler, target, options, folder.path);

  AssembledCubin result;
  std::ifstream file(folder.path / "kernel.cubin", std::ios::binary);
  result.cubin.assign(std::istreambuf_iterator<char>(file), {});
  if (result.cubin.empty()) return childFailure(child, assembler, target, options, folder.path);
  result.report = parseResourceReport(child.output);
  result.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return result;
}

} // namespace tilewright
