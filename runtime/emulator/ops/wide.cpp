// Accesses and atomics of 128 bits: ld, ldu, st, mov, atom.exch, atom.cas of .b128 (PTX ISA sections 9.7.9.8, 9.7.9.11,
// 9.7.9.4 and 9.7.13.5). A register of 128 bits is two of 64; unlike a vector the access is one.
#include <array>
#include <cstring>

#include "ops/atomic.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

constexpr uint32_t kBytes = 16;
using Wide = std::array<uint64_t, 2>;

Wide loadWide(const uint8_t *host) {
  Wide value;
  std::memcpy(value.data(), host, kBytes);
  return value;
}

const Slot *extrasOf(Warp &w, const Instruction &in) { return w.currentFrame().function->slots.data() + in.extra; }
Wide valueOf(Warp &w, const Slot *pair, uint32_t lane) { return {w.value(pair[0], lane), w.value(pair[1], lane)}; }
void setValue(Warp &w, const Slot *pair, uint32_t lane, const Wide &value) {
  for (size_t i = 0; i < 2; ++i) w.setValue(pair[i], lane, value[i]);
}

// extras: the register.
void load(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access = resolveAccess(w, in, mask, addresses, kBytes, AccessType::Load);
  forLanes(access.lanes, [&](uint32_t l) { setValue(w, extrasOf(w, in), l, loadWide(access.host[l])); });
}

void store(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access = resolveAccess(w, in, mask, addresses, kBytes, AccessType::Store);
  forLanes(access.lanes, [&](uint32_t l) {
    Wide value = valueOf(w, extrasOf(w, in), l);
    std::memcpy(access.host[l], value.data(), kBytes);
  });
}

// extras: destination, source; option[0]: cas, with the new value third.
void atomic(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access = resolveAccess(w, in, mask, addresses, kBytes, AccessType::Atomic);
  const Slot *slots = extrasOf(w, in);
  bool backwards = w.execution->config.seed && (w.execution->random() & 1); // the order of lanes is not promised
  for (uint32_t i = 0; i < 32; ++i) {
    uint32_t l = backwards ? 31 - i : i;
    if (!(access.lanes >> l & 1)) continue;
    Wide old = loadWide(access.host[l]), value = valueOf(w, slots + 2, l);
    if (in.option[0]) value = old == value ? valueOf(w, slots + 4, l) : old;
    std::memcpy(access.host[l], value.data(), kBytes);
    setValue(w, slots, l, old);
  }
}

// extras: destination, source.
void move(Warp &w, const Instruction &in, uint32_t mask) {
  const Slot *slots = extrasOf(w, in);
  forLanes(mask, [&](uint32_t l) { setValue(w, slots, l, valueOf(w, slots + 2, l)); });
}

/// The two halves of a .b128 register, or with `split` of a pair of .b64 registers.
void append(Builder &b, std::vector<Slot> &slots, const ast::Operand &operand, bool written, bool split = false) {
  if (split && operand.kind == ast::Operand::Kind::Vector) {
    auto list = Builder::elements(operand);
    if (list.size() != 2) b.fail("'" + b.fullName() + "' splits 128 bits in two", "write two .b64 registers");
    for (const ast::Operand *o : list)
      slots.push_back(written ? b.destination(*o, Type::B64) : b.source(*o, Type::B64));
    return;
  }
  for (Slot half : b.halves(operand, written)) slots.push_back(half);
}

} // namespace

void decodeWideLoad(Builder &b, bool hint) {
  b.expectOperands(hint ? 3 : 2);
  b.out.memory.bytes = kBytes;
  std::vector<Slot> slots;
  append(b, slots, b.operand(0), true);
  b.extras(slots);
  b.address(b.operand(1), b.out.memory.space, b.out.a);
  b.out.handler = &load;
}

void decodeWideStore(Builder &b, bool hint) {
  b.expectOperands(hint ? 3 : 2);
  b.out.memory.bytes = kBytes;
  b.address(b.operand(0), b.out.memory.space, b.out.a);
  std::vector<Slot> slots;
  append(b, slots, b.operand(1), false);
  b.extras(slots);
  b.out.handler = &store;
}

void decodeWideAtomic(Builder &b, bool compares, bool hint) {
  if (b.targetNumber() < 90) b.unsupported("an atomic of .b128 before sm_90");
  b.expectOperands(3u + compares + hint);
  b.out.memory.bytes = kBytes;
  b.address(b.operand(1), b.out.memory.space, b.out.a);
  std::vector<Slot> slots;
  append(b, slots, b.operand(0), true);
  append(b, slots, b.operand(2), false);
  if (compares) append(b, slots, b.operand(3), false);
  b.extras(slots);
  b.out.option[0] = compares;
  b.out.handler = &atomic;
}

void decodeWideMove(Builder &b) {
  b.expectOperands(2);
  std::vector<Slot> slots;
  append(b, slots, b.operand(0), true, true);
  append(b, slots, b.operand(1), false, true);
  b.extras(slots);
  b.out.handler = &move;
}

} // namespace tw::emu
