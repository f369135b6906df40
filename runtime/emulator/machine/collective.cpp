// Collectives of a warp (shfl.sync, vote.sync, bar.warp.sync ...): lanes wait for the live lanes of their member mask,
// from whatever place of the program those come, and then execute together.
#include <bit>

#include <fmt/format.h>

#include "machine/execution.hpp"

namespace tw::emu {
namespace {

/// Whether two instructions may meet in one collective: same opcode, same qualifiers.
bool sameCollective(const Instruction &a, const Instruction &b) {
  return a.handler == b.handler && a.opcode == b.opcode && a.option[0] == b.option[0] && a.option[1] == b.option[1];
}

} // namespace

void Warp::collective(const Instruction &instruction, uint32_t mask) {
  if (mask == 0) {
    ++groups[current].pc;
    return;
  }
  // The member mask is operand e. The common case: all executing lanes name themselves, or lanes that have exited.
  uint32_t leader = static_cast<uint32_t>(std::countr_zero(mask));
  uint32_t member = static_cast<uint32_t>(value(instruction.e, leader));
  bool uniform = true;
  for (uint32_t m = mask; m; m &= m - 1)
    uniform &= static_cast<uint32_t>(value(instruction.e, static_cast<uint32_t>(std::countr_zero(m)))) == member;
  if (uniform && (member & live & ~mask) == 0 && (mask & ~member) == 0) {
    parts.assign(1, {&instruction, mask, {base[0], base[1]}, frames[groups[current].frame].function});
    instruction.handler(*this, instruction, mask);
    ++groups[current].pc;
    return;
  }
  uint32_t pc = groups[current].pc, frame = groups[current].frame;
  uint32_t rest = groups[current].mask & ~mask;
  if (rest) split(rest, pc + 1, frame);
  uint32_t todo = mask;
  std::vector<uint32_t> members;
  while (todo) {
    uint32_t lane = static_cast<uint32_t>(std::countr_zero(todo));
    member = static_cast<uint32_t>(value(instruction.e, lane));
    uint32_t same = 0;
    for (uint32_t m = todo; m; m &= m - 1) {
      uint32_t l = static_cast<uint32_t>(std::countr_zero(m));
      if (static_cast<uint32_t>(value(instruction.e, l)) == member) same |= 1u << l;
    }
    if (same & ~member) {
      uint32_t outside = static_cast<uint32_t>(std::countr_zero(same & ~member));
      execution->report(
          FindingKind::Misuse, "collective.member", instruction, *this, outside,
          fmt::format("lane {} executes a collective whose member mask 0x{:08x} does not name it", outside, member),
          "put every executing lane into the mask", "9.7.9.6");
      throw LaunchAbort{};
    }
    todo &= ~same;
    Group waiting = groups[current];
    waiting.mask = waiting.execMask = same;
    waiting.waitMask = member;
    waiting.state = GroupState::Collective;
    groups.push_back(waiting);
    groups[current].mask &= ~same;
    members.push_back(member);
  }
  groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(current));
  reselect = true;
  for (uint32_t m : members) completeCollective(m, instruction);
}

void Warp::completeCollective(uint32_t member, const Instruction &instruction) {
  uint32_t present = 0;
  auto takesPart = [&](const Group &g) {
    return g.state == GroupState::Collective && g.waitMask == member && sameCollective(instructionAt(g), instruction);
  };
  for (const Group &g : groups)
    if (takesPart(g)) present |= g.execMask;
  if (present == 0 || (member & live & ~present) != 0) return;
  parts.clear();
  for (Group &g : groups) {
    if (!takesPart(g)) continue;
    Frame &frame = frames[g.frame];
    parts.push_back({&instructionAt(g),
                     g.execMask,
                     {frame.registers.data(), const_cast<uint32_t *>(frame.function->constants.data())},
                     frame.function});
  }
  instruction.handler(*this, instruction, present);
  for (Group &g : groups) {
    if (!takesPart(g)) continue;
    g.state = GroupState::Runnable;
    ++g.pc;
  }
}

void Warp::recheckCollectives() {
  for (size_t i = 0; i < groups.size(); ++i)
    if (groups[i].state == GroupState::Collective) completeCollective(groups[i].waitMask, instructionAt(groups[i]));
}

void Warp::barrier(const Instruction &instruction, uint32_t mask) {
  if (mask == 0) {
    ++groups[current].pc;
    return;
  }
  uint32_t lane = static_cast<uint32_t>(std::countr_zero(mask));
  BarrierRequest request;
  request.id = static_cast<uint32_t>(value(instruction.a, lane));
  request.threads = instruction.b ? static_cast<uint32_t>(value(instruction.b, lane)) : 0;
  request.action = static_cast<BarrierAction>(instruction.option[0]);
  request.aligned = instruction.option[1] != 0;
  uint32_t pc = groups[current].pc, frame = groups[current].frame;
  if (request.action == BarrierAction::Arrive) {
    ++groups[current].pc;
    reselect = true;
    execution->arriveAtBarrier(*this, instruction, mask, request);
    return;
  }
  uint32_t rest = groups[current].mask & ~mask;
  if (rest) split(rest, pc + 1, frame);
  Group &group = groups[current];
  group.state = GroupState::Barrier;
  group.waitMask = request.id;
  group.execMask = mask;
  group.lastRun = clock;
  reselect = true;
  execution->arriveAtBarrier(*this, instruction, mask, request);
}

uint32_t Warp::waitingAt(uint32_t id) const {
  uint32_t lanes = 0;
  for (const Group &g : groups)
    if (g.state == GroupState::Barrier && g.waitMask == id) lanes |= g.mask;
  return lanes;
}

void Warp::releaseBarrier(uint32_t id) {
  for (Group &g : groups) {
    if (g.state != GroupState::Barrier || g.waitMask != id) continue;
    const Instruction &instruction = instructionAt(g);
    if (instruction.handler) {
      // bar.red: the handler writes the result of the reduction for the lanes of this group.
      parts.assign(
          1, {&instruction,
              g.execMask,
              {frames[g.frame].registers.data(), const_cast<uint32_t *>(frames[g.frame].function->constants.data())},
              frames[g.frame].function});
      instruction.handler(*this, instruction, g.execMask);
    }
    g.state = GroupState::Runnable;
    ++g.pc;
  }
}

} // namespace tw::emu
