// Errors of compiling and running: their class, code and text.
#include <catch2/catch.hpp>
#include <string>
#include <tilewright/compile.hpp>

#include "kernels.hpp"

using namespace tw;

namespace {

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

/// The error that `body` throws; fails the test if there is none.
template <class Body> Error error_of(Body body) {
  try {
    body();
  } catch (const Error &error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error("", "");
}

Device &emulator() {
  static auto device = detail::value_of(rt::open_emulator_device());
  return *device;
}

} // namespace

TEST_CASE("a wrong kernel is the user's error, at the user's line") {
  auto result = try_compile(Clash{});
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code() == "TW1002");
  CHECK(result.error().error_class() == ErrorClass::user);
  CHECK(contains(result.error().what(), "kernels.hpp:"));
  CHECK(error_of([&] { (void)result.value(); }).code() == "TW1002");
  CHECK(error_of([] { (void)compile(Clash{}); }).code() == "TW1002");
  CHECK(try_compile(Clash{}, {.members = {{"block", 64}}}).ok());
}

TEST_CASE("a member that the kernel does not have is the user's error") {
  auto result = try_compile(Scale{}, {.members = {{"width", 64}}});
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code() == "TW1041");
  CHECK(contains(result.error().what(), "members: block"));
}

TEST_CASE("a target that does not exist is a limit") {
  auto result = try_compile(Scale{}, {}, "sm_12");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code() == "E-target-unknown");
  CHECK(result.error().error_class() == ErrorClass::limit);
  CHECK(contains(result.error().what(), "sm_12"));
  CHECK(try_compile(Scale{}, {}, "sm\"\\\n").error().code() == "E-target-unknown");
}

TEST_CASE("a schedule that cannot be is the user's error") {
  auto warps = try_compile(Product{}, {.warps = 3});
  REQUIRE_FALSE(warps.ok());
  CHECK(warps.error().code() == "E-compile");
  CHECK(warps.error().error_class() == ErrorClass::user);
  CHECK(contains(warps.error().what(), "schedule: warps"));
  CHECK(try_compile(Product{}, {.stages = 0}).error().code() == "E-schedule-json");
}

TEST_CASE("arguments that do not fit are the user's error") {
  Compiled compiled = compile(Scale{});
  HostTensor x = host_tensor<f32>({16}), y = host_tensor<f32>({16}), integers = host_tensor<i32>({16});
  CHECK(error_of([&] { compiled.run(emulator(), x, y); }).code() == "launch.argument_count");
  CHECK(error_of([&] { compiled.run(emulator(), x, integers, 1); }).code() == "launch.argument_type");
  Error kind = error_of([&] { compiled.run(emulator(), x, 1, 1); });
  CHECK(kind.code() == "launch.argument_kind");
  CHECK(kind.error_class() == ErrorClass::user);
}

TEST_CASE("what the emulator finds makes the run fail, at the user's line") {
  Compiled compiled = compile(Collide{});
  HostTensor x = host_tensor<f32>({64}, Fill::iota), y = host_tensor<f32>({64});
  Error error = error_of([&] { compiled.run(emulator(), x, y); });
  CHECK(error.code() == "emulator.finding");
  CHECK(error.error_class() == ErrorClass::user);
  CHECK(contains(error.what(), "kernels.hpp:"));
}

TEST_CASE("faults of the runtime keep their code, text and class") {
  using rt::FaultClass;
  auto class_of = [](FaultClass fault) { return detail::error_of(rt::Fault{fault, "a.code", "text"}).error_class(); };
  CHECK(class_of(FaultClass::user) == ErrorClass::user);
  CHECK(class_of(FaultClass::usage) == ErrorClass::user);
  CHECK(class_of(FaultClass::unsupported) == ErrorClass::limit);
  CHECK(class_of(FaultClass::internal) == ErrorClass::bug);
  CHECK(detail::error_of(rt::Fault{FaultClass::user, "a.code", "text"}).code() == "a.code");
  CHECK(error_of([] {
          detail::check(rt::Fault{FaultClass::user, "a.code", "the text"});
        }).what() == std::string("the text"));
}

TEST_CASE("tensors that cannot be are the user's error") {
  CHECK(error_of([] { (void)host_tensor<f32>({-1}); }).error_class() == ErrorClass::user);
  double numbers[4] = {};
  Error size = error_of([&] { (void)host_view<f32>(numbers, {4}); });
  CHECK(size.code() == "host_view.size");
  CHECK(contains(size.what(), "elements of 8 bytes for f32"));
}

TEST_CASE("an artifact that cannot be written is an error") {
  Error error = error_of([] { compile(Scale{}).write("/no/such/folder/scale.twa"); });
  CHECK(contains(error.code(), "file."));
}
