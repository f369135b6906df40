// Asynchronous copies of the async proxy in flight: when their bytes move, and whom they tell.
//
// A copy lands at some legal moment between its issue and the first wait that covers it: at once, as late as possible,
// or at random. Until then its destination holds poison, and its source is read only when it lands.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <unordered_set>
#include <vector>

#include "checks/async_access.hpp"
#include "machine/instruction.hpp"

namespace tw::emu {

class Execution;
class Warp;
struct Cta;
struct MBarrier;

/// Bytes that move together. Without a source the destination is filled with `fill`, `fillBytes` of it repeated.
struct CopySegment {
  uint8_t *to = nullptr;
  const uint8_t *from = nullptr;
  uint32_t bytes = 0;
  uint64_t fill = 0;
  uint32_t fillBytes = 1;
};

/// Updates `bytes` bytes at `to` with those at `from`.
using Combine = void (*)(uint8_t *to, const uint8_t *from, uint32_t bytes);

/// One copy, or the part of it that goes to one CTA.
struct AsyncCopy {
  const Instruction *instruction = nullptr;
  Warp *issuer = nullptr;
  uint32_t lane = 0;
  std::vector<CopySegment> segments;
  Combine combine = nullptr;                      ///< null: plain copy
  Cta *sourceCta = nullptr, *targetCta = nullptr; ///< whose shared memory is used, null for global
  /// Completion on an mbarrier of `barrierCta`, or in a bulk group of the issuing thread.
  Cta *barrierCta = nullptr;
  uint64_t barrierOffset = 0, barrierGeneration = 0;
  uint32_t txBytes = 0;
  uint32_t group = 0; ///< number of the bulk group, from 1
  bool tracked = false;
  bool generic = false;           ///< of the generic proxy: st.async, red.async
  emulator::AsyncIndex operation; ///< of the race checker when `tracked`; it lands in a phase
  bool staged = false;            ///< the source was read
  std::vector<uint8_t> bytes;     ///< what was read
};

/// The bulk groups of one thread (PTX ISA 9.7.9.25.6).
struct BulkThread {
  uint32_t open = 1; ///< number of the group that the next copy joins
  emulator::AsyncActor reads, writes;
  bool hasActors = false;
  uint32_t readWaited = 0;                 ///< groups up to this one were waited for, with or without .read
  uint32_t lastFromShared = 0;             ///< newest group with a copy that reads shared memory
  const Instruction *fromShared = nullptr; ///< that copy
};

/// All copies of a launch that have not landed, and threads that wait for them.
class AsyncEngine {
public:
  explicit AsyncEngine(Execution &execution) : execution(execution) {}

  enum class Timing : uint8_t { AtIssue, Late, Random };
  void setTiming(Timing t) { timing = t; }

  /// Starts a copy.
  void issue(AsyncCopy copy);
  BulkThread &thread(const Warp &warp, uint32_t lane);
  /// cp.async.bulk.commit_group and wait_group.
  void commit(const Warp &warp, uint32_t lane) { ++thread(warp, lane).open; }
  void wait(const Warp &warp, uint32_t lane, uint32_t openGroups, bool readOnly);
  /// The CTA exits: what it issued or what touches its shared memory lands; bulk stores that nobody waited for are
  /// reported.
  void end(Cta &cta);
  /// Lets time pass; the scheduler calls it once per round.
  void tick();
  /// Called when no warp can run: lands something, or lets waits time out. False when nothing is left to try.
  bool unblock();
  /// Something happened that may let a waiter go on.
  void progressed() { idle = 0; }
  /// True once per time-out of a warp: its failed wait must return false now.
  bool takeTimeout(Warp &warp) { return expired.erase(&warp) != 0; }
  bool idleNow() const { return copies.empty(); }
  /// Whether any copy so far completes on an mbarrier.
  bool completedOnBarriers() const { return anyOnBarrier; }

private:
  void stage(AsyncCopy &copy);
  void land(std::list<AsyncCopy>::iterator copy);

  Execution &execution;
  Timing timing = Timing::Late;
  std::list<AsyncCopy> copies;
  uint64_t pieces = 0; ///< of all copies in flight
  std::map<std::pair<uint32_t, uint32_t>, BulkThread> threads;
  std::unordered_set<Warp *> expired;
  uint32_t idle = 0, rounds = 0;
  bool anyOnBarrier = false;
};

/// Applies bytes that arrived to an mbarrier; reports a barrier that is gone.
void completeTransaction(Execution &execution, const AsyncCopy &copy);
/// Ends the phase of a barrier if it is complete, and wakes its waiters.
void finishPhase(Execution &execution, MBarrier &barrier);

} // namespace tw::emu
