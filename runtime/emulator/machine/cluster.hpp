// Clusters of CTAs (PTX ISA sections 2.2.1 and 9.7.13.4): members, addresses of shared memory, the cluster barrier.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checks/vector_clock.hpp"
#include "machine/address_map.hpp"
#include "tilewright/emulator/emulator.hpp"

namespace tw::emu {

class Execution;
class Warp;
struct Cta;
struct Instruction;

/// A cluster in execution and its barrier.
struct Cluster {
  std::vector<Cta *> members; ///< by rank
  uint32_t ended = 0;         ///< members that have exited

  /// Lanes of one warp at the barrier.
  struct Arrivals {
    uint32_t now = 0;                                     ///< arrived in the current phase
    uint32_t owed = 0;                                    ///< arrived and not yet waited
    const Instruction *arrive = nullptr, *wait = nullptr; ///< the .aligned ones that the first of these lanes executed
  };
  std::vector<Arrivals> arrivals; ///< by rank * warps per CTA + warp
  emulator::SyncClock open, done;
  uint64_t phase = 0;
};

/// barrier.cluster.arrive by the lanes; `releases` unless .relaxed. With `aligned`, lanes of one warp that arrive in
/// different instructions, or only some of those that reach this one, are reported.
void arriveAtCluster(Warp &warp, const Instruction &instruction, uint32_t mask, bool releases, bool aligned);
/// barrier.cluster.wait: false, and the warp is asleep, while the phase is not complete.
bool waitForCluster(Warp &warp, const Instruction &instruction, uint32_t mask, bool aligned);
/// Looks again at the barrier after lanes exited.
void recheckCluster(Execution &execution, Cluster &cluster);

/// Bits of a shared-window address that name another CTA: its rank + 1, or 0 for the executing CTA.
inline constexpr int kRankShift = 24;
inline constexpr uint64_t kOffsetMask = (uint64_t{1} << kRankShift) - 1;
/// The shared::cluster address of `offset` in the CTA of `rank`.
inline constexpr uint32_t clusterAddress(uint64_t offset, uint32_t rank) {
  return static_cast<uint32_t>((offset & kOffsetMask) | uint64_t{rank + 1} << kRankShift);
}

/// The CTA that a shared-window address (32 bits) names, seen from `cta`, or null; `offset` receives the offset in it.
Cta *ownerOfShared(Cta &cta, uint64_t address, uint64_t &offset);

/// Place of a CTA in the grid. CTAs are numbered cluster by cluster, in a cluster by rank.
Extent blockPosition(const LaunchConfig &config, const Extent &cluster, uint32_t index);

} // namespace tw::emu
