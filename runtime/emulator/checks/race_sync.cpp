// Order between threads: warp and block barriers, exits, asynchronous copies, and clocks kept by the machine.
#include "race_state.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace tw::emulator {

void RaceChecker::State::tick(WarpState &warp) {
  if (++warp.time >= (1u << Stamp::kTimeBits))
    throw std::length_error("race checker: a warp synchronised more than 16777214 times; run a smaller case with "
                            "checks on, or this one without");
}

void RaceChecker::State::publish(const WarpState &warp, LaneMask lanes, VectorClock &into) const {
  for (const View &view : warp.views)
    if (view.lanes & lanes) into.join(view.clock);
  publish_own(warp, lanes, into);
}

void RaceChecker::State::publish_own(const WarpState &warp, LaneMask lanes, VectorClock &into) const {
  bool whole = (lanes & warp.live) == warp.live;
  if (whole)
    into.raise(warp.actor(), warp.time);
  else
    into.raise_lanes(warp.actor(), lanes, warp.time);
  if (!warp.copies) return;
  const auto &done = warp.copies->done;
  auto [least, most] = std::minmax_element(done.begin(), done.end());
  if (whole && *least) into.raise(warp.copies_actor(), *least);
  if (whole && *least == *most) return;
  for (LaneMask rest = lanes; rest; rest &= rest - 1)
    if (std::uint32_t time = done[std::countr_zero(rest)]) into.raise_lanes(warp.copies_actor(), rest & -rest, time);
}

void RaceChecker::State::acquire(WarpState &warp, LaneMask lanes, const VectorClock &clock) {
  for (std::size_t i = 0, count = warp.views.size(); i < count; ++i) {
    LaneMask learning = warp.views[i].lanes & lanes;
    if (!learning || warp.views[i].clock.includes(clock)) continue;
    record_round(*block(warp.block)); // with what its warps knew then
    if (learning == warp.views[i].lanes) {
      warp.views[i].clock.join(clock);
      continue;
    }
    warp.views[i].lanes &= ~learning;
    warp.views.push_back({learning, warp.views[i].clock, {}});
    warp.views.back().clock.join(clock);
  }
}

void RaceChecker::State::replace_views(WarpState &warp, LaneMask lanes, const VectorClock &clock) {
  for (View &view : warp.views) view.lanes &= ~lanes;
  auto mine = std::find_if(warp.views.begin(), warp.views.end(), [](const View &view) { return view.lanes == 0; });
  if (mine == warp.views.end()) {
    warp.views.push_back({lanes, clock, {}});
  } else {
    mine->lanes = lanes;
    mine->clock = clock; // includes the clocks of all `lanes`, so that what the view is found to know stays true
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
  // One is kept for accesses of the round that were not recorded yet.
  if (warp.live) std::erase_if(warp.views, [](const View &view) { return view.lanes == 0; });
}

void RaceChecker::warp_sync(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  lanes &= warp.live;
  if (!lanes) return;
  state_->record_round(*state_->block(warp.block));
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
  if (!state.used) {
    state.sum = state_->block(warp.block)->exited;
    state.sum.clear();
    state.used = true;
  }
  state_->publish(warp, lanes, state.sum);
  if (waits) state.waiters.emplace_back(index, lanes);
  state_->tick(warp);
}

void RaceChecker::barrier_complete(BlockIndex index, std::uint32_t barrier) {
  BlockState *block = state_->block(index);
  if (!block) return;
  BarrierState &state = block->barriers.at(barrier);
  state_->end_round(*block, state);
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
  CopyGroups &groups = state_->warp(index).copy_groups();
  for (; lanes; lanes &= lanes - 1) {
    int lane = std::countr_zero(lanes);
    groups.commits[lane].push_back(groups.open[lane]++);
  }
}

void RaceChecker::async_wait(WarpIndex index, LaneMask lanes, std::uint32_t open_groups) {
  CopyGroups &groups = state_->warp(index).copy_groups();
  for (; lanes; lanes &= lanes - 1) {
    int lane = std::countr_zero(lanes);
    std::vector<std::uint32_t> &commits = groups.commits[lane];
    if (commits.size() <= open_groups) continue;
    std::size_t covered = commits.size() - open_groups;
    groups.done[lane] = std::max(groups.done[lane], commits[covered - 1]);
    commits.erase(commits.begin(), commits.begin() + static_cast<std::ptrdiff_t>(covered));
  }
}

void RaceChecker::async_wait_all(WarpIndex index, LaneMask lanes) {
  CopyGroups &groups = state_->warp(index).copy_groups();
  for (; lanes; lanes &= lanes - 1) {
    int lane = std::countr_zero(lanes);
    groups.done[lane] = groups.open[lane]++;
    groups.commits[lane].clear();
  }
}

void RaceChecker::async_release_to(SyncClock &clock, WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  CopyGroups &groups = warp.copy_groups();
  for (; lanes; lanes &= lanes - 1)
    clock.known().raise_lanes(warp.copies_actor(), lanes & -lanes, groups.open[std::countr_zero(lanes)]++);
}

} // namespace tw::emulator
