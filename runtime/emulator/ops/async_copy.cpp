// cp.async with its groups (PTX ISA section 9.7.9.25.3), on top of the copy queue of the CTA.
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

void report(Warp &w, const Instruction &in, uint32_t lane, std::string message) {
  w.execution->report(FindingKind::Misuse, "cp_async.operands", in, w, lane, "cp.async: " + std::move(message), "",
                      "9.7.9.25.3.1");
}

/// Addresses to offsets in the shared window.
uint64_t sharedOffset(uint64_t at, Space space) {
  return space == Space::Generic ? at - address::kShared : at & 0xffffffffu;
}

// option[0]: cp-size; option[1]: .cg; option[2]: predicate operand (ignore-src). c: src-size, e: predicate.
void copy(Warp &w, const Instruction &in, uint32_t mask) {
  Execution &launch = *w.execution;
  uint64_t to[32] = {}, from[32] = {};
  uint32_t sizes[32] = {};
  uint32_t bytes = in.option[0];
  uint32_t skip = in.e ? w.predicate(in.e) ^ (in.option[3] ? kAllLanes : 0) : 0;
  uint32_t good = 0;
  Region &shared = w.cta->sharedRegion;
  forLanes(mask, [&](uint32_t l) {
    to[l] = sharedOffset(w.value(in.a, l) + static_cast<uint64_t>(in.immediate), in.memory.space);
    from[l] = w.value(in.b, l) + static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(in.target)));
    sizes[l] = in.c ? static_cast<uint32_t>(w.value(in.c, l)) : bytes;
    if (skip >> l & 1) sizes[l] = 0;
    emulator::CopyRequest request{{w.index * 32 + l}, from[l], to[l], bytes, sizes[l]};
    if (auto refusal = emulator::copy_refusal(request, in.option[1])) return report(w, in, l, *refusal);
    if (to[l] < shared.first || to[l] + bytes > shared.bytes) {
      Finding &f =
          launch.report(FindingKind::Bounds, "bounds.write", in, w, l,
                        "cp.async writes " + std::to_string(bytes) + " bytes at offset " +
                            std::to_string(static_cast<int64_t>(to[l] - shared.first)) +
                            " of shared memory, which has " + std::to_string(shared.bytes - shared.first) + " bytes",
                        "make the shared buffer larger", "9.7.9.25.3.1");
      f.buffer = shared.name, f.offset = static_cast<int64_t>(to[l] - shared.first), f.bytes = bytes;
      return;
    }
    good |= 1u << l;
  });
  // The sources pass through the usual checks, grouped by their size.
  Instruction load = in;
  load.memory.space = Space::Global;
  for (uint32_t todo = good; todo;) {
    uint32_t size = sizes[std::countr_zero(todo)], same = 0;
    for (uint32_t m = todo; m; m &= m - 1)
      if (sizes[std::countr_zero(m)] == size) same |= m & -m;
    todo &= ~same;
    if (size != 0) {
      uint32_t legal = resolveAccess(w, load, same, from, size, AccessType::AsyncLoad).lanes;
      good &= ~(same & ~legal);
      same = legal;
    }
    if (!launch.races || !same) continue;
    emulator::WarpAccess read{{w.globalIndex},
                              {in.place},
                              emulator::Space::global,
                              {},
                              size ? same : 0,
                              size,
                              std::span<const uint64_t, 32>(from, 32)};
    emulator::WarpAccess write{{w.globalIndex},
                               {in.place},
                               emulator::Space::shared,
                               {w.cta->index},
                               same,
                               bytes,
                               std::span<const uint64_t, 32>(to, 32)};
    launch.races->async_copy(read, write);
  }
  forLanes(good, [&](uint32_t l) { w.cta->copies->issue({{w.index * 32 + l}, from[l], to[l], bytes, sizes[l]}); });
  forLanes(good, [&](uint32_t l) { w.cta->sharedShadow.mark(to[l], bytes); });
  if (good && launch.config.checks.bank_conflicts) launch.countShared(to, good, bytes, true);
}

void decodeCopy(Builder &b) {
  int cache = b.choice({"ca", "cg"});
  if (cache < 0) b.fail("cp.async has no cache operator", "add .ca or .cg");
  bool shared = b.flag("shared") || b.flag("shared::cta") || b.flag("shared::cluster");
  if (!shared || !b.flag("global"))
    b.fail("'" + b.fullName() + "' must copy from .global to .shared", "write cp.async.ca.shared.global");
  bool hint = takeCacheHints(b);
  b.out.option[1] = cache == 1;
  b.expectOperands(hint ? 4 : 3, hint ? 5 : 4);
  b.out.memory.space = Space::Shared;
  b.address(b.operand(0), Space::Shared, b.out.a);
  int64_t toOffset = b.out.immediate;
  b.address(b.operand(1), Space::Global, b.out.b);
  b.out.target = static_cast<uint32_t>(b.out.immediate);
  b.out.immediate = toOffset;
  int64_t size = b.immediate(2, "cp-size");
  if (size != 4 && size != 8 && size != 16) b.fail("cp-size is " + std::to_string(size), "use 4, 8 or 16");
  if (cache == 1 && size != 16) b.fail("cp.async.cg with cp-size " + std::to_string(size), "use 16, or .ca");
  b.out.option[0] = static_cast<uint8_t>(size);
  b.out.memory.bytes = static_cast<uint8_t>(size);
  size_t last = b.operandCount() - (hint ? 1 : 0);
  if (last == 4) {
    const ast::Operand &extra = b.operand(3);
    Symbol *symbol = extra.kind == ast::Operand::Kind::Name ? b.find(extra.text) : nullptr;
    if (symbol && symbol->type == Type::Pred) {
      bool negated = false;
      b.out.e = b.predicateSource(extra, negated);
      b.out.option[3] = negated;
    } else {
      b.out.c = b.source(3, Type::U32);
    }
  }
  b.out.handler = &copy;
}

void commit(Warp &w, const Instruction &, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) { w.cta->copies->commit({w.index * 32 + l}); });
  if (w.execution->races) w.execution->races->async_commit({w.globalIndex}, mask);
}

void waitGroup(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t open = static_cast<uint32_t>(in.immediate);
  forLanes(mask, [&](uint32_t l) { w.cta->copies->wait_group({w.index * 32 + l}, open); });
  if (w.execution->races) w.execution->races->async_wait({w.globalIndex}, mask, open);
}

void waitAll(Warp &w, const Instruction &, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) { w.cta->copies->wait_all({w.index * 32 + l}); });
  if (w.execution->races) w.execution->races->async_wait_all({w.globalIndex}, mask);
}

void decodeCp(Builder &b) {
  const std::vector<std::string> &modifiers = b.statement.modifiers;
  if (!modifiers.empty() && modifiers[0] == "reduce") return decodeReduceCopy(b);
  if (!b.flag("async")) b.unsupported("cp without .async");
  if (modifiers.size() > 1 && modifiers[1] == "bulk") return decodeBulk(b, false);
  if (modifiers.size() > 1 && modifiers[1] == "mbarrier") return decodeCopyArrive(b);
  if (b.flag("commit_group")) {
    b.expectOperands(0);
    b.out.handler = &commit;
  } else if (b.flag("wait_group")) {
    b.expectOperands(1);
    b.out.immediate = b.immediate(0, "the number of groups");
    b.out.handler = &waitGroup;
  } else if (b.flag("wait_all")) {
    b.expectOperands(0);
    b.out.handler = &waitAll;
  } else {
    decodeCopy(b);
  }
}

} // namespace

void registerAsyncCopyOps(OpcodeTable &table) { table["cp"] = decodeCp; }

} // namespace tw::emu
