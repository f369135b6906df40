// Artifacts with hand-written PTX for tests of device `emulator`.
#pragma once

#include "check.hpp"

#include <memory>
#include <string>
#include <vector>

#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/emulator_device.hpp"
#include "tilewright/runtime/run.hpp"

namespace tw::rt::test {

/// c[i] = a[i] + b[i]. The loads are lines 19 and 20, the store is line 22. `guard` is an instruction that lanes beyond
/// the length must not pass.
inline std::string add_ptx(const std::string &guard = "@%p bra done;") {
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

/// An artifact without a launch rule.
inline Artifact artifact_of(const std::string &kernel, std::string ptx) {
  Artifact artifact;
  artifact.key = "01";
  artifact.kernel = kernel;
  artifact.target = "sm_80";
  artifact.ptx = std::move(ptx);
  return artifact;
}

/// Vector add; the user's lines are 7 (loads), 8 (sum) and 9 (store) of add.cpp.
inline Artifact add_artifact(std::string ptx = add_ptx()) {
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

/// Arguments of `add_artifact` with these lengths.
inline std::vector<HostArgument> vectors(const std::string &a, const std::string &b, const std::string &c) {
  std::vector<HostArgument> list;
  for (const std::string &length : {a, b, c}) list.push_back(make_argument("f32[" + length + "]:iota").value());
  return list;
}

/// One block: thread t writes word t of shared memory, waits (`barrier`), reads word t ^ 32 and stores it to out[t].
inline Artifact exchange_artifact(const std::string &barrier, const std::string &store = "st.shared.u32 [%r1], %r0;") {
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

/// Arguments of `exchange_artifact`.
inline std::vector<HostArgument> words() { return {make_argument("i32[64]:zeros").value()}; }

/// The device, which must open.
inline std::unique_ptr<EmulatorDevice> open(const EmulatorOptions &options = {}) {
  return open_emulator_device(options).value();
}

/// The last step, which starts the kernel.
inline KernelRule &step_of(Artifact &artifact) { return std::get<KernelRule>(artifact.rule.variants[0].steps.back()); }

} // namespace tw::rt::test
