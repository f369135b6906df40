// Issue, landing and waits of wgmma.
#include "machine/warpgroup.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "machine/execution.hpp"
#include "machine/warpgroup_state.hpp"

namespace tw::emu {
namespace {

constexpr uint32_t kWarps = 4; ///< of a warpgroup
/// What accumulators hold while they are in flight: a NaN nobody computes.
constexpr uint32_t kPoison = 0xffd15ea5u;

[[noreturn]] void misuse(Warp &w, const Instruction &in, std::string rule, std::string message, std::string fix) {
  w.execution->report(FindingKind::Misuse, std::move(rule), in, w, 0, std::move(message), std::move(fix), "9.7.15.5.2");
  throw LaunchAbort{};
}

} // namespace

WarpgroupTable::WarpgroupTable(Execution &execution, Cta &cta)
    : execution(execution), cta(cta), warps(cta.warps.size()), queues(cta.warps.size() / kWarps) {
  static constexpr WgmmaTiming kTimings[] = {WgmmaTiming::AtWait, WgmmaTiming::AtIssue, WgmmaTiming::Random};
  switch (execution.config.async_timing) {
  case AsyncTiming::BySeed: timing = kTimings[execution.config.seed % 3]; break;
  case AsyncTiming::Early: timing = WgmmaTiming::AtIssue; break;
  case AsyncTiming::Late: timing = WgmmaTiming::AtWait; break;
  case AsyncTiming::Random: timing = WgmmaTiming::Random; break;
  }
}

WarpgroupTable::~WarpgroupTable() = default;

WarpgroupTable::WarpState &WarpgroupTable::stateOf(Warp &warp) {
  auto &state = warps[warp.index];
  if (!state) state = std::make_unique<WarpState>();
  return *state;
}

WarpgroupTable::Operation &WarpgroupTable::operation(uint32_t warpgroup, uint64_t number) {
  Queue &queue = queues[warpgroup];
  return *queue.operations[number - queue.first];
}

void WarpgroupTable::checkAgreement(const Operation &op, Warp &warp, const WgmmaIssue &issue) {
  const Instruction &in = *issue.instruction;
  if (op.instruction->place != in.place)
    misuse(warp, in, "wgmma.warpgroup",
           fmt::format("warp {} issues the wgmma at line {} while another warp of its warpgroup issued the one at line "
                       "{} as operation {}",
                       warp.index, in.line, op.instruction->line, op.number),
           "let the four warps of a warpgroup execute the same wgmma instructions in the same order");
  auto differs = [&](const char *what, uint64_t mine, uint64_t theirs) {
    if (mine == theirs) return;
    misuse(warp, in, "wgmma.warpgroup",
           fmt::format("warp {} issues wgmma with {} 0x{:x}, another warp of its warpgroup with 0x{:x}", warp.index,
                       what, mine, theirs),
           "compute descriptors and scale-d from values that are equal in all 128 threads");
  };
  differs("descriptor of A", issue.a, op.a);
  differs("descriptor of B", issue.b, op.b);
  differs("scale-d", issue.scaleD, op.scaleD);
}

void WarpgroupTable::issue(Warp &warp, const WgmmaIssue &issue) {
  const Instruction &in = *issue.instruction;
  uint32_t group = warp.index / kWarps;
  if (group >= queues.size())
    misuse(warp, in, "wgmma.warpgroup",
           fmt::format("wgmma needs four warps whose first number is a multiple of 4, but the block has {} warps and "
                       "this is warp {}",
                       cta.warps.size(), warp.index),
           "launch whole warpgroups of 128 threads");
  WarpState &state = stateOf(warp);
  Queue &queue = queues[group];
  uint64_t number = state.issued++;
  if (number - queue.first == queue.operations.size()) {
    auto fresh = std::make_unique<Operation>();
    fresh->instruction = &in;
    fresh->form = issue.form;
    fresh->a = issue.a, fresh->b = issue.b;
    fresh->scaleD = issue.scaleD;
    fresh->number = number;
    checkMemory(*fresh, warp);
    queue.operations.push_back(std::move(fresh));
  }
  Operation &op = operation(group, number);
  checkAgreement(op, warp, issue);
  tellRaces(op, warp, queue, state);
  uint32_t frame = static_cast<uint32_t>(&warp.currentFrame() - warp.frames.data());
  std::vector<WatchedRegister> &registers = registersOf(state, warp, frame);
  checkRegisters(state, warp, issue, registers);

  Part &part = op.parts[warp.index % kWarps];
  if (issue.operands) {
    part.a.resize(emulator::kWgmmaARegisters * 32);
    for (uint32_t r = 0; r < emulator::kWgmmaARegisters; ++r)
      std::memcpy(part.a.data() + r * 32, warp.words(issue.operands[r]), 32 * sizeof(uint32_t));
  }
  if (issue.metadata) {
    const uint32_t *words = warp.words(issue.metadata);
    part.metadata.assign(words, words + 32);
    checkMetadata(*issue.form, part, warp, in);
  }
  part.accumulators = &accumulatorsFor(state, warp, issue);
  part.operands.frame = frame;
  for (uint32_t r = 0; issue.operands && r < emulator::kWgmmaARegisters; ++r)
    part.operands.units.push_back(issue.operands[r].word / 32);

  uint64_t serial = ++state.serial;
  for (uint32_t unit : part.accumulators->where.units) {
    WatchedRegister &r = registers[unit];
    ++r.accumulating;
    r.multiplied = serial, r.n = issue.form->n, r.k = issue.form->k, r.line = in.line;
  }
  for (uint32_t unit : part.operands.units) ++registers[unit].reading, registers[unit].line = in.line;
  ++part.accumulators->users;
  state.open.push_back(number);
  warp.watched = true;

  op.issued |= 1u << warp.index % kWarps;
  if (op.issued != (1u << kWarps) - 1) return;
  if (timing == WgmmaTiming::AtIssue) landThrough(group, number);
  for (uint32_t w = group * kWarps; w < (group + 1) * kWarps; ++w) cta.warps[w]->wake();
}

WarpgroupTable::Accumulators &WarpgroupTable::accumulatorsFor(WarpState &state, Warp &warp, const WgmmaIssue &issue) {
  RegisterList where;
  where.frame = static_cast<uint32_t>(&warp.currentFrame() - warp.frames.data());
  for (uint32_t r = 0; r < issue.accumulatorCount; ++r) where.units.push_back(issue.accumulators[r].word / 32);
  for (auto &known : state.accumulators)
    if (known.where == where) return known;
  state.accumulators.emplace_back();
  Accumulators &fresh = state.accumulators.back();
  fresh.values.resize(issue.accumulatorCount * 32);
  for (uint32_t r = 0; r < issue.accumulatorCount; ++r) {
    uint32_t *words = warp.words(issue.accumulators[r]);
    std::copy(words, words + 32, fresh.values.begin() + r * 32);
    std::fill(words, words + 32, kPoison);
  }
  fresh.function = warp.currentFrame().function;
  fresh.where = std::move(where);
  return fresh;
}

void WarpgroupTable::commit(Warp &warp) {
  WarpState &state = stateOf(warp);
  // Everybody knows time 0 of the race checker's clocks: groups count from 1.
  ++state.committed;
  if (execution.races)
    for (uint32_t told : state.told) execution.races->async_landed({told}, static_cast<uint32_t>(state.committed));
  state.told.clear();
  state.groups.push_back(std::move(state.open));
  state.open.clear();
}

bool WarpgroupTable::wait(Warp &warp, uint32_t open) {
  WarpState &state = stateOf(warp);
  uint32_t group = warp.index / kWarps;
  if (group >= queues.size()) return true; // no wgmma can have been issued
  size_t covered = state.groups.size() > open ? state.groups.size() - open : 0;
  for (size_t g = 0; g < covered; ++g)
    for (uint64_t number : state.groups[g]) {
      Operation &op = operation(group, number);
      if (op.issued == (1u << kWarps) - 1) continue;
      std::string missing;
      for (uint32_t w = 0; w < kWarps; ++w)
        if (!(op.issued >> w & 1)) missing += fmt::format(" {}", group * kWarps + w);
      warp.sleep(fmt::format("waits for a wgmma that warp{} of the warpgroup did not issue", missing));
      return false;
    }
  for (size_t g = 0; g < covered; ++g) {
    // The operation is one of the whole warpgroup: other warps, which may not have committed it yet, need not wait
    // before this one hands on what it read.
    auto time = static_cast<uint32_t>(state.committed - state.groups.size() + 1);
    for (uint64_t number : state.groups.front()) {
      if (execution.races)
        for (uint32_t told : operation(group, number).told) execution.races->async_landed({told}, time);
      landThrough(group, number);
      release(state, warp, number);
    }
    state.groups.pop_front();
  }
  Queue &queue = queues[group];
  if (execution.races && covered)
    execution.races->async_done({queue.actor}, static_cast<uint32_t>(state.committed - open), {warp.globalIndex},
                                kAllLanes);
  while (!queue.operations.empty() && queue.operations.front()->released == (1u << kWarps) - 1) {
    queue.operations.pop_front();
    ++queue.first;
  }
  return true;
}

void WarpgroupTable::release(WarpState &state, Warp &warp, uint64_t number) {
  Operation &op = operation(warp.index / kWarps, number);
  Part &part = op.parts[warp.index % kWarps];
  op.released |= 1u << warp.index % kWarps;
  Accumulators &accumulators = *part.accumulators;
  Frame &frame = warp.frames[accumulators.where.frame];
  bool alive = frame.function == accumulators.function && frame.lanes != 0;
  std::vector<WatchedRegister> &registers = registersOf(state, warp, accumulators.where.frame);
  for (uint32_t unit : accumulators.where.units) --registers[unit].accumulating;
  for (uint32_t unit : part.operands.units) --registers[unit].reading;
  if (--accumulators.users != 0) return;
  for (size_t r = 0; alive && r < accumulators.where.units.size(); ++r)
    std::copy_n(accumulators.values.begin() + static_cast<std::ptrdiff_t>(r * 32), 32,
                frame.registers.begin() + static_cast<std::ptrdiff_t>(accumulators.where.units[r] * 32));
  state.accumulators.remove_if([&](const Accumulators &a) { return &a == &accumulators; });
  warp.watched = !state.accumulators.empty() || execution.program.watchRegisters;
}

void WarpgroupTable::landThrough(uint32_t warpgroup, uint64_t number) {
  Queue &queue = queues[warpgroup];
  for (; queue.landed <= number; ++queue.landed) land(operation(warpgroup, queue.landed));
}

void WarpgroupTable::progress() {
  if (timing != WgmmaTiming::Random) return;
  for (uint32_t g = 0; g < queues.size(); ++g) {
    Queue &queue = queues[g];
    uint64_t end = queue.first + queue.operations.size();
    while (queue.landed < end && operation(g, queue.landed).issued == (1u << kWarps) - 1 && execution.random() % 2)
      landThrough(g, queue.landed);
  }
}

} // namespace tw::emu
