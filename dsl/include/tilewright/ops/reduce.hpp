// Reductions along one axis.
#pragma once

#include "tilewright/ops/create.hpp"

namespace tw {

namespace detail {
template <AnyTile X>
Tile<element_type<X>> reduce(const char *kind, const X &tile, const axis &along, const Where &where) {
  using T = element_type<X>;
  check_arithmetic<T>();
  Recorder &recorder = Recorder::current(where);
  Handle value = Access::read(tile, where);
  Type result = recorder.type(value, where);
  check_axis("reduce", result.extents, along.value, where);
  result.extents.at[along.value] = 1;
  bool says_sign = info(element_of<T>).is_unsigned;
  return {Adopt{}, convert("tile.reduce", value, result, where,
                           " {axis = " + std::to_string(along.value) + " : i64, kind = #tile.reduce_kind<" + kind +
                               ">" + (says_sign ? ", is_unsigned" : "") + "}")};
}
} // namespace detail

/// The sum along an axis, which stays with extent 1. The order of the additions is not specified.
template <detail::AnyTile X>
auto reduce_sum(const X &tile, axis along, detail::Where where = detail::Where::current()) {
  return detail::reduce("sum", tile, along, where);
}
/// The maximum along an axis, which stays with extent 1; NaN where any element is NaN.
template <detail::AnyTile X>
auto reduce_max(const X &tile, axis along, detail::Where where = detail::Where::current()) {
  return detail::reduce("max", tile, along, where);
}
/// The minimum along an axis, which stays with extent 1; NaN where any element is NaN.
template <detail::AnyTile X>
auto reduce_min(const X &tile, axis along, detail::Where where = detail::Where::current()) {
  return detail::reduce("min", tile, along, where);
}

} // namespace tw
