// Checked memory of bulk copies, and how they start.
#include "ops/bulk.hpp"

#include <fmt/format.h>

namespace tw::emu {
namespace {

constexpr const char *kSection = "9.7.9.25";

void outside(Warp &w, const Instruction &in, uint32_t lane, const Region &region, int64_t offset, uint64_t bytes,
             bool write) {
  if (!w.execution->config.checks.bounds) return;
  int64_t shown = offset - static_cast<int64_t>(region.first);
  Finding &f =
      w.execution->report(FindingKind::Bounds, write ? "bounds.write" : "bounds.read", in, w, lane,
                          fmt::format("asynchronous {} of {} bytes at offset {} of '{}', which has {} bytes",
                                      write ? "write" : "read", bytes, shown, region.name, region.bytes - region.first),
                          "copy fewer bytes, or make the buffer larger", kSection);
  f.buffer = region.name, f.offset = shown, f.bytes = static_cast<uint32_t>(bytes);
}

void misaligned(Warp &w, const Instruction &in, uint32_t lane, uint64_t address, uint32_t align) {
  if (!w.execution->config.checks.bounds) return;
  w.execution->report(FindingKind::Bounds, "bounds.alignment", in, w, lane,
                      fmt::format("the address 0x{:x} is not a multiple of {}", address, align),
                      fmt::format("align it to {} bytes", align), kSection);
}

void unmapped(Warp &w, const Instruction &in, uint32_t lane, uint64_t address, std::string_view what) {
  if (!w.execution->config.checks.bounds) return;
  w.execution->report(FindingKind::Bounds, "bounds.unmapped", in, w, lane,
                      fmt::format("the address 0x{:x} belongs to no {}", address, what), "check the pointer", kSection);
}

void tell(Warp &w, emulator::AsyncIndex operation, emulator::AsyncKind kind, const TouchedBytes &bytes) {
  if (!bytes.ranges.empty())
    w.execution->races->async_access(operation, kind, bytes.space, {bytes.owner}, bytes.ranges);
}

/// Whether the async proxy sees the init of a barrier without a fence is not agreed on.
void checkInitFence(Warp &w, const Instruction &in, uint32_t lane, const BulkBarrier &barrier) {
  if (w.execution->races->knows_init_fence(barrier.object->init, {w.globalIndex}, 1u << lane)) return;
  w.execution->warn(
      FindingKind::Misuse, "mbarrier.init_fence", in, w, lane,
      fmt::format("a copy completes on the mbarrier initialised at line {}, and no fence.mbarrier_init or "
                  "fence.proxy.async lies between",
                  barrier.object->initLine),
      "execute fence.mbarrier_init.release.cluster after mbarrier.init, before the barrier that follows",
      "9.7.13.15.9");
}

} // namespace

void checkInitialised(Warp &w, const Instruction &in, uint32_t lane, const Region &region, uint64_t offset,
                      uint64_t bytes) {
  if (!region.shadow || !w.execution->config.checks.uninitialised) return;
  auto first = region.shadow->first_uninitialised(offset, bytes);
  if (!first) return;
  Finding &f = w.execution->report(
      FindingKind::Uninitialised, "uninit.read", in, w, lane,
      fmt::format("an asynchronous copy of {} bytes at offset {} of '{}' reads byte {}, which nobody wrote", bytes,
                  offset - region.first, region.name, *first - region.first),
      "write the bytes first", kSection);
  f.buffer = region.name, f.offset = static_cast<int64_t>(*first - region.first);
}

std::optional<SharedBytes> sharedBytes(Warp &w, const Instruction &in, uint32_t lane, uint64_t at, uint32_t bytes,
                                       uint32_t align, std::optional<bool> write) {
  at &= 0xffffffffu;
  SharedBytes result;
  result.cta = ownerOfShared(*w.cta, at, result.offset);
  if (!result.cta) {
    unmapped(w, in, lane, at, "CTA of the cluster");
    return std::nullopt;
  }
  if (result.cta->ended) {
    w.execution->report(FindingKind::Misuse, "cluster.ended", in, w, lane,
                        fmt::format("the CTA of rank {} has exited", result.cta->clusterRank),
                        "end with barrier.cluster.arrive and barrier.cluster.wait in all CTAs", "9.7.13.4");
    return std::nullopt;
  }
  Region &region = result.cta->sharedRegion;
  if (result.offset % align != 0) {
    misaligned(w, in, lane, at, align);
    return std::nullopt;
  }
  if (result.offset < region.first || result.offset + bytes > region.bytes) {
    outside(w, in, lane, region, static_cast<int64_t>(result.offset), bytes, write.value_or(false));
    return std::nullopt;
  }
  if (auto [offset, barrier] = result.cta->mbarriers.overlapping(result.offset, bytes); barrier)
    w.execution->report(
        FindingKind::Misuse, "mbarrier.plain_access", in, w, lane,
        fmt::format("a copy touches bytes of an mbarrier that is live since line {}", barrier->initLine),
        "execute mbarrier.inval before other use of the bytes", "9.7.13.15.1");
  if (write && *write)
    result.cta->sharedShadow.mark(result.offset, bytes);
  else if (write)
    checkInitialised(w, in, lane, region, result.offset, bytes);
  result.host = region.data + result.offset;
  return result;
}

std::optional<GlobalBytes> globalBytes(Warp &w, const Instruction &in, uint32_t lane, uint64_t at, uint64_t bytes,
                                       uint32_t align, bool write) {
  Region *region = at >= address::kWindowsEnd ? w.execution->memory.find(at) : nullptr;
  if (!region) {
    unmapped(w, in, lane, at, "buffer");
    return std::nullopt;
  }
  if (at % align != 0) {
    misaligned(w, in, lane, at, align);
    return std::nullopt;
  }
  uint64_t offset = at - region->base;
  if (static_cast<int64_t>(offset) < 0 || offset + bytes > region->bytes) {
    outside(w, in, lane, *region, static_cast<int64_t>(offset), bytes, write);
    return std::nullopt;
  }
  if (w.execution->dependence) {
    uint64_t addresses[32] = {};
    addresses[lane] = at;
    w.execution->dependence->access(w, in, *region, region->base, 1u << lane, addresses, static_cast<uint32_t>(bytes),
                                    write);
  }
  LaunchStats &stats = w.execution->result.stats;
  (write ? stats.global_bytes_written : stats.global_bytes_read) += bytes;
  if (!write)
    checkInitialised(w, in, lane, *region, offset, bytes);
  else if (region->shadow)
    region->shadow->mark(offset, bytes);
  return GlobalBytes{region, at, region->data + offset};
}

std::optional<BulkBarrier> bulkBarrier(Warp &w, const Instruction &in, uint32_t lane, uint64_t at, Cta *home) {
  at &= 0xffffffffu;
  BulkBarrier result;
  result.cta = ownerOfShared(*w.cta, at, result.offset);
  if (result.cta != home) {
    w.execution->report(FindingKind::Misuse, "bulk.barrier", in, w, lane,
                        "the mbarrier of a copy lies in another CTA than its destination",
                        "pass the barrier of the destination's CTA", kSection);
    return std::nullopt;
  }
  result.object = result.cta->mbarriers.find(result.offset);
  if (result.object) return result;
  w.execution->report(FindingKind::Misuse, "mbarrier.uninitialised", in, w, lane,
                      fmt::format("no mbarrier is initialised at byte {} of shared memory{}",
                                  static_cast<int64_t>(result.offset) - address::kSharedBegin,
                                  w.execution->sharedVariableAt(result.offset)),
                      "execute mbarrier.init and a barrier before the copy", "9.7.13.15");
  return std::nullopt;
}

std::optional<SharedBytes> receiver(Warp &w, const Instruction &in, uint32_t lane, uint32_t rank,
                                    const SharedBytes &to) {
  const std::vector<Cta *> &members = w.cta->cluster->members;
  if (rank >= members.size() || members[rank]->ended) {
    w.execution->report(FindingKind::Misuse, "bulk.multicast_mask", in, w, lane,
                        rank >= members.size()
                            ? fmt::format("the CTA mask names rank {} of a cluster of {}", rank, members.size())
                            : fmt::format("the CTA of rank {} has exited", rank),
                        "name running CTAs of the cluster only", kSection);
    return std::nullopt;
  }
  return SharedBytes{members[rank], to.offset, members[rank]->sharedRegion.data + to.offset};
}

void startOnBarrier(Warp &w, const Instruction &in, uint32_t lane, AsyncCopy copy, const BulkBarrier &barrier,
                    uint32_t txBytes, const TouchedBytes &read, const TouchedBytes &written) {
  copy.instruction = &in, copy.issuer = &w, copy.lane = lane;
  copy.barrierCta = barrier.cta, copy.barrierOffset = barrier.offset;
  copy.barrierGeneration = barrier.object->generation;
  copy.txBytes = txBytes;
  barrier.object->copyStarts(in.line);
  if (w.execution->races) {
    emulator::AsyncOperation operation{{w.globalIndex},     1u << lane,           {in.place},  barrier.object->actor,
                                       emulator::kInFlight, {barrier.cta->index}, copy.generic};
    operation.ends_before_exit = !copy.generic;
    if (!copy.generic) checkInitFence(w, in, lane, barrier);
    copy.operation = w.execution->races->async_operation(operation);
    copy.tracked = true;
    tell(w, copy.operation, emulator::AsyncKind::read, read);
    tell(w, copy.operation, copy.combine ? emulator::AsyncKind::reduce : emulator::AsyncKind::write, written);
  }
  w.execution->async->issue(std::move(copy));
}

void startInGroup(Warp &w, const Instruction &in, uint32_t lane, AsyncCopy copy, const TouchedBytes &read,
                  const TouchedBytes &written) {
  BulkThread &thread = w.execution->async->thread(w, lane);
  copy.instruction = &in, copy.issuer = &w, copy.lane = lane;
  copy.group = thread.open;
  thread.lastFromShared = thread.open;
  thread.fromShared = &in;
  if (w.execution->races) {
    emulator::RaceChecker &races = *w.execution->races;
    emulator::AsyncOperation operation{{w.globalIndex}, 1u << lane,  {in.place},
                                       thread.reads,    thread.open, {w.cta->index}};
    tell(w, races.async_operation(operation), emulator::AsyncKind::read, read);
    operation.actor = thread.writes;
    tell(w, races.async_operation(operation), copy.combine ? emulator::AsyncKind::reduce : emulator::AsyncKind::write,
         written);
  }
  w.execution->async->issue(std::move(copy));
}

void AddressList::address(const ast::Operand &operand, Space space) {
  Slot base;
  b.address(operand, space, base);
  slots.push_back(base);
  slots.push_back(b.constant(static_cast<uint64_t>(b.out.immediate), true));
}

} // namespace tw::emu
