// .npy files: both orders, every version, all types, and malformed images.
#include "check.hpp"

#include <cstring>

#include "tilewright/runtime/npy.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

// An image with the given header text and element bytes, made by hand.
std::vector<std::byte> image(int version, std::string header, std::vector<std::uint8_t> elements) {
  std::string text = "\x93NUMPY";
  text += static_cast<char>(version);
  text += '\0';
  header += '\n';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) text += static_cast<char>(header.size() >> (8 * i));
  text += header;
  text.append(elements.begin(), elements.end());
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Fault malformed(const std::string &header, std::vector<std::uint8_t> elements = {}) {
  const Fault fault = fault_of(parse_npy(image(1, header, std::move(elements)), "x.npy"));
  CHECK(fault.code == "npy.format");
  CHECK(fault.message.rfind("x.npy: error: ", 0) == 0);
  return fault;
}

} // namespace

TEST_CASE("an image written by hand is read in C order, for each version") {
  for (int version : {1, 2, 3}) {
    const auto bytes = image(version, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }",
                             {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 255, 255});
    const HostTensor tensor = parse_npy(bytes, "x.npy").value();
    CHECK(tensor.describe() == "i16[2x3]");
    CHECK(tensor.at(1) == 2);
    CHECK(tensor.at(3) == 4);
    CHECK(tensor.at(5) == -1);
  }
}

TEST_CASE("Fortran order becomes column-major strides") {
  const auto bytes = image(1, "{'shape': (2, 3), 'fortran_order': True, 'descr': \"|u1\"}", {1, 4, 2, 5, 3, 6});
  const HostTensor tensor = parse_npy(bytes, "x.npy").value();
  CHECK(tensor.strides() == std::vector<std::int64_t>{1, 2});
  for (int i = 0; i < 6; ++i) CHECK(tensor.at(i) == i + 1);
  // Written again it is in C order.
  const HostTensor again = parse_npy(format_npy(tensor), "y.npy").value();
  CHECK(again.is_dense());
  for (int i = 0; i < 6; ++i) CHECK(again.at(i) == i + 1);
}

TEST_CASE("rank 0, rank 1 and empty tensors") {
  CHECK(parse_npy(image(1, "{'descr': '<f4', 'fortran_order': False, 'shape': ()}", {0, 0, 128, 63}), "x")
            .value()
            .at(0) == 1);
  CHECK(parse_npy(image(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", {0, 0, 128, 63}), "x")
            .value()
            .rank() == 1);
  CHECK(parse_npy(image(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 7)}", {}), "x")
            .value()
            .element_count() == 0);
  CHECK(parse_npy(image(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9)}", {}), "x")
            .ok());
}

TEST_CASE("every type comes back with the same bytes, small floats as integers of their size") {
  for (int i = 0; i < element_type_count; ++i) {
    const ElementType type = static_cast<ElementType>(i);
    for (const std::vector<std::int64_t> &shape :
         std::vector<std::vector<std::int64_t>>{{}, {5}, {2, 3}, {1, 2, 3, 4}, {0}}) {
      HostTensor tensor = HostTensor::zeros(type, shape).value();
      for (std::int64_t e = 0; e < tensor.element_count(); ++e) tensor.set(e, static_cast<double>(e % 5));
      const std::vector<std::byte> bytes = format_npy(tensor);
      CHECK((bytes.size() - tensor.storage_bytes()) % 64 == 0);
      const HostTensor back = parse_npy(bytes, "x").value();
      CHECK(back.shape() == shape);
      const HostTensor typed = back.reinterpreted(type).value();
      for (std::int64_t e = 0; e < tensor.element_count(); ++e) CHECK(typed.at(e) == tensor.at(e));
      const bool has_own_descr = type != ElementType::tf32 && type != ElementType::bf16 && type != ElementType::e4m3 &&
                                 type != ElementType::e5m2;
      CHECK((back.type() == type) == has_own_descr);
    }
  }
}

TEST_CASE("the header is the one numpy writes") {
  const std::vector<std::byte> bytes = format_npy(HostTensor::zeros(ElementType::boolean, {3}).value());
  const std::string header(reinterpret_cast<const char *>(bytes.data()) + 10, bytes.size() - 10);
  CHECK(header.rfind("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", 0) == 0);
  const std::vector<std::byte> matrix = format_npy(HostTensor::zeros(ElementType::f16, {3, 4}).value());
  CHECK(std::string(reinterpret_cast<const char *>(matrix.data()) + 10, 58) ==
        "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4), ");
}

TEST_CASE("malformed images have clear errors") {
  check_says(malformed("{'descr': '>f4', 'fortran_order': False, 'shape': ()}"), "big-endian");
  check_says(malformed("{'descr': '<c8', 'fortran_order': False, 'shape': ()}"), "'<c8' are not supported");
  check_says(malformed("[1]"), "no dictionary");
  check_says(malformed("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}"),
             "entry 'descr' cannot be read");
  check_says(malformed("{'descr': '<f4', 'fortran_order': No, 'shape': ()}"), "'fortran_order' cannot be read");
  check_says(malformed("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), "'shape' cannot be read");
  check_says(malformed("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
             "'shape' cannot be read");
  check_says(malformed("{'descr': '<f4', 'fortran_order': False, 'shape': () 'a': 1}"), "lacks a comma");
  check_says(malformed("{'descr': '<f4', 'fortran_order': False, }"), "lacks descr, fortran_order or shape");
  check_says(malformed("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x"), "text after the dictionary");
  check_says(malformed("{1: 2}"), "no key where one must stand");
  check_says(malformed("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", {1, 2, 3, 4}),
             "holds 4 bytes of elements, its header promises 8");
  check_says(malformed("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)}"), "more than 2^63");
  check_says(fault_of(parse_npy(image(4, "{}", {}), "x.npy")), "version 4 is unknown");
  check_says(fault_of(parse_npy({}, "x.npy")), "this is no .npy file");
}

TEST_CASE("an image cut off anywhere, or with any byte changed, never crashes") {
  HostTensor tensor = HostTensor::zeros(ElementType::f32, {2, 3}).value();
  const std::vector<std::byte> bytes = format_npy(tensor);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    REQUIRE_FALSE(parse_npy(std::span(bytes).first(length), "x").ok());
  int accepted = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int value = 0; value < 256; ++value) {
      std::vector<std::byte> changed = bytes;
      changed[i] = static_cast<std::byte>(value);
      const Result<HostTensor> result = parse_npy(changed, "x");
      accepted += result.ok();
      // A change within the header may describe other elements, but never more than there are.
      if (result) REQUIRE(result->storage_bytes() <= 24);
    }
  CHECK(accepted > 0);
}

TEST_CASE("files are written and read") {
  TemporaryFolder folder;
  HostTensor tensor = HostTensor::zeros(ElementType::i32, {4}).value();
  tensor.set(2, 9);
  write_npy(folder.file("t.npy"), tensor).check();
  CHECK(read_npy(folder.file("t.npy")).value().at(2) == 9);
  CHECK(fault_of(read_npy(folder.file("u.npy"))).code == "file.read");
  CHECK(fault_of(write_npy(folder.file("no/t.npy"), tensor)).code == "file.write");
}
