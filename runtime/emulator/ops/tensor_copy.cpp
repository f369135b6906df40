// cp.async.bulk.tensor, cp.reduce.async.bulk.tensor and their prefetch, tiled and im2col (PTX ISA sections
// 9.7.9.25.5 and 5.5.4).
#include <array>

#include <fmt/format.h>

#include "machine/tensor_map.hpp"
#include "ops/bulk.hpp"
#include "ops/tensor_box.hpp"

namespace tw::emu {
namespace {

constexpr const char *kSection = "9.7.9.25.5";

// Order of the slots in `extras`: base and offset of map, shared memory and barrier, the CTA mask, five coordinates,
// three offsets of im2col.
enum Operand : uint32_t {
  Map,
  MapOffset,
  Tile,
  TileOffset,
  Bar,
  BarOffset,
  Mask,
  Coordinates,
  Offsets = Coordinates + 5
};

struct Operands {
  Operands(Warp &w, const Instruction &in, uint32_t lane) {
    const Slot *s = w.currentFrame().function->slots.data() + in.extra;
    map = w.value(s[Map], lane) + w.value(s[MapOffset], lane);
    tile = w.value(s[Tile], lane) + w.value(s[TileOffset], lane);
    barrier = w.value(s[Bar], lane) + w.value(s[BarOffset], lane);
    mask = static_cast<uint32_t>(w.value(s[Mask], lane));
    for (size_t d = 0; d < 5; ++d) start[d] = static_cast<int32_t>(w.value(s[Coordinates + d], lane));
    for (size_t d = 0; d < 3; ++d) offsets[d] = static_cast<uint16_t>(w.value(s[Offsets + d], lane));
  }
  uint64_t map, tile, barrier;
  uint32_t mask;
  std::array<int64_t, 5> start;
  std::array<uint32_t, 3> offsets;
};

/// The update of a reduction (option[2]: operation + 1) on elements of the map's type; null when there is none.
Combine combineOf(const Instruction &in, TensorMapType type) {
  static constexpr std::string_view kNames[] = {"add", "min", "max", "inc", "dec", "and", "or", "xor"};
  static constexpr Type kTypes[] = {Type::U8,  Type::U16, Type::U32, Type::S32,  Type::U64, Type::S64, Type::F16,
                                    Type::F32, Type::F32, Type::F64, Type::BF16, Type::F32, Type::F32};
  std::string_view name = kNames[in.option[2] - 1];
  bool bits = in.option[2] > 5;
  return combineFor(name, !bits                 ? kTypes[static_cast<int>(type)]
                          : bytes_of(type) == 4 ? Type::B32
                          : bytes_of(type) == 8 ? Type::B64
                                                : Type::None);
}

/// The map at a generic address, checked for the instruction's rank (option[0]) and mode (option[3]: im2col).
std::optional<TensorMapSpec> mapAt(Warp &w, const Instruction &in, uint32_t lane, uint64_t address) {
  Execution &launch = *w.execution;
  auto misuse = [&](std::string message, std::string fix) {
    launch.report(FindingKind::Misuse, "tensor.map", in, w, lane, std::move(message), std::move(fix), kSection);
    return std::nullopt;
  };
  Region *region = nullptr;
  uint64_t offset = 0;
  if (address >= address::kWindowsEnd)
    region = launch.memory.find(address), offset = region ? address - region->base : 0;
  else if (address >> 32 == address::kParam >> 32)
    region = &launch.parameterRegion, offset = address - address::kParam;
  else if (address >> 32 == address::kConst >> 32)
    region = &launch.constantRegion, offset = address - address::kConst;
  if (!region || static_cast<int64_t>(offset) < 0 || offset + 128 > region->bytes)
    return misuse(fmt::format("the tensor map address 0x{:x} is not in parameters, constants or a buffer", address),
                  "pass the generic address of the map");
  if (address % 64)
    return misuse(fmt::format("the tensor map address 0x{:x} is not a multiple of 64", address), "align the map to 64");
  auto spec = decodeTensorMap(std::span<const uint8_t, 128>(region->data + offset, 128));
  if (!spec) return misuse("the bytes at the tensor map address are no tensor map", "encode a map there");
  if (auto broken = brokenConstraint(*spec))
    return misuse("the tensor map is not legal: " + *broken, "correct the map");
  if (spec->interleave) {
    launch.report(FindingKind::Unsupported, "unsupported.interleave", in, w, lane,
                  fmt::format("the tensor map describes slices of {} bytes (interleave)", spec->interleave),
                  "the emulator copies tensors without interleave only", kSection);
    throw LaunchAbort{};
  }
  if (spec->rank != in.option[0])
    return misuse(fmt::format("the tensor map has rank {} but the copy names {} dimensions", spec->rank, in.option[0]),
                  "match them");
  bool im2col = in.option[3] != 0;
  if (im2col != spec->im2col.has_value())
    return misuse(fmt::format("the tensor map is of {} mode but the copy is {}", spec->im2col ? "im2col" : "tiled",
                              im2col ? "im2col" : "tiled"),
                  "encode the map for the mode of the instruction");
  if (launch.races && region->checked) {
    // The map is read through a proxy of its own.
    emulator::ByteRange range{address, 128};
    emulator::AsyncIndex reading = launch.races->async_operation(
        {{w.globalIndex}, 1u << lane, {in.place}, launch.races->new_async_actor(), 0, {w.cta->index}});
    launch.races->async_access(reading, emulator::AsyncKind::map, emulator::Space::global, {}, {&range, 1});
  }
  return spec;
}

/// Adds the bytes of a chunk inside one 16-byte unit of shared memory.
void add(std::vector<CopySegment> &segments, uint8_t *shared, uint8_t *global, uint32_t bytes, bool load) {
  uint8_t *to = load ? shared : global;
  const uint8_t *from = load ? global : shared;
  if (!segments.empty()) {
    CopySegment &last = segments.back();
    if (last.from && last.to + last.bytes == to && last.from + last.bytes == from) {
      last.bytes += bytes;
      return;
    }
  }
  segments.push_back({to, from, bytes, 0, 1});
}

/// Offsets of im2col share 16 bits, so that their range shrinks with the rank (PTX ISA 5.5.4.1).
bool goodOffsets(Warp &w, const Instruction &in, uint32_t lane, const Operands &o) {
  static constexpr uint32_t kLimits[] = {0, 0, 0, 1 << 16, 1 << 8, 1 << 5};
  for (uint32_t d = 0; in.option[3] && d + 2 < in.option[0]; ++d) {
    if (o.offsets[d] < kLimits[in.option[0]]) continue;
    w.execution->report(FindingKind::Misuse, "tensor.im2col_offset", in, w, lane,
                        fmt::format("im2col offset {} is {}, not below {} in {} dimensions", d, o.offsets[d],
                                    kLimits[in.option[0]], in.option[0]),
                        "use a smaller filter or dilation", "5.5.4.1");
    return false;
  }
  return true;
}

// option[1]: multicast.
void load(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    Operands o(w, in, l);
    auto map = mapAt(w, in, l, o.map);
    if (!map || !goodOffsets(w, in, l, o)) return;
    TensorBox box(*map, o.start, o.offsets);
    auto tile = sharedBytes(w, in, l, o.tile, box.bytes(), 128, true);
    if (!tile || !box.resolve(w, in, l, false)) return;
    std::vector<emulator::ByteRange> written = box.sharedRanges(tile->offset);
    forEachReceiver(
        w, in, l, in.option[1] ? o.mask : 0, *tile, o.barrier,
        [&](const SharedBytes &at, const BulkBarrier &barrier, bool first) {
          AsyncCopy copy;
          copy.targetCta = at.cta;
          uint8_t *window = at.cta->sharedRegion.data;
          box.forEachPiece(at.offset, [&](uint64_t shared, uint8_t *global, uint32_t bytes) {
            if (global)
              add(copy.segments, window + shared, global, bytes, true);
            else
              copy.segments.push_back({window + shared, nullptr, bytes, fillPattern(*map), bytes_of(map->type)});
          });
          for (const emulator::ByteRange &range : written) at.cta->sharedShadow.mark(range.first, range.bytes);
          std::span<const emulator::ByteRange> read(box.globalRanges());
          startOnBarrier(w, in, l, std::move(copy), barrier, box.bytes(),
                         {emulator::Space::global, 0, first ? read : read.first(0)},
                         {emulator::Space::shared, at.cta->index, written});
        });
  });
}

void warnNegativeStore(Warp &w, const Instruction &in, uint32_t lane, const Operands &o) {
  for (uint32_t d = 0; d < in.option[0]; ++d) {
    if (o.start[d] >= 0) continue;
    w.execution->warn(FindingKind::Misuse, "tensor.negative_store", in, w, lane,
                      fmt::format("a tensor store starts at coordinate {} of dimension {}", o.start[d], d),
                      "start inside the tensor", kSection);
    return;
  }
}

void store(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) {
    Operands o(w, in, l);
    auto map = mapAt(w, in, l, o.map);
    if (!map) return;
    warnNegativeStore(w, in, l, o);
    TensorBox box(*map, o.start);
    // What is clipped need not be written, so that the bytes are checked piece by piece.
    auto tile = sharedBytes(w, in, l, o.tile, box.bytes(), 128, std::nullopt);
    if (!tile || !box.resolve(w, in, l, true)) return;
    AsyncCopy copy;
    if (in.option[2] && !(copy.combine = combineOf(in, map->type))) {
      w.execution->report(
          FindingKind::Misuse, "tensor.reduce_type", in, w, l,
          fmt::format("this reduction does not exist for the map's elements of {} bytes", bytes_of(map->type)),
          "use a type that the operation allows", kSection);
      return;
    }
    copy.sourceCta = tile->cta;
    Region &shared = tile->cta->sharedRegion;
    box.forEachPiece(tile->offset, [&](uint64_t at, uint8_t *global, uint32_t bytes) {
      if (!global) return;
      checkInitialised(w, in, l, shared, at, bytes);
      add(copy.segments, shared.data + at, global, bytes, false);
    });
    std::vector<emulator::ByteRange> read = box.sharedRanges(tile->offset);
    startInGroup(w, in, l, std::move(copy), {emulator::Space::shared, tile->cta->index, read},
                 {emulator::Space::global, 0, box.globalRanges()});
  });
}

void prefetch(Warp &w, const Instruction &in, uint32_t mask) {
  forLanes(mask, [&](uint32_t l) { mapAt(w, in, l, Operands(w, in, l).map); });
}

} // namespace

void decodeTensorCopy(Builder &b, bool reduces, bool prefetches) {
  static constexpr std::string_view kDimensions[] = {"1d", "2d", "3d", "4d", "5d"};
  int rank = b.choice({"1d", "2d", "3d", "4d", "5d"}) + 1;
  if (rank == 0) b.fail("'" + b.fullName() + "' names no dimensions", "add .1d to .5d");
  for (const std::string &m : b.statement.modifiers) {
    if (m.starts_with("cta_group")) b.unsupported("." + m + " before sm_100");
    if (m.starts_with("tile::")) b.unsupported("." + m + " before sm_100");
  }
  b.flag("tile");
  for (const std::string &m : b.statement.modifiers)
    if (m.starts_with("im2col::")) b.unsupported("mode ." + m + " before sm_100");
  bool withOffsets = b.flag("im2col"), im2col = withOffsets || b.flag("im2col_no_offs");
  if (im2col && rank < 3) b.fail("'" + b.fullName() + "' has too few dimensions", "im2col needs .3d to .5d");
  b.out.option[3] = im2col;
  b.out.option[0] = static_cast<uint8_t>(rank);
  b.out.memory.bytes = 16;
  bool hint = b.flag("L2::cache_hint");
  const auto &modifiers = b.statement.modifiers;
  size_t dimension =
      static_cast<size_t>(std::find(modifiers.begin(), modifiers.end(), kDimensions[rank - 1]) - modifiers.begin());
  bool toGlobal = !prefetches && dimension + 1 < modifiers.size() && modifiers[dimension + 1] == "global";
  bool inGroup = b.flag("bulk_group"), onBarrier = b.flag("mbarrier::complete_tx::bytes");
  bool multicast = b.flag("multicast::cluster");
  b.accept({"global", "shared::cluster", "shared::cta", "L2"});
  if (!prefetches && (inGroup == onBarrier || inGroup != toGlobal))
    b.fail("'" + b.fullName() + "' has the wrong completion",
           "use .bulk_group for stores, .mbarrier::complete_tx::bytes for loads");
  if (reduces && !toGlobal) b.fail("a tensor reduction goes to global memory", "write .global.shared::cta");
  if (multicast && toGlobal) b.fail("only tensor loads are multicast", "drop .multicast::cluster");
  if (reduces) {
    int op = b.choice({"add", "min", "max", "inc", "dec", "and", "or", "xor"});
    if (op < 0) b.fail("'" + b.fullName() + "' has no operation", "add .add or another");
    b.out.option[2] = static_cast<uint8_t>(op + 1);
  }
  if (im2col && withOffsets == toGlobal)
    b.fail("'" + b.fullName() + "' has the wrong mode", "use .im2col for loads and .im2col_no_offs for stores");
  size_t mask = prefetches ? 1 : 3; // operands before the im2col offsets, the CTA mask and the cache policy
  size_t count = (prefetches ? 1u : toGlobal ? 2u : 3u + multicast) + withOffsets;
  b.expectOperands(count + hint);
  AddressList list(b);
  Slot none = b.constant(0, true);
  const ast::Operand &map = b.operand(prefetches || toGlobal ? 0 : 1);
  list.address(map, Space::Generic);
  auto addressOrNone = [&](bool has, size_t i) {
    if (has) return list.address(b.operand(i), Space::Shared);
    list.value(none), list.value(none);
  };
  addressOrNone(!prefetches, toGlobal ? 1 : 0);
  addressOrNone(onBarrier, 2);
  list.value(multicast ? b.source(mask + withOffsets, Type::U16) : none);
  if (map.elements.size() != 2) b.fail("the tensor operand lacks coordinates", "write [map, {x, y}]");
  auto coordinates = Builder::elements(map.elements[1]);
  if (static_cast<int>(coordinates.size()) != rank)
    b.fail(fmt::format("'{}' has {} coordinates", b.fullName(), coordinates.size()),
           fmt::format("give {} of them", rank));
  for (const ast::Operand *c : coordinates) list.value(b.source(*c, Type::S32));
  for (int d = rank; d < 5; ++d) list.value(none);
  int offsets = 0;
  if (withOffsets) {
    auto given = Builder::elements(b.operand(mask));
    offsets = static_cast<int>(given.size());
    if (offsets != rank - 2)
      b.fail(fmt::format("'{}' has {} im2col offsets", b.fullName(), offsets),
             fmt::format("give {} of them", rank - 2));
    for (const ast::Operand *o : given) list.value(b.source(*o, Type::U16));
  }
  for (; offsets < 3; ++offsets) list.value(none);
  list.finish();
  b.out.option[1] = multicast;
  b.out.flow = Flow::Heavy;
  b.out.handler = prefetches ? &prefetch : toGlobal ? &store : &load;
}

} // namespace tw::emu
