// ld, st, ldu, prefetch, discard and other memory instructions (PTX ISA section 9.7.9).
#include "ops/memory.hpp"

#include <algorithm>
#include <cstring>

#include "ops/opcodes.hpp"
#include "ops/planned_memory.hpp"

namespace tw::emu {

Space takeSpace(Builder &b) {
  if (b.flag("global")) return Space::Global;
  if (b.flag("shared") || b.flag("shared::cta")) return Space::Shared;
  if (b.flag("local")) return Space::Local;
  if (b.flag("const")) return Space::Const;
  if (b.flag("param") || b.flag("param::entry") || b.flag("param::func")) return Space::Param;
  if (b.flag("shared::cluster")) return Space::Shared;
  return Space::Generic;
}

void takeOrder(Builder &b, Order fallback) {
  static constexpr Order kOrders[] = {Order::Weak,    Order::Volatile, Order::Relaxed,
                                      Order::Acquire, Order::Release,  Order::AcquireRelease};
  int order = b.choice({"weak", "volatile", "relaxed", "acquire", "release", "acq_rel"});
  b.out.memory.order = order < 0 ? fallback : kOrders[order];
  static constexpr Scope kScopes[] = {Scope::Cta, Scope::Cluster, Scope::Gpu, Scope::System};
  int scope = b.choice({"cta", "cluster", "gpu", "sys"});
  if (scope >= 0) b.out.memory.scope = kScopes[scope];
  if (b.out.memory.order == Order::Volatile) b.out.memory.scope = Scope::System;
  if (b.flag("mmio")) b.out.memory.scope = Scope::System;
}

bool takeCacheHints(Builder &b) {
  b.accept({"ca", "cg", "cs", "lu", "cv", "wb", "wt"});
  b.accept({"L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate"});
  b.accept({"L2::evict_normal", "L2::evict_first", "L2::evict_last", "evict_normal", "evict_first", "evict_last"});
  b.accept({"L2::64B", "L2::128B", "L2::256B"});
  return b.flag("L2::cache_hint");
}

namespace {

template <class Word>
[[gnu::always_inline]] inline void addToLanes(const Word *a, uint64_t add, uint64_t keep, uint64_t *addresses) {
  for (int l = 0; l < 32; ++l) addresses[l] = (a[l] + add) & keep;
}

template <class Word>
TILEWRIGHT_WIDE void addToLanesWide(const Word *a, uint64_t add, uint64_t keep, uint64_t *addresses) {
  addToLanes(a, add, keep, addresses);
}

} // namespace

void laneAddresses(Warp &w, const Instruction &in, Slot base, uint32_t, uint64_t *addresses) {
  uint64_t add = static_cast<uint64_t>(in.immediate);
  bool window = in.memory.space != Space::Generic && in.memory.space != Space::Global;
  uint64_t keep = window ? 0xffffffffu : ~uint64_t{0};
  if (base.kind == Slot::Lane64)
    (kWideHost ? addToLanesWide<uint64_t> : addToLanes<uint64_t>)(w.wides(base), add, keep, addresses);
  else
    (kWideHost ? addToLanesWide<uint32_t> : addToLanes<uint32_t>)(w.words(base), add, keep, addresses);
}

namespace {

template <class Element, bool kSigned>
void loadInto(Warp &w, const Instruction &in, uint32_t lanes, uint8_t *const *host, Slot d, uint32_t at) {
  if (d.kind == Slot::Lane64) {
    uint64_t *out = w.wides(d);
    forLanes(lanes, [&](uint32_t l) { out[l] = readElement<Element, kSigned>(host[l] + at); });
  } else {
    uint32_t *out = w.words(d);
    uint32_t keep = in.option[0] == 16 ? 0xffffu : 0xffffffffu;
    if (lanes == kAllLanes)
      for (int l = 0; l < 32; ++l) out[l] = static_cast<uint32_t>(readElement<Element, kSigned>(host[l] + at)) & keep;
    else
      forLanes(lanes,
               [&](uint32_t l) { out[l] = static_cast<uint32_t>(readElement<Element, kSigned>(host[l] + at)) & keep; });
  }
}

// option[0]: bits of the destination registers when 16. extras: destinations of a vector.
template <class Element, bool kSigned> void load(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t total = in.memory.bytes * in.memory.vector;
  const Slot *d = in.memory.vector == 1 ? &in.d : w.currentFrame().function->slots.data() + in.extra;
  if (PlannedAccess access = planAccess(w, in, mask, total, AccessType::Load)) [[likely]] {
    return loadPlanned<Element, kSigned>(w, in, access, d);
  }
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access = resolveAccess(w, in, mask, addresses, total, AccessType::Load);
  for (uint32_t i = 0; i < in.memory.vector; ++i)
    loadInto<Element, kSigned>(w, in, access.lanes, access.host, d[i], static_cast<uint32_t>(i * sizeof(Element)));
}

template <class Element> void storeFrom(Warp &w, uint32_t lanes, uint8_t *const *host, Slot source, uint32_t at) {
  if (source.kind == Slot::Lane64) {
    const uint64_t *in = w.wides(source);
    forLanes(lanes, [&](uint32_t l) {
      Element e = static_cast<Element>(in[l]);
      std::memcpy(host[l] + at, &e, sizeof e);
    });
  } else {
    const uint32_t *in = w.words(source);
    forLanes(lanes, [&](uint32_t l) {
      Element e = static_cast<Element>(in[l]);
      std::memcpy(host[l] + at, &e, sizeof e);
    });
  }
}

template <class Element> void store(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t total = in.memory.bytes * in.memory.vector;
  const Slot *source = in.memory.vector == 1 ? &in.b : w.currentFrame().function->slots.data() + in.extra;
  if (PlannedAccess access = planAccess(w, in, mask, total, AccessType::Store)) [[likely]]
    return storePlanned<Element>(w, in, access, source);
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access = resolveAccess(w, in, mask, addresses, total, AccessType::Store);
  for (uint32_t i = 0; i < in.memory.vector; ++i)
    storeFrom<Element>(w, access.lanes, access.host, source[i], static_cast<uint32_t>(i * sizeof(Element)));
}

template <class Word> void fillLanes(Word *out, uint32_t mask, Word value) {
  if (mask == kAllLanes)
    std::fill(out, out + 32, value);
  else
    forLanes(mask, [&](uint32_t l) { out[l] = value; });
}

/// ld.param of an entry: one value for all lanes, nothing to check at run time.
template <class Element, bool kSigned> void loadParameter(Warp &w, const Instruction &in, uint32_t mask) {
  const uint8_t *host = w.execution->parameters.data() + in.immediate;
  uint32_t keep = in.option[0] == 16 ? 0xffffu : 0xffffffffu;
  auto into = [&](Slot d, const uint8_t *at) {
    uint64_t value = readElement<Element, kSigned>(at);
    if (d.kind == Slot::Lane64)
      fillLanes(w.wides(d), mask, value);
    else
      fillLanes(w.words(d), mask, static_cast<uint32_t>(value) & keep);
  };
  if (in.memory.vector == 1) return into(in.d, host);
  const Slot *d = w.currentFrame().function->slots.data() + in.extra;
  for (uint32_t i = 0; i < in.memory.vector; ++i) into(d[i], host + i * sizeof(Element));
}

int takeVector(Builder &b) {
  static constexpr int kCounts[] = {2, 4, 8};
  int v = b.choice({"v2", "v4", "v8"});
  return v < 0 ? 1 : kCounts[v];
}

void checkVector(Builder &b, Type t, int vector) {
  int bits = bitsOf(t) * vector;
  if (bits > 128 && !(b.targetNumber() >= 100 && bits == 256))
    b.unsupported("vector access of " + std::to_string(bits / 8) + " bytes", "use at most 16 bytes");
}

void vectorOperand(Builder &b, const ast::Operand &operand, Type t, int vector, bool loading) {
  std::vector<const ast::Operand *> list = Builder::elements(operand);
  if (static_cast<int>(list.size()) != vector)
    b.fail("'" + b.fullName() + "' moves " + std::to_string(vector) + " elements but names " +
               std::to_string(list.size()),
           "match the vector with .v" + std::to_string(vector));
  std::vector<Slot> slots;
  for (const ast::Operand *e : list) slots.push_back(loading ? b.wideDestination(*e, t) : b.wideSource(*e, t));
  if (loading) b.out.option[0] = static_cast<uint8_t>(b.registerBits(*list[0]));
  if (vector == 1)
    (loading ? b.out.d : b.out.b) = slots[0];
  else
    b.extras(slots);
}

Type memoryType(Builder &b) {
  Type t = b.type();
  if (t == Type::Pred || bitsOf(t) < 8) b.unsupported("type '." + std::string(typeName(t)) + "' in memory");
  return t;
}

void checkOrder(Builder &b, bool loading) {
  Order o = b.out.memory.order;
  if (o == Order::AcquireRelease || (loading && o == Order::Release) || (!loading && o == Order::Acquire))
    b.unsupported("this memory order");
  if ((o == Order::Acquire || o == Order::Release || o == Order::Relaxed) && b.out.memory.scope == Scope::None)
    b.fail("'" + b.fullName() + "' has no scope", "add .gpu or another scope");
}

void decodeLoad(Builder &b) {
  bool nc = b.flag("nc");
  Space space = takeSpace(b);
  b.out.memory.space = space;
  takeOrder(b, Order::Weak);
  checkOrder(b, true);
  if (nc && space != Space::Global && space != Space::Generic) b.unsupported("'.nc' outside .global");
  bool hint = takeCacheHints(b);
  int vector = takeVector(b);
  Type t = memoryType(b);
  checkVector(b, t, vector);
  if (t == Type::B128) return decodeWideLoad(b, hint);
  b.expectOperands(hint ? 3 : 2);
  b.out.memory.bytes = static_cast<uint8_t>(bytesOf(t));
  b.out.memory.vector = static_cast<uint8_t>(vector);
  vectorOperand(b, b.operand(0), t, vector, true);
  b.address(b.operand(1), space, b.out.a);
  bool isParameter = b.out.memory.space == Space::Param && b.out.a.constant;
  if (isParameter) {
    b.out.immediate += static_cast<int64_t>(b.constantValue(b.out.a));
    if (b.out.immediate < 0 || b.out.immediate + bytesOf(t) * vector > b.parameterBytes())
      b.fail("'" + b.fullName() + "' reads outside the kernel's parameters", "correct the offset");
  }
  auto pick = [&]<class E>() -> Handler {
    if (isSigned(t))
      return isParameter ? &loadParameter<std::make_signed_t<E>, true> : &load<std::make_signed_t<E>, true>;
    return isParameter ? &loadParameter<E, false> : &load<E, false>;
  };
  switch (bytesOf(t)) {
  case 1: b.out.handler = pick.operator()<uint8_t>(); break;
  case 2: b.out.handler = pick.operator()<uint16_t>(); break;
  case 4: b.out.handler = pick.operator()<uint32_t>(); break;
  default: b.out.handler = pick.operator()<uint64_t>(); break;
  }
}

void decodeStore(Builder &b) {
  if (b.flag("async")) return decodeStoreAsync(b);
  Space space = takeSpace(b);
  b.out.memory.space = space;
  takeOrder(b, Order::Weak);
  checkOrder(b, false);
  bool hint = takeCacheHints(b);
  int vector = takeVector(b);
  Type t = memoryType(b);
  checkVector(b, t, vector);
  if (b.out.memory.space == Space::Const)
    b.fail("'" + b.fullName() + "' writes to read-only memory", "write to .global, .shared or .local");
  if (t == Type::B128) return decodeWideStore(b, hint);
  b.expectOperands(hint ? 3 : 2);
  b.out.memory.bytes = static_cast<uint8_t>(bytesOf(t));
  b.out.memory.vector = static_cast<uint8_t>(vector);
  b.address(b.operand(0), space, b.out.a);
  if (b.out.memory.space == Space::Param)
    b.fail("'" + b.fullName() + "' writes to read-only memory", "write to .global, .shared or .local");
  vectorOperand(b, b.operand(1), t, vector, false);
  switch (bytesOf(t)) {
  case 1: b.out.handler = &store<uint8_t>; break;
  case 2: b.out.handler = &store<uint16_t>; break;
  case 4: b.out.handler = &store<uint32_t>; break;
  default: b.out.handler = &store<uint64_t>; break;
  }
}

void decodeCreatePolicy(Builder &b) {
  if (b.choice({"fractional", "range"}) < 0) {
    if (!b.flag("cvt")) b.unsupported("this form of createpolicy");
    b.accept({"L2"});
  }
  takeSpace(b);
  takeCacheHints(b);
  b.accept({"L2::evict_last", "L2::evict_normal", "L2::evict_first", "L2::evict_unchanged"});
  b.accept({"L2::evict_last", "L2::evict_normal", "L2::evict_first", "L2::evict_unchanged", "b64"});
  b.out.d = b.destination(0, Type::B64);
  b.out.handler = [](Warp &w, const Instruction &in, uint32_t mask) {
    forLanes(mask, [&](uint32_t l) { w.setValue(in.d, l, 0); });
  };
}

} // namespace

void registerMemoryOps(OpcodeTable &table) {
  table["ld"] = table["ldu"] = decodeLoad;
  table["st"] = decodeStore;
  registerCacheOps(table);
  table["createpolicy"] = decodeCreatePolicy;
}

} // namespace tw::emu
