// Landing of asynchronous copies.
#include "machine/async_engine.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "machine/execution.hpp"

namespace tw::emu {
namespace {

constexpr uint8_t kPoison = 0xfb;
/// Time-outs of all waits in a row, with nothing else happening, after which nothing will.
constexpr uint32_t kPatience = 64;
/// Rounds of the scheduler after which late copies land although nobody is blocked: someone may poll memory.
constexpr uint32_t kLongest = 64;
/// Pieces of copies in flight; when there are more, the oldest copies land.
constexpr uint64_t kMostPieces = 1 << 20;

} // namespace

void AsyncEngine::issue(AsyncCopy copy) {
  progressed();
  anyOnBarrier |= copy.barrierCta != nullptr;
  for (const CopySegment &s : copy.segments) execution.charge(1 + s.bytes / 16);
  pieces += copy.segments.size();
  copies.push_back(std::move(copy));
  auto made = std::prev(copies.end());
  if (timing == Timing::AtIssue) return land(made);
  if (!made->combine)
    for (const CopySegment &s : made->segments) std::memset(s.to, kPoison, s.bytes);
  while (pieces > kMostPieces) land(copies.begin());
}

BulkThread &AsyncEngine::thread(const Warp &warp, uint32_t lane) {
  BulkThread &thread = threads[{warp.globalIndex, lane}];
  if (!thread.hasActors && execution.races) {
    thread.reads = execution.races->new_async_actor();
    thread.writes = execution.races->new_async_actor();
    thread.hasActors = true;
  }
  return thread;
}

void AsyncEngine::stage(AsyncCopy &copy) {
  if (copy.staged) return;
  copy.staged = true;
  size_t total = 0;
  for (const CopySegment &s : copy.segments) total += s.bytes;
  copy.bytes.resize(total);
  uint8_t *to = copy.bytes.data();
  for (const CopySegment &s : copy.segments) {
    if (s.from)
      std::memcpy(to, s.from, s.bytes);
    else
      for (uint32_t at = 0; at < s.bytes; at += s.fillBytes) std::memcpy(to + at, &s.fill, s.fillBytes);
    to += s.bytes;
  }
}

void AsyncEngine::land(std::list<AsyncCopy>::iterator at) {
  stage(*at);
  AsyncCopy copy = std::move(*at);
  copies.erase(at);
  pieces -= copy.segments.size();
  progressed();
  const uint8_t *from = copy.bytes.data();
  for (const CopySegment &s : copy.segments) {
    if (copy.combine)
      copy.combine(s.to, from, s.bytes);
    else
      std::memcpy(s.to, from, s.bytes);
    from += s.bytes;
  }
  if (copy.barrierCta) completeTransaction(execution, copy);
}

void AsyncEngine::wait(const Warp &warp, uint32_t lane, uint32_t openGroups, bool readOnly) {
  uint32_t open = thread(warp, lane).open;
  if (open <= openGroups) return;
  uint32_t last = open - 1 - openGroups;
  for (auto copy = copies.begin(); copy != copies.end();) {
    auto at = copy++;
    if (at->barrierCta || at->issuer != &warp || at->lane != lane || at->group > last) continue;
    if (readOnly)
      stage(*at);
    else
      land(at);
  }
  BulkThread &thread = this->thread(warp, lane);
  thread.readWaited = std::max(thread.readWaited, last);
  if (!execution.races) return;
  execution.races->async_done(thread.reads, last, {warp.globalIndex}, 1u << lane);
  if (!readOnly) execution.races->async_done(thread.writes, last, {warp.globalIndex}, 1u << lane);
}

void AsyncEngine::end(Cta &cta) {
  for (auto copy = copies.begin(); copy != copies.end();) {
    auto at = copy++;
    if (at->issuer->cta == &cta || at->sourceCta == &cta || at->targetCta == &cta || at->barrierCta == &cta) land(at);
  }
  for (const auto &warp : cta.warps)
    for (auto at = threads.lower_bound({warp->globalIndex, 0});
         at != threads.end() && at->first.first == warp->globalIndex; ++at) {
      const BulkThread &thread = at->second;
      if (thread.lastFromShared <= thread.readWaited) continue;
      execution.report(FindingKind::Misuse, "bulk.unread_at_exit", *thread.fromShared, *warp, at->first.second,
                       "the block exits before this copy has read its shared memory",
                       "execute cp.async.bulk.commit_group and cp.async.bulk.wait_group.read before the exit",
                       "9.7.9.25.6");
    }
}

void AsyncEngine::tick() {
  if (copies.empty()) return;
  ++rounds;
  bool all = rounds % kLongest == 0;
  if (!all && timing != Timing::Random) return;
  for (auto copy = copies.begin(); copy != copies.end();) {
    auto at = copy++;
    uint64_t dice = all ? 0 : execution.random() % 4;
    if (dice == 0)
      land(at);
    else if (dice == 1)
      stage(*at);
  }
}

bool AsyncEngine::unblock() {
  // Something that landed in this round may have woken a warp already.
  bool runnable = false;
  execution.forEachCta([&](Cta &cta) {
    for (auto &warp : cta.warps) runnable |= !warp->finished() && warp->canRun();
  });
  if (runnable) return true;
  if (!copies.empty()) {
    auto chosen = copies.begin();
    if (timing == Timing::Random) std::advance(chosen, static_cast<std::ptrdiff_t>(execution.random() % copies.size()));
    land(chosen);
    return true;
  }
  bool landed = false;
  execution.forEachCta([&](Cta &cta) {
    size_t before = cta.copies->pending();
    for (int i = 0; i < 16 && cta.copies->pending() == before && before != 0; ++i) cta.copies->progress();
    landed |= cta.copies->pending() != before;
  });
  if (landed) {
    progressed();
    return true;
  }
  if (++idle > kPatience) return false;
  bool any = false;
  execution.forEachCta([&](Cta &cta) {
    for (auto &warp : cta.warps)
      for (const Group &group : warp->groups)
        if (group.state == GroupState::Sleeping) {
          expired.insert(warp.get());
          warp->wake();
          any = true;
          break;
        }
  });
  return any;
}

void finishPhase(Execution &execution, MBarrier &barrier) {
  execution.async->progressed();
  if (!barrier.complete()) return;
  if (execution.races) {
    barrier.doneLocal.known().join(barrier.openLocal.known());
    barrier.doneRemote.known().join(barrier.openRemote.known());
    barrier.openLocal.clear();
    barrier.openRemote.clear();
    execution.races->async_done_to(barrier.doneLocal, barrier.actor, static_cast<uint32_t>(barrier.phase + 1));
  }
  ++barrier.phase;
  barrier.pending = barrier.expected;
  barrier.observed = false;
  for (Warp *warp : barrier.waiters) warp->wake();
  barrier.waiters.clear();
}

void completeTransaction(Execution &execution, const AsyncCopy &copy) {
  MBarrier *barrier = copy.barrierCta->mbarriers.find(copy.barrierOffset);
  if (!barrier || barrier->generation != copy.barrierGeneration) {
    if (execution.races) return; // reported at the inval
    execution.report(FindingKind::Misuse, "mbarrier.gone", *copy.instruction, *copy.issuer, copy.lane,
                     "the mbarrier of a copy was invalidated before the copy completed",
                     "wait for the phase before mbarrier.inval", "9.7.13.15.6");
    return;
  }
  barrier->copyLands();
  if (copy.tracked) execution.races->async_landed(copy.operation, static_cast<uint32_t>(barrier->phase + 1));
  if (auto fault = barrier->addTx(-static_cast<int64_t>(copy.txBytes))) {
    execution.report(FindingKind::Misuse, "mbarrier.tx_count", *copy.instruction, *copy.issuer, copy.lane,
                     "a completed copy: " + *fault, "expect the bytes of every copy once", "9.7.13.15.2");
    return;
  }
  finishPhase(execution, *barrier);
}

} // namespace tw::emu
