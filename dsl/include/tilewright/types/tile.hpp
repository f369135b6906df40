// Tile: a traced value of static extents, spread over the threads of a block.
#pragma once

#include "tilewright/types/elements.hpp"
#include "tilewright/types/index.hpp"

namespace tw {

/// A tile: a small dense array that a whole block of threads holds. Copying a Tile takes its value; assigning to one
/// that was declared outside a loop or branch is recorded as an assignment of the kernel.
template <class T> class Tile : public detail::TileLike<T>, public detail::Subscripted<Tile<T>, T> {
public:
  using tw_traced = void;
  using tw_tile = T;

  Tile(const Tile &other, detail::Where where = detail::Where::current())
      : handle_(detail::Recorder::current(where).copy_of(other.read(where), where)) {}
  /// Reads the tile that a name of memory stands for: `Tile<bf16> x = A(i, k);`
  template <detail::AnyTile X>
  requires(!std::is_base_of_v<Tile, X>) Tile(const X &memory, detail::Where where = detail::Where::current())
      : handle_(detail::Recorder::current(where).copy_of(detail::Access::read(memory, where), where)) {
    detail::check_same_element<T, typename X::tw_tile>();
  }
  Tile(detail::Adopt, detail::Handle handle) : handle_(handle) {}

  /// Assignment keeps the extents; a scalar or literal fills the tile.
  Tile &operator=(const Tile &) requires detail::never<T>;
  Tile &operator=(detail::Operand<T> value) {
    detail::assign(handle_, value.term(), value.where);
    return *this;
  }
  Tile &operator+=(detail::Operand<T> b) { return update(detail::op_add, b); }
  Tile &operator-=(detail::Operand<T> b) { return update(detail::op_sub, b); }
  Tile &operator*=(detail::Operand<T> b) { return update(detail::op_mul, b); }
  Tile &operator/=(detail::Operand<T> b) { return update(detail::op_div, b); }

  /// Number of axes, and the extent of one; known while tracing.
  int rank(detail::Where where = detail::Where::current()) const { return type(where).extents.rank; }
  std::int64_t extent(int axis, detail::Where where = detail::Where::current()) const {
    detail::check_axis("extent", type(where).extents, axis, where);
    return type(where).extents.at[axis];
  }

protected:
  friend struct detail::Access;
  detail::Type type(const detail::Where &where) const { return detail::Recorder::current(where).type(handle_, where); }
  detail::Handle read(const detail::Where &where) const {
    detail::check_written(handle_, where);
    return handle_;
  }
  void write(const detail::Term &value, const detail::Where &where) { detail::assign(handle_, value, where); }

private:
  Tile &update(const detail::Spelling &op, const detail::Operand<T> &b) {
    detail::check_arithmetic<T>();
    detail::Handle value = detail::binary(op, detail::element_of<T>, read(b.where), b.term(), b.where);
    detail::assign(handle_, value, b.where);
    return *this;
  }

  detail::Handle handle_;
};

} // namespace tw
