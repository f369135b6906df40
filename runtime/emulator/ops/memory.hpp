// Shared by ld/st, atomics and the asynchronous copies: modifiers and lane addresses.
#pragma once

#include <array>

#include "machine/execution.hpp"
#include "ops/dispatch.hpp"

namespace tw::emu {

/// Takes the state space; Generic when there is none.
Space takeSpace(Builder &b);
/// Takes order and scope modifiers into instruction.memory; `fallback` is the order without any.
void takeOrder(Builder &b, Order fallback);
/// Takes the cache and eviction hints that change nothing on a functional machine (PTX ISA 9.7.9.1, 9.7.9.2).
/// True when an `.L2::cache_hint` adds an operand.
bool takeCacheHints(Builder &b);
/// Addresses of the lanes: base register plus constant, cut to 32 bits in 32-bit windows.
void laneAddresses(Warp &warp, const Instruction &instruction, Slot base, uint32_t mask, uint64_t *addresses);

/// Decode the rest of ld, st and mov of .b128; space, order and modifiers are taken.
void decodeWideLoad(Builder &b, bool hint);
void decodeWideStore(Builder &b, bool hint);
void decodeWideMove(Builder &b);

/// The same of one lane.
inline uint64_t laneAddress(Warp &warp, const Instruction &instruction, Slot base, uint32_t lane) {
  bool window = instruction.memory.space != Space::Generic && instruction.memory.space != Space::Global;
  uint64_t address = warp.value(base, lane) + static_cast<uint64_t>(instruction.immediate);
  return window ? address & 0xffffffffu : address;
}

} // namespace tw::emu
