// Vector clocks over warps: one number per warp while its lanes are known alike, per-lane numbers only where they
// differ.
#pragma once

#include "access.hpp"

#include <cstdint>
#include <vector>

namespace tw::emulator {

/// One that acts on memory: a warp, or the asynchronous engine of a warp (its cp.async copies).
struct Actor {
  std::uint32_t value = 0;
  static Actor of_warp(WarpIndex warp) { return {warp.value * 2}; }
  static Actor of_copies(WarpIndex warp) { return {warp.value * 2 + 1}; }
  WarpIndex warp() const { return {value / 2}; }
  bool asynchronous() const { return value & 1; }
  friend bool operator==(Actor, Actor) = default;
};

/// What is known to have happened: for each lane of each actor, all its accesses with a time up to a number.
/// Time 0 is nothing. The actors of one block are held densely, others sparsely.
class VectorClock {
public:
  VectorClock() = default;
  /// A clock whose dense part covers `count` actors from `first`.
  VectorClock(Actor first, std::uint32_t count);
  /// As newly made.
  void start(Actor first, std::uint32_t count);

  /// The time up to which every lane of `actor` is known.
  std::uint32_t common(Actor actor) const {
    std::uint32_t index = actor.value - first_;
    return index < dense_.size() ? dense_[index] : sparse_common(actor);
  }
  /// The time up to which one lane is known; at least common(actor).
  std::uint32_t of_lane(Actor actor, std::uint32_t lane) const;
  /// True if every access of `lanes` of `actor` at `time` is known.
  bool covers(Actor actor, LaneMask lanes, std::uint32_t time) const {
    return common(actor) >= time || (!lanes_.empty() && covers_lanes(actor, lanes, time));
  }

  /// False if nothing is known of actors outside the dense range.
  bool knows_other_blocks() const { return !sparse_.empty() || !lanes_.empty(); }

  /// Raises all lanes of `actor` to at least `time`.
  void raise(Actor actor, std::uint32_t time);
  /// Raises some lanes of `actor` to at least `time`.
  void raise_lanes(Actor actor, LaneMask lanes, std::uint32_t time);
  /// Raises every number to that of `other`.
  void join(const VectorClock &other);
  /// Lowers every number to that of `other`.
  void meet(const VectorClock &other);
  /// True if joining `other` would change nothing.
  bool includes(const VectorClock &other) const;
  /// Forgets everything; the dense range stays.
  void clear();

  /// What a proxy fence passes on: every number under the actor with each of `bits` set (async_shadow.hpp).
  VectorClock fenced(std::uint32_t bits) const;
  /// The numbers under actors with the bit `from`, with `to` in its place.
  VectorClock moved(std::uint32_t from, std::uint32_t to) const;
  /// The numbers of asynchronous actors alone.
  VectorClock asynchronous() const;

private:
  struct Sparse {
    std::uint32_t actor;
    std::uint32_t time;
  };
  struct Lane {
    std::uint64_t key; ///< actor * 32 + lane
    std::uint32_t time;
  };
  std::uint32_t sparse_common(Actor actor) const;
  bool covers_lanes(Actor actor, LaneMask lanes, std::uint32_t time) const;
  void prune_lanes();

  std::uint32_t first_ = 0;
  std::vector<std::uint32_t> dense_;
  std::vector<Sparse> sparse_; ///< sorted by actor
  std::vector<Lane> lanes_;    ///< sorted by key; only times above common(actor)
};

/// A clock that travels through a synchronisation object of the machine (cluster barrier, mbarrier phase).
/// The machine keeps one per object and phase, clears it when the phase is reused, and passes it to RaceChecker.
class SyncClock {
public:
  /// Forgets all releases.
  void clear() { known_.clear(); }
  VectorClock &known() { return known_; }
  const VectorClock &known() const { return known_; }

private:
  VectorClock known_;
};

} // namespace tw::emulator
