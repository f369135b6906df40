// Video instructions on bytes and half-words: vadd2, vadd4 and their kin, and the scalar forms (PTX ISA 9.7.18).
#include <algorithm>
#include <array>

#include "machine/execution.hpp"
#include "ops/dispatch.hpp"
#include "ops/form_table.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

enum class Op : uint8_t { Add, Sub, Average, AbsoluteDifference, Min, Max, Set, ShiftLeft, ShiftRight, MultiplyAdd };
enum class Compare : uint8_t { Eq, Ne, Lt, Le, Gt, Ge };

/// What one instruction does, found through Instruction::immediate.
struct VideoForm {
  Op op = Op::Add;
  int lanes = 1; ///< 4 bytes, 2 half-words or one word
  bool signedA = false, signedB = false, signedD = false, saturate = false;
  Compare compare = Compare::Eq;
  int second = -1;         ///< scalar: 0 add, 1 min, 2 max of c
  bool accumulate = false; ///< SIMD: sum of all lanes plus c
  bool clampShift = false; ///< vshl, vshr: .clamp, else .wrap
  bool negateProduct = false, negateC = false, plusOne = false;
  int shift = 0;                                               ///< vmad: 7 or 15
  uint8_t mask = 0xf;                                          ///< lanes of the result that are computed
  std::array<uint8_t, 4> pickA{0, 1, 2, 3}, pickB{0, 1, 2, 3}; ///< SIMD lane selection from {b, a}
  friend bool operator==(const VideoForm &, const VideoForm &) = default;
  int selectA = -1, selectB = -1, selectD = -1; ///< scalar part: 0-3 byte, 4-5 half-word
};

int64_t part(uint32_t word, int bits, int index, bool isSigned) {
  uint32_t v = bits == 32 ? word : word >> (index * bits) & ((1u << bits) - 1);
  return isSigned ? static_cast<int64_t>(static_cast<int32_t>(v << (32 - bits)) >> (32 - bits)) : v;
}

int64_t selected(uint32_t word, int select, bool isSigned) {
  return select < 0   ? part(word, 32, 0, isSigned)
         : select < 4 ? part(word, 8, select, isSigned)
                      : part(word, 16, select - 4, isSigned);
}

int64_t clampTo(int64_t v, int bits, bool isSigned) {
  int64_t low = isSigned ? -(int64_t{1} << (bits - 1)) : 0;
  int64_t high = isSigned ? (int64_t{1} << (bits - 1)) - 1 : (int64_t{1} << bits) - 1;
  return std::clamp(v, low, high);
}

bool holds(Compare c, int64_t a, int64_t b) {
  switch (c) {
  case Compare::Eq: return a == b;
  case Compare::Ne: return a != b;
  case Compare::Lt: return a < b;
  case Compare::Le: return a <= b;
  case Compare::Gt: return a > b;
  case Compare::Ge: return a >= b;
  }
  return false;
}

int64_t compute(const VideoForm &f, int64_t a, int64_t b, int64_t c) {
  switch (f.op) {
  case Op::Add: return a + b;
  case Op::Sub: return a - b;
  case Op::Average: {
    // Rounded away from zero for positive sums, toward it for negative ones (PTX ISA: (a + b + (sum >= 0)) >> 1).
    int64_t sum = a + b;
    return (sum + (sum >= 0)) >> 1;
  }
  case Op::AbsoluteDifference: return a > b ? a - b : b - a;
  case Op::Min: return std::min(a, b);
  case Op::Max: return std::max(a, b);
  case Op::Set: return holds(f.compare, a, b);
  case Op::ShiftLeft:
  case Op::ShiftRight: {
    uint64_t amount = static_cast<uint32_t>(b);
    amount = f.clampShift ? std::min<uint64_t>(amount, 32) : amount & 31;
    return f.op == Op::ShiftLeft ? static_cast<int64_t>(static_cast<uint64_t>(a) << amount) : a >> amount;
  }
  case Op::MultiplyAdd: {
    // Products of unsigned words need all 64 bits.
    __int128 product = static_cast<__int128>(a) * b;
    __int128 sum = ((f.negateProduct ? -product : product) + (f.negateC ? -c : c) + f.plusOne) >> f.shift;
    if (f.saturate) sum = std::clamp<__int128>(sum, INT64_MIN, INT64_MAX);
    return static_cast<int64_t>(static_cast<uint64_t>(sum));
  }
  }
  return 0;
}

uint32_t scalar(const VideoForm &f, uint32_t a, uint32_t b, uint32_t c) {
  int64_t addend = f.signedD ? static_cast<int32_t>(c) : static_cast<int64_t>(c);
  int64_t r = compute(f, selected(a, f.selectA, f.signedA), selected(b, f.selectB, f.signedB), addend);
  int bits = f.selectD < 0 ? 32 : f.selectD < 4 ? 8 : 16;
  if (f.saturate) r = clampTo(r, bits, f.signedD);
  if (f.selectD >= 0) {
    int at = (f.selectD < 4 ? f.selectD : f.selectD - 4) * bits;
    uint32_t keep = ((1u << bits) - 1) << at;
    return (c & ~keep) | (static_cast<uint32_t>(r) << at & keep);
  }
  int64_t own = part(static_cast<uint32_t>(r), 32, 0, f.signedD);
  switch (f.second) {
  case 0: return static_cast<uint32_t>(r) + c;
  case 1: return static_cast<uint32_t>(std::min(own, addend));
  case 2: return static_cast<uint32_t>(std::max(own, addend));
  default: return static_cast<uint32_t>(r);
  }
}

uint32_t simd(const VideoForm &f, uint32_t a, uint32_t b, uint32_t c) {
  int bits = 32 / f.lanes;
  uint32_t d = f.accumulate ? c : 0, ones = (1u << bits) - 1;
  for (int i = 0; i < f.lanes; ++i) {
    auto pick = [&](uint8_t from, bool isSigned) {
      return part(from < f.lanes ? a : b, bits, from % f.lanes, isSigned);
    };
    size_t lane = static_cast<size_t>(i);
    uint32_t old = c >> (i * bits) & ones;
    if (!(f.mask >> i & 1)) {
      if (!f.accumulate) d |= old << (i * bits);
      continue;
    }
    int64_t r = compute(f, pick(f.pickA[lane], f.signedA), pick(f.pickB[lane], f.signedB), 0);
    if (f.saturate) r = clampTo(r, bits, f.signedD);
    if (f.accumulate)
      d += static_cast<uint32_t>(part(static_cast<uint32_t>(r) & ones, bits, 0, f.signedD));
    else
      d |= (static_cast<uint32_t>(r) & ones) << (i * bits);
  }
  return d;
}

FormTable<VideoForm> &forms() {
  static FormTable<VideoForm> table;
  return table;
}

void run(Warp &w, const Instruction &in, uint32_t mask) {
  const VideoForm &f = forms()[in.target];
  const uint32_t *a = w.words(in.a), *b = w.words(in.b), *c = in.c ? w.words(in.c) : nullptr;
  uint32_t *d = w.words(in.d);
  forLanes(mask, [&](uint32_t l) {
    d[l] = f.lanes == 1 ? scalar(f, a[l], b[l], c ? c[l] : 0) : simd(f, a[l], b[l], c ? c[l] : 0);
  });
}

/// Splits `%r1.b0`, `%r1.h1`, `%r1.h01` ... into register and selector text.
std::string takeSelector(ast::Operand &operand) {
  if (operand.kind != ast::Operand::Kind::Name) return "";
  size_t dot = operand.text.rfind('.');
  if (dot == std::string::npos || dot + 1 >= operand.text.size()) return "";
  char kind = operand.text[dot + 1];
  if (kind != 'b' && kind != 'h') return "";
  std::string selector = operand.text.substr(dot + 1);
  operand.text.resize(dot);
  return selector;
}

int scalarSelector(Builder &b, const std::string &text) {
  if (text.empty()) return -1;
  int index = text.size() == 2 ? text[1] - '0' : -1;
  if (index < 0 || index > (text[0] == 'b' ? 3 : 1))
    b.fail("'." + text + "' selects no part of a word", "use .b0 to .b3, .h0 or .h1");
  return text[0] == 'b' ? index : 4 + index;
}

void simdSelector(Builder &b, const std::string &text, int lanes, std::array<uint8_t, 4> &pick) {
  if (text.empty()) return;
  bool good = text.size() == static_cast<size_t>(lanes) + 1 && text[0] == (lanes == 2 ? 'h' : 'b');
  for (int i = 0; good && i < lanes; ++i) {
    // The text names the highest lane first.
    int from = text[text.size() - 1 - static_cast<size_t>(i)] - '0';
    good = from >= 0 && from < 2 * lanes;
    pick[static_cast<size_t>(i)] = static_cast<uint8_t>(from);
  }
  if (!good)
    b.fail("'." + text + "' selects no lanes", lanes == 2 ? "write for example .h10" : "write for example .b3210");
}

uint8_t maskOf(Builder &b, const std::string &text, int lanes) {
  if (text.empty()) return static_cast<uint8_t>((1 << lanes) - 1);
  uint8_t mask = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    int lane = text[i] - '0';
    if (lane < 0 || lane >= lanes) b.fail("'." + text + "' is no lane mask", "name lanes from 0 on");
    mask = static_cast<uint8_t>(mask | 1 << lane);
  }
  return mask;
}

void decode(Builder &b, Op op, int lanes) {
  VideoForm f;
  f.op = op, f.lanes = lanes;
  std::vector<Type> types;
  while (types.size() < 3) {
    std::optional<Type> t = b.optionalType();
    if (!t) break;
    if (*t != Type::U32 && *t != Type::S32)
      b.unsupported("type '." + std::string(typeName(*t)) + "' of '" + b.statement.name + "'");
    types.push_back(*t);
  }
  bool noD = op == Op::Set, shift = op == Op::ShiftLeft || op == Op::ShiftRight, mad = op == Op::MultiplyAdd;
  size_t wanted = noD ? 2 : 3;
  if (types.size() < wanted)
    b.fail("'" + b.fullName() + "' needs " + std::to_string(wanted) + " types", "write .d.a.b types");
  size_t at = 0;
  if (!noD) f.signedD = types[at++] == Type::S32;
  f.signedA = types[at++] == Type::S32, f.signedB = types[at] == Type::S32;
  f.saturate = b.flag("sat");
  if (noD) {
    int compare = b.choice({"eq", "ne", "lt", "le", "gt", "ge"});
    if (compare < 0) b.fail("'" + b.statement.name + "' has no comparison", "add .eq or another");
    f.compare = static_cast<Compare>(compare);
  }
  if (shift) {
    int mode = b.choice({"clamp", "wrap"});
    if (mode < 0) b.fail("'" + b.statement.name + "' needs .clamp or .wrap", "add one");
    f.clampShift = mode == 0;
  }
  if (mad) {
    f.plusOne = b.flag("po");
    f.shift = b.flag("shr7") ? 7 : b.flag("shr15") ? 15 : 0;
  }
  if (lanes == 1)
    f.second = mad ? -1 : b.choice({"add", "min", "max"});
  else
    f.accumulate = b.flag("add");
  if (f.accumulate && f.saturate) b.fail("'" + b.fullName() + "' has .sat and .add", "drop one of them");
  b.expectOperands(lanes == 1 && !mad ? 3 : 4, 4);
  ast::Operand d = b.operand(0), a = b.operand(1), second = b.operand(2);
  std::string selD = takeSelector(d), selA = takeSelector(a), selB = takeSelector(second);
  if (lanes == 1) {
    f.selectD = scalarSelector(b, selD), f.selectA = scalarSelector(b, selA), f.selectB = scalarSelector(b, selB);
    if (mad) {
      f.negateProduct = a.negated != second.negated;
      f.negateC = b.operand(3).negated;
      a.negated = second.negated = false;
    }
  } else {
    f.pickB = lanes == 2 ? std::array<uint8_t, 4>{2, 3, 0, 0} : std::array<uint8_t, 4>{4, 5, 6, 7};
    simdSelector(b, selA, lanes, f.pickA);
    simdSelector(b, selB, lanes, f.pickB);
    f.mask = maskOf(b, selD, lanes);
  }
  b.out.d = b.destination(d, Type::U32);
  b.out.a = b.source(a, Type::U32);
  b.out.b = b.source(second, Type::U32);
  if (b.operandCount() == 4) {
    ast::Operand c = b.operand(3);
    if (mad) c.negated = false;
    b.out.c = b.source(c, Type::U32);
  }
  b.out.target = forms().intern(f);
  b.out.handler = &run;
}

template <Op op, int lanes> void decodeOne(Builder &b) { decode(b, op, lanes); }

template <Op op>
void registerAll(OpcodeTable &table, std::string_view one, std::string_view two, std::string_view four) {
  if (!one.empty()) table[one] = decodeOne<op, 1>;
  if (!two.empty()) table[two] = decodeOne<op, 2>, table[four] = decodeOne<op, 4>;
}

} // namespace

void registerVideoOps(OpcodeTable &table) {
  registerAll<Op::Add>(table, "vadd", "vadd2", "vadd4");
  registerAll<Op::Sub>(table, "vsub", "vsub2", "vsub4");
  registerAll<Op::Average>(table, "", "vavrg2", "vavrg4");
  registerAll<Op::AbsoluteDifference>(table, "vabsdiff", "vabsdiff2", "vabsdiff4");
  registerAll<Op::Min>(table, "vmin", "vmin2", "vmin4");
  registerAll<Op::Max>(table, "vmax", "vmax2", "vmax4");
  registerAll<Op::Set>(table, "vset", "vset2", "vset4");
  registerAll<Op::ShiftLeft>(table, "vshl", "", "");
  registerAll<Op::ShiftRight>(table, "vshr", "", "");
  registerAll<Op::MultiplyAdd>(table, "vmad", "", "");
}

} // namespace tw::emu
