// Host tensors: shapes, strides and element access.
#include "tilewright/runtime/tensor.hpp"

#include <cmath>
#include <cstring>

namespace tw::rt {
namespace {

constexpr std::int64_t largest_tensor_bytes = std::int64_t{1} << 40;

std::string describe(ElementType type, std::span<const std::int64_t> shape) {
  std::string text = std::string(name_of(type)) + "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? "x" : "") + std::to_string(shape[i]);
  return text + "]";
}

// Bytes from the first element to the end of the last.
Result<std::size_t> storage_bytes(ElementType type, std::span<const std::int64_t> shape,
                                  std::span<const std::int64_t> strides) {
  const std::string where = describe(type, shape);
  if (strides.size() != shape.size())
    return make_fault(FaultClass::user, "tensor.strides",
                      {where,
                       std::to_string(strides.size()) + " strides for " + std::to_string(shape.size()) + " dimensions",
                       {},
                       "give one stride, in elements, per dimension"});
  std::int64_t last = 0, count = 1;
  bool empty = false, overflow = false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 0 || strides[i] < 0)
      return make_fault(FaultClass::user, "tensor.negative",
                        {where, "extents and strides may not be negative, dimension " + std::to_string(i) +
                                    " has extent " + std::to_string(shape[i]) + " and stride " +
                                    std::to_string(strides[i])});
    if (shape[i] == 0) {
      empty = true;
      continue;
    }
    std::int64_t step;
    overflow |= __builtin_mul_overflow(shape[i] - 1, strides[i], &step) || __builtin_add_overflow(last, step, &last) ||
                __builtin_mul_overflow(count, shape[i], &count);
  }
  if (empty) return std::size_t{0};
  const std::int64_t limit = largest_tensor_bytes / static_cast<std::int64_t>(size_of(type));
  if (overflow || last >= limit || count > limit)
    return make_fault(FaultClass::user, "tensor.size",
                      {where, "the tensor takes more than 2^40 bytes", {}, "check the extents and strides"});
  return static_cast<std::size_t>(last + 1) * size_of(type);
}

} // namespace

std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    // An overflow here belongs to a tensor that is refused by its size; the stride only must not trap.
    if (__builtin_mul_overflow(step, shape[i] > 0 ? shape[i] : 1, &step)) step = INT64_MAX;
  }
  return strides;
}

HostTensor::HostTensor(const HostTensor &other)
    : type_(other.type_), shape_(other.shape_), strides_(other.strides_), owned_(other.owned_),
      bytes_(other.owned_.empty() ? other.bytes_ : std::span<std::byte>(owned_)) {}

HostTensor &HostTensor::operator=(const HostTensor &other) {
  if (this != &other) *this = HostTensor(other);
  return *this;
}

Result<HostTensor> HostTensor::zeros(ElementType type, std::vector<std::int64_t> shape) {
  std::vector<std::int64_t> strides = dense_strides(shape);
  return zeros(type, std::move(shape), std::move(strides));
}

Result<HostTensor> HostTensor::zeros(ElementType type, std::vector<std::int64_t> shape,
                                     std::vector<std::int64_t> strides) {
  Result<std::size_t> bytes = rt::storage_bytes(type, shape, strides);
  if (!bytes) return bytes.fault();
  HostTensor tensor;
  try {
    tensor.owned_.resize(*bytes);
  } catch (const std::bad_alloc &) {
    return make_fault(FaultClass::user, "tensor.memory",
                      {rt::describe(type, shape), "no host memory for " + std::to_string(*bytes) + " bytes"});
  }
  tensor.type_ = type;
  tensor.shape_ = std::move(shape);
  tensor.strides_ = std::move(strides);
  tensor.bytes_ = tensor.owned_;
  return tensor;
}

Result<HostTensor> HostTensor::borrow(ElementType type, std::vector<std::int64_t> shape,
                                      std::vector<std::int64_t> strides, std::span<std::byte> bytes) {
  Result<std::size_t> needed = rt::storage_bytes(type, shape, strides);
  if (!needed) return needed.fault();
  if (bytes.size() < *needed)
    return make_fault(FaultClass::user, "tensor.borrow",
                      {rt::describe(type, shape), "the memory has " + std::to_string(bytes.size()) +
                                                      " bytes but the tensor takes " + std::to_string(*needed)});
  HostTensor tensor;
  tensor.type_ = type;
  tensor.shape_ = std::move(shape);
  tensor.strides_ = std::move(strides);
  tensor.bytes_ = bytes.first(*needed);
  return tensor;
}

std::int64_t HostTensor::element_count() const {
  std::int64_t count = 1;
  for (std::int64_t extent : shape_)
    if (extent == 0) return 0;
  for (std::int64_t extent : shape_) count *= extent;
  return count;
}

bool HostTensor::is_dense() const {
  if (element_count() == 0) return true;
  const std::vector<std::int64_t> dense = dense_strides(shape_);
  for (std::size_t i = 0; i < shape_.size(); ++i)
    if (shape_[i] != 1 && strides_[i] != dense[i]) return false;
  return true;
}

std::int64_t HostTensor::offset_of(std::int64_t index) const {
  std::int64_t offset = 0;
  for (std::size_t i = shape_.size(); i-- > 0;) {
    offset += index % shape_[i] * strides_[i];
    index /= shape_[i];
  }
  return offset;
}

double HostTensor::at(std::int64_t index) const {
  return load_as_double(type_, bytes_.data() + offset_of(index) * size_of(type_));
}

void HostTensor::set(std::int64_t index, double value) {
  store_from_double(type_, value, bytes_.data() + offset_of(index) * size_of(type_));
}

Result<HostTensor> HostTensor::reinterpreted(ElementType type) const {
  if (size_of(type) != size_of(type_))
    return make_fault(FaultClass::user, "tensor.reinterpret",
                      {describe(),
                       "elements of " + std::to_string(size_of(type_)) + " bytes cannot be read as " +
                           std::string(name_of(type)) + ", which has " + std::to_string(size_of(type)),
                       {},
                       "store the data with elements of the same size"});
  HostTensor copy = *this;
  copy.type_ = type;
  return copy;
}

std::string HostTensor::describe() const {
  std::string text = rt::describe(type_, shape_);
  if (is_dense()) return text;
  text += "{";
  for (std::size_t i = 0; i < strides_.size(); ++i) text += (i ? "," : "") + std::to_string(strides_[i]);
  return text + "}";
}

Scalar Scalar::of_double(ElementType type, double value) {
  Scalar scalar{type, 0};
  store_from_double(type, value, reinterpret_cast<std::byte *>(&scalar.bits));
  return scalar;
}

Scalar Scalar::of_integer(ElementType type, std::int64_t value) {
  if (is_float(type)) return of_double(type, static_cast<double>(value));
  Scalar scalar{type, static_cast<std::uint64_t>(value)};
  if (type == ElementType::boolean) scalar.bits = value != 0;
  const std::size_t bits = size_of(type) * 8;
  if (bits < 64) scalar.bits &= (std::uint64_t{1} << bits) - 1;
  return scalar;
}

double Scalar::as_double() const { return load_as_double(type, reinterpret_cast<const std::byte *>(&bits)); }

std::int64_t Scalar::as_integer() const {
  if (is_float(type)) {
    const double value = std::trunc(as_double());
    if (!(value < 9223372036854775808.0)) return std::isnan(value) ? 0 : INT64_MAX;
    return value < -9223372036854775808.0 ? INT64_MIN : static_cast<std::int64_t>(value);
  }
  const int unused_bits = 64 - 8 * static_cast<int>(size_of(type));
  if (is_signed_integer(type)) return static_cast<std::int64_t>(bits << unused_bits) >> unused_bits;
  return static_cast<std::int64_t>(bits);
}

} // namespace tw::rt
