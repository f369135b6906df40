// Artifacts on device `emulator`: results, findings with the user's lines, refusals, counts.
#include "check.hpp"

#include <algorithm>

#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/emulator_device.hpp"
#include "tilewright/runtime/run.hpp"

using namespace tw::rt;
using namespace tw::rt::test;
using tw::emu::FindingKind;

namespace {

// c[i] = a[i] + b[i]. The loads are lines 19 and 20, the store is line 22. GUARD is an instruction that lanes beyond
// the length must not pass.
std::string add_ptx(const std::string &guard = "@%p bra done;") {
  return R"(.version 7.0
.target sm_80
.address_size 64
.visible .entry add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n)
{
  .reg .u64 %rd<4>; .reg .u32 %r<5>; .reg .f32 %f<3>; .reg .pred %p;
  ld.param.u64 %rd0, [a];
  ld.param.u64 %rd1, [b];
  ld.param.u64 %rd2, [c];
  ld.param.u32 %r0, [n];
  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %tid.x;
  mad.lo.u32 %r3, %r1, 128, %r2;
  setp.ge.u32 %p, %r3, %r0;
  )" + guard +
         R"(
  mul.wide.u32 %rd3, %r3, 4;
  add.u64 %rd0, %rd0, %rd3;
  add.u64 %rd1, %rd1, %rd3;
  add.u64 %rd2, %rd2, %rd3;
  ld.global.f32 %f0, [%rd0];
  ld.global.f32 %f1, [%rd1];
  add.f32 %f2, %f0, %f1;
  st.global.f32 [%rd2], %f2;
done:
  ret;
}
)";
}

Artifact artifact_of(const std::string &kernel, std::string ptx) {
  Artifact artifact;
  artifact.key = "01";
  artifact.kernel = kernel;
  artifact.target = "sm_80";
  artifact.ptx = std::move(ptx);
  return artifact;
}

Artifact add_artifact(std::string ptx = add_ptx()) {
  Artifact artifact = artifact_of("add", std::move(ptx));
  for (const char *name : {"a", "b", "c"})
    artifact.rule.arguments.push_back({name, ArgumentRule::Kind::tensor, ElementType::f32, {dynamic}, {1}});
  using Kind = ParameterRule::Kind;
  KernelRule step;
  step.entry = "add";
  step.block = {128, 1, 1};
  step.grid = {ceil_div(size(2, 0), 128), 1, 1};
  step.parameters = {{Kind::address, 0}, {Kind::address, 1}, {Kind::address, 2}, {Kind::size_i32, 2, 0}};
  artifact.rule.variants = {{"plain", {}, 0, {step}}};
  artifact.line_map.lines = {{4, "add.cpp", 0}, {19, "add.cpp", 7}, {21, "add.cpp", 8}, {22, "add.cpp", 9}};
  return artifact;
}

std::vector<HostArgument> vectors(const std::string &a, const std::string &b, const std::string &c) {
  std::vector<HostArgument> list;
  for (const std::string &length : {a, b, c}) list.push_back(make_argument("f32[" + length + "]:iota").value());
  return list;
}

// One block: thread t writes word t of shared memory, waits (BARRIER), reads word t ^ 32 and stores it to out[t].
Artifact exchange_artifact(const std::string &barrier, const std::string &store = "st.shared.u32 [%r1], %r0;") {
  Artifact artifact = artifact_of("exchange", R"(.version 7.0
.target sm_80
.address_size 64
.extern .shared .align 1024 .b8 tilewright_shared[];
.visible .entry exchange(.param .u64 out)
{
  .reg .u64 %rd<3>; .reg .u32 %r<6>;
  ld.param.u64 %rd0, [out];
  mov.u32 %r0, %tid.x;
  mov.u32 %r5, tilewright_shared;
  mad.lo.u32 %r1, %r0, 4, %r5;
  )" + store + R"(
  )" + barrier + R"(
  xor.b32 %r2, %r0, 32;
  mad.lo.u32 %r2, %r2, 4, %r5;
  ld.shared.u32 %r3, [%r2];
  mul.wide.u32 %rd1, %r0, 4;
  add.u64 %rd1, %rd0, %rd1;
  st.global.u32 [%rd1], %r3;
  ret;
}
)");
  artifact.rule.arguments = {{"out", ArgumentRule::Kind::tensor, ElementType::i32, {64}, {1}}};
  KernelRule step;
  step.entry = "exchange";
  step.block = {64, 1, 1};
  step.shared_bytes = 256;
  step.parameters = {{ParameterRule::Kind::address, 0}};
  artifact.rule.variants = {{"plain", {}, 0, {step}}};
  artifact.line_map.lines = {{8, "exchange.cpp", 3},
                             {12, "exchange.cpp", 4},
                             {13, "exchange.cpp", 5},
                             {16, "exchange.cpp", 6},
                             {17, "exchange.cpp", 7}};
  artifact.line_map.shared_buffers = {{"staging", 0, 128, "buffer"}, {"tile", 128, 128, "buffer"}};
  return artifact;
}

std::vector<HostArgument> words() { return {make_argument("i32[64]:zeros").value()}; }

std::unique_ptr<EmulatorDevice> open(const EmulatorOptions &options = {}) {
  return open_emulator_device(options).value();
}

KernelRule &step_of(Artifact &artifact) { return std::get<KernelRule>(artifact.rule.variants[0].steps.back()); }

} // namespace

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
    const Fault many =
        fault_of(run_artifact(*device, add_artifact(add_ptx("") + "// end"), vectors("4", "4", "4"), {}));
    check_says(many, "the emulator found 3 faults\n");
  }
  SECTION("a device that is not strict only collects them") {
    auto lenient = open({.strict = false});
    CHECK(run_artifact(*lenient, add_artifact(add_ptx("")), vectors("100", "128", "128"), {}).ok());
    CHECK(lenient->findings().size() == 1);
  }
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
