// Conversions between element types. Every conversion is written out; none happens silently.
#pragma once

#include "tilewright/types/tile.hpp"

namespace tw {

namespace detail {
inline Handle cast(Element from, Element to, Handle value, const Where &where) {
  Recorder &recorder = Recorder::current(where);
  const Type source = recorder.type(value, where);
  Type target = source;
  target.element = to;
  bool same_bits = std::string(info(from).in_tile) == info(to).in_tile;
  if (same_bits) return recorder.copy_of(value, where);
  std::string signs = info(from).is_unsigned && info(to).is_unsigned ? " {from_unsigned, to_unsigned}"
                      : info(from).is_unsigned                       ? " {from_unsigned}"
                      : info(to).is_unsigned                         ? " {to_unsigned}"
                                                                     : "";
  return convert("tile.cast", value, target, where, signs);
}
} // namespace detail

/// Converts each element. To a narrower float: nearest, ties to even (8-bit floats saturate); float to integer: toward
/// zero, clamped, NaN gives zero; integer to integer: extension or truncation; to boolean: "is not zero".
template <class To, detail::AnyTile X> Tile<To> cast(const X &tile, detail::Where where = detail::Where::current()) {
  return {detail::Adopt{}, detail::cast(detail::element_of<detail::element_type<X>>, detail::element_of<To>,
                                        detail::Access::read(tile, where), where)};
}
template <class To, detail::AnyScalar X>
Value<To> cast(const X &scalar, detail::Where where = detail::Where::current()) {
  return {detail::Adopt{}, detail::cast(detail::element_of<detail::element_type<X>>, detail::element_of<To>,
                                        detail::Access::read(scalar, where), where)};
}
/// An index as a number: through i64 to the type asked for.
template <class To> Value<To> cast(const Index &index, detail::Where where = detail::Where::current()) {
  constexpr bool to_integer = detail::info(detail::element_of<To>).family == detail::Family::integer;
  using Through = std::conditional_t<to_integer, To, i64>;
  detail::Recorder &recorder = detail::Recorder::current(where);
  detail::Type type = detail::scalar_type(detail::element_of<Through>);
  Value<Through> number(detail::Adopt{},
                        recorder.op(type,
                                    "arith.index_cast " + recorder.use(detail::read_index(index, where), where) +
                                        " : index to " + detail::mlir_type(type),
                                    where));
  if constexpr (to_integer)
    return number;
  else
    return cast<To>(number, where);
}

/// A scalar integer as an index, for offsets and bounds that come from data. Unsigned values are not negative.
template <detail::AnyScalar X> Index to_index(const X &scalar, detail::Where where = detail::Where::current()) {
  constexpr detail::ElementInfo type = detail::info(detail::element_of<detail::element_type<X>>);
  constexpr bool scalar_is_an_integer = type.family == detail::Family::integer;
  static_assert(scalar_is_an_integer, "an index comes from an integer: cast<i32>(x) first");
  detail::Recorder &recorder = detail::Recorder::current(where);
  detail::Handle value = detail::Access::read(scalar, where);
  return {detail::Adopt{}, recorder.op(detail::scalar_type(detail::Element::index),
                                       (type.is_unsigned ? "arith.index_castui " : "arith.index_cast ") +
                                           recorder.use(value, where) + " : " + type.in_tile + " to index",
                                       where)};
}

} // namespace tw
