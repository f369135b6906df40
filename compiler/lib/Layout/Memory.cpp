// Shared-memory layouts: dense, padded, and the swizzles that TMA and wgmma share.
#include "tilewright/Layout/Memory.h"

#include <algorithm>
#include <cassert>

namespace tilewright::layout {

namespace {

int powerOfTwoPart(int extent) { return extent & -extent; }
bool isPowerOfTwo(int value) { return powerOfTwoPart(value) == value; }
int roundUp(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

Coord lastDimFirst(int rank) {
  Coord order;
  for (int d = rank - 1; d >= 0; --d) order.push(d);
  return order;
}

/// The swizzle pattern repeats after 8 rows, whatever the span: 8 rows of W bytes are one period.
constexpr int patternRows = 8;

} // namespace

uint32_t swizzleAddress(Swizzle mode, uint32_t byteAddress) {
  uint32_t mask = mode == Swizzle::b128 ? 0x70 : mode == Swizzle::b64 ? 0x30 : mode == Swizzle::b32 ? 0x10 : 0;
  return byteAddress ^ (byteAddress >> 3 & mask);
}

Memory Memory::rowMajor(const Coord &shape, const Coord &order) { return padded(shape, order, 0); }

Memory Memory::padded(const Coord &shape, const Coord &order, int padElements) {
  Memory memory;
  memory.shape_ = shape;
  memory.order_ = order.size() == shape.size() ? order : lastDimFirst(shape.size());
  memory.core_ = Coord::filled(shape.size(), 1);
  memory.repeatStride_ = Coord::filled(shape.size(), 0);
  memory.bases_.resize(shape.size());
  int stride = 1;
  int last = 0;
  for (int i = 0; i < shape.size(); ++i) {
    int d = memory.order_[i];
    // Only steps by powers of two act on bits of their own; all others are plain additions.
    int core = isPowerOfTwo(stride) ? powerOfTwoPart(shape[d]) : 1;
    for (int step = 1; step < core; step *= 2) memory.bases_[d].push_back(uint32_t(step) * stride);
    memory.core_[d] = core;
    memory.repeatStride_[d] = core * stride;
    last += (shape[d] - 1) * stride;
    stride *= shape[d];
    if (i == 0) stride += padElements;
  }
  memory.elements_ = last + 1;
  memory.panelElements_ = shape.size() == 0 ? 1 : shape[memory.order_[0]];
  return memory;
}

std::optional<Memory> Memory::swizzled(const Coord &shape, const Coord &givenOrder, int elementBytes, Swizzle widest) {
  if (shape.size() < 2) return std::nullopt;
  Coord order = givenOrder.size() == shape.size() ? givenOrder : lastDimFirst(shape.size());
  int contiguous = order[0];
  int rowBytes = shape[contiguous] * elementBytes;
  if (rowBytes % 16 != 0) return std::nullopt;
  int span = std::min(powerOfTwoPart(rowBytes), int(widest));

  Memory memory;
  memory.shape_ = shape;
  memory.order_ = order;
  memory.swizzle_ = span == 16 ? Swizzle::none : Swizzle(span);
  memory.panelElements_ = span / elementBytes;
  memory.core_ = Coord::filled(shape.size(), 1);
  memory.repeatStride_ = Coord::filled(shape.size(), 0);
  memory.bases_.resize(shape.size());
  memory.core_[contiguous] = memory.panelElements_;
  for (int step = 1; step < memory.panelElements_; step *= 2) memory.bases_[contiguous].push_back(step);

  int rowStride = 1; // in rows
  int usedRows = 1;
  for (int i = 1; i < order.size(); ++i) {
    int d = order[i];
    int inPattern = std::max(patternRows / rowStride, 1);
    int core = inPattern;
    int extent = shape[d];
    // An extent that ends inside the pattern is rounded up, so that the next dimension starts on a bit of its own.
    if (extent < inPattern) {
      while (core / 2 >= extent) core /= 2;
      extent = core;
    } else {
      extent = roundUp(extent, inPattern);
    }
    for (int step = 1; step < core; step *= 2) {
      uint32_t address = uint32_t(rowStride) * step * span;
      memory.bases_[d].push_back(swizzleAddress(memory.swizzle_, address) / elementBytes);
    }
    memory.core_[d] = core;
    memory.repeatStride_[d] = rowStride * core * memory.panelElements_;
    usedRows += (shape[d] - 1) * rowStride;
    rowStride *= extent;
  }

  int panels = rowBytes / span;
  if (panels > 1) memory.panelStride_ = roundUp(usedRows, patternRows) * memory.panelElements_;
  memory.repeatStride_[contiguous] = memory.panelStride_;
  memory.elements_ = (panels - 1) * memory.panelStride_ + usedRows * memory.panelElements_;
  return memory;
}

Offset Memory::split(const Coord &coordinates) const {
  assert(coordinates.size() == shape_.size());
  Offset offset;
  for (int d = 0; d < shape_.size(); ++d) {
    for (size_t bit = 0; bit < bases_[d].size(); ++bit)
      if (coordinates[d] >> bit & 1) offset.xorPart ^= bases_[d][bit];
    offset.addPart += coordinates[d] / core_[d] * repeatStride_[d];
  }
  return offset;
}

int Memory::alignment() const { return swizzle_ == Swizzle::none ? 128 : patternRows * int(swizzle_); }

int Memory::maxVectorBytes(int elementBytes) const {
  if (shape_.size() == 0) return elementBytes;
  auto allows = [&](int width) {
    int contiguous = contiguousDim();
    if (width > core_[contiguous]) return false;
    for (int d = 0; d < shape_.size(); ++d) {
      if (shape_[d] > core_[d] && repeatStride_[d] % width != 0) return false;
      for (size_t bit = 0; bit < bases_[d].size(); ++bit) {
        bool inside = d == contiguous && 1 << bit < width;
        uint32_t basis = bases_[d][bit];
        if (inside ? basis != 1u << bit : basis % width != 0) return false;
      }
    }
    return true;
  };
  int width = std::max(16 / elementBytes, 1);
  while (width > 1 && !allows(width)) width /= 2;
  return width * elementBytes;
}

std::string Memory::toString() const {
  return "shape=" + shape_.toString() + " order=" + order_.toString() + " core=" + core_.toString() +
         " stride=" + repeatStride_.toString() + " swizzle=" + std::to_string(int(swizzle_));
}

} // namespace tilewright::layout
