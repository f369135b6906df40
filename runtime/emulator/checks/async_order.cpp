// Order of asynchronous operations: completions, proxy fences, and what travels through barriers.
#include "race_state.hpp"

namespace tw::emulator {

AsyncActor RaceChecker::new_async_actor() { return {kFirstAsyncActor + state_->async.actors++}; }

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

void RaceChecker::State::mark_fenced(WarpState &warp, LaneMask lanes, std::uint32_t bits) {
  // Each group of lanes that knows the same fences what it knows and did.
  std::vector<LaneMask> groups;
  for (const View &view : warp.views)
    if (view.lanes & lanes) groups.push_back(view.lanes & lanes);
  for (LaneMask group : groups) {
    VectorClock known;
    publish(warp, group, known);
    acquire(warp, group, known.fenced(bits));
  }
  tick(warp);
}

void RaceChecker::proxy_fence(WarpIndex index, LaneMask lanes, FenceSpace space) {
  WarpState &warp = state_->warp(index);
  state_->mark_fenced(warp, lanes & warp.live,
                      (space != FenceSpace::global ? kFencedShared : 0) |
                          (space != FenceSpace::shared ? kFencedGlobal : 0));
}

void RaceChecker::map_release(WarpIndex index, LaneMask lanes) {
  WarpState &warp = state_->warp(index);
  state_->mark_fenced(warp, lanes & warp.live, kMapReleased);
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
