// bar, barrier, membar, fence (PTX ISA sections 9.7.13.1 to 9.7.13.4).
#include "machine/barrier.hpp"
#include "machine/execution.hpp"
#include "ops/dispatch.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

// A bar.red completes: option[2] 0 and, 1 or, 2 popc. The barrier still holds the sums.
void writeReduction(Warp &w, const Instruction &in, uint32_t mask) {
  CollectivePart &part = w.parts[0];
  uint32_t id =
      static_cast<uint32_t>(part.base[in.a.constant][in.a.word + static_cast<uint32_t>(std::countr_zero(mask))]);
  const Barrier &barrier = w.cta->barriers[id];
  if (in.option[0] == static_cast<uint8_t>(BarrierAction::ReducePopc)) {
    uint32_t *d = part.base[0] + in.d.word;
    forLanes(mask, [&](uint32_t l) { d[l] = barrier.population; });
    return;
  }
  bool all = in.option[0] == static_cast<uint8_t>(BarrierAction::ReduceAnd);
  bool value = all ? barrier.population == barrier.threads : barrier.population != 0;
  uint32_t &p = part.base[0][in.d.word];
  p = (p & ~mask) | (value ? mask : 0);
}

void decodeBarrier(Builder &b) {
  bool isBar = b.statement.name == "bar";
  if (!isBar && decodeClusterBarrier(b)) return;
  if (b.flag("warp")) {
    if (!b.flag("sync")) b.fail("bar.warp needs .sync", "write bar.warp.sync");
    b.expectOperands(1);
    b.out.e = b.source(0, Type::B32);
    b.out.flow = Flow::Collective;
    b.out.handler = [](Warp &w, const Instruction &, uint32_t mask) {
      if (w.execution->races) w.execution->races->warp_sync({w.globalIndex}, mask);
    };
    return;
  }
  b.accept({"cta"});
  bool aligned = b.flag("aligned");
  b.out.option[1] = isBar || aligned;
  b.out.flow = Flow::Barrier;
  int what = b.choice({"sync", "arrive", "red"});
  if (what < 0) b.unsupported("this form of '" + b.statement.name + "'");
  if (what < 2) {
    b.out.option[0] = static_cast<uint8_t>(what == 0 ? BarrierAction::Sync : BarrierAction::Arrive);
    b.expectOperands(what == 0 ? 1 : 2, 2);
    b.out.a = b.source(0, Type::B32);
    if (b.operandCount() == 2) b.out.b = b.source(1, Type::B32);
    return;
  }
  int op = b.choice({"and", "or", "popc"});
  if (op < 0) b.fail("bar.red has no operation", "add .popc, .and or .or");
  Type t = b.type();
  bool popc = op == 2;
  if (t != (popc ? Type::U32 : Type::Pred)) b.unsupported("type '." + std::string(typeName(t)) + "' of bar.red");
  b.out.option[0] = static_cast<uint8_t>(op == 0   ? BarrierAction::ReduceAnd
                                         : op == 1 ? BarrierAction::ReduceOr
                                                   : BarrierAction::ReducePopc);
  b.expectOperands(3, 4);
  b.out.d = popc ? b.destination(0, Type::U32) : b.predicateDestination(b.operand(0));
  b.out.a = b.source(1, Type::B32);
  if (b.operandCount() == 4) b.out.b = b.source(2, Type::B32);
  bool negated = false;
  b.out.c = b.predicateSource(b.operand(b.operandCount() - 1), negated);
  b.out.option[2] = negated;
  b.out.handler = &writeReduction;
}

// option[0]: 0 sc, 1 acq_rel, 2 acquire, 3 release.
void fence(Warp &w, const Instruction &in, uint32_t mask) {
  if (!w.execution->races) return;
  static constexpr emulator::Scope kScopes[] = {emulator::Scope::gpu, emulator::Scope::cta, emulator::Scope::cluster,
                                                emulator::Scope::gpu, emulator::Scope::sys};
  static constexpr emulator::Order kOrders[] = {emulator::Order::sc, emulator::Order::acq_rel, emulator::Order::acquire,
                                                emulator::Order::release};
  w.execution->races->fence({w.globalIndex}, mask, kScopes[static_cast<int>(in.memory.scope)], kOrders[in.option[0]]);
}

void decodeMembar(Builder &b) {
  static constexpr Scope kScopes[] = {Scope::Cta, Scope::Gpu, Scope::System};
  int level = b.choice({"cta", "gl", "sys"});
  if (level < 0) b.unsupported("this form of membar");
  b.out.memory.scope = kScopes[level];
  b.expectOperands(0);
  b.out.handler = &fence;
}

void decodeFence(Builder &b) {
  if (decodeProxyFence(b)) return;
  int order = b.choice({"sc", "acq_rel", "acquire", "release"});
  b.out.option[0] = static_cast<uint8_t>(order < 0 ? 1 : order); // acq_rel is the default
  static constexpr Scope kScopes[] = {Scope::Cta, Scope::Cluster, Scope::Gpu, Scope::System};
  int scope = b.choice({"cta", "cluster", "gpu", "sys"});
  if (scope < 0) b.unsupported("this form of fence");
  b.out.memory.scope = kScopes[scope];
  b.expectOperands(0);
  b.out.handler = &fence;
}

} // namespace

void registerBarrierOps(OpcodeTable &table) {
  table["bar"] = table["barrier"] = decodeBarrier;
  table["membar"] = decodeMembar;
  table["fence"] = decodeFence;
}

} // namespace tw::emu
