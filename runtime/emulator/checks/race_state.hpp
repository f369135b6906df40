// The inside of the race checker: what each warp knows, and the synchronisation objects between warps.
#pragma once

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

/// A release seen by a relaxed load: it counts once the same lane executes a fence [PTX ISA 8.8, acquire pattern].
struct PendingAcquire {
  LaneMask lanes = 0;
  Release release;
  Scope read_scope = Scope::cta;
};

/// What a lane knew at its last fence: any later strong write of it publishes that [PTX ISA 8.8, release pattern].
struct FenceRelease {
  LaneMask lanes = 0;
  Scope scope = Scope::cta;
  std::shared_ptr<VectorClock> known;
  std::uint32_t time = 0;
  std::array<std::uint32_t, kLanes> copies_done{};
};

/// cp.async of one lane. Times of the copies actor count up at each commit, wait_all and mbarrier arrive.
struct CopyGroups {
  std::uint32_t open = 1;             ///< time that a new copy gets
  std::uint32_t done = 0;             ///< copies up to this time are complete for the lane itself
  std::vector<std::uint32_t> commits; ///< last time of each committed group that no wait has covered
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
  std::array<CopyGroups, kLanes> copies;
  Actor actor() const { return Actor::of_warp(index); }
  Actor copies_actor() const { return Actor::of_copies(index); }
};

/// An open block barrier.
struct BarrierState {
  VectorClock sum;
  std::vector<std::pair<WarpIndex, LaneMask>> waiters;
};

/// A block that runs.
struct BlockState {
  static constexpr std::size_t kBarriers = 16;
  std::vector<WarpState> warps;
  std::array<BarrierState, kBarriers> barriers;
  WindowShadow shared{0};
  VectorClock exited; ///< what the exited threads of the block did and knew
};

/// Who performs an access and what orders it: everything that does not change from piece to piece.
struct Author {
  const WarpState *warp = nullptr;
  const VectorClock *clock = nullptr;
  const WarpAccess *instruction = nullptr; ///< null for rows of a collective access
  PlaceFacts facts;
  Stamp stamp;
  bool write = false;
  Space space = Space::global;
  BlockIndex owner;
};

struct RaceChecker::State {
  RaceLimits limits;
  LaunchShape shape;
  std::uint32_t warps_per_block = 1;
  std::vector<std::unique_ptr<BlockState>> blocks;
  ShadowPool pool;
  GlobalShadow global;
  std::vector<PlaceFacts> places;
  std::vector<bool> collective_places;
  std::unordered_map<std::uint64_t, std::vector<Release>> locations; ///< by location_key
  std::bitset<4096> location_filter;
  std::uint64_t next_release = 1;
  std::vector<RaceReport> reports;
  std::map<std::array<std::uint32_t, 3>, std::size_t> known_pairs; ///< (sort, earlier place, later place)
  std::uint64_t dropped = 0;

  // race_state.cpp
  BlockState *block(BlockIndex index) { return index.value < blocks.size() ? blocks[index.value].get() : nullptr; }
  BlockIndex block_of(WarpIndex warp) const { return {warp.value / warps_per_block}; }
  WarpState &warp(WarpIndex index);
  const PlaceFacts &facts(PlaceIndex place);
  bool reaches(Scope scope, BlockIndex from, BlockIndex to) const;
  void report(RaceSort sort, const Author &author, const ShadowEntry &earlier, const ShadowEntry &mine,
              std::uint64_t piece_address, std::uint16_t overlap);

  // race_access.cpp
  void access_lanes(const WarpAccess &access, LaneMask lanes, Author &author);
  void touch(std::uint64_t piece_address, const ShadowEntry &mine, const Author &author);
  bool ordered(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author, std::uint16_t overlap) const;
  std::optional<RaceSort> conflict(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author,
                                   std::uint16_t overlap) const;
  ShadowPiece *piece(Space space, BlockIndex owner, std::uint64_t address);

  // race_sync.cpp
  void tick(WarpState &warp);
  void publish(const WarpState &warp, LaneMask lanes, VectorClock &into) const;
  void acquire(WarpState &warp, LaneMask lanes, const VectorClock &clock);
  void replace_views(WarpState &warp, LaneMask lanes, const VectorClock &clock);

  // race_strong.cpp
  void order_strong(const WarpAccess &access, const PlaceFacts &facts);
  void forget_releases(const WarpAccess &access);
};

} // namespace tw::emulator
