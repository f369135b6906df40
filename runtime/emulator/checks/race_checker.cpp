// Life of a launch and entry of accesses.
#include "race_state.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace tw::emulator {

RaceChecker::RaceChecker(RaceLimits limits) : state_(std::make_unique<State>()) { state_->limits = limits; }
RaceChecker::~RaceChecker() = default;

void RaceChecker::begin_launch(const LaunchShape &shape) {
  constexpr std::uint64_t kMaxWarps = std::uint64_t{1} << 20;
  State &state = *state_;
  state.shape = shape;
  state.warps_per_block = (shape.threads_per_block + kLanes - 1) / kLanes;
  if (std::uint64_t{state.warps_per_block} * shape.blocks > kMaxWarps)
    throw std::length_error("race checker: a launch of more than 1048576 warps cannot be checked; launch fewer blocks");
  state.recent_warp = nullptr;
  state.blocks.clear();
  state.ended_blocks.clear();
  state.blocks.resize(shape.blocks);
  state.pool.clear();
  state.line_pool.clear();
  state.pieces.clear();
  state.global.clear();
  state.locations.clear();
  state.sc_marks.clear();
  state.location_filter.reset();
  state.async.clear();
  state.forgets_bytes = false;
}

void RaceChecker::clear() {
  begin_launch({});
  state_->places.clear();
  state_->collective_places.clear();
  state_->reports.clear();
  state_->known_pairs.clear();
  state_->dropped = 0;
}

void RaceChecker::begin_block(BlockIndex block, std::uint32_t shared_bytes) {
  State &state = *state_;
  state.recent_warp = nullptr;
  std::unique_ptr<BlockState> &slot = state.blocks.at(block.value);
  if (state.ended_blocks.empty()) {
    slot = std::make_unique<BlockState>();
  } else {
    slot = std::move(state.ended_blocks.back());
    state.ended_blocks.pop_back();
  }
  slot->start(block, state.shape, shared_bytes);
}

void RaceChecker::end_block(BlockIndex index) {
  BlockState *block = state_->block(index);
  if (!block) return;
  for (ShadowLine &line : block->shared.lines()) state_->release(line);
  state_->recent_warp = nullptr;
  state_->ended_blocks.push_back(std::move(state_->blocks[index.value]));
  state_->async.shared.erase(index.value);
}

void RaceChecker::declare_place(PlaceIndex place, const PlaceFacts &facts) {
  if (place.value >= (1u << Stamp::kPlaceBits))
    throw std::length_error("race checker: a kernel of more than 262144 instructions cannot be checked");
  state_->facts(place);
  state_->places[place.value] = facts;
}

void RaceChecker::access(const WarpAccess &access) {
  State &state = *state_;
  WarpState &warp = state.warp(access.warp);
  if (access.space == Space::shared) state.close_round(access.owner);
  Author author(warp, state.facts(access.place));
  author.instruction = &access;
  author.set_stamps(warp.actor(), access.place, warp.time, access.warp.value % state.warps_per_block);
  author.write = author.facts.kind != AccessKind::load;
  author.space = access.space;
  author.owner = access.owner;
  for (const View &view : warp.views) {
    LaneMask lanes = access.lanes & view.lanes;
    if (!lanes) continue;
    author.set_view(view);
    state.access_lanes(access, lanes, author);
  }
  if (state.async.active()) state.check_against_async(access, author.facts);
  if (author.facts.order != Order::weak)
    state.order_strong(access, author.facts);
  else if (author.write && !(state.locations.empty() && state.sc_marks.empty()))
    state.forget_releases(access);
}

void RaceChecker::collective_access(WarpIndex index, PlaceIndex place, BlockIndex owner, std::uint64_t offset,
                                    std::uint32_t bytes) {
  collective_access(index, place, owner, std::span(&offset, 1), bytes);
}

void RaceChecker::collective_access(WarpIndex index, PlaceIndex place, BlockIndex owner,
                                    std::span<const std::uint64_t> offsets, std::uint32_t bytes) {
  State &state = *state_;
  WarpState &warp = state.warp(index);
  state.close_round(owner);
  Author author(warp, state.facts(place));
  author.set_stamps(warp.actor(), place, warp.time, index.value % state.warps_per_block);
  author.write = author.facts.kind != AccessKind::load;
  author.space = Space::shared;
  author.owner = owner;
  if (place.value >= state.collective_places.size()) state.collective_places.resize(place.value + 1);
  state.collective_places[place.value] = true;
  // Every lane is an author, so that only what all lanes know is ordered before it.
  VectorClock common_knowledge;
  KnownEntries known_in_common;
  author.set_view(warp.views.front());
  if (warp.views.size() > 1) {
    common_knowledge = warp.views.front().clock;
    for (const View &view : warp.views) common_knowledge.meet(view.clock);
    author.set_clock(common_knowledge, known_in_common);
  }
  state.access_rows(offsets, bytes, author);
  if (!state.async.active()) return;
  std::uint64_t rows[kLanes];
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    rows[std::countr_zero(warp.live)] = offsets[i];
    state.check_against_async({index, place, Space::shared, owner, warp.live & -warp.live, bytes, rows}, author.facts);
  }
}

void RaceChecker::async_copy(const WarpAccess &read, const WarpAccess &write) {
  State &state = *state_;
  WarpState &warp = state.warp(write.warp);
  for (const WarpAccess *side : {&read, &write})
    if (side->bytes != 0 && side->space == Space::shared) state.close_round(side->owner);
  CopyGroups &groups = warp.copy_groups();
  Author author(warp, state.facts(write.place));
  for (const View &view : warp.views) {
    author.set_view(view);
    for (LaneMask rest = write.lanes & view.lanes; rest;) {
      std::uint32_t time = groups.open[std::countr_zero(rest)];
      LaneMask same_time = 0;
      for (int lane = 0; lane < kLanes; ++lane) same_time |= static_cast<LaneMask>(groups.open[lane] == time) << lane;
      same_time &= rest;
      rest &= ~same_time;
      author.set_stamps(warp.copies_actor(), write.place, time, write.warp.value % state.warps_per_block);
      for (const WarpAccess *side : {&read, &write}) {
        if (side->bytes == 0 || !(same_time & side->lanes)) continue;
        author.instruction = side;
        author.write = side == &write;
        author.space = side->space;
        author.owner = side->owner;
        state.access_lanes(*side, same_time & side->lanes, author);
      }
    }
  }
  if (!state.async.active()) return;
  PlaceFacts reading = author.facts;
  reading.kind = AccessKind::load;
  if (read.bytes) state.check_against_async(read, reading);
  state.check_against_async(write, author.facts);
}

std::span<const RaceReport> RaceChecker::reports() const { return state_->reports; }
std::uint64_t RaceChecker::dropped() const { return state_->dropped; }

RaceChecker::ShadowSize RaceChecker::shadow_size() const {
  ShadowSize size;
  std::uint64_t lines = state_->global.lines();
  for (const auto &block : state_->blocks) {
    if (!block) continue;
    lines += block->shared.lines().size();
    size.shadow_bytes += block->round.bytes();
  }
  size.covered_bytes = lines * kLineBytes;
  size.shadow_bytes += lines * sizeof(ShadowLine) + state_->pieces.used() * kPiecesPerLine * sizeof(ShadowPiece) +
                       state_->line_pool.bytes() + state_->pool.bytes();
  return size;
}

} // namespace tw::emulator
