// The loop that runs a warp: picks a group of converged lanes, executes, splits and merges groups.
//
// Groups of the deepest frame run first, and among those the one with the smallest pc, which reconverges structured
// code at the join. A group that starves others (a lane spinning on a lock that another lane of its warp holds) gives
// way after its time slice: every other slice runs the group that has waited longest.
#include <bit>

#include "machine/execution.hpp"
#include "tilewright/emulator/observer.hpp"

namespace tw::emu {
namespace {

/// Instructions of its warp that a group waits before it goes first. Long enough for structured code to reconverge.
constexpr uint64_t kStarvation = 5000;

} // namespace

bool Warp::canRun() const {
  for (const Group &group : groups)
    if (group.state == GroupState::Runnable) return true;
  return false;
}

void Warp::mergeEqual() {
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].state != GroupState::Runnable) continue;
    for (size_t j = i + 1; j < groups.size();) {
      Group &a = groups[i], &b = groups[j];
      if (b.state == GroupState::Runnable && a.pc == b.pc && a.frame == b.frame) {
        a.mask |= b.mask;
        groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(j));
      } else {
        ++j;
      }
    }
  }
}

void Warp::selectFrame(uint32_t frame) {
  base[0] = frames[frame].registers.data();
  base[1] = const_cast<uint32_t *>(frames[frame].function->constants.data());
}

bool Warp::pick() {
  if (groups.size() > 1) mergeEqual();
  size_t best = groups.size(), oldest = groups.size();
  auto before = [&](const Group &a, const Group &b) {
    uint32_t da = frames[a.frame].depth, db = frames[b.frame].depth;
    if (da != db) return da > db;
    return a.frame != b.frame ? a.frame < b.frame : a.pc < b.pc;
  };
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].state != GroupState::Runnable) continue;
    if (best == groups.size() || before(groups[i], groups[best])) best = i;
    if (oldest == groups.size() || groups[i].lastRun < groups[oldest].lastRun) oldest = i;
  }
  if (best == groups.size()) return false;
  bool fair = oldest != best && (yielded || clock - groups[oldest].lastRun > kStarvation);
  yielded = false;
  if (fair) best = oldest;
  current = best;
  switchPc = UINT32_MAX;
  if (!fair)
    for (size_t i = 0; i < groups.size(); ++i)
      if (i != best && groups[i].state == GroupState::Runnable && groups[i].frame == groups[best].frame)
        switchPc = std::min(switchPc, groups[i].pc);
  selectFrame(groups[best].frame);
  return true;
}

uint64_t Warp::runStraight(const Instruction *first, const Instruction *end, uint32_t lanes) {
  const Instruction *at = first;
  // A handler may turn `watched` on.
  for (; at != end && at->flow == Flow::Plain && !watched; ++at) {
    if (at->runLength > 1 && lanes == kAllLanes) {
      auto count = static_cast<uint32_t>(std::min<std::ptrdiff_t>(at->runLength, end - at));
      at->run(*this, at, count);
      at += count - 1;
      continue;
    }
    uint32_t mask = lanes;
    if (at->guard) {
      uint32_t p = predicate(at->guard);
      mask &= at->guardNegated ? ~p : p;
      if (!mask) continue;
    }
    at->handler(*this, *at, mask);
  }
  auto executed = static_cast<uint64_t>(at - first);
  if (executed == 0) return 0;
  ++execution->straightRuns[first->place];
  --execution->straightRuns[first->place + executed];
  clock += executed;
  execution->now += executed;
  return executed;
}

void Warp::sleepFor(uint64_t nanoseconds) { wakeTime = execution->time() + nanoseconds; }

uint64_t Warp::run(uint64_t slice) {
  uint64_t executed = 0;
  Execution &launch = *execution;
  if (wakeTime > launch.time()) return 0;
  while (executed < slice && pick()) {
    reselect = false;
    const Instruction *code = frames[groups[current].frame].function->code.data();
    while (executed < slice) {
      Group &group = groups[current];
      if (!watched && !launch.config.observer) [[likely]] {
        uint64_t most = std::min<uint64_t>(slice - executed, switchPc - group.pc);
        uint64_t ran = runStraight(code + group.pc, code + group.pc + most, group.mask);
        executed += ran;
        group.pc += static_cast<uint32_t>(ran);
        if (ran == most) break;
      }
      const Instruction &instruction = code[group.pc];
      uint32_t mask = group.mask;
      if (instruction.guard) {
        uint32_t p = predicate(instruction.guard);
        mask &= instruction.guardNegated ? ~p : p;
      }
      ++executed;
      ++clock;
      ++launch.now;
      ++launch.opcodeCounts[instruction.opcode];
      if (launch.config.observer && mask) [[unlikely]]
        launch.config.observer->executes(Moment(*this, instruction, mask));
      if (watched && mask) [[unlikely]]
        cta->warpgroups->inspect(*this, instruction, group.frame);
      if (instruction.flow == Flow::Plain) [[likely]] {
        if (mask) instruction.handler(*this, instruction, mask);
        ++group.pc;
      } else {
        step(instruction, mask);
        if (launch.isSpent()) slice = executed;
        if (reselect) break;
      }
      if (groups[current].pc >= switchPc) break;
    }
    if (!reselect && current < groups.size()) groups[current].lastRun = clock;
    if (wakeTime > launch.time()) break;
  }
  return executed;
}

void Warp::step(const Instruction &instruction, uint32_t mask) {
  switch (instruction.flow) {
  case Flow::CheckedBranch: instruction.handler(*this, instruction, groups[current].mask); [[fallthrough]];
  case Flow::Branch: return branch(instruction, mask);
  case Flow::BranchIndexed: return branchIndexed(instruction, mask);
  case Flow::Collective: return collective(instruction, mask);
  case Flow::Barrier: return barrier(instruction, mask);
  case Flow::Blocking: return blocking(instruction, mask);
  case Flow::Yield: reselect = yielded = true; [[fallthrough]];
  case Flow::Plain:
  case Flow::Clock:
  case Flow::Heavy:
    if (mask) instruction.handler(*this, instruction, mask);
    groups[current].lastRun = clock;
    ++groups[current].pc;
    return;
  case Flow::Trap:
    if (mask) {
      instruction.handler(*this, instruction, mask);
      throw LaunchAbort{};
    }
    ++groups[current].pc;
    return;
  case Flow::Call:
  case Flow::Return:
  case Flow::Exit: break;
  }
  if (mask == 0) {
    ++groups[current].pc;
    return;
  }
  uint32_t rest = groups[current].mask & ~mask;
  uint32_t pc = groups[current].pc, frame = groups[current].frame;
  if (instruction.flow == Flow::Call) {
    if (rest) split(rest, pc + 1, frame);
    groups[current].mask = mask;
    call(instruction, mask);
  } else {
    if (rest) split(rest, pc + 1, frame);
    groups[current].mask = mask;
    if (instruction.flow == Flow::Exit || frames[frame].depth == 0) {
      exitedAt = &instruction;
      exitLanes(mask);
    } else
      returnFrom(mask);
  }
  reselect = true;
}

void Warp::blocking(const Instruction &instruction, uint32_t mask) {
  asleep = false;
  if (mask) instruction.handler(*this, instruction, mask);
  Group &group = groups[current];
  if (!asleep) {
    ++group.pc;
    return;
  }
  uint32_t rest = group.mask & ~mask, pc = group.pc, frame = group.frame;
  group.state = GroupState::Sleeping;
  group.lastRun = clock;
  if (rest) split(rest, pc + 1, frame);
  reselect = true;
}

Group &Warp::split(uint32_t mask, uint32_t pc, uint32_t frame) {
  Group group;
  group.mask = mask, group.pc = pc, group.frame = frame, group.lastRun = clock;
  groups[current].mask &= ~mask;
  groups.push_back(group);
  return groups.back();
}

void Warp::branch(const Instruction &instruction, uint32_t taken) {
  Group &group = groups[current];
  uint32_t rest = group.mask & ~taken;
  if (taken == 0) {
    ++group.pc;
  } else if (rest == 0) {
    group.pc = instruction.target;
  } else {
    uint32_t next = group.pc + 1;
    group.pc = instruction.target;
    split(rest, next, group.frame);
    reselect = true;
  }
}

void Warp::branchIndexed(const Instruction &instruction, uint32_t mask) {
  uint32_t frame = groups[current].frame, pc = groups[current].pc;
  const std::vector<uint32_t> &table = frames[frame].function->branchTables[instruction.target];
  uint32_t rest = groups[current].mask & ~mask;
  if (rest) split(rest, pc + 1, frame);
  while (mask) {
    uint32_t lane = static_cast<uint32_t>(std::countr_zero(mask));
    uint64_t index = value(instruction.a, lane);
    uint32_t same = 0;
    for (uint32_t m = mask; m; m &= m - 1) {
      uint32_t l = static_cast<uint32_t>(std::countr_zero(m));
      if (value(instruction.a, l) == index) same |= 1u << l;
    }
    if (index >= table.size()) {
      execution->report(FindingKind::Misuse, "branch.index", instruction, *this, lane,
                        "brx.idx: index " + std::to_string(index) + " is outside the table of " +
                            std::to_string(table.size()) + " targets",
                        "compare the index with the number of targets first", "9.7.12.2");
      throw LaunchAbort{};
    }
    if (same == mask) {
      groups[current].mask = same;
      groups[current].pc = table[index];
    } else {
      split(same, table[index], frame);
    }
    mask &= ~same;
  }
  reselect = true;
}

void Warp::exitLanes(uint32_t mask) {
  live &= ~mask;
  for (Frame &frame : frames) frame.lanes &= ~mask;
  for (size_t i = 0; i < groups.size();) {
    groups[i].mask &= ~mask;
    groups[i].execMask &= ~mask;
    if (groups[i].mask == 0)
      groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
  reselect = true;
  recheckCollectives();
  execution->recheckBarriers(*cta, *this, mask);
}

} // namespace tw::emu
