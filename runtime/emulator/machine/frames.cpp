// Frames of a warp: function activations, their registers, parameters and local memory.
#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "machine/assignment.hpp"
#include "machine/execution.hpp"
#include "ops/builtins.hpp"
#include "ops/lanes.hpp"

namespace tw::emu {
namespace {

/// Deeper recursion than this is reported instead of eating the host's memory.
constexpr uint32_t kMaxDepth = 1000;
/// There was no memory for an activation.
constexpr uint32_t kNoFrame = ~0u;

/// Registers come by 32 lanes.
[[gnu::always_inline]] inline void fillUnwritten(uint32_t *first, const uint32_t *end) {
  for (; first != end; first += 32)
    for (int lane = 0; lane < 32; ++lane) first[lane] = kUnwritten;
}
TILEWRIGHT_WIDE void fillUnwrittenWide(uint32_t *first, const uint32_t *end) { fillUnwritten(first, end); }

} // namespace

void Warp::start(Execution &launch, Cta &owner, uint32_t indexInCta, uint32_t lanes) {
  execution = &launch;
  cta = &owner;
  index = indexInCta;
  globalIndex = owner.index * launch.warpsPerCta + indexInCta;
  live = started = lanes;
  watched = launch.program.watchRegisters;
  parts.clear();
  exitedAt = nullptr;
  sleptAt = 0;
  current = 0;
  reselect = asleep = yielded = false;
  clock = wakeTime = 0;
  if (!local[0].empty()) // all lanes have the same
    for (uint32_t lane = 0; lane < 32; ++lane) local[lane].clear(), localWritten[lane].reset(0);
  // Frame 0 is used again, for the memory of its registers.
  for (Frame &frame : frames) frame.lanes = 0;
  enterFrame(launch.entry, 0, 0, 0, lanes);
  groups.clear();
  Group group;
  group.mask = lanes;
  groups.push_back(group);
}

uint32_t Warp::enterFrame(const Function &function, uint32_t parent, uint32_t returnPc, uint32_t callSite,
                          uint32_t mask) {
  bool first = frames.empty() || frames[0].lanes == 0;
  if (first) frames.resize(1);
  uint32_t slot = first ? 0 : static_cast<uint32_t>(frames.size());
  for (uint32_t i = 1; i < frames.size(); ++i) {
    Frame &f = frames[i];
    // The same call from the same frame shares the activation: lanes never touch each other's registers.
    if (f.lanes != 0 && f.parent == parent && f.returnPc == returnPc && f.function == &function) {
      f.lanes |= mask;
      return i;
    }
    if (f.lanes == 0) slot = std::min(slot, i);
  }
  // Memory of a frame is kept for the next call that finds it free; a warp that starts counts anew.
  uint64_t held = !first && slot < frames.size() ? frames[slot].registers.size() * 4 + frames[slot].params.size() : 0;
  uint64_t needed = uint64_t{function.registerWords} * 4 + uint64_t{function.frameParamBytes} * 32;
  uint32_t localBase =
      first ? address::kLocalBegin : (frames[parent].localBase + frames[parent].function->localBytes + 15) & ~15u;
  uint64_t localEnd = function.localBytes ? uint64_t{localBase} + function.localBytes : 0;
  uint64_t growth = localEnd > local[0].size() ? (localEnd - local[0].size()) * 32 : 0;
  if (needed > held) growth += needed - held;
  execution->charge((needed + growth) / 512);
  if (!execution->takeFrameMemory(*cta, growth)) return kNoFrame;
  if (slot == frames.size()) frames.emplace_back();
  Frame &f = frames[slot];
  f.function = &function;
  f.parent = parent;
  f.depth = first ? 0 : frames[parent].depth + 1;
  f.returnPc = returnPc;
  f.call = callSite;
  f.lanes = mask;
  f.localBase = localBase;
  f.registers.resize(function.registerWords);
  (kWideHost ? fillUnwrittenWide : fillUnwritten)(f.registers.data(), f.registers.data() + f.registers.size());
  f.params.assign(size_t{function.frameParamBytes} * 32, 0xdb);
  if (function.localBytes)
    for (uint32_t lane = 0; lane < 32; ++lane) {
      if (local[lane].size() < localEnd) {
        local[lane].resize(localEnd, 0xdb);
        emulator::InitShadow grown(localEnd);
        grown.copy_from(localWritten[lane], 0, 0, localWritten[lane].bytes());
        localWritten[lane] = std::move(grown);
      }
      if (mask >> lane & 1) localWritten[lane].forget(f.localBase, function.localBytes);
    }
  fillSpecials(f);
  return slot;
}

void Warp::copyArguments(Frame &from, Frame &to, const std::vector<Placement> &a, const std::vector<Placement> &b,
                         uint32_t mask) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i)
    for (uint32_t m = mask; m; m &= m - 1) {
      size_t lane = static_cast<size_t>(std::countr_zero(m));
      std::memcpy(to.params.data() + lane * to.function->frameParamBytes + b[i].offset,
                  from.params.data() + lane * from.function->frameParamBytes + a[i].offset,
                  std::min(a[i].bytes, b[i].bytes));
    }
}

void Warp::call(const Instruction &instruction, uint32_t mask) {
  Group &group = groups[current];
  const CallSite &site = execution->program.calls[instruction.target];
  uint32_t caller = group.frame;
  if (site.builtin >= 0) {
    callBuiltin(*this, instruction, site, mask);
    ++group.pc;
    return;
  }
  int32_t callee = site.callee;
  if (callee < 0) {
    // Indirect: lanes may call different functions; take those of the first lane, the others come back here.
    uint32_t lane = static_cast<uint32_t>(std::countr_zero(mask));
    uint64_t address = value(instruction.a, lane);
    uint64_t number = address / 16 - 1;
    if (address % 16 != 0 || number >= execution->program.functions.size() ||
        execution->program.functions[number]->entry) {
      execution->report(FindingKind::Misuse, "call.target", instruction, *this, lane,
                        "indirect call to " + std::to_string(address) + ", which is no function",
                        "call an address taken of a .func", "9.7.12.3");
      throw LaunchAbort{};
    }
    uint32_t same = 0;
    for (uint32_t m = mask; m; m &= m - 1) {
      uint32_t l = static_cast<uint32_t>(std::countr_zero(m));
      if (value(instruction.a, l) == address) same |= 1u << l;
    }
    if (same != mask) {
      split(mask & ~same, groups[current].pc, caller);
      mask = same;
    }
    callee = static_cast<int32_t>(number);
  }
  const Function &function = *execution->program.functions[static_cast<size_t>(callee)];
  if (frames[caller].depth >= kMaxDepth) {
    execution->report(FindingKind::Misuse, "call.depth", instruction, *this,
                      static_cast<uint32_t>(std::countr_zero(mask)), "calls are nested more than 1000 deep",
                      "bound the recursion", "9.7.12.3");
    throw LaunchAbort{};
  }
  uint32_t frame = enterFrame(function, caller, groups[current].pc + 1, instruction.target, mask);
  if (frame == kNoFrame) {
    execution->report(FindingKind::Unsupported, "call.memory", instruction, *this,
                      static_cast<uint32_t>(std::countr_zero(mask)),
                      fmt::format("the call of '{}', {} deep, needs more than the 256 MiB that the emulator has for "
                                  "registers and local variables",
                                  function.name, frames[caller].depth + 1),
                      "bound the recursion, or launch smaller blocks", "");
    throw LaunchAbort{};
  }
  copyArguments(frames[caller], frames[frame], site.arguments, function.parameters, mask);
  groups[current].frame = frame;
  groups[current].pc = 0;
}

void Warp::returnFrom(uint32_t mask) {
  Group &group = groups[current];
  Frame &frame = frames[group.frame];
  const CallSite &site = execution->program.calls[frame.call];
  copyArguments(frame, frames[frame.parent], frame.function->results, site.results, mask);
  group.pc = frame.returnPc;
  group.frame = frame.parent;
  frame.lanes &= ~mask;
}

uint64_t Warp::specialValue(Special special, uint32_t lane) const {
  const LaunchConfig &config = execution->config;
  uint32_t thread = index * 32 + lane;
  uint32_t bit = 1u << lane;
  switch (special) {
  case Special::TidX: return thread % config.block.x;
  case Special::TidY: return thread / config.block.x % config.block.y;
  case Special::TidZ: return thread / config.block.x / config.block.y;
  case Special::NtidX: return config.block.x;
  case Special::NtidY: return config.block.y;
  case Special::NtidZ: return config.block.z;
  case Special::CtaidX: return cta->position.x;
  case Special::CtaidY: return cta->position.y;
  case Special::CtaidZ: return cta->position.z;
  case Special::NctaidX: return config.grid.x;
  case Special::NctaidY: return config.grid.y;
  case Special::NctaidZ: return config.grid.z;
  case Special::LaneId: return lane;
  case Special::WarpId: return index;
  case Special::NWarpId: return 64;
  case Special::SmId: return cta->index % 132;
  case Special::NSmId: return 132;
  case Special::GridId: return 1;
  case Special::LanemaskEq: return bit;
  case Special::LanemaskLt: return bit - 1;
  case Special::LanemaskLe: return bit | (bit - 1);
  case Special::LanemaskGe: return ~(bit - 1);
  case Special::LanemaskGt: return ~(bit | (bit - 1));
  case Special::DynamicSharedSize: return config.dynamic_shared_bytes;
  // What the user allocates, in units of 128 bytes; the aggregate counts the reserved bytes too (PTX ISA 10.28, 10.29).
  case Special::TotalSharedSize: return (execution->totalSharedBytes - address::kSharedBegin + 127) / 128 * 128;
  case Special::AggregateSharedSize: return (execution->totalSharedBytes + 127) / 128 * 128;
  case Special::ReservedSharedBegin: return 0;
  case Special::ReservedSharedEnd:
  case Special::ReservedSharedCap: return address::kSharedBegin;
  case Special::ClusterIdX: return cta->position.x / execution->clusterShape.x;
  case Special::ClusterIdY: return cta->position.y / execution->clusterShape.y;
  case Special::ClusterIdZ: return cta->position.z / execution->clusterShape.z;
  case Special::NClusterIdX: return config.grid.x / execution->clusterShape.x;
  case Special::NClusterIdY: return config.grid.y / execution->clusterShape.y;
  case Special::NClusterIdZ: return config.grid.z / execution->clusterShape.z;
  case Special::ClusterCtaidX: return cta->position.x % execution->clusterShape.x;
  case Special::ClusterCtaidY: return cta->position.y % execution->clusterShape.y;
  case Special::ClusterCtaidZ: return cta->position.z % execution->clusterShape.z;
  case Special::ClusterNctaidX: return execution->clusterShape.x;
  case Special::ClusterNctaidY: return execution->clusterShape.y;
  case Special::ClusterNctaidZ: return execution->clusterShape.z;
  case Special::ClusterCtaRank: return cta->clusterRank;
  case Special::ClusterNctaRank: return static_cast<uint32_t>(execution->clusterShape.count());
  case Special::GridWorkspaceLow: return execution->gridWorkspace & 0xffffffffu;
  case Special::GridWorkspaceHigh: return execution->gridWorkspace >> 32;
  case Special::LocalBase: break; // differs per frame
  }
  return 0;
}

void Warp::fillThreadIndex(Special special, uint32_t *out) const {
  const Extent &block = execution->config.block;
  uint32_t thread = index * 32;
  if (block.x % 32 == 0) { // one row
    uint32_t first = thread % block.x, row = thread / block.x;
    uint32_t value = special == Special::TidX ? first : special == Special::TidY ? row % block.y : row / block.y;
    uint32_t step = special == Special::TidX;
    for (uint32_t lane = 0; lane < 32; ++lane) out[lane] = value + step * lane;
    return;
  }
  uint32_t x = thread % block.x, y = thread / block.x % block.y, z = thread / block.x / block.y;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    out[lane] = special == Special::TidX ? x : special == Special::TidY ? y : z;
    if (++x < block.x) continue;
    x = 0;
    if (++y == block.y) y = 0, ++z;
  }
}

void Warp::fillSpecials(Frame &frame) {
  for (auto [special, word] : frame.function->specials) {
    uint32_t *out = frame.registers.data() + word;
    switch (special) {
    case Special::TidX:
    case Special::TidY:
    case Special::TidZ: fillThreadIndex(special, out); break;
    case Special::LaneId:
    case Special::LanemaskEq:
    case Special::LanemaskLt:
    case Special::LanemaskLe:
    case Special::LanemaskGe:
    case Special::LanemaskGt:
      for (uint32_t lane = 0; lane < 32; ++lane) out[lane] = static_cast<uint32_t>(specialValue(special, lane));
      break;
    case Special::LocalBase: std::fill(out, out + 32, frame.localBase); break;
    default: std::fill(out, out + 32, static_cast<uint32_t>(specialValue(special, 0)));
    }
  }
}

} // namespace tw::emu
