// Tiles from nothing: zeros, full, iota.
#pragma once

#include "tilewright/types/tile.hpp"

namespace tw {

/// A tile of zeros: `zeros<f32>(64, 64)`.
template <class T, class... Rest> Tile<T> zeros(detail::LocatedInt first, const Rest &...rest) {
  detail::Extents extents = detail::extents_of("zeros", first, rest...);
  return {detail::Adopt{}, detail::constant(detail::tile_type(detail::element_of<T>, extents), 0, first.where)};
}

namespace detail {
/// Extents in braces: `full<f32>({64, 64}, value)`.
struct ExtentList {
  Extents extents;
  Where where;
  ExtentList(std::initializer_list<LocatedInt> list) : where(list.begin()->where) {
    for (const LocatedInt &extent : list) {
      if (extents.rank == max_rank) fail(code::extent, where, "a tile has at most 5 axes");
      extents.push(extent.value);
    }
  }
};
} // namespace detail

/// A tile all of whose elements are one literal or scalar: `full<f32>({64, 1}, -INFINITY)`.
template <class T> Tile<T> full(detail::ExtentList extents, detail::ScalarOperand<T> value) {
  detail::check_extents("full", extents.extents, extents.where);
  return {detail::Adopt{},
          detail::shaped(value.term(), detail::tile_type(detail::element_of<T>, extents.extents), extents.where)};
}

/// Which axis of a tile.
struct axis {
  explicit axis(int number, detail::Where caller = detail::Where::current()) : value(number), where(caller) {}
  int value;
  detail::Where where;
};

/// A tile of i32 whose elements are their own position along one axis.
inline Tile<i32> iota(detail::ExtentList extents, axis along) {
  detail::check_extents("iota", extents.extents, extents.where);
  detail::check_axis("iota", extents.extents, along.value, along.where);
  detail::Type type = detail::tile_type(detail::Element::i32, extents.extents);
  return {detail::Adopt{},
          detail::Recorder::current(along.where)
              .op(type, "tile.iota {axis = " + std::to_string(along.value) + " : i64} : " + detail::mlir_type(type),
                  along.where)};
}

} // namespace tw
