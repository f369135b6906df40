// What the tests with the fake driver share: loading it into this process, and steering it.
#pragma once

#include <cstdlib>
#include <dlfcn.h>
#include <memory>
#include <string>
#include <vector>

#include "check.hpp"
#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/compare.hpp"
#include "tilewright/runtime/device.hpp"
#include "tilewright/runtime/npy.hpp"
#include "tilewright/runtime/run.hpp"

namespace tw::rt::test {

/// Settings of the fake driver for a scope (settings.hpp).
struct FakeSettings {
  explicit FakeSettings(const std::string &words) { ::setenv("TILEWRIGHT_FAKE_DRIVER", words.c_str(), 1); }
  ~FakeSettings() { ::unsetenv("TILEWRIGHT_FAKE_DRIVER"); }
};

/// Device `cuda` over the fake driver. The library's name makes the runtime find it instead of a real driver.
inline Result<std::unique_ptr<Device>> open_fake() {
  REQUIRE(::dlopen(FAKE_DRIVER_PATH, RTLD_NOW | RTLD_LOCAL) != nullptr);
  return open_cuda_device();
}

/// c[i] = a[i] * s in PTX for `target`, with `body` in place of the guard against the end.
inline Artifact scale_ptx_artifact(const std::string &target = "sm_70",
                                   const std::string &guard = "setp.ge.s32 %p, %r3, %r4; @%p ret;") {
  Artifact artifact = small_artifact();
  artifact.target = target;
  artifact.cubin.clear();
  artifact.rule.variants.erase(artifact.rule.variants.begin());
  artifact.ptx = ".version 7.0\n.target " + target + R"(
.address_size 64
.extern .shared .align 16 .b8 dynamic[];
.visible .entry scale(.param .u64 a, .param .f32 s, .param .u64 c, .param .u32 n)
{
  .reg .b32 %r<6>; .reg .b64 %d<6>; .reg .f32 %f<4>; .reg .pred %p;
  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %tid.x; mad.lo.s32 %r3, %r1, 128, %r2;
  ld.param.u32 %r4, [n]; )" +
                 guard + R"(
  ld.param.u64 %d1, [a]; ld.param.u64 %d2, [c]; ld.param.f32 %f1, [s];
  cvta.to.global.u64 %d1, %d1; cvta.to.global.u64 %d2, %d2;
  mul.wide.s32 %d3, %r3, 4; add.s64 %d4, %d1, %d3; add.s64 %d5, %d2, %d3;
  ld.global.f32 %f2, [%d4]; mul.f32 %f3, %f2, %f1; st.global.f32 [%d5], %f3;
  ret;
}
)";
  return artifact;
}

/// Arguments for it over `n` elements.
inline std::vector<HostArgument> scale_arguments(int n = 1000) {
  const std::string size = std::to_string(n);
  return {make_argument("f32[" + size + "]:iota").value(), make_argument("3f32").value(),
          make_argument("f32[" + size + "]:nan").value()};
}

inline KernelRule &kernel_of(Artifact &artifact) { return std::get<KernelRule>(artifact.rule.variants[0].steps[0]); }

} // namespace tw::rt::test
