// Checks an access by its plan: one bounds check, one shadow operation per 16 bytes, counts known beforehand.
#include "machine/planned_access.hpp"

#include <bit>

#include "machine/execution.hpp"
#include "ops/lanes.hpp"

namespace tw::emu {
namespace {

/// After this many plans that never served again, an instruction's addresses count as irregular.
constexpr uint32_t kPatience = 8;
/// How often an irregular instruction gets another chance.
constexpr uint32_t kRetry = 256;

AccessMemory &memoryOf(Execution &launch, uint32_t place) {
  if (place >= launch.accessMemories.size()) launch.accessMemories.resize(launch.program.places);
  std::unique_ptr<AccessMemory> &slot = launch.accessMemories[place];
  if (!slot) slot = std::make_unique<AccessMemory>();
  return *slot;
}

TILEWRIGHT_WIDE bool matchesWide(const emulator::AccessPlan &plan, uint32_t mask, uint32_t bytes,
                                 const uint64_t *addresses) {
  return plan.matches(mask, bytes, addresses);
}

bool matches(const emulator::AccessPlan &plan, uint32_t mask, uint32_t bytes, const uint64_t *addresses) {
  return kWideHost ? matchesWide(plan, mask, bytes, addresses) : plan.matches(mask, bytes, addresses);
}

/// The region of an address in .global or .shared, null for any other.
Region *regionOf(Warp &warp, AccessMemory &known, Space space, uint64_t at) {
  if (space == Space::Shared) return &warp.cta->sharedRegion;
  if (space != Space::Global && space != Space::Generic) return nullptr;
  if (known.region && at - known.region->base < known.region->bytes) return known.region;
  known.region = at < address::kWindowsEnd ? nullptr : warp.execution->memory.find(at);
  return known.region;
}

/// Makes a plan for this shape unless the instruction has wasted too many.
bool replan(AccessMemory &known, emulator::AccessPlan &into, uint32_t mask, const uint64_t *addresses, uint32_t bytes,
            bool write) {
  if (++known.attempts > kPatience && known.attempts % kRetry) return false;
  auto plan = emulator::AccessPlan::make(mask, bytes, addresses, write);
  if (!plan) return false;
  into = std::move(*plan);
  return true;
}

void count(LaunchStats &stats, const Region &region, const emulator::AccessPlan &plan, bool write, bool banks) {
  if (region.shared) {
    if (!banks || plan.bytes > 16) return;
    ++(write ? stats.shared_stores : stats.shared_loads);
    (write ? stats.shared_store_conflicts : stats.shared_load_conflicts) += plan.conflicts;
  } else if (region.checked) {
    uint64_t moved = uint64_t{plan.bytes} * static_cast<uint64_t>(std::popcount(plan.lanes));
    (write ? stats.global_bytes_written : stats.global_bytes_read) += moved;
  }
}

} // namespace

PlannedAccess planAccess(Warp &warp, const Instruction &in, uint32_t mask, uint64_t *addresses, uint32_t bytes,
                         AccessType type) {
  Execution &launch = *warp.execution;
  if (in.memory.order != Order::Weak || launch.dependence) return {};
  bool write = type == AccessType::Store;
  uint64_t first = addresses[std::countr_zero(mask)];
  AccessMemory &known = memoryOf(launch, in.place);
  Region *region = regionOf(warp, known, in.memory.space, first);
  if (!region || (write && !region->writable)) return {};

  for (uint32_t rest = ~mask; rest; rest &= rest - 1) addresses[std::countr_zero(rest)] = first;
  emulator::AccessPlan &plan = known.plans[first / 4 % 4];
  if (matches(plan, mask, bytes, addresses)) [[likely]]
    known.attempts = 0;
  else if (!replan(known, plan, mask, addresses, bytes, write))
    return {};

  auto offset = static_cast<int64_t>(region->shared ? first : first - region->base);
  if (offset + plan.low < static_cast<int64_t>(region->first) ||
      offset + plan.high > static_cast<int64_t>(region->bytes) || ((first | plan.delta_bits) & (bytes - 1)))
    return {};
  if (region->shared && warp.cta->mbarriers.mayOverlap(static_cast<uint64_t>(offset + plan.low),
                                                       static_cast<uint64_t>(offset + plan.high)))
    return {};
  if (region->shadow) {
    // Regions start at multiples of a piece, so that pieces of addresses are pieces of offsets.
    auto start = static_cast<uint64_t>(offset - plan.phase + plan.first_piece) / emulator::kPieceBytes;
    if (write) {
      for (const emulator::PlanPiece &part : plan.pieces) region->shadow->mark_piece(start + part.piece, part.bytes);
    } else if (launch.config.checks.uninitialised) {
      bool all = true;
      for (const emulator::PlanPiece &part : plan.pieces)
        all &= region->shadow->has_piece(start + part.piece, part.bytes);
      if (!all) return {};
    }
  }
  if (region->checked && launch.races)
    launch.races->access({{warp.globalIndex},
                          {in.place},
                          region->shared ? emulator::Space::shared : emulator::Space::global,
                          {region->owner},
                          mask,
                          bytes,
                          std::span<const uint64_t, 32>(addresses, 32)},
                         plan);
  count(launch.result.stats, *region, plan, write, launch.config.checks.bank_conflicts);
  return {region->data + offset, &plan};
}

} // namespace tw::emu
