// What device `emulator` refuses, and how it says so.
#include "emulator_artifacts.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

TEST_CASE("what the emulator cannot do is refused") {
  auto device = open();
  const auto run = [&](const Artifact &artifact) {
    return fault_of(run_artifact(*device, artifact, vectors("128", "128", "128"), {}));
  };
  SECTION("opcodes it does not know") {
    const Fault fault = run(add_artifact(add_ptx("\n\n\n\n\nfrobnicate.f32 %f0, %f1;")));
    CHECK(fault.code == "emulator.unsupported");
    CHECK(fault.exit_code() == 4);
    check_says(fault, "add.cpp:7: error: the emulator cannot run this kernel: ");
    check_says(fault, "frobnicate");
    check_says(fault, "at add.ptx:19");
  }
  SECTION("clusters of modules without them") {
    Artifact artifact = add_artifact();
    step_of(artifact).grid = {2, 1, 1};
    step_of(artifact).cluster = {2, 1, 1};
    const Fault fault = run(artifact);
    CHECK(fault.code == "emulator.refused");
    CHECK(fault.exit_code() == 4);
    check_says(fault, "clusters need sm_90 but the module is for sm_80");
  }
  SECTION("cooperative launches of more blocks than any GPU holds") {
    Artifact artifact = add_artifact();
    step_of(artifact).cooperative = true;
    step_of(artifact).grid = {5121, 1, 1};
    check_says(run(artifact),
               "a cooperative launch of 5121 blocks is too large, the emulator runs at most 5120 together");
  }
  SECTION("tensor maps that are not legal") {
    std::string ptx = add_ptx();
    ptx.replace(ptx.find(".param .u32 n"), 13, ".param .u32 n, .param .align 64 .b8 map[128]");
    Artifact artifact = add_artifact(ptx);
    ParameterRule map{ParameterRule::Kind::tensor_map, 0};
    map.tensor_map.type = ElementType::f32;
    map.tensor_map.sizes = {size(0, 0)};
    map.tensor_map.box = {63};
    step_of(artifact).parameters.push_back(map);
    const Fault fault = run(artifact);
    CHECK(fault.code == "emulator.refused");
    check_says(fault, "the tensor map is not legal: a row of the box has 252 bytes, not a multiple of 16");
    map.tensor_map.type = ElementType::boolean;
    step_of(artifact).parameters.back() = map;
    check_says(run(artifact), "tensor maps have no elements of type ");
  }
  SECTION("other targets") {
    Artifact artifact = add_artifact();
    artifact.target = "x86_64";
    const Fault fault = run(artifact);
    CHECK(fault.code == "emulator.target");
    CHECK(fault.exit_code() == 4);
  }
  SECTION("launches too large for its checks") {
    Artifact artifact = add_artifact();
    step_of(artifact).grid = {1 << 19, 1, 1};
    const Fault fault = run(artifact);
    CHECK(fault.exit_code() == 4);
    CHECK(fault.code == "emulator.refused");
    check_says(
        fault,
        "kernel 'add': error: the emulator cannot launch it\nadd.ptx: misuse: launch of 2097152 warps is too large");
  }
  SECTION("time") {
    RunRequest request;
    request.time = true;
    const Fault fault = fault_of(run_artifact(*device, add_artifact(), vectors("4", "4", "4"), request));
    CHECK(fault.code == "device.no_clock");
    check_says(fault, "kernel 'add': error: the emulator cannot tell how long a kernel takes");
  }
}

TEST_CASE("artifacts whose parts do not fit") {
  auto device = open();
  const auto run = [&](const Artifact &artifact) {
    return fault_of(run_artifact(*device, artifact, vectors("128", "128", "128"), {}));
  };
  SECTION("no PTX") {
    const Fault fault = run(add_artifact(""));
    CHECK(fault.code == "emulator.no_ptx");
    check_says(fault, "add: error: the artifact holds no PTX");
  }
  SECTION("not PTX") {
    const Fault fault = run(add_artifact("int main() {}"));
    CHECK(fault.code == "emulator.ptx");
    CHECK(fault.exit_code() == 3);
    check_says(fault, "add: error: the kernel's PTX is not valid: ");
    check_says(fault, "at add.ptx:1");
  }
  SECTION("no such entry") {
    Artifact artifact = add_artifact();
    step_of(artifact).entry = "subtract";
    const Fault fault = run(artifact);
    CHECK(fault.code == "emulator.entry");
    check_says(fault, "the PTX has no entry 'subtract'\n  it has: add");
  }
  SECTION("other parameters") {
    Artifact artifact = add_artifact();
    step_of(artifact).parameters.pop_back();
    const Fault fewer = run(artifact);
    CHECK(fewer.code == "emulator.parameters");
    CHECK(fewer.exit_code() == 3);
    check_says(fewer, "the PTX declares 4 parameters but the launch rule packs 3");
    step_of(artifact).parameters.push_back({ParameterRule::Kind::size_i64, 2, 0});
    check_says(run(artifact), "parameter 3 ('n') has 4 bytes at offset 24 in the PTX but the launch rule packs 8");
  }
}

TEST_CASE("wrong addresses, sizes and options are told") {
  auto device = open();
  std::vector<std::byte> bytes(64);
  const Fault none = fault_of(device->copy_in(4096, bytes));
  CHECK(none.code == "emulator.address");
  check_says(none, "cannot copy in 64 bytes at 0x1000\n  there are no allocations");
  const std::uint64_t at = device->allocate(60, "small").value();
  check_says(fault_of(device->copy_in(at, bytes)), "'small' is at 0x");
  check_says(fault_of(device->copy_out(bytes, at + 8)), "cannot copy out 64 bytes");
  CHECK(device->copy_out(std::span(bytes).first(52), at + 8).ok());
  check_says(fault_of(device->free(at + 4)), "no allocation starts there");
  device->free(at).check();
  CHECK(fault_of(device->free(at)).code == "emulator.address");
  CHECK(device->free(0).ok());
  CHECK(device->allocate(0, "nothing").value() == 0);
  const Fault large = fault_of(device->allocate(std::size_t{1} << 40, "large"));
  CHECK(large.code == "emulator.memory");
  check_says(large, "cannot allocate 1099511627776 bytes for 'large'");
  for (int i = 0; i < 1000; ++i) device->allocate(4, "one of many").value();
  CHECK(fault_of(device->allocate(4, "one too many")).code == "emulator.memory");
  const Fault options = fault_of(open_emulator_device({.schedules = 0}));
  CHECK(options.code == "emulator.options");
  check_says(options, "cannot run 0 schedules");
}
