// Runs cases in a forked process that may take a second of processor time and 512 MiB for each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tw::emu::fuzz {

/// Memory beyond what the process had before the case, and processor time, of one case.
struct Limits {
  uint64_t bytes = uint64_t{512} << 20;
  uint32_t milliseconds = 1000;
};

/// A case that ended its process.
struct Crash {
  uint64_t number = 0;
  std::string what;   ///< "signal 11", "took more than 1000 ms", ...
  std::string output; ///< what it wrote to the standard error, shortened
};

/// Calls `run(n)` for n in [first, last) in child processes and returns those that did not come back. What `run` finds
/// must be written to shared memory.
std::vector<Crash> runGuarded(uint64_t first, uint64_t last, const Limits &limits,
                              const std::function<void(uint64_t)> &run);

/// Memory that children share with their parent, zeroed, until the program ends.
void *sharedMemory(size_t bytes);

} // namespace tw::emu::fuzz
