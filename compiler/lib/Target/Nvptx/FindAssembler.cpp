// Looks for ptxas where toolkits and Python packages put it.
#include "tilewright/Target/ChildProcess.h"
#include "tilewright/Target/Nvptx/Assemble.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace tilewright {
namespace {

namespace fs = std::filesystem;

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

bool isProgram(const fs::path &path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::vector<fs::path> pathFolders() {
  std::vector<fs::path> folders;
  std::string text = environment("PATH");
  for (std::size_t start = 0; start <= text.size();) {
    std::size_t end = std::min(text.find(':', start), text.size());
    // A relative entry would make the result depend on the current folder.
    if (end > start && text[start] == '/') folders.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return folders;
}

/// Sub-folders of `folder` whose name starts with `prefix`, sorted, none when it cannot be read.
std::vector<fs::path> foldersIn(const fs::path &folder, const std::string &prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().starts_with(prefix)) found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

/// nvidia-cuda-nvcc and its like: PREFIX/lib/pythonX.Y/{site,dist}-packages/nvidia/NAME/bin/ptxas.
fs::path inPythonPackages(const fs::path &prefix) {
  for (const fs::path &python : foldersIn(prefix / "lib", "python3"))
    for (const char *packages : {"site-packages", "dist-packages"})
      for (const fs::path &package : foldersIn(python / packages / "nvidia", ""))
        if (fs::path candidate = package / "bin" / "ptxas"; isProgram(candidate)) return candidate;
  return {};
}

fs::path search(const fs::path &toolkit) {
  std::vector<fs::path> folders = pathFolders();
  for (const fs::path &folder : folders)
    if (isProgram(folder / "ptxas")) return folder / "ptxas";
  if (isProgram(toolkit / "bin" / "ptxas")) return toolkit / "bin" / "ptxas";

  std::vector<fs::path> prefixes;
  if (std::string active = environment("VIRTUAL_ENV"); !active.empty()) prefixes.emplace_back(active);
  if (std::string home = environment("HOME"); !home.empty()) prefixes.push_back(fs::path(home) / ".local");
  for (const fs::path &folder : folders)
    if (isProgram(folder / "python3")) prefixes.push_back(folder.parent_path());
  for (const fs::path &prefix : prefixes)
    if (fs::path found = inPythonPackages(prefix); !found.empty()) return found;
  return {};
}

/// `ptxas release 13.0, V13.0.88` out of the text of --version; empty when it is not there.
std::string identityIn(const std::string &output) {
  std::size_t start = output.find("release ");
  if (start == std::string::npos) return "";
  return "ptxas " + output.substr(start, output.find_first_of("\r\n", start) - start);
}

} // namespace

Result<Assembler> findAssembler(const std::string &toolkit) {
  std::string chosen = environment("TILEWRIGHT_PTXAS");
  fs::path path = chosen.empty() ? search(toolkit) : fs::path(chosen);
  if (!chosen.empty() && !isProgram(path))
    return Failure{FaultClass::User, "E-asm-missing",
                   "error: no assembler: TILEWRIGHT_PTXAS is '" + chosen +
                       "', which is not a program\n  fix: let it name a ptxas program, or unset it"};
  if (path.empty())
    return Failure{FaultClass::Limit, "E-asm-missing",
                   "error: no assembler (ptxas) found; it turns PTX into machine code\n"
                   "  looked in: $TILEWRIGHT_PTXAS, PATH, " +
                       toolkit +
                       "/bin, Python packages nvidia/*/bin\n"
                       "  fix: install the CUDA Toolkit or `pip install nvidia-cuda-nvcc`, or set TILEWRIGHT_PTXAS;\n"
                       "       PTX itself (--emit=ptx) and the emulator need no assembler"};

  nvptx::ChildResult version = nvptx::runChild({path.string(), "--version"}, std::chrono::seconds(10));
  std::string identity = identityIn(version.output);
  if (version.end != nvptx::ChildResult::End::Exited || version.code != 0 || identity.empty())
    return Failure{FaultClass::User, "E-asm-broken",
                   "error: the assembler '" + path.string() + "' does not say its version\n  its output: " +
                       version.output.substr(0, 300) + "\n  fix: let TILEWRIGHT_PTXAS name a working ptxas"};
  std::error_code error;
  fs::path absolute = fs::absolute(path, error);
  return Assembler{error ? path.string() : absolute.string(), identity};
}

} // namespace tilewright
