// Rows of a tensor box.
#include "ops/tensor_box.hpp"

namespace tw::emu {

TensorBox::TensorBox(const TensorMapSpec &map, const std::array<int64_t, 5> &start) : map(map), start(start) {
  // Dimension 0 ignores its element stride.
  for (uint32_t d = 0; d < map.rank; ++d)
    extent[d] = d == 0 ? map.box[0] : (map.box[d] + map.element_strides[d] - 1) / map.element_strides[d];
  rowBytes = extent[0] * bytes_of(map.type);
  for (uint32_t d = 1; d < 5; ++d) rows *= extent[d];
}

bool TensorBox::resolve(Warp &w, const Instruction &in, uint32_t lane, bool write) {
  resolved.assign(rows, {});
  uint32_t size = bytes_of(map.type);
  int64_t low = std::clamp<int64_t>(-start[0], 0, extent[0]);
  int64_t high = std::clamp<int64_t>(static_cast<int64_t>(map.dims[0]) - start[0], low, extent[0]);
  for (uint32_t row = 0; row < rows; ++row) {
    uint32_t index = row;
    uint64_t address = map.address + static_cast<uint64_t>((start[0] + low) * size);
    bool inside = low < high;
    for (uint32_t d = 1; d < map.rank; ++d) {
      int64_t at = start[d] + int64_t{index % extent[d]} * map.element_strides[d];
      index /= extent[d];
      inside = inside && at >= 0 && at < static_cast<int64_t>(map.dims[d]);
      address += static_cast<uint64_t>(at) * map.strides[d - 1];
    }
    if (!inside) continue;
    auto bytes = static_cast<uint32_t>((high - low) * size);
    auto found = globalBytes(w, in, lane, address, bytes, 1, write);
    if (!found) return false;
    resolved[row] = {static_cast<uint32_t>(low * size), bytes, found->host};
    if (!ranges.empty() && ranges.back().first + ranges.back().bytes == address)
      ranges.back().bytes += bytes;
    else
      ranges.push_back({address, bytes});
  }
  return true;
}

std::vector<emulator::ByteRange> TensorBox::sharedRanges(uint64_t offset) const {
  // A swizzle permutes within lines of 128 bytes.
  if (map.swizzle == 0 || (offset % 128 == 0 && bytes() % 128 == 0)) return {{offset, bytes()}};
  std::vector<emulator::ByteRange> list;
  for (uint64_t at = 0; at < bytes(); at += 16) list.push_back({swizzled(offset + at, map.swizzle), 16});
  return list;
}

} // namespace tw::emu
