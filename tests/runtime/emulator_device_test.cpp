// Artifacts on device `emulator`: results, findings with the user's lines, memory, counts.
#include "emulator_artifacts.hpp"

#include <algorithm>

using namespace tw::rt;
using namespace tw::rt::test;
using tw::emu::FindingKind;

TEST_CASE("a vector add runs from start to end") {
  auto device = open();
  CHECK(device->name() == "emulator");
  CHECK(device->describe() == "PTX emulator, 1 schedule from seed 0");
  const RunOutcome outcome = run_artifact(*device, add_artifact(), vectors("300", "300", "300"), {}).value();
  const HostTensor &c = std::get<HostTensor>(outcome.arguments[2]);
  for (int i = 0; i < 300; ++i) REQUIRE(c.at(i) == 2 * i);
  CHECK(device->findings().empty());
  CHECK(run_artifact(*device, add_artifact(), vectors("0", "0", "0"), {}).ok());
}

TEST_CASE("a launch is counted by opcode and bytes, under the first schedule only") {
  for (int schedules : {1, 3}) {
    auto device = open({.schedules = schedules});
    run_artifact(*device, add_artifact(), vectors("256", "256", "256"), {}).value();
    CHECK(device->stats().by_opcode.at("add.f32") == 8);
    CHECK(device->stats().global_bytes_read == 2048);
    CHECK(device->stats().global_bytes_written == 1024);
    CHECK(device->stats().instructions > 8 * 15);
  }
}

TEST_CASE("a wide stride in shared memory shows as bank conflicts") {
  auto device = open();
  run_artifact(*device, exchange_artifact("bar.sync 0;"), words(), {}).value();
  CHECK(device->stats().shared_stores == 2);
  CHECK(device->stats().shared_store_conflicts == 0);
  Artifact wide = exchange_artifact("bar.sync 0;", "mad.lo.u32 %r4, %r0, 128, %r5; st.shared.u32 [%r4], %r0;");
  step_of(wide).shared_bytes = 128 * 64;
  (void)run_artifact(*device, wide, words(), {});
  CHECK(device->stats().shared_stores == 2);
  CHECK(device->stats().shared_store_conflicts == 2 * 31);
}

TEST_CASE("an access beyond a tensor names the tensor and the user's line") {
  auto device = open();
  const Fault fault = fault_of(run_artifact(*device, add_artifact(add_ptx("")), vectors("100", "128", "128"), {}));
  CHECK(fault.code == "emulator.finding");
  CHECK(fault.exit_code() == 1);
  check_says(fault, "kernel 'add': error: the emulator found a fault\nadd.cpp:7: bounds: ");
  check_says(fault, "at offset 400 of 'a', which has 400 bytes");
  check_says(fault, "PTX line 19: ld.global.f32");
  CHECK(fault.message.back() != '\n');
  REQUIRE(device->findings().size() == 1);
  const EmulatorFinding &finding = device->findings()[0];
  CHECK(finding.kernel == "add");
  CHECK(finding.entry == "add");
  CHECK(finding.detail.kind == FindingKind::Bounds);
  CHECK(finding.detail.at.ptx_line == 19);
  CHECK(finding.detail.at.source.file == "add.cpp");
  CHECK(finding.detail.at.source.line == 7);
  CHECK(finding.detail.buffer == "a");
  CHECK(finding.detail.offset == 400);
  CHECK(device->findings_total() == 28);
  SECTION("the next launch starts anew") {
    CHECK(run_artifact(*device, add_artifact(), vectors("128", "128", "128"), {}).ok());
    CHECK(device->findings().empty());
    CHECK(device->findings_total() == 0);
  }
  SECTION("more than three are counted, not listed") {
    const std::string early_load = "ld.global.u32 %r4, [%rd0+4096];";
    const Fault many = fault_of(run_artifact(*device, add_artifact(add_ptx(early_load)), vectors("4", "4", "4"), {}));
    check_says(many, "the emulator found 4 faults\n");
    check_says(many, "\nand 1 more");
    CHECK(many.message.find("add.cpp:9") == std::string::npos);
    CHECK(device->findings()[3].detail.at.source.line == 9);
  }
  SECTION("a random schedule is named by its seed") {
    auto random = open({.seed = 5});
    check_says(fault_of(run_artifact(*random, add_artifact(add_ptx("")), vectors("100", "128", "128"), {})),
               "\n  schedule: seed 5");
    CHECK(random->findings()[0].seed == 5);
  }
  SECTION("a device that is not strict only collects them") {
    auto lenient = open({.strict = false});
    CHECK(run_artifact(*lenient, add_artifact(add_ptx("")), vectors("100", "128", "128"), {}).ok());
    CHECK(lenient->findings().size() == 1);
  }
}

TEST_CASE("what a kernel prints is kept, of the first schedule") {
  Artifact artifact = artifact_of("greet", R"(.version 7.0
.target sm_80
.address_size 64
.extern .func (.param .b32 result) vprintf(.param .b64 format, .param .b64 values);
.global .align 1 .b8 text[4] = {104, 105, 10, 0};
.visible .entry greet()
{
  .reg .u64 %rd<2>; .reg .b32 %r;
  mov.u64 %rd0, text;
  cvta.global.u64 %rd0, %rd0;
  mov.u64 %rd1, 0;
  {
    .param .b64 format; .param .b64 values; .param .b32 result;
    st.param.b64 [format], %rd0;
    st.param.b64 [values], %rd1;
    call.uni (result), vprintf, (format, values);
    ld.param.b32 %r, [result];
  }
  ret;
}
)");
  KernelRule step;
  step.entry = "greet";
  step.grid = {2, 1, 1};
  artifact.rule.variants = {{"plain", {}, 0, {step}}};
  auto device = open({.schedules = 2});
  run_artifact(*device, artifact, {}, {}).value();
  CHECK(device->printed() == "hi\nhi\n");
}

TEST_CASE("a race in shared memory names both lines and the buffer") {
  auto device = open();
  CHECK(run_artifact(*device, exchange_artifact("bar.sync 0;"), words(), {}).ok());
  const Fault fault = fault_of(run_artifact(*device, exchange_artifact(""), words(), {}));
  CHECK(fault.code == "emulator.finding");
  check_says(fault, ": race: ");
  const auto &findings = device->findings();
  const auto race = std::find_if(findings.begin(), findings.end(),
                                 [](const EmulatorFinding &f) { return f.detail.kind == FindingKind::Race; });
  REQUIRE(race != findings.end());
  REQUIRE(race->detail.others.size() == 1);
  const int lines[2] = {race->detail.at.source.line, race->detail.others[0].source.line};
  CHECK(std::min(lines[0], lines[1]) == 4);
  CHECK(std::max(lines[0], lines[1]) == 6);
  CHECK((race->detail.buffer == "staging" || race->detail.buffer == "tile"));
  CHECK(race->detail.offset < 128);
}

TEST_CASE("a read of shared memory that nobody wrote is found under every schedule and told once") {
  auto device = open({.schedules = 4});
  CHECK(device->describe() == "PTX emulator, 4 schedules from seed 0");
  const Fault fault = fault_of(run_artifact(*device, exchange_artifact("bar.sync 0;", ""), words(), {}));
  check_says(fault, "exchange.cpp:6: uninit: ");
  REQUIRE(device->findings().size() == 1);
  CHECK(device->findings()[0].detail.kind == FindingKind::Uninitialised);
  CHECK(device->findings()[0].detail.times == 4 * 64);
  CHECK(device->findings_total() == 4 * 64);
  check_says(fault, "; it is byte 0 of shared buffer '");
  auto unchecked = open({.checks = tw::emu::CheckOptions::none()});
  CHECK(run_artifact(*unchecked, exchange_artifact("bar.sync 0;", ""), words(), {}).ok());
}

TEST_CASE("memory is unwritten until it is copied in or set, byte by byte") {
  auto device = open();
  const Artifact artifact = add_artifact();
  auto launcher = Launcher::create(*device, artifact).value();
  const std::uint64_t a = device->allocate(512, "a").value(), b = device->allocate(512, "b").value(),
                      c = device->allocate(512, "c").value();
  CHECK(a % 256 == 0);
  std::vector<float> ones(128, 1);
  device->copy_in(a, std::as_bytes(std::span(ones))).check();
  const auto launch = [&] {
    const auto tensor = [](std::uint64_t at) { return DeviceTensor{ElementType::f32, at, {128}, {1}}; };
    const std::vector<LaunchArgument> arguments = {tensor(a), tensor(b), tensor(c)};
    return launcher->launch(arguments);
  };
  check_says(fault_of(launch()), "add.cpp:7: uninit: read of 4 bytes at offset 0 of 'b'");
  device->copy_in(b, std::as_bytes(std::span(ones)).first(500)).check();
  check_says(fault_of(launch()), "read of 4 bytes at offset 500 of 'b'");
  CHECK(device->findings_total() == 3);
  device->copy_in(b + 500, std::as_bytes(std::span(ones)).first(12)).check();
  launch().check();
  std::vector<float> sums(128);
  device->copy_out(std::as_writable_bytes(std::span(sums)), c).check();
  CHECK(std::all_of(sums.begin(), sums.end(), [](float x) { return x == 2; }));
  for (std::uint64_t address : {a, b, c}) device->free(address).check();
}

TEST_CASE("memsets of a plan write the workspace and count as writes") {
  Artifact artifact = add_artifact();
  Variant &variant = artifact.rule.variants[0];
  variant.workspace_bytes = 1024;
  // b is read from the workspace, of which only the part at 512 is set.
  step_of(artifact).parameters[1] = {ParameterRule::Kind::workspace, 0, 0, 512};
  variant.steps.insert(variant.steps.begin(), MemsetRule{-1, 512, 512, 0});
  auto device = open({.schedules = 2});
  const RunOutcome outcome = run_artifact(*device, artifact, vectors("128", "128", "128"), {}).value();
  CHECK(std::get<HostTensor>(outcome.arguments[2]).at(127) == 127);
  step_of(artifact).parameters[1].value = 508;
  check_says(fault_of(run_artifact(*device, artifact, vectors("128", "128", "128"), {})),
             "read of 4 bytes at offset 508 of 'workspace'");
}

TEST_CASE("a kernel without an end is a hang, also when the device is not strict") {
  const std::string loop = "forever: bra forever;";
  auto device = open({.instruction_budget = 10000, .strict = false});
  const Fault fault = fault_of(run_artifact(*device, add_artifact(add_ptx(loop)), vectors("4", "4", "4"), {}));
  CHECK(fault.code == "emulator.finding");
  check_says(fault, "hang: no end after 10000 warp-instructions");
  CHECK(device->findings()[0].detail.kind == FindingKind::Hang);
}

TEST_CASE("blocks of a cooperative launch wait for each other, more than usually run together") {
  // Block 0 waits for all others through the sum at a[0].
  const std::string ptx = R"(.version 8.0
.target sm_80
.address_size 64
.visible .entry add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n)
{
  .reg .pred %p; .reg .b64 %rd<4>; .reg .b32 %r<6>;
  ld.param.u64 %rd1, [a];
  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %nctaid.x; mov.u32 %r3, %tid.x;
  setp.ne.u32 %p, %r3, 0; @%p ret;
  atom.relaxed.gpu.global.add.u32 %r4, [%rd1], 1;
WAIT: ld.relaxed.gpu.global.u32 %r5, [%rd1];
  setp.lt.u32 %p, %r5, %r2; @%p bra WAIT;
  ret;
})";
  for (bool cooperative : {true, false}) {
    EmulatorOptions options;
    options.instruction_budget = 300000;
    options.seed = 1;
    auto device = open(options);
    Artifact artifact = add_artifact(ptx);
    step_of(artifact).grid = {40, 1, 1};
    step_of(artifact).cooperative = cooperative;
    auto result = run_artifact(*device, artifact, vectors("128", "128", "128"), {});
    if (!result) UNSCOPED_INFO(result.fault().message);
    CHECK(static_cast<bool>(result) == cooperative);
    if (!cooperative) check_says(fault_of(std::move(result)), "no end after");
  }
}
