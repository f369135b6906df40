// mov with packing and unpacking, cvta, isspacep (PTX ISA section 9.7.9).
#include "machine/address_map.hpp"
#include "machine/execution.hpp"
#include "ops/dispatch.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

template <class T> void copyLanes(Warp &w, const Instruction &in, uint32_t mask) {
  mapLanes<T, T>(w, in, mask, [](T a) { return a; });
}

/// A 32-bit source (special register, local address base) into a 64-bit register, plus a constant.
void widenLanes(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) { w.setValue(in.d, l, w.value(in.a, l) + static_cast<uint64_t>(in.immediate)); });
}

void movePredicate(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t a = w.predicate(in.a);
  if (in.option[0]) a = ~a;
  uint32_t &d = w.predicate(in.d);
  d = (d & ~mask) | (a & mask);
}

// option[0]: 0 cycles, 1 nanoseconds; option[1]: bits to drop (high half).
void readClock(Warp &w, const Instruction &in, uint32_t mask) {
  // Both clocks follow the machine's count of instructions and sleeps: runs repeat exactly.
  uint64_t value = w.execution->time() * (in.option[0] ? 1 : 4) >> in.option[1];
  forLanes(mask, [&](uint32_t l) { w.setValue(in.d, l, value); });
}

// immediate: bits of one element; extras: elements from the low end.
void pack(Warp &w, const Instruction &in, uint32_t mask) {
  const Slot *from = w.currentFrame().function->slots.data() + in.extra;
  int bits = static_cast<int>(in.immediate);
  uint64_t keep = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  forLanes(mask, [&](uint32_t l) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < in.extraCount; ++i)
      value |= (w.value(from[i], l) & keep) << (static_cast<uint32_t>(bits) * i);
    w.setValue(in.d, l, value);
  });
}

void unpack(Warp &w, const Instruction &in, uint32_t mask) {
  const Slot *to = w.currentFrame().function->slots.data() + in.extra;
  int bits = static_cast<int>(in.immediate);
  uint64_t keep = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  forLanes(mask, [&](uint32_t l) {
    uint64_t value = w.value(in.a, l);
    for (uint32_t i = 0; i < in.extraCount; ++i)
      w.setValue(to[i], l, value >> (static_cast<uint32_t>(bits) * i) & keep);
  });
}

Type bitsType(Builder &b, int bits) {
  switch (bits) {
  case 8: return Type::B8;
  case 16: return Type::B16;
  case 32: return Type::B32;
  case 64: return Type::B64;
  default: b.unsupported("element of " + std::to_string(bits) + " bits");
  }
}

void decodeVector(Builder &b, Type t, const ast::Operand &vector, bool unpacking) {
  int count = static_cast<int>(vector.elements.size());
  if (count != 2 && count != 4 && count != 8)
    b.fail("a vector of " + std::to_string(count) + " elements cannot be moved", "use 2 or 4 elements");
  Type element = bitsType(b, bitsOf(t) / count);
  std::vector<Slot> slots;
  for (const ast::Operand &e : vector.elements)
    slots.push_back(unpacking ? b.destination(e, element) : b.source(e, element));
  b.extras(slots);
  b.out.immediate = bitsOf(element);
  if (unpacking)
    b.out.a = b.source(1, t);
  else
    b.out.d = b.destination(0, t);
  b.out.handler = unpacking ? &unpack : &pack;
}

bool decodeClock(Builder &b, Type t) {
  const std::string &name = b.operand(1).text;
  struct Clock {
    const char *name;
    Type type;
    uint8_t nanoseconds, shift;
  };
  static constexpr Clock kClocks[] = {{"%clock", Type::B32, 0, 0},          {"%clock_hi", Type::B32, 0, 32},
                                      {"%clock64", Type::B64, 0, 0},        {"%globaltimer", Type::B64, 1, 0},
                                      {"%globaltimer_lo", Type::B32, 1, 0}, {"%globaltimer_hi", Type::B32, 1, 32}};
  for (const Clock &clock : kClocks) {
    if (name != clock.name) continue;
    if (bitsOf(t) != bitsOf(clock.type))
      b.fail(name + " has " + std::to_string(bitsOf(clock.type)) + " bits", "use a register of that size");
    b.out.d = b.destination(0, t);
    b.out.option[0] = clock.nanoseconds, b.out.option[1] = clock.shift;
    b.out.handler = &readClock;
    b.out.flow = Flow::Clock;
    return true;
  }
  return false;
}

void decodeMov(Builder &b) {
  Type t = b.type();
  b.expectOperands(2);
  const ast::Operand &source = b.operand(1);
  if (t == Type::Pred) {
    bool negated = false;
    b.out.d = b.predicateDestination(b.operand(0));
    b.out.a = b.predicateSource(source, negated);
    b.out.option[0] = negated;
    b.out.handler = &movePredicate;
    return;
  }
  if (t == Type::B128) return decodeWideMove(b);
  if (b.operand(0).kind == ast::Operand::Kind::Vector) return decodeVector(b, t, b.operand(0), true);
  if (source.kind == ast::Operand::Kind::Vector) return decodeVector(b, t, source, false);
  if (source.kind == ast::Operand::Kind::Name) {
    if (decodeClock(b, t)) return;
    Symbol *symbol = b.find(source.text);
    if (symbol && symbol->kind == Symbol::Kind::Local) {
      b.out.d = b.destination(0, t);
      b.out.a = b.special(Special::LocalBase);
      b.out.immediate = static_cast<int64_t>(symbol->offset) + source.offset;
      b.out.handler = &widenLanes;
      return;
    }
    if (!symbol && source.text[0] == '%' && bitsOf(t) == 64) {
      b.out.d = b.destination(0, t);
      b.out.a = b.source(1, Type::U32);
      b.out.handler = &widenLanes;
      return;
    }
  }
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.handler = bitsOf(t) == 64 ? &copyLanes<uint64_t> : &copyLanes<uint32_t>;
}

// ---- address spaces ----

uint64_t windowOf(Builder &b, int space) {
  static constexpr uint64_t kWindows[] = {0, address::kShared, address::kLocal, address::kConst, address::kParam};
  if (space < 0)
    b.fail("'" + b.fullName() + "' names no state space", "add .global, .shared, .local, .const or .param");
  return kWindows[space];
}

void addConstant(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t add = static_cast<uint64_t>(in.immediate);
  if (in.d.kind == Slot::Lane64 && in.a.kind == Slot::Lane64)
    mapLanes<uint64_t, uint64_t>(w, in, mask, [=](uint64_t a) { return a + add; });
  else
    forLanes(mask, [&](uint32_t l) { w.setValue(in.d, l, w.value(in.a, l) + add); });
}

int takeWindow(Builder &b) {
  int space = b.choice({"global", "shared", "local", "const", "param"});
  if (space < 0 && b.flag("shared::cta")) return 1;
  if (space < 0 && b.flag("shared::cluster")) return 1;
  if (space < 0 && b.flag("param::entry")) return 4;
  return space;
}

void decodeCvta(Builder &b) {
  bool to = b.flag("to");
  uint64_t window = windowOf(b, takeWindow(b));
  Type t = b.type();
  requireType(b, t, {Type::U64, Type::U32});
  if (t == Type::U32) b.unsupported("32-bit cvta");
  b.expectOperands(2);
  b.out.d = b.destination(0, t);
  const ast::Operand &source = b.operand(1);
  Symbol *symbol = source.kind == ast::Operand::Kind::Name ? b.find(source.text) : nullptr;
  if (symbol && symbol->kind == Symbol::Kind::Local) {
    b.out.a = b.special(Special::LocalBase);
    b.out.immediate = static_cast<int64_t>(symbol->offset + window) + source.offset;
  } else {
    b.out.a = b.source(1, t);
    b.out.immediate = static_cast<int64_t>(to ? -window : window);
  }
  b.out.handler = &addConstant;
}

// immediate: window, or 0 for global.
void isspacep(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t window = static_cast<uint64_t>(in.immediate);
  uint32_t result = 0;
  forLanes(mask, [&](uint32_t l) {
    uint64_t a = w.value(in.a, l);
    // Constant and kernel-parameter addresses also lie in the global space's range on hardware; here the windows are
    // apart.
    bool inside = window ? a >= window && a < window + address::kWindow : a >= address::kWindowsEnd;
    result |= static_cast<uint32_t>(inside) << l;
  });
  uint32_t &p = w.predicate(in.d);
  p = (p & ~mask) | result;
}

void decodeIsspacep(Builder &b) {
  b.out.immediate = static_cast<int64_t>(windowOf(b, takeWindow(b)));
  b.expectOperands(2);
  b.out.d = b.predicateDestination(b.operand(0));
  b.out.a = b.source(1, Type::U64);
  b.out.handler = &isspacep;
}

} // namespace

void registerMoveOps(OpcodeTable &table) {
  table["mov"] = decodeMov;
  table["cvta"] = decodeCvta;
  table["isspacep"] = decodeIsspacep;
}

} // namespace tw::emu
