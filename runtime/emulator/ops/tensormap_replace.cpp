// tensormap.replace and tensormap.cp_fenceproxy (PTX ISA sections 9.7.9.26 and 9.7.13.15.18), and the fences of the
// tensor map proxy (9.7.13.4).
#include <cstring>

#include <fmt/format.h>

#include "machine/tensor_map.hpp"
#include "ops/bulk.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

enum Field : uint8_t {
  GlobalAddress,
  Rank,
  BoxDim,
  GlobalDim,
  GlobalStride,
  ElementStride,
  ElementType,
  Interleave,
  SwizzleMode,
  FillMode
};

// option[0]: field; immediate: offset; c: ordinal, b: value.
void replace(Warp &w, const Instruction &in, uint32_t mask) {
  uint64_t addresses[32];
  laneAddresses(w, in, in.a, mask, addresses);
  ResolvedAccess access = resolveAccess(w, in, mask, addresses, 128, AccessType::MapUpdate);
  forLanes(access.lanes, [&](uint32_t l) {
    std::span<uint8_t, 128> bytes(access.host[l], 128);
    auto misuse = [&](std::string message, std::string fix) {
      w.execution->report(FindingKind::Misuse, "tensor.replace", in, w, l, std::move(message), std::move(fix),
                          "9.7.9.26");
    };
    auto spec = decodeTensorMap(bytes);
    if (!spec) return misuse("the bytes hold no tensor map", "copy a valid map there first");
    uint64_t value = w.value(in.b, l);
    uint32_t ordinal = in.c ? static_cast<uint32_t>(w.value(in.c, l)) : 0;
    uint32_t limit = in.option[0] == GlobalStride ? 4 : 5;
    if (ordinal >= limit) return misuse(fmt::format("the ordinal is {}, not below {}", ordinal, limit), "correct it");
    switch (static_cast<Field>(in.option[0])) {
    case GlobalAddress: spec->address = value; break;
    case Rank: spec->rank = static_cast<uint32_t>(value) + 1; break;
    case BoxDim:
      if (value < 1 || value > 256)
        return misuse(fmt::format("the box has {} elements in dimension {}, outside 1 to 256", value, ordinal),
                      "use a smaller box");
      spec->box[ordinal] = static_cast<uint32_t>(value);
      break;
    case GlobalDim: spec->dims[ordinal] = value; break;
    case GlobalStride: spec->strides[ordinal] = value; break;
    case ElementStride: spec->element_strides[ordinal] = static_cast<uint32_t>(value) & 0xff; break;
    case ElementType:
      if (value > static_cast<uint64_t>(TensorMapType::TF32Ftz))
        return misuse(fmt::format("element type {} is not known on sm_90", value), "use 0 to 12");
      spec->type = static_cast<TensorMapType>(value);
      break;
    case Interleave:
      if (value > 2) return misuse(fmt::format("interleave layout {} does not exist", value), "use 0 to 2");
      spec->interleave = static_cast<uint32_t>(value) * 16;
      break;
    case SwizzleMode:
      if (value > 3) return misuse(fmt::format("swizzle mode {} does not exist on sm_90", value), "use 0 to 3");
      spec->swizzle = value == 0 ? 0 : 16u << value;
      break;
    case FillMode: spec->nan_fill = value == 1; break;
    }
    writeTensorMap(*spec, bytes);
  });
}

emulator::Scope scopeOf(const Instruction &in) {
  static constexpr emulator::Scope kScopes[] = {emulator::Scope::gpu, emulator::Scope::cta, emulator::Scope::cluster,
                                                emulator::Scope::gpu, emulator::Scope::sys};
  return kScopes[static_cast<int>(in.memory.scope)];
}

/// The warp reads the 128 bytes in the generic proxy, and the access is over when the instruction is. Two lanes stand
/// for all: what only some lane wrote, without meeting the others, is unknown to one of them.
void tellSource(Warp &w, const Instruction &in, const SharedBytes &source) {
  emulator::RaceChecker &races = *w.execution->races;
  emulator::ByteRange range{source.offset, 128};
  for (uint32_t lane : {1u, 1u << 31}) {
    emulator::AsyncOperation operation{{w.globalIndex}, lane, {in.place}, races.new_async_actor(), 1,
                                       {w.cta->index},  true};
    races.async_access(races.async_operation(operation), emulator::AsyncKind::read, emulator::Space::shared,
                       {source.cta->index}, {&range, 1});
    races.async_done(operation.actor, 1, {w.globalIndex}, kAllLanes);
  }
}

// extras: base, offset of the destination, base, offset of the source. The warp copies a map and releases it to the
// proxy of maps; that its lanes know of the copy afterwards is our reading of .sync.
void copyAndRelease(Warp &w, const Instruction &in, uint32_t mask) {
  uint32_t lane = static_cast<uint32_t>(std::countr_zero(mask));
  if (mask != kAllLanes) {
    w.execution->report(FindingKind::Misuse, "tensor.copy_lanes", in, w, lane,
                        fmt::format("only lanes 0x{:08x} of the warp execute tensormap.cp_fenceproxy", mask),
                        "let all 32 lanes execute it", "9.7.13.15.18");
    throw LaunchAbort{};
  }
  const Slot *s = w.currentFrame().function->slots.data() + in.extra;
  auto source = sharedBytes(w, in, lane, w.value(s[2], lane) + w.value(s[3], lane), 128, 64, false);
  if (!source) return;
  if (w.execution->races) tellSource(w, in, *source);
  uint64_t addresses[32] = {};
  addresses[lane] = w.value(s[0], lane) + w.value(s[1], lane);
  ResolvedAccess access = resolveAccess(w, in, 1u << lane, addresses, 128, AccessType::MapUpdate);
  if (!access.lanes) return;
  std::memcpy(access.host[lane], source->host, 128);
  if (!w.execution->races) return;
  w.execution->races->warp_sync({w.globalIndex}, mask);
  w.execution->races->map_release({w.globalIndex}, mask);
  w.execution->races->fence({w.globalIndex}, mask, scopeOf(in));
}

void takeScope(Builder &b) {
  static constexpr Scope kScopes[] = {Scope::Cta, Scope::Cluster, Scope::Gpu, Scope::System};
  int scope = b.choice({"cta", "cluster", "gpu", "sys"});
  if (scope < 0) b.fail("'" + b.fullName() + "' has no scope", "add .gpu or another scope");
  b.out.memory.scope = kScopes[scope];
}

void takeSize(Builder &b, size_t operand) {
  if (b.immediate(operand, "the size") != 128)
    b.fail("the size of '" + b.fullName() + "' is not 128", "a tensor map has 128 bytes");
}

void decodeCopy(Builder &b) {
  for (const char *part : {"global", "shared::cta", "tensormap::generic", "release", "sync", "aligned"})
    if (!b.flag(part)) b.fail("'" + b.fullName() + "' lacks ." + part, "add it");
  takeScope(b);
  b.expectOperands(3);
  AddressList list(b);
  list.address(b.operand(0), Space::Global);
  list.address(b.operand(1), Space::Shared);
  list.finish();
  takeSize(b, 2);
  b.out.memory.space = Space::Global;
  b.out.memory.bytes = 4;
  b.out.handler = &copyAndRelease;
}

void decode(Builder &b) {
  if (b.targetNumber() < 90) b.unsupported("tensormap before sm_90");
  if (b.flag("cp_fenceproxy")) return decodeCopy(b);
  if (!b.flag("replace")) b.unsupported("tensormap without .replace or .cp_fenceproxy");
  if (!b.flag("tile")) b.unsupported("this mode of tensormap.replace");
  int field = b.choice({"global_address", "rank", "box_dim", "global_dim", "global_stride", "element_stride",
                        "elemtype", "interleave_layout", "swizzle_mode", "fill_mode"});
  if (field < 0) b.unsupported("this field of tensormap.replace");
  b.out.memory.space = takeSpace(b);
  Space space = b.out.memory.space;
  if (space != Space::Generic && space != Space::Global && space != Space::Shared)
    b.unsupported("tensormap.replace in this state space");
  if (!b.flag("b1024")) b.fail("'" + b.fullName() + "' lacks .b1024", "add it");
  bool wide = field == GlobalAddress || field == GlobalStride;
  Type t = b.type();
  requireType(b, t, {wide ? Type::B64 : Type::B32});
  bool ordinal = field >= BoxDim && field <= ElementStride;
  b.expectOperands(ordinal ? 3 : 2);
  b.address(b.operand(0), space, b.out.a);
  if (ordinal) b.out.c = b.source(1, Type::U32);
  b.out.b = b.source(ordinal ? 2 : 1, t);
  b.out.option[0] = static_cast<uint8_t>(field);
  b.out.memory.bytes = 4;
  b.out.handler = &replace;
}

// option[0]: acquire.
void mapFence(Warp &w, const Instruction &in, uint32_t mask) {
  if (!w.execution->races) return;
  emulator::Scope scope = scopeOf(in);
  if (in.option[0]) {
    w.execution->races->fence({w.globalIndex}, mask, scope);
    w.execution->races->map_acquire({w.globalIndex}, mask);
  } else {
    w.execution->races->map_release({w.globalIndex}, mask);
    w.execution->races->fence({w.globalIndex}, mask, scope);
  }
}

} // namespace

void decodeMapFence(Builder &b) {
  int kind = b.choice({"release", "acquire"});
  if (kind < 0) b.fail("'" + b.fullName() + "' has no semantics", "add .release or .acquire");
  takeScope(b);
  b.expectOperands(kind == 1 ? 2 : 0);
  if (kind == 1) {
    b.out.memory.space = Space::Generic;
    b.address(b.operand(0), Space::Generic, b.out.a);
    takeSize(b, 1);
  }
  b.out.option[0] = kind == 1;
  b.out.handler = &mapFence;
}

void registerTensorMapOps(OpcodeTable &table) { table["tensormap"] = decode; }

} // namespace tw::emu
