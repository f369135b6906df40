// mbarrier objects in shared memory (PTX ISA section 9.7.13.15): phases, pending arrivals, tx-count, life cycle.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checks/async_access.hpp"
#include "checks/vector_clock.hpp"

namespace tw::emu {

class Warp;

/// Largest count of arrivals, and bound of the tx-count in both directions (PTX ISA 9.7.13.15.1).
inline constexpr int64_t kMBarrierMax = (1 << 20) - 1;

/// One mbarrier object between init and inval.
struct MBarrier {
  uint32_t expected = 0;   ///< arrivals of the next phase
  uint32_t pending = 0;    ///< arrivals that the current phase still needs
  int64_t tx = 0;          ///< bytes expected less bytes completed
  uint64_t phase = 0;      ///< number of the current phase, from 0
  bool observed = true;    ///< some thread has seen that the phase before the current one is complete
  uint32_t initLine = 0;   ///< PTX line of the init
  uint64_t generation = 0; ///< of the init: tells objects at one address apart
  emulator::AsyncActor actor;
  emulator::InitMoment init; ///< for the race checker
  /// What arrivals of the current phase released, and what those of complete phases did. `remote` holds what threads of
  /// other blocks released at cluster scope or wider.
  emulator::SyncClock openLocal, openRemote, doneLocal, doneRemote;
  std::vector<Warp *> waiters; ///< asleep until the phase completes
  /// Copies that complete on the object: those under way, the time of `actor` at which the last of the others landed,
  /// and the PTX line of the last one issued.
  uint32_t inFlight = 0, lastLanded = 0, lastCopyLine = 0;

  /// Whether the phase of this parity is the one before the current phase.
  bool parityDone(uint32_t parity) const { return (phase & 1) != (parity & 1); }
  /// A copy that completes here starts, or has landed in the current phase.
  void copyStarts(uint32_t line) { ++inFlight, lastCopyLine = line; }
  void copyLands() { --inFlight, lastLanded = static_cast<uint32_t>(phase + 1); }
  /// Lowers the pending arrivals; why it may not, or nothing.
  std::optional<std::string> arrive(uint32_t count);
  /// Changes the tx-count; why it may not, or nothing.
  std::optional<std::string> addTx(int64_t bytes);
  bool complete() const { return pending == 0 && tx == 0; }
  /// "phase 3, 2 of 4 arrivals pending, tx-count 4096".
  std::string text() const;
};

/// The opaque state that an arrive returns: the phase and the pending count before it.
inline constexpr uint64_t mbarrierState(uint64_t phase, uint32_t pending) { return phase << 20 | pending; }
inline constexpr uint64_t phaseOfState(uint64_t state) { return state >> 20; }
inline constexpr uint32_t pendingOfState(uint64_t state) { return static_cast<uint32_t>(state & kMBarrierMax); }

/// The mbarriers of one CTA by their offset in the shared window.
class MBarrierTable {
public:
  MBarrier *find(uint64_t offset) {
    if (offset < lowest || offset >= highest) return nullptr;
    auto found = objects.find(offset);
    return found == objects.end() ? nullptr : &found->second;
  }
  /// The object that holds one of the bytes, and its offset.
  std::pair<uint64_t, MBarrier *> overlapping(uint64_t offset, uint64_t bytes) {
    if (offset >= highest || offset + bytes <= lowest) return {0, nullptr};
    auto next = objects.lower_bound(offset + bytes);
    if (next == objects.begin()) return {0, nullptr};
    --next;
    return next->first + 8 > offset ? std::pair{next->first, &next->second} : std::pair{uint64_t{0}, nullptr};
  }
  MBarrier &make(uint64_t offset);
  void erase(uint64_t offset);
  /// Whether any byte between the two offsets may belong to an object: cheap, for the path of every access.
  bool mayOverlap(uint64_t first, uint64_t end) const { return first < highest && end > lowest; }

private:
  std::map<uint64_t, MBarrier> objects;
  uint64_t lowest = ~uint64_t{0}, highest = 0;
  uint64_t generations = 0;
};

} // namespace tw::emu
