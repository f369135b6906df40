// Starts a child by posix_spawn in a process group of its own and reads one pipe until its end or the time limit.
#include "tilewright/Target/ChildProcess.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace tilewright::nvptx {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t outputLimit = 4u << 20;

/// File actions and attributes of one spawn, released together.
class SpawnSetup {
public:
  explicit SpawnSetup(int outputEnd) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, outputEnd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, outputEnd, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    // The caller may have blocked or ignored signals; the child starts with a clean slate, in a group we can kill.
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGCHLD}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup &) = delete;
  SpawnSetup &operator=(const SpawnSetup &) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

int millisecondsUntil(Clock::time_point deadline) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

/// Reads until end of file; false when the deadline came first.
bool readAll(int end, Clock::time_point deadline, std::string &output) {
  char buffer[16384];
  while (true) {
    pollfd waiting{end, POLLIN, 0};
    int ready = poll(&waiting, 1, millisecondsUntil(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    ssize_t count = read(end, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    if (output.size() < outputLimit) output.append(buffer, static_cast<std::size_t>(count));
  }
}

/// Waits for the process; false when the deadline came first (it closed its output but did not end).
bool waitUntil(pid_t process, Clock::time_point deadline, int &status) {
  while (true) {
    pid_t ended = waitpid(process, &status, WNOHANG);
    if (ended == process || (ended < 0 && errno != EINTR)) return true;
    if (Clock::now() >= deadline) return false;
    usleep(200);
  }
}

} // namespace

ChildResult runChild(const std::vector<std::string> &arguments, std::chrono::milliseconds timeout) {
  ChildResult result;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    result.code = errno;
    return result;
  }
  std::vector<char *> argv;
  for (const std::string &argument : arguments) argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);

  pid_t process = 0;
  {
    SpawnSetup setup(ends[1]);
    result.code = posix_spawn(&process, argv[0], &setup.actions, &setup.attributes, argv.data(), environ);
  }
  close(ends[1]);
  if (result.code != 0) {
    close(ends[0]);
    return result;
  }

  Clock::time_point deadline = Clock::now() + timeout;
  int status = 0;
  bool inTime = readAll(ends[0], deadline, result.output) && waitUntil(process, deadline, status);
  if (!inTime) {
    kill(-process, SIGKILL);
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
  }
  close(ends[0]);
  result.end = !inTime               ? ChildResult::End::TimedOut
               : WIFSIGNALED(status) ? ChildResult::End::Signalled
                                     : ChildResult::End::Exited;
  result.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

} // namespace tilewright::nvptx
