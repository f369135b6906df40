// Tensors in global memory, and the tiles that kernels name in them.
#pragma once

#include "tilewright/types/tile.hpp"

namespace tw {

/// The value that stands for elements outside the tensor: `load(A(i, j), pad(-INFINITY))`.
struct pad {
  template <detail::Number N> explicit pad(N number) : value(number) {}
  detail::Literal value;
};

/// The name of a tile of global memory. Used in an expression it is read, at that moment; assigned, it is written.
/// Elements outside the tensor read as zero and are not written.
template <class T> class TileRef : public detail::TileLike<T> {
public:
  using tw_traced = void;
  using tw_tile = T;

  TileRef(detail::Handle tensor, const detail::Where &where) : tensor_(tensor), where_(where) {}
  TileRef(const TileRef &) = default;

  TileRef &operator=(const TileRef &) requires detail::never<T>;
  const TileRef &operator=(detail::Operand<T> value) const {
    write(value.term(), value.where);
    return *this;
  }
  const TileRef &operator+=(detail::Operand<T> b) const {
    detail::check_arithmetic<T>();
    write(detail::binary(detail::op_add, detail::element_of<T>, read(b.where), b.term(), b.where), b.where);
    return *this;
  }

  /// The tile, with `padding` for elements outside the tensor.
  Tile<T> load(const pad *padding, const detail::Where &where) const {
    detail::Recorder &recorder = detail::Recorder::current(where);
    std::string from = place_text(where), padding_text, padding_type;
    if (padding) {
      detail::Type scalar = detail::scalar_type(detail::element_of<T>);
      padding_text = " pad " + recorder.use(detail::constant(scalar, padding->value, where), where);
      padding_type = ", " + detail::mlir_type(scalar);
    }
    detail::Type result = type(where);
    return {detail::Adopt{},
            recorder.op(result,
                        "tile.load " + from + padding_text + " : " + detail::mlir_type(recorder.type(tensor_, where)) +
                            padding_type + " -> " + detail::mlir_type(result),
                        where)};
  }

  detail::Type type(const detail::Where &) const { return detail::tile_type(detail::element_of<T>, extents_); }
  /// `%a[%row, %column]`, with the offsets computed here.
  std::string place_text(const detail::Where &where) const {
    detail::Recorder &recorder = detail::Recorder::current(where);
    std::string text;
    for (int i = 0; i < extents_.rank; ++i) {
      detail::Handle offset = offsets_[i];
      if (scales_[i] != 1) {
        detail::Handle scale = detail::index_constant(scales_[i], where);
        offset = recorder.op(
            detail::scalar_type(detail::Element::index),
            "arith.muli " + recorder.use(offset, where) + ", " + recorder.use(scale, where) + " : index", where);
      }
      text += (i ? ", " : "[") + recorder.use(offset, where);
    }
    return recorder.use(tensor_, where) + text + "]";
  }
  std::string tensor_type(const detail::Where &where) const {
    return detail::mlir_type(detail::Recorder::current(where).type(tensor_, where));
  }
  const detail::Where &where() const { return where_; }

  /// One more axis: the tile begins at `position * scale`.
  void push(const detail::IndexOperand &position, std::int64_t scale, std::int64_t extent) {
    bool folded = position.is_constant();
    offsets_[extents_.rank] =
        folded ? detail::index_constant(position.constant() * scale, position.where) : position.read();
    scales_[extents_.rank] = folded ? 1 : scale;
    extents_.push(extent);
  }

private:
  friend struct detail::Access;
  detail::Handle read(const detail::Where &where) const { return detail::Access::read(load(nullptr, where), where); }
  void write(const detail::Term &value, const detail::Where &where) const {
    detail::Recorder &recorder = detail::Recorder::current(where);
    if (!value.is_literal) {
      const detail::Type from = recorder.type(value.handle, where);
      if (from.form == detail::Form::tile && !(from.extents == extents_))
        detail::fail(detail::code::assign_shape, where,
                     "=: a tile " + to_string(extents_) + " of the tensor is assigned a value " +
                         to_string(from.extents),
                     "tile: named at " + detail::place(where_) + "\n" + detail::describe("value", value.handle, where),
                     "tile the tensor with the extents of the value");
    }
    detail::Handle tile = detail::shaped(value, type(where), where);
    std::string to = place_text(where);
    recorder.op("tile.store " + recorder.use(tile, where) + ", " + to + " : " + detail::mlir_type(type(where)) + ", " +
                    tensor_type(where),
                where);
  }

  detail::Handle tensor_;
  detail::Where where_;
  detail::Extents extents_;
  detail::Handle offsets_[detail::max_rank];
  std::int64_t scales_[detail::max_rank] = {};
};

/// A tensor cut into tiles of one shape. `A(i, k)` names the tile in row i and column k of the tiling.
template <class T, int Rank> class Tiled {
public:
  using tw_tiled = void;
  static constexpr int rank = Rank;

  Tiled(detail::Handle tensor, const detail::Extents &tile) : tensor_(tensor), tile_(tile) {}

  /// Names a tile; one position for each axis.
  template <class... Rest> TileRef<T> operator()(detail::Position first, const Rest &...rest) const {
    static_assert(sizeof...(Rest) + 1 == Rank, "one position for each axis of the tensor");
    detail::IndexOperand positions[] = {first, detail::Position(rest, first.where)...};
    TileRef<T> tile(tensor_, first.where);
    for (int i = 0; i < Rank; ++i) tile.push(positions[i], tile_.at[i], tile_.at[i]);
    return tile;
  }
  /// Number of tiles along an axis; the last may be partial.
  Index tiles(int axis, detail::Where where = detail::Where::current()) const {
    detail::Recorder &recorder = detail::Recorder::current(where);
    detail::Handle size = detail::tensor_size(tensor_, axis, where);
    detail::Handle extent = detail::index_constant(tile_.at[axis], where);
    return {detail::Adopt{}, recorder.op(detail::scalar_type(detail::Element::index),
                                         "arith.ceildivui " + recorder.use(size, where) + ", " +
                                             recorder.use(extent, where) + " : index",
                                         where)};
  }
  Index rows(detail::Where where = detail::Where::current()) const requires(Rank == 2) { return tiles(0, where); }
  Index cols(detail::Where where = detail::Where::current()) const requires(Rank == 2) { return tiles(1, where); }

private:
  detail::Handle tensor_;
  detail::Extents tile_;
};

namespace detail {

template <auto Dims> struct DimsOf {
  static_assert(Dims > 0 && Dims <= max_rank, "the rank of a tensor is 1 to 5");
  static constexpr int rank = Dims;
  static Extents sizes() {
    Extents extents;
    for (int i = 0; i < rank; ++i) extents.push(dyn);
    return extents;
  }
};
template <std::int64_t... Sizes> struct ShapeDims {
  static constexpr int rank = sizeof...(Sizes);
  static Extents sizes() {
    Extents extents;
    (extents.push(Sizes), ...);
    return extents;
  }
};
template <std::int64_t... Sizes> ShapeDims<Sizes...> dims_of(StaticShape<Sizes...>);

template <class S> inline constexpr Strides strides_of = Strides::row_major;
template <> inline constexpr Strides strides_of<ColumnMajor> = Strides::column_major;
template <> inline constexpr Strides strides_of<AnyStrides> = Strides::any;

} // namespace detail

/// A tensor in global memory, an argument of a kernel. `Tensor<bf16, 2>` has symbolic sizes,
/// `Tensor<bf16, Shape<512, dyn>>` static ones; the third parameter says how it is laid out.
template <class T, auto Dims, class Layout = RowMajor> class Tensor {
  template <auto D> static auto dims() {
    if constexpr (std::is_integral_v<decltype(D)>)
      return detail::DimsOf<D>{};
    else
      return decltype(detail::dims_of(D)){};
  }
  using Sizes = decltype(dims<Dims>());

public:
  using tw_tensor = T;
  static constexpr int rank = Sizes::rank;
  static_assert(!std::is_same_v<Layout, ColumnMajor> || rank == 2, "ColumnMajor is defined for rank 2");

  explicit Tensor(detail::Handle handle) : handle_(handle) {}

  /// The tensor as tiles of these extents, which are plain integers.
  template <class... Rest> Tiled<T, rank> tiled(detail::LocatedInt first, const Rest &...rest) const {
    return {handle_, extents_of("tiled", first, rest...)};
  }
  /// The tile whose first element is at `position`, in elements: `a.tile_at({row, column}, 16, 64)`.
  template <class... Rest>
  TileRef<T> tile_at(const detail::Position (&position)[rank], detail::LocatedInt first, const Rest &...rest) const {
    detail::Extents extents = extents_of("tile_at", first, rest...);
    TileRef<T> tile(handle_, first.where);
    for (int i = 0; i < rank; ++i) tile.push(position[i], 1, extents.at[i]);
    return tile;
  }
  /// Number of elements along an axis.
  Index size(int axis, detail::Where where = detail::Where::current()) const {
    return {detail::Adopt{}, detail::tensor_size(handle_, axis, where)};
  }
  Index rows(detail::Where where = detail::Where::current()) const requires(rank == 2) { return size(0, where); }
  Index cols(detail::Where where = detail::Where::current()) const requires(rank == 2) { return size(1, where); }

  static detail::Type type() {
    return {detail::Form::global, detail::element_of<T>, detail::strides_of<Layout>, Sizes::sizes()};
  }

private:
  template <class... Rest>
  static detail::Extents extents_of(const char *what, detail::LocatedInt first, const Rest &...rest) {
    static_assert(sizeof...(Rest) + 1 == rank, "one extent for each axis of the tensor");
    return detail::extents_of(what, first, rest...);
  }

  detail::Handle handle_;
};

/// The tile that a name of memory stands for, with `padding` for elements outside the tensor.
template <class T> Tile<T> load(const TileRef<T> &tile, pad padding, detail::Where where = detail::Where::current()) {
  return tile.load(&padding, where);
}
template <class T> Tile<T> load(const TileRef<T> &tile, detail::Where where = detail::Where::current()) {
  return tile.load(nullptr, where);
}

} // namespace tw
