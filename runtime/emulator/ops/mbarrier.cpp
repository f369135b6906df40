// mbarrier instructions (PTX ISA section 9.7.13.15).
#include "machine/mbarrier.hpp"

#include <bit>

#include <fmt/format.h>

#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

constexpr const char *kSection = "9.7.13.15";

void misuse(Warp &w, const Instruction &in, uint32_t lane, std::string rule, std::string message, std::string fix) {
  w.execution->report(FindingKind::Misuse, "mbarrier." + rule, in, w, lane, std::move(message), std::move(fix),
                      kSection);
}

std::string nameOf(Warp &w, const Cta &cta, uint64_t offset) {
  std::string name = fmt::format("mbarrier at byte {} of shared memory{}", offset - address::kSharedBegin,
                                 w.execution->sharedVariableAt(offset));
  if (&cta != w.cta) name += fmt::format(" of cluster rank {}", cta.clusterRank);
  return name;
}

struct Target {
  Cta *cta = nullptr;
  uint64_t offset = 0;
  MBarrier *object = nullptr;
};

// option[0]: the space is shared::cluster.
Target locate(Warp &w, const Instruction &in, uint32_t lane, bool live = true) {
  uint64_t at = w.value(in.a, lane) + static_cast<uint64_t>(in.immediate);
  Target target;
  if (in.memory.space == Space::Generic) {
    if (at >> 32 != address::kShared >> 32) {
      w.execution->report(FindingKind::Bounds, "bounds.unmapped", in, w, lane,
                          fmt::format("the mbarrier address 0x{:x} is not in shared memory", at),
                          "pass the address of a shared variable", kSection);
      return {};
    }
  }
  at &= 0xffffffffu;
  target.cta = ownerOfShared(*w.cta, at, target.offset);
  bool remote = target.cta != w.cta;
  if (!target.cta || target.offset < address::kSharedBegin || target.offset + 8 > target.cta->sharedRegion.bytes) {
    w.execution->report(FindingKind::Bounds, "bounds.unmapped", in, w, lane,
                        fmt::format("no shared memory at the mbarrier address 0x{:x}", at),
                        "pass the address of a shared variable", kSection);
    return {};
  }
  if (target.offset % 8 != 0) {
    w.execution->report(FindingKind::Bounds, "bounds.alignment", in, w, lane,
                        fmt::format("the mbarrier address 0x{:x} is not a multiple of 8", at), "align it to 8 bytes",
                        kSection);
    return {};
  }
  if (remote && !in.option[0]) {
    misuse(w, in, lane, "remote", fmt::format("{} lies in another CTA", nameOf(w, *target.cta, target.offset)),
           "use the .shared::cluster form of arrive, expect_tx or complete_tx; all others are local");
    return {};
  }
  if (target.cta->ended) {
    misuse(w, in, lane, "ended", fmt::format("the CTA of {} has exited", nameOf(w, *target.cta, target.offset)),
           "end with barrier.cluster.arrive and barrier.cluster.wait in all CTAs");
    return {};
  }
  target.object = target.cta->mbarriers.find(target.offset);
  if (live && !target.object) {
    misuse(w, in, lane, "uninitialised", nameOf(w, *target.cta, target.offset) + " is not initialised",
           "execute mbarrier.init first, and a barrier before other threads use it");
    return {};
  }
  return target;
}

/// Tells the race checker that the lanes touch the object: init as a write, the rest as strong accesses.
void touch(Warp &w, const Instruction &in, uint32_t lanes, const Target &target) {
  if (!w.execution->races) return;
  w.execution->charge(8 * static_cast<uint64_t>(std::popcount(lanes)));
  uint64_t at[32];
  for (uint64_t &a : at) a = target.offset;
  w.execution->races->access({{w.globalIndex}, {in.place}, emulator::Space::shared, {target.cta->index}, lanes, 8, at});
}

/// Calls f(target, lanes) for the lanes of each object.
template <class F> void forEachTarget(Warp &w, const Instruction &in, uint32_t mask, F f) {
  while (mask) {
    uint32_t first = static_cast<uint32_t>(std::countr_zero(mask)), same = 0;
    uint64_t address = w.value(in.a, first);
    forLanes(mask, [&](uint32_t l) {
      if (w.value(in.a, l) == address) same |= 1u << l;
    });
    mask &= ~same;
    Target target = locate(w, in, first);
    if (!target.object) continue;
    // One lane may invalidate for its warp, elected by instructions that order nothing: cuda::pipeline does.
    if (in.memory.order != Order::Weak) touch(w, in, same, target);
    f(target, same);
  }
}

void initialise(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    Target target = locate(w, in, l, false);
    if (!target.cta) return;
    auto [at, old] = target.cta->mbarriers.overlapping(target.offset, 8);
    if (old) {
      misuse(w, in, l, "reinitialised",
             fmt::format("{} is live since the init at line {}", nameOf(w, *target.cta, at), old->initLine),
             "execute mbarrier.inval before a new init");
      return;
    }
    auto count = static_cast<uint32_t>(w.value(in.b, l));
    if (count == 0 || count > kMBarrierMax) {
      misuse(w, in, l, "init_count", fmt::format("the expected count is {}, outside 1 to {}", count, kMBarrierMax),
             "count the threads that arrive in each phase");
      return;
    }
    touch(w, in, 1u << l, target);
    MBarrier &object = target.cta->mbarriers.make(target.offset);
    object.expected = object.pending = count;
    object.initLine = in.line;
    if (emulator::RaceChecker *races = w.execution->races ? &*w.execution->races : nullptr) {
      object.actor = races->new_async_actor();
      object.init = races->init_moment({w.globalIndex}, 1u << l);
    }
    target.cta->sharedShadow.mark(target.offset, 8);
  });
}

void invalidate(Warp &w, const Instruction &in, uint32_t mask) {
  forEachTarget(w, in, mask, [&](const Target &target, uint32_t lanes) {
    if (!target.object->waiters.empty())
      misuse(w, in, static_cast<uint32_t>(std::countr_zero(lanes)), "inval_in_use",
             nameOf(w, *target.cta, target.offset) + " is invalidated while threads wait at it",
             "let every wait return first");
    // By order, not by what has happened to land: whoever invalidates must know of every copy that it is complete.
    const MBarrier &object = *target.object;
    if (w.execution->races &&
        (object.inFlight || !w.execution->races->warp_knows_async(object.actor, object.lastLanded, {w.globalIndex})))
      misuse(w, in, static_cast<uint32_t>(std::countr_zero(lanes)), "gone",
             fmt::format("{} is invalidated, and nothing orders that after the completion of the copy at line {}",
                         nameOf(w, *target.cta, target.offset), object.lastCopyLine),
             "wait for the phase of the copy before mbarrier.inval");
    target.cta->mbarriers.erase(target.offset);
    target.cta->sharedShadow.forget(target.offset, 8);
  });
}

/// Publishes what the lanes did in the open phase.
void release(Warp &w, const Instruction &in, uint32_t lanes, const Target &target) {
  if (!w.execution->races || in.memory.order == Order::Relaxed) return;
  emulator::RaceChecker &races = *w.execution->races;
  if (target.cta == w.cta) {
    races.release_to(target.object->openLocal, {w.globalIndex}, lanes);
    return;
  }
  // The default scope of a remote arrive does not reach the waiter's CTA; what is known of async operations, whose
  // completion needs no scope, does.
  races.release_async_to(target.object->openLocal, {w.globalIndex}, lanes);
  if (in.memory.scope != Scope::Cta) races.release_to(target.object->openRemote, {w.globalIndex}, lanes);
}

void expectBytes(Warp &w, const Instruction &in, uint32_t lane, const Target &target, int64_t bytes) {
  if (auto fault = target.object->addTx(bytes))
    misuse(w, in, lane, "tx_count", nameOf(w, *target.cta, target.offset) + ": " + *fault,
           "expect at most 1048575 bytes in one phase");
}

// mbarrier.expect_tx and complete_tx; b: bytes, option[1]: complete.
void transaction(Warp &w, const Instruction &in, uint32_t mask) {
  forEachTarget(w, in, mask, [&](const Target &target, uint32_t lanes) {
    forLanes(lanes, [&](uint32_t l) {
      int64_t bytes = static_cast<uint32_t>(w.value(in.b, l));
      expectBytes(w, in, l, target, in.option[1] ? -bytes : bytes);
      finishPhase(*w.execution, *target.object);
    });
  });
}

// d: state; b: count or bytes. option[1]: expect_tx, option[2]: drop, option[3]: noComplete.
void arrive(Warp &w, const Instruction &in, uint32_t mask) {
  forEachTarget(w, in, mask, [&](const Target &target, uint32_t lanes) {
    MBarrier &object = *target.object;
    uint64_t released = ~uint64_t{0};
    uint32_t todo = lanes;
    forLanes(lanes, [&](uint32_t l) {
      uint32_t operand = in.b ? static_cast<uint32_t>(w.value(in.b, l)) : 1;
      uint32_t count = in.option[1] ? 1 : operand;
      if (in.d) w.setValue(in.d, l, mbarrierState(object.phase, object.pending));
      if (!object.observed && object.phase != 0) {
        misuse(w, in, l, "unobserved",
               fmt::format("an arrive of phase {} of {}, but no thread has seen phase {} complete", object.phase,
                           nameOf(w, *target.cta, target.offset), object.phase - 1),
               "wait for each phase before arriving for the next");
        object.observed = true;
      }
      if (released != object.phase) {
        release(w, in, todo, target);
        released = object.phase;
      }
      todo &= ~(1u << l);
      if (in.option[1]) expectBytes(w, in, l, target, operand);
      if (in.option[3] && count >= object.pending) {
        misuse(
            w, in, l, "no_complete",
            fmt::format("an arrive with .noComplete completes the phase of {}", nameOf(w, *target.cta, target.offset)),
            "leave at least one arrival to an arrive without .noComplete");
        return;
      }
      if (auto fault = object.arrive(count)) {
        misuse(w, in, l, "count", nameOf(w, *target.cta, target.offset) + ": " + *fault,
               "make the init count the sum of the arrivals of one phase");
        return;
      }
      if (in.option[2]) object.expected -= std::min(object.expected, count);
      finishPhase(*w.execution, object);
    });
  });
}

void acquire(Warp &w, const Instruction &in, uint32_t lanes, MBarrier &object) {
  object.observed = true;
  if (!w.execution->races || in.memory.order == Order::Relaxed) return;
  w.execution->races->acquire_from(object.doneLocal, {w.globalIndex}, lanes);
  if (in.memory.scope != Scope::Cta) w.execution->races->acquire_from(object.doneRemote, {w.globalIndex}, lanes);
}

// d: predicate; b: parity or state. option[1]: parity, option[2]: try_wait.
void wait(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t yes = 0;
  std::string why;
  std::vector<MBarrier *> blocking;
  bool spurious = in.option[2] && w.execution->config.seed != 0 && w.execution->random() % 4 == 0;
  uint32_t todo = mask;
  while (todo && !spurious) {
    uint32_t first = static_cast<uint32_t>(std::countr_zero(todo)), same = 0;
    uint64_t address = w.value(in.a, first), operand = w.value(in.b, first);
    forLanes(todo, [&](uint32_t l) {
      if (w.value(in.a, l) == address && w.value(in.b, l) == operand) same |= 1u << l;
    });
    todo &= ~same;
    Target target = locate(w, in, first);
    if (!target.object) throw LaunchAbort{};
    touch(w, in, same, target);
    MBarrier &object = *target.object;
    bool done = false;
    if (in.option[1]) {
      done = object.parityDone(static_cast<uint32_t>(operand));
    } else {
      uint64_t phase = phaseOfState(operand);
      done = object.phase > phase;
      if (phase > object.phase || object.phase > phase + 1)
        misuse(w, in, first, "stale_state",
               fmt::format("the state is of phase {} but {} is in phase {}", phase,
                           nameOf(w, *target.cta, target.offset), object.phase),
               "test the state of the current or the preceding phase");
    }
    if (done) {
      yes |= same;
      acquire(w, in, same, object);
      continue;
    }
    why = fmt::format("waits for {} {} of {} ({})", in.option[1] ? "parity" : "state of phase",
                      in.option[1] ? operand & 1 : phaseOfState(operand), nameOf(w, *target.cta, target.offset),
                      object.text());
    blocking.push_back(&object);
  }
  if (!blocking.empty() && !w.execution->async->takeTimeout(w)) {
    for (MBarrier *object : blocking)
      if (std::find(object->waiters.begin(), object->waiters.end(), &w) == object->waiters.end())
        object->waiters.push_back(&w);
    return w.sleep(why);
  }
  if (in.d) {
    uint32_t &p = w.predicate(in.d);
    p = (p & ~mask) | yes;
  }
}

void pendingCount(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) { w.setValue(in.d, l, pendingOfState(w.value(in.a, l))); });
}

void takeSemantics(Builder &b, Order fallback, bool waits) {
  b.out.memory.order = b.flag("relaxed")                       ? Order::Relaxed
                       : b.flag(waits ? "acquire" : "release") ? (waits ? Order::Acquire : Order::Release)
                                                               : fallback;
  int scope = b.choice({"cta", "cluster"});
  b.out.memory.scope = scope == 1 ? Scope::Cluster : Scope::Cta;
}

void decode(Builder &b) {
  if (b.targetNumber() < 80) b.unsupported("mbarrier before sm_80");
  Instruction &out = b.out;
  int what = b.choice(
      {"init", "inval", "arrive", "arrive_drop", "test_wait", "try_wait", "pending_count", "expect_tx", "complete_tx"});
  if (what == 6) {
    b.flag("b64");
    b.expectOperands(2);
    out.d = b.destination(0, Type::B32);
    out.a = b.source(1, Type::B64);
    out.handler = &pendingCount;
    return;
  }
  if (what < 0) b.unsupported("this form of mbarrier");
  bool cluster = b.flag("shared::cluster");
  bool shared = cluster || b.flag("shared") || b.flag("shared::cta");
  out.memory.space = shared ? Space::Shared : Space::Generic;
  out.option[0] = cluster || !shared;
  out.memory.bytes = 8;
  bool arrives = what == 2 || what == 3;
  if (cluster && !arrives && what < 7) b.unsupported("this form of mbarrier on shared::cluster");
  bool expects = arrives && b.flag("expect_tx");
  bool noComplete = arrives && b.flag("noComplete");
  if ((expects || cluster || what >= 7 || what == 5) && b.targetNumber() < 90)
    b.unsupported("this form of mbarrier before sm_90");
  if (what == 4 || what == 5)
    takeSemantics(b, Order::Acquire, true);
  else if (arrives)
    takeSemantics(b, Order::Release, false);
  else
    takeSemantics(b, Order::Relaxed, false);
  bool parity = (what == 4 || what == 5) && b.flag("parity");
  if (!b.flag("b64")) b.fail("'" + b.fullName() + "' has no type", "add .b64");
  Space space = out.memory.space;
  switch (what) {
  case 0:
    b.expectOperands(2);
    b.address(b.operand(0), space, out.a);
    out.b = b.source(1, Type::U32);
    out.memory.order = Order::Weak;
    out.handler = &initialise;
    return;
  case 1:
    b.expectOperands(1);
    b.address(b.operand(0), space, out.a);
    out.memory.order = Order::Weak;
    out.handler = &invalidate;
    return;
  case 7:
  case 8:
    b.expectOperands(2);
    b.address(b.operand(0), space, out.a);
    out.b = b.source(1, Type::U32);
    out.option[1] = what == 8;
    out.handler = &transaction;
    return;
  case 4:
  case 5:
    b.expectOperands(3, what == 5 ? 4 : 3);
    out.d = b.predicateDestination(b.operand(0));
    b.address(b.operand(1), space, out.a);
    out.b = parity ? b.source(2, Type::U32) : b.source(2, Type::B64);
    out.option[1] = parity;
    out.option[2] = what == 5;
    out.flow = Flow::Blocking;
    out.handler = &wait;
    return;
  default: break;
  }
  // Old forms leave the result out.
  bool hasResult = b.operand(0).kind != ast::Operand::Kind::Address;
  size_t at = hasResult ? 1 : 0;
  b.expectOperands(at + 1, at + 2);
  if (hasResult && b.operand(0).kind != ast::Operand::Kind::Sink) {
    if (cluster) b.fail("a remote '" + b.fullName() + "' returns no state", "write _ for the result");
    out.d = b.destination(0, Type::B64);
  }
  b.address(b.operand(at), space, out.a);
  if (b.operandCount() > at + 1) out.b = b.source(at + 1, Type::U32);
  if ((expects || noComplete) && !out.b)
    b.fail("'" + b.fullName() + "' needs an operand", "give the bytes or the count");
  out.option[1] = expects;
  out.option[2] = what == 3;
  out.option[3] = noComplete;
  out.handler = &arrive;
}

} // namespace

void registerMBarrierOps(OpcodeTable &table) { table["mbarrier"] = decode; }

} // namespace tw::emu
