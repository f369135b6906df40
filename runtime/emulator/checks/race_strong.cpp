// Release and acquire through strong accesses and fences [PTX ISA 8.8-8.9].
#include "race_state.hpp"

#include <algorithm>
#include <bit>

namespace tw::emulator {

namespace {

std::uint64_t location_key(const WarpAccess &access, int lane) {
  std::uint64_t address = access.address[lane];
  // Device addresses stay below 2^48, so that the upper half is free for shared windows.
  return access.space == Space::global ? address
                                       : std::uint64_t{1} << 63 | std::uint64_t{access.owner.value} << 32 | address;
}

std::size_t filter_slot(std::uint64_t key) { return (key ^ key >> 12 ^ key >> 32) / 4 % 4096; }

/// Adds a release to those that one location carries; releases of one reach are kept as one.
void append(std::vector<Release> &carried, const Release &added) {
  bool wide = added.scope >= Scope::gpu;
  for (Release &release : carried) {
    if (release.scope != added.scope || !(wide || release.block == added.block)) continue;
    if (release.clock.use_count() > 1) release.clock = std::make_shared<VectorClock>(*release.clock);
    release.clock->join(*added.clock);
    release.id = added.id;
    return;
  }
  carried.push_back(added);
}

} // namespace

void RaceChecker::State::forget_releases(const WarpAccess &access) {
  for (LaneMask rest = access.lanes; rest; rest &= rest - 1) {
    std::uint64_t key = location_key(access, std::countr_zero(rest));
    if (location_filter[filter_slot(key)]) locations.erase(key);
    if (!sc_marks.empty()) sc_marks.erase(key);
  }
}

void RaceChecker::State::remember(WarpState &warp, const PendingAcquire &seen) {
  auto known = std::find_if(warp.pending.begin(), warp.pending.end(), [&](const PendingAcquire &pending) {
    return pending.sc == seen.sc && pending.read_scope == seen.read_scope &&
           pending.release.scope == seen.release.scope && pending.release.block == seen.release.block &&
           (pending.release.id == seen.release.id || pending.lanes == seen.lanes);
  });
  if (known == warp.pending.end()) {
    warp.pending.push_back(seen);
  } else if (known->release.id == seen.release.id) {
    known->lanes |= seen.lanes;
  } else { // a lane that polls many releases without ever fencing keeps only their sum
    known->release.clock = std::make_shared<VectorClock>(*known->release.clock);
    known->release.clock->join(*seen.release.clock);
    known->release.id = next_release++;
  }
}

std::shared_ptr<VectorClock> RaceChecker::State::known_at(const WarpState &warp, const FenceRelease &fence,
                                                          LaneMask lanes) const {
  auto clock = std::make_shared<VectorClock>(*fence.known);
  clock->raise_lanes(warp.actor(), lanes, fence.time);
  for (LaneMask rest = lanes; rest; rest &= rest - 1)
    clock->raise_lanes(warp.copies_actor(), rest & -rest, fence.copies_done[std::countr_zero(rest)]);
  return clock;
}

void RaceChecker::State::order_strong(const WarpAccess &access, const PlaceFacts &facts) {
  WarpState &warp = this->warp(access.warp);
  bool reads = facts.kind == AccessKind::load || facts.kind == AccessKind::atomic;
  bool acquires = facts.order == Order::acquire || facts.order == Order::acq_rel;
  bool releases = facts.order == Order::release || facts.order == Order::acq_rel;

  auto observe = [&](const std::vector<Release> &carried, LaneMask lanes) {
    for (const Release &release : carried) {
      if (!reaches(release.scope, release.block, warp.block) || !reaches(facts.scope, warp.block, release.block))
        continue;
      if (acquires) {
        acquire(warp, lanes, *release.clock);
        continue;
      }
      remember(warp, {lanes, release, facts.scope});
    }
  };
  auto released_by = [&](int lane) {
    std::vector<Release> out;
    LaneMask bit = LaneMask{1} << lane;
    if (releases) {
      auto clock = std::make_shared<VectorClock>();
      for (const View &view : warp.views)
        if (view.lanes & bit) *clock = view.clock;
      clock->raise_lanes(warp.actor(), bit, warp.time);
      clock->raise_lanes(warp.copies_actor(), bit, warp.copies_done(lane));
      out.push_back({next_release++, clock, facts.scope, warp.block});
    }
    for (const FenceRelease &fence : warp.fences) {
      if (!(fence.lanes & bit)) continue;
      out.push_back({next_release++, known_at(warp, fence, bit), std::min(fence.scope, facts.scope), warp.block});
    }
    return out;
  };

  for (LaneMask rest = access.lanes; rest;) {
    int lane = std::countr_zero(rest);
    LaneMask group = LaneMask{1} << lane;
    if (facts.kind == AccessKind::load) // lanes that poll one word learn the same and stay together
      for (int other = lane + 1; other < kLanes; ++other)
        if ((rest >> other & 1) && access.address[other] == access.address[lane]) group |= LaneMask{1} << other;
    rest &= ~group;

    std::uint64_t key = location_key(access, lane);
    order_sc(warp, key, group, facts);
    auto found = locations.find(key);
    if (reads && found != locations.end()) observe(found->second, group);
    if (facts.kind == AccessKind::load) continue;

    // A store hides earlier releases; an atomic update carries them on.
    std::vector<Release> carried;
    if (facts.kind != AccessKind::store && found != locations.end()) carried = std::move(found->second);
    for (const Release &release : released_by(lane)) append(carried, release);
    if (!carried.empty()) {
      locations[key] = std::move(carried);
      location_filter.set(filter_slot(key));
    } else if (found != locations.end()) {
      locations.erase(key);
    }
  }
  if (releases) tick(warp);
}

void RaceChecker::fence(WarpIndex index, LaneMask lanes, Scope scope, Order order) {
  WarpState &warp = state_->warp(index);
  lanes &= warp.live;
  bool sc = order == Order::sc;
  for (PendingAcquire &pending : warp.pending) {
    LaneMask ready = pending.lanes & lanes;
    const Release &release = pending.release;
    if (!ready || order == Order::release || (pending.sc && !sc) || !state_->reaches(scope, warp.block, release.block))
      continue;
    state_->acquire(warp, ready, *release.clock);
    pending.lanes &= ~ready;
  }
  std::erase_if(warp.pending, [](const PendingAcquire &pending) { return pending.lanes == 0; });
  if (order == Order::acquire) return;

  for (FenceRelease &fence : warp.fences)
    if (fence.scope <= scope && (sc || !fence.sc)) fence.lanes &= ~lanes;
  std::erase_if(warp.fences, [](const FenceRelease &fence) { return fence.lanes == 0; });
  std::array<std::uint32_t, kLanes> done{};
  for (int lane = 0; lane < kLanes; ++lane) done[lane] = warp.copies_done(lane);
  for (const View &view : warp.views)
    if (view.lanes & lanes)
      warp.fences.push_back({view.lanes & lanes, scope, std::make_shared<VectorClock>(view.clock), warp.time, done, sc,
                             state_->next_release++});
  state_->tick(warp);
}

void RaceChecker::release_fenced_to(SyncClock &clock, WarpIndex index, LaneMask lanes, Scope scope) {
  WarpState &warp = state_->warp(index);
  lanes &= warp.live;
  for (const FenceRelease &fence : warp.fences)
    if (LaneMask fenced = fence.lanes & lanes; fenced && fence.scope >= scope)
      clock.known().join(*state_->known_at(warp, fence, fenced));
  // The marks tell up to when each thread's inits were fenced.
  for (const View &view : warp.views)
    if (view.lanes & lanes) clock.known().join(view.clock.moved(kInitFenced, kInitFenced));
}

} // namespace tw::emulator
