// set, setp, selp, slct with every comparison and boolean combination (PTX ISA sections 9.7.6 and 9.7.7).
#include <cmath>

#include "ops/dispatch.hpp"
#include "ops/float_format.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

enum Comparison : uint8_t { Eq, Ne, Lt, Le, Gt, Ge, Equ, Neu, Ltu, Leu, Gtu, Geu, Num, Nan };

struct F16 {
  static double get(uint32_t w) { return widen(kF16, w & 0xffff); }
};
struct Bf16 {
  static double get(uint32_t w) { return widen(kBf16, w & 0xffff); }
};

/// Reads lanes as the compared type.
template <class T> struct Reader {
  static constexpr bool kWide = sizeof(T) == 8;
  static T get(LaneWord<T> w) { return fromWord<T>(w); }
};
template <> struct Reader<F16> {
  static constexpr bool kWide = false;
  static double get(uint32_t w) { return F16::get(w); }
};
template <> struct Reader<Bf16> {
  static constexpr bool kWide = false;
  static double get(uint32_t w) { return Bf16::get(w); }
};

template <Comparison C, class V> bool holds(V a, V b) {
  if constexpr (C == Num) return a == a && b == b;
  if constexpr (C == Nan) return a != a || b != b;
  if constexpr (C >= Equ)
    if (a != a || b != b) return true;
  if constexpr (C == Eq || C == Equ) return a == b;
  // Ordered "not equal" is false for NaN.
  if constexpr (C == Ne) return (a < b) || (a > b);
  if constexpr (C == Neu) return a != b;
  if constexpr (C == Lt || C == Ltu) return a < b;
  if constexpr (C == Le || C == Leu) return a <= b;
  if constexpr (C == Gt || C == Gtu) return a > b;
  return a >= b;
}

/// One bit per lane, as a table so that the loop below becomes vector code.
template <class Word> struct LaneBits {
  alignas(32) Word bit[32];
  constexpr LaneBits() : bit{} {
    for (int l = 0; l < 32; ++l) bit[l] = Word{1} << l;
  }
};
template <class Word> inline constexpr LaneBits<Word> kLaneBits;

template <class T, Comparison C, class Word>
[[gnu::always_inline]] inline uint32_t compareWords(const Word *a, const Word *b, bool flush) {
  Word result = 0;
  for (int l = 0; l < 32; ++l) {
    auto x = Reader<T>::get(a[l]), y = Reader<T>::get(b[l]);
    if constexpr (std::is_same_v<T, float>)
      if (flush) x = flushSubnormal(x), y = flushSubnormal(y);
    if constexpr (std::is_same_v<T, F16>)
      if (flush) x = std::fabs(x) < 0x1p-14 ? 0 : x, y = std::fabs(y) < 0x1p-14 ? 0 : y;
    result |= holds<C>(x, y) ? kLaneBits<Word>.bit[l] : 0;
  }
  return static_cast<uint32_t>(result);
}

template <class T, Comparison C, class Word>
TILEWRIGHT_WIDE uint32_t compareWordsWide(const Word *a, const Word *b, bool flush) {
  return compareWords<T, C, Word>(a, b, flush);
}

template <class T, Comparison C> uint32_t compareLanes(Warp &w, const Instruction &in) {
  using Word = std::conditional_t<Reader<T>::kWide, uint64_t, uint32_t>;
  const Word *a = reinterpret_cast<const Word *>(w.words(in.a)), *b = reinterpret_cast<const Word *>(w.words(in.b));
  bool flush = in.option[2];
  return kWideHost ? compareWordsWide<T, C, Word>(a, b, flush) : compareWords<T, C, Word>(a, b, flush);
}

using Compare = uint32_t (*)(Warp &, const Instruction &);

template <class T> Compare pickComparison(Comparison c) {
  switch (c) {
  case Eq: return &compareLanes<T, Eq>;
  case Ne: return &compareLanes<T, Ne>;
  case Lt: return &compareLanes<T, Lt>;
  case Le: return &compareLanes<T, Le>;
  case Gt: return &compareLanes<T, Gt>;
  case Ge: return &compareLanes<T, Ge>;
  default: break;
  }
  if constexpr (!std::is_integral_v<T>) {
    switch (c) {
    case Equ: return &compareLanes<T, Equ>;
    case Neu: return &compareLanes<T, Neu>;
    case Ltu: return &compareLanes<T, Ltu>;
    case Leu: return &compareLanes<T, Leu>;
    case Gtu: return &compareLanes<T, Gtu>;
    case Geu: return &compareLanes<T, Geu>;
    case Num: return &compareLanes<T, Num>;
    case Nan: return &compareLanes<T, Nan>;
    default: break;
    }
  }
  return nullptr;
}

Compare compareFor(Type t, Comparison c) {
  switch (t) {
  case Type::U16: return pickComparison<uint16_t>(c);
  case Type::U32: return pickComparison<uint32_t>(c);
  case Type::U64: return pickComparison<uint64_t>(c);
  case Type::S16: return pickComparison<int16_t>(c);
  case Type::S32: return pickComparison<int32_t>(c);
  case Type::S64: return pickComparison<int64_t>(c);
  case Type::B16: return c <= Ne ? pickComparison<uint16_t>(c) : nullptr;
  case Type::B32: return c <= Ne ? pickComparison<uint32_t>(c) : nullptr;
  case Type::B64: return c <= Ne ? pickComparison<uint64_t>(c) : nullptr;
  case Type::F16:
  case Type::F16x2: return pickComparison<F16>(c);
  case Type::BF16:
  case Type::BF16x2: return pickComparison<Bf16>(c);
  case Type::F32: return pickComparison<float>(c);
  case Type::F64: return pickComparison<double>(c);
  default: return nullptr;
  }
}

// option[0]: 0 none, 1 and, 2 or, 3 xor; option[1]: third operand negated; option[2]: flush.
uint32_t combine(Warp &w, const Instruction &in, uint32_t value) {
  if (in.option[0] == 0) return value;
  uint32_t p = w.predicate(in.c);
  if (in.option[1]) p = ~p;
  return in.option[0] == 1 ? value & p : in.option[0] == 2 ? value | p : value ^ p;
}

void setMasked(Warp &w, Slot slot, uint32_t mask, uint32_t value) {
  if (!slot) return;
  uint32_t &p = w.predicate(slot);
  p = (p & ~mask) | (value & mask);
}

void setpAny(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t value = reinterpret_cast<Compare>(in.immediate)(w, in);
  uint32_t first = combine(w, in, value), second = in.e ? combine(w, in, ~value) : 0;
  setMasked(w, in.d, mask, first);
  setMasked(w, in.e, mask, second);
}

/// Compares the low (half 0) or high halves of a packed type.
uint32_t comparePacked(Warp &w, const Instruction &in, int half) {
  const uint32_t *a = w.words(in.a), *b = w.words(in.b);
  uint32_t lanes[2][32];
  for (int l = 0; l < 32; ++l) lanes[0][l] = a[l] >> (16 * half) & 0xffff, lanes[1][l] = b[l] >> (16 * half) & 0xffff;
  Warp scratch;
  scratch.base[0] = lanes[0];
  Instruction plain = in;
  plain.a = plain.b = Slot{0, 0, Slot::Lane32};
  plain.b.word = 32;
  return reinterpret_cast<Compare>(in.immediate)(scratch, plain);
}

void setpPacked(Warp &w, const Instruction &in, uint32_t mask) {
  setMasked(w, in.d, mask, combine(w, in, comparePacked(w, in, 0)));
  setMasked(w, in.e, mask, combine(w, in, comparePacked(w, in, 1)));
}

/// What "true" is in the destination type of `set`.
uint32_t trueValue(Type t) {
  switch (t) {
  case Type::F32: return 0x3f800000u;
  case Type::F16: return 0x3c00u;
  case Type::BF16: return 0x3f80u;
  case Type::F16x2: return 0x3c003c00u;
  case Type::BF16x2: return 0x3f803f80u;
  case Type::U16:
  case Type::S16: return 0xffffu;
  default: return 0xffffffffu;
  }
}

// option[3]: the destination type.
void setAny(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t value = combine(w, in, reinterpret_cast<Compare>(in.immediate)(w, in));
  uint32_t yes = trueValue(static_cast<Type>(in.option[3]));
  uint32_t *d = w.words(in.d);
  forLanes(mask, [&](uint32_t l) { d[l] = value >> l & 1 ? yes : 0; });
}

void setPacked(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t low = combine(w, in, comparePacked(w, in, 0)), high = combine(w, in, comparePacked(w, in, 1));
  uint32_t yes = trueValue(static_cast<Type>(in.option[3]));
  uint32_t *d = w.words(in.d);
  forLanes(mask,
           [&](uint32_t l) { d[l] = (low >> l & 1 ? yes & 0xffff : 0) | (high >> l & 1 ? yes & 0xffff0000u : 0); });
}

Comparison decodeComparison(Builder &b, bool &isUnsignedForm) {
  int c = b.choice({"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"});
  isUnsignedForm = false;
  if (c >= 0) return static_cast<Comparison>(c);
  int u = b.choice({"lo", "ls", "hi", "hs"});
  if (u < 0) b.fail("'" + b.fullName() + "' has no comparison", "add .eq or another");
  isUnsignedForm = true;
  return static_cast<Comparison>(Lt + u);
}

void decodeSources(Builder &b, Type t, Comparison c, size_t first) {
  b.out.option[2] = b.flag("ftz");
  if (b.out.option[2] && t != Type::F32 && t != Type::F16 && t != Type::F16x2)
    b.unsupported("'.ftz' with ." + std::string(typeName(t)));
  Compare compare = compareFor(t, c);
  if (!compare) b.unsupported("this comparison with type '." + std::string(typeName(t)) + "'");
  b.out.immediate = reinterpret_cast<int64_t>(compare);
  b.out.a = b.source(first, t);
  b.out.b = b.source(first + 1, t);
  if (b.out.option[0]) {
    bool negated = false;
    b.out.c = b.predicateSource(b.operand(first + 2), negated);
    b.out.option[1] = negated;
  }
}

void decodeSetp(Builder &b) {
  bool unsignedForm = false;
  Comparison c = decodeComparison(b, unsignedForm);
  b.out.option[0] = static_cast<uint8_t>(b.choice({"and", "or", "xor"}) + 1);
  Type t = b.type();
  if (unsignedForm && !isUnsigned(t))
    b.unsupported("unsigned comparison with type '." + std::string(typeName(t)) + "'");
  b.expectOperands(b.out.option[0] ? 4 : 3);
  const ast::Operand &d = b.operand(0);
  if (d.kind == ast::Operand::Kind::Pair) {
    b.out.d = b.predicateDestination(d.elements[0]);
    b.out.e = b.predicateDestination(d.elements[1]);
  } else {
    b.out.d = b.predicateDestination(d);
  }
  decodeSources(b, t, c, 1);
  b.out.handler = t == Type::F16x2 || t == Type::BF16x2 ? &setpPacked : &setpAny;
}

void decodeSet(Builder &b) {
  bool unsignedForm = false;
  Comparison c = decodeComparison(b, unsignedForm);
  b.out.option[0] = static_cast<uint8_t>(b.choice({"and", "or", "xor"}) + 1);
  Type d = b.type(), t = b.type();
  requireType(
      b, d, {Type::U32, Type::S32, Type::F32, Type::F16, Type::BF16, Type::F16x2, Type::BF16x2, Type::U16, Type::S16});
  b.expectOperands(b.out.option[0] ? 4 : 3);
  b.out.option[3] = static_cast<uint8_t>(d);
  b.out.d = b.destination(0, d);
  decodeSources(b, t, c, 1);
  b.out.handler = t == Type::F16x2 || t == Type::BF16x2 ? &setPacked : &setAny;
}

// ---- selp, slct ----

template <class Word>
[[gnu::always_inline]] inline void selectWords(Word *d, const Word *a, const Word *b, uint32_t p, uint32_t mask) {
  if (mask == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < 32; ++l) d[l] = Word{p} & kLaneBits<Word>.bit[l] ? a[l] : b[l];
  } else {
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) d[l] = p >> l & 1 ? a[l] : b[l];
  }
}

template <class Word>
TILEWRIGHT_WIDE void selectWordsWide(Word *d, const Word *a, const Word *b, uint32_t p, uint32_t mask) {
  selectWords(d, a, b, p, mask);
}

template <class T> void selp(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t p = w.predicate(in.c);
  if (in.option[1]) p = ~p;
  auto *select = kWideHost ? &selectWordsWide<LaneWord<T>> : &selectWords<LaneWord<T>>;
  select(lanesOf<T>(w, in.d), lanesOf<T>(w, in.a), lanesOf<T>(w, in.b), p, mask);
}

void decodeSelp(Builder &b) {
  Type t = b.type();
  b.expectOperands(4);
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, t);
  bool negated = false;
  b.out.c = b.predicateSource(b.operand(3), negated);
  b.out.option[1] = negated;
  b.out.handler = bitsOf(t) == 64 ? &selp<uint64_t> : &selp<uint32_t>;
}

template <class T> void slct(Warp &w, const Instruction &in, uint32_t mask) {
  auto *d = lanesOf<T>(w, in.d);
  const auto *a = lanesOf<T>(w, in.a), *b = lanesOf<T>(w, in.b);
  const uint32_t *c = w.words(in.c);
  forLanes(mask, [&](uint32_t l) {
    bool first = in.option[0] == 0 ? static_cast<int32_t>(c[l]) >= 0 : std::bit_cast<float>(c[l]) >= 0;
    if (in.option[0] && in.option[2] && flushSubnormal(std::bit_cast<float>(c[l])) == 0) first = true;
    d[l] = first ? a[l] : b[l];
  });
}

void decodeSlct(Builder &b) {
  b.out.option[2] = b.flag("ftz");
  Type d = b.type(), c = b.type();
  requireType(b, c, {Type::S32, Type::F32});
  b.expectOperands(4);
  b.out.d = b.destination(0, d);
  b.out.a = b.source(1, d);
  b.out.b = b.source(2, d);
  b.out.c = b.source(3, c);
  b.out.option[0] = c == Type::F32;
  b.out.handler = bitsOf(d) == 64 ? &slct<uint64_t> : &slct<uint32_t>;
}

} // namespace

void registerCompareOps(OpcodeTable &table) {
  table["setp"] = decodeSetp;
  table["set"] = decodeSet;
  table["selp"] = decodeSelp;
  table["slct"] = decodeSlct;
}

} // namespace tw::emu
