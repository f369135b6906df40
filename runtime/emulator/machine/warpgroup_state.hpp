// The records behind WarpgroupTable.
#pragma once

#include "machine/program.hpp"
#include "machine/warpgroup.hpp"

namespace tw::emu {

/// Registers of a frame, numbered in units of 32 words.
struct RegisterList {
  uint32_t frame = 0;
  std::vector<uint32_t> units;
  friend bool operator==(const RegisterList &, const RegisterList &) = default;
};

/// Calls f(unit, matrix) for every register that the instruction names; `matrix` tells the accumulators and A registers
/// of a wgmma from its other operands.
template <class F> void forEachRegister(const Instruction &in, const Function &function, F f) {
  auto one = [&](Slot slot, bool matrix) {
    if (slot.constant || (slot.kind != Slot::Lane32 && slot.kind != Slot::Lane64)) return;
    f(slot.word / 32, matrix);
    if (slot.kind == Slot::Lane64) f(slot.word / 32 + 1, matrix);
  };
  for (Slot slot : {in.d, in.a, in.b, in.c, in.e}) one(slot, false);
  for (uint32_t i = 0; i < in.extraCount; ++i) one(function.slots[in.extra + i], isWgmma(in));
}

/// Accumulators in flight: their values live here, the registers hold poison.
struct WarpgroupTable::Accumulators {
  const Function *function = nullptr;
  RegisterList where;
  std::vector<uint32_t> values; ///< [register * 32 + lane]
  uint32_t users = 0;           ///< operations that no wait of this warp has covered
};

/// What one warp contributes to an operation.
struct WarpgroupTable::Part {
  Accumulators *accumulators = nullptr;
  std::vector<uint32_t> a;        ///< A in registers, read at issue: [register * 32 + lane]
  std::vector<uint32_t> metadata; ///< of a sparse A, by lane
  RegisterList operands;
};

/// One wgmma.mma_async of a warpgroup.
struct WarpgroupTable::Operation {
  const Instruction *instruction = nullptr;
  const emulator::WgmmaForm *form = nullptr;
  uint64_t a = 0, b = 0;
  bool scaleD = true;
  uint64_t number = 0;
  uint32_t issued = 0, released = 0; ///< bits of warps
  std::vector<uint32_t> told;        ///< the parts of the warps, as the race checker numbers them
  std::array<Part, 4> parts;
};

/// What one warp has under way.
struct WarpgroupTable::WarpState {
  uint64_t issued = 0, committed = 0; ///< operations and groups so far
  std::vector<uint32_t> told;         ///< operations of the open group, as the race checker numbers them
  std::vector<uint64_t> open;
  std::deque<std::vector<uint64_t>> groups; ///< committed, oldest first
  std::list<Accumulators> accumulators;
  std::unordered_map<uint32_t, std::vector<WatchedRegister>> registers; ///< by frame
  uint64_t serial = 0, fenced = 0;
  bool anyFence = false;
};

} // namespace tw::emu
