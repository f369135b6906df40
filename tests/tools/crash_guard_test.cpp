// A crash of the compiler ends with 3 and leaves what reproduces it.
#include "CrashGuard.h"
#include "twc.hpp"

#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

using namespace tilewright::twc;
using namespace tilewright::twc::test;

namespace {

int deep(int n) {
  volatile int local = n;
  return local == 0 ? 0 : deep(local + 1) + local;
}

/// The exit code of a process that runs `body`.
template <class Body> int exitCode(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

} // namespace

TEST_CASE("a crash of the compiler ends with 3 and writes its input") {
  Folder folder;
  ::setenv("TMPDIR", folder.path.c_str(), 1);
  const auto crash = [](int signal) {
    return exitCode([&] {
      const CrashGuard guard(Repro{"module {}", "twc 'k.mlir'"});
      ::raise(signal);
    });
  };
  for (int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS}) CHECK(crash(signal) == 3);
  REQUIRE(folder.count() == 5);
  for (const auto &entry : std::filesystem::directory_iterator(folder.path)) {
    CHECK(read(entry.path().string() + "/module.mlir") == "module {}");
    CHECK(read(entry.path().string() + "/options.txt") == "twc 'k.mlir'");
  }
  ::unsetenv("TMPDIR");
}

TEST_CASE("a stack that overflows while the user's kernel is traced ends with 1") {
  CHECK(exitCode([] {
          const rlimit limit{1 << 20, 1 << 20};
          ::setrlimit(RLIMIT_STACK, &limit);
          const CrashGuard guard("k.cpp");
          ::_exit(deep(1) == 7 ? 7 : 8);
        }) == 1);
}

TEST_CASE("a repro gets a fresh folder each time, or none where nothing can be written") {
  Folder folder;
  ::setenv("TMPDIR", folder.path.c_str(), 1);
  const std::string first = writeRepro({"a", "b"}), second = writeRepro({"c", "d"});
  CHECK(first != second);
  CHECK(read(first + "/module.mlir") == "a");
  CHECK(read(second + "/module.mlir") == "c");
  ::setenv("TMPDIR", folder.file("none").c_str(), 1);
  CHECK(writeRepro({"a", "b"}).empty());
  ::unsetenv("TMPDIR");
}
