// Shares CTAs out among threads, each with checks of its own, and compares what they touched.
#include "machine/parallel_launch.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <system_error>
#include <thread>

#include "machine/execution.hpp"
#include "machine/undo_log.hpp"

namespace tw::emu {
namespace {

/// Starts of opcodes that order or join CTAs, write outside the path of plain stores, or take effect at a time that
/// depends on what else runs.
constexpr std::string_view kShared[] = {
    "atom",      "red.",     "multimem",   "membar",          "fence",   "cp.async.bulk", "cp.async.mbarrier",
    "cp.reduce", "st.async", "mbarrier",   "barrier.cluster", "mapa",    "getctarank",    "griddepcontrol",
    "tensormap", "wgmma",    "setmaxnreg", "nanosleep",       "discard", "applypriority"};

/// Whether CTAs that execute this code can only meet in plain accesses to global memory.
bool isSeparate(const Program &program, const Function &function) {
  return std::all_of(function.code.begin(), function.code.end(), [&](const Instruction &in) {
    const std::string &name = program.opcodes[in.opcode];
    bool shared = std::any_of(std::begin(kShared), std::end(kShared),
                              [&](std::string_view start) { return name.starts_with(start); });
    return !shared && in.memory.order == Order::Weak && in.flow != Flow::Clock && in.flow != Flow::Yield &&
           in.flow != Flow::Call;
  });
}

bool canRunInParallel(const Program &program, const Function &entry, const LaunchConfig &config) {
  return config.host_threads > 1 && config.checks.races && config.seed == 0 && !config.observer &&
         config.cluster.count() <= 1 && entry.requiredCluster[0] == 0 && !config.allows_dependent &&
         !config.dependent && config.grid.count() > 1 && isSeparate(program, entry);
}

/// One thread's part of the launch.
struct Part {
  std::unique_ptr<MemoryTable> memory;
  std::unique_ptr<Execution> execution;
  LaunchResult result;
  bool failed = true; ///< until it ended without an exception

  void run(CtaSupply &supply) {
    execution->supply = &supply;
    try {
      result = execution->run();
      failed = result.status != LaunchStatus::Clean || !result.warnings.empty() || !result.printf_text.empty();
    } catch (const std::exception &) {
      // One thread will meet the same and tell it.
    }
    if (failed) supply.next = ~uint64_t{0} / 2;
  }
};

void add(LaunchStats &to, const LaunchStats &from) {
  to.instructions += from.instructions;
  for (const auto &[opcode, count] : from.by_opcode) to.by_opcode[opcode] += count;
  to.global_bytes_read += from.global_bytes_read;
  to.global_bytes_written += from.global_bytes_written;
  to.shared_load_conflicts += from.shared_load_conflicts;
  to.shared_store_conflicts += from.shared_store_conflicts;
  to.ldmatrix_conflicts += from.ldmatrix_conflicts;
  to.shared_loads += from.shared_loads;
  to.shared_stores += from.shared_stores;
  to.ldmatrix += from.ldmatrix;
}

/// The sum of the parts, unless something was found in one of them or between two.
std::optional<LaunchResult> joined(const std::vector<Part> &parts, const LaunchConfig &config) {
  LaunchResult sum;
  uint64_t work = 0;
  for (const Part &part : parts) {
    if (part.failed) return std::nullopt;
    add(sum.stats, part.result.stats);
    work += part.execution->now + part.execution->charged;
  }
  if (sum.stats.instructions >= config.instruction_budget || work >= config.work_budget) return std::nullopt;
  for (size_t i = 0; i < parts.size(); ++i)
    for (size_t j = i + 1; j < parts.size(); ++j)
      if (parts[i].execution->races->may_conflict(*parts[j].execution->races)) return std::nullopt;
  sum.host_threads = static_cast<uint32_t>(parts.size());
  return sum;
}

} // namespace

std::optional<LaunchResult> launchInParallel(MemoryTable &memory, const Program &program, const Function &entry,
                                             const LaunchConfig &config, std::span<const std::byte> parameters) {
  if (!canRunInParallel(program, entry, config)) return std::nullopt;
  memory.bind(program);
  std::vector<std::unique_ptr<UndoLog>> undo;
  memory.forEachRegion([&](Region &region) {
    undo.push_back(std::make_unique<UndoLog>(region.data, region.bytes));
    region.undo = undo.back().get();
  });

  uint64_t ctas = config.grid.count();
  CtaSupply supply;
  std::vector<Part> parts(std::min<uint64_t>({config.host_threads, ctas, 64}));
  supply.batch = std::clamp<uint64_t>(ctas / (parts.size() * 8), 1, 64);
  for (Part &part : parts) {
    part.memory = memory.fork();
    if (!memory.spareCheckers.empty()) {
      part.memory->spareCheckers.push_back(std::move(memory.spareCheckers.back()));
      memory.spareCheckers.pop_back();
    }
    part.execution = std::make_unique<Execution>(*part.memory, program, entry, config, parameters);
  }
  std::vector<std::thread> threads;
  try {
    for (size_t i = 1; i < parts.size(); ++i) threads.emplace_back([&, i] { parts[i].run(supply); });
  } catch (const std::system_error &) {
    // The host has no more threads; a part that did not run counts as failed.
  }
  parts[0].run(supply);
  for (std::thread &thread : threads) thread.join();

  memory.forEachRegion([](Region &region) { region.undo = nullptr; });
  std::optional<LaunchResult> result = joined(parts, config);
  if (!result)
    for (auto &log : undo) log->restore();
  else
    for (const Part &part : parts) memory.learn(*part.memory);
  for (Part &part : parts) {
    part.execution.reset();
    for (auto &checker : part.memory->spareCheckers) memory.spareCheckers.push_back(std::move(checker));
  }
  return result;
}

} // namespace tw::emu
