// What the fake driver remembers: contexts, memory, modules, events.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "settings.hpp"
#include "tilewright/emulator/emulator.hpp"

namespace fake_driver {

/// CUresult values (cuda.h) that the fake gives by itself.
enum Code : int {
  ok = 0,
  invalid_value = 1,
  out_of_memory = 2,
  not_initialised = 3,
  invalid_image = 200,
  invalid_context = 201,
  no_binary_for_gpu = 209,
  invalid_ptx = 218,
  invalid_handle = 400,
  not_found = 500,
  not_ready = 600,
  launch_failed = 719
};

struct Function;

struct Module {
  std::optional<tw::emu::Module> code; ///< none for a cubin
  std::map<std::string, std::unique_ptr<Function>> functions;
};

struct Function {
  Module *module;
  std::string name;
  unsigned dynamic_shared = 48 * 1024;
  bool large_cluster = false;
};

struct Event {
  std::optional<std::chrono::steady_clock::time_point> recorded;
};

/// One process-wide device. All members are guarded by `mutex`. Objects still alive at the end of the process are
/// reported on standard error, as are wrong calls ("fake driver: ...").
struct State {
  std::mutex mutex;
  bool initialised = false;
  int retained = 0;
  int sticky = ok; ///< after a kernel faulted every call fails, as on a GPU
  tw::emu::Machine machine;
  std::map<std::uint64_t, std::vector<std::byte>> memory;
  std::size_t used = 0;
  std::map<void *, std::unique_ptr<Module>> modules;
  std::map<void *, std::unique_ptr<Event>> events;
  std::uint64_t recorded_launches = 0;
  std::uint64_t encoded_maps = 0; ///< successful calls of cuTensorMapEncodeTiled; `fake_driver_encoded_maps` tells

  ~State() {
    if (!memory.empty() || !modules.empty() || !events.empty() || retained != 0)
      std::fprintf(stderr, "fake driver: left behind: %zu allocations, %zu modules, %zu events, %d contexts\n",
                   memory.size(), modules.size(), events.size(), retained);
  }

  /// The allocation that holds all of [address, address + bytes), or null.
  std::pair<const std::uint64_t, std::vector<std::byte>> *find(std::uint64_t address, std::size_t bytes) {
    auto next = memory.upper_bound(address);
    if (next == memory.begin()) return nullptr;
    auto &block = *std::prev(next);
    const std::uint64_t offset = address - block.first;
    return offset <= block.second.size() && bytes <= block.second.size() - offset ? &block : nullptr;
  }
  Function *find_function(void *handle) {
    for (auto &[key, module] : modules)
      for (auto &[name, function] : module->functions)
        if (function.get() == handle) return function.get();
    return nullptr;
  }
};

State &state();
/// Says on standard error what a caller did wrong, and gives the code.
int wrong(int code, const char *function, const char *what);
/// What every call starts with: the failure that a test asked for, a missing cuInit, a missing context, or a fault of
/// an earlier kernel.
int enter(const char *function, bool needs_context = true);
/// The contexts of this thread.
std::vector<void *> &context_stack();

} // namespace fake_driver

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))
