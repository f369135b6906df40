// The inside of the race checker: what each warp knows, and the synchronisation objects between warps.
#pragma once

#include "access_plan.hpp"
#include "async_shadow.hpp"
#include "line_shadow.hpp"
#include "race_checker.hpp"
#include "shared_round.hpp"

#include <array>
#include <bitset>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

namespace tw::emulator {

/// A release that a strong write has published, as a later strong read may observe it.
struct Release {
  std::uint64_t id = 0;
  std::shared_ptr<VectorClock> clock;
  Scope scope = Scope::cta;
  BlockIndex block;
};

/// Entries that a clock is known to cover. Clocks grow, so that what was known stays known.
class KnownEntries {
public:
  bool has(Stamp stamp, std::uint32_t set) const {
    const Known &known = known_[slot(stamp, set)];
    return known.stamp == stamp && known.set == set;
  }
  void add(Stamp stamp, std::uint32_t set) {
    known_[slot(stamp, set)] = {stamp, set};
    any_ = true;
  }
  void clear() {
    if (any_) known_.fill({});
    any_ = false;
  }

private:
  struct Known {
    Stamp stamp;
    std::uint32_t set = 0;
  };
  static constexpr std::size_t kSlots = 64;
  static std::size_t slot(Stamp stamp, std::uint32_t set) {
    // Place and warps tell the entries of one phase apart.
    std::uint64_t mixed = (stamp.bits >> Stamp::kTimeBits ^ std::uint64_t{set} << 20) * 0x9e3779b97f4a7c15u;
    return mixed >> 58;
  }
  std::array<Known, kSlots> known_{};
  bool any_ = false;
};

/// Lanes of a warp that know the same. The views of a warp partition its lanes; a converged warp has one.
struct View {
  LaneMask lanes = kAllLanes;
  VectorClock clock;
  mutable KnownEntries known; ///< by `clock`
};

/// A release seen by a relaxed load: it counts once the same lane executes a fence [PTX ISA 8.8, acquire pattern], or
/// with `sc` a fence.sc [8.9.3].
struct PendingAcquire {
  LaneMask lanes = 0;
  Release release;
  Scope read_scope = Scope::cta;
  bool sc = false;
};

/// What a lane knew at its last fence: any later strong write of it publishes that [PTX ISA 8.8, release pattern].
struct FenceRelease {
  LaneMask lanes = 0;
  Scope scope = Scope::cta;
  std::shared_ptr<VectorClock> known;
  std::uint32_t time = 0;
  std::array<std::uint32_t, kLanes> copies_done{};
  bool sc = false;
  std::uint64_t id = 0;
};

/// What a fence.sc knew before strong accesses of one location that followed it in its thread.
struct ScMark {
  Release release; ///< scope: of the fence
  Scope access_scope = Scope::cta;
  bool write = false; ///< of the accesses
};

/// cp.async of a warp, by lane. Times of the copies actor count up at each commit, wait_all and mbarrier arrive.
struct CopyGroups {
  std::array<std::uint32_t, kLanes> open;                 ///< time that a new copy gets
  std::array<std::uint32_t, kLanes> done{};               ///< copies up to this time are complete for the lane
  std::array<std::vector<std::uint32_t>, kLanes> commits; ///< last time of each group that no wait has covered
  CopyGroups() { open.fill(1); }
};

/// A warp that runs.
struct WarpState {
  WarpIndex index;
  BlockIndex block;
  LaneMask live = kAllLanes;
  std::uint32_t time = 1; ///< stamps of the warp's own accesses; one number serves all lanes
  std::vector<View> views;
  std::vector<PendingAcquire> pending;
  std::vector<FenceRelease> fences;
  std::unique_ptr<CopyGroups> copies; ///< null until the warp's first copy or commit
  Actor actor() const { return Actor::of_warp(index); }
  Actor copies_actor() const { return Actor::of_copies(index); }
  std::uint32_t copies_done(int lane) const { return copies ? copies->done[lane] : 0; }
  CopyGroups &copy_groups() {
    if (!copies) copies = std::make_unique<CopyGroups>();
    return *copies;
  }
};

/// An open block barrier.
struct BarrierState {
  VectorClock sum; ///< of the block's dimensions once `used`
  bool used = false;
  std::vector<std::pair<WarpIndex, LaneMask>> waiters;
};

/// A block that runs.
struct BlockState {
  static constexpr std::size_t kBarriers = 16;
  std::vector<WarpState> warps;
  std::array<BarrierState, kBarriers> barriers;
  WindowShadow shared;
  SharedRound round;  ///< of accesses that `shared` does not have yet; used with LaunchShape::private_shared
  VectorClock exited; ///< what the exited threads of the block did and knew

  /// As at the block's first instruction.
  void start(BlockIndex index, const LaunchShape &shape, std::uint32_t shared_bytes);
};

/// Who performs an access and what orders it: everything that does not change from piece to piece.
struct Author {
  const WarpState *warp = nullptr;
  const VectorClock *clock = nullptr;
  const WarpAccess *instruction = nullptr; ///< null for rows of a collective access, and with a plan
  const AccessPlan *plan = nullptr;
  std::uint64_t first_address = 0; ///< with a plan
  PlaceFacts facts;
  Stamp own_stamp;        ///< with the warp's own actor, for kLanesForm
  Stamp block_stamp;      ///< with the actor of the block's first warp, for the other forms
  std::uint32_t warp_bit; ///< the warp within its block
  bool write = false;
  Space space = Space::global;
  BlockIndex owner;

  Author(const WarpState &warp, const PlaceFacts &facts) : warp(&warp), facts(facts) {}
  void set_stamps(Actor actor, PlaceIndex place, std::uint32_t time, std::uint32_t warp_in_block) {
    own_stamp = Stamp::make(actor, place, time, true);
    block_stamp = Stamp::make({actor.value - 2 * warp_in_block}, place, time, false);
    warp_bit = 1u << warp_in_block;
  }
  /// What orders earlier accesses before the author's: a clock, and the entries it was found to cover.
  void set_clock(const VectorClock &clock_of_lanes, KnownEntries &entries) {
    clock = &clock_of_lanes;
    known_ = &entries;
  }
  void set_view(const View &view) { set_clock(view.clock, view.known); }
  /// The entry of a piece that this author touches.
  ShadowEntry entry_of(const PlanPiece &part) const {
    bool by_lanes = part.shift == ShadowEntry::kLanesForm;
    return entry_of(ShadowEntry::pack(by_lanes ? part.lanes : 0, part.bytes, part.first, part.shift));
  }
  ShadowEntry entry_of(const PlanEntry &part) const { return entry_of(part.rest); }
  /// The same of a line.
  LineEntry entry_of(const PlanLine &part) const {
    if (LineLanes::is_listed(part.lanes)) return {own_stamp, part.touched, part.lanes};
    return {block_stamp, part.touched | warp_bit, part.lanes};
  }
  /// The author's own actor.
  Actor actor() const { return own_stamp.actor(); }
  /// True if the clock knows every lane of every warp of the entry.
  template <class Entry> bool knows_all(const Entry &entry) const {
    return known_->has(entry.stamp, entry.set()) || finds_all_known(entry.stamp, entry.set());
  }
  /// A cheap test that `earlier` happened before `mine`, an entry of this author: its clock knows that, or both give
  /// every byte to the same lane, whose accesses follow each other. That does not hold for asynchronous ones.
  template <class Entry> bool follows(const Entry &earlier, const Entry &mine) const {
    return known_->has(earlier.stamp, earlier.set()) ||
           (earlier.set() == mine.set() && earlier.same_lanes(mine) && earlier.is_straight() &&
            earlier.stamp.actor() == block_stamp.actor() && !actor().asynchronous()) ||
           finds_all_known(earlier.stamp, earlier.set());
  }
  /// True if another block made the entry; blocks have `warps_per_block` warps.
  bool is_foreign(Stamp stamp, std::uint32_t warps_per_block) const {
    return stamp.actor().value / 2 - block_stamp.actor().value / 2 >= warps_per_block;
  }

private:
  ShadowEntry entry_of(std::uint64_t rest) const {
    if (rest >> 56 == ShadowEntry::kLanesForm) return {own_stamp, rest};
    return {block_stamp, rest | warp_bit};
  }
  bool finds_all_known(Stamp stamp, std::uint32_t set) const {
    std::uint32_t time = stamp.time();
    if (!stamp.all_actors(set, [&](Actor actor) { return clock->common(actor) >= time; })) return false;
    known_->add(stamp, set);
    return true;
  }
  KnownEntries *known_ = nullptr;
};

struct RaceChecker::State {
  RaceLimits limits;
  LaunchShape shape;
  std::uint32_t warps_per_block = 1;
  std::vector<std::unique_ptr<BlockState>> blocks;
  std::vector<std::unique_ptr<BlockState>> ended_blocks; ///< for the memory they hold
  EntryPool<ShadowEntry> pool;
  EntryPool<LineEntry> line_pool;
  PieceArena pieces;
  GlobalShadow global;
  std::vector<PlaceFacts> places;
  std::vector<bool> collective_places;
  std::unordered_map<std::uint64_t, std::vector<Release>> locations; ///< by location_key
  std::bitset<4096> location_filter;
  std::unordered_map<std::uint64_t, std::vector<ScMark>> sc_marks; ///< by location_key
  std::uint64_t next_release = 1;
  std::vector<RaceReport> reports;
  std::map<std::array<std::uint32_t, 3>, std::size_t> known_pairs; ///< (sort, earlier place, later place)
  std::uint64_t dropped = 0;
  AsyncState async;
  bool forgets_bytes = false;         ///< some bytes were read, and no entry says so any more
  WarpState *recent_warp = nullptr;   ///< of the last planned access; null when blocks change
  BlockState *recent_block = nullptr; ///< of recent_warp

  // race_state.cpp
  BlockState *block(BlockIndex index) { return index.value < blocks.size() ? blocks[index.value].get() : nullptr; }
  BlockIndex block_of(WarpIndex warp) const { return {warp.value / warps_per_block}; }
  const WarpState *running(WarpIndex index) const;
  WarpState &warp(WarpIndex index);
  const PlaceFacts &facts(PlaceIndex place);
  bool reaches(Scope scope, BlockIndex from, BlockIndex to) const;
  void report(RaceSort sort, const Author &author, const ShadowEntry &earlier, const ShadowEntry &mine,
              std::uint64_t piece_address, std::uint16_t overlap);

  // race_access.cpp
  void access_lanes(const WarpAccess &access, LaneMask lanes, const Author &author);
  void access_rows(std::span<const std::uint64_t> offsets, std::uint32_t bytes, const Author &author);
  void access_planned(const AccessPlan &plan, const Author &author);
  void access_lines(const AccessPlan &plan, std::uint64_t start, const Author &author);
  void touch(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine, const Author &author);
  /// The piece at `address`, followed by those up to the end of its line; null in a block that is gone.
  ShadowPiece *piece_at(Space space, BlockIndex owner, std::uint64_t address);

  // race_round.cpp
  /// Puts what the block's round has kept into the shadow.
  void record_round(BlockState &block);
  /// From now on to the end of the round, accesses to the block's shared memory go to the shadow at once.
  void close_round(BlockIndex owner);
  /// Ends the round if the waiters of the barrier are all threads of the block.
  void end_round(BlockState &block, const BarrierState &barrier);

  // race_line.cpp
  /// Records an access in a line without pieces. False, and nothing has changed that pieces would not change as well,
  /// if it needs pieces: it is not clearly ordered, or makes too many entries.
  bool touch_line(ShadowLine &line, const LineEntry &mine, const Author &author);
  bool write_line(ShadowLine &line, const LineEntry &mine, const Author &author);
  bool read_line(ShadowLine &line, const LineEntry &mine, const Author &author);
  bool all_before(const LineEntry &head, std::uint32_t more, const LineEntry &mine, const Author &author,
                  bool &shares) const;
  /// Takes the words of a read out of the reads before it, and forgets the oldest of too many blocks.
  void hide_reads(ShadowLine &line, const LineEntry &mine, const Author &author);
  bool add_to_line(LineEntry &head, std::uint32_t &more, const LineEntry &mine);
  /// The pieces of a line, made of its entries if it has none.
  ShadowPiece *split(ShadowLine &line);
  /// Gives a line one write over all of it, instead of its pieces, if that is clearly ordered after everything.
  bool collapse(ShadowLine &line, const LineEntry &mine, const Author &author);
  void release(ShadowLine &line);

  // race_merge.cpp
  bool is_written(const ShadowLine &line) const;
  template <class Add> void for_each_entry(const ShadowLine &line, bool writes, Add add) const;

  // race_conflict.cpp
  void touch_write(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine, const Author &author);
  void touch_read(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine, const Author &author);
  bool is_ordered(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author,
                  std::uint16_t overlap) const;
  std::optional<RaceSort> conflict(const ShadowEntry &earlier, const Author &author, std::uint16_t overlap) const;

  // race_sync.cpp
  void tick(WarpState &warp);
  void publish(const WarpState &warp, LaneMask lanes, VectorClock &into) const;
  void publish_own(const WarpState &warp, LaneMask lanes, VectorClock &into) const;
  void acquire(WarpState &warp, LaneMask lanes, const VectorClock &clock);
  void replace_views(WarpState &warp, LaneMask lanes, const VectorClock &clock);

  // async_order.cpp
  void mark_fenced(WarpState &warp, LaneMask lanes, std::uint32_t bits, std::uint32_t own_bits);

  // async_check.cpp
  bool adds_report(RaceSort sort, PlaceIndex earlier, PlaceIndex later);
  RaceSide side_of(const AsyncOperation &operation, AsyncKind kind);
  void check_generic_bytes(const WarpAccess &access, const PlaceFacts &facts, LaneMask lanes, const View &view,
                           AsyncShadow &shadow);
  void check_against_async(const WarpAccess &access, const PlaceFacts &facts);
  void check_async_piece(const AsyncOperation &operation, AsyncKind kind, const VectorClock &known, Space space,
                         BlockIndex owner, std::uint64_t piece_address, std::uint16_t bytes);
  void check_async_cell(const AsyncOperation &operation, AsyncKind kind, std::uint32_t index, const VectorClock &known,
                        AsyncShadow &shadow, Space space, BlockIndex owner, std::uint64_t cell_address,
                        std::uint16_t bytes);

  // race_strong.cpp
  void order_strong(const WarpAccess &access, const PlaceFacts &facts);
  void remember(WarpState &warp, const PendingAcquire &seen);
  std::shared_ptr<VectorClock> known_at(const WarpState &warp, const FenceRelease &fence, LaneMask lanes) const;

  // race_sc.cpp
  void order_sc(WarpState &warp, std::uint64_t location, LaneMask lanes, const PlaceFacts &facts);
  void forget_releases(const WarpAccess &access);
};

} // namespace tw::emulator
