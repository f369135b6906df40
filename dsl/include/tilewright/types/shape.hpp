// Shapes: static extents of tiles and buffers, static or symbolic sizes and strides of global tensors.
#pragma once

#include "tilewright/types/element.hpp"

#include <string>

namespace tw {

/// A size that is known only at launch.
inline constexpr std::int64_t dyn = -1;

namespace detail {
template <std::int64_t... Sizes> struct StaticShape {
  static_assert(((Sizes == dyn || Sizes > 0) && ...), "a size is positive, or dyn");
  static constexpr int rank = sizeof...(Sizes);
};
inline constexpr int max_rank = 5;
} // namespace detail

/// Sizes of a global tensor, some of them `dyn`: `Tensor<bf16, Shape<512, dyn>>`.
template <std::int64_t... Sizes> inline constexpr detail::StaticShape<Sizes...> Shape{};

/// The last dimension is contiguous; the other strides are known at launch. The default.
struct RowMajor {};
/// The first dimension is contiguous (rank 2 only).
struct ColumnMajor {};
/// Every stride is known only at launch.
struct AnyStrides {};

namespace detail {

/// Extents of a tile or buffer, or sizes of a tensor.
struct Extents {
  int rank = 0;
  std::int64_t at[max_rank] = {};

  void push(std::int64_t extent) { at[rank++] = extent; }
  bool operator==(const Extents &other) const {
    if (rank != other.rank) return false;
    for (int i = 0; i < rank; ++i)
      if (at[i] != other.at[i]) return false;
    return true;
  }
};

/// `{128, 64}`, as messages print it.
inline std::string to_string(const Extents &extents) {
  std::string text = "{";
  for (int i = 0; i < extents.rank; ++i) text += (i ? ", " : "") + std::to_string(extents.at[i]);
  return text + "}";
}

enum class Form : std::uint8_t { scalar, tile, shared, global };
enum class Strides : std::uint8_t { row_major, column_major, any };

/// The type of a recorded value.
struct Type {
  Form form = Form::scalar;
  Element element = Element::index;
  Strides strides = Strides::row_major; // of a global tensor
  Extents extents;

  bool operator==(const Type &other) const {
    return form == other.form && element == other.element && extents == other.extents;
  }
};

inline Type scalar_type(Element element) { return {Form::scalar, element, Strides::row_major, {}}; }
inline Type tile_type(Element element, const Extents &extents) {
  return {Form::tile, element, Strides::row_major, extents};
}

/// The type in MLIR's textual form.
inline std::string mlir_type(const Type &type) {
  const ElementInfo &element = info(type.element);
  if (type.form == Form::scalar) return element.in_tile;
  std::string text = type.form == Form::tile     ? "tensor<"
                     : type.form == Form::shared ? "!tile.buffer<"
                                                 : "!tile.global<";
  for (int i = 0; i < type.extents.rank; ++i)
    text += (type.extents.at[i] == dyn ? std::string("?") : std::to_string(type.extents.at[i])) + "x";
  text += type.form == Form::global ? element.in_memory : element.in_tile;
  if (type.form == Form::shared) text += ", shared";
  if (type.form == Form::global && type.strides != Strides::row_major) {
    text += ", strides = [";
    for (int i = 0; i < type.extents.rank; ++i)
      text += std::string(i ? ", " : "") + (i == 0 && type.strides == Strides::column_major ? "1" : "?");
    text += "]";
  }
  return text + ">";
}

/// The type as the user wrote it: `Tile<f32> {64, 64}`.
inline std::string user_type(const Type &type) {
  const std::string element = info(type.element).name;
  switch (type.form) {
  case Form::scalar: return type.element == Element::index ? element : "Value<" + element + ">";
  case Form::tile: return "Tile<" + element + "> " + to_string(type.extents);
  case Form::shared: return "shared<" + element + "> " + to_string(type.extents);
  case Form::global: break;
  }
  return "Tensor<" + element + ", " + std::to_string(type.extents.rank) + ">";
}

} // namespace detail
} // namespace tw
