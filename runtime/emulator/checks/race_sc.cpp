// The order of fence.sc operations, as far as no execution can have it otherwise [PTX ISA 8.9.3, 8.10].
//
// Fence-SC order is found at run time: that one fence was executed before another proves nothing. But let A follow
// fence X in its thread, B precede fence Y in another, A and B be morally strong accesses of one location, one of them
// a write, and A come first (B does not precede what A saw). Were Y before X, then B would precede A by causality,
// against the order in which they reached the location. So X synchronises with Y. fence.acq_rel has this only where B
// reads what A wrote.
#include "race_state.hpp"

#include <algorithm>

namespace tw::emulator {

void RaceChecker::State::order_sc(WarpState &warp, std::uint64_t location, LaneMask lanes, const PlaceFacts &facts) {
  bool writes = facts.kind != AccessKind::load;
  if (!sc_marks.empty())
    if (auto found = sc_marks.find(location); found != sc_marks.end())
      for (const ScMark &mark : found->second) {
        const Release &release = mark.release;
        if ((mark.write || writes) && reaches(release.scope, release.block, warp.block) &&
            reaches(mark.access_scope, release.block, warp.block) && reaches(facts.scope, warp.block, release.block))
          remember(warp, {lanes, release, facts.scope, true});
      }
  for (const FenceRelease &fence : warp.fences) {
    LaneMask mine = fence.lanes & lanes;
    if (!fence.sc || !mine) continue;
    std::vector<ScMark> &marks = sc_marks[location];
    bool wide = std::min(fence.scope, facts.scope) >= Scope::gpu;
    auto same = std::find_if(marks.begin(), marks.end(), [&](const ScMark &mark) {
      return mark.write == writes && mark.access_scope == facts.scope && mark.release.scope == fence.scope &&
             (wide || mark.release.block == warp.block);
    });
    if (same == marks.end()) {
      marks.push_back({{fence.id, known_at(warp, fence, mine), fence.scope, warp.block}, facts.scope, writes});
    } else if (Release &kept = same->release;
               kept.id != fence.id || !kept.clock->covers(warp.actor(), mine, fence.time)) {
      // Else a lane polls behind one fence.
      if (kept.clock.use_count() > 1) kept.clock = std::make_shared<VectorClock>(*kept.clock);
      kept.clock->join(*known_at(warp, fence, mine));
      kept.id = fence.id;
    }
  }
}

} // namespace tw::emulator
