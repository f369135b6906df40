// Host tensors and scalars: the values an argument list is made of before a device sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "tilewright/runtime/element.hpp"
#include "tilewright/runtime/error.hpp"

namespace tw::rt {

/// Row-major strides, in elements, of `shape`.
std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape);

/// A tensor in host memory: element type, shape, strides in elements (none negative), and its bytes, owned or borrowed.
/// The first element lies at offset 0; elements may be spaced by strides, and a stride of 0 repeats one element.
class HostTensor {
public:
  HostTensor() = default;
  HostTensor(HostTensor &&) noexcept = default;
  HostTensor &operator=(HostTensor &&) noexcept = default;
  HostTensor(const HostTensor &other);
  HostTensor &operator=(const HostTensor &other);

  /// A dense row-major tensor of zeros. Errors: negative extents, more than 2^40 bytes.
  static Result<HostTensor> zeros(ElementType type, std::vector<std::int64_t> shape);
  /// A tensor of zeros with the given strides in elements; the gaps are zeros too. Errors also: negative strides,
  /// another count of strides than of extents.
  static Result<HostTensor> zeros(ElementType type, std::vector<std::int64_t> shape, std::vector<std::int64_t> strides);
  /// A tensor over memory of the caller, which must outlive it and hold `storage_bytes()`.
  static Result<HostTensor> borrow(ElementType type, std::vector<std::int64_t> shape, std::vector<std::int64_t> strides,
                                   std::span<std::byte> bytes);

  ElementType type() const { return type_; }
  const std::vector<std::int64_t> &shape() const { return shape_; }
  const std::vector<std::int64_t> &strides() const { return strides_; }
  int rank() const { return static_cast<int>(shape_.size()); }
  /// Product of the extents; 1 for rank 0.
  std::int64_t element_count() const;
  /// Bytes from the first element to the end of the last one; 0 for an empty tensor.
  std::size_t storage_bytes() const { return bytes_.size(); }
  std::span<std::byte> bytes() { return bytes_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  /// Whether the strides are those of `dense_strides`, extents of 1 aside.
  bool is_dense() const;
  /// Offset in elements of the `index`-th element in row-major order.
  std::int64_t offset_of(std::int64_t index) const;
  /// The `index`-th element in row-major order, see `load_as_double`.
  double at(std::int64_t index) const;
  /// Stores the `index`-th element in row-major order, see `store_from_double`.
  void set(std::int64_t index, double value);
  /// The same bytes seen as another element type of the same size (how bf16 and the small floats travel in .npy).
  Result<HostTensor> reinterpreted(ElementType type) const;
  /// "bf16[128x64]{64,1}", for messages.
  std::string describe() const;

private:
  ElementType type_ = ElementType::f32;
  std::vector<std::int64_t> shape_, strides_;
  std::vector<std::byte> owned_;
  std::span<std::byte> bytes_;
};

/// One scalar: its type and its bits, in the low bytes of `bits` (two's complement for integers).
struct Scalar {
  ElementType type = ElementType::i32;
  std::uint64_t bits = 0;

  /// A scalar of a float type, rounded to nearest even, or of an integer type, rounded and clamped.
  static Scalar of_double(ElementType type, double value);
  /// A scalar of an integer or bool type (value taken modulo the type's range), or the nearest value of a float type.
  static Scalar of_integer(ElementType type, std::int64_t value);
  double as_double() const;
  /// The value of an integer or bool scalar; of a float scalar its value truncated towards zero.
  std::int64_t as_integer() const;
};

/// One argument in host memory.
using HostArgument = std::variant<HostTensor, Scalar>;

} // namespace tw::rt
