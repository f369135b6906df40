// Accesses to shared memory that wait for a barrier of the block instead of being recorded.
#include "race_state.hpp"

#include <algorithm>

namespace tw::emulator {

void RaceChecker::State::record_round(BlockState &block) {
  for (const LoggedAccess &access : block.round.log()) {
    // As when it happened: whatever changes what the warp knows calls this first, and its time is in the log.
    const WarpState &warp = block.warps[access.warp];
    Author author(warp, facts(access.place));
    author.plan = access.plan;
    author.first_address = access.first;
    author.set_stamps(warp.actor(), access.place, access.time, access.warp);
    author.write = author.facts.kind != AccessKind::load;
    author.space = Space::shared;
    author.owner = warp.block;
    author.set_view(warp.views.front());
    access_planned(*access.plan, author);
  }
  block.round.clear_log();
}

void RaceChecker::State::close_round(BlockIndex owner) {
  BlockState *state = shape.private_shared ? block(owner) : nullptr;
  if (!state) return;
  record_round(*state);
  state->round.close();
}

void RaceChecker::State::end_round(BlockState &block, const BarrierState &barrier) {
  if (!shape.private_shared) return;
  std::array<LaneMask, kLanes> waiting{};
  std::uint32_t first = block.warps.front().index.value;
  for (auto [warp, lanes] : barrier.waiters) waiting[warp.value - first] |= lanes;
  bool all = std::all_of(block.warps.begin(), block.warps.end(),
                         [&](const WarpState &warp) { return !(warp.live & ~waiting[warp.index.value - first]); });
  if (all)
    block.round.begin();
  else
    record_round(block);
}

void RaceChecker::release_plans() {
  for (auto &block : state_->blocks)
    if (block) state_->record_round(*block);
}

} // namespace tw::emulator
