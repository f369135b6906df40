// Start and end of CTAs in clusters.
#include <fmt/format.h>

#include "machine/execution.hpp"

namespace tw::emu {

bool Execution::checkCluster() {
  const uint32_t *required = entry.requiredCluster;
  clusterShape = config.cluster;
  bool given = clusterShape.x != 0, fixed = required[0] != 0;
  if (!given) clusterShape = fixed ? Extent{required[0], required[1], required[2]} : Extent{};
  const Extent &c = clusterShape, &g = config.grid;
  if (given && fixed && (required[0] != c.x || required[1] != c.y || required[2] != c.z))
    refuse(fmt::format("cluster is {} x {} x {} but '{}' requires {} x {} x {} (.reqnctapercluster)", c.x, c.y, c.z,
                       entry.name, required[0], required[1], required[2]),
           "launch with the required cluster");
  else if (c.count() == 0 || c.count() > 16)
    refuse(fmt::format("cluster of {} x {} x {} CTAs", c.x, c.y, c.z), "use 1 to 8 CTAs, or 16 where it is allowed");
  else if (g.x % c.x || g.y % c.y || g.z % c.z)
    refuse(
        fmt::format("grid of {} x {} x {} is not a multiple of the cluster {} x {} x {}", g.x, g.y, g.z, c.x, c.y, c.z),
        "pad the grid to whole clusters");
  else if (c.count() > 1 && program.targetNumber < 90)
    refuse(fmt::format("clusters need sm_90 but the module is for {}", program.target), "compile for sm_90a");
  else {
    for (const std::string &opcode : program.opcodes) remoteAddresses |= opcode.starts_with("mapa");
    async = std::make_unique<AsyncEngine>(*this);
    AsyncTiming timing = config.async_timing;
    if (timing == AsyncTiming::BySeed)
      timing = config.seed % 3 == 0   ? AsyncTiming::Late
               : config.seed % 3 == 1 ? AsyncTiming::Early
                                      : AsyncTiming::Random;
    async->setTiming(timing == AsyncTiming::Early  ? AsyncEngine::Timing::AtIssue
                     : timing == AsyncTiming::Late ? AsyncEngine::Timing::Late
                                                   : AsyncEngine::Timing::Random);
    return true;
  }
  return false;
}

void Execution::joinCluster(Cta &cta) {
  uint32_t size = static_cast<uint32_t>(clusterShape.count());
  cta.clusterRank = cta.index % size;
  if (cta.clusterRank == 0) {
    // A CTA alone keeps its cluster when it is used again.
    if (!cta.cluster || size > 1) cta.cluster = std::make_shared<Cluster>();
    Cluster &cluster = *cta.cluster;
    cluster.members.assign(size, nullptr);
    cluster.arrivals.assign(size_t{size} * warpsPerCta, {});
    cluster.open.clear();
    cluster.done.clear();
    cluster.ended = 0;
    cluster.phase = 0;
  } else {
    cta.cluster = resident.back()->cluster;
  }
  cta.cluster->members[cta.clusterRank] = &cta;
}

void Execution::endCta(Cta &cta, Warp &last) {
  async->end(cta);
  bool alone = cta.cluster->members.size() == 1;
  if (races && last.exitedAt && (!alone || async->completedOnBarriers()))
    races->check_lifetime({cta.index}, {last.exitedAt->place}, {last.globalIndex}, alone);
  cta.ended = true;
  ++cta.cluster->ended;
}

} // namespace tw::emu
