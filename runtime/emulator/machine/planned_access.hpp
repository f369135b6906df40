// The quick way through an access of a shape that its instruction has had before.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "checks/access_plan.hpp"
#include "machine/memory.hpp"

namespace tw::emu {

/// What is remembered at one memory instruction.
struct AccessMemory {
  /// By the word of a line at which the access starts: rows of a padded tile take turns.
  std::array<std::shared_ptr<const emulator::AccessPlan>, emulator::kLineBytes / 4> plans;
  Region *region = nullptr; ///< of the last access to global memory
  uint32_t attempts = 0;    ///< plans made here lately without being used again
};

/// What a launch remembers of accesses.
struct AccessMemories {
  std::vector<std::unique_ptr<AccessMemory>> places; ///< by Instruction::place; made at the first access
  /// All plans, by a hash: instructions with the same shape share one, which then stays in the host's caches.
  std::unordered_multimap<uint64_t, std::shared_ptr<const emulator::AccessPlan>> plans;
};

/// An access that passed all checks: lane l is at host + plan->delta[l].
struct PlannedAccess {
  uint8_t *host = nullptr;
  const emulator::AccessPlan *plan = nullptr;
  explicit operator bool() const { return plan != nullptr; }
};

/// Does what resolveAccess does for a weak load or store without fault of known shape. Otherwise returns an empty
/// result and has changed and told nothing: resolveAccess then serves the access. Whatever else resolveAccess looks at
/// must lead to an empty result here. `bytes` per lane from the address operand on, Instruction::a.
PlannedAccess planAccess(Warp &warp, const Instruction &instruction, uint32_t mask, uint32_t bytes, AccessType type);

} // namespace tw::emu
