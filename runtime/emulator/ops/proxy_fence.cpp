// Proxy fences and fence.mbarrier_init (PTX ISA section 9.7.13.4).
#include "machine/execution.hpp"
#include "ops/memory.hpp"
#include "ops/opcodes.hpp"

namespace tw::emu {
namespace {

void nothing(Warp &, const Instruction &, uint32_t) {}

// option[0]: FenceSpace.
void proxyFence(Warp &w, const Instruction &in, uint32_t mask) {
  if (w.execution->races)
    w.execution->races->proxy_fence({w.globalIndex}, mask, static_cast<emulator::FenceSpace>(in.option[0]));
}

} // namespace

bool decodeProxyFence(Builder &b) {
  if (b.flag("mbarrier_init")) {
    if (!b.flag("release") || !b.flag("cluster")) b.unsupported("this form of fence.mbarrier_init");
    if (b.targetNumber() < 90) b.unsupported("fence.mbarrier_init before sm_90");
    b.expectOperands(0);
    b.out.handler = [](Warp &w, const Instruction &, uint32_t mask) {
      if (w.execution->races) w.execution->races->init_fence({w.globalIndex}, mask);
    };
    return true;
  }
  if (!b.flag("proxy")) return false;
  if (b.flag("alias")) {
    b.expectOperands(0);
    b.out.handler = &nothing;
    return true;
  }
  if (b.targetNumber() < 90) b.unsupported("fence.proxy.async before sm_90");
  if (b.flag("tensormap::generic")) return decodeMapFence(b), true;
  if (!b.flag("async")) b.unsupported("this form of fence.proxy");
  bool global = b.flag("global"), shared = b.flag("shared::cta") || b.flag("shared::cluster");
  b.out.option[0] = static_cast<uint8_t>(global   ? emulator::FenceSpace::global
                                         : shared ? emulator::FenceSpace::shared
                                                  : emulator::FenceSpace::all);
  b.expectOperands(0);
  b.out.handler = &proxyFence;
  return true;
}

} // namespace tw::emu
