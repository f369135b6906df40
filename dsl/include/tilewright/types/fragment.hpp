// Buffers in registers.
#pragma once

#include "tilewright/types/tile.hpp"

namespace tw {

/// A tile in the registers of a block, without contents at first: a Tile that must be written (copy, clear, =) before
/// it is read. In the kernel it is a variable, like every Tile.
template <class T> class fragment : public Tile<T> {
public:
  /// Declares a fragment of these extents.
  template <class... Rest>
  fragment(detail::LocatedInt first, const Rest &...rest)
      : Tile<T>(detail::Adopt{}, declare("", detail::extents_of("fragment", first, rest...), first.where)) {}
  /// The same with a name, which messages use.
  template <class... Rest>
  fragment(const char *name, detail::LocatedInt first, const Rest &...rest)
      : Tile<T>(detail::Adopt{}, declare(name, detail::extents_of("fragment", first, rest...), first.where)) {}
  /// Copies the value.
  fragment(const fragment &other, detail::Where where = detail::Where::current()) : Tile<T>(other, where) {}

  fragment &operator=(const fragment &) requires detail::never<T>;
  fragment &operator=(detail::Operand<T> value) {
    Tile<T>::operator=(value);
    return *this;
  }

private:
  static detail::Handle declare(const char *name, const detail::Extents &extents, const detail::Where &where) {
    detail::Handle handle = detail::constant(detail::tile_type(detail::element_of<T>, extents), 0, where);
    detail::Variable &variable = detail::Recorder::current(where).variable(handle, where);
    variable.written = false;
    variable.name = name;
    return handle;
  }
};

} // namespace tw
