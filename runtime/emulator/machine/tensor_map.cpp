// Encoding of tensor maps and the constraints of the encode call.
#include "machine/tensor_map.hpp"

#include <cstring>

#include <fmt/format.h>

namespace tw::emu {
namespace {

constexpr uint64_t kMagic = 0x70616d726f736e54; // "Tnsormap"

struct Encoded {
  uint64_t magic;
  uint64_t address;
  uint64_t strides[4];
  uint32_t lastIndex[5]; ///< dims - 1
  uint8_t lastBox[5];    ///< box - 1
  uint8_t elementStrides[5];
  uint8_t type, rank, swizzle, nanFill, im2col, interleave;
  int16_t lower[3], upper[3];
  uint16_t lastChannel, lastPixel;
};
static_assert(sizeof(Encoded) <= 128);

constexpr std::string_view kNames[] = {"u8",  "u16",     "u32", "i32",  "u64",  "i64",     "f16",
                                       "f32", "f32_ftz", "f64", "bf16", "tf32", "tf32_ftz"};

bool isFloatType(TensorMapType type) { return type >= TensorMapType::F16; }

/// What cuTensorMapEncodeIm2col asks beyond the rest.
std::optional<std::string> brokenIm2col(const TensorMapSpec &spec) {
  if (spec.rank < 3) return fmt::format("im2col needs 3 to 5 dimensions, the map has {}", spec.rank);
  const Im2colSpec &i = *spec.im2col;
  if (i.channels < 1 || i.channels > 256) return fmt::format("{} channels per pixel, outside 1 to 256", i.channels);
  if (i.pixels < 1 || i.pixels > 1024) return fmt::format("{} pixels per column, outside 1 to 1024", i.pixels);
  int32_t limit = spec.rank == 3 ? 1 << 15 : spec.rank == 4 ? 1 << 7 : 1 << 4;
  for (size_t d = 0; d + 2 < spec.rank; ++d)
    for (int32_t corner : {i.lower[d], i.upper[d]})
      if (corner < -limit || corner >= limit)
        return fmt::format("a corner of dimension {} is {}, outside {} to {}", d + 1, corner, -limit, limit - 1);
  for (size_t d = 0; d + 2 < spec.rank; ++d)
    if (i.lower[d] > static_cast<int64_t>(spec.dims[d + 1]) - 1 + i.upper[d])
      return fmt::format("the bounding box of dimension {} is empty: from {} to {}", d + 1, i.lower[d],
                         static_cast<int64_t>(spec.dims[d + 1]) - 1 + i.upper[d]);
  return std::nullopt;
}

} // namespace

uint32_t bytes_of(TensorMapType type) {
  static constexpr uint8_t kBytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 4, 8, 2, 4, 4};
  return kBytes[static_cast<int>(type)];
}

bool tensor_map_type(std::string_view name, TensorMapType &type) {
  if (name == "e4m3" || name == "e5m2" || name == "i8") name = "u8";
  if (name == "i16") name = "u16";
  for (size_t i = 0; i < std::size(kNames); ++i)
    if (kNames[i] == name) {
      type = static_cast<TensorMapType>(i);
      return true;
    }
  return false;
}

std::optional<std::string> brokenConstraint(const TensorMapSpec &spec) {
  uint32_t size = bytes_of(spec.type);
  if (spec.rank < 1 || spec.rank > 5) return fmt::format("the rank is {}, outside 1 to 5", spec.rank);
  if (spec.interleave != 0 && spec.interleave != 16 && spec.interleave != 32)
    return fmt::format("the interleave is {} bytes, not 0, 16 or 32", spec.interleave);
  if (spec.interleave && spec.rank < 3)
    return fmt::format("an interleaved tensor has 3 to 5 dimensions, the map has {}", spec.rank);
  uint32_t align = spec.interleave == 32 ? 32 : 16;
  if (spec.address % align) return fmt::format("the address 0x{:x} is not a multiple of {}", spec.address, align);
  for (uint32_t d = 0; d < spec.rank; ++d) {
    if (spec.dims[d] < 1 || spec.dims[d] > (uint64_t{1} << 32))
      return fmt::format("dimension {} has {} elements, outside 1 to 2^32", d, spec.dims[d]);
    if (!spec.im2col && (spec.box[d] < 1 || spec.box[d] > 256))
      return fmt::format("dimension {} of the box has {} elements, outside 1 to 256", d, spec.box[d]);
    if (spec.element_strides[d] < 1 || spec.element_strides[d] > 8)
      return fmt::format("the element stride of dimension {} is {}, outside 1 to 8", d, spec.element_strides[d]);
    if (d == 0) continue;
    uint64_t stride = spec.strides[d - 1];
    if (stride % align || stride >= (uint64_t{1} << 40))
      return fmt::format("the stride of dimension {} is {} bytes, not a multiple of {} below 2^40", d, stride, align);
  }
  if (spec.im2col)
    if (auto broken = brokenIm2col(spec)) return broken;
  uint64_t inner = uint64_t{spec.im2col ? spec.im2col->channels : spec.box[0]} * size;
  if (inner % 16 && !spec.interleave) return fmt::format("a row of the box has {} bytes, not a multiple of 16", inner);
  if (spec.swizzle != 0 && spec.swizzle != 32 && spec.swizzle != 64 && spec.swizzle != 128)
    return fmt::format("the swizzle is {} bytes, not 0, 32, 64 or 128", spec.swizzle);
  if (spec.interleave == 32 && spec.swizzle != 32)
    return fmt::format("the swizzle is {} bytes, not 32 as an interleave of 32 bytes needs", spec.swizzle);
  if (spec.swizzle != 0 && !spec.interleave && inner > spec.swizzle)
    return fmt::format("a row of the box has {} bytes, more than the swizzle's span of {}", inner, spec.swizzle);
  if (spec.nan_fill && !isFloatType(spec.type)) return "NaN fills floating-point tensors only";
  return std::nullopt;
}

std::variant<TensorMap, std::string> encode_tensor_map(const TensorMapSpec &spec) {
  if (auto broken = brokenConstraint(spec)) return *broken;
  TensorMap map;
  writeTensorMap(spec, std::span<uint8_t, 128>(reinterpret_cast<uint8_t *>(map.bytes.data()), 128));
  return map;
}

void writeTensorMap(const TensorMapSpec &spec, std::span<uint8_t, 128> bytes) {
  Encoded e{};
  e.magic = kMagic;
  e.address = spec.address;
  for (size_t i = 0; i < 4; ++i) e.strides[i] = spec.strides[i];
  for (size_t i = 0; i < 5; ++i) {
    e.lastIndex[i] = static_cast<uint32_t>(spec.dims[i] - 1);
    e.lastBox[i] = static_cast<uint8_t>(spec.box[i] - 1);
    e.elementStrides[i] = static_cast<uint8_t>(spec.element_strides[i]);
  }
  e.type = static_cast<uint8_t>(spec.type);
  e.rank = static_cast<uint8_t>(spec.rank);
  e.swizzle = static_cast<uint8_t>(spec.swizzle);
  e.nanFill = spec.nan_fill;
  e.interleave = static_cast<uint8_t>(spec.interleave);
  if (spec.im2col) {
    e.im2col = 1;
    for (size_t i = 0; i < 3; ++i) {
      e.lower[i] = static_cast<int16_t>(spec.im2col->lower[i]);
      e.upper[i] = static_cast<int16_t>(spec.im2col->upper[i]);
    }
    e.lastChannel = static_cast<uint16_t>(spec.im2col->channels - 1);
    e.lastPixel = static_cast<uint16_t>(spec.im2col->pixels - 1);
  }
  std::memset(bytes.data(), 0, 128);
  std::memcpy(bytes.data(), &e, sizeof e);
}

std::optional<TensorMapSpec> decodeTensorMap(std::span<const uint8_t, 128> bytes) {
  Encoded e;
  std::memcpy(&e, bytes.data(), sizeof e);
  if (e.magic != kMagic || e.type > static_cast<uint8_t>(TensorMapType::TF32Ftz)) return std::nullopt;
  TensorMapSpec spec;
  spec.type = static_cast<TensorMapType>(e.type);
  spec.rank = e.rank;
  spec.address = e.address;
  for (size_t i = 0; i < 4; ++i) spec.strides[i] = e.strides[i];
  for (size_t i = 0; i < 5; ++i) {
    spec.dims[i] = uint64_t{e.lastIndex[i]} + 1;
    spec.box[i] = uint32_t{e.lastBox[i]} + 1;
    spec.element_strides[i] = e.elementStrides[i];
  }
  spec.swizzle = e.swizzle;
  spec.nan_fill = e.nanFill != 0;
  spec.interleave = e.interleave;
  if (e.im2col) {
    Im2colSpec &im2col = spec.im2col.emplace();
    for (size_t i = 0; i < 3; ++i) im2col.lower[i] = e.lower[i], im2col.upper[i] = e.upper[i];
    im2col.channels = uint32_t{e.lastChannel} + 1;
    im2col.pixels = uint32_t{e.lastPixel} + 1;
  }
  return spec;
}

uint64_t fillPattern(const TensorMapSpec &spec) {
  if (!spec.nan_fill) return 0;
  switch (bytes_of(spec.type)) {
  case 2: return 0x7fff;
  case 4: return 0x7fffffff;
  default: return 0x7fffffffffffffff;
  }
}

} // namespace tw::emu
