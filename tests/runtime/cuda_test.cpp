// Device `cuda`: which targets run where, and a real launch where there is a driver.
#include "check.hpp"

#include <cstdio>

#include "../../runtime/lib/cuda/kernel.hpp"
#include "tilewright/runtime/device.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

// c[i] = a[i] * s, see `scale_rule`.
const char *scale_ptx = R"(.version 7.0
.target sm_70
.address_size 64
.visible .entry scale(.param .u64 a, .param .f32 s, .param .u64 c, .param .u32 n)
{
  .reg .b32 %r<6>; .reg .b64 %d<6>; .reg .f32 %f<4>; .reg .pred %p;
  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %tid.x; mad.lo.s32 %r3, %r1, 128, %r2;
  ld.param.u32 %r4, [n]; setp.ge.s32 %p, %r3, %r4; @%p ret;
  ld.param.u64 %d1, [a]; ld.param.u64 %d2, [c]; ld.param.f32 %f1, [s];
  cvta.to.global.u64 %d1, %d1; cvta.to.global.u64 %d2, %d2;
  mul.wide.s32 %d3, %r3, 4; add.s64 %d4, %d1, %d3; add.s64 %d5, %d2, %d3;
  ld.global.f32 %f2, [%d4]; mul.f32 %f3, %f2, %f1; st.global.f32 [%d5], %f3;
  ret;
}
)";

// The device, or null with a visible note when this machine has none.
std::unique_ptr<Device> device_or_note() {
  Result<std::unique_ptr<Device>> device = open_cuda_device();
  if (device) return std::move(*device);
  REQUIRE(device.fault().exit_code() == 4);
  std::fprintf(stderr, "SKIPPED: %s\n", device.fault().message.c_str());
  return nullptr;
}

Artifact scale_artifact() {
  Artifact artifact = small_artifact();
  artifact.target = "sm_70";
  artifact.ptx = scale_ptx;
  artifact.cubin.clear();
  artifact.rule.variants.erase(artifact.rule.variants.begin());
  return artifact;
}

} // namespace

TEST_CASE("targets run on their own generation and later, suffix a on exactly its own") {
  const auto runs = [](const char *target, int major, int minor) {
    const Status status = cuda::check_target(target, major, minor);
    if (!status) CHECK(status.fault().code == "cuda.target");
    return status.ok();
  };
  CHECK(runs("sm_80", 8, 0));
  CHECK(runs("sm_80", 9, 0));
  CHECK(runs("sm_90a", 9, 0));
  CHECK_FALSE(runs("sm_90a", 10, 0));
  CHECK_FALSE(runs("sm_90", 8, 9));
  CHECK(runs("sm_100", 12, 0));
  CHECK_FALSE(runs("cpu", 9, 0));
  CHECK_FALSE(runs("sm_", 9, 0));
  CHECK_FALSE(runs("", 9, 0));
  check_says(fault_of(cuda::check_target("sm_90a", 8, 0)), "compiled for sm_90a but this GPU is sm_80");
}

TEST_CASE("without a driver the device says what to do") {
  const Result<std::unique_ptr<Device>> device = open_cuda_device();
  if (device) return;
  CHECK((device.fault().code == "cuda.no_driver" || device.fault().code == "cuda.no_device"));
  check_says(device.fault(), "device cuda: error: ");
  check_says(device.fault(), "fix: ");
}

TEST_CASE("a kernel runs on the GPU") {
  const std::unique_ptr<Device> device = device_or_note();
  if (!device) return;
  auto launcher = Launcher::create(*device, scale_artifact()).value();
  std::vector<float> a(1000), c(1000);
  for (int i = 0; i < 1000; ++i) a[i] = static_cast<float>(i);
  const DeviceMemory da = DeviceMemory::allocate(*device, 4000, "a").value();
  const DeviceMemory dc = DeviceMemory::allocate(*device, 4000, "c").value();
  device->copy_in(da.address(), std::as_bytes(std::span(a))).check();
  const std::vector<LaunchArgument> arguments{DeviceTensor{ElementType::f32, da.address(), {1000}, {1}},
                                              Scalar::of_double(ElementType::f32, 3),
                                              DeviceTensor{ElementType::f32, dc.address(), {1000}, {1}}};
  launcher->launch(arguments).check();
  device->synchronize().check();
  device->copy_out(std::as_writable_bytes(std::span(c)), dc.address()).check();
  for (int i = 0; i < 1000; ++i) REQUIRE(c[i] == 3.0f * a[i]);
  const LaunchPlan plan = launcher->prepare(arguments).value();
  CHECK(device->time(launcher->kernel(), plan, 2, 5, {}).value().size() == 5);
}

TEST_CASE("broken code gives the driver's own words") {
  const std::unique_ptr<Device> device = device_or_note();
  if (!device) return;
  Artifact artifact = scale_artifact();
  artifact.ptx = ".version 7.0\n.target sm_70\n.address_size 64\n.entry scale() { nonsense; }\n";
  check_says(fault_of(device->load(artifact)), "the driver's log");
  artifact.ptx = ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry other() { ret; }\n";
  auto launcher = Launcher::create(*device, artifact).value();
  const std::vector<LaunchArgument> arguments{DeviceTensor{ElementType::f32, 256, {1}, {1}},
                                              Scalar::of_double(ElementType::f32, 3),
                                              DeviceTensor{ElementType::f32, 256, {1}, {1}}};
  CHECK(fault_of(launcher->launch(arguments)).code == "cuda.entry");
}
