// Lookups and reporting of the race checker.
#include "race_state.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <stdexcept>

namespace tw::emulator {

void BlockState::start(BlockIndex index, const LaunchShape &shape, std::uint32_t shared_bytes) {
  std::uint32_t count = (shape.threads_per_block + kLanes - 1) / kLanes, first = index.value * count;
  auto forget = [&](VectorClock &clock) { clock.start(Actor::of_warp({first}), 2 * count); };
  forget(exited);
  warps.resize(count);
  std::uint32_t threads = shape.threads_per_block;
  for (std::uint32_t i = 0; i < count; ++i, threads -= kLanes) {
    WarpState &warp = warps[i];
    warp.index = {first + i};
    warp.block = index;
    warp.live = threads >= kLanes ? kAllLanes : (LaneMask{1} << threads) - 1;
    warp.time = 1;
    warp.views.resize(1);
    warp.views[0].lanes = warp.live;
    forget(warp.views[0].clock);
    warp.views[0].known.clear();
    warp.pending.clear();
    warp.fences.clear();
    warp.copies.reset();
  }
  for (BarrierState &barrier : barriers) {
    barrier.used = false;
    barrier.waiters.clear();
  }
  shared.start(shared_bytes);
  round.start(shape.private_shared ? shared_bytes : 0);
}

WarpState &RaceChecker::State::warp(WarpIndex index) {
  BlockState *state = block(block_of(index));
  if (!state) throw std::logic_error("race checker: a warp acts before begin_block or after end_block of its block");
  return state->warps[index.value % warps_per_block];
}

const WarpState *RaceChecker::State::running(WarpIndex index) const {
  const BlockState *state = blocks[block_of(index).value].get();
  return state ? &state->warps[index.value % warps_per_block] : nullptr;
}

const PlaceFacts &RaceChecker::State::facts(PlaceIndex place) {
  if (place.value >= places.size()) places.resize(place.value + 1);
  return places[place.value];
}

bool RaceChecker::State::reaches(Scope scope, BlockIndex from, BlockIndex to) const {
  switch (scope) {
  case Scope::cta: return from == to;
  case Scope::cluster: return from.value / shape.blocks_per_cluster == to.value / shape.blocks_per_cluster;
  case Scope::gpu:
  case Scope::sys: break;
  }
  return true;
}

namespace {

/// The byte and the two lanes of a conflict: the first that the author's clock does not cover.
struct Witness {
  int byte = 0;
  Actor earlier;
  std::uint32_t earlier_lane = 0, later_lane = 0;
};

Witness find_witness(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author, std::uint16_t overlap) {
  Witness found;
  auto search = [&](Actor actor, std::uint16_t byte) {
    LaneMask late = mine.lanes_at(byte);
    for (LaneMask lanes = earlier.lanes_at(byte); lanes; lanes &= lanes - 1) {
      LaneMask lane = lanes & -lanes;
      LaneMask others = actor == author.warp->actor() ? late & ~lane : late;
      if (!others || author.clock->covers(actor, lane, earlier.stamp.time())) continue;
      found = {std::countr_zero(byte), actor, static_cast<std::uint32_t>(std::countr_zero(lane)),
               static_cast<std::uint32_t>(std::countr_zero(others))};
      return false;
    }
    return true;
  };
  for (std::uint32_t rest = overlap; rest; rest &= rest - 1) {
    auto byte = static_cast<std::uint16_t>(rest & -rest);
    if (!earlier.all_actors([&](Actor actor) { return search(actor, byte); })) break;
  }
  return found;
}

/// True if the two lanes of one instruction name overlapping bytes.
bool collide(const Author &author, std::uint32_t a, std::uint32_t b) {
  if (!author.plan && !author.instruction) return false;
  LaneMask lanes = author.plan ? author.plan->lanes : author.instruction->lanes;
  if (!(lanes >> a & 1) || !(lanes >> b & 1) || a == b) return false;
  auto at = [&](std::uint32_t lane) {
    return author.plan ? author.first_address + static_cast<std::uint64_t>(author.plan->delta[lane])
                       : author.instruction->address[lane];
  };
  std::uint64_t low = std::min(at(a), at(b)), high = std::max(at(a), at(b));
  return high - low < (author.plan ? author.plan->bytes : author.instruction->bytes);
}

} // namespace

void RaceChecker::State::report(RaceSort sort, const Author &author, const ShadowEntry &earlier,
                                const ShadowEntry &mine, std::uint64_t piece_address, std::uint16_t overlap) {
  Witness witness = find_witness(earlier, mine, author, overlap);
  bool same_warp = witness.earlier == author.own_stamp.actor();
  if (same_warp && earlier.stamp.time() == author.own_stamp.time() &&
      earlier.stamp.place() == author.own_stamp.place() && author.write &&
      collide(author, witness.earlier_lane, witness.later_lane))
    sort = RaceSort::same_instruction_write;

  std::array<std::uint32_t, 3> pair{static_cast<std::uint32_t>(sort), earlier.stamp.place().value,
                                    author.own_stamp.place().value};
  if (auto known = known_pairs.find(pair); known != known_pairs.end()) {
    ++reports[known->second].occurrences;
    return;
  }
  if (reports.size() >= limits.reports) {
    ++dropped;
    return;
  }
  auto side = [&](PlaceIndex place, Actor actor, std::uint32_t lane) {
    const PlaceFacts &facts = this->facts(place);
    bool collective = place.value < collective_places.size() && collective_places[place.value];
    RaceSide result{facts.kind,   facts.order, actor.asynchronous(),  collective, place, facts.line,
                    actor.warp(), lane,        block_of(actor.warp())};
    if (collective) result.lane = 0;
    return result;
  };
  known_pairs.emplace(pair, reports.size());
  reports.push_back({sort, author.space, author.owner, piece_address + static_cast<std::uint64_t>(witness.byte),
                     side(earlier.stamp.place(), witness.earlier, witness.earlier_lane),
                     side(author.own_stamp.place(), author.own_stamp.actor(), witness.later_lane), 1});
  // The two halves of an asynchronous copy share a place whose facts describe the store.
  if (reports.back().later.asynchronous && !author.write) reports.back().later.kind = AccessKind::load;
}

} // namespace tw::emulator
