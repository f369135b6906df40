// The decoded form of an instruction: handler pointer, resolved register slots, modifiers.
#pragma once

#include <cstdint>

#include "machine/type.hpp"

namespace tw::emu {

class Warp;
struct Instruction;

/// Executes one instruction for the lanes of `mask` (never empty).
using Handler = void (*)(Warp &warp, const Instruction &instruction, uint32_t mask);

/// Executes `count` instructions in a row for all lanes.
using RunHandler = void (*)(Warp &warp, const Instruction *first, uint32_t count);

/// Where a value lives: 32 lanes of a register, 32 equal lanes of a constant, or one mask word of a predicate.
struct Slot {
  enum Kind : uint32_t { None, Predicate, Lane32, Lane64 };
  uint32_t word : 28 = 0; ///< offset in 4-byte words into the registers of the frame, or the constants of the function
  uint32_t constant : 1 = 0;
  uint32_t kind : 3 = None;
  explicit operator bool() const { return kind != None; }
};

/// State spaces of memory instructions (PTX ISA section 5.1).
enum class Space : uint8_t { Generic, Global, Shared, Local, Const, Param, FrameParam };

/// Memory-order modifiers (PTX ISA section 8).
enum class Order : uint8_t { Weak, Volatile, Relaxed, Acquire, Release, AcquireRelease, SequentiallyConsistent };
enum class Scope : uint8_t { None, Cta, Cluster, Gpu, System };

/// Modifiers of ld, st, atom and their kin.
struct MemoryModifiers {
  Space space = Space::Generic;
  Order order = Order::Weak;
  Scope scope = Scope::None;
  uint8_t bytes = 0;  ///< of one element
  uint8_t vector = 1; ///< elements
  bool signExtend = false;
};

/// How the interpreter treats an instruction besides calling its handler.
/// Clock: plain, but reads Execution::now, which runs of plain instructions update at their end.
/// Heavy: plain, but may charge for more than one instruction (Execution::charge).
/// Blocking: the handler may put the group to sleep (Warp::sleep); it then runs again after Warp::wake.
/// CheckedBranch: the handler looks at the guard first.
enum class Flow : uint8_t {
  Plain,
  Clock,
  Heavy,
  Branch,
  BranchIndexed,
  Call,
  Return,
  Exit,
  Barrier,
  Collective,
  Trap,
  Yield,
  Blocking,
  CheckedBranch
};

/// One decoded instruction.
struct Instruction {
  Handler handler = nullptr;
  RunHandler run = nullptr; ///< does the same for this instruction and those behind it that have the same one
  uint32_t runLength = 0;   ///< how many these are: 0 without `run` or under a guard
  Slot d, a, b, c, e;
  Slot guard;
  bool guardNegated = false;
  Flow flow = Flow::Plain;
  uint16_t opcode = 0; ///< index into Program::opcodes, for counts
  uint32_t line = 0;   ///< PTX line, 1-based
  uint32_t place = 0;  ///< number in the whole program
  uint32_t extra = 0;  ///< first of `extraCount` slots in Function::slots
  uint32_t extraCount = 0;
  uint32_t target = 0;   ///< branch target, callee, table or other index
  int64_t immediate = 0; ///< address offset or other constant
  MemoryModifiers memory;
  uint8_t option[4] = {0, 0, 0, 0}; ///< per family, see its file
};

} // namespace tw::emu
