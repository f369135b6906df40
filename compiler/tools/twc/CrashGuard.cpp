// Signal handlers of the tool. What runs in a handler uses system calls and memory prepared before.

#include "CrashGuard.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace tilewright::twc {
namespace {

constexpr int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
// A kernel or a pass that recurses without end has no stack left for a handler.
alignas(16) char handlerStack[65536];
struct sigaction previousActions[std::size(signals)];
stack_t previousStack;

struct {
  bool ofUser = false;
  char file[1024];   ///< of the user
  char folder[1024]; ///< of the repro
  Repro repro;
} state;

/// The folder's name without the last character, which is tried out.
void prepareFolder() {
  const char *base = std::getenv("TMPDIR");
  std::snprintf(state.folder, sizeof state.folder, "%s/twc-repro-%ld-0", base && *base ? base : "/tmp",
                static_cast<long>(::getpid()));
}

bool writeFile(const char *name, std::string_view text) {
  char path[sizeof state.folder + 32];
  const std::size_t length = std::strlen(state.folder);
  std::memcpy(path, state.folder, length);
  path[length] = '/';
  std::memcpy(path + length + 1, name, std::strlen(name) + 1);
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return ::close(fd) == 0 && text.empty();
}

bool writePrepared(const Repro &repro) {
  char &last = state.folder[std::strlen(state.folder) - 1];
  while (::mkdir(state.folder, 0700) != 0)
    if (last++ == '9') return false;
  return writeFile("module.mlir", repro.module) && writeFile("options.txt", repro.options);
}

void say(const char *text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) ::_exit(3);
}

void handle(int) {
  if (state.ofUser) {
    say(state.file);
    say(": error: the program crashed while its kernel was traced\n  fix: run the trace under a debugger, or look for "
        "invalid memory accesses in the kernel's plain C++\n");
    ::_exit(1);
  }
  const bool written = writePrepared(state.repro);
  say("twc: error: this is our bug: it crashed\n");
  if (written) {
    say("  fix: report it with the folder ");
    say(state.folder);
    say("\n");
  }
  ::_exit(3);
}

void install() {
  stack_t stack{};
  stack.ss_sp = handlerStack;
  stack.ss_size = sizeof handlerStack;
  ::sigaltstack(&stack, &previousStack);
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (std::size_t i = 0; i < std::size(signals); ++i) ::sigaction(signals[i], &action, &previousActions[i]);
}

} // namespace

std::string writeRepro(const Repro &repro) {
  prepareFolder();
  return writePrepared(repro) ? state.folder : "";
}

CrashGuard::CrashGuard(const std::string &file) {
  state.ofUser = true;
  std::snprintf(state.file, sizeof state.file, "%s", file.c_str());
  install();
}

CrashGuard::CrashGuard(const Repro &repro) {
  state.ofUser = false;
  state.repro = repro;
  prepareFolder();
  install();
}

CrashGuard::~CrashGuard() {
  for (std::size_t i = 0; i < std::size(signals); ++i) ::sigaction(signals[i], &previousActions[i], nullptr);
  ::sigaltstack(&previousStack, nullptr);
}

} // namespace tilewright::twc
