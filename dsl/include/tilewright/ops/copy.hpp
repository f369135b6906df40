// Movement of whole tiles between global memory, shared memory and registers.
#pragma once

#include "tilewright/types/fragment.hpp"
#include "tilewright/types/shared.hpp"
#include "tilewright/types/tensor.hpp"

namespace tw {

namespace detail {

template <class X> inline constexpr bool is_shared = false;
template <class T> inline constexpr bool is_shared<shared<T>> = true;
template <class X> inline constexpr bool is_global = false;
template <class T> inline constexpr bool is_global<TileRef<T>> = true;
/// Where a copy may begin or end.
template <class X>
concept Place = is_shared<X> || is_global<X> || std::is_base_of_v<Tile<element_type<X>>, X>;

/// One side of `tile.copy`: its text and its type.
template <class X> std::pair<std::string, std::string> copy_side(const X &side, const Where &where) {
  if constexpr (is_global<X>) {
    std::string text = side.place_text(where);
    return {text, side.tensor_type(where)};
  } else {
    Recorder &recorder = Recorder::current(where);
    return {recorder.use(side.buffer(), where), mlir_type(recorder.type(side.buffer(), where))};
  }
}

template <class X> std::string describe_place(const char *role, const X &place, const Where &where) {
  if constexpr (is_global<X>)
    return std::string(role) + ": tile " + to_string(place.type(where).extents) + " of a tensor, named at " +
           detail::place(place.where());
  else if constexpr (is_shared<X>)
    return describe(role, place.buffer(), where);
  else
    return std::string(role) + ": " + user_type(Access::type(place, where));
}

} // namespace detail

/// Copies a whole tile: from global memory, shared memory or registers, to any of them. Both sides have the same
/// element type and extents. Elements outside the tensor arrive as zero and are not written.
template <detail::AnyTile From, class To>
requires detail::Place<From> && detail::Place<std::remove_cvref_t<To>>
void copy(const From &from, To &&to, detail::Where where = detail::Where::current()) {
  using Destination = std::remove_cvref_t<To>;
  detail::check_same_element<detail::element_type<From>, detail::element_type<Destination>>();
  const detail::Type source = detail::Access::type(from, where), target = detail::Access::type(to, where);
  if (!(source.extents == target.extents))
    detail::fail(
        detail::code::copy_shape, where,
        "copy: the source is " + to_string(source.extents) + " but the destination " + to_string(target.extents),
        detail::describe_place("source", from, where) + "\n" + detail::describe_place("destination", to, where),
        "give both the same extents");
  constexpr bool from_memory = detail::is_shared<From> || detail::is_global<From>;
  constexpr bool to_memory = detail::is_shared<Destination> || detail::is_global<Destination>;
  if constexpr (from_memory && to_memory && !(detail::is_global<From> && detail::is_global<Destination>)) {
    if constexpr (detail::is_shared<From>) detail::check_written(from.buffer(), where);
    auto [source_text, source_type] = detail::copy_side(from, where);
    auto [target_text, target_type] = detail::copy_side(to, where);
    detail::Recorder &recorder = detail::Recorder::current(where);
    recorder.op("tile.copy " + source_text + " to " + target_text + " : " + source_type + " to " + target_type, where);
    if constexpr (detail::is_shared<Destination>) recorder.variable(to.buffer(), where).written = true;
  } else {
    detail::Access::write(to, detail::Access::read(from, where), where);
  }
}

/// Fills a buffer or tile with zeros.
template <class X>
requires detail::Place<std::remove_cvref_t<X>>
void clear(X &&buffer, detail::Where where = detail::Where::current()) {
  detail::Access::write(buffer, detail::Literal(0), where);
}

} // namespace tw
