// mapa, getctarank, barrier.cluster, st.async, red.async (PTX ISA sections 9.7.9.22, 9.7.9.23, 9.7.13.4, 9.7.9.12).
#include "machine/cluster.hpp"

#include <cstring>
#include <tuple>

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

// st.async and red.async. immediate: the Combine of red.async, or 0. extras: base, offset of the destination, base,
// offset of the barrier, then values. The completion releases these bytes alone (PTX ISA 9.7.9.12).
void storeAsync(Warp &w, const Instruction &in, uint32_t mask) {
  const Slot *s = w.currentFrame().function->slots.data() + in.extra;
  uint32_t each = in.memory.bytes, bytes = each * (in.extraCount - 4);
  forLanes(mask, [&](uint32_t l) {
    auto to = sharedBytes(w, in, l, w.value(s[0], l) + w.value(s[1], l), bytes, bytes, true);
    if (!to) return;
    auto barrier = bulkBarrier(w, in, l, w.value(s[2], l) + w.value(s[3], l), to->cta);
    if (!barrier) return;
    AsyncCopy copy;
    copy.segments.push_back({to->host, nullptr, bytes, 0, 1});
    copy.combine = reinterpret_cast<Combine>(in.immediate);
    copy.staged = true; // values are read at issue
    copy.bytes.resize(bytes);
    for (uint32_t at = 0; at < bytes; at += each) {
      uint64_t value = w.value(s[4 + at / each], l);
      std::memcpy(copy.bytes.data() + at, &value, each);
    }
    copy.targetCta = to->cta;
    copy.generic = true;
    emulator::ByteRange target{to->offset, bytes};
    startOnBarrier(w, in, l, std::move(copy), *barrier, bytes, {},
                   {emulator::Space::shared, to->cta->index, {&target, 1}});
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
  Combine combine = nullptr;
  int vector = 1;
  Type t;
  if (reduces) {
    std::tie(combine, t) = takeReduction(b, false);
  } else {
    vector = b.flag("v4") ? 4 : b.flag("v2") ? 2 : 1;
    t = b.type();
  }
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
  b.out.immediate = reinterpret_cast<int64_t>(combine);
  b.out.memory = {Space::Shared,
                  reduces ? Order::Relaxed : Order::Weak,
                  reduces ? Scope::Cluster : Scope::None,
                  static_cast<uint8_t>(bytesOf(t)),
                  1,
                  false};
  b.out.flow = Flow::Heavy;
  b.out.handler = &storeAsync;
}

bool decodeClusterBarrier(Builder &b) {
  if (!b.flag("cluster")) return false;
  if (b.targetNumber() < 90) b.unsupported("barrier.cluster before sm_90");
  int what = b.choice({"arrive", "wait"});
  if (what < 0) b.unsupported("this form of barrier.cluster");
  b.out.option[1] = b.flag("aligned");
  b.expectOperands(0);
  if (what == 0) {
    b.out.option[0] = !b.flag("relaxed");
    b.flag("release");
    b.out.handler = [](Warp &w, const Instruction &in, uint32_t mask) {
      arriveAtCluster(w, in, mask, in.option[0], in.option[1]);
    };
    return true;
  }
  b.flag("acquire");
  b.out.flow = Flow::Blocking;
  b.out.handler = [](Warp &w, const Instruction &in, uint32_t mask) { waitForCluster(w, in, mask, in.option[1]); };
  return true;
}

void registerClusterOps(OpcodeTable &table) {
  table["mapa"] = decodeMapa;
  table["getctarank"] = decodeGetCtaRank;
}

} // namespace tw::emu
