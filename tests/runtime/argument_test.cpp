// Argument specs: what they mean, reproducible fills, and their errors.
#include "check.hpp"

#include <cmath>

#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/npy.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

Scalar scalar_of(const std::string &text) { return std::get<Scalar>(make_argument(text).value()); }
HostTensor tensor_of(const std::string &text) { return std::get<HostTensor>(make_argument(text).value()); }

Fault fault(const std::string &text) {
  const Fault f = fault_of(parse_argument_spec(text));
  CHECK(f.code == "argument.spec");
  CHECK(f.exit_code() == 2);
  check_says(f, "argument '" + text + "'");
  check_says(f, "fix: ");
  return f;
}

} // namespace

TEST_CASE("scalars are i32 unless they name a type") {
  CHECK(scalar_of("3").type == ElementType::i32);
  CHECK(scalar_of("-3").as_integer() == -3);
  CHECK(scalar_of("7i64").type == ElementType::i64);
  CHECK(scalar_of("7i64").as_integer() == 7);
  CHECK(scalar_of("-9223372036854775808i64").as_integer() == INT64_MIN);
  CHECK(scalar_of("18446744073709551615u64").bits == UINT64_MAX);
  CHECK(scalar_of("0.5f32").bits == 0x3F000000);
  CHECK(scalar_of("0.5f16").bits == 0x3800);
  CHECK(scalar_of("0.5bf16").bits == 0x3F00);
  CHECK(scalar_of("1e-3f64").as_double() == 1e-3);
  CHECK(scalar_of("1tf32").type == ElementType::tf32);
  CHECK(scalar_of("2e4m3").type == ElementType::e4m3);
  CHECK(std::isinf(scalar_of("inff32").as_double()));
  CHECK(scalar_of("1bool").bits == 1);
  CHECK(scalar_of("255u8").bits == 255);
}

TEST_CASE("tensors have a type, extents, a fill, a seed and strides") {
  const ArgumentSpec spec = parse_argument_spec("bf16[128x64]:normal@7").value();
  CHECK(spec.kind == ArgumentSpec::Kind::tensor);
  CHECK(spec.type == ElementType::bf16);
  CHECK(spec.shape == std::vector<std::int64_t>{128, 64});
  CHECK(spec.fill == Fill::normal);
  CHECK(spec.seed == 7);
  CHECK_FALSE(spec.strides.has_value());
  const HostTensor strided = tensor_of("i32[2x3]{10,2}:iota");
  CHECK(strided.strides() == std::vector<std::int64_t>{10, 2});
  CHECK(strided.at(5) == 5);
  CHECK(load_as_double(ElementType::i32, strided.bytes().data() + 4 * 1) == 0);
  CHECK(tensor_of("f32[]:ones").rank() == 0);
  CHECK(tensor_of("f32[]:ones").at(0) == 1);
  CHECK(tensor_of("f32[0x5]:normal").element_count() == 0);
}

TEST_CASE("fills") {
  CHECK(tensor_of("f16[4]:zeros").at(3) == 0);
  CHECK(tensor_of("e4m3[4]:ones").at(3) == 1);
  CHECK(tensor_of("f32[9]:iota").at(8) == 8);
  const HostTensor wrapped = tensor_of("bf16[600]:iota");
  CHECK(wrapped.at(255) == 255);
  CHECK(wrapped.at(256) == 0);
  CHECK(tensor_of("i8[200]:iota").at(128) == 0);
  CHECK(tensor_of("u8[300]:iota").at(255) == 255);
  CHECK(std::isnan(tensor_of("e5m2[2]:nan").at(1)));
  CHECK(std::isnan(tensor_of("f64[2]:nan").at(0)));
  CHECK(tensor_of("u16[2]:nan").at(0) == 65535);
  CHECK(tensor_of("bool[2]:nan").at(0) == 1);
}

TEST_CASE("ints are small exact integers in every type") {
  for (int i = 0; i < element_type_count; ++i) {
    const std::string name(name_of(static_cast<ElementType>(i)));
    const HostTensor tensor = tensor_of(name + "[1000]:ints@3");
    double low = 100, high = -100;
    for (int e = 0; e < 1000; ++e) {
      const double value = tensor.at(e);
      REQUIRE(value == std::trunc(value));
      low = std::min(low, value);
      high = std::max(high, value);
    }
    const bool is_unsigned = is_unsigned_integer(tensor.type());
    if (name == "bool") {
      CHECK((low == 0 && high == 1));
    } else {
      CHECK(low == (is_unsigned ? 0 : -4));
      CHECK(high == (is_unsigned ? 8 : 4));
    }
  }
}

TEST_CASE("normal has mean 0 and deviation 1, and depends on the seed") {
  const HostTensor tensor = tensor_of("f32[100000]:normal@1"), other = tensor_of("f32[100000]:normal@2");
  double sum = 0, squares = 0, product = 0;
  for (int i = 0; i < 100000; ++i) {
    sum += tensor.at(i);
    squares += tensor.at(i) * tensor.at(i);
    product += tensor.at(i) * other.at(i);
  }
  CHECK(std::fabs(sum / 1e5) < 0.02);
  CHECK(std::fabs(squares / 1e5 - 1) < 0.03);
  CHECK(std::fabs(product / 1e5) < 0.02);
}

TEST_CASE("the generator gives the same values on every machine") {
  // Expected values computed from the documented formula in another language.
  CHECK(random_bits(0, 0) == 0xA706DD2F4D197E6Fu);
  const HostTensor ints = tensor_of("i32[8]:ints@1");
  std::vector<double> values;
  for (int i = 0; i < 8; ++i) values.push_back(ints.at(i));
  CHECK(values == std::vector<double>{4, -1, 1, 3, -4, 1, 0, -3});
  CHECK(tensor_of("f64[1]:normal@1").at(0) == -0x1.2907c26000000p-4);
  // An element depends on its index, not on the shape.
  CHECK(tensor_of("f32[2x4]:normal@5").at(6) == tensor_of("f32[8]{3}:normal@5").at(6));
}

TEST_CASE("files are read when the argument is made") {
  TemporaryFolder folder;
  write_npy(folder.file("a.npy"), tensor_of("f32[3]:iota")).check();
  CHECK(tensor_of(folder.file("a.npy")).at(2) == 2);
  const ArgumentSpec missing = parse_argument_spec(folder.file("b.npy")).value();
  CHECK(fault_of(make_argument(missing)).code == "file.read");
}

TEST_CASE("malformed specs have clear errors") {
  check_says(fault(""), "the argument is empty");
  check_says(fault("f33[4]:zeros"), "unknown element type 'f33'");
  check_says(fault("f32[4x]:zeros"), "separated by 'x'");
  check_says(fault("f32[x4]:zeros"), "separated by 'x'");
  check_says(fault("f32[-4]:zeros"), "separated by 'x'");
  check_says(fault("f32[4:zeros"), "separated by 'x'");
  check_says(fault("f32[4]"), "a fill must follow");
  check_says(fault("f32[4]:"), "unknown fill ''");
  check_says(fault("f32[4]:random"), "unknown fill 'random'");
  check_says(fault("f32[4]:ints@"), "the seed after '@'");
  check_says(fault("f32[4]:ints@-1"), "the seed after '@'");
  check_says(fault("f32[4]{1,2}:ints"), "2 strides for 1 extents");
  check_says(fault("f32[4]{1:ints"), "separated by ','");
  check_says(fault("0.5"), "a scalar without a type is an i32");
  check_says(fault("0.5i64"), "no whole number");
  check_says(fault("abc"), "no whole number");
  check_says(fault("f32"), "no whole number");
  check_says(fault("xf32"), "'x' is no number");
  check_says(fault("300i8"), "does not fit i8");
  check_says(fault("2147483648"), "does not fit i32");
  check_says(fault("-1u8"), "does not fit u8");
  check_says(fault("9223372036854775808i64"), "does not fit i64");
  check_says(fault("2bool"), "does not fit bool");
  CHECK(fault_of(make_argument("f32[9999999999x9999999999]:zeros")).code == "tensor.size");
}
