// Checks an access by its plan: one bounds check, one shadow operation per 16 bytes, counts known beforehand.
#include "machine/planned_access.hpp"

#include <bit>

#include "machine/execution.hpp"
#include "machine/undo_log.hpp"
#include "ops/lanes.hpp"
#include "ops/memory.hpp"

namespace tw::emu {
namespace {

/// After this many plans that never served again, an instruction's addresses count as irregular.
constexpr uint32_t kPatience = 32;
/// How often an irregular instruction gets another chance.
constexpr uint32_t kRetry = 256;
/// From this number of plans on, those that no instruction uses any more go.
constexpr size_t kMostPlans = 4096;

AccessMemory &memoryOf(Execution &launch, uint32_t place) {
  auto &places = launch.accessMemories->places;
  if (place >= places.size()) places.resize(launch.program.places);
  std::unique_ptr<AccessMemory> &slot = places[place];
  if (!slot) slot = std::make_unique<AccessMemory>();
  return *slot;
}

template <class Word> TILEWRIGHT_WIDE bool hasShapeWide(const emulator::AccessPlan &plan, const Word *address) {
  return plan.has_shape(address);
}

bool matches(const emulator::AccessPlan &plan, Warp &warp, Slot base, uint32_t mask, uint32_t bytes, uint64_t first) {
  if (!plan.matches(mask, bytes, first)) return false;
  if (base.kind == Slot::Lane64)
    return kWideHost ? hasShapeWide(plan, warp.wides(base)) : plan.has_shape(warp.wides(base));
  return kWideHost ? hasShapeWide(plan, warp.words(base)) : plan.has_shape(warp.words(base));
}

/// The region of an address in .global or .shared, null for any other.
Region *regionOf(Warp &warp, AccessMemory &known, Space space, uint64_t at) {
  if (space == Space::Shared) return &warp.cta->sharedRegion;
  if (space != Space::Global && space != Space::Generic) return nullptr;
  if (known.region && at - known.region->base < known.region->bytes) return known.region;
  known.region = at < address::kWindowsEnd ? nullptr : warp.execution->memory.find(at);
  return known.region;
}

/// The plan, or an equal one that exists.
std::shared_ptr<const emulator::AccessPlan> shared(Execution &launch, emulator::AccessPlan plan) {
  auto &plans = launch.accessMemories->plans;
  uint64_t hash = uint64_t{plan.lanes} << 32 ^ plan.bytes << 8 ^ plan.phase;
  for (int64_t delta : plan.delta) hash = (hash ^ static_cast<uint64_t>(delta)) * 0x100000001b3u;
  auto [first, end] = plans.equal_range(hash);
  for (auto known = first; known != end; ++known)
    if (known->second->same_as(plan)) return known->second;
  if (plans.size() >= kMostPlans) {
    if (launch.races) launch.races->release_plans();
    std::erase_if(plans, [](const auto &known) { return known.second.use_count() == 1; });
  }
  auto made = std::make_shared<const emulator::AccessPlan>(std::move(plan));
  plans.emplace(hash, made);
  return made;
}

/// Makes a plan for this shape unless the instruction has wasted too many.
bool replan(Warp &warp, const Instruction &in, AccessMemory &known, std::shared_ptr<const emulator::AccessPlan> &into,
            uint32_t mask, uint32_t bytes, bool write) {
  if (++known.attempts > kPatience && known.attempts % kRetry) return false;
  uint64_t addresses[32];
  laneAddresses(warp, in, in.a, mask, addresses);
  auto plan = emulator::AccessPlan::make(mask, bytes, addresses, write);
  if (!plan) return false;
  into = shared(*warp.execution, std::move(*plan));
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

PlannedAccess planAccess(Warp &warp, const Instruction &in, uint32_t mask, uint32_t bytes, AccessType type) {
  Execution &launch = *warp.execution;
  if (in.memory.order != Order::Weak || launch.dependence) return {};
  bool write = type == AccessType::Store;
  auto lane = static_cast<uint32_t>(std::countr_zero(mask));
  uint64_t first = laneAddress(warp, in, in.a, lane);
  AccessMemory &known = memoryOf(launch, in.place);
  Region *region = regionOf(warp, known, in.memory.space, first);
  if (!region || (write && !region->writable)) return {};

  std::shared_ptr<const emulator::AccessPlan> &slot = known.plans[first / 4 % known.plans.size()];
  if (slot && matches(*slot, warp, in.a, mask, bytes, first)) [[likely]]
    known.attempts = 0;
  else if (!replan(warp, in, known, slot, mask, bytes, write))
    return {};
  const emulator::AccessPlan &plan = *slot;

  auto offset = static_cast<int64_t>(region->shared ? first : first - region->base);
  if (offset + plan.low < static_cast<int64_t>(region->first) ||
      offset + plan.high > static_cast<int64_t>(region->bytes) || ((first | plan.delta_bits) & (bytes - 1)))
    return {};
  if (region->shared && warp.cta->mbarriers.mayOverlap(static_cast<uint64_t>(offset + plan.low),
                                                       static_cast<uint64_t>(offset + plan.high)))
    return {};
  if (region->shadow) {
    // Regions start at multiples of a line, so that lines of addresses are lines of offsets.
    auto start = static_cast<uint64_t>(offset - plan.phase + plan.first_line) / 64;
    if (write)
      region->shadow->mark(plan.touched, start);
    else if (launch.config.checks.uninitialised && !region->shadow->has(plan.touched, start))
      return {};
  }
  if (region->checked && launch.races) {
    auto space = region->shared ? emulator::Space::shared : emulator::Space::global;
    uint64_t addresses[32];
    addresses[lane] = first;
    launch.races->access({{warp.globalIndex}, {in.place}, space, {region->owner}, mask, bytes, addresses}, plan);
  }
  if (region->undo && write) [[unlikely]]
    region->undo->beforeWrite(static_cast<uint64_t>(offset + plan.low), static_cast<uint64_t>(offset + plan.high));
  count(launch.result.stats, *region, plan, write, launch.config.checks.bank_conflicts);
  return {region->data + offset, &plan};
}

} // namespace tw::emu
