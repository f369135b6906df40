// mapa, getctarank, barrier.cluster, st.async, red.async (PTX ISA sections 9.7.9.22, 9.7.9.23, 9.7.13.4, 9.7.9.12).
#include "machine/cluster.hpp"

#include <cstring>

#include <fmt/format.h>

#include "ops/bulk.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

// option[0]: .shared::cluster form; a: address, b: rank.
void mapa(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    uint64_t at = w.value(in.a, l);
    uint32_t rank = static_cast<uint32_t>(w.value(in.b, l)),
             members = static_cast<uint32_t>(w.cta->cluster->members.size());
    if (rank >= members)
      w.execution->report(FindingKind::Misuse, "mapa.rank", in, w, l,
                          fmt::format("mapa names CTA {} of a cluster of {}", rank, members),
                          "use a rank below %cluster_nctarank", "9.7.9.22");
    uint64_t window = in.option[0] ? 0 : at & ~(address::kWindow - 1);
    w.setValue(in.d, l, window | clusterAddress(at, std::min(rank, members - 1)));
  });
}

void getctarank(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    uint64_t rank = (w.value(in.a, l) & (address::kWindow - 1)) >> kRankShift;
    w.setValue(in.d, l, rank == 0 ? w.cta->clusterRank : rank - 1);
  });
}

void decodeMapa(Builder &b) {
  if (b.targetNumber() < 90) b.unsupported("mapa before sm_90");
  b.out.option[0] = b.flag("shared::cluster");
  Type t = b.type();
  requireType(b, t, {Type::U32, Type::U64});
  b.expectOperands(3);
  b.out.d = b.destination(0, t);
  b.out.a = b.source(1, t);
  b.out.b = b.source(2, Type::U32);
  b.out.handler = &mapa;
}

void decodeGetCtaRank(Builder &b) {
  if (b.targetNumber() < 90) b.unsupported("getctarank before sm_90");
  b.flag("shared::cluster");
  Type t = b.type();
  requireType(b, t, {Type::U32, Type::U64});
  b.expectOperands(2);
  b.out.d = b.destination(0, Type::U32);
  b.out.a = b.source(1, t);
  b.out.handler = &getctarank;
}

using StoreUpdate = uint64_t (*)(uint64_t old, uint64_t value);

template <class T, class F> uint64_t narrowed(uint64_t old, uint64_t value, F f) {
  return static_cast<std::make_unsigned_t<T>>(f(static_cast<T>(old), static_cast<T>(value)));
}

template <class T> StoreUpdate updateOf(int op) {
  using U = std::make_unsigned_t<T>;
  static constexpr StoreUpdate kUpdates[] = {
      [](uint64_t old, uint64_t v) {
        return narrowed<T>(old, v, [](T a, T b) { return static_cast<T>(U(a) + U(b)); });
      },
      [](uint64_t old, uint64_t v) {
        return narrowed<T>(old, v, [](T a, T b) { return static_cast<T>(U(a) >= U(b) ? 0 : U(a) + 1); });
      },
      [](uint64_t old, uint64_t v) {
        return narrowed<T>(old, v, [](T a, T b) { return static_cast<T>(a == 0 || U(a) > U(b) ? U(b) : U(a) - 1); });
      },
      [](uint64_t old, uint64_t v) { return narrowed<T>(old, v, [](T a, T b) { return std::min(a, b); }); },
      [](uint64_t old, uint64_t v) { return narrowed<T>(old, v, [](T a, T b) { return std::max(a, b); }); },
      [](uint64_t old, uint64_t v) { return old & v; },
      [](uint64_t old, uint64_t v) { return old | v; },
      [](uint64_t old, uint64_t v) { return old ^ v; }};
  return kUpdates[op];
}

// st.async and red.async. option[0]: reduction + 1, option[1]: its type. extras: base, offset of the destination, base,
// offset of the barrier, then values. Generic proxy: the accesses are the issuing thread's own (PTX ISA 9.7.9.12).
void storeAsync(Warp &w, const Instruction &in, uint32_t mask) {
  const Slot *s = w.currentFrame().function->slots.data() + in.extra;
  uint32_t each = in.memory.bytes, count = in.extraCount - 4;
  forLanes(mask, [&](uint32_t l) {
    auto to = sharedBytes(w, in, l, w.value(s[0], l) + w.value(s[1], l), each * count, each * count, true);
    if (!to) return;
    auto barrier = bulkBarrier(w, in, l, w.value(s[2], l) + w.value(s[3], l), to->cta);
    if (!barrier) return;
    if (w.execution->races) {
      uint64_t at[32] = {};
      at[l] = to->offset;
      w.execution->races->access(
          {{w.globalIndex}, {in.place}, emulator::Space::shared, {to->cta->index}, 1u << l, each * count, at});
      // Its completion is a release at cluster scope whatever the scope of the wait.
      w.execution->races->release_to(barrier->object->openLocal, {w.globalIndex}, 1u << l);
    }
    static constexpr StoreUpdate kPlain = [](uint64_t, uint64_t v) { return v; };
    Type t = static_cast<Type>(in.option[1]);
    int op = in.option[0] - 1;
    StoreUpdate update = op < 0                             ? kPlain
                         : t == Type::U32 || t == Type::B32 ? updateOf<uint32_t>(op)
                         : t == Type::S32                   ? updateOf<int32_t>(op)
                         : t == Type::S64                   ? updateOf<int64_t>(op)
                                                            : updateOf<uint64_t>(op);
    for (uint32_t i = 0; i < count; ++i) {
      uint64_t old = 0;
      std::memcpy(&old, to->host + i * each, each);
      uint64_t value = update(old, w.value(s[4 + i], l));
      std::memcpy(to->host + i * each, &value, each);
    }
    AsyncCopy done;
    done.instruction = &in, done.issuer = &w, done.lane = l;
    done.barrierCta = barrier->cta, done.barrierOffset = barrier->offset;
    done.barrierGeneration = barrier->object->generation;
    done.txBytes = each * count;
    w.execution->async->issue(std::move(done));
  });
}

} // namespace

void decodeStoreAsync(Builder &b) {
  if (b.targetNumber() < 90) b.unsupported("'" + b.statement.name + ".async' before sm_90");
  bool reduces = b.statement.name == "red";
  b.accept({"relaxed", "weak", "cluster"});
  b.accept({"shared::cluster"});
  if (!b.flag("mbarrier::complete_tx::bytes"))
    b.unsupported("'" + b.statement.name + ".async' without .mbarrier::complete_tx::bytes");
  int op = reduces ? b.choice({"add", "inc", "dec", "min", "max", "and", "or", "xor"}) : -1;
  if (reduces && op < 0) b.fail("'" + b.fullName() + "' has no operation", "add .add or another");
  int vector = reduces ? 1 : b.flag("v4") ? 4 : b.flag("v2") ? 2 : 1;
  Type t = b.type();
  if (bitsOf(t) != 32 && bitsOf(t) != 64) b.unsupported("type '." + std::string(typeName(t)) + "'");
  b.expectOperands(3);
  std::vector<Slot> slots;
  auto address = [&](size_t i) {
    Slot base;
    b.address(b.operand(i), Space::Shared, base);
    slots.push_back(base);
    slots.push_back(b.constant(static_cast<uint64_t>(b.out.immediate), true));
  };
  address(0);
  address(2);
  auto list = Builder::elements(b.operand(1));
  if (static_cast<int>(list.size()) != vector)
    b.fail("'" + b.fullName() + "' needs " + std::to_string(vector) + " values", "match the vector");
  for (const ast::Operand *o : list) slots.push_back(b.source(*o, t));
  b.extras(slots);
  b.out.option[0] = static_cast<uint8_t>(op + 1);
  b.out.option[1] = static_cast<uint8_t>(t);
  b.out.memory = {Space::Shared,
                  reduces ? Order::Relaxed : Order::Weak,
                  reduces ? Scope::Cluster : Scope::None,
                  static_cast<uint8_t>(bytesOf(t)),
                  1,
                  false};
  b.out.handler = &storeAsync;
}

bool decodeClusterBarrier(Builder &b) {
  if (!b.flag("cluster")) return false;
  if (b.targetNumber() < 90) b.unsupported("barrier.cluster before sm_90");
  int what = b.choice({"arrive", "wait"});
  if (what < 0) b.unsupported("this form of barrier.cluster");
  b.accept({"aligned"});
  b.expectOperands(0);
  if (what == 0) {
    b.out.option[0] = !b.flag("relaxed");
    b.flag("release");
    b.out.handler = [](Warp &w, const Instruction &in, uint32_t mask) { arriveAtCluster(w, in, mask, in.option[0]); };
    return true;
  }
  b.flag("acquire");
  b.out.flow = Flow::Blocking;
  b.out.handler = [](Warp &w, const Instruction &in, uint32_t mask) { waitForCluster(w, in, mask); };
  return true;
}

void registerClusterOps(OpcodeTable &table) {
  table["mapa"] = decodeMapa;
  table["getctarank"] = decodeGetCtaRank;
}

} // namespace tw::emu
