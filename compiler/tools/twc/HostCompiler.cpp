// The host compiler, started without a shell.

#include "HostCompiler.h"

#include "tilewright/Target/ChildProcess.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace fs = std::filesystem;

namespace tilewright::twc {
namespace {

/// Longer than any kernel takes; a compiler that hangs must end some time.
constexpr std::chrono::minutes timeLimit{5};

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

rt::Fault noCompiler(std::string what, std::string fix) {
  return rt::make_fault(rt::FaultClass::unsupported, "E-host-compiler", {"twc", std::move(what), {}, std::move(fix)});
}

/// The program called `name`: a path, or a name to look for in PATH; empty if there is none.
std::string findProgram(const std::string &name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  std::istringstream folders(environment("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string path = (folder.empty() ? "." : folder) + "/" + name;
    std::error_code error;
    if (fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

/// The compiler and its own arguments ($CXX may say "ccache g++").
rt::Result<std::vector<std::string>> findCompiler() {
  std::istringstream stream(environment("CXX"));
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  if (!words.empty()) {
    const std::string path = findProgram(words[0]);
    if (path.empty()) return noCompiler("$CXX is '" + words[0] + "', which is not a program", "correct or unset CXX");
    words[0] = path;
    return words;
  }
  for (const char *name : {"g++", "c++", "clang++"})
    if (std::string path = findProgram(name); !path.empty()) return std::vector<std::string>{path};
  return noCompiler("no C++ compiler: neither $CXX nor g++, c++ or clang++ in PATH",
                    "install g++, or give the kernel as .mlir (made once with --emit=tile)");
}

/// The folder to search for <tilewright/tilewright.hpp>: beside an installed tool, else in the sources.
std::string findHeaders() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  for (const fs::path &folder : {self.parent_path() / "../include", fs::path(TWC_SOURCE_INCLUDE)})
    if (fs::exists(folder / "tilewright/tilewright.hpp", error)) return folder.lexically_normal().string();
  return "";
}

} // namespace

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  if (!path.empty()) fs::remove_all(path, error);
}

rt::Result<TemporaryFolder> TemporaryFolder::create(std::string_view prefix) {
  std::string base = environment("TMPDIR");
  TemporaryFolder folder;
  folder.path = (base.empty() ? "/tmp" : base) + "/" + std::string(prefix) + "XXXXXX";
  if (::mkdtemp(folder.path.data())) return folder;
  std::string path;
  path.swap(folder.path);
  return rt::make_fault(rt::FaultClass::user, "file.write",
                        {path, "the temporary folder cannot be made", std::strerror(errno),
                         "let TMPDIR name a folder that is writable and has space"});
}

rt::Status compileHost(const std::string &source, const std::string &object) {
  if (::access(source.c_str(), R_OK) != 0)
    return rt::make_fault(
        rt::FaultClass::user, "file.read",
        {source, "the file cannot be read", std::strerror(errno), "check the path and its permissions"});
  rt::Result<std::vector<std::string>> command = findCompiler();
  if (!command) return command.fault();
  const std::string headers = findHeaders();
  if (headers.empty())
    return noCompiler("the headers of the language are not found", "install them in ../include beside twc");
  // A file name may start with a dash.
  const std::string file = source[0] == '-' ? "./" + source : source;
  for (const char *word : {"-std=c++20", "-O0", "-fPIC", "-shared"}) command->push_back(word);
  // Searched first, for the precompiled header; an installed one lies beside the header itself.
  if (headers == TWC_SOURCE_INCLUDE) command->push_back("-I" TWC_PRECOMPILED_INCLUDE);
  for (const std::string &word : {"-I" + headers, std::string("-o"), object, file}) command->push_back(word);
  const nvptx::ChildResult child = nvptx::runChild(*command, timeLimit);
  if (child.end == nvptx::ChildResult::End::NotStarted)
    return noCompiler("the C++ compiler '" + command->front() + "' does not start: " + std::strerror(child.code),
                      "let CXX name a C++20 compiler");
  if (child.end != nvptx::ChildResult::End::Exited || child.code != 0) {
    const bool late = child.end == nvptx::ChildResult::End::TimedOut;
    return rt::Fault{rt::FaultClass::user, "E-host-compiler",
                     child.output + source + ": error: the C++ compiler " +
                         (late ? "took longer than 5 minutes" : "refused the file")};
  }
  std::fputs(child.output.c_str(), stderr);
  return {};
}

} // namespace tilewright::twc
