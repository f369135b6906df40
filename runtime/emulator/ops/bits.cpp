// Bit operations: logic, shifts, fields, counts, permutation (PTX ISA sections 9.7.1, 9.7.8 and 9.7.9).
#include "ops/bit_functions.hpp"
#include "ops/dispatch.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

struct Not {
  template <class T> static T apply(T a) { return static_cast<T>(~a); }
};
struct Cnot {
  template <class T> static T apply(T a) { return a == 0 ? 1 : 0; }
};

uint32_t readPredicate(Warp &w, Slot slot, bool negated) { return negated ? ~w.predicate(slot) : w.predicate(slot); }

// option[0]: which, option[1] and [2]: negated operands.
void predicateLogic(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t a = readPredicate(w, in.a, in.option[1]);
  uint32_t b = in.b ? readPredicate(w, in.b, in.option[2]) : 0;
  uint32_t r = in.option[0] == 0 ? a & b : in.option[0] == 1 ? a | b : in.option[0] == 2 ? a ^ b : ~a;
  uint32_t &d = w.predicate(in.d);
  d = (d & ~mask) | (r & mask);
}

template <class Op, int kWhich> void decodeLogic(Builder &b) {
  Type t = b.type();
  if (t == Type::Pred) {
    b.expectOperands(3);
    bool na = false, nb = false;
    b.out.d = b.predicateDestination(b.operand(0));
    b.out.a = b.predicateSource(b.operand(1), na);
    b.out.b = b.predicateSource(b.operand(2), nb);
    b.out.option[0] = kWhich, b.out.option[1] = na, b.out.option[2] = nb;
    b.out.handler = &predicateLogic;
    return;
  }
  requireType(b, t, {Type::B16, Type::B32, Type::B64});
  b.out.handler = bitsOf(t) == 64 ? &binaryLanes<uint64_t, Op> : &binaryLanes<uint32_t, Op>;
  binaryOperands(b, t);
}

void decodeNot(Builder &b) {
  Type t = b.type();
  if (t == Type::Pred) {
    b.expectOperands(2);
    bool negated = false;
    b.out.d = b.predicateDestination(b.operand(0));
    b.out.a = b.predicateSource(b.operand(1), negated);
    b.out.option[0] = 3, b.out.option[1] = negated;
    b.out.handler = &predicateLogic;
    return;
  }
  requireType(b, t, {Type::B16, Type::B32, Type::B64});
  b.out.handler = forInteger(t, []<class T>() -> Handler { return &unaryLanes<T, Not>; });
  unaryOperands(b, t);
}

void decodeCnot(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::B16, Type::B32, Type::B64});
  b.out.handler = forInteger(t, []<class T>() -> Handler { return &unaryLanes<T, Cnot>; });
  unaryOperands(b, t);
}

// ---- shifts: amounts at or above the width clamp ----

template <class T> void shl(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, uint32_t>(w, in, m,
                           [](T a, uint32_t s) { return s >= sizeof(T) * 8 ? T{0} : static_cast<T>(a << s); });
}
template <class T> void shr(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, uint32_t>(w, in, m, [](T a, uint32_t s) {
    constexpr uint32_t kBits = sizeof(T) * 8;
    if (s >= kBits) return std::is_signed_v<T> && a < 0 ? static_cast<T>(-1) : T{0};
    return static_cast<T>(a >> s);
  });
}

void decodeShift(Builder &b) {
  bool left = b.statement.name == "shl";
  Type t = b.type();
  if (left)
    requireType(b, t, {Type::B16, Type::B32, Type::B64});
  else
    requireType(b, t,
                {Type::B16, Type::B32, Type::B64, Type::U16, Type::U32, Type::U64, Type::S16, Type::S32, Type::S64});
  b.expectOperands(3);
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, Type::U32);
  b.out.handler = left ? forInteger(t, []<class T>() -> Handler { return &shl<T>; })
                       : forInteger(t, []<class T>() -> Handler { return &shr<T>; });
}

template <bool kLeft, bool kWrap> void shf(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<uint32_t, uint32_t, uint32_t, uint32_t>(w, in, m, [](uint32_t low, uint32_t high, uint32_t s) {
    s = kWrap ? s & 31 : std::min(s, 32u);
    uint64_t both = static_cast<uint64_t>(high) << 32 | low;
    return kLeft ? static_cast<uint32_t>(both << s >> 32) : static_cast<uint32_t>(both >> s);
  });
}

void decodeShf(Builder &b) {
  int direction = b.choice({"l", "r"}), mode = b.choice({"wrap", "clamp"});
  if (direction < 0 || mode < 0) b.fail("'" + b.fullName() + "' needs a direction and a mode", "write shf.l.wrap.b32");
  Type t = b.type();
  requireType(b, t, {Type::B32});
  ternaryOperands(b, t);
  if (direction == 0)
    b.out.handler = mode == 0 ? &shf<true, true> : &shf<true, false>;
  else
    b.out.handler = mode == 0 ? &shf<false, true> : &shf<false, false>;
}

// ---- counts ----

template <class T> void popc(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<uint32_t, T>(w, in, m, [](T a) { return static_cast<uint32_t>(std::popcount(a)); });
}
template <class T> void clz(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<uint32_t, T>(w, in, m, [](T a) { return static_cast<uint32_t>(std::countl_zero(a)); });
}
template <class T> void brev(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T>(w, in, m, [](T a) {
    T r = 0;
    for (size_t i = 0; i < sizeof(T) * 8; ++i, a >>= 1) r = static_cast<T>(r << 1 | (a & 1));
    return r;
  });
}
template <class T> void bfind(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<uint32_t, T>(w, in, m, [&](T a) {
    using U = std::make_unsigned_t<T>;
    U bits = static_cast<U>(a);
    if (std::is_signed_v<T> && a < 0) bits = static_cast<U>(~bits);
    if (bits == 0) return 0xffffffffu;
    uint32_t zeros = static_cast<uint32_t>(std::countl_zero(bits));
    return in.option[0] ? zeros : static_cast<uint32_t>(sizeof(T) * 8 - 1) - zeros;
  });
}

void decodeCount(Builder &b) {
  bool isPopc = b.statement.name == "popc";
  Type t = b.type();
  requireType(b, t, {Type::B32, Type::B64});
  b.expectOperands(2);
  b.out.d = b.destination(0, Type::U32);
  b.out.a = b.source(1, t);
  bool wide = bitsOf(t) == 64;
  b.out.handler = isPopc ? (wide ? &popc<uint64_t> : &popc<uint32_t>) : wide ? &clz<uint64_t> : &clz<uint32_t>;
}

void decodeBrev(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::B32, Type::B64});
  unaryOperands(b, t);
  b.out.handler = bitsOf(t) == 64 ? &brev<uint64_t> : &brev<uint32_t>;
}

void decodeBfind(Builder &b) {
  b.out.option[0] = b.flag("shiftamt");
  Type t = b.type();
  requireType(b, t, {Type::U32, Type::U64, Type::S32, Type::S64});
  b.expectOperands(2);
  b.out.d = b.destination(0, Type::U32);
  b.out.a = b.source(1, t);
  b.out.handler = forInteger(t, []<class T>() -> Handler { return &bfind<T>; });
}

// ---- fields ----

template <class T> void bfe(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, uint32_t, uint32_t>(w, in, m, [](T a, uint32_t start, uint32_t length) {
    constexpr int kTop = static_cast<int>(sizeof(T) * 8) - 1;
    using U = std::make_unsigned_t<T>;
    int position = static_cast<int>(start & 0xff), count = static_cast<int>(length & 0xff);
    bool sign = std::is_signed_v<T> && count != 0 && (U(a) >> std::min(position + count - 1, kTop) & 1);
    U r = 0;
    for (int i = 0; i <= kTop; ++i) {
      bool bit = i < count && position + i <= kTop ? (U(a) >> (position + i) & 1) : sign;
      r |= static_cast<U>(static_cast<U>(bit) << i);
    }
    return static_cast<T>(r);
  });
}

template <class T> void bfi(Warp &w, const Instruction &in, uint32_t mask) {
  auto *d = lanesOf<T>(w, in.d);
  const auto *a = lanesOf<T>(w, in.a), *b = lanesOf<T>(w, in.b);
  const uint32_t *c = w.words(in.c), *e = w.words(in.e);
  constexpr uint32_t kBits = sizeof(T) * 8;
  forLanes(mask, [&](uint32_t l) {
    uint32_t position = c[l] & 0xff, count = e[l] & 0xff;
    T field = position >= kBits || count == 0 ? 0 : (count >= kBits ? ~T{0} : (T{1} << count) - 1) << position;
    T moved = position >= kBits ? 0 : T(a[l]) << position;
    d[l] = (T(b[l]) & ~field) | (moved & field);
  });
}

void decodeBfe(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::U32, Type::U64, Type::S32, Type::S64});
  b.expectOperands(4);
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, Type::U32);
  b.out.c = b.source(3, Type::U32);
  b.out.handler = forInteger(t, []<class T>() -> Handler { return &bfe<T>; });
}

void decodeBfi(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::B32, Type::B64});
  b.expectOperands(5);
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, t);
  b.out.c = b.source(3, Type::U32);
  b.out.e = b.source(4, Type::U32);
  b.out.handler = bitsOf(t) == 64 ? &bfi<uint64_t> : &bfi<uint32_t>;
}

template <bool kWrap, class T> void szext(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<T, T, uint32_t>(w, in, m, [](T a, uint32_t n) {
    n = kWrap ? n & 31 : std::min(n, 32u);
    if (n == 32) return a;
    if (n == 0) return T{0};
    return static_cast<T>(static_cast<T>(static_cast<uint32_t>(a) << (32 - n)) >> (32 - n));
  });
}

void decodeSzext(Builder &b) {
  int mode = b.choice({"wrap", "clamp"});
  if (mode < 0) b.fail("szext needs .wrap or .clamp", "add .clamp");
  Type t = b.type();
  requireType(b, t, {Type::U32, Type::S32});
  b.expectOperands(3);
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, Type::U32);
  if (t == Type::U32)
    b.out.handler = mode == 0 ? &szext<true, uint32_t> : &szext<false, uint32_t>;
  else
    b.out.handler = mode == 0 ? &szext<true, int32_t> : &szext<false, int32_t>;
}

template <bool kWrap> void bmsk(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<uint32_t, uint32_t, uint32_t>(w, in, m, [](uint32_t a, uint32_t b) {
    uint32_t start = kWrap ? a & 31 : std::min(a, 32u), count = kWrap ? b & 31 : std::min(b, 32u);
    uint64_t ones = (uint64_t{1} << count) - 1;
    return static_cast<uint32_t>(ones << start);
  });
}

void decodeBmsk(Builder &b) {
  int mode = b.choice({"wrap", "clamp"});
  if (mode < 0) b.fail("bmsk needs .wrap or .clamp", "add .clamp");
  Type t = b.type();
  requireType(b, t, {Type::B32});
  binaryOperands(b, t);
  b.out.handler = mode == 0 ? &bmsk<true> : &bmsk<false>;
}

// ---- lop3, prmt ----

void lop3(Warp &w, const Instruction &in, uint32_t m) {
  uint32_t table = static_cast<uint32_t>(in.immediate);
  mapLanes<uint32_t, uint32_t, uint32_t, uint32_t>(w, in, m, [table](uint32_t a, uint32_t b, uint32_t c) {
    uint32_t r = 0;
    r |= table & 0x01 ? ~a & ~b & ~c : 0;
    r |= table & 0x02 ? ~a & ~b & c : 0;
    r |= table & 0x04 ? ~a & b & ~c : 0;
    r |= table & 0x08 ? ~a & b & c : 0;
    r |= table & 0x10 ? a & ~b & ~c : 0;
    r |= table & 0x20 ? a & ~b & c : 0;
    r |= table & 0x40 ? a & b & ~c : 0;
    r |= table & 0x80 ? a & b & c : 0;
    return r;
  });
  if (!in.e) return;
  // lop3.or/.and: predicate = (d != 0) BoolOp q; the slot of q is extra[0].
  const Slot q = w.currentFrame().function->slots[in.extra];
  uint32_t nonzero = 0;
  const uint32_t *d = w.words(in.d);
  forLanes(m, [&](uint32_t l) { nonzero |= static_cast<uint32_t>(d[l] != 0) << l; });
  uint32_t other = readPredicate(w, q, in.option[1]);
  uint32_t &p = w.predicate(in.e);
  uint32_t r = in.option[0] == 0 ? nonzero | other : nonzero & other;
  p = (p & ~m) | (r & m);
}

void decodeLop3(Builder &b) {
  int combine = b.choice({"or", "and"});
  Type t = b.type();
  requireType(b, t, {Type::B32});
  b.expectOperands(combine >= 0 ? 6 : 5);
  const ast::Operand &d = b.operand(0);
  if (combine >= 0) {
    if (d.kind != ast::Operand::Kind::Pair) b.fail("'" + b.fullName() + "' needs d|p", "write two destinations");
    b.out.d = b.destination(d.elements[0], t);
    b.out.e = b.predicateDestination(d.elements[1]);
    bool negated = false;
    b.extras({b.predicateSource(b.operand(5), negated)});
    b.out.option[0] = static_cast<uint8_t>(combine);
    b.out.option[1] = negated;
  } else {
    b.out.d = b.destination(d, t);
  }
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, t);
  b.out.c = b.source(3, t);
  b.out.immediate = b.immediate(4, "the truth table");
  b.out.handler = &lop3;
}

uint32_t permute(int mode, uint32_t a, uint32_t b, uint32_t c) {
  uint64_t bytes = static_cast<uint64_t>(b) << 32 | a;
  static constexpr uint8_t kSelect[6][4][4] = {
      {{0, 1, 2, 3}, {1, 2, 3, 4}, {2, 3, 4, 5}, {3, 4, 5, 6}}, // f4e
      {{0, 7, 6, 5}, {1, 0, 7, 6}, {2, 1, 0, 7}, {3, 2, 1, 0}}, // b4e
      {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}}, // rc8
      {{0, 1, 2, 3}, {1, 1, 2, 3}, {2, 2, 2, 3}, {3, 3, 3, 3}}, // ecl
      {{0, 0, 0, 0}, {0, 1, 1, 1}, {0, 1, 2, 2}, {0, 1, 2, 3}}, // ecr
      {{0, 1, 0, 1}, {2, 3, 2, 3}, {0, 1, 0, 1}, {2, 3, 2, 3}}, // rc16
  };
  uint32_t r = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t select = mode < 0 ? c >> (4 * i) & 0xf : kSelect[mode][c & 3][i];
    uint32_t byte = static_cast<uint32_t>(bytes >> (8 * (select & 7))) & 0xff;
    if (select & 8) byte = byte & 0x80 ? 0xff : 0;
    r |= byte << (8 * i);
  }
  return r;
}

void prmt(Warp &w, const Instruction &in, uint32_t m) {
  mapLanes<uint32_t, uint32_t, uint32_t, uint32_t>(w, in, m, [&](uint32_t a, uint32_t b, uint32_t c) {
    return permute(static_cast<int8_t>(in.option[0]), a, b, c);
  });
}

void decodePrmt(Builder &b) {
  b.out.option[0] = static_cast<uint8_t>(b.choice({"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"}));
  Type t = b.type();
  requireType(b, t, {Type::B32});
  ternaryOperands(b, t);
  b.out.handler = &prmt;
}

} // namespace

void registerBitOps(OpcodeTable &table) {
  table["and"] = decodeLogic<And, 0>;
  table["or"] = decodeLogic<Or, 1>;
  table["xor"] = decodeLogic<Xor, 2>;
  table["not"] = decodeNot;
  table["cnot"] = decodeCnot;
  table["shl"] = table["shr"] = decodeShift;
  table["shf"] = decodeShf;
  table["popc"] = table["clz"] = decodeCount;
  table["brev"] = decodeBrev;
  table["bfind"] = decodeBfind;
  table["bfe"] = decodeBfe;
  table["bfi"] = decodeBfi;
  table["szext"] = decodeSzext;
  table["bmsk"] = decodeBmsk;
  table["lop3"] = decodeLop3;
  table["prmt"] = decodePrmt;
}

} // namespace tw::emu
