// Elements named by the indices of a `parallel`: each stands for a whole tile, in the shape of the loop.
#pragma once

#include "tilewright/ops/operators.hpp"
#include "tilewright/types/operand.hpp"

#include <initializer_list>

namespace tw {

/// One index of a `parallel`; in arithmetic it is a tile of i32 that holds its own value at each point.
class ParallelIndex : public detail::TileLike<i32> {
public:
  using tw_traced = void;
  using tw_tile = i32;

  ParallelIndex(int axis, const detail::Extents &extents, const void *loop)
      : axis_(axis), extents_(extents), loop_(loop) {}

  int axis() const { return axis_; }
  const detail::Extents &extents() const { return extents_; }
  const void *loop() const { return loop_; }

private:
  friend struct detail::Access;
  detail::Handle read(const detail::Where &where) const {
    detail::Extents own;
    for (int i = 0; i < extents_.rank; ++i) own.push(i == axis_ ? extents_.at[i] : 1);
    detail::Type type = detail::tile_type(detail::Element::i32, own);
    return detail::Recorder::current(where).op(
        type, "tile.iota {axis = " + std::to_string(axis_) + " : i64} : " + detail::mlir_type(type), where);
  }

  int axis_;
  detail::Extents extents_;
  const void *loop_;
};

namespace detail {

inline void check_axis(const char *what, const Extents &extents, int axis, const Where &where) {
  if (axis < 0 || axis >= extents.rank)
    fail(code::axis, where, std::string(what) + ": axis " + std::to_string(axis) + " of a tile " + to_string(extents),
         "", "axes count from 0 to " + std::to_string(extents.rank - 1));
}

inline void check_written(Handle handle, const Where &where) {
  const Variable &variable = Recorder::current(where).variable(handle, where);
  if (!variable.written)
    fail(code::unwritten, where, "a buffer is read before anything is written to it", describe("buffer", handle, where),
         "copy a tile into it, assign it, or clear() it first");
}

/// One subscript inside `parallel`, with the user's line.
struct Subscript {
  enum Kind : std::uint8_t { loop_index, zero, computed };
  Kind kind;
  const ParallelIndex *index = nullptr;
  std::int64_t number = 0;
  Where where;

  Subscript(const ParallelIndex &loop, Where caller = Where::current())
      : kind(loop_index), index(&loop), where(caller) {}
  template <std::integral N>
  Subscript(N constant, Where caller = Where::current())
      : kind(constant == 0 ? zero : computed), number(static_cast<std::int64_t>(constant)), where(caller) {}
  template <class X>
  requires(AnyTraced<X> || std::is_same_v<X, Index>) Subscript(const X &, Where caller = Where::current())
      : kind(computed), where(caller) {}
};

/// Which axis of the loop each axis of the buffer follows, or -1 where the subscript is 0.
struct ElementMap {
  Extents source;
  Extents loop;
  int axis_of[max_rank] = {};
  Where where;

  ElementMap(const Extents &extents, std::initializer_list<Subscript> subscripts)
      : source(extents), where(subscripts.begin()->where) {
    if (static_cast<int>(subscripts.size()) != extents.rank)
      fail(code::parallel_extent, where,
           std::to_string(subscripts.size()) + " subscripts for a tile of rank " + std::to_string(extents.rank),
           "the extents are " + to_string(extents), "give one subscript for each axis");
    const void *owner = nullptr;
    bool seen[max_rank] = {};
    int axis = 0;
    for (const Subscript &subscript : subscripts) {
      std::int64_t extent = extents.at[axis];
      if (subscript.kind == Subscript::computed || (subscript.kind == Subscript::zero && extent != 1))
        fail(code::computed_index, subscript.where,
             "parallel: subscript " + std::to_string(axis) + " is not an index of the loop",
             "inside parallel an element is named by the loop's own indices, or by 0 where the extent is 1",
             "read the shifted tile with tile_at() before the loop, and name it by plain indices");
      if (subscript.kind == Subscript::zero) {
        axis_of[axis++] = -1;
        continue;
      }
      const ParallelIndex &index = *subscript.index;
      if (seen[index.axis()] || (owner && owner != index.loop()))
        fail(code::parallel_repeat, subscript.where,
             seen[index.axis()] ? "parallel: one index names two axes of a tile"
                                : "parallel: the subscripts are indices of two loops",
             "", "use each index of one parallel loop at most once");
      if (index.extents().at[index.axis()] != extent)
        fail(code::parallel_extent, subscript.where,
             "parallel: index " + std::to_string(index.axis()) + " runs to " +
                 std::to_string(index.extents().at[index.axis()]) + " but axis " + std::to_string(axis) +
                 " has extent " + std::to_string(extent),
             "the extents are " + to_string(extents), "let the loop run over the extents of the tile");
      owner = index.loop();
      loop = index.extents();
      seen[index.axis()] = true;
      axis_of[axis++] = index.axis();
    }
  }

  /// The axes of the buffer that follow the loop, in the order of the loop.
  int ordered(int *axes) const {
    int count = 0;
    for (int l = 0; l < loop.rank; ++l)
      for (int s = 0; s < source.rank; ++s)
        if (axis_of[s] == l) axes[count++] = s;
    return count;
  }
  bool covers_loop() const {
    int axes[max_rank];
    return ordered(axes) == loop.rank;
  }
};

inline Handle reshaped(Handle value, const Extents &extents, const Where &where) {
  Type type = Recorder::current(where).type(value, where);
  if (type.extents == extents) return value;
  type.extents = extents;
  return convert("tile.reshape", value, type, where);
}

inline Handle permuted(Handle value, const int *permutation, const Where &where) {
  Type type = Recorder::current(where).type(value, where);
  Extents extents;
  std::string list;
  bool identity = true;
  for (int i = 0; i < type.extents.rank; ++i) {
    extents.push(type.extents.at[permutation[i]]);
    list += (i ? ", " : "") + std::to_string(permutation[i]);
    identity = identity && permutation[i] == i;
  }
  if (identity) return value;
  type.extents = extents;
  return convert("tile.transpose", value, type, where, " {permutation = array<i64: " + list + ">}");
}

/// The whole buffer in the shape of the loop, with extent 1 along indices it does not follow.
inline Handle gather_elements(const ElementMap &map, Handle whole, const Where &where) {
  Extents dense, spread;
  int axes[max_rank], order[max_rank];
  int count = map.ordered(axes);
  for (int s = 0; s < map.source.rank; ++s)
    if (map.axis_of[s] >= 0) dense.push(map.source.at[s]);
  for (int n = 0; n < count; ++n) {
    order[n] = 0;
    for (int s = 0; s < axes[n]; ++s) order[n] += map.axis_of[s] >= 0;
  }
  for (int l = 0, n = 0; l < map.loop.rank; ++l) {
    bool follows = n < count && map.axis_of[axes[n]] == l;
    spread.push(follows ? map.source.at[axes[n++]] : 1);
  }
  if (count == 0) return reshaped(whole, spread, where);
  bool in_order = true;
  for (int n = 0; n < count; ++n) in_order = in_order && order[n] == n;
  if (!in_order) whole = permuted(reshaped(whole, dense, where), order, where);
  return reshaped(whole, spread, where);
}

/// The reverse: a value in the shape of the loop becomes the whole buffer.
inline Handle scatter_elements(const ElementMap &map, Element element, const Term &value, const Where &where) {
  if (!map.covers_loop())
    fail(code::parallel_write, where, "parallel: several points of the loop write one element",
         "the subscripts name fewer indices than the loop has", "reduce along the other axis first, or loop over less");
  Handle full = shaped(value, tile_type(element, map.loop), where);
  int axes[max_rank], inverse[max_rank] = {}, position = 0;
  map.ordered(axes);
  for (int s = 0; s < map.source.rank; ++s)
    if (map.axis_of[s] >= 0) inverse[position++] = map.axis_of[s];
  return reshaped(permuted(full, inverse, where), map.source, where);
}

/// `C(i, j)` inside `parallel`: reads as a tile, and assigning it writes the whole buffer.
template <class T, bool Writable> class ElementsOf : public TileLike<T> {
public:
  using tw_traced = void;
  using tw_tile = T;

  template <class Owner>
  ElementsOf(Owner &owner, const Extents &extents, std::initializer_list<Subscript> subscripts)
      : map_(extents, subscripts), owner_(const_cast<std::remove_const_t<Owner> *>(&owner)), read_(&read_owner<Owner>) {
    if constexpr (Writable) write_ = &write_owner<Owner>;
  }

  ElementsOf &operator=(const ElementsOf &) requires never<T>;
  const ElementsOf &operator=(Operand<T> value) const { return write(value.term(), value.where); }
  const ElementsOf &operator+=(Operand<T> b) const { return update(op_add, b); }
  const ElementsOf &operator-=(Operand<T> b) const { return update(op_sub, b); }
  const ElementsOf &operator*=(Operand<T> b) const { return update(op_mul, b); }
  const ElementsOf &operator/=(Operand<T> b) const { return update(op_div, b); }

private:
  friend struct Access;
  Handle read(const Where &where) const { return gather_elements(map_, read_(owner_, where), where); }
  const ElementsOf &write(const Term &value, const Where &where) const {
    constexpr bool the_tile_is_not_const = Writable;
    static_assert(the_tile_is_not_const, "an element of a const tile is assigned");
    write_(owner_, scatter_elements(map_, element_of<T>, value, where), where);
    return *this;
  }
  const ElementsOf &update(const Spelling &op, const Operand<T> &b) const {
    check_arithmetic<T>();
    return write(binary(op, element_of<T>, read(b.where), b.term(), b.where), b.where);
  }
  template <class Owner> static Handle read_owner(void *owner, const Where &where) {
    return Access::read(*static_cast<const Owner *>(owner), where);
  }
  template <class Owner> static void write_owner(void *owner, const Term &value, const Where &where) {
    Access::write(*static_cast<Owner *>(owner), value, where);
  }

  ElementMap map_;
  void *owner_;
  Handle (*read_)(void *, const Where &);
  void (*write_)(void *, const Term &, const Where &) = nullptr;
};

/// The subscripts of `parallel`, for a tile or buffer type `Self`.
template <class Self, class T> class Subscripted {
public:
  /// One element for each point of an enclosing `parallel`: the subscripts are that loop's own indices, all or some,
  /// or 0 where the extent is 1.
  ElementsOf<T, true> operator()(Subscript i) { return all<true>(self(), {i}); }
  ElementsOf<T, true> operator()(Subscript i, Subscript j) { return all<true>(self(), {i, j}); }
  ElementsOf<T, true> operator()(Subscript i, Subscript j, Subscript k) { return all<true>(self(), {i, j, k}); }
  ElementsOf<T, false> operator()(Subscript i) const { return all<false>(self(), {i}); }
  ElementsOf<T, false> operator()(Subscript i, Subscript j) const { return all<false>(self(), {i, j}); }
  ElementsOf<T, false> operator()(Subscript i, Subscript j, Subscript k) const { return all<false>(self(), {i, j, k}); }

private:
  Self &self() { return *static_cast<Self *>(this); }
  const Self &self() const { return *static_cast<const Self *>(this); }
  template <bool Writable, class Owner>
  static ElementsOf<T, Writable> all(Owner &owner, std::initializer_list<Subscript> subscripts) {
    return {owner, Access::type(owner, subscripts.begin()->where).extents, subscripts};
  }
};

} // namespace detail
} // namespace tw
