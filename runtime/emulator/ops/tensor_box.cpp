// Rows of a tensor box.
#include "ops/tensor_box.hpp"

namespace tw::emu {

TensorBox::TensorBox(const TensorMapSpec &map, const std::array<int64_t, 5> &start,
                     const std::array<uint32_t, 3> &offsets)
    : map(map), start(start), offsets(offsets) {
  if (map.im2col) {
    extent[0] = map.im2col->channels;
    rows = map.im2col->pixels;
  }
  // Dimension 0 ignores its element stride.
  for (uint32_t d = 0; !map.im2col && d < map.rank; ++d)
    extent[d] = d == 0 ? map.box[0] : (map.box[d] + map.element_strides[d] - 1) / map.element_strides[d];
  rowBytes = extent[0] * bytes_of(map.type);
  for (uint32_t d = 1; !map.im2col && d < 5; ++d) rows *= extent[d];
}

template <class F> bool TensorBox::forEachRow(F f) const {
  std::array<int64_t, 5> base = start, at = start;
  uint32_t images = map.rank - 1; // the dimension N
  for (uint32_t row = 0; row < rows; ++row) {
    if (!map.im2col) {
      uint32_t index = row;
      for (uint32_t d = 1; d < map.rank; ++d) {
        at[d] = start[d] + int64_t{index % extent[d]} * map.element_strides[d];
        index /= extent[d];
      }
      if (!f(row, at)) return false;
      continue;
    }
    for (uint32_t d = 1; d < images; ++d) at[d] = base[d] + offsets[d - 1];
    at[images] = base[images];
    if (!f(row, at)) return false;
    uint32_t d = 1;
    for (; d < images; ++d) {
      base[d] += map.element_strides[d];
      if (base[d] <= static_cast<int64_t>(map.dims[d]) - 1 + map.im2col->upper[d - 1]) break;
      base[d] = map.im2col->lower[d - 1];
    }
    if (d == images) ++base[images];
  }
  return true;
}

bool TensorBox::resolve(Warp &w, const Instruction &in, uint32_t lane, bool write) {
  resolved.assign(rows, {});
  uint32_t size = bytes_of(map.type);
  int64_t low = std::clamp<int64_t>(-start[0], 0, extent[0]);
  int64_t high = std::clamp<int64_t>(static_cast<int64_t>(map.dims[0]) - start[0], low, extent[0]);
  return forEachRow([&](uint32_t row, const std::array<int64_t, 5> &coordinates) {
    uint64_t address = map.address + static_cast<uint64_t>((start[0] + low) * size);
    bool inside = low < high;
    for (uint32_t d = 1; d < map.rank; ++d) {
      int64_t at = coordinates[d];
      inside = inside && at >= 0 && at < static_cast<int64_t>(map.dims[d]);
      address += static_cast<uint64_t>(at) * map.strides[d - 1];
    }
    if (!inside) return true;
    auto bytes = static_cast<uint32_t>((high - low) * size);
    auto found = globalBytes(w, in, lane, address, bytes, 1, write);
    if (!found) return false;
    resolved[row] = {static_cast<uint32_t>(low * size), bytes, found->host};
    if (!ranges.empty() && ranges.back().first + ranges.back().bytes == address)
      ranges.back().bytes += bytes;
    else
      ranges.push_back({address, bytes});
    return true;
  });
}

std::vector<emulator::ByteRange> TensorBox::sharedRanges(uint64_t offset) const {
  // A swizzle permutes within lines of 128 bytes.
  if (map.swizzle == 0 || (offset % 128 == 0 && bytes() % 128 == 0)) return {{offset, bytes()}};
  std::vector<emulator::ByteRange> list;
  for (uint64_t at = 0; at < bytes(); at += 16) list.push_back({swizzled(offset + at, map.swizzle), 16});
  return list;
}

} // namespace tw::emu
