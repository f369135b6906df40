// Order of asynchronous operations: completions, proxy fences, and what travels through barriers.
#include "race_state.hpp"

#include <stdexcept>

namespace tw::emulator {

AsyncActor RaceChecker::new_async_actor() {
  if (state_->async.actors == kMostAsyncActors)
    throw std::length_error("race checker: more than 29360128 mbarriers and threads with bulk groups in one launch; "
                            "run a smaller case with checks on, or this one without");
  return {kFirstAsyncActor + state_->async.actors++};
}

AsyncIndex RaceChecker::async_operation(const AsyncOperation &operation) {
  state_->async.operations.push_back(operation);
  return {static_cast<std::uint32_t>(state_->async.operations.size() - 1)};
}

void RaceChecker::async_landed(AsyncIndex operation, std::uint32_t time) {
  state_->async.operations[operation.value].time = time;
}

void RaceChecker::async_done(AsyncActor actor, std::uint32_t time, WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  VectorClock done;
  done.raise({actor.value}, time);
  state_->acquire(warp, lanes & warp.live, done);
}

void RaceChecker::async_done_to(SyncClock &clock, AsyncActor actor, std::uint32_t time) {
  clock.known().raise({actor.value}, time);
}

void RaceChecker::State::mark_fenced(WarpState &warp, LaneMask lanes, std::uint32_t bits, std::uint32_t own_bits) {
  // Each group of lanes that knows the same fences what it knows and did.
  std::vector<LaneMask> groups;
  for (const View &view : warp.views)
    if (view.lanes & lanes) groups.push_back(view.lanes & lanes);
  for (LaneMask group : groups) {
    VectorClock known;
    publish(warp, group, known);
    VectorClock marks = known.fenced(bits), own;
    publish_own(warp, group, own);
    marks.join(own.fenced(own_bits));
    acquire(warp, group, marks);
  }
  tick(warp);
}

void RaceChecker::proxy_fence(WarpIndex index, LaneMask lanes, FenceSpace space) {
  WarpState &warp = state_->warp(index);
  bool shared = space != FenceSpace::global, global = space != FenceSpace::shared;
  state_->mark_fenced(warp, lanes & warp.live, (shared ? kFencedShared : 0) | (global ? kFencedGlobal : 0),
                      (shared ? kWriterFencedShared : 0) | (global ? kWriterFencedGlobal : 0));
}

void RaceChecker::init_fence(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  state_->mark_fenced(warp, lanes & warp.live, 0, kInitFenced);
}

InitMoment RaceChecker::init_moment(WarpIndex index, LaneMask lane) { return {index, lane, state_->warp(index).time}; }

bool RaceChecker::knows_init_fence(const InitMoment &init, WarpIndex index, LaneMask lanes) {
  std::uint32_t actor = Actor::of_warp(init.warp).value;
  for (const View &view : state_->warp(index).views)
    if ((view.lanes & lanes) && !view.clock.covers({actor | kInitFenced}, init.lane, init.time) &&
        !view.clock.covers({actor | kFencedShared}, init.lane, init.time))
      return false;
  return true;
}

bool RaceChecker::warp_knows_async(AsyncActor actor, std::uint32_t time, WarpIndex index) {
  for (const View &view : state_->warp(index).views)
    if (view.clock.covers({actor.value}, 1, time)) return true;
  return false;
}

LaneMask RaceChecker::lanes_knowing_async(AsyncActor actor, std::uint32_t time, WarpIndex index, LaneMask lanes) {
  LaneMask knowing = 0;
  for (const View &view : state_->warp(index).views)
    if (view.clock.covers({actor.value}, 1, time)) knowing |= view.lanes & lanes;
  return knowing;
}

void RaceChecker::map_release(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  state_->mark_fenced(warp, lanes & warp.live, kMapReleased, 0);
}

void RaceChecker::map_acquire(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  for (std::size_t i = 0, count = warp.views.size(); i < count; ++i)
    if (LaneMask learning = warp.views[i].lanes & lanes)
      state_->acquire(warp, learning, warp.views[i].clock.moved(kMapReleased, kMapFenced));
}

void RaceChecker::release_async_to(SyncClock &clock, WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  for (const View &view : warp.views)
    if (view.lanes & lanes) clock.known().join(view.clock.asynchronous());
}

} // namespace tw::emulator
