// The quick way through an access of a shape that its instruction has had before.
#pragma once

#include <memory>
#include <vector>

#include "checks/access_plan.hpp"
#include "machine/memory.hpp"

namespace tw::emu {

/// What is remembered at one memory instruction.
struct AccessMemory {
  /// By the word of a piece at which the access starts: rows of a padded tile take turns.
  emulator::AccessPlan plans[4];
  Region *region = nullptr; ///< of the last access to global memory
  uint32_t attempts = 0;    ///< plans made here lately without being used again
};

/// By Instruction::place; made at the first access.
using AccessMemories = std::vector<std::unique_ptr<AccessMemory>>;

/// An access that passed all checks: lane l is at host + plan->delta[l].
struct PlannedAccess {
  uint8_t *host = nullptr;
  const emulator::AccessPlan *plan = nullptr;
  explicit operator bool() const { return plan != nullptr; }
};

/// Does what resolveAccess does for a weak load or store without fault of known shape. Otherwise returns an empty
/// result and has changed and told nothing: resolveAccess then serves the access. Whatever else resolveAccess looks at
/// must lead to an empty result here. Writes to `addresses` of inactive lanes.
PlannedAccess planAccess(Warp &warp, const Instruction &instruction, uint32_t mask, uint64_t *addresses, uint32_t bytes,
                         AccessType type);

} // namespace tw::emu
