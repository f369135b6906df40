// A warp: registers of 32 lanes per frame, groups of converged lanes, and the loop that runs them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checks/init_shadow.hpp"
#include "machine/program.hpp"

namespace tw::emu {

class Execution;
struct Cta;

inline constexpr uint32_t kAllLanes = 0xffffffffu;

/// One activation of a function, shared by the lanes that called it from the same place.
struct Frame {
  const Function *function = nullptr;
  uint32_t parent = 0;
  uint32_t depth = 0;
  uint32_t returnPc = 0;
  uint32_t call = 0;  ///< index into Program::calls
  uint32_t lanes = 0; ///< lanes that have this frame on their stack; 0 = free
  uint32_t localBase = 0;
  std::vector<uint32_t> registers;
  std::vector<uint8_t> params; ///< frameParamBytes per lane
};

enum class GroupState : uint8_t { Runnable, Collective, Barrier, Sleeping };

/// Lanes that run together.
struct Group {
  uint32_t mask = 0;
  uint32_t pc = 0;
  uint32_t frame = 0;
  GroupState state = GroupState::Runnable;
  uint32_t waitMask = 0; ///< lanes a collective waits for, or the barrier number
  uint32_t execMask = 0; ///< lanes that execute the instruction it waits at
  uint64_t lastRun = 0;
};

/// One part of a collective: lanes that execute it together from one place.
struct CollectivePart {
  const Instruction *instruction = nullptr;
  uint32_t mask = 0;
  uint32_t *base[2] = {nullptr, nullptr};
  const Function *function = nullptr;
  /// Operand i of those beyond d, a, b, c, e.
  Slot extra(uint32_t i) const { return function->slots[instruction->extra + i]; }
};

template <class T> using LaneWord = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

/// A warp in execution.
class Warp {
public:
  /// Registers of the running frame and constants of its function; indexed by Slot::constant.
  uint32_t *base[2] = {nullptr, nullptr};

  uint32_t *words(Slot slot) { return base[slot.constant] + slot.word; }
  uint64_t *wides(Slot slot) { return reinterpret_cast<uint64_t *>(base[slot.constant] + slot.word); }
  uint32_t &predicate(Slot slot) { return base[slot.constant][slot.word]; }
  /// The value of one lane, zero-extended.
  uint64_t value(Slot slot, uint32_t lane) { return slot.kind == Slot::Lane64 ? wides(slot)[lane] : words(slot)[lane]; }
  void setValue(Slot slot, uint32_t lane, uint64_t v) {
    if (slot.kind == Slot::Lane64)
      wides(slot)[lane] = v;
    else if (slot.kind == Slot::Lane32)
      words(slot)[lane] = static_cast<uint32_t>(v);
  }

  /// Starts the warp with `lanes` live lanes at the entry function.
  void start(Execution &execution, Cta &cta, uint32_t index, uint32_t lanes);
  /// Runs up to `slice` instructions; returns the number executed. Stops early when no group can run.
  uint64_t run(uint64_t slice);
  bool canRun() const;
  bool finished() const { return live == 0; }

  /// Ends lanes (exit, or a trap).
  void exitLanes(uint32_t mask);
  /// Lets groups that wait at CTA barrier `id` go on after it.
  void releaseBarrier(uint32_t id);
  /// Whether lanes wait at CTA barrier `id`.
  uint32_t waitingAt(uint32_t id) const;
  /// Local memory of one lane, long enough for all live frames.
  std::vector<uint8_t> &localMemory(uint32_t lane) { return local[lane]; }
  /// Which bytes of a lane's local memory were written.
  emulator::InitShadow *localShadow(uint32_t lane) { return &localWritten[lane]; }
  /// From a handler of Flow::Blocking: the instruction could not run; its lanes wait for wake. `why` is for reports.
  void sleep(std::string why) {
    asleep = true;
    sleepReason = std::move(why);
  }
  /// From nanosleep: the warp does nothing until the clock has advanced that far.
  void sleepFor(uint64_t nanoseconds);
  /// Lets sleeping groups try their instruction again.
  void wake() {
    for (Group &group : groups)
      if (group.state == GroupState::Sleeping) group.state = GroupState::Runnable;
  }
  /// The lanes that reached the instruction being executed, its guard aside.
  uint32_t runningLanes() const { return groups[current].mask; }
  Frame &currentFrame() { return frames[groups[current].frame]; }
  const Instruction &instructionAt(const Group &group) const { return frames[group.frame].function->code[group.pc]; }

  Execution *execution = nullptr;
  Cta *cta = nullptr;
  uint32_t index = 0;       ///< in the CTA
  uint32_t globalIndex = 0; ///< in the launch
  uint32_t live = 0;
  uint32_t started = 0; ///< lanes that exist
  std::vector<Group> groups;
  std::vector<Frame> frames;
  std::vector<CollectivePart> parts;     ///< of the collective being executed
  const Instruction *exitedAt = nullptr; ///< the last exit or ret that ended lanes
  uint64_t wakeTime = 0;                 ///< Execution::time before which the warp does nothing
  bool watched = false;                  ///< WarpgroupTable::inspect looks at every instruction
  uint32_t sleptAt = 0;                  ///< place + 1 of a blocking instruction that is tried again
  std::string sleepReason;               ///< what the last sleeping group waits for

private:
  void selectFrame(uint32_t frame);
  bool pick();
  void mergeEqual();
  /// Runs plain instructions of the lanes until another kind or `end`; returns how many.
  uint64_t runStraight(const Instruction *first, const Instruction *end, uint32_t lanes);
  void step(const Instruction &instruction, uint32_t mask);
  void branch(const Instruction &instruction, uint32_t taken);
  void branchIndexed(const Instruction &instruction, uint32_t mask);
  void call(const Instruction &instruction, uint32_t mask);
  void returnFrom(uint32_t mask);
  void collective(const Instruction &instruction, uint32_t mask);
  void recheckCollectives();
  void completeCollective(uint32_t member, const Instruction &instruction);
  void barrier(const Instruction &instruction, uint32_t mask);
  void blocking(const Instruction &instruction, uint32_t mask);
  /// Splits `mask` off the current group; the new group starts at `pc` of `frame`.
  Group &split(uint32_t mask, uint32_t pc, uint32_t frame);
  void copyArguments(Frame &from, Frame &to, const std::vector<Placement> &a, const std::vector<Placement> &b,
                     uint32_t mask);
  uint32_t enterFrame(const Function &function, uint32_t parent, uint32_t returnPc, uint32_t callSite, uint32_t mask);
  void fillSpecials(Frame &frame);
  void fillThreadIndex(Special special, uint32_t *out) const;
  uint64_t specialValue(Special special, uint32_t lane) const;

  std::vector<uint8_t> local[32];
  emulator::InitShadow localWritten[32];
  size_t current = 0;
  uint32_t switchPc = 0;
  bool reselect = false;
  bool asleep = false;  ///< the handler of Flow::Blocking called sleep
  bool yielded = false; ///< the running group gave way (nanosleep)
  uint64_t clock = 0;   ///< instructions of this warp
};

} // namespace tw::emu
