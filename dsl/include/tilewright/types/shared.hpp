// Buffers in shared memory.
#pragma once

#include "tilewright/types/tile.hpp"

namespace tw {

/// A buffer in the shared memory of a block, without contents at first. Reading it gives the whole buffer as a tile,
/// assigning it replaces the whole. Barriers between threads are the compiler's business. A buffer is a place and is
/// not copied by `auto x = As`; `Tile<T> x = As` takes its value.
template <class T> class shared : public detail::TileLike<T>, public detail::Subscripted<shared<T>, T> {
public:
  using tw_traced = void;
  using tw_tile = T;
  using tw_shared = T;

  /// Declares a buffer of these extents.
  template <class... Rest>
  shared(detail::LocatedInt first, const Rest &...rest)
      : handle_(declare("", detail::extents_of("shared", first, rest...), first.where)) {}
  /// The same with a name, which messages and reports use.
  template <class... Rest>
  shared(const char *name, detail::LocatedInt first, const Rest &...rest)
      : handle_(declare(name, detail::extents_of("shared", first, rest...), first.where)) {}
  shared(const shared &) = delete;
  shared &operator=(const shared &) = delete;

  shared &operator=(detail::Operand<T> value) {
    write(value.term(), value.where);
    return *this;
  }
  /// The buffer itself, for ops that take one.
  detail::Handle buffer() const { return handle_; }

private:
  friend struct detail::Access;
  static detail::Handle declare(const std::string &name, const detail::Extents &extents, const detail::Where &where) {
    detail::Type type = detail::tile_type(detail::element_of<T>, extents);
    type.form = detail::Form::shared;
    std::string attribute = name.empty() ? "" : "{name = " + detail::quoted(name) + "} ";
    detail::Recorder &recorder = detail::Recorder::current(where);
    detail::Handle handle = recorder.op(type, "tile.alloc " + attribute + ": " + detail::mlir_type(type), where);
    detail::Variable &variable = recorder.variable(handle, where);
    variable.written = false;
    variable.name = name;
    return handle;
  }
  detail::Type type(const detail::Where &where) const { return detail::Recorder::current(where).type(handle_, where); }
  detail::Handle read(const detail::Where &where) const {
    detail::check_written(handle_, where);
    detail::Recorder &recorder = detail::Recorder::current(where);
    detail::Type type = recorder.type(handle_, where);
    std::string buffer = detail::mlir_type(type);
    type.form = detail::Form::tile;
    return recorder.op(type, "tile.read " + recorder.use(handle_, where) + " : " + buffer, where);
  }
  void write(const detail::Term &value, const detail::Where &where) {
    detail::Recorder &recorder = detail::Recorder::current(where);
    detail::Type type = recorder.type(handle_, where);
    std::string buffer = detail::mlir_type(type);
    type.form = detail::Form::tile;
    if (!value.is_literal) {
      const detail::Type from = recorder.type(value.handle, where);
      if (from.form == detail::Form::tile && !(from.extents == type.extents))
        detail::fail(detail::code::assign_shape, where,
                     "=: a buffer " + to_string(type.extents) + " is assigned a value " + to_string(from.extents),
                     detail::describe("buffer", handle_, where) + "\n" + detail::describe("value", value.handle, where),
                     "give both the same extents");
    }
    detail::Handle tile = detail::shaped(value, type, where);
    recorder.op("tile.write " + recorder.use(tile, where) + ", " + recorder.use(handle_, where) + " : " + buffer,
                where);
    recorder.variable(handle_, where).written = true;
  }

  detail::Handle handle_;
};

} // namespace tw
