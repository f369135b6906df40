// cp.async.bulk, cp.reduce.async.bulk, their groups and prefetch (PTX ISA sections 9.7.9.25.4 and 9.7.9.25.6), and
// cp.async.mbarrier.arrive (9.7.13.15.15).
#include <fmt/format.h>

#include "ops/bulk.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

// Order of the slots in `extras`: base and offset of destination, source and barrier, then size and CTA mask.
enum Operand : uint32_t { To, ToOffset, From, FromOffset, Bar, BarOffset, Size, Mask };

struct Operands {
  Operands(Warp &w, const Instruction &in, uint32_t lane) {
    const Slot *s = w.currentFrame().function->slots.data() + in.extra;
    to = w.value(s[To], lane) + w.value(s[ToOffset], lane);
    from = w.value(s[From], lane) + w.value(s[FromOffset], lane);
    barrier = w.value(s[Bar], lane) + w.value(s[BarOffset], lane);
    bytes = static_cast<uint32_t>(w.value(s[Size], lane));
    mask = static_cast<uint32_t>(w.value(s[Mask], lane));
  }
  uint64_t to, from, barrier;
  uint32_t bytes, mask;
};

bool goodSize(Warp &w, const Instruction &in, uint32_t lane, uint32_t bytes) {
  if (bytes % 16 == 0) return true;
  w.execution->report(FindingKind::Misuse, "bulk.size", in, w, lane,
                      fmt::format("the size {} is not a multiple of 16", bytes), "copy multiples of 16 bytes",
                      "9.7.9.25.4.1");
  return false;
}

Combine combineOf(const Instruction &in) { return reinterpret_cast<Combine>(in.immediate); }

AsyncCopy plainCopy(uint8_t *to, const uint8_t *from, uint32_t bytes, Combine combine) {
  AsyncCopy copy;
  if (bytes) copy.segments.push_back({to, from, bytes, 0, 1});
  copy.combine = combine;
  return copy;
}

// option[0]: multicast.
void loadGlobal(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    Operands o(w, in, l);
    if (!goodSize(w, in, l, o.bytes)) return;
    auto from = globalBytes(w, in, l, o.from, o.bytes, 16, false);
    auto to = sharedBytes(w, in, l, o.to, o.bytes, 16, true);
    if (!from || !to) return;
    emulator::ByteRange source{from->address, o.bytes};
    forEachReceiver(w, in, l, in.option[0] ? o.mask : 0, *to, o.barrier,
                    [&](const SharedBytes &at, const BulkBarrier &barrier, bool first) {
                      if (&at != &*to) at.cta->sharedShadow.mark(at.offset, o.bytes);
                      AsyncCopy copy = plainCopy(at.host, from->host, o.bytes, nullptr);
                      copy.targetCta = at.cta;
                      emulator::ByteRange target{at.offset, o.bytes};
                      std::span<const emulator::ByteRange> read(&source, first ? 1 : 0);
                      startOnBarrier(w, in, l, std::move(copy), barrier, o.bytes, {emulator::Space::global, 0, read},
                                     {emulator::Space::shared, at.cta->index, {&target, 1}});
                    });
  });
}

void sendShared(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    Operands o(w, in, l);
    if (!goodSize(w, in, l, o.bytes)) return;
    auto from = sharedBytes(w, in, l, o.from, o.bytes, 16, false);
    auto to = sharedBytes(w, in, l, o.to, o.bytes, 16, true);
    if (!from || !to) return;
    if (to->cta == w.cta)
      w.execution->report(FindingKind::Misuse, "bulk.same_cta", in, w, l,
                          "a copy from shared::cta to shared::cluster goes to its own CTA",
                          "copy to another CTA of the cluster, or use plain stores", "9.7.9.25.4.1");
    auto barrier = bulkBarrier(w, in, l, o.barrier, to->cta);
    if (!barrier) return;
    AsyncCopy copy = plainCopy(to->host, from->host, o.bytes, combineOf(in));
    copy.sourceCta = from->cta, copy.targetCta = to->cta;
    emulator::ByteRange source{from->offset, o.bytes}, target{to->offset, o.bytes};
    startOnBarrier(w, in, l, std::move(copy), *barrier, o.bytes,
                   {emulator::Space::shared, from->cta->index, {&source, 1}},
                   {emulator::Space::shared, to->cta->index, {&target, 1}});
  });
}

void storeGlobal(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    Operands o(w, in, l);
    if (!goodSize(w, in, l, o.bytes)) return;
    auto from = sharedBytes(w, in, l, o.from, o.bytes, 16, false);
    auto to = globalBytes(w, in, l, o.to, o.bytes, 16, true);
    if (!from || !to) return;
    AsyncCopy copy = plainCopy(to->host, from->host, o.bytes, combineOf(in));
    copy.sourceCta = from->cta;
    emulator::ByteRange source{from->offset, o.bytes}, target{to->address, o.bytes};
    startInGroup(w, in, l, std::move(copy), {emulator::Space::shared, from->cta->index, {&source, 1}},
                 {emulator::Space::global, 0, {&target, 1}});
  });
}

void prefetch(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    Operands o(w, in, l);
    goodSize(w, in, l, o.bytes);
    if (o.from % 16)
      w.execution->report(FindingKind::Bounds, "bounds.alignment", in, w, l,
                          fmt::format("the address 0x{:x} is not a multiple of 16", o.from), "align it to 16 bytes",
                          "9.7.9.25.4.3");
  });
}

void commit(Warp &w, const Instruction &, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) { w.execution->async->commit(w, l); });
}

// immediate: groups that may stay open; option[0]: .read.
void wait(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask,
           [&](uint32_t l) { w.execution->async->wait(w, l, static_cast<uint32_t>(in.immediate), in.option[0] != 0); });
}

// cp.async.mbarrier.arrive; option[0]: .noinc.
void copyArrive(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    uint64_t at = w.value(in.a, l) + static_cast<uint64_t>(in.immediate);
    auto barrier = bulkBarrier(w, in, l, at, w.cta);
    if (!barrier) return;
    if (w.execution->races) w.execution->races->async_release_to(barrier->object->openLocal, {w.globalIndex}, 1u << l);
    auto fault = [&launch = *w.execution, &in, &w, l](std::string message) {
      launch.report(FindingKind::Misuse, "mbarrier.count", in, w, l, "cp.async.mbarrier.arrive: " + message,
                    "count these arrivals in the init with .noinc, and not without it", "9.7.13.15.15");
    };
    if (!in.option[0]) {
      if (barrier->object->pending == kMBarrierMax) return fault("the pending count becomes too large");
      ++barrier->object->pending;
    }
    uint64_t generation = barrier->object->generation;
    barrier->object->copyStarts(in.line);
    w.cta->copies->when_landed({w.index * 32 + l}, [&w, offset = barrier->offset, generation, fault] {
      MBarrier *object = w.cta->mbarriers.find(offset);
      if (!object || object->generation != generation) {
        if (!w.execution->races) fault("the barrier was invalidated before the copies landed");
        return; // with the race checker the inval was reported
      }
      object->copyLands();
      if (auto wrong = object->arrive(1)) return fault(*wrong);
      finishPhase(*w.execution, *object);
    });
  });
}

void decodeGroups(Builder &b) {
  if (b.flag("commit_group")) {
    b.expectOperands(0);
    b.out.handler = &commit;
    return;
  }
  b.flag("wait_group");
  b.out.option[0] = b.flag("read");
  b.expectOperands(1);
  b.out.immediate = b.immediate(0, "the number of groups");
  b.out.handler = &wait;
}

} // namespace

void decodeCopyArrive(Builder &b) {
  b.flag("mbarrier");
  b.flag("arrive");
  b.out.option[0] = b.flag("noinc");
  bool shared = b.flag("shared") || b.flag("shared::cta");
  if (!b.flag("b64")) b.fail("'" + b.fullName() + "' has no type", "add .b64");
  b.expectOperands(1);
  b.out.memory.space = shared ? Space::Shared : Space::Generic;
  b.address(b.operand(0), b.out.memory.space, b.out.a);
  b.out.handler = &copyArrive;
}

void decodeBulk(Builder &b, bool reduces) {
  if (b.targetNumber() < 90) b.unsupported("'" + b.fullName() + "' before sm_90");
  b.flag("bulk");
  const auto &modifiers = b.statement.modifiers;
  auto has = [&](std::string_view m) { return std::find(modifiers.begin(), modifiers.end(), m) != modifiers.end(); };
  if (has("commit_group") || has("wait_group")) return decodeGroups(b);
  bool prefetches = b.flag("prefetch");
  if (b.flag("tensor")) return decodeTensorCopy(b, reduces, prefetches);
  bool hint = b.flag("L2::cache_hint");
  b.out.memory.bytes = 16;
  AddressList list(b);
  Slot none = b.constant(0, true);
  if (prefetches) {
    if (!b.flag("L2") || !b.flag("global")) b.unsupported("this form of prefetch");
    b.expectOperands(hint ? 3 : 2);
    list.value(none), list.value(none);
    list.address(b.operand(0), Space::Global);
    list.value(none), list.value(none);
    list.value(b.source(1, Type::U32));
    list.value(none);
    list.finish();
    b.out.handler = &prefetch;
    return;
  }
  // The destination is named first, but flags are taken in any order: the source decides.
  bool toGlobal = modifiers.size() > (reduces ? 3u : 2u) && modifiers[reduces ? 3 : 2] == "global";
  bool fromGlobal = !toGlobal && has("global");
  b.flag("global");
  b.flag("shared::cluster");
  b.flag("shared::cta");
  bool onBarrier = b.flag("mbarrier::complete_tx::bytes"), inGroup = b.flag("bulk_group");
  bool multicast = b.flag("multicast::cluster");
  if (onBarrier == inGroup || toGlobal != inGroup)
    b.fail("'" + b.fullName() + "' has the wrong completion",
           "use .bulk_group for stores to global memory, .mbarrier::complete_tx::bytes for the rest");
  if (multicast && !fromGlobal) b.fail("only copies from global memory are multicast", "drop .multicast::cluster");
  if (has("cp_mask")) b.unsupported("byte masks");
  if (reduces && fromGlobal) b.fail("a reduction has its source in shared memory", "write .shared::cta as source");
  Combine combine = reduces ? takeReduction(b, toGlobal).first : nullptr;
  size_t count = 3 + onBarrier + multicast + hint;
  b.expectOperands(count);
  list.address(b.operand(0), toGlobal ? Space::Global : Space::Shared);
  list.address(b.operand(1), fromGlobal ? Space::Global : Space::Shared);
  if (onBarrier) {
    list.address(b.operand(3), Space::Shared);
  } else {
    list.value(none), list.value(none);
  }
  list.value(b.source(2, Type::U32));
  list.value(multicast ? b.source(4, Type::U16) : none);
  list.finish();
  b.out.immediate = reinterpret_cast<int64_t>(combine);
  b.out.option[0] = multicast;
  b.out.flow = Flow::Heavy;
  b.out.handler = toGlobal ? &storeGlobal : fromGlobal ? &loadGlobal : &sendShared;
}

void decodeReduceCopy(Builder &b) {
  b.flag("reduce");
  if (!b.flag("async")) b.unsupported("cp.reduce without .async");
  decodeBulk(b, true);
}

} // namespace tw::emu
