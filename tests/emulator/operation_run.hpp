// Runs one instruction on vectors of operands, one per thread.
#pragma once

#include "kernel_run.hpp"

namespace tw::emu::test {

/// Runs `instruction`, which computes %d from %a, %b, %c (registers of the given types, at most 64 bits each), for
/// every operand triple. Unused operands may be left out of the instruction. `extra` is put before it.
inline std::vector<uint64_t> runOperation(const std::string &instruction, const std::string &dType,
                                          const std::string &type, const std::vector<std::array<uint64_t, 3>> &operands,
                                          const std::string &target = "sm_80", const std::string &bType = "",
                                          const std::string &cType = "", const std::string &extra = "") {
  auto moveIn = [](const std::string &reg, const std::string &t, int offset) {
    std::string from = "ld.global.b64 %w, [%in+" + std::to_string(offset) + "];\n";
    if (t == "b64") return from + "mov.b64 " + reg + ", %w;\n";
    if (t == "b32") return from + "cvt.u32.u64 " + reg + ", %w;\n";
    return from + "cvt.u16.u64 " + reg + ", %w;\n";
  };
  std::string b = bType.empty() ? type : bType, c = cType.empty() ? type : cType;
  std::string body =
      ".reg .b64 %in, %out, %w, %off; .reg .b32 %t; .reg .pred %p, %q;\n.reg ." + dType + " %d; .reg ." + type +
      " %a; .reg ." + b + " %b; .reg ." + c + " %c;\n" +
      "mov.u32 %t, %tid.x;\nmad.wide.u32 %off, %t, 24, 0;\nld.param.u64 %in, [p0];\nadd.u64 %in, %in, %off;\n"
      "mul.wide.u32 %off, %t, 8;\nld.param.u64 %out, [p1];\nadd.u64 %out, %out, %off;\n" +
      moveIn("%a", type, 0) + moveIn("%b", b, 8) + moveIn("%c", c, 16) + extra + instruction + "\n" +
      (dType == "b64"   ? "mov.b64 %w, %d;\n"
       : dType == "b32" ? "cvt.u64.u32 %w, %d;\n"
                        : "cvt.u64.u16 %w, %d;\n") +
      "st.global.b64 [%out], %w;\nret;";
  std::vector<uint64_t> in, out(operands.size());
  for (const auto &o : operands) in.insert(in.end(), o.begin(), o.end());
  INFO(instruction);
  KernelRun(kernel(".param .u64 p0, .param .u64 p1", body, "", target))
      .buffer(in)
      .buffer(out, false)
      .block(static_cast<uint32_t>(operands.size()))
      .clean();
  return out;
}

} // namespace tw::emu::test
