// The box that one tensor copy moves: which bytes of the tensor meet which bytes of shared memory.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "machine/tensor_map.hpp"
#include "ops/bulk.hpp"

namespace tw::emu {

/// A box of a tensor at a start coordinate (PTX ISA 5.5.3). In shared memory its elements lie densely, dimension 0
/// innermost, then swizzled by address. Elements outside the tensor have no bytes in global memory. In im2col mode a
/// row is the channels of one pixel, and rows follow the filter's base: along W, then H, then D, each from the lower
/// corner of the bounding box to the upper in steps of its stride, then to the next image (PTX ISA 5.5.4).
class TensorBox {
public:
  /// `offsets`: of im2col mode, added to the base of every pixel in W, H, D.
  TensorBox(const TensorMapSpec &map, const std::array<int64_t, 5> &start, const std::array<uint32_t, 3> &offsets = {});

  /// Bytes in shared memory, outside elements included: what a load adds to the tx-count. 2^31 stands for all that is
  /// more than any shared memory.
  uint32_t bytes() const { return static_cast<uint32_t>(std::min<uint64_t>(rows * rowBytes, uint64_t{1} << 31)); }
  /// Finds the global memory of every row; false, with a report, when some of it lies outside the tensor's buffer.
  bool resolve(Warp &w, const Instruction &in, uint32_t lane, bool write);
  /// Bytes of the shared window that the box covers from `offset`.
  std::vector<emulator::ByteRange> sharedRanges(uint64_t offset) const;
  /// Bytes of global memory inside the tensor.
  const std::vector<emulator::ByteRange> &globalRanges() const { return ranges; }

  /// Calls f(offset in the shared window, host address or null outside the tensor, bytes) for pieces in the order of
  /// the dense box; none crosses a 16-byte unit when the map swizzles.
  template <class F> void forEachPiece(uint64_t offset, F f) const {
    for (uint32_t row = 0; row < rows; ++row) {
      const Row &r = resolved[row];
      uint64_t at = offset + uint64_t{row} * rowBytes;
      piece(at, nullptr, r.first, f);
      piece(at + r.first, r.host, r.bytes, f);
      piece(at + r.first + r.bytes, nullptr, rowBytes - r.first - r.bytes, f);
    }
  }

private:
  struct Row {
    uint32_t first = 0, bytes = 0; ///< the part inside the tensor, in bytes of the row
    uint8_t *host = nullptr;
  };
  template <class F> void piece(uint64_t at, uint8_t *host, uint64_t length, F f) const {
    while (length) {
      uint64_t size = map.swizzle ? std::min<uint64_t>(length, 16 - at % 16) : length;
      f(swizzled(at, map.swizzle), host, static_cast<uint32_t>(size));
      at += size, length -= size;
      if (host) host += size;
    }
  }

  /// Calls f(row, coordinates of its first element).
  template <class F> bool forEachRow(F f) const;

  const TensorMapSpec &map;
  std::array<int64_t, 5> start;
  std::array<uint32_t, 3> offsets;
  std::array<uint32_t, 5> extent{1, 1, 1, 1, 1}; ///< elements per dimension
  uint64_t rows = 1;
  uint32_t rowBytes = 0;
  std::vector<Row> resolved;
  std::vector<emulator::ByteRange> ranges;
};

} // namespace tw::emu
