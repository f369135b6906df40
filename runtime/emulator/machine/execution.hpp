// One launch: resident CTAs, their warps, memory, findings, counts.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "checks/init_shadow.hpp"
#include "checks/race_checker.hpp"
#include "machine/async_engine.hpp"
#include "machine/barrier.hpp"
#include "machine/cluster.hpp"
#include "machine/dependent_launch.hpp"
#include "machine/mbarrier.hpp"
#include "machine/memory.hpp"
#include "machine/register_pool.hpp"
#include "machine/warp.hpp"
#include "machine/warpgroup.hpp"
#include "ops/cp_async.hpp"
#include "ops/matrix_accumulate.hpp"
#include "tilewright/emulator/emulator.hpp"

namespace tw::emu {

struct AccessMemories;

/// Numbers of CTAs that several executions of one launch share out among themselves.
struct CtaSupply {
  std::atomic<uint64_t> next{0};
  uint64_t batch = 1; ///< taken at once; neighbours mostly touch the same memory
};

/// A CTA in execution.
struct Cta {
  uint32_t index = 0; ///< linear number in the grid
  Extent position{0, 0, 0};
  std::vector<uint8_t> shared;
  emulator::InitShadow sharedShadow;
  Region sharedRegion;
  std::array<Barrier, 16> barriers;
  uint32_t openBarriers = 0;
  std::vector<std::unique_ptr<Warp>> warps;
  uint32_t liveWarps = 0;
  std::unique_ptr<emulator::CopyQueue> copies;
  std::unique_ptr<RegisterPool> registers; ///< once a setmaxnreg ran
  MBarrierTable mbarriers;
  std::shared_ptr<Cluster> cluster;
  uint32_t clusterRank = 0;
  uint64_t frameBytes = 0;                    ///< registers, parameters and local memory of its warps
  bool ended = false;                         ///< all threads have exited; its shared memory is gone
  std::unique_ptr<WarpgroupTable> warpgroups; ///< once a wgmma instruction ran
};

/// Ends a launch at once, from anywhere below Execution::run. The finding is already recorded.
struct LaunchAbort {};

/// What a barrier instruction asks for, operands evaluated.
struct BarrierRequest {
  uint32_t id = 0;
  uint32_t threads = 0; ///< 0 without a count
  BarrierAction action = BarrierAction::Sync;
  bool aligned = true;
};

/// One launch of one kernel.
class Execution {
public:
  Execution(MemoryTable &memory, const Program &program, const Function &entry, const LaunchConfig &config,
            std::span<const std::byte> parameters);
  ~Execution();

  LaunchResult run();

  /// Adds a finding for lane `lane` of `warp` at `instruction`; repeats of (rule, line) are counted in the first.
  Finding &report(FindingKind kind, std::string rule, const Instruction &instruction, const Warp &warp, uint32_t lane,
                  std::string message, std::string fix, std::string section);
  /// As report for a rule on which sources differ: a warning, with CheckOptions::strict a finding.
  void warn(FindingKind kind, std::string rule, const Instruction &instruction, const Warp &warp, uint32_t lane,
            std::string message, std::string fix, std::string section);
  /// Lanes arrive at a barrier. Returns true when the barrier completes and the waiters were released.
  bool arriveAtBarrier(Warp &warp, const Instruction &instruction, uint32_t mask, const BarrierRequest &request);
  /// Looks again at all barriers of a CTA after lanes exited.
  void recheckBarriers(Cta &cta, Warp &warp, uint32_t exited);
  /// Ends a CTA whose last lanes have exited: what is in flight lands, what must not be open is reported.
  void endCta(Cta &cta, Warp &last);
  /// Calls f(cta) for every resident CTA.
  template <class F> void forEachCta(F f) {
    for (auto &cta : resident) f(*cta);
  }
  /// Bytes of one activation of `function` in a warp.
  static uint64_t frameBytesOf(const Function &function);
  /// Takes memory for registers and local variables; false when the resident CTAs would have more than 256 MiB.
  bool takeFrameMemory(Cta &cta, uint64_t bytes);
  /// Counts a shared-memory access and its bank conflicts; offsets in the CTA's window.
  void countShared(const uint64_t *offsets, uint32_t lanes, uint32_t bytes, bool store);
  /// A random number of the launch's seed.
  uint64_t random() { return generator(); }
  Site siteOf(const Instruction &instruction, const Warp &warp, uint32_t lane) const;
  Site siteOf(const Function &function, uint32_t pc) const;
  ThreadPosition positionOf(uint32_t globalWarp, uint32_t lane) const;
  /// " (NAME + BYTES)" for an offset of the shared window inside a static variable, else nothing.
  std::string sharedVariableAt(uint64_t offset) const;
  /// The text of the instruction, for messages.
  std::string textOf(const Instruction &instruction) const;

  MemoryTable &memory;
  const Program &program;
  const Function &entry;
  const LaunchConfig &config;
  std::vector<uint8_t> parameters;
  uint64_t gridWorkspace = 0; ///< address of zeroed memory for grid-wide barriers, when the program asks for it
  Region parameterRegion, constantRegion;
  std::unique_ptr<emulator::RaceChecker> races; ///< null without the check
  GridDependence *dependence = nullptr;         ///< set when grids overlap
  Extent clusterShape;                          ///< CTAs of a cluster
  std::unique_ptr<AsyncEngine> async;
  bool remoteAddresses = false; ///< the module makes addresses in other CTAs (mapa)
  LaunchResult result;
  std::vector<uint64_t> opcodeCounts;
  /// Straight runs of plain instructions, by place: +1 where one began, -1 behind its end.
  std::vector<int64_t> straightRuns;
  std::unique_ptr<AccessMemories> accessMemories;
  CtaSupply *supply = nullptr; ///< set when this execution runs a part of the CTAs only
  uint64_t now = 0;            ///< warp-instructions so far
  uint64_t slept = 0;          ///< nanoseconds that passed while warps slept, beyond those of instructions
  uint64_t charged = 0;        ///< work beyond one unit per instruction, see LaunchConfig::work_budget
  void charge(uint64_t units) { charged += units; }
  /// Whether one of the budgets is used up.
  bool isSpent() const { return now >= config.instruction_budget || now + charged >= config.work_budget; }
  /// How matrix products are added.
  emulator::Accumulation accumulation() const {
    return config.numerics == Numerics::Hopper ? emulator::Accumulation::hopper : emulator::Accumulation::exact;
  }
  /// The machine's clock, in nanoseconds: one per instruction, and what was slept.
  uint64_t time() const { return now + slept; }
  uint32_t warpsPerCta = 0;
  uint32_t totalSharedBytes = 0; ///< from address 0 of the window

private:
  void refuse(std::string message, std::string fix);
  bool roomForCta() const;
  bool checkConfig();
  bool checkCluster();
  void joinCluster(Cta &cta);
  void declarePlaces();
  void makeGridWorkspace();
  std::unique_ptr<Cta> newCta();
  /// A CTA at its first instruction, made of one that has ended if there is one.
  std::unique_ptr<Cta> startCta(uint32_t index);
  /// Takes the CTAs of ended clusters out of `resident`.
  void retireCtas();
  bool hasNextCta();
  void schedule();
  uint64_t runWarp(Warp &warp, uint64_t slice);
  /// One turn for every CTA, its warps in order. Returns the instructions executed.
  uint64_t runInOrder();
  /// One short turn for every warp, in random order.
  uint64_t runShuffled();
  bool wakeEarliest();
  void reportHang(bool budget);
  void collectRaces();
  void completeBarrier(Cta &cta, uint32_t id);

  std::mt19937_64 generator;
  std::vector<std::unique_ptr<Cta>> resident, idle;
  uint64_t frameBytes = 0;             ///< of the resident CTAs
  uint64_t nextCta = 0, endOfCtas = 0; ///< CTAs that are to start
  std::vector<std::byte> gridWorkspaceBytes;
  std::map<std::tuple<std::string, uint32_t>, size_t> known;
  std::vector<std::pair<const Function *, uint32_t>> placeOrigin;
};

} // namespace tw::emu
