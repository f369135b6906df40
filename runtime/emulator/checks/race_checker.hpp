// Finds data races by happens-before: the verdict depends on the synchronisation, not on the schedule of warps.
#pragma once

#include "access.hpp"
#include "async_access.hpp"
#include "race_report.hpp"
#include "vector_clock.hpp"

#include <memory>
#include <span>
#include <vector>

namespace tw::emulator {

struct AccessPlan;

/// Shape of a launch, as far as order and scopes depend on it.
struct LaunchShape {
  std::uint32_t blocks = 1;
  std::uint32_t blocks_per_cluster = 1; ///< consecutive block numbers form a cluster
  std::uint32_t threads_per_block = 32; ///< a last partial warp starts with fewer lanes
  /// Only generic accesses of a block's own threads will touch its shared memory: no other block, no copy, no wgmma.
  /// A barrier of the whole block then settles what came before it, which is much cheaper to check.
  bool private_shared = false;
};

/// Bounds of what is kept.
struct RaceLimits {
  std::uint32_t reports = 64; ///< distinct pairs of places kept; further ones are only counted
  /// Unordered accesses remembered for one 16-byte piece by warps of *other* blocks. Beyond it the oldest is
  /// forgotten, which can hide a race among more than this many blocks, and can never invent one.
  std::uint32_t foreign_readers = 4;
};

/// A happens-before checker over bytes of shared and global memory [PTX ISA 8.4-8.11].
///
/// Two accesses that overlap, one of them a write, must be ordered, or both be strong with scopes that reach each
/// other. The machine calls one function per instruction, in the order in which it executes them. One object serves one
/// launch at a time and one thread of the host.
///
/// Orders known: program order of each thread; warp_sync; block barriers; release/acquire through strong accesses,
/// atomics and fences; asynchronous copies and the waits that cover them; SyncClock for everything else (cluster
/// barriers, mbarriers). shfl, vote and convergence order nothing. The end of a launch orders everything. A thread that
/// exits counts as one that arrived at the barriers it no longer reaches.
class RaceChecker {
public:
  explicit RaceChecker(RaceLimits limits = {});
  ~RaceChecker();
  RaceChecker(const RaceChecker &) = delete;
  RaceChecker &operator=(const RaceChecker &) = delete;

  /// Forgets all accesses of the previous launch and prepares for a new one. Reports and places stay.
  /// At most 2^20 warps; throws std::length_error beyond it.
  void begin_launch(const LaunchShape &shape);

  /// Forgets everything, also reports and places, but keeps memory for launches to come.
  void clear();

  /// Announces the shared window of a block before its first access. A block number may be used once per launch.
  void begin_block(BlockIndex block, std::uint32_t shared_bytes);
  /// Frees the shadow of the block's shared memory. Its accesses to global memory stay remembered.
  void end_block(BlockIndex block);
  /// Lanes of a warp that have exited; later waits of the warp do not expect them.
  void exit_lanes(WarpIndex warp, LaneMask lanes);

  /// Tells the facts of a place before its first use; telling the same place again replaces them.
  void declare_place(PlaceIndex place, const PlaceFacts &facts);

  /// A generic-proxy access of a warp. Every lane is its own thread. Strong accesses also order (see
  /// PlaceFacts::order).
  void access(const WarpAccess &access);
  /// The same for an access whose shape is worked out: `plan` matches it. Of the addresses only that of the first
  /// active lane is read. With LaunchShape::private_shared the plan must live until release_plans or begin_launch.
  void access(const WarpAccess &access, const AccessPlan &plan);
  /// Plans passed so far are not looked at again.
  void release_plans();

  /// One row of a collective access of the whole warp (ldmatrix, stmatrix): all lanes count as its author, so that
  /// it must be ordered with the accesses of every lane. Rows of one stmatrix that overlap are in conflict.
  void collective_access(WarpIndex warp, PlaceIndex place, BlockIndex owner, std::uint64_t offset, std::uint32_t bytes);
  /// All rows of one collective access at once.
  void collective_access(WarpIndex warp, PlaceIndex place, BlockIndex owner, std::span<const std::uint64_t> offsets,
                         std::uint32_t bytes);

  /// A fence of the lanes: `acquire`, `release`, `acq_rel` or `sc` (`membar` is sc). Beyond release and acquire, a
  /// fence.sc orders itself before another one as far as every execution must: see race_sc.cpp.
  void fence(WarpIndex warp, LaneMask lanes, Scope scope, Order order = Order::acq_rel);

  /// bar.warp.sync: the lanes' earlier accesses are ordered before the later ones of all of them.
  void warp_sync(WarpIndex warp, LaneMask lanes);

  /// Lanes reach block barrier `barrier` (0-15): bar.sync or bar.red with `waits`, bar.arrive without.
  void barrier_arrive(WarpIndex warp, LaneMask lanes, std::uint32_t barrier, bool waits);
  /// The barrier of the block completes: everything before any arrival precedes what the waiters do next.
  void barrier_complete(BlockIndex block, std::uint32_t barrier);

  /// Adds to `clock` what the lanes did and know. Building block for barriers the machine keeps itself.
  void release_to(SyncClock &clock, WarpIndex warp, LaneMask lanes);
  /// As release_to for a relaxed arrive: only what fences of the lanes with at least this scope have released before,
  /// and the inits before a fence.mbarrier_init.
  void release_fenced_to(SyncClock &clock, WarpIndex warp, LaneMask lanes, Scope scope);
  /// Orders everything in `clock` before the later accesses of the lanes.
  void acquire_from(const SyncClock &clock, WarpIndex warp, LaneMask lanes);

  /// cp.async: both sides of a copy. The accesses belong to the issuing lane, but are ordered before that lane's own
  /// later accesses only by a wait. `read` may have fewer bytes than `write` (zero fill) or none at all.
  void async_copy(const WarpAccess &read, const WarpAccess &write);
  /// cp.async.commit_group.
  void async_commit(WarpIndex warp, LaneMask lanes);
  /// cp.async.wait_group: all but the newest `open_groups` committed groups of each lane are complete.
  void async_wait(WarpIndex warp, LaneMask lanes, std::uint32_t open_groups);
  /// cp.async.wait_all: also the copies that were never committed.
  void async_wait_all(WarpIndex warp, LaneMask lanes);
  /// cp.async.mbarrier.arrive: `clock` receives the lanes' copies issued so far (and nothing else of the lanes).
  void async_release_to(SyncClock &clock, WarpIndex warp, LaneMask lanes);

  // The async proxy: bulk and tensor copies, wgmma's reads of shared memory. An operation is compared with everything
  // before it when it is issued (order, and a proxy fence behind generic writes), and every later access with it. The
  // verdict does not depend on when its bytes land.

  /// A new series of asynchronous operations.
  AsyncActor new_async_actor();
  /// Announces an operation; its accesses follow through async_access. wgmma: once per warp, same actor and time.
  AsyncIndex async_operation(const AsyncOperation &operation);
  /// Bytes that the operation reads, writes or reduces.
  void async_access(AsyncIndex operation, AsyncKind kind, Space space, BlockIndex owner,
                    std::span<const ByteRange> ranges);
  /// The operation belongs to time `time` of its actor (a phase of the mbarrier): it landed in it.
  void async_landed(AsyncIndex operation, std::uint32_t time);
  /// The lanes know that the actor's operations up to `time` are complete (a wait has returned).
  void async_done(AsyncActor actor, std::uint32_t time, WarpIndex warp, LaneMask lanes);
  /// `clock` receives the knowledge that the actor's operations up to `time` are complete.
  void async_done_to(SyncClock &clock, AsyncActor actor, std::uint32_t time);
  /// fence.proxy.async by the lanes: what they did and know becomes visible to async operations that follow.
  void proxy_fence(WarpIndex warp, LaneMask lanes, FenceSpace space);
  /// fence.mbarrier_init by the lanes.
  void init_fence(WarpIndex warp, LaneMask lanes);
  /// The moment of an mbarrier.init that a lane executes now.
  InitMoment init_moment(WarpIndex warp, LaneMask lane);
  /// Whether the lanes know that the init was followed by fence.mbarrier_init of its thread, or by a proxy fence.
  bool knows_init_fence(const InitMoment &init, WarpIndex warp, LaneMask lanes);
  /// Whether some lane of the warp knows that the actor's operations up to `time` are complete.
  bool warp_knows_async(AsyncActor actor, std::uint32_t time, WarpIndex warp);
  /// Those of the lanes that know it.
  LaneMask lanes_knowing_async(AsyncActor actor, std::uint32_t time, WarpIndex warp, LaneMask lanes);
  /// fence.proxy.tensormap::generic.release and .acquire by the lanes: maps that were changed before a release are seen
  /// by copies behind an acquire that follows it.
  void map_release(WarpIndex warp, LaneMask lanes);
  void map_acquire(WarpIndex warp, LaneMask lanes);
  /// As release_to, but only what is known of asynchronous operations, not of generic accesses: an arrive whose scope
  /// does not reach the barrier's waiters.
  void release_async_to(SyncClock &clock, WarpIndex warp, LaneMask lanes);
  /// A block ends: accesses of other blocks to its shared memory, and copies of its own that use it, must precede the
  /// end. Without other blocks in its cluster (`alone`) only the copies are looked at.
  void check_lifetime(BlockIndex block, PlaceIndex exit, WarpIndex warp, bool alone = false);

  /// True if some byte of global memory was written under one checker and accessed under the other: both served other
  /// blocks of one launch, on host threads of their own. Also true where that is not known.
  bool may_conflict(const RaceChecker &other) const;

  /// Findings so far, in order of discovery.
  std::span<const RaceReport> reports() const;
  /// Conflicting pairs of places that were dropped because RaceLimits::reports was reached.
  std::uint64_t dropped() const;
  /// Bytes of host memory that the shadow occupies now, and bytes of device memory it describes.
  struct ShadowSize {
    std::uint64_t shadow_bytes = 0;
    std::uint64_t covered_bytes = 0;
  };
  ShadowSize shadow_size() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace tw::emulator
