// Order between threads: warp and block barriers, exits, asynchronous copies, and clocks kept by the machine.
#include "race_state.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace tw::emulator {

void RaceChecker::State::tick(WarpState &warp) {
  if (++warp.time >= (1u << Stamp::kTimeBits))
    throw std::length_error("race checker: a warp synchronised more than 33554430 times; run a smaller case with "
                            "checks on, or this one without");
}

void RaceChecker::State::publish(const WarpState &warp, LaneMask lanes, VectorClock &into) const {
  for (const View &view : warp.views)
    if (view.lanes & lanes) into.join(view.clock);
  if ((lanes & warp.live) == warp.live) {
    into.raise(warp.actor(), warp.time);
    std::uint32_t least = ~0u;
    for (const CopyGroups &groups : warp.copies) least = std::min(least, groups.done);
    if (least) into.raise(warp.copies_actor(), least);
  } else {
    into.raise_lanes(warp.actor(), lanes, warp.time);
  }
  for (LaneMask rest = lanes; rest; rest &= rest - 1) {
    int lane = std::countr_zero(rest);
    if (warp.copies[lane].done) into.raise_lanes(warp.copies_actor(), rest & -rest, warp.copies[lane].done);
  }
}

void RaceChecker::State::acquire(WarpState &warp, LaneMask lanes, const VectorClock &clock) {
  for (std::size_t i = 0, count = warp.views.size(); i < count; ++i) {
    LaneMask learning = warp.views[i].lanes & lanes;
    if (!learning || warp.views[i].clock.includes(clock)) continue;
    if (learning == warp.views[i].lanes) {
      warp.views[i].clock.join(clock);
      continue;
    }
    warp.views[i].lanes &= ~learning;
    warp.views.push_back({learning, warp.views[i].clock});
    warp.views.back().clock.join(clock);
  }
}

void RaceChecker::State::replace_views(WarpState &warp, LaneMask lanes, const VectorClock &clock) {
  for (View &view : warp.views) view.lanes &= ~lanes;
  auto mine = std::find_if(warp.views.begin(), warp.views.end(), [](const View &view) { return view.lanes == 0; });
  if (mine == warp.views.end()) {
    warp.views.push_back({lanes, clock});
  } else {
    mine->lanes = lanes;
    mine->clock = clock;
    std::erase_if(warp.views, [](const View &view) { return view.lanes == 0; });
  }
}

void RaceChecker::exit_lanes(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  lanes &= warp.live;
  if (!lanes) return;
  state_->publish(warp, lanes, state_->block(warp.block)->exited);
  state_->tick(warp);
  warp.live &= ~lanes;
  for (View &view : warp.views) view.lanes &= warp.live;
  std::erase_if(warp.views, [](const View &view) { return view.lanes == 0; });
}

void RaceChecker::warp_sync(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  lanes &= warp.live;
  if (!lanes) return;
  if (warp.views.size() == 1 && lanes == warp.live) {
    state_->publish(warp, lanes, warp.views.front().clock);
  } else {
    VectorClock all = warp.views.front().clock;
    all.clear();
    state_->publish(warp, lanes, all);
    state_->replace_views(warp, lanes, all);
  }
  state_->tick(warp);
}

void RaceChecker::barrier_arrive(WarpIndex index, LaneMask lanes, std::uint32_t barrier, bool waits) {
  WarpState &warp = state_->warp(index);
  lanes &= warp.live;
  if (!lanes) return;
  BarrierState &state = state_->block(warp.block)->barriers.at(barrier);
  state_->publish(warp, lanes, state.sum);
  if (waits) state.waiters.emplace_back(index, lanes);
  state_->tick(warp);
}

void RaceChecker::barrier_complete(BlockIndex index, std::uint32_t barrier) {
  BlockState *block = state_->block(index);
  if (!block) return;
  BarrierState &state = block->barriers.at(barrier);
  state.sum.join(block->exited);
  // The sum holds all that a waiter knew when it arrived, so that it can replace the waiter's view.
  for (auto [warp, lanes] : state.waiters)
    if (LaneMask live = lanes & state_->warp(warp).live) state_->replace_views(state_->warp(warp), live, state.sum);
  state.waiters.clear();
  state.sum.clear();
}

void RaceChecker::release_to(SyncClock &clock, WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  state_->publish(warp, lanes, clock.known());
  state_->tick(warp);
}

void RaceChecker::acquire_from(const SyncClock &clock, WarpIndex index, LaneMask lanes) {
  state_->acquire(state_->warp(index), lanes, clock.known());
}

void RaceChecker::async_commit(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  for (; lanes; lanes &= lanes - 1) {
    CopyGroups &groups = warp.copies[std::countr_zero(lanes)];
    groups.commits.push_back(groups.open++);
  }
}

void RaceChecker::async_wait(WarpIndex index, LaneMask lanes, std::uint32_t open_groups) {
  WarpState &warp = state_->warp(index);
  for (; lanes; lanes &= lanes - 1) {
    CopyGroups &groups = warp.copies[std::countr_zero(lanes)];
    if (groups.commits.size() <= open_groups) continue;
    std::size_t covered = groups.commits.size() - open_groups;
    groups.done = std::max(groups.done, groups.commits[covered - 1]);
    groups.commits.erase(groups.commits.begin(), groups.commits.begin() + static_cast<std::ptrdiff_t>(covered));
  }
}

void RaceChecker::async_wait_all(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  for (; lanes; lanes &= lanes - 1) {
    CopyGroups &groups = warp.copies[std::countr_zero(lanes)];
    groups.done = groups.open++;
    groups.commits.clear();
  }
}

void RaceChecker::async_release_to(SyncClock &clock, WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  for (; lanes; lanes &= lanes - 1) {
    CopyGroups &groups = warp.copies[std::countr_zero(lanes)];
    clock.known().raise_lanes(warp.copies_actor(), lanes & -lanes, groups.open++);
  }
}

} // namespace tw::emulator
