// The register layout of a tile: which thread holds which element in which of its registers.
#ifndef TILEWRIGHT_LAYOUT_DISTRIBUTED_H
#define TILEWRIGHT_LAYOUT_DISTRIBUTED_H

#include "tilewright/Layout/Coord.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tilewright::layout {

struct DerivedLayout;

/// What becomes of the axis that a slice removes.
enum class SlicedAxis {
  removed, ///< the result has one dimension less
  one      ///< the result keeps the axis with extent 1
};

/// A tile distributed over the registers of the threads of a block. The tile is a core, whose extents are powers of
/// two, times a repetition grid. Every bit of a register, lane or warp number moves along exactly one dimension by a
/// power of two (its *basis*) and no two bits move by the same amount along the same dimension, so
///
///   coordinates(register, lane, warp) = threadOffset(lane, warp) + registerOffset(register)
///
/// with plain integer addition. A zero basis of a lane or warp bit means that threads which differ in this bit hold
/// copies. Register index = repetition * 2^registerBits + core register, where `repetition` counts the grid with the
/// last dimension fastest.
class Distributed {
public:
  static constexpr int laneBits = 5;
  static constexpr int lanes = 32;

  /// The layout of a scalar, held by every lane of one warp.
  Distributed();
  /// The layout with these bases; the rank is that of `repeat`. Call `verify` unless it holds by construction.
  Distributed(Coord repeat, std::vector<Coord> registerBases, std::vector<Coord> laneBases,
              std::vector<Coord> warpBases);

  /// An empty string if the class invariant holds, else a sentence saying which basis breaks it:
  /// five lane bases; every basis of the tile's rank; at most one nonzero entry, a power of two; register bases never
  /// zero; the entries along each dimension are 1, 2, 4, ... without gaps or duplicates; repetitions >= 1.
  std::string verify() const;

  int rank() const { return repeat_.size(); }
  /// core * repeat, per dimension.
  Coord shape() const;
  /// The extents of the power-of-two core.
  const Coord &core() const { return core_; }
  const Coord &repeat() const { return repeat_; }
  std::span<const Coord> registerBases() const { return registerBases_; }
  std::span<const Coord> laneBases() const { return laneBases_; }
  std::span<const Coord> warpBases() const { return warpBases_; }
  const Coord &laneBasis(int bit) const { return laneBases_[bit]; }
  const Coord &warpBasis(int bit) const { return warpBases_[bit]; }

  int registerBits() const { return int(registerBases_.size()); }
  int warpBits() const { return int(warpBases_.size()); }
  int warps() const { return 1 << warpBits(); }
  int threads() const { return warps() * lanes; }
  /// Registers (one element each) per thread: 2^registerBits * product(repeat).
  int elementsPerThread() const { return (1 << registerBits()) * repeat_.product(); }

  /// The tile coordinates of a register of a thread.
  Coord coordinates(int reg, int lane, int warp) const;
  /// The part of the coordinates that depends on the thread.
  Coord threadOffset(int lane, int warp) const;
  /// The part of the coordinates that depends on the register: a compile-time constant.
  Coord registerOffset(int reg) const;
  /// The register whose offset is `offset`, or -1 if there is none.
  int registerAt(const Coord &offset) const;

  /// Lane bits with a zero basis. A thread *owns* its elements if (lane & mask) == 0 and likewise for its warp: every
  /// element has exactly one owner.
  uint32_t replicatedLanes() const;
  uint32_t replicatedWarps() const;
  bool isOwner(int lane, int warp) const;

  /// The largest power of two w such that registers w*i .. w*i+w-1 hold w consecutive elements along `dim`, starting at
  /// a multiple of w, for every i and every thread.
  int vectorWidth(int dim) const;

  /// The layout of the result of a reduction along `axis`, in every thread that held a part of the row. Bits that moved
  /// along the axis become replication; `registerMap` says into which register of the result each register goes.
  DerivedLayout slice(int axis, SlicedAxis kind = SlicedAxis::removed) const;
  /// True if this layout is `parent.slice(axis, kind)` up to equivalence, so that a value in it broadcasts along `axis`
  /// to `parent` within each thread (through the slice's `registerMap`).
  bool isSliceOf(const Distributed &parent, int axis, SlicedAxis kind = SlicedAxis::removed) const;
  /// The same registers seen as the transposed tile: dimension d of the result is dimension permutation[d] of this.
  /// The repetition order changes with the dimensions, hence the `registerMap`.
  DerivedLayout transpose(const Coord &permutation) const;

  /// The unique form of this mapping with the fewest repetitions: the power-of-two factors of the fastest repetitions
  /// become register bits. Register numbers keep their meaning.
  Distributed canonical() const;
  /// True if both map every (register, lane, warp) to the same element.
  bool isEquivalent(const Distributed &other) const { return canonical() == other.canonical(); }
  friend bool operator==(const Distributed &a, const Distributed &b) = default;

  /// Text such as `reg=[[0,1]] lane=[[0,2],[0,4],[1,0],[2,0],[4,0]] warp=[[8,0]] repeat=[2,3]`.
  std::string toString() const;
  /// Reads what `toString` writes. On failure returns nothing and says why in `error` if that is given.
  static std::optional<Distributed> parse(std::string_view text, std::string *error = nullptr);

private:
  Coord core_;
  Coord repeat_;
  std::vector<Coord> registerBases_;
  std::vector<Coord> laneBases_;
  std::vector<Coord> warpBases_;
};

/// A layout made from another one, and where the registers went.
struct DerivedLayout {
  Distributed layout;
  /// registerMap[parent register] = register of `layout` that holds (or receives) it in the same thread.
  std::vector<int> registerMap;
};

} // namespace tilewright::layout

#endif
