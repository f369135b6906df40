// Launch plans: variants, packing, limits, and every error of a call.
#include "check.hpp"

#include <cstring>

#include "tilewright/runtime/launch.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

DeviceTensor vector_at(std::uint64_t address, std::int64_t length) {
  return {ElementType::f32, address, {length}, {1}};
}

std::vector<LaunchArgument> scale_arguments(std::int64_t length, std::uint64_t address = 0x1000) {
  return {vector_at(address, length), Scalar::of_double(ElementType::f32, 2), vector_at(0x9000, length)};
}

Result<LaunchPlan> plan(const std::vector<LaunchArgument> &arguments, int variant = -1,
                        const LaunchRule &rule = scale_rule()) {
  return plan_launch(rule, arguments, {"scale", variant});
}

template <class T> T read(const KernelStep &step, int slot) {
  T value;
  REQUIRE(step.slots[slot].bytes == sizeof value);
  std::memcpy(&value, step.parameters.data() + step.slots[slot].offset, sizeof value);
  return value;
}

// A rule of one tensor [any, 8] and one launch that `change` may edit.
template <class Change> LaunchRule rule_with(Change change) {
  LaunchRule rule;
  rule.arguments = {{"x", ArgumentRule::Kind::tensor, ElementType::f32, {dynamic, 8}, {dynamic, 1}},
                    {"n", ArgumentRule::Kind::scalar, ElementType::i64, {}, {}}};
  KernelRule kernel;
  kernel.entry = "k";
  rule.variants = {{"only", {}, 32, {kernel}}};
  change(rule, std::get<KernelRule>(rule.variants[0].steps[0]));
  verify(rule).check();
  return rule;
}

std::vector<LaunchArgument> matrix(std::int64_t rows, std::int64_t stride = 8, std::int64_t n = 1) {
  return {DeviceTensor{ElementType::f32, 0x1000, {rows, 8}, {stride, 1}}, Scalar::of_integer(ElementType::i64, n)};
}

} // namespace

TEST_CASE("the first variant whose preconditions hold is used") {
  const LaunchPlan wide = plan(scale_arguments(1024)).value();
  CHECK(wide.variant_name == "wide");
  CHECK(wide.workspace_bytes == 64);
  REQUIRE(wide.steps.size() == 2);
  CHECK(std::get<KernelStep>(wide.steps[1]).grid == std::array<std::uint32_t, 3>{2, 1, 1});
  CHECK(plan(scale_arguments(1023)).value().variant_name == "plain");
  CHECK(plan(scale_arguments(1024, 0x1004)).value().variant_name == "plain");
  CHECK(plan(scale_arguments(1024), 1).value().variant == 1);
}

TEST_CASE("when no variant fits, the last one's message is the error") {
  const Fault none = fault_of(plan(scale_arguments((1 << 20) + 1)));
  CHECK(none.code == "launch.precondition");
  check_says(none, "kernel 'scale': error: the length must be at most 1048576");
  check_says(none, "variant 'plain' needs [\"le\",[\"size\",0,0],1048576]");
  check_says(fault_of(plan(scale_arguments(1023), 0)), "the length must be a multiple of 4");
  const Fault absent = fault_of(plan(scale_arguments(4), 2));
  CHECK(absent.code == "launch.variant");
  check_says(absent, "there is no variant 2");
}

TEST_CASE("parameters are packed at multiples of their size") {
  const LaunchPlan narrow = plan(scale_arguments(300), 1).value();
  LaunchPlan wide = plan(scale_arguments(300), 0).value();
  const KernelStep &step = std::get<KernelStep>(wide.steps[1]);
  CHECK(step.entry == "scale_wide");
  CHECK(step.block == std::array<std::uint32_t, 3>{128, 1, 1});
  REQUIRE(step.slots.size() == 5);
  CHECK(read<std::uint64_t>(step, 0) == 0x1000);
  CHECK(read<float>(step, 1) == 2);
  CHECK(step.slots[2].offset == 16);
  CHECK(read<std::uint64_t>(step, 2) == 0x9000);
  CHECK(read<std::int32_t>(step, 3) == 300);
  CHECK(step.slots[4].offset == 32);
  CHECK(step.parameters.size() == 40);
  bind_workspace(wide, 0x70000);
  CHECK(read<std::uint64_t>(step, 4) == 0x70010);
  const MemsetStep &memset = std::get<MemsetStep>(wide.steps[0]);
  CHECK((memset.address == 0x70000 && memset.bytes == 64 && memset.value == 0));
  CHECK(std::get<KernelStep>(narrow.steps[0]).slots.size() == 4);
}

TEST_CASE("every kind of parameter") {
  using Kind = ParameterRule::Kind;
  const LaunchRule rule = rule_with([](LaunchRule &, KernelRule &k) {
    k.parameters = {{Kind::size_i64, 0, 0},
                    {Kind::stride_i64, 0, 0},
                    {Kind::scalar, 1},
                    {Kind::value_i32, 0, 0, -5},
                    {Kind::value_i64, 0, 0, size(0, 0) * 1000000000}};
  });
  const LaunchPlan p = plan(matrix(30, 12, -9), -1, rule).value();
  const KernelStep &step = std::get<KernelStep>(p.steps[0]);
  CHECK(read<std::int64_t>(step, 0) == 30);
  CHECK(read<std::int64_t>(step, 1) == 12);
  CHECK(read<std::int64_t>(step, 2) == -9);
  CHECK(read<std::int32_t>(step, 3) == -5);
  CHECK(read<std::int64_t>(step, 4) == 30000000000);
}

TEST_CASE("an empty grid starts nothing") {
  const LaunchPlan p = plan(scale_arguments(0)).value();
  CHECK(p.variant_name == "wide");
  REQUIRE(p.steps.size() == 1);
  CHECK(std::holds_alternative<MemsetStep>(p.steps[0]));
}

TEST_CASE("tensor maps are evaluated and placed at multiples of 64") {
  using Kind = ParameterRule::Kind;
  TensorMapRule map;
  map.argument = 0;
  map.type = ElementType::f32;
  map.sizes = {size(0, 1), size(0, 0)};
  map.strides = {stride(0, 0) * 4};
  map.box = {8, 64};
  map.swizzle_bytes = 32;
  const LaunchRule rule = rule_with([&](LaunchRule &, KernelRule &k) {
    k.parameters = {{Kind::scalar, 1}, {Kind::tensor_map, 0, 0, 0, map}};
  });
  const LaunchPlan p = plan(matrix(100, 12), -1, rule).value();
  const KernelStep &step = std::get<KernelStep>(p.steps[0]);
  REQUIRE(step.tensor_maps.size() == 1);
  const TensorMapValue &value = step.tensor_maps[0];
  CHECK(value.parameter_offset == 64);
  CHECK(step.parameters.size() == 192);
  CHECK(value.address == 0x1000);
  CHECK(value.sizes == std::vector<std::uint64_t>{8, 100});
  CHECK(value.strides == std::vector<std::uint64_t>{48});
  CHECK(value.element_steps == std::vector<std::uint32_t>{1, 1});

  const Fault stride_fault = fault_of(plan(matrix(100, 9), -1, rule));
  CHECK(stride_fault.code == "launch.tensor_map");
  check_says(stride_fault, "has a stride of 36 bytes");
  check_says(fault_of(plan(matrix(0, 12), -1, rule)), "has extent 0");
  auto unaligned = matrix(100, 12);
  std::get<DeviceTensor>(unaligned[0]).address = 0x1004;
  check_says(fault_of(plan(unaligned, -1, rule)), "no multiple of 16");
}

TEST_CASE("arguments that do not fit the kernel") {
  const auto expect = [](const char *code, const std::vector<LaunchArgument> &arguments, const char *text) {
    const Fault f = fault_of(plan(arguments));
    CHECK(f.code == code);
    CHECK(f.exit_code() == 1);
    check_says(f, text);
  };
  auto a = scale_arguments(8);
  a.pop_back();
  expect("launch.argument_count", a, "2 arguments are given but the kernel takes 3");
  expect("launch.argument_count", a, "it takes (a: f32[any], s: f32, c: f32[any])");
  a = scale_arguments(8);
  a[0] = Scalar::of_integer(ElementType::i32, 1);
  expect("launch.argument_kind", a,
         "kernel 'scale', argument 0 'a': error: a scalar is given but the kernel takes a tensor");
  a = scale_arguments(8);
  a[1] = vector_at(0, 8);
  expect("launch.argument_kind", a, "a tensor is given but the kernel takes a scalar");
  a = scale_arguments(8);
  std::get<DeviceTensor>(a[2]).type = ElementType::f16;
  expect("launch.argument_type", a, "argument 2 'c': error: elements are f16 but the kernel takes f32");
  a = scale_arguments(8);
  a[1] = Scalar::of_integer(ElementType::i32, 1);
  expect("launch.argument_type", a, "elements are i32 but the kernel takes f32");
  a = scale_arguments(8);
  a[0] = DeviceTensor{ElementType::f32, 0x1000, {2, 4}, {4, 1}};
  expect("launch.rank", a, "the tensor has 2 dimensions and 2 strides but the kernel takes rank 1");
  a = scale_arguments(8);
  std::get<DeviceTensor>(a[0]).strides = {2};
  expect("launch.stride", a, "stride 0 is 2 elements but the kernel was compiled for 1");
  a = scale_arguments(8, 0x1002);
  expect("launch.address", a, "no multiple of the element's 4 bytes");
  expect("launch.size_limit", scale_arguments(std::int64_t{1} << 31), "size 0 is 2147483648");
  expect("launch.size_limit", scale_arguments(-1), "size 0 is -1");

  const LaunchRule rule = rule_with([](LaunchRule &, KernelRule &) {});
  auto wrong = matrix(4);
  std::get<DeviceTensor>(wrong[0]).shape[1] = 9;
  const Fault f = fault_of(plan(wrong, -1, rule));
  CHECK(f.code == "launch.size");
  check_says(f, "size 1 is 9 but the kernel was compiled for 8");
  check_says(f, "the tensor has sizes [4, 9], the kernel takes [any, 8]");
}

TEST_CASE("strides that are never used are not compared, and tf32 is f32 in memory") {
  auto a = scale_arguments(1);
  std::get<DeviceTensor>(a[0]).strides = {77};
  CHECK(plan(a).ok());
  a = scale_arguments(0);
  std::get<DeviceTensor>(a[0]).strides = {77};
  CHECK(plan(a).ok());
  a = scale_arguments(8);
  std::get<DeviceTensor>(a[0]).type = ElementType::tf32;
  CHECK(plan(a).ok());
}

TEST_CASE("limits of a launch") {
  using Kind = ParameterRule::Kind;
  const auto expect = [](const char *code, const char *text, auto change, std::int64_t n = 1) {
    const Fault f = fault_of(plan(matrix(4, 8, n), -1, rule_with(change)));
    INFO(f.message);
    CHECK(f.code == code);
    check_says(f, text);
  };
  expect("launch.grid", "grid extent y of entry 'k' is 65536", [](LaunchRule &, KernelRule &k) { k.grid[1] = 65536; });
  expect(
      "launch.grid", "grid extent x of entry 'k' is -1", [](LaunchRule &, KernelRule &k) { k.grid[0] = scalar(1); },
      -1);
  expect("launch.grid", "a grid has 0..2147483647 blocks along x",
         [](LaunchRule &, KernelRule &k) { k.grid[0] = std::int64_t{1} << 31; });
  expect("launch.cluster", "is 3, which clusters of 2 blocks do not divide", [](LaunchRule &, KernelRule &k) {
    k.grid[0] = 3;
    k.cluster[0] = 2;
  });
  expect("launch.shared_bytes", "asks for 232449 bytes", [](LaunchRule &, KernelRule &k) { k.shared_bytes = 232449; });
  expect(
      "launch.workspace", "the workspace would have -1 bytes",
      [](LaunchRule &r, KernelRule &) { r.variants[0].workspace_bytes = scalar(1); }, -1);
  expect("launch.workspace", "offset 33 lies outside the workspace of 32 bytes", [](LaunchRule &, KernelRule &k) {
    k.parameters = {{Kind::workspace, 0, 0, 33}};
  });
  expect(
      "launch.value", "a 32-bit parameter of entry 'k' would be 2147483648",
      [](LaunchRule &, KernelRule &k) {
        k.parameters = {{Kind::value_i32, 0, 0, scalar(1)}};
      },
      std::int64_t{1} << 31);
  expect("launch.parameters", "takes 40000 bytes of parameters, the limit is 32764", [](LaunchRule &, KernelRule &k) {
    k.parameters.assign(5000, {Kind::address, 0});
  });
  expect("launch.memset", "a memset of 33 bytes at offset 0 leaves its target", [](LaunchRule &r, KernelRule &) {
    r.variants[0].steps[0] = MemsetRule{-1, 0, 33, 0};
  });
  expect("launch.memset", "argument 0 has 128 bytes", [](LaunchRule &r, KernelRule &) {
    r.variants[0].steps[0] = MemsetRule{0, 4, 125, 0};
  });
  expect(
      "expression.division", "kernel 'scale', expression [\"floordiv\",4,[\"scalar\",1]]: error: the divisor is 0",
      [](LaunchRule &, KernelRule &k) { k.grid[0] = floor_div(4, scalar(1)); }, 0);
}

TEST_CASE("a memset of a tensor argument is placed at its address") {
  const LaunchRule rule = rule_with([](LaunchRule &r, KernelRule &) {
    r.variants[0].steps = {MemsetRule{0, 4, 124, 0xFF}};
  });
  const LaunchPlan p = plan(matrix(4), -1, rule).value();
  const MemsetStep &step = std::get<MemsetStep>(p.steps[0]);
  CHECK((step.address == 0x1004 && step.bytes == 124 && step.value == 0xFF && !step.in_workspace));
}

TEST_CASE("arguments are made for the type a kernel expects") {
  const ArgumentRule tensor_rule{"x", ArgumentRule::Kind::tensor, ElementType::bf16, {dynamic}, {1}};
  const auto conformed = [&](ElementType type) {
    return std::get<HostTensor>(conform_argument(HostTensor::zeros(type, {2}).value(), tensor_rule)).type();
  };
  CHECK(conformed(ElementType::u16) == ElementType::bf16);
  CHECK(conformed(ElementType::i16) == ElementType::i16);
  CHECK(conformed(ElementType::f16) == ElementType::f16);
  const auto scalar_as = [](ElementType type, Scalar given) {
    return std::get<Scalar>(conform_argument(given, {"s", ArgumentRule::Kind::scalar, type, {}, {}}));
  };
  CHECK(scalar_as(ElementType::f32, Scalar::of_integer(ElementType::i32, 3)).bits == 0x40400000);
  CHECK(scalar_as(ElementType::i64, Scalar::of_integer(ElementType::i32, -3)).as_integer() == -3);
  CHECK(scalar_as(ElementType::u64, Scalar::of_integer(ElementType::i32, -3)).type == ElementType::i32);
  CHECK(scalar_as(ElementType::i8, Scalar::of_integer(ElementType::i32, 300)).type == ElementType::i32);
  CHECK(scalar_as(ElementType::f16, Scalar::of_double(ElementType::f32, 0.1)).type == ElementType::f32);
}
