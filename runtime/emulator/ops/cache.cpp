// prefetch, prefetchu, applypriority, discard (PTX ISA sections 9.7.9.15, 9.7.9.17, 9.7.9.18). Only discard can be
// noticed.
#include <cstring>

#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

constexpr uint32_t kLine = 128;
/// What discarded bytes hold: nothing that a program computes.
constexpr uint8_t kDiscarded = 0xd5;

void nothing(Warp &, const Instruction &, uint32_t) {}

void takeLevel(Builder &b, std::initializer_list<std::string_view> levels, bool needed = true) {
  if (b.choice(levels) < 0 && needed) b.unsupported("this form of '" + b.statement.name + "'");
}

/// Checks the address operand; its value is not needed.
void addressOnly(Builder &b, Space space) {
  Slot base;
  b.address(b.operand(0), space, base);
}

void decodePrefetch(Builder &b) {
  Space space = takeSpace(b);
  bool map = b.flag("tensormap");
  if (map && b.targetNumber() < 90) b.unsupported("prefetch.tensormap before sm_90");
  bool allowed = space == Space::Generic || (map ? space == Space::Const || space == Space::Param
                                                 : space == Space::Global || space == Space::Local);
  if (!allowed) b.unsupported("prefetch in this state space", map ? "use .const or .param" : "use .global or .local");
  if (!map) takeLevel(b, {"L1", "L2", "L2::evict_last", "L2::evict_normal"});
  b.expectOperands(1);
  addressOnly(b, space);
  b.out.handler = &nothing;
}

void decodePrefetchUniform(Builder &b) {
  takeLevel(b, {"L1"});
  b.expectOperands(1);
  addressOnly(b, Space::Generic);
  b.out.handler = &nothing;
}

Space takeGlobal(Builder &b) {
  Space space = takeSpace(b);
  if (space != Space::Global && space != Space::Generic) b.unsupported("'" + b.statement.name + "' outside .global");
  if (b.targetNumber() < 80) b.unsupported("'" + b.statement.name + "' before sm_80");
  b.expectOperands(2);
  if (int64_t size = b.immediate(1, "the size"); size != kLine)
    b.fail("the size of '" + b.fullName() + "' is " + std::to_string(size), "write 128");
  return space;
}

void decodeApplyPriority(Builder &b) {
  Space space = takeGlobal(b);
  takeLevel(b, {"L2::evict_normal"});
  addressOnly(b, space);
  b.out.handler = &nothing;
}

/// A weak write of bytes that nobody may read before they are written again.
void discard(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access = resolveAccess(w, in, mask, addresses, kLine, AccessType::Store);
  forLanes(access.lanes, [&](uint32_t l) {
    std::memset(access.host[l], kDiscarded, kLine);
    w.execution->memory.forget(addresses[l], kLine);
  });
}

void decodeDiscard(Builder &b) {
  b.out.memory.space = takeGlobal(b);
  takeLevel(b, {"L2"});
  b.out.memory.bytes = kLine;
  b.address(b.operand(0), b.out.memory.space, b.out.a);
  b.out.handler = &discard;
}

} // namespace

void registerCacheOps(OpcodeTable &table) {
  table["prefetch"] = decodePrefetch;
  table["prefetchu"] = decodePrefetchUniform;
  table["applypriority"] = decodeApplyPriority;
  table["discard"] = decodeDiscard;
}

} // namespace tw::emu
