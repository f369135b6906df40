// Life of a launch and entry of accesses.
#include "race_state.hpp"

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
  state.blocks.clear();
  state.blocks.resize(shape.blocks);
  state.pool.clear();
  state.global.clear();
  state.locations.clear();
  state.location_filter.reset();
}

void RaceChecker::begin_block(BlockIndex block, std::uint32_t shared_bytes) {
  State &state = *state_;
  auto fresh = std::make_unique<BlockState>();
  std::uint32_t first = block.value * state.warps_per_block;
  VectorClock nothing(Actor::of_warp({first}), 2 * state.warps_per_block);
  fresh->exited = nothing;
  for (BarrierState &barrier : fresh->barriers) barrier.sum = nothing;
  fresh->warps.resize(state.warps_per_block);
  std::uint32_t threads = state.shape.threads_per_block;
  for (std::uint32_t i = 0; i < state.warps_per_block; ++i, threads -= kLanes) {
    WarpState &warp = fresh->warps[i];
    warp.index = {first + i};
    warp.block = block;
    warp.live = threads >= kLanes ? kAllLanes : (LaneMask{1} << threads) - 1;
    warp.views = {{warp.live, nothing}};
  }
  fresh->shared = WindowShadow(shared_bytes);
  state.blocks.at(block.value) = std::move(fresh);
}

void RaceChecker::end_block(BlockIndex index) {
  BlockState *block = state_->block(index);
  if (!block) return;
  for (ShadowPiece &piece : block->shared.pieces()) {
    state_->pool.release(piece.more_writes);
    state_->pool.release(piece.more_reads);
  }
  state_->blocks[index.value].reset();
}

void RaceChecker::declare_place(PlaceIndex place, const PlaceFacts &facts) {
  if (place.value >= (1u << Stamp::kPlaceBits))
    throw std::length_error("race checker: a kernel of more than 262144 instructions cannot be checked");
  state_->facts(place);
  state_->places[place.value] = facts;
}

void RaceChecker::access(const WarpAccess &access) {
  State &state = *state_;
  const PlaceFacts &facts = state.facts(access.place);
  WarpState &warp = state.warp(access.warp);
  Author author;
  author.warp = &warp;
  author.instruction = &access;
  author.facts = facts;
  author.stamp = Stamp::make(warp.actor(), access.place, warp.time);
  author.write = facts.kind != AccessKind::load;
  author.space = access.space;
  author.owner = access.owner;
  for (const View &view : warp.views) {
    LaneMask lanes = access.lanes & view.lanes;
    if (!lanes) continue;
    author.clock = &view.clock;
    state.access_lanes(access, lanes, author);
  }
  if (facts.order != Order::weak)
    state.order_strong(access, author.facts);
  else if (author.write && !state.locations.empty())
    state.forget_releases(access);
}

void RaceChecker::collective_access(WarpIndex index, PlaceIndex place, BlockIndex owner, std::uint64_t offset,
                                    std::uint32_t bytes) {
  State &state = *state_;
  WarpState &warp = state.warp(index);
  Author author;
  author.warp = &warp;
  author.facts = state.facts(place);
  author.stamp = Stamp::make(warp.actor(), place, warp.time);
  author.write = author.facts.kind != AccessKind::load;
  author.space = Space::shared;
  author.owner = owner;
  if (place.value >= state.collective_places.size()) state.collective_places.resize(place.value + 1);
  state.collective_places[place.value] = true;
  // Every lane is an author, so that only what all lanes know is ordered before it.
  VectorClock common_knowledge;
  author.clock = &warp.views.front().clock;
  if (warp.views.size() > 1) {
    common_knowledge = *author.clock;
    for (const View &view : warp.views) common_knowledge.meet(view.clock);
    author.clock = &common_knowledge;
  }
  for (std::uint64_t at = offset, end = offset + bytes; at < end;) {
    std::uint64_t start = at / kPieceBytes * kPieceBytes;
    std::uint64_t stop = std::min<std::uint64_t>(end, start + kPieceBytes);
    auto mask = static_cast<std::uint16_t>(((1u << (stop - start)) - 1) & ~((1u << (at - start)) - 1));
    state.touch(start, {author.stamp, kAllLanes, mask, 0, ShadowEntry::kShared}, author);
    at = stop;
  }
}

void RaceChecker::async_copy(const WarpAccess &read, const WarpAccess &write) {
  State &state = *state_;
  WarpState &warp = state.warp(write.warp);
  Author author;
  author.warp = &warp;
  author.facts = state.facts(write.place);
  for (const View &view : warp.views) {
    author.clock = &view.clock;
    for (LaneMask rest = write.lanes & view.lanes; rest;) {
      std::uint32_t time = warp.copies[std::countr_zero(rest)].open;
      LaneMask group = 0; // lanes whose copies get the same time
      for (LaneMask lanes = rest; lanes; lanes &= lanes - 1)
        if (warp.copies[std::countr_zero(lanes)].open == time) group |= lanes & -lanes;
      rest &= ~group;
      author.stamp = Stamp::make(warp.copies_actor(), write.place, time);
      for (const WarpAccess *side : {&read, &write}) {
        if (side->bytes == 0) continue;
        author.instruction = side;
        author.write = side == &write;
        author.space = side->space;
        author.owner = side->owner;
        state.access_lanes(*side, group & side->lanes, author);
      }
    }
  }
}

std::span<const RaceReport> RaceChecker::reports() const { return state_->reports; }
std::uint64_t RaceChecker::dropped() const { return state_->dropped; }

RaceChecker::ShadowSize RaceChecker::shadow_size() const {
  ShadowSize size;
  std::uint64_t pieces = state_->global.pages() * (GlobalShadow::kPageBytes / kPieceBytes);
  for (const auto &block : state_->blocks)
    if (block) pieces += block->shared.pieces().size();
  size.covered_bytes = pieces * kPieceBytes;
  size.shadow_bytes = pieces * sizeof(ShadowPiece) + state_->pool.bytes();
  return size;
}

} // namespace tw::emulator
