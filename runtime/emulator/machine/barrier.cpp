// Arrivals and completions of CTA barriers.
#include "machine/barrier.hpp"

#include <bit>

#include <fmt/format.h>

#include "machine/execution.hpp"
#include "ops/lanes.hpp"

namespace tw::emu {

bool Execution::arriveAtBarrier(Warp &warp, const Instruction &in, uint32_t mask, const BarrierRequest &request) {
  uint32_t lane = static_cast<uint32_t>(std::countr_zero(mask));
  auto misuse = [&](std::string rule, std::string message, std::string fix) {
    report(FindingKind::Misuse, std::move(rule), in, warp, lane, std::move(message), std::move(fix), "9.7.13.1");
    throw LaunchAbort{};
  };
  if (request.id > 15) misuse("barrier.id", fmt::format("barrier number {} does not exist", request.id), "use 0 to 15");
  if (request.threads % 32 != 0)
    misuse("barrier.count",
           fmt::format("barrier {} waits for {} threads, not a multiple of 32", request.id, request.threads),
           "count whole warps");
  Cta &cta = *warp.cta;
  Barrier &barrier = cta.barriers[request.id];
  bool reducing = request.action >= BarrierAction::ReduceAnd;
  if (barrier.open && barrier.expectedThreads != request.threads)
    misuse("barrier.count",
           fmt::format("barrier {} was opened at line {} for {} threads and is now joined for {}", request.id,
                       barrier.firstLine, barrier.expectedThreads, request.threads),
           "give the same count everywhere");
  if (barrier.open && barrier.reducing != reducing)
    misuse("barrier.mix",
           fmt::format("barrier {} was opened at line {} {} .red and is now joined {}", request.id, barrier.firstLine,
                       barrier.reducing ? "with" : "without", reducing ? "with" : "without"),
           "use one kind per barrier");
  if (!barrier.open) {
    barrier.open = true;
    ++cta.openBarriers;
    barrier.expectedThreads = request.threads;
    barrier.reducing = reducing;
    barrier.firstLine = in.line;
  }
  barrier.pendingLanes.resize(cta.warps.size());
  uint32_t &pending = barrier.pendingLanes[warp.index];
  pending |= mask;
  // The aligned forms need the whole warp at one instruction (PTX ISA: ".aligned").
  if (request.aligned && (warp.live & ~mask) != 0) {
    for (const Group &group : warp.groups) {
      if (group.state != GroupState::Barrier || group.waitMask != request.id || (group.mask & mask) != 0 ||
          warp.instructionAt(group).place == in.place)
        continue;
      report(FindingKind::Misuse, "barrier.divergent", in, warp, lane,
             fmt::format("lanes 0x{:08x} wait at barrier {} at line {}, others of the warp at line {}", group.mask,
                         request.id, warp.instructionAt(group).line, in.line),
             "let the whole warp reach one barrier instruction, or use barrier.sync without .aligned", "9.7.13.1");
    }
  }
  if (reducing) {
    uint32_t p = warp.predicate(in.c);
    if (in.option[2]) p = ~p;
    barrier.population += static_cast<uint32_t>(std::popcount(p & mask));
    barrier.threads += static_cast<uint32_t>(std::popcount(mask));
  }
  if (races) races->barrier_arrive({warp.globalIndex}, mask, request.id, request.action != BarrierAction::Arrive);
  if ((warp.live & ~pending) == 0) {
    pending = 0;
    ++barrier.arrivedWarps;
  }
  if (!barrier.complete(cta.liveWarps)) return false;
  completeBarrier(cta, request.id);
  return true;
}

void Execution::completeBarrier(Cta &cta, uint32_t id) {
  Barrier &barrier = cta.barriers[id];
  if (races) races->barrier_complete({cta.index}, id);
  for (auto &warp : cta.warps) warp->releaseBarrier(id);
  barrier.reset();
  --cta.openBarriers;
}

void Execution::recheckBarriers(Cta &cta, Warp &warp, uint32_t exited) {
  if (races) races->exit_lanes({warp.globalIndex}, exited);
  if (warp.live == 0 && --cta.liveWarps == 0) endCta(cta, warp);
  if (cta.cluster->members.size() > 1) recheckCluster(*this, *cta.cluster);
  for (uint32_t id = 0; id < cta.barriers.size() && cta.openBarriers != 0; ++id) {
    Barrier &barrier = cta.barriers[id];
    if (!barrier.open) continue;
    if (warp.index < barrier.pendingLanes.size()) {
      uint32_t &pending = barrier.pendingLanes[warp.index];
      pending &= ~exited;
      if (pending != 0 && (warp.live & ~pending) == 0) {
        pending = 0;
        ++barrier.arrivedWarps;
      }
    }
    if (barrier.complete(cta.liveWarps)) completeBarrier(cta, id);
  }
}

} // namespace tw::emu
