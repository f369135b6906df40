// Host tensors and scalars.
#include "check.hpp"

#include "tilewright/runtime/tensor.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

TEST_CASE("dense and strided tensors place their elements") {
  HostTensor dense = HostTensor::zeros(ElementType::i16, {2, 3}).value();
  CHECK(dense.strides() == std::vector<std::int64_t>{3, 1});
  CHECK(dense.storage_bytes() == 12);
  CHECK(dense.is_dense());
  HostTensor strided = HostTensor::zeros(ElementType::i16, {2, 3}, {8, 2}).value();
  CHECK(strided.storage_bytes() == 2 * (8 + 4 + 1));
  CHECK_FALSE(strided.is_dense());
  strided.set(5, 77);
  CHECK(strided.at(5) == 77);
  CHECK(load_as_double(ElementType::i16, strided.bytes().data() + 2 * 12) == 77);
  CHECK(strided.describe() == "i16[2x3]{8,2}");
}

TEST_CASE("a copy has its own elements") {
  HostTensor first = HostTensor::zeros(ElementType::f32, {4}).value();
  HostTensor second = first;
  second.set(1, 5);
  CHECK(first.at(1) == 0);
  CHECK(second.at(1) == 5);
  HostTensor moved = std::move(second);
  CHECK(moved.at(1) == 5);
}

TEST_CASE("empty tensors and tensors of rank 0") {
  CHECK(HostTensor::zeros(ElementType::f32, {3, 0, 5}).value().storage_bytes() == 0);
  CHECK(HostTensor::zeros(ElementType::f32, {3, 0, 5}).value().element_count() == 0);
  CHECK(HostTensor::zeros(ElementType::f32, {}).value().element_count() == 1);
  CHECK(HostTensor::zeros(ElementType::f32, {}).value().storage_bytes() == 4);
}

TEST_CASE("shapes that cannot be are errors") {
  CHECK(fault_of(HostTensor::zeros(ElementType::f32, {-1})).code == "tensor.negative");
  CHECK(fault_of(HostTensor::zeros(ElementType::f32, {2}, {-1})).code == "tensor.negative");
  CHECK(fault_of(HostTensor::zeros(ElementType::f32, {2, 2}, {1})).code == "tensor.strides");
  CHECK(fault_of(HostTensor::zeros(ElementType::f32, {INT64_MAX, INT64_MAX})).code == "tensor.size");
  CHECK(fault_of(HostTensor::zeros(ElementType::f32, {2}, {INT64_MAX})).code == "tensor.size");
  CHECK(fault_of(HostTensor::zeros(ElementType::f32, {INT64_MAX, 3}, {0, 0})).code == "tensor.size");
}

TEST_CASE("a tensor borrows memory that is large enough") {
  float values[6] = {};
  HostTensor tensor =
      HostTensor::borrow(ElementType::f32, {2, 3}, {3, 1}, std::as_writable_bytes(std::span(values))).value();
  tensor.set(4, 2.5);
  CHECK(values[4] == 2.5f);
  CHECK(fault_of(HostTensor::borrow(ElementType::f32, {7}, {1}, std::as_writable_bytes(std::span(values)))).code ==
        "tensor.borrow");
}

TEST_CASE("bytes can be read as another type of the same size") {
  HostTensor raw = HostTensor::zeros(ElementType::u16, {1}).value();
  raw.set(0, 0x3F80);
  CHECK(raw.reinterpreted(ElementType::bf16).value().at(0) == 1.0);
  const Fault f = fault_of(raw.reinterpreted(ElementType::f32));
  CHECK(f.code == "tensor.reinterpret");
  check_says(f, "elements of 2 bytes cannot be read as f32, which has 4");
}

TEST_CASE("scalars keep their bits") {
  CHECK(Scalar::of_integer(ElementType::i8, -1).bits == 0xFF);
  CHECK(Scalar::of_integer(ElementType::i8, -1).as_integer() == -1);
  CHECK(Scalar::of_integer(ElementType::u8, -1).as_integer() == 255);
  CHECK(Scalar::of_integer(ElementType::i64, INT64_MIN).as_integer() == INT64_MIN);
  CHECK(Scalar::of_double(ElementType::f32, 0.5).bits == 0x3F000000);
  CHECK(Scalar::of_double(ElementType::f16, 1).bits == 0x3C00);
  CHECK(Scalar::of_double(ElementType::f32, -2.75).as_integer() == -2);
  CHECK(Scalar::of_integer(ElementType::boolean, 4).bits == 1);
  CHECK(Scalar::of_integer(ElementType::bf16, 3).as_double() == 3);
}
