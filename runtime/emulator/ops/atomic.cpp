// atom and red of every operation and type (PTX ISA sections 9.7.13.5 and 9.7.13.6).
#include <cstring>

#include "machine/address_map.hpp"
#include "ops/atomic.hpp"
#include "ops/float_format.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

enum class Op : uint8_t { Add, Inc, Dec, Min, Max, And, Or, Xor, Exch, Cas };

template <class T> T update(Op op, T old, T b, T c) {
  using U = std::make_unsigned_t<T>;
  switch (op) {
  case Op::Add: return static_cast<T>(U(old) + U(b));
  case Op::Inc: return U(old) >= U(b) ? T{0} : static_cast<T>(U(old) + 1);
  case Op::Dec: return old == 0 || U(old) > U(b) ? b : static_cast<T>(U(old) - 1);
  case Op::Min: return std::min(old, b);
  case Op::Max: return std::max(old, b);
  case Op::And: return old & b;
  case Op::Or: return old | b;
  case Op::Xor: return old ^ b;
  case Op::Exch: return b;
  case Op::Cas: return old == b ? c : old;
  }
  return old;
}

template <class T> T load(const uint8_t *host) {
  T value;
  std::memcpy(&value, host, sizeof value);
  return value;
}

/// Runs f(old, lane) -> new on every lane in turn and returns the old values. With a seed lanes go in reverse now and
/// then: their order is not promised.
template <class T, class F> void eachLane(Warp &w, const Instruction &in, uint32_t mask, F f) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access =
      resolveAccess(w, in, mask, addresses, sizeof(T), in.option[1] ? AccessType::Reduce : AccessType::Atomic);
  bool backwards = w.execution->config.seed && (w.execution->random() & 1);
  auto one = [&](uint32_t l) {
    T old = load<T>(access.host[l]);
    T value = f(old, l, addresses[l]);
    std::memcpy(access.host[l], &value, sizeof value);
    if (in.d) w.setValue(in.d, l, static_cast<std::make_unsigned_t<T>>(old));
  };
  if (backwards) {
    for (int l = 31; l >= 0; --l)
      if (access.lanes >> l & 1) one(static_cast<uint32_t>(l));
  } else {
    forLanes(access.lanes, one);
  }
}

// option[0]: Op; option[1]: red.
template <class T> void integerAtomic(Warp &w, const Instruction &in, uint32_t mask) {
  eachLane<T>(w, in, mask, [&](T old, uint32_t l, uint64_t) {
    T b = static_cast<T>(w.value(in.b, l)), c = in.c ? static_cast<T>(w.value(in.c, l)) : T{0};
    return update<T>(static_cast<Op>(in.option[0]), old, b, c);
  });
}

void addF32(Warp &w, const Instruction &in, uint32_t mask) {
  eachLane<uint32_t>(w, in, mask, [&](uint32_t old, uint32_t l, uint64_t at) {
    // Global memory flushes subnormals, shared memory keeps them (PTX ISA, atom, ".add.f32").
    bool shared = in.memory.space == Space::Shared || (in.memory.space == Space::Generic && at < address::kLocal);
    float x = std::bit_cast<float>(old), y = std::bit_cast<float>(w.words(in.b)[l]);
    if (shared) return std::bit_cast<uint32_t>(canonicalNan(x + y));
    return std::bit_cast<uint32_t>(flushSubnormal(canonicalNan(flushSubnormal(x) + flushSubnormal(y))));
  });
}

void addF64(Warp &w, const Instruction &in, uint32_t mask) {
  eachLane<uint64_t>(w, in, mask, [&](uint64_t old, uint32_t l, uint64_t) {
    return std::bit_cast<uint64_t>(canonicalNan(std::bit_cast<double>(old) + std::bit_cast<double>(w.wides(in.b)[l])));
  });
}

template <class Word, class Format> void addSmall(Warp &w, const Instruction &in, uint32_t mask) {
  eachLane<Word>(w, in, mask, [&](Word old, uint32_t l, uint64_t) {
    uint32_t sum = Format::apply(0, old, static_cast<Word>(w.words(in.b)[l]), 0, [](double x, double y, double) {
      return narrow(Format::kFormat, addToOdd(x, y), Rounding::NearestEven);
    });
    return static_cast<Word>(sum);
  });
}

Handler handlerFor(Builder &b, Op op, Type t) {
  auto bad = [&]() -> Handler {
    b.unsupported("'" + b.statement.name + "' of this operation with type '." + std::string(typeName(t)) + "'");
  };
  switch (op) {
  case Op::Add:
    switch (t) {
    case Type::U32:
    case Type::S32: return &integerAtomic<uint32_t>;
    case Type::U64:
    case Type::S64: return &integerAtomic<uint64_t>;
    case Type::F32: return &addF32;
    case Type::F64: return &addF64;
    case Type::F16: return &addSmall<uint16_t, FormatF16>;
    case Type::BF16: return &addSmall<uint16_t, FormatBf16>;
    case Type::F16x2: return &addSmall<uint32_t, Packed<FormatF16>>;
    case Type::BF16x2: return &addSmall<uint32_t, Packed<FormatBf16>>;
    default: return bad();
    }
  case Op::Inc:
  case Op::Dec: return t == Type::U32 ? &integerAtomic<uint32_t> : bad();
  case Op::Min:
  case Op::Max:
    switch (t) {
    case Type::U32: return &integerAtomic<uint32_t>;
    case Type::S32: return &integerAtomic<int32_t>;
    case Type::U64: return &integerAtomic<uint64_t>;
    case Type::S64: return &integerAtomic<int64_t>;
    default: return bad();
    }
  default:
    if (op == Op::Cas && t == Type::B16) return &integerAtomic<uint16_t>;
    return t == Type::B32 ? &integerAtomic<uint32_t> : t == Type::B64 ? &integerAtomic<uint64_t> : bad();
  }
}

void decodeAtomic(Builder &b) {
  bool red = b.statement.name == "red";
  if (red && b.flag("async")) return decodeStoreAsync(b);
  Space space = takeSpace(b);
  if (space != Space::Generic && space != Space::Global && space != Space::Shared)
    b.unsupported("atomics in this state space");
  b.out.memory.space = space;
  takeOrder(b, Order::Relaxed);
  if (b.out.memory.scope == Scope::None) b.out.memory.scope = Scope::Gpu;
  int op = b.choice({"add", "inc", "dec", "min", "max", "and", "or", "xor", "exch", "cas"});
  if (op < 0) b.fail("'" + b.fullName() + "' has no operation", "add .add or another");
  if (red && op >= 8) b.unsupported("'red' with .exch or .cas", "use atom");
  bool noftz = b.flag("noftz");
  bool hint = takeCacheHints(b);
  static constexpr int kCounts[] = {2, 4, 8};
  int vector = b.choice({"v2", "v4", "v8"});
  Type t = b.type();
  if (t == Type::B128 && op >= 8 && vector < 0) return decodeWideAtomic(b, op == 9, hint);
  if (vector >= 0)
    return decodeAtomicVector(b, kCounts[vector], op == 0 ? 0 : op == 3 ? 1 : op == 4 ? 2 : -1, noftz, hint, t);
  bool isSmall = t == Type::F16 || t == Type::F16x2 || t == Type::BF16 || t == Type::BF16x2;
  if (isSmall && !noftz) b.fail("'" + b.fullName() + "' needs .noftz", "add .noftz");
  b.out.option[0] = static_cast<uint8_t>(op);
  b.out.option[1] = red;
  b.out.handler = handlerFor(b, static_cast<Op>(op), t);
  b.out.memory.bytes = static_cast<uint8_t>(bytesOf(t));
  size_t first = red ? 0 : 1, count = (red ? 2u : 3u) + (op == 9) + hint;
  b.expectOperands(count);
  if (!red && b.operand(0).kind != ast::Operand::Kind::Sink) b.out.d = b.destination(0, t);
  b.address(b.operand(first), space, b.out.a);
  b.out.b = b.source(first + 1, t);
  if (op == 9) b.out.c = b.source(first + 2, t);
}

} // namespace

void registerAtomicOps(OpcodeTable &table) { table["atom"] = table["red"] = decodeAtomic; }

} // namespace tw::emu
