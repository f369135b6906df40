// The sixteen named barriers of a CTA (PTX ISA section 9.7.13.1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tw::emu {

/// What a warp does at a barrier.
enum class BarrierAction : uint8_t { Sync, Arrive, ReduceAnd, ReduceOr, ReducePopc };

/// One named barrier. Counts whole warps: a warp has arrived once all its live lanes have.
struct Barrier {
  uint32_t expectedThreads = 0; ///< the explicit count, 0 for "all threads of the CTA"
  uint32_t arrivedWarps = 0;
  bool open = false; ///< something has arrived since the last completion
  bool reducing = false;
  uint32_t firstLine = 0;               ///< line of the arrival that opened it
  uint32_t population = 0, threads = 0; ///< of the reduction
  std::vector<uint32_t> pendingLanes;   ///< per warp: lanes that arrived while others have not

  /// Whether the arrivals suffice, with `liveWarps` warps of the CTA still running.
  bool complete(uint32_t liveWarps) const {
    if (!open) return false;
    return expectedThreads ? arrivedWarps * 32 >= expectedThreads : arrivedWarps >= liveWarps;
  }
  void reset() {
    expectedThreads = arrivedWarps = firstLine = population = threads = 0;
    open = reducing = false;
  }
};

} // namespace tw::emu
