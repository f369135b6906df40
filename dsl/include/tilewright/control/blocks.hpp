// The grid of a kernel: `for (auto [i, j] : blocks(C))`.
#pragma once

#include "tilewright/types/tensor.hpp"

#include <array>

namespace tw {

namespace detail {

/// The range of the block loop. Its indices come as an array, or as a plain Index for a grid of one axis.
template <int Rank> class BlockRange {
public:
  explicit BlockRange(const IndexOperand (&extents)[Rank]) : where_(extents[0].where) {
    for (int i = 0; i < Rank; ++i) extents_[i] = extents[i].read();
  }
  BlockRange(const Handle (&extents)[Rank], const Where &where) : where_(where) {
    for (int i = 0; i < Rank; ++i) extents_[i] = extents[i];
  }

  class Iterator {
  public:
    Iterator(const Handle *indices, RegionScope *scope) : indices_(indices), scope_(scope) {}
    auto operator*() const {
      if constexpr (Rank == 1)
        return index(0);
      else if constexpr (Rank == 2)
        return std::array<Index, 2>{index(0), index(1)};
      else
        return std::array<Index, 3>{index(0), index(1), index(2)};
    }
    Iterator &operator++() {
      scope_->close("}");
      done_ = true;
      return *this;
    }
    struct End {};
    bool operator!=(End) const { return !done_; }

  private:
    Index index(int axis) const { return {Adopt{}, indices_[axis]}; }
    const Handle *indices_;
    RegionScope *scope_;
    bool done_ = false;
  };

  Iterator begin() {
    Recorder &recorder = Recorder::current(where_);
    std::string names, bounds;
    for (int i = 0; i < Rank; ++i) bounds += (i ? ", " : "") + recorder.use(extents_[i], where_);
    std::uint32_t serial = recorder.enter_blocks(where_);
    for (int i = 0; i < Rank; ++i) {
      indices_[i] = recorder.define(scalar_type(Element::index), where_);
      names += (i ? ", " : "") + marked(mark_define, indices_[i].id);
    }
    recorder.open_line("tile.blocks (" + names + ") in (" + bounds + ") {", where_);
    scope_.start(recorder, serial);
    return {indices_, &scope_};
  }
  typename Iterator::End end() const { return {}; }

private:
  Where where_;
  Handle extents_[Rank];
  Handle indices_[Rank];
  RegionScope scope_;
};

} // namespace detail

/// One block for each tile of a tiled tensor; blocks run independently, in any order.
template <class T, int Rank>
detail::BlockRange<Rank> blocks(const Tiled<T, Rank> &tiles, detail::Where where = detail::Where::current()) {
  static_assert(Rank <= 3, "a grid has at most three axes: blocks(n, m, k)");
  detail::Handle extents[Rank];
  for (int i = 0; i < Rank; ++i) extents[i] = detail::Access::read(tiles.tiles(i, where), where);
  return {extents, where};
}
/// A grid of given extents, one to three.
inline detail::BlockRange<1> blocks(detail::IndexOperand n) { return detail::BlockRange<1>({n}); }
inline detail::BlockRange<2> blocks(detail::IndexOperand n, detail::IndexOperand m) {
  return detail::BlockRange<2>({n, m});
}
inline detail::BlockRange<3> blocks(detail::IndexOperand n, detail::IndexOperand m, detail::IndexOperand k) {
  return detail::BlockRange<3>({n, m, k});
}

} // namespace tw
