// Runs a launch: makes CTAs resident, schedules their warps, reports hangs.
#include "machine/execution.hpp"

#include "machine/planned_access.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tw::emu {
namespace {

/// Instructions one warp runs before the next gets its turn.
constexpr uint64_t kSlice = 2000;

/// Instructions one CTA runs before the next gets its turn: its registers and shared memory stay in the host's caches.
constexpr uint64_t kCtaSlice = 200'000;

/// Memory that the kernel may not rely on.
constexpr uint8_t kPoisonByte = 0xdb;

/// Host memory that registers, local variables and shared memory of the resident CTAs may take.
constexpr uint64_t kMaxFrameBytes = uint64_t{256} << 20;

/// Static shared memory that a launch of `entry` has. Dynamic memory begins behind that of the entry with the most.
uint64_t staticSharedBytesOf(const Program &program, const Function &entry) {
  uint64_t end = address::kSharedBegin;
  for (const auto &[place, owner] : program.sharedVariables)
    if (owner.empty() || owner == entry.name) end = std::max(end, place.offset + place.bytes);
  return end - address::kSharedBegin;
}

/// Starts of opcodes that touch shared memory asynchronously or in other CTAs, or make copies that do.
constexpr std::string_view kReaches[] = {"cp.",   "st.async", "red.async", "mapa",       "wgmma",
                                         "tcgen", "multimem", "tensormap", "fence.proxy"};

/// Whether only loads, stores and atomics of a CTA's own threads touch its shared memory.
bool keepsSharedPrivate(const Program &program, const Function &entry) {
  for (const auto &function : program.functions) {
    if (function->entry && function.get() != &entry) continue;
    for (const Instruction &in : function->code)
      for (std::string_view start : kReaches)
        if (program.opcodes[in.opcode].starts_with(start)) return false;
  }
  return true;
}

} // namespace

Execution::Execution(MemoryTable &memory, const Program &program, const Function &entry, const LaunchConfig &config,
                     std::span<const std::byte> parameterBytes)
    : memory(memory), program(program), entry(entry), config(config), generator(config.seed) {
  parameters.resize(std::max<size_t>(parameterBytes.size(), entry.parameterBytes));
  if (!parameterBytes.empty()) std::memcpy(parameters.data(), parameterBytes.data(), parameterBytes.size());
  parameterRegion.data = parameters.data();
  parameterRegion.bytes = entry.parameterBytes;
  parameterRegion.name = "kernel parameters";
  parameterRegion.writable = false;
  accessMemories = std::make_unique<AccessMemories>();
  constantRegion = memory.bind(program);
  opcodeCounts.assign(program.opcodes.size(), 0);
  straightRuns.assign(program.places + 1, 0);
  warpsPerCta = static_cast<uint32_t>((config.block.count() + 31) / 32);
  totalSharedBytes = entry.dynamicShared + config.dynamic_shared_bytes;
  for (const auto &function : program.functions)
    for (uint32_t pc = 0; pc < function->code.size(); ++pc) {
      uint32_t place = function->code[pc].place;
      if (placeOrigin.size() <= place) placeOrigin.resize(place + 1);
      placeOrigin[place] = {function.get(), pc};
    }
}

Execution::~Execution() {
  if (!races) return;
  races->clear();
  memory.spareCheckers.push_back(std::move(races));
}

void Execution::refuse(std::string message, std::string fix) {
  Finding f;
  f.kind = FindingKind::Misuse;
  f.rule = "launch";
  f.message = std::move(message);
  f.fix = std::move(fix);
  result.status = LaunchStatus::Refused;
  result.findings.push_back(std::move(f));
}

bool Execution::checkConfig() {
  const Extent &g = config.grid, &b = config.block;
  if (g.count() == 0 || b.count() == 0)
    refuse("grid or block is empty", "use extents of at least 1");
  else if (b.count() > 1024 || b.z > 64)
    refuse(fmt::format("block of {} x {} x {} threads is too large", b.x, b.y, b.z),
           "use at most 1024 threads, z at most 64");
  else if (g.y > 65535 || g.z > 65535 || g.count() > (uint64_t{1} << 31))
    refuse(fmt::format("grid of {} x {} x {} blocks is too large", g.x, g.y, g.z), "y and z are at most 65535");
  else if (g.count() * warpsPerCta > (1u << 20))
    refuse(fmt::format("launch of {} warps is too large for the checks", g.count() * warpsPerCta),
           "launch at most 2^20 warps");
  else if (entry.requiredThreads[0] &&
           (entry.requiredThreads[0] != b.x || entry.requiredThreads[1] != b.y || entry.requiredThreads[2] != b.z))
    refuse(fmt::format("block is {} x {} x {} but '{}' requires {} x {} x {} (.reqntid)", b.x, b.y, b.z, entry.name,
                       entry.requiredThreads[0], entry.requiredThreads[1], entry.requiredThreads[2]),
           "launch with the required block");
  else if (entry.maxThreads[0] && uint64_t{entry.maxThreads[0]} * entry.maxThreads[1] * entry.maxThreads[2] < b.count())
    refuse(fmt::format("block has {} threads but '{}' allows {} (.maxntid)", b.count(), entry.name,
                       uint64_t{entry.maxThreads[0]} * entry.maxThreads[1] * entry.maxThreads[2]),
           "use a smaller block");
  else if (config.dynamic_shared_bytes > config.shared_limit)
    refuse(fmt::format("{} bytes of dynamic shared memory exceed the limit of {}", config.dynamic_shared_bytes,
                       config.shared_limit),
           "use less shared memory");
  else if (uint64_t own = staticSharedBytesOf(program, entry); own + config.dynamic_shared_bytes > config.shared_limit)
    refuse(fmt::format("{} bytes of static and {} bytes of dynamic shared memory exceed the limit of {}", own,
                       config.dynamic_shared_bytes, config.shared_limit),
           "use less shared memory");
  else
    return true;
  return false;
}

void Execution::declarePlaces() {
  static constexpr emulator::Order kOrders[] = {
      emulator::Order::weak,    emulator::Order::relaxed, emulator::Order::relaxed, emulator::Order::acquire,
      emulator::Order::release, emulator::Order::acq_rel, emulator::Order::sc};
  static constexpr emulator::Scope kScopes[] = {emulator::Scope::cta, emulator::Scope::cta, emulator::Scope::cluster,
                                                emulator::Scope::gpu, emulator::Scope::sys};
  for (auto [function, pc] : placeOrigin) {
    if (!function) continue;
    const Instruction &in = function->code[pc];
    if (in.memory.bytes == 0) continue;
    const std::string &name = program.opcodes[in.opcode];
    emulator::PlaceFacts facts;
    facts.kind = name.starts_with("st") || name.starts_with("discard") || name.starts_with("mbarrier.in") ||
                         name.starts_with("tensormap") || name.starts_with("wmma.store")
                     ? emulator::AccessKind::store
                 : name.starts_with("atom") ? emulator::AccessKind::atomic
                 : name.starts_with("red.") ? emulator::AccessKind::reduce
                                            : emulator::AccessKind::load;
    facts.order = kOrders[static_cast<int>(in.memory.order)];
    facts.scope = kScopes[static_cast<int>(in.memory.scope)];
    facts.element_bytes = in.memory.bytes;
    facts.initialises = name.starts_with("mbarrier.init");
    facts.line = in.line;
    races->declare_place({in.place}, facts);
  }
}

std::unique_ptr<Cta> Execution::newCta() {
  auto cta = std::make_unique<Cta>();
  emulator::CopyMemory access;
  access.read_global = [this](uint64_t from, std::span<uint8_t> bytes) {
    if (Region *source = memory.find(from); source && from - source->base + bytes.size() <= source->bytes)
      std::memcpy(bytes.data(), source->data + (from - source->base), bytes.size());
  };
  access.write_shared = [raw = cta.get()](uint64_t to, std::span<const uint8_t> bytes) {
    std::memcpy(raw->shared.data() + to, bytes.data(), bytes.size());
  };
  auto timing = emulator::CopyTiming::random_time;
  if (config.async_timing == AsyncTiming::Early)
    timing = emulator::CopyTiming::at_issue;
  else if (config.async_timing == AsyncTiming::Late || (config.async_timing == AsyncTiming::BySeed && config.seed == 0))
    timing = emulator::CopyTiming::at_wait;
  cta->copies =
      std::make_unique<emulator::CopyQueue>(static_cast<uint32_t>(config.block.count()), timing, std::move(access));
  for (uint32_t w = 0; w < warpsPerCta; ++w) cta->warps.push_back(std::make_unique<Warp>());
  return cta;
}

std::unique_ptr<Cta> Execution::startCta(uint32_t index) {
  std::unique_ptr<Cta> cta;
  if (idle.empty()) {
    cta = newCta();
  } else {
    cta = std::move(idle.back());
    idle.pop_back();
  }
  charge(totalSharedBytes / 1024);
  cta->index = index;
  cta->position = blockPosition(config, clusterShape, index);
  joinCluster(*cta);
  cta->shared.assign(totalSharedBytes, kPoisonByte);
  cta->sharedShadow.reset(totalSharedBytes);
  Region &region = cta->sharedRegion;
  region.data = cta->shared.data();
  region.bytes = totalSharedBytes;
  region.first = address::kSharedBegin;
  region.shadow = &cta->sharedShadow;
  region.name = "shared memory";
  region.shared = region.checked = true;
  region.owner = index;
  for (Barrier &barrier : cta->barriers) {
    barrier.reset();
    barrier.pendingLanes.clear();
  }
  cta->openBarriers = 0;
  cta->registers.reset();
  cta->mbarriers = {};
  cta->ended = false;
  if (races) races->begin_block({index}, totalSharedBytes);
  cta->copies->start(config.seed + index);
  uint64_t threads = config.block.count();
  for (uint32_t w = 0; w < warpsPerCta; ++w) {
    uint64_t lanes = std::min<uint64_t>(32, threads - uint64_t{w} * 32);
    cta->warps[w]->start(*this, *cta, w, lanes == 32 ? kAllLanes : (1u << lanes) - 1);
  }
  cta->liveWarps = warpsPerCta;
  cta->warpgroups = program.watchRegisters ? std::make_unique<WarpgroupTable>(*this, *cta) : nullptr;
  return cta;
}

void Execution::retireCtas() {
  auto ended = [](const auto &cta) { return cta->cluster->ended == cta->cluster->members.size(); };
  auto kept = std::stable_partition(resident.begin(), resident.end(), [&](const auto &cta) { return !ended(cta); });
  for (auto cta = kept; cta != resident.end(); ++cta) frameBytes -= std::exchange((*cta)->frameBytes, 0);
  idle.insert(idle.end(), std::make_move_iterator(kept), std::make_move_iterator(resident.end()));
  resident.erase(kept, resident.end());
}

uint64_t Execution::runWarp(Warp &warp, uint64_t slice) {
  if (warp.finished()) return 0;
  if (isSpent()) return 0;
  return warp.run(std::min({slice, config.instruction_budget - now, config.work_budget - now - charged}));
}

uint64_t Execution::runInOrder() {
  uint64_t ran = 0;
  for (auto &cta : resident) {
    uint64_t end = now + kCtaSlice, before = 0;
    do {
      before = now;
      for (auto &warp : cta->warps) ran += runWarp(*warp, kSlice);
    } while (now != before && now < end);
  }
  return ran;
}

uint64_t Execution::runShuffled() {
  std::vector<Warp *> order;
  for (auto &cta : resident)
    for (auto &warp : cta->warps)
      if (!warp->finished()) order.push_back(warp.get());
  std::shuffle(order.begin(), order.end(), generator);
  uint64_t ran = 0;
  // A short random slice interleaves warps at every instruction.
  for (Warp *warp : order) ran += runWarp(*warp, 1 + random() % 64);
  return ran;
}

uint64_t Execution::frameBytesOf(const Function &function) {
  return uint64_t{function.registerWords} * 4 + (uint64_t{function.frameParamBytes} + function.localBytes) * 32;
}

bool Execution::takeFrameMemory(Cta &cta, uint64_t bytes) {
  if (frameBytes + bytes > kMaxFrameBytes) return false;
  frameBytes += bytes;
  cta.frameBytes += bytes;
  return true;
}

bool Execution::roomForCta() const {
  if (nextCta % clusterShape.count() != 0) return true; // the CTAs of a cluster start together
  // Shared memory comes with the checker's cells, up to 3 times its size, and the bits of what was written.
  uint64_t sharedBytes = uint64_t{totalSharedBytes} * 5;
  uint64_t next = clusterShape.count() * (warpsPerCta * frameBytesOf(entry) + sharedBytes);
  return resident.empty() || (resident.size() < config.resident_ctas &&
                              frameBytes + resident.size() * sharedBytes + next <= kMaxFrameBytes);
}

/// Nothing runs but warps sleep: the clock jumps to where the first of them goes on. False when none sleeps.
bool Execution::wakeEarliest() {
  uint64_t earliest = ~uint64_t{0};
  for (auto &cta : resident)
    for (auto &warp : cta->warps)
      if (!warp->finished() && warp->canRun() && warp->wakeTime > time()) earliest = std::min(earliest, warp->wakeTime);
  if (earliest == ~uint64_t{0}) return false;
  slept += earliest - time();
  return true;
}

bool Execution::hasNextCta() {
  uint64_t total = config.grid.count();
  if (!supply) endOfCtas = total;
  if (supply && nextCta == endOfCtas) {
    nextCta = std::min(total, supply->next.fetch_add(supply->batch));
    endOfCtas = std::min(total, nextCta + supply->batch);
  }
  return nextCta < endOfCtas;
}

void Execution::schedule() {
  while (hasNextCta() || !resident.empty()) {
    while (hasNextCta() && roomForCta()) resident.push_back(startCta(static_cast<uint32_t>(nextCta++)));
    uint64_t ran = config.seed ? runShuffled() : runInOrder();
    for (auto &cta : resident) {
      if (config.seed) cta->copies->progress();
      if (cta->warpgroups) cta->warpgroups->progress();
      if (cta->liveWarps == 0 && races) races->end_block({cta->index});
    }
    async->tick();
    retireCtas();
    if (isSpent() && !resident.empty()) return reportHang(true);
    if (ran == 0 && !resident.empty() && !wakeEarliest() && !async->unblock()) return reportHang(false);
  }
}

void Execution::makeGridWorkspace() {
  for (const auto &function : program.functions)
    for (auto [special, word] : function->specials)
      if (special == Special::GridWorkspaceLow && !gridWorkspace) {
        gridWorkspaceBytes.assign(256, std::byte{0});
        gridWorkspace = memory.add(gridWorkspaceBytes, "grid workspace", true);
      }
}

LaunchResult Execution::run() {
  if (!checkConfig() || !checkCluster()) return std::move(result);
  if (uint64_t bytes = clusterShape.count() * warpsPerCta * frameBytesOf(entry); bytes > kMaxFrameBytes) {
    refuse(fmt::format("registers and local variables of one {} take {} bytes, more than the emulator's {}",
                       clusterShape.count() > 1 ? "cluster" : "block", bytes, kMaxFrameBytes),
           "use smaller blocks or less local memory");
    return std::move(result);
  }
  makeGridWorkspace();
  if (config.checks.races) {
    if (memory.spareCheckers.empty()) {
      races = std::make_unique<emulator::RaceChecker>();
    } else {
      races = std::move(memory.spareCheckers.back());
      memory.spareCheckers.pop_back();
    }
    emulator::LaunchShape shape;
    shape.blocks = static_cast<uint32_t>(config.grid.count());
    shape.threads_per_block = static_cast<uint32_t>(config.block.count());
    shape.blocks_per_cluster = static_cast<uint32_t>(clusterShape.count());
    shape.private_shared = shape.blocks_per_cluster == 1 && keepsSharedPrivate(program, entry);
    races->begin_launch(shape);
    declarePlaces();
  }
  try {
    schedule();
  } catch (const LaunchAbort &) {
  }
  if (races) collectRaces();
  if (gridWorkspace) memory.remove(gridWorkspace);
  result.stats.instructions = now;
  int64_t passes = 0;
  for (uint32_t place = 0; place < placeOrigin.size(); ++place)
    if (auto [function, pc] = placeOrigin[place]; function) {
      passes += straightRuns[place];
      opcodeCounts[function->code[pc].opcode] += static_cast<uint64_t>(passes);
    }
  for (size_t i = 0; i < opcodeCounts.size(); ++i)
    if (opcodeCounts[i]) result.stats.by_opcode[program.opcodes[i]] += opcodeCounts[i];
  result.status = result.findings_total ? LaunchStatus::Findings : LaunchStatus::Clean;
  return std::move(result);
}

} // namespace tw::emu
