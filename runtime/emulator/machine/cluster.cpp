// Cluster barriers and addresses.
#include "machine/cluster.hpp"

#include <bit>

#include <fmt/format.h>

#include "machine/execution.hpp"

namespace tw::emu {
namespace {

Cluster::Arrivals &arrivalsOf(Warp &warp) {
  Cluster &cluster = *warp.cta->cluster;
  return cluster.arrivals[warp.cta->clusterRank * warp.execution->warpsPerCta + warp.index];
}

void misuse(Warp &warp, const Instruction &in, uint32_t lane, std::string message, std::string fix) {
  warp.execution->report(FindingKind::Misuse, "barrier.cluster", in, warp, lane, std::move(message), std::move(fix),
                         "9.7.13.4");
  throw LaunchAbort{};
}

/// The aligned forms need the whole warp at one instruction (PTX ISA: ".aligned"). `first`: where the first lanes were.
void checkAligned(Warp &warp, const Instruction &in, uint32_t mask, const Instruction *&first) {
  uint32_t left = warp.runningLanes() & ~mask;
  std::string others;
  if (left)
    others = fmt::format("of the lanes that reach this instruction, 0x{:08x} do not execute it", left);
  else if (first && first != &in)
    others = fmt::format("other lanes of the warp are at the one at line {}", first->line);
  first = &in;
  if (others.empty()) return;
  warp.execution->report(FindingKind::Misuse, "barrier.divergent", in, warp,
                         static_cast<uint32_t>(std::countr_zero(mask)),
                         fmt::format("lanes 0x{:08x} execute an aligned barrier.cluster, but {}", mask, others),
                         "let the whole warp execute one barrier.cluster, or leave .aligned out", "9.7.13.4");
}

} // namespace

Extent blockPosition(const LaunchConfig &config, const Extent &cluster, uint32_t index) {
  uint64_t size = cluster.count();
  uint32_t number = static_cast<uint32_t>(index / size), rank = static_cast<uint32_t>(index % size);
  uint32_t columns = config.grid.x / cluster.x, rows = config.grid.y / cluster.y;
  return {number % columns * cluster.x + rank % cluster.x,
          number / columns % rows * cluster.y + rank / cluster.x % cluster.y,
          number / columns / rows * cluster.z + rank / cluster.x / cluster.y};
}

Cta *ownerOfShared(Cta &cta, uint64_t address, uint64_t &offset) {
  offset = address & kOffsetMask;
  uint64_t rank = address >> kRankShift;
  if (rank == 0) return &cta;
  if (rank > cta.cluster->members.size()) return nullptr;
  return cta.cluster->members[rank - 1];
}

void recheckCluster(Execution &execution, Cluster &cluster) {
  bool any = false;
  for (size_t i = 0; i < cluster.arrivals.size(); ++i) {
    Cta *cta = cluster.members[i / execution.warpsPerCta];
    if (!cta) return; // the cluster is still being made
    uint32_t live = cta->warps[i % execution.warpsPerCta]->live;
    if (live & ~cluster.arrivals[i].now) return;
    any |= cluster.arrivals[i].now != 0;
  }
  if (!any) return;
  for (auto &arrivals : cluster.arrivals) arrivals.now = 0;
  ++cluster.phase;
  cluster.done.known().join(cluster.open.known());
  cluster.open.clear();
  execution.async->progressed();
  for (Cta *cta : cluster.members)
    for (auto &warp : cta->warps) warp->wake();
}

void arriveAtCluster(Warp &warp, const Instruction &in, uint32_t mask, bool releases, bool aligned) {
  Cluster::Arrivals &arrivals = arrivalsOf(warp);
  if (!arrivals.now) arrivals.arrive = nullptr;
  if (aligned) checkAligned(warp, in, mask, arrivals.arrive);
  if (uint32_t again = mask & arrivals.owed)
    misuse(warp, in, static_cast<uint32_t>(std::countr_zero(again)),
           fmt::format("lanes 0x{:08x} arrive at the cluster barrier again without a wait", again),
           "follow every barrier.cluster.arrive with one barrier.cluster.wait");
  arrivals.now |= mask;
  arrivals.owed |= mask;
  if (auto &races = warp.execution->races) {
    if (releases)
      races->release_to(warp.cta->cluster->open, {warp.globalIndex}, mask);
    else
      races->release_fenced_to(warp.cta->cluster->open, {warp.globalIndex}, mask, emulator::Scope::cluster);
  }
  recheckCluster(*warp.execution, *warp.cta->cluster);
}

bool waitForCluster(Warp &warp, const Instruction &in, uint32_t mask, bool aligned) {
  Cluster::Arrivals &arrivals = arrivalsOf(warp);
  if (aligned) checkAligned(warp, in, mask, arrivals.wait);
  if (uint32_t early = mask & ~arrivals.owed)
    misuse(warp, in, static_cast<uint32_t>(std::countr_zero(early)),
           fmt::format("lanes 0x{:08x} wait at the cluster barrier without an arrive", early),
           "precede every barrier.cluster.wait with one barrier.cluster.arrive");
  Cluster &cluster = *warp.cta->cluster;
  if (mask & arrivals.now) {
    uint32_t missing = 0;
    for (size_t i = 0; i < cluster.arrivals.size(); ++i) {
      Cta &cta = *cluster.members[i / warp.execution->warpsPerCta];
      missing += (cta.warps[i % warp.execution->warpsPerCta]->live & ~cluster.arrivals[i].now) != 0;
    }
    warp.sleep(
        fmt::format("waits at the cluster barrier ({} of {} warps are missing)", missing, cluster.arrivals.size()));
    return false;
  }
  arrivals.owed &= ~mask;
  if (!arrivals.owed) arrivals.wait = nullptr;
  if (warp.execution->races) warp.execution->races->acquire_from(cluster.done, {warp.globalIndex}, mask);
  return true;
}

} // namespace tw::emu
