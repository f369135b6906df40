// A launch whose CTAs run on several host threads.
#pragma once

#include <optional>
#include <span>

#include "machine/memory.hpp"
#include "tilewright/emulator/emulator.hpp"

namespace tw::emu {

/// Runs the launch on LaunchConfig::host_threads threads, or returns nothing with memory as it was: when the kernel has
/// operations through which CTAs can meet in an order, when the launch needs one thread (a seed, an observer, clusters), or
/// when anything was found, so that one thread has to tell it. The result is that of one thread: CTAs that touch no
/// byte that another one writes cannot see each other, and the race check proves that they do not.
std::optional<LaunchResult> launchInParallel(MemoryTable &memory, const Program &program, const Function &entry,
                                             const LaunchConfig &config, std::span<const std::byte> parameters);

} // namespace tw::emu
