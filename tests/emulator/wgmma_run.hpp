// Builds and runs kernels of one or a few wgmma instructions, with operands placed by the test's own reading of the
// layouts.
#pragma once

#include <fmt/format.h>

#include "kernel_run.hpp"

namespace tw::emu::test {

/// A wgmma under test, in PTX words.
struct WgmmaCase {
  int n = 8, k = 16;
  std::string d = "f32", a = "bf16", b = "bf16";
  int aBits = 16, bBits = 16;
  bool aRegisters = false, aTrans = false, bTrans = false;
  int aSwizzle = 0, bSwizzle = 0; ///< row bytes, 0 for none
  int scaleA = 1, scaleB = 1;
  std::string satfinite, bitOp;
  bool scaleD = true;
  bool sparse = false; ///< metadata in %x4
  int selector = 0;
  bool integer() const { return d == "s32"; }
  bool half() const { return aBits == 16; }
  int registers() const { return d == "f16" ? n / 4 : n / 2; }
  std::string mnemonic() const {
    return fmt::format("wgmma.mma_async{}.sync.aligned.m64n{}k{}{}.{}.{}.{}{}", sparse ? ".sp" : "", n, k, satfinite, d,
                       a, b, bitOp);
  }
};

/// Where an operand lies: the descriptor's fields and the byte of each element.
struct PlacedOperand {
  uint32_t start = 0, leading = 0, stride = 0; ///< bytes; start counts from the shared window
  int swizzle = 0;
  uint64_t descriptor() const {
    static const std::map<int, uint64_t> kModes = {{0, 0}, {128, 1}, {64, 2}, {32, 3}};
    return uint64_t{start >> 4} | uint64_t{leading >> 4} << 16 | uint64_t{stride >> 4} << 32 | kModes.at(swizzle) << 62;
  }
  /// Address of element (mn, k) of `bits` bits, from the tables of the ISA's canonical layouts.
  uint32_t at(int mn, int kk, int bits, bool trans) const {
    int bytes = bits / 8, t = 16 / bytes;
    uint32_t offset;
    auto u = [](int x) { return static_cast<uint32_t>(x); };
    if (!trans)
      offset = swizzle == 0 ? u(mn % 8 * 16) + u(mn / 8) * stride + u(kk % t * bytes) + u(kk / t) * leading
                            : u(mn % 8 * swizzle) + u(mn / 8) * stride + u(kk * bytes);
    else if (swizzle == 0)
      offset = u(mn % t * bytes) + u(mn / t) * stride + u(kk % 8 * 16) + u(kk / 8) * leading;
    else
      offset = u(mn % (swizzle / bytes) * bytes) + u(mn / (swizzle / bytes)) * leading + u(kk % 8 * swizzle) +
               u(kk / 8) * stride;
    uint32_t address = start + offset;
    if (swizzle == 32) address ^= address >> 3 & 0x10;
    if (swizzle == 64) address ^= address >> 3 & 0x30;
    if (swizzle == 128) address ^= address >> 3 & 0x70;
    return address;
  }
};

/// A dense placement of operands of depth `k` from `start` on; `pad` extra bytes make the strides uneven.
inline PlacedOperand place(uint32_t start, int k, int bits, bool trans, int swizzle, uint32_t pad = 0) {
  PlacedOperand p;
  p.start = start, p.swizzle = swizzle;
  uint32_t kb = static_cast<uint32_t>(k * bits / 8), w = static_cast<uint32_t>(swizzle);
  if (!trans && swizzle == 0)
    p.leading = 128 + pad, p.stride = (kb / 16) * p.leading + pad;
  else if (!trans)
    p.leading = 16, p.stride = 8 * w + pad * 8;
  else if (swizzle == 0)
    p.leading = 128 + pad, p.stride = static_cast<uint32_t>(k / 8) * p.leading + pad;
  else
    p.stride = 8 * w + pad * 8, p.leading = static_cast<uint32_t>(k / 8) * p.stride;
  return p;
}

/// The operand list after the accumulators and A and B.
inline std::string wgmmaTail(const WgmmaCase &c, const std::string &scale) {
  std::string tail = c.sparse ? fmt::format("%x4, {}, {}", c.selector, scale) : scale;
  if (c.integer()) return tail;
  tail += fmt::format(", {}, {}", c.scaleA, c.scaleB);
  if (c.half() && !c.aRegisters) tail += fmt::format(", {}", int{c.aTrans});
  if (c.half()) tail += fmt::format(", {}", int{c.bTrans});
  return tail;
}

/// "{%d0, ..., }" of the accumulator.
inline std::string wgmmaRegisters(const char *stem, int count) {
  std::string list = "{";
  for (int r = 0; r < count; ++r) list += fmt::format("{}{}{}", r ? ", " : "", stem, r);
  return list + "}";
}

/// The module of a kernel that fills shared memory from p0 (p4 words), loads accumulators from p1, runs `body` and
/// stores them back. p2, p3: descriptors; p5: registers of A (and metadata in register 4).
inline std::string wgmmaKernel(const WgmmaCase &c, const std::string &body, int threads = 128,
                               const std::string &target = "sm_90a") {
  std::string reg = c.d == "f32" ? "f32" : "b32";
  std::string text = fmt::format(
      ".reg .b64 %in, %acc, %a, %b, %ar, %off;\n.reg .b32 %t, %s, %i, %n, %v, %x<5>;\n.reg .pred %p, %scale;\n.reg .{} "
      "%d<{}>;\nld.param.u64 %in, [p0]; ld.param.u64 %acc, [p1]; ld.param.u64 %a, [p2]; ld.param.u64 %b, [p3];\n"
      "ld.param.u64 %ar, [p5]; ld.param.u32 %n, [p4];\nmov.u32 %t, %tid.x; mov.u32 %i, %t;\n"
      "LOOP: setp.ge.u32 %p, %i, %n; @%p bra DONE;\nmul.wide.u32 %off, %i, 4; add.u64 %off, %in, %off; ld.global.u32 "
      "%v, [%off];\nmov.u32 %s, smem; mad.lo.u32 %s, %i, 4, %s; st.shared.u32 [%s], %v;\nadd.u32 %i, %i, {}; bra "
      "LOOP;\n"
      "DONE: fence.proxy.async; bar.sync 0;\nmul.wide.u32 %off, %t, {}; add.u64 %acc, %acc, %off;\n"
      "mul.wide.u32 %off, %t, 20; add.u64 %ar, %ar, %off;\n",
      reg, c.registers(), threads, c.registers() * 4);
  for (int r = 0; r < c.registers(); ++r) text += fmt::format("ld.global.b32 %d{}, [%acc+{}];\n", r, 4 * r);
  for (int r = 0; r < 5; ++r) text += fmt::format("ld.global.b32 %x{}, [%ar+{}];\n", r, 4 * r);
  text += body;
  for (int r = 0; r < c.registers(); ++r) text += fmt::format("st.global.b32 [%acc+{}], %d{};\n", 4 * r, r);
  return kernel(".param .u64 p0, .param .u64 p1, .param .u64 p2, .param .u64 p3, .param .u32 p4, .param .u64 p5",
                text + "ret;", ".extern .shared .align 1024 .b8 smem[];", target);
}

/// The wgmma instruction of the case.
inline std::string wgmmaInstruction(const WgmmaCase &c, const std::string &scale = "") {
  return fmt::format("{} {}, {}, %b, {};\n", c.mnemonic(), wgmmaRegisters("%d", c.registers()),
                     c.aRegisters ? "{%x0, %x1, %x2, %x3}" : "%a",
                     wgmmaTail(c, scale.empty() ? c.scaleD ? "1" : "0" : scale));
}

inline const char *kWgmmaFence = "wgmma.fence.sync.aligned;\n";
inline const char *kWgmmaCommitWait = "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n";

} // namespace tw::emu::test
