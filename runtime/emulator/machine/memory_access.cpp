// The one place every generic-proxy access passes through: resolves addresses, checks, marks, counts.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "checks/bank_conflicts.hpp"
#include "machine/execution.hpp"
#include "machine/undo_log.hpp"

namespace tw::emu {
namespace {

/// Ranges up to this are looked at as a whole first.
constexpr uint64_t kShortSpan = 4096;

struct Located {
  Region *region = nullptr;
  uint64_t offset = 0; ///< from the region's base; wraps when below
};

class Access {
public:
  Access(Warp &warp, const Instruction &in, uint32_t mask, const uint64_t *addresses, uint32_t bytes, AccessType type)
      : warp(warp), in(in), launch(*warp.execution), mask(mask), addresses(addresses), bytes(bytes), type(type) {}

  ResolvedAccess run() {
    if (uniform()) return std::move(result);
    uint32_t todo = mask;
    while (todo) {
      // Lanes of one region are handled together; local memory is a region per lane.
      uint32_t lane = static_cast<uint32_t>(std::countr_zero(todo));
      Located at = locate(lane);
      if (!at.region) {
        unmapped(lane);
        todo &= todo - 1;
        continue;
      }
      uint32_t same = 0;
      for (uint32_t m = todo; m; m &= m - 1) {
        uint32_t l = static_cast<uint32_t>(std::countr_zero(m));
        if (l == lane || (at.region != &localRegion && locate(l).region == at.region)) same |= 1u << l;
      }
      if (at.region == &localRegion) locate(lane);
      todo &= ~same;
      inRegion(*at.region, same);
    }
    return std::move(result);
  }

private:
  bool isWrite() const {
    return type != AccessType::Load && type != AccessType::AsyncLoad && type != AccessType::CollectiveLoad;
  }
  bool isRead() const { return type != AccessType::Store && type != AccessType::CollectiveStore; }
  /// Races and counts are told elsewhere.
  bool isSpecial() const { return type >= AccessType::AsyncLoad; }
  uint64_t misalignedBits() const {
    return type == AccessType::AsyncLoad ? 0 : type == AccessType::MapUpdate ? 63 : bytes - 1;
  }

  /// The usual case: .global or generic in one buffer, or .shared, all lanes inside and aligned.
  bool uniform() {
    if (in.memory.space == Space::Local || in.memory.space == Space::FrameParam) return false;
    Located first = locate(static_cast<uint32_t>(std::countr_zero(mask)));
    if (!first.region || first.region == &localRegion) return false;
    Region &region = *first.region;
    uint64_t base = baseFor(region), low = ~uint64_t{0}, high = 0, bits = 0;
    if (mask == kAllLanes) {
      for (int l = 0; l < 32; ++l) {
        uint64_t o = addresses[l] - base;
        low = std::min(low, o), high = std::max(high, o), bits |= addresses[l];
      }
    } else {
      for (uint32_t m = mask; m; m &= m - 1) {
        int l = std::countr_zero(m);
        uint64_t o = addresses[l] - base;
        low = std::min(low, o), high = std::max(high, o), bits |= addresses[l];
      }
    }
    if (low < region.first || high + bytes > region.bytes || high > region.bytes || (bits & misalignedBits()) ||
        (isWrite() && !region.writable))
      return false;
    span = high + bytes - low, spanStart = low;
    finish(region, base, mask);
    return true;
  }

  /// Base to subtract from the address operand: differs for windows accessed through their own space.
  uint64_t baseFor(const Region &region) const {
    uint64_t base = in.memory.space == Space::Generic || in.memory.space == Space::Global ? genericBase(region) : 0;
    if (region.shared && region.owner != warp.cta->index)
      base += uint64_t{region.owner % launch.clusterShape.count() + 1} << kRankShift;
    return base;
  }

  uint64_t genericBase(const Region &region) const {
    if (region.shared) return address::kShared;
    if (&region == &launch.constantRegion) return address::kConst;
    if (&region == &launch.parameterRegion) return address::kParam;
    if (&region == &localRegion) return address::kLocal;
    return region.base;
  }

  /// Shared memory of this CTA, or of the cluster member that the upper address bits name.
  Located sharedAt(uint64_t at) {
    if (at >> kRankShift == 0) return {&warp.cta->sharedRegion, at};
    uint64_t offset = 0;
    Cta *owner = ownerOfShared(*warp.cta, at, offset);
    return owner && !owner->ended ? Located{&owner->sharedRegion, offset} : Located{};
  }

  Located inWindow(Space space, uint64_t offset, uint32_t lane) {
    switch (space) {
    case Space::Shared: return sharedAt(offset);
    case Space::Const: return {&launch.constantRegion, offset};
    case Space::Param: return {&launch.parameterRegion, offset};
    case Space::FrameParam: {
      Frame &frame = warp.currentFrame();
      uint32_t size = frame.function->frameParamBytes;
      localRegion = {};
      localRegion.data = frame.params.data() + size_t{lane} * size;
      localRegion.bytes = size;
      localRegion.name = "parameters";
      return {&localRegion, offset};
    }
    default: {
      std::vector<uint8_t> &memory = warp.localMemory(lane);
      localRegion = {};
      localRegion.data = memory.data();
      localRegion.bytes = memory.size();
      localRegion.first = address::kLocalBegin;
      localRegion.name = "local memory";
      localRegion.shadow = warp.localShadow(lane);
      return {&localRegion, offset};
    }
    }
  }

  Located locate(uint32_t lane) {
    uint64_t a = addresses[lane];
    if (in.memory.space != Space::Generic && in.memory.space != Space::Global)
      return inWindow(in.memory.space, a, lane);
    if (a >= address::kWindowsEnd || in.memory.space == Space::Global) {
      Region *region = launch.memory.find(a);
      return {region, region ? a - region->base : 0};
    }
    switch (a >> 32) {
    case 1: return inWindow(Space::Shared, a - address::kShared, lane);
    case 2: return inWindow(Space::Local, a - address::kLocal, lane);
    case 3: return inWindow(Space::Const, a - address::kConst, lane);
    case 4: return inWindow(Space::Param, a - address::kParam, lane);
    default: return {};
    }
  }

  std::string verb() const { return !isWrite() ? "read" : type == AccessType::Store ? "write" : "atomic"; }

  void unmapped(uint32_t lane) {
    if (!launch.config.checks.bounds) return;
    uint64_t at = addresses[lane], offset = 0;
    bool shared = in.memory.space == Space::Shared || (in.memory.space == Space::Generic && at >> 32 == 1);
    if (Cta *owner = shared ? ownerOfShared(*warp.cta, at & 0xffffffffu, offset) : nullptr; owner && owner->ended) {
      launch.report(
          FindingKind::Misuse, "cluster.ended", in, warp, lane,
          fmt::format("{} of shared memory of the CTA of rank {}, which has exited", verb(), owner->clusterRank),
          "end with barrier.cluster.arrive and barrier.cluster.wait in all CTAs", "9.7.13.4");
      return;
    }
    Finding &f = launch.report(
        FindingKind::Bounds, "bounds.unmapped", in, warp, lane,
        fmt::format("{} of {} bytes at 0x{:x}, which belongs to no buffer", verb(), bytes, addresses[lane]),
        "check the pointer: was it cut to 32 bits, or its buffer removed?", "6.4.1");
    f.bytes = bytes;
  }

  void inRegion(Region &region, uint32_t lanes) {
    uint64_t base = baseFor(region);
    uint32_t good = 0;
    for (uint32_t m = lanes; m; m &= m - 1) {
      uint32_t l = static_cast<uint32_t>(std::countr_zero(m));
      uint64_t offset = addresses[l] - base;
      if (static_cast<int64_t>(offset) < static_cast<int64_t>(region.first) || offset + bytes > region.bytes)
        outside(region, l, static_cast<int64_t>(offset));
      else if (addresses[l] & misalignedBits())
        misaligned(region, l, static_cast<int64_t>(offset));
      else if (isWrite() && !region.writable)
        readOnly(region, l, static_cast<int64_t>(offset));
      else
        good |= 1u << l;
    }
    if (good) finish(region, base, good);
  }

  void annotate(Finding &f, const Region &region, int64_t offset) {
    f.buffer = region.name;
    f.offset = offset - static_cast<int64_t>(region.first);
    f.bytes = bytes;
    if (region.shared) f.message += launch.sharedVariableAt(static_cast<uint64_t>(offset));
  }

  void outside(Region &region, uint32_t lane, int64_t offset) {
    if (!launch.config.checks.bounds) return;
    int64_t shown = offset - static_cast<int64_t>(region.first);
    uint64_t size = region.bytes - region.first;
    std::string where = shown < 0 ? fmt::format("{} bytes before its start", -shown)
                                  : fmt::format("{} bytes past its end",
                                                shown + static_cast<int64_t>(bytes) - static_cast<int64_t>(size));
    Finding &f = launch.report(FindingKind::Bounds, "bounds." + verb(), in, warp, lane,
                               fmt::format("{} of {} bytes at offset {} of '{}', which has {} bytes: {}", verb(), bytes,
                                           shown, region.name, size, where),
                               "guard the access, or make the buffer larger", "9.7.9.8");
    annotate(f, region, offset);
  }

  void misaligned(Region &region, uint32_t lane, int64_t offset) {
    if (!launch.config.checks.bounds) return;
    Finding &f =
        launch.report(FindingKind::Bounds, "bounds.alignment", in, warp, lane,
                      fmt::format("{} of {} bytes at offset {} of '{}' is not aligned: address 0x{:x}", verb(), bytes,
                                  offset - static_cast<int64_t>(region.first), region.name, addresses[lane]),
                      fmt::format("align the address to {} bytes, or use a narrower access", bytes), "6.4.1");
    annotate(f, region, offset);
  }

  void readOnly(Region &region, uint32_t lane, int64_t offset) {
    Finding &f = launch.report(FindingKind::Misuse, "memory.read_only", in, warp, lane,
                               fmt::format("write to {}", region.name), "write to a buffer instead", "5.1");
    annotate(f, region, offset);
  }

  void finish(Region &region, uint64_t base, uint32_t lanes) {
    result.lanes |= lanes;
    uint8_t *data = region.data - base;
    if (lanes == kAllLanes) {
      for (int l = 0; l < 32; ++l) result.host[l] = data + addresses[l];
    } else {
      for (uint32_t m = lanes; m; m &= m - 1) {
        int l = std::countr_zero(m);
        result.host[l] = data + addresses[l];
      }
    }
    if (region.undo && isWrite()) [[unlikely]]
      for (uint32_t m = lanes; m; m &= m - 1) {
        uint64_t offset = addresses[std::countr_zero(m)] - base;
        region.undo->beforeWrite(offset, offset + bytes);
      }
    if (region.shared) barrierBytes(region, base, lanes);
    if (region.shadow) shadow(region, base, lanes);
    if (region.checked && launch.races && !isSpecial()) race(region, base, lanes);
    if (launch.dependence && !region.shared && region.checked) [[unlikely]]
      launch.dependence->access(warp, in, region, base, lanes, addresses, bytes, isWrite());
    count(region, base, lanes);
  }

  /// The bytes of a live mbarrier are for mbarrier instructions only (PTX ISA 9.7.13.15.1).
  void barrierBytes(Region &region, uint64_t base, uint32_t lanes) {
    Cta &owner = region.owner == warp.cta->index
                     ? *warp.cta
                     : *warp.cta->cluster->members[region.owner % launch.clusterShape.count()];
    if (!owner.mbarriers.mayOverlap(span ? spanStart : 0, span ? spanStart + span : ~uint64_t{0})) return;
    for (uint32_t m = lanes; m; m &= m - 1) {
      uint32_t l = static_cast<uint32_t>(std::countr_zero(m));
      auto [at, object] = owner.mbarriers.overlapping(addresses[l] - base, bytes);
      if (!object) continue;
      Finding &f =
          launch.report(FindingKind::Misuse, "mbarrier.plain_access", in, warp, l,
                        fmt::format("{} of bytes of an mbarrier that is live since line {}", verb(), object->initLine),
                        "execute mbarrier.inval before other use of the bytes", "9.7.13.15.1");
      annotate(f, region, static_cast<int64_t>(at));
      return;
    }
  }

  void shadow(Region &region, uint64_t base, uint32_t lanes) {
    bool check = isRead() && launch.config.checks.uninitialised;
    if (!isWrite() && !check) return;
    // Usually everything between the lowest and the highest lane is written: one look instead of 32.
    if (!isWrite() && span != 0 && span <= kShortSpan && !region.shadow->first_uninitialised(spanStart, span)) return;
    for (uint32_t m = lanes; m; m &= m - 1) {
      uint32_t l = static_cast<uint32_t>(std::countr_zero(m));
      uint64_t offset = addresses[l] - base;
      if (check)
        if (auto first = region.shadow->first_uninitialised(offset, bytes)) uninitialised(region, l, *first, offset);
      if (isWrite()) region.shadow->mark(offset, bytes);
    }
  }

  void uninitialised(Region &region, uint32_t lane, uint64_t first, uint64_t offset) {
    Finding &f = launch.report(FindingKind::Uninitialised, "uninit.read", in, warp, lane,
                               fmt::format("{} of {} bytes at offset {} of '{}' uses byte {}, which nobody wrote",
                                           verb(), bytes, offset - region.first, region.name, first - region.first),
                               "write the bytes first, or predicate the read", "9.7.9.8");
    annotate(f, region, static_cast<int64_t>(offset));
  }

  void race(Region &region, uint64_t base, uint32_t lanes) {
    // Each lane releases and acquires for itself.
    if (in.memory.order > Order::Relaxed) launch.charge(16 * static_cast<uint64_t>(std::popcount(lanes)));
    uint64_t at[32];
    std::span<const uint64_t, 32> span(addresses, 32);
    if (region.shared && base != 0) {
      for (uint32_t m = lanes; m; m &= m - 1) {
        int l = std::countr_zero(m);
        at[l] = addresses[l] - base;
      }
      span = std::span<const uint64_t, 32>(at, 32);
    }
    emulator::WarpAccess access{{warp.globalIndex},
                                {in.place},
                                region.shared ? emulator::Space::shared : emulator::Space::global,
                                {region.owner},
                                lanes,
                                bytes,
                                span};
    launch.races->access(access);
  }

  void count(Region &region, uint64_t base, uint32_t lanes) {
    LaunchStats &stats = launch.result.stats;
    if (region.shared && isSpecial()) return;
    if (!region.shared) {
      if (!region.checked) return;
      uint64_t moved = uint64_t{bytes} * static_cast<uint64_t>(std::popcount(lanes));
      (!isWrite() ? stats.global_bytes_read : stats.global_bytes_written) += moved;
      return;
    }
    if (!launch.config.checks.bank_conflicts || bytes > 16) return;
    uint64_t offsets[32] = {};
    for (uint32_t m = lanes; m; m &= m - 1) {
      int l = std::countr_zero(m);
      offsets[l] = addresses[l] - base;
    }
    launch.countShared(offsets, lanes, bytes, isWrite());
  }

  Warp &warp;
  const Instruction &in;
  Execution &launch;
  uint32_t mask;
  const uint64_t *addresses;
  uint32_t bytes;
  AccessType type;
  uint64_t span = 0, spanStart = 0; ///< bytes from the lowest to the highest lane, when all lie in one region
  Region localRegion;
  ResolvedAccess result;
};

} // namespace

void Execution::countShared(const uint64_t *offsets, uint32_t lanes, uint32_t bytes, bool store) {
  LaunchStats &stats = result.stats;
  uint64_t &conflicts = store ? stats.shared_store_conflicts : stats.shared_load_conflicts;
  ++(store ? stats.shared_stores : stats.shared_loads);
  if (lanes == kAllLanes) {
    // Broadcasts and consecutive elements meet in no bank.
    uint64_t same = 0, consecutive = 0;
    for (uint64_t l = 0; l < 32; ++l) {
      same |= offsets[l] ^ offsets[0];
      consecutive |= offsets[l] ^ (offsets[0] + l * bytes);
    }
    if (same == 0 || (consecutive == 0 && bytes >= 4)) return;
  }
  conflicts += emulator::count_wavefronts(std::span<const uint64_t, 32>(offsets, 32), lanes, bytes).conflicts();
}

ResolvedAccess resolveAccess(Warp &warp, const Instruction &instruction, uint32_t mask, const uint64_t *addresses,
                             uint32_t bytes, AccessType type) {
  if (warp.execution->remoteAddresses) [[unlikely]] {
    // The CTA's own memory has two addresses in the cluster's window.
    uint64_t local[32], own = uint64_t{warp.cta->clusterRank + 1} << kRankShift;
    bool generic = instruction.memory.space == Space::Generic;
    for (uint32_t l = 0; l < 32; ++l) {
      local[l] = addresses[l];
      bool shared = instruction.memory.space == Space::Shared || (generic && local[l] >> 32 == 1);
      if (shared && (local[l] & (address::kWindow - 1) & ~kOffsetMask) == own) local[l] -= own;
    }
    return Access(warp, instruction, mask, local, bytes, type).run();
  }
  return Access(warp, instruction, mask, addresses, bytes, type).run();
}

} // namespace tw::emu
