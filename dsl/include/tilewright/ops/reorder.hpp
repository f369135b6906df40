// The same elements in another shape: transpose and reshape.
#pragma once

#include "tilewright/ops/create.hpp"

namespace tw {

/// A tile of rank 2 with its axes exchanged. (In a product, `transposed(x)` reads x the other way without moving it.)
template <detail::AnyTile X>
Tile<detail::element_type<X>> transpose(const X &tile, detail::Where where = detail::Where::current()) {
  detail::Handle value = detail::Access::read(tile, where);
  const detail::Type type = detail::Recorder::current(where).type(value, where);
  if (type.extents.rank != 2)
    detail::fail(detail::code::axis, where, "transpose: the tile has rank " + std::to_string(type.extents.rank),
                 detail::describe("tile", value, where), "reshape it to two axes first");
  const int exchanged[] = {1, 0};
  return {detail::Adopt{}, detail::permuted(value, exchanged, where)};
}

/// The same tile with axes of extent 1 added or removed: `reshape(x, {64, 1})`.
template <detail::AnyTile X>
Tile<detail::element_type<X>> reshape(const X &tile, detail::ExtentList extents,
                                      detail::Where where = detail::Where::current()) {
  detail::Handle value = detail::Access::read(tile, where);
  const detail::Type type = detail::Recorder::current(where).type(value, where);
  auto without_ones = [](const detail::Extents &from) {
    detail::Extents kept;
    for (int i = 0; i < from.rank; ++i)
      if (from.at[i] != 1) kept.push(from.at[i]);
    return kept;
  };
  detail::check_extents("reshape", extents.extents, where);
  if (!(without_ones(type.extents) == without_ones(extents.extents)))
    detail::fail(detail::code::reshape, where,
                 "reshape: " + to_string(type.extents) + " cannot become " + to_string(extents.extents),
                 detail::describe("tile", value, where), "only axes of extent 1 are added or removed");
  return {detail::Adopt{},
          detail::Recorder::current(where).apart_from(value, detail::reshaped(value, extents.extents, where), where)};
}

} // namespace tw
