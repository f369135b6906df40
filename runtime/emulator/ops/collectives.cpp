// shfl.sync, vote.sync, match.sync, redux.sync, activemask, elect.sync (PTX ISA sections 9.7.9.5 to 9.7.9.7, 9.7.13.5
// on). Handlers read their lanes through Warp::parts: lanes may meet from several places of the program.
#include "machine/execution.hpp"
#include "ops/dispatch.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

/// What a lane outside the collective yields: its value is undefined.
constexpr uint32_t kUndefined = 0xdeadbeefu;

uint64_t laneValue(const CollectivePart &part, Slot slot, uint32_t lane) {
  const uint32_t *base = part.base[slot.constant] + slot.word;
  return slot.kind == Slot::Lane64 ? reinterpret_cast<const uint64_t *>(base)[lane] : base[lane];
}
bool lanePredicate(const CollectivePart &part, Slot slot, uint32_t lane) {
  return part.base[slot.constant][slot.word] >> lane & 1;
}

void setLane(const CollectivePart &part, Slot slot, uint32_t lane, uint32_t value) {
  if (slot) part.base[0][slot.word + lane] = value;
}
void setLanePredicate(const CollectivePart &part, Slot slot, uint32_t lane, bool value) {
  if (!slot) return;
  uint32_t &p = part.base[0][slot.word];
  p = (p & ~(1u << lane)) | static_cast<uint32_t>(value) << lane;
}

/// Calls f(part, lane) for every lane that takes part.
template <class F> void forParts(Warp &w, F f) {
  for (const CollectivePart &part : w.parts) forLanes(part.mask, [&](uint32_t lane) { f(part, lane); });
}

// ---- shfl: option[0] 0 up, 1 down, 2 bfly, 3 idx ----

void shfl(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t values[32];
  for (uint32_t &v : values) v = kUndefined;
  forParts(w, [&](const CollectivePart &part, uint32_t l) {
    values[l] = static_cast<uint32_t>(laneValue(part, part.instruction->a, l));
  });
  forParts(w, [&](const CollectivePart &part, uint32_t lane) {
    uint32_t b = static_cast<uint32_t>(laneValue(part, part.instruction->b, lane)) & 0x1f;
    uint32_t c = static_cast<uint32_t>(laneValue(part, part.instruction->c, lane));
    uint32_t clamp = c & 0x1f, segment = c >> 8 & 0x1f;
    uint32_t maxLane = (lane & segment) | (clamp & ~segment), minLane = lane & segment;
    uint32_t source = 0;
    bool inRange = false;
    switch (in.option[0]) {
    case 0:
      source = lane - b;
      inRange = static_cast<int32_t>(source) >= static_cast<int32_t>(maxLane);
      break;
    case 1:
      source = lane + b;
      inRange = source <= maxLane;
      break;
    case 2:
      source = lane ^ b;
      inRange = source <= maxLane;
      break;
    default: source = minLane | (b & ~segment); inRange = source <= maxLane;
    }
    if (!inRange) source = lane;
    uint32_t value = mask >> source & 1 ? values[source] : kUndefined;
    setLane(part, part.instruction->d, lane, value);
    setLanePredicate(part, part.extra(0), lane, inRange);
  });
}

void decodeShfl(Builder &b) {
  if (!b.flag("sync")) b.unsupported("shfl without .sync", "use shfl.sync");
  int mode = b.choice({"up", "down", "bfly", "idx"});
  if (mode < 0) b.fail("shfl.sync has no mode", "add .up, .down, .bfly or .idx");
  Type t = b.type();
  requireType(b, t, {Type::B32});
  b.expectOperands(5);
  const ast::Operand &d = b.operand(0);
  bool pair = d.kind == ast::Operand::Kind::Pair;
  b.out.d = b.destination(pair ? d.elements[0] : d, t);
  b.extras({pair ? b.predicateDestination(d.elements[1]) : Slot{}});
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, t);
  b.out.c = b.source(3, t);
  b.out.e = b.source(4, t);
  b.out.option[0] = static_cast<uint8_t>(mode);
  b.out.flow = Flow::Collective;
  b.out.handler = &shfl;
}

// ---- vote: option[0] 0 all, 1 any, 2 uni, 3 ballot ----

bool voteOf(const CollectivePart &part, uint32_t lane) {
  return lanePredicate(part, part.instruction->a, lane) != (part.instruction->option[2] != 0);
}

void vote(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t ballot = 0;
  forParts(w, [&](const CollectivePart &part, uint32_t l) { ballot |= static_cast<uint32_t>(voteOf(part, l)) << l; });
  bool result = in.option[0] == 0 ? ballot == mask : in.option[0] == 1 ? ballot != 0 : ballot == 0 || ballot == mask;
  forParts(w, [&](const CollectivePart &part, uint32_t l) {
    if (in.option[0] == 3)
      setLane(part, part.instruction->d, l, ballot);
    else
      setLanePredicate(part, part.instruction->d, l, result);
  });
}

void decodeVote(Builder &b) {
  if (!b.flag("sync")) b.unsupported("vote without .sync", "use vote.sync");
  int mode = b.choice({"all", "any", "uni", "ballot"});
  if (mode < 0) b.fail("vote.sync has no mode", "add .all, .any, .uni or .ballot");
  Type t = b.type();
  requireType(b, t, {mode == 3 ? Type::B32 : Type::Pred});
  b.expectOperands(3);
  b.out.d = mode == 3 ? b.destination(0, t) : b.predicateDestination(b.operand(0));
  bool negated = false;
  b.out.a = b.predicateSource(b.operand(1), negated);
  b.out.e = b.source(2, Type::B32);
  b.out.option[0] = static_cast<uint8_t>(mode);
  b.out.option[2] = negated;
  b.out.flow = Flow::Collective;
  b.out.handler = &vote;
}

// ---- match: option[0] 0 any, 1 all ----

void match(Warp &w, const Instruction &in, uint32_t) {
  uint64_t values[32] = {};
  uint32_t present = 0;
  forParts(w, [&](const CollectivePart &part, uint32_t l) {
    values[l] = laneValue(part, part.instruction->a, l);
    present |= 1u << l;
  });
  forParts(w, [&](const CollectivePart &part, uint32_t l) {
    uint32_t same = 0;
    forLanes(present, [&](uint32_t o) { same |= static_cast<uint32_t>(values[o] == values[l]) << o; });
    bool all = same == present;
    setLane(part, part.instruction->d, l, in.option[0] == 0 || all ? same : 0);
    setLanePredicate(part, part.extra(0), l, all);
  });
}

void decodeMatch(Builder &b) {
  int mode = b.choice({"any", "all"});
  if (mode < 0 || !b.flag("sync")) b.fail("match needs .any.sync or .all.sync", "write match.any.sync");
  Type t = b.type();
  requireType(b, t, {Type::B32, Type::B64});
  b.expectOperands(3);
  const ast::Operand &d = b.operand(0);
  bool pair = d.kind == ast::Operand::Kind::Pair;
  if (pair && mode == 0) b.unsupported("predicate result of match.any");
  b.out.d = b.destination(pair ? d.elements[0] : d, Type::B32);
  b.extras({pair ? b.predicateDestination(d.elements[1]) : Slot{}});
  b.out.a = b.source(1, t);
  b.out.e = b.source(2, Type::B32);
  b.out.option[0] = static_cast<uint8_t>(mode);
  b.out.flow = Flow::Collective;
  b.out.handler = &match;
}

// ---- redux: option[0] add, min, max, and, or, xor; option[1] signed ----

void redux(Warp &w, const Instruction &in, uint32_t) {
  bool first = true;
  uint32_t sum = 0;
  forParts(w, [&](const CollectivePart &part, uint32_t l) {
    uint32_t v = static_cast<uint32_t>(laneValue(part, part.instruction->a, l));
    if (first) {
      sum = v, first = false;
      return;
    }
    bool less = in.option[1] ? static_cast<int32_t>(v) < static_cast<int32_t>(sum) : v < sum;
    switch (in.option[0]) {
    case 0: sum += v; break;
    case 1: sum = less ? v : sum; break;
    case 2: sum = less ? sum : v; break;
    case 3: sum &= v; break;
    case 4: sum |= v; break;
    default: sum ^= v;
    }
  });
  forParts(w, [&](const CollectivePart &part, uint32_t l) { setLane(part, part.instruction->d, l, sum); });
}

void decodeRedux(Builder &b) {
  if (!b.flag("sync")) b.fail("redux needs .sync", "write redux.sync");
  int op = b.choice({"add", "min", "max", "and", "or", "xor"});
  if (op < 0) b.fail("redux.sync has no operation", "add .add or another");
  Type t = b.type();
  if (t == Type::F32 || b.flag("abs") || b.flag("NaN"))
    b.unsupported("redux.sync of floats", "it needs sm_100a; reduce with shfl.sync");
  if (op >= 3)
    requireType(b, t, {Type::B32});
  else
    requireType(b, t, {Type::U32, Type::S32});
  b.expectOperands(3);
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.e = b.source(2, Type::B32);
  b.out.option[0] = static_cast<uint8_t>(op);
  b.out.option[1] = t == Type::S32;
  b.out.flow = Flow::Collective;
  b.out.handler = &redux;
}

// ---- activemask, elect ----

void activemask(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) { w.words(in.d)[l] = mask; });
}

void decodeActivemask(Builder &b) {
  Type t = b.type();
  requireType(b, t, {Type::B32});
  b.expectOperands(1);
  b.out.d = b.destination(0, t);
  b.out.handler = &activemask;
}

void elect(Warp &w, const Instruction &, uint32_t mask) {
  // The ISA promises one leader, the same for the same mask, but not which: with a seed another lane is chosen.
  uint32_t leader = static_cast<uint32_t>(std::countr_zero(mask));
  if (uint64_t seed = w.execution->config.seed) {
    uint32_t skip =
        static_cast<uint32_t>((seed * 0x9e3779b97f4a7c15ull ^ mask) >> 7) % static_cast<uint32_t>(std::popcount(mask));
    uint32_t m = mask;
    while (skip--) m &= m - 1;
    leader = static_cast<uint32_t>(std::countr_zero(m));
  }
  forParts(w, [&](const CollectivePart &part, uint32_t l) {
    setLane(part, part.instruction->d, l, leader);
    setLanePredicate(part, part.extra(0), l, l == leader);
  });
}

void decodeElect(Builder &b) {
  if (!b.flag("sync")) b.fail("elect needs .sync", "write elect.sync");
  if (b.targetNumber() < 90) b.unsupported("elect.sync below sm_90");
  b.expectOperands(2);
  const ast::Operand &d = b.operand(0);
  if (d.kind != ast::Operand::Kind::Pair) b.fail("elect.sync needs d|p", "write elect.sync _|p, mask");
  b.out.d = b.destination(d.elements[0], Type::B32);
  b.extras({b.predicateDestination(d.elements[1])});
  b.out.e = b.source(1, Type::B32);
  b.out.flow = Flow::Collective;
  b.out.handler = &elect;
}

} // namespace

void registerCollectiveOps(OpcodeTable &table) {
  table["shfl"] = decodeShfl;
  table["vote"] = decodeVote;
  table["match"] = decodeMatch;
  table["redux"] = decodeRedux;
  table["activemask"] = decodeActivemask;
  table["elect"] = decodeElect;
}

} // namespace tw::emu
