// The inside of the race checker: what each warp knows, and the synchronisation objects between warps.
#pragma once

#include "access_plan.hpp"
#include "async_shadow.hpp"
#include "race_checker.hpp"
#include "race_shadow.hpp"

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

/// Lanes of a warp that know the same. The views of a warp partition its lanes; a converged warp has one.
struct View {
  LaneMask lanes = kAllLanes;
  VectorClock clock;
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
  VectorClock exited; ///< what the exited threads of the block did and knew

  /// As at the block's first instruction.
  void start(BlockIndex index, const LaunchShape &shape, std::uint32_t shared_bytes);
};

/// Who performs an access and what orders it: everything that does not change from piece to piece.
struct Author {
  const WarpState *warp = nullptr;
  const VectorClock *clock = nullptr;
  const WarpAccess *instruction = nullptr; ///< null for rows of a collective access
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
  void set_clock(const VectorClock &known) {
    clock = &known;
    remembered_ = {};
  }
  /// The entry of a piece that this author touches.
  ShadowEntry entry_of(const PlanPiece &part) const {
    if (part.shift == ShadowEntry::kLanesForm) return {own_stamp, part.lanes, part.bytes, 0, ShadowEntry::kLanesForm};
    return {block_stamp, warp_bit, part.bytes, part.first, part.shift};
  }
  /// The author's own actor.
  Actor actor() const { return own_stamp.actor(); }
  /// True if the clock knows every lane of every warp of the entry.
  bool knows_all(const ShadowEntry &entry) const { return remembers(entry) || finds_all_known(entry); }
  /// The cheap half of knows_all: neighbouring pieces mostly hold the same entries.
  bool remembers(const ShadowEntry &entry) const {
    return (entry.stamp == remembered_[0].stamp && entry.set == remembered_[0].set) ||
           (entry.stamp == remembered_[1].stamp && entry.set == remembered_[1].set);
  }

private:
  struct Known {
    Stamp stamp;
    std::uint32_t set = 0;
  };
  bool finds_all_known(const ShadowEntry &entry) const {
    std::uint32_t time = entry.stamp.time();
    if (!entry.all_actors([&](Actor actor) { return clock->common(actor) >= time; })) return false;
    remembered_[1] = remembered_[0];
    remembered_[0] = {entry.stamp, entry.set};
    return true;
  }
  mutable std::array<Known, 2> remembered_{};
};

struct RaceChecker::State {
  RaceLimits limits;
  LaunchShape shape;
  std::uint32_t warps_per_block = 1;
  std::vector<std::unique_ptr<BlockState>> blocks;
  std::vector<std::unique_ptr<BlockState>> ended_blocks; ///< for the memory they hold
  ShadowPool pool;
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
  WarpState *recent_warp = nullptr; ///< of the last planned access; null when blocks change

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
  void touch(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine, const Author &author);
  ShadowPiece *pieces(const Author &author, std::uint64_t address, std::uint64_t end);

  // race_conflict.cpp
  void touch_write(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine, const Author &author);
  void touch_read(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine, const Author &author);
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
