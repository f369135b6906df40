// Which registers may be touched when: registers in flight, and wgmma.fence (PTX ISA 9.7.15.7.1).
#include <fmt/format.h>

#include "machine/execution.hpp"
#include "machine/warpgroup_state.hpp"

namespace tw::emu {

std::vector<WatchedRegister> &WarpgroupTable::registersOf(WarpState &state, Warp &warp, uint32_t frame) {
  std::vector<WatchedRegister> &list = state.registers[frame];
  size_t units = warp.frames[frame].registers.size() / 32 + 1;
  if (list.size() < units) list.resize(units);
  return list;
}

void WarpgroupTable::fence(Warp &warp) {
  WarpState &state = stateOf(warp);
  state.fenced = ++state.serial;
  state.anyFence = true;
}

void WarpgroupTable::inspect(Warp &warp, const Instruction &in, uint32_t frame) {
  if (isWgmma(in)) return;
  WarpState &state = stateOf(warp);
  std::vector<WatchedRegister> &registers = registersOf(state, warp, frame);
  uint64_t serial = ++state.serial;
  forEachRegister(in, *warp.frames[frame].function, [&](uint32_t unit, bool) {
    WatchedRegister &r = registers[unit];
    r.accessed = serial;
    if (r.accumulating)
      execution.report(FindingKind::Race, "race.wgmma-in-flight", in, warp, 0,
                       fmt::format("this instruction uses an accumulator of the wgmma at line {}, which no "
                                   "wgmma.wait_group has covered yet",
                                   r.line),
                       "commit the wgmma and wait for its group before the registers are used", "9.7.15.7.1");
    else if (r.reading)
      execution.report(FindingKind::Race, "race.wgmma-operand-in-flight", in, warp, 0,
                       fmt::format("this instruction uses a register of operand A of the wgmma at line {}, which no "
                                   "wgmma.wait_group has covered yet",
                                   r.line),
                       "wait for the group of the wgmma before the registers are used", "9.7.15.7.1");
  });
}

void WarpgroupTable::checkRegisters(WarpState &state, Warp &warp, const WgmmaIssue &issue,
                                    std::vector<WatchedRegister> &registers) {
  const Instruction &in = *issue.instruction;
  auto order = [&](std::string message) {
    execution.report(FindingKind::Misuse, "wgmma.fence", in, warp, 0, std::move(message),
                     "put wgmma.fence between the accesses of the registers and the wgmma", "9.7.15.7.1");
  };
  if (!state.anyFence) return order("no wgmma.fence was executed before the first wgmma of this warp");
  for (uint32_t i = 0; i < issue.accumulatorCount; ++i) {
    const WatchedRegister &r = registers[issue.accumulators[i].word / 32];
    if (r.accessed > state.fenced)
      return order(fmt::format("accumulator {} was accessed after the last wgmma.fence of this warp", i));
    if (r.multiplied > state.fenced && (r.n != issue.form->n || r.k != issue.form->k))
      return order(fmt::format("accumulator {} was used by the wgmma of another shape at line {} after the last "
                               "wgmma.fence",
                               i, r.line));
    if (r.reading) return order(fmt::format("accumulator {} is still operand A of the wgmma at line {}", i, r.line));
  }
  for (int i = 0; issue.operands && i < emulator::kWgmmaARegisters; ++i) {
    const WatchedRegister &r = registers[issue.operands[i].word / 32];
    if (r.accessed > state.fenced)
      return order(fmt::format("register {} of operand A was accessed after the last wgmma.fence of this warp", i));
    if (r.accumulating)
      return order(
          fmt::format("register {} of operand A is an accumulator in flight of the wgmma at line {}", i, r.line));
  }
}

namespace {

/// Registers that wgmma instructions of the function use, and per instruction which of them it touches.
class RegisterOrder {
public:
  explicit RegisterOrder(const Function &function) : function(function) {}

  bool mayBreak() {
    for (const Instruction &in : function.code)
      if (isWgmma(in))
        forEachRegister(in, function, [&](uint32_t unit, bool matrix) {
          if (matrix) numbers.try_emplace(unit, static_cast<uint32_t>(numbers.size()));
        });
    if (numbers.empty()) return false;
    size_t words = (numbers.size() + 63) / 64;
    before.assign(function.code.size(), {});
    work.push_back(0);
    before[0].assign(words, 0);
    while (!work.empty()) {
      uint32_t pc = work.back();
      work.pop_back();
      if (visit(pc)) return true;
    }
    return false;
  }

private:
  /// Passes the state of `pc` on; true when a wgmma there sees a register touched since the last fence.
  bool visit(uint32_t pc) {
    const Instruction &in = function.code[pc];
    std::vector<uint64_t> state = before[pc];
    bool broken = false;
    if (isWgmmaFence(in) && !in.guard) {
      state.assign(state.size(), 0);
    } else {
      forEachRegister(in, function, [&](uint32_t unit, bool matrix) {
        auto known = numbers.find(unit);
        if (known == numbers.end()) return;
        uint64_t &word = state[known->second / 64], bit = uint64_t{1} << known->second % 64;
        if (isWgmma(in))
          broken |= matrix && (word & bit) != 0;
        else
          word |= bit;
      });
    }
    if (broken) return true;
    bool ends = !in.guard && (in.flow == Flow::Exit || in.flow == Flow::Return || in.flow == Flow::Trap);
    if (in.flow == Flow::Branch) {
      pass(in.target, state);
      ends = !in.guard;
    } else if (in.flow == Flow::BranchIndexed) {
      for (uint32_t target : function.branchTables[in.target]) pass(target, state);
      ends = !in.guard;
    }
    if (!ends) pass(pc + 1, state);
    return false;
  }

  void pass(uint32_t pc, const std::vector<uint64_t> &state) {
    if (pc >= before.size()) return;
    std::vector<uint64_t> &known = before[pc];
    bool changed = known.empty();
    if (changed) known.assign(state.size(), 0);
    for (size_t i = 0; i < state.size(); ++i) {
      changed |= (state[i] & ~known[i]) != 0;
      known[i] |= state[i];
    }
    if (changed) work.push_back(pc);
  }

  const Function &function;
  std::unordered_map<uint32_t, uint32_t> numbers;
  std::vector<std::vector<uint64_t>> before;
  std::vector<uint32_t> work;
};

} // namespace

bool mayBreakRegisterOrder(const Function &function) { return RegisterOrder(function).mayBreak(); }

} // namespace tw::emu
