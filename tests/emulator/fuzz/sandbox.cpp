// Limits, children and what they leave behind.
#include "sandbox.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

// With AddressSanitizer a freed block waits before it is used again. The wait is shortened, so that the limit on memory
// is about the machine; a failing allocation ends the process.
extern "C" const char *__asan_default_options();
extern "C" __attribute__((used, visibility("default"))) const char *__asan_default_options() {
  return "quarantine_size_mb=8:detect_leaks=0:allocator_may_return_null=0";
}

namespace tw::emu::fuzz {
namespace {

/// Bytes of address space in use now.
uint64_t addressSpace() {
  std::ifstream file("/proc/self/statm");
  uint64_t pages = 0;
  file >> pages;
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void startClock(uint32_t milliseconds) {
  itimerval timer{};
  timer.it_value.tv_sec = milliseconds / 1000;
  timer.it_value.tv_usec = static_cast<suseconds_t>(milliseconds % 1000) * 1000;
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

/// Runs the cases in this process and ends it. `at` tells the parent which case runs.
[[noreturn]] void child(uint64_t last, const Limits &limits, const std::function<void(uint64_t)> &run,
                        volatile uint64_t &at, const std::string &log) {
  if (!std::freopen(log.c_str(), "w", stderr)) std::_Exit(3);
  rlimit memory{};
  memory.rlim_cur = memory.rlim_max = addressSpace() + limits.bytes;
  ::setrlimit(RLIMIT_AS, &memory);
  rlimit noCore{};
  ::setrlimit(RLIMIT_CORE, &noCore);
  while (at < last) {
    startClock(limits.milliseconds);
    run(at);
    uint64_t next = at + 1;
    at = next;
  }
  startClock(0);
  std::_Exit(0);
}

std::string describe(int status, const Limits &limits) {
  if (!WIFSIGNALED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  int signal = WTERMSIG(status);
  if (signal == SIGPROF) return "took more than " + std::to_string(limits.milliseconds) + " ms";
  return "signal " + std::to_string(signal);
}

std::string readStart(const std::string &path) {
  std::ifstream file(path);
  std::string text(4000, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

} // namespace

void *sharedMemory(size_t bytes) {
  void *memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return memory;
}

std::vector<Crash> runGuarded(uint64_t first, uint64_t last, const Limits &limits,
                              const std::function<void(uint64_t)> &run) {
  auto &at = *static_cast<volatile uint64_t *>(sharedMemory(sizeof(uint64_t)));
  std::string log = "fuzz-" + std::to_string(::getpid()) + ".log";
  std::vector<Crash> crashes;
  // A fresh process now and then keeps what one case leaves in memory from counting against another.
  constexpr uint64_t kBatch = 50;
  at = first;
  while (at < last) {
    uint64_t end = std::min<uint64_t>(at + kBatch, last);
    std::fflush(nullptr);
    pid_t process = ::fork();
    if (process < 0) throw std::runtime_error("cannot fork");
    if (process == 0) child(end, limits, run, at, log);
    int status = 0;
    ::waitpid(process, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    crashes.push_back({at, describe(status, limits), readStart(log)});
    uint64_t next = at + 1;
    at = next;
  }
  std::remove(log.c_str());
  return crashes;
}

} // namespace tw::emu::fuzz
