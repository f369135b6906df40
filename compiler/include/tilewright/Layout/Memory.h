// The layout of a tile in shared memory: from tile coordinates to an element offset.
#ifndef TILEWRIGHT_LAYOUT_MEMORY_H
#define TILEWRIGHT_LAYOUT_MEMORY_H

#include "tilewright/Layout/Coord.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tilewright::layout {

/// A contribution to an element offset. Contributions combine by XOR of the `xorPart`s plus the sum of the `addPart`s.
struct Offset {
  uint32_t xorPart = 0;
  uint32_t addPart = 0;

  uint32_t value() const { return xorPart + addPart; }
  friend Offset operator+(Offset a, Offset b) { return {a.xorPart ^ b.xorPart, a.addPart + b.addPart}; }
  Offset &operator+=(Offset other) { return *this = *this + other; }
  friend bool operator==(Offset, Offset) = default;
  friend auto operator<=>(Offset, Offset) = default;
};

/// The shared-memory swizzles of TMA and wgmma (PTX ISA 5.5.7); the value is the span in bytes.
enum class Swizzle { none = 0, b32 = 32, b64 = 64, b128 = 128 };

/// byteAddress with its 16-byte chunks permuted: a ^ ((a >> 3) & 0x10, 0x30 or 0x70).
uint32_t swizzleAddress(Swizzle mode, uint32_t byteAddress);

/// Where the elements of a tile lie, in elements from the start of the buffer:
///
///   offset(c) = XOR over the bits of c[d] % core[d] of their bases  +  sum of (c[d] / core[d]) * repeatStride[d]
///
/// `core` holds powers of two. Distinct elements have distinct offsets; there may be gaps (padding).
class Memory {
public:
  Memory() = default;

  /// Dense. `order` lists the dimensions, the contiguous one first; empty means the last dimension first.
  static Memory rowMajor(const Coord &shape, const Coord &order = {});
  /// Like rowMajor, with `padElements` unused elements after each row of the contiguous dimension.
  static Memory padded(const Coord &shape, const Coord &order, int padElements);
  /// The XOR swizzle of 16-byte chunks that TMA writes and wgmma reads. The span W is the largest of 128, 64, 32, 16
  /// bytes that divides the row and does not exceed `widest` (16: no swizzle needed); wider rows are split into column
  /// panels of W bytes, each with all its rows (a multiple of 8), one after the other. 8 consecutive rows at one column
  /// fall into distinct banks. Nothing unless a row is a multiple of 16 bytes and rows exist (rank >= 2).
  static std::optional<Memory> swizzled(const Coord &shape, const Coord &order, int elementBytes,
                                        Swizzle widest = Swizzle::b128);

  const Coord &shape() const { return shape_; }
  const Coord &core() const { return core_; }
  const Coord &repeatStride() const { return repeatStride_; }
  /// The dimensions, the contiguous one first.
  const Coord &order() const { return order_; }
  int contiguousDim() const { return order_[0]; }
  Swizzle swizzle() const { return swizzle_; }
  /// Elements of the contiguous dimension in one panel: the row, if there is one panel only.
  int panelElements() const { return panelElements_; }
  /// Elements from one panel to the next; 0 if there is one panel only.
  int panelStride() const { return panelStride_; }

  /// The offset of an element, in elements.
  uint32_t offset(const Coord &coordinates) const { return split(coordinates).value(); }
  /// The two parts of the offset. If the coordinates are a sum of terms that use disjoint bits of each dimension, the
  /// parts of the terms combine to those of the sum.
  Offset split(const Coord &coordinates) const;

  /// Elements from the start to the end of the last element.
  int elements() const { return elements_; }
  int bytes(int elementBytes) const { return elements_ * elementBytes; }
  /// The alignment in bytes that the start of the buffer needs: the period of the swizzle pattern, at least 128 (what
  /// TMA asks for).
  int alignment() const;
  /// The widest access in bytes (at most 16) for which aligned groups along the contiguous dimension are contiguous and
  /// aligned in memory. `elementBytes` is a power of two.
  int maxVectorBytes(int elementBytes) const;

  friend bool operator==(const Memory &a, const Memory &b) = default;
  /// Text such as `shape=[64,64] order=[1,0] core=[8,64] stride=[512,64] swizzle=128`.
  std::string toString() const;

private:
  void finish();

  Coord shape_;
  Coord order_;
  Coord core_;
  Coord repeatStride_;
  /// bases_[d][bit]: the contribution of that bit of coordinate d.
  std::vector<std::vector<uint32_t>> bases_;
  Swizzle swizzle_ = Swizzle::none;
  int panelElements_ = 0;
  int panelStride_ = 0;
  int elements_ = 0;
};

} // namespace tilewright::layout

#endif
