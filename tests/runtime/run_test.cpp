// Running an artifact: results, checks, times, and the launcher's workspace.
#include "check.hpp"

#include <cmath>

#include "host_device.hpp"
#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/npy.hpp"
#include "tilewright/runtime/run.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

std::vector<HostArgument> arguments(const std::string &length) {
  return {make_argument("f32[" + length + "]:iota").value(), make_argument("3").value(),
          make_argument("f32[" + length + "]:nan").value()};
}

HostTensor tensor(std::vector<double> values, ElementType type = ElementType::f32) {
  HostTensor t = HostTensor::zeros(type, {static_cast<std::int64_t>(values.size())}).value();
  for (std::size_t i = 0; i < values.size(); ++i) t.set(static_cast<std::int64_t>(i), values[i]);
  return t;
}

} // namespace

TEST_CASE("a run uploads, launches, downloads and frees") {
  HostDevice device;
  const RunOutcome outcome = run_artifact(device, small_artifact(), arguments("10"), {}).value();
  CHECK(outcome.variant == "plain");
  CHECK(outcome.ok());
  CHECK(std::get<HostTensor>(outcome.arguments[2]).at(9) == 27);
  CHECK(device.live_allocations == 0);
  CHECK(run_artifact(device, small_artifact(), arguments("8"), {}).value().variant == "wide");
  CHECK(device.live_allocations == 0);
  CHECK(run_artifact(device, small_artifact(), arguments("0"), {}).value().ok());
  RunRequest second;
  second.variant = 1;
  CHECK(run_artifact(device, small_artifact(), arguments("8"), second).value().variant == "plain");
}

TEST_CASE("outputs are compared with files and digests") {
  TemporaryFolder folder;
  HostDevice device;
  const HostTensor want = tensor({0, 3, 6, 9});
  write_npy(folder.file("want.npy"), want).check();
  RunRequest request;
  request.expectations = {{2, folder.file("want.npy"), {}}, {2, {}, tensor_digest(want)}};
  const RunOutcome good = run_artifact(device, small_artifact(), arguments("4"), request).value();
  CHECK(good.ok());
  CHECK(good.checks[0].message == "all 4 elements agree, largest error 0");
  device.bias = 0.5;
  const RunOutcome bad = run_artifact(device, small_artifact(), arguments("4"), request).value();
  CHECK_FALSE(bad.ok());
  CHECK(bad.checks[0].message == "4 of 4 elements differ, first at [0]: got 0.5, want 0; largest error 0.5");
  CHECK(bad.checks[1].message.rfind("digest is ", 0) == 0);
  request.expectations.pop_back();
  request.tolerance.absolute = 0.5;
  CHECK(run_artifact(device, small_artifact(), arguments("4"), request).value().ok());
  CHECK(device.live_allocations == 0);
}

TEST_CASE("faults of a run") {
  HostDevice device;
  RunRequest request;
  request.expectations = {{1, {}, "00"}};
  const Fault scalar = fault_of(run_artifact(device, small_artifact(), arguments("4"), request));
  CHECK(scalar.code == "run.expectation");
  check_says(scalar, "argument 1: error: there is no such tensor argument to compare");
  request.expectations = {{3, {}, "00"}};
  CHECK(fault_of(run_artifact(device, small_artifact(), arguments("4"), request)).code == "run.expectation");
  request.expectations = {{2, "no-such-file.npy", {}}};
  CHECK(fault_of(run_artifact(device, small_artifact(), arguments("4"), request)).code == "file.read");
  CHECK(device.launches == 0);
  Artifact other = small_artifact();
  other.target = "sm_99";
  CHECK(fault_of(run_artifact(device, other, arguments("4"), {})).code == "host.target");
  auto few = arguments("4");
  few.pop_back();
  CHECK(fault_of(run_artifact(device, small_artifact(), few, {})).code == "launch.argument_count");
  CHECK(device.live_allocations == 0);
}

TEST_CASE("times are summarised by nearest ranks") {
  const TimeSummary summary = summarise({5, 1, 4, 2, 3, 6, 7, 8, 9, 10});
  CHECK((summary.median == 5 && summary.p10 == 1 && summary.p90 == 9 && summary.repeat == 10));
  CHECK(summarise({7}).p90 == 7);
  HostDevice device;
  RunRequest request;
  request.time = true;
  request.repeat = 4;
  const RunOutcome outcome = run_artifact(device, small_artifact(), arguments("4"), request).value();
  REQUIRE(outcome.time.has_value());
  CHECK(outcome.time->median == 2);
  CHECK(device.launches == 1 + 3 + 4);
}

TEST_CASE("an outcome as JSON") {
  HostDevice device;
  const std::string text =
      to_json(run_artifact(device, small_artifact(), arguments("4"), {}).value(), small_artifact());
  for (const char *part : {"\"kernel\":\"scale\"", "\"variant\":\"wide\"", "\"ok\":true", "\"tensor\":\"f32[4]\"",
                           "\"scalar\":3.0", "\"name\":\"s\""}) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("the launcher keeps one workspace per stream and grows it") {
  HostDevice device;
  {
    Artifact artifact = small_artifact();
    artifact.rule.variants[0].workspace_bytes = size(0, 0) * 16;
    auto launcher = Launcher::create(device, artifact).value();
    std::vector<float> a(64), c(64);
    const auto call = [&](std::int64_t n, std::uint64_t stream) {
      const std::vector<LaunchArgument> list{
          DeviceTensor{ElementType::f32, reinterpret_cast<std::uint64_t>(a.data()), {n}, {1}},
          Scalar::of_double(ElementType::f32, 2),
          DeviceTensor{ElementType::f32, reinterpret_cast<std::uint64_t>(c.data()), {n}, {1}}};
      launcher->launch(list, Stream{stream}, 0).check();
    };
    call(4, 0);
    call(4, 0);
    CHECK(device.live_allocations == 1);
    call(4, 1);
    CHECK(device.live_allocations == 2);
    // The smaller one may still be in use by what runs.
    call(64, 0);
    CHECK(device.live_allocations == 3);
  }
  CHECK(device.live_allocations == 0);
}

TEST_CASE("comparison forgives nothing beyond the tolerance") {
  const double nan = std::nan(""), inf = HUGE_VAL;
  CHECK(compare(tensor({1, nan, inf}), tensor({1, nan, inf}), {}).value().ok());
  CHECK(compare(tensor({nan}), tensor({0}), {1e9, 0}).value().mismatches == 1);
  CHECK(compare(tensor({0}), tensor({nan}), {1e9, 0}).value().mismatches == 1);
  CHECK(compare(tensor({inf}), tensor({1}), {1e9, 1e9}).value().mismatches == 1);
  CHECK(compare(tensor({inf}), tensor({-inf}), {1e9, 1e9}).value().mismatches == 1);
  CHECK(compare(tensor({1.5, 100}), tensor({1, 99}), {0.5, 0}).value().first_mismatch == 1);
  CHECK(compare(tensor({101}), tensor({100}), {0, 0.01}).value().ok());
  CHECK(compare(tensor({102}), tensor({100}), {0, 0.01}).value().mismatches == 1);

  HostTensor large = HostTensor::zeros(ElementType::i64, {1}).value(), next = large;
  large.bytes()[7] = next.bytes()[7] = std::byte{0x40};
  next.bytes()[0] = std::byte{1};
  CHECK(compare(large, next, {}).value().mismatches == 1);
}

TEST_CASE("tensors that cannot be compared are errors") {
  CHECK(fault_of(compare(tensor({1}), tensor({1, 2}), {})).code == "compare.shape");
  const Fault type = fault_of(compare(tensor({1}), tensor({1}, ElementType::i32), {}));
  CHECK(type.code == "compare.type");
  check_says(type, "got f32[1] but i32[1] is expected");
  HostTensor raw = HostTensor::zeros(ElementType::u16, {1}).value();
  raw.set(0, 0x3F80);
  CHECK(compare(tensor({1}, ElementType::bf16), raw, {}).value().ok());
}

TEST_CASE("a digest covers the elements and not the gaps") {
  HostTensor dense = HostTensor::zeros(ElementType::i16, {2, 2}).value();
  HostTensor strided = HostTensor::zeros(ElementType::i16, {2, 2}, {5, 2}).value();
  for (int i = 0; i < 4; ++i) dense.set(i, i + 1), strided.set(i, i + 1);
  CHECK(tensor_digest(dense) == tensor_digest(strided));
  strided.bytes()[2] = std::byte{9};
  CHECK(tensor_digest(dense) == tensor_digest(strided));
  strided.set(3, 0);
  CHECK(tensor_digest(dense) != tensor_digest(strided));
}
