// Snippets of cvt (PTX ISA 9.7.9.21).
#include "snippet.hpp"

#include <fmt/format.h>

namespace golden {
namespace {

struct Kind {
  const char *name;
  int bits;  ///< of the value
  int width; ///< of its register
  Inputs inputs;
  Compare compare;
};

const std::vector<Kind> integers = {
    {"s8", 8, 32, Inputs::bits, Compare::bits},   {"u8", 8, 32, Inputs::bits, Compare::bits},
    {"s16", 16, 16, Inputs::bits, Compare::bits}, {"u16", 16, 16, Inputs::bits, Compare::bits},
    {"s32", 32, 32, Inputs::bits, Compare::bits}, {"u32", 32, 32, Inputs::bits, Compare::bits},
    {"s64", 64, 64, Inputs::bits, Compare::bits}, {"u64", 64, 64, Inputs::bits, Compare::bits}};
const Kind f16{"f16", 16, 16, Inputs::f16, Compare::f16}, f32{"f32", 32, 32, Inputs::f32, Compare::f32},
    f64{"f64", 64, 64, Inputs::f64, Compare::f64}, bf16{"bf16", 16, 16, Inputs::bf16, Compare::bf16};

} // namespace

void add_conversions(std::vector<Snippet> &list) {
  auto add = [&](const std::string &flags, const Kind &to, const Kind &from) -> Snippet & {
    list.push_back(elementwise("conversions", fmt::format("cvt{}.{}.{} %d, %a;", flags, to.name, from.name),
                               from.inputs, to.width, from.width));
    list.back().compare = to.compare;
    return list.back();
  };
  for (const Kind &to : integers)
    for (const Kind &from : integers) {
      add("", to, from);
      const bool holds_all = to.bits > from.bits && (from.name[0] == 'u' || to.name[0] == 's');
      if (!holds_all && (to.bits < from.bits || to.name[0] != from.name[0])) add(".sat", to, from);
    }
  for (const char *rounding : {".rni", ".rzi", ".rmi", ".rpi"}) {
    for (const Kind &from : {f16, f32, f64})
      for (const Kind &to : integers) {
        add(rounding, to, from);
        if (from.name == f32.name && to.bits == 32) add(std::string(rounding) + ".ftz", to, from);
      }
    for (const Kind &same : {f16, f32, f64}) add(rounding, same, same);
    add(std::string(rounding) + ".sat", f32, f32);
  }
  for (const char *rounding : {".rn", ".rz", ".rm", ".rp"}) {
    for (const Kind &from : integers)
      for (const Kind &to : {f16, f32, f64}) add(rounding, to, from);
    for (const char *flags : {"", ".ftz", ".sat"}) add(std::string(rounding) + flags, f32, f64);
    add(rounding, f16, f64);
  }
  for (const char *flags : {"", ".ftz"}) add(flags, f32, f16), add(flags, f64, f32);
  add("", f64, f16);
  add("", f32, bf16);
  for (const char *rounding : {".rn", ".rz"})
    for (const char *flags : {"", ".relu"}) {
      add(std::string(rounding) + flags, f16, f32);
      add(std::string(rounding) + flags, bf16, f32);
    }
  auto other = [&](const std::string &instruction, Inputs inputs, Compare compare, int d, int a, int b,
                   const char *target = "sm_90a") {
    list.push_back(elementwise("conversions", instruction, inputs, d, a, b));
    list.back().compare = compare;
    list.back().target = target;
  };
  for (const char *rounding : {"rn", "rz"})
    for (const char *flags : {"", ".relu"}) {
      other(fmt::format("cvt.{}{}.f16x2.f32 %d, %a, %b;", rounding, flags), Inputs::f32, Compare::f16, 32, 32, 32,
            "sm_80");
      other(fmt::format("cvt.{}{}.bf16x2.f32 %d, %a, %b;", rounding, flags), Inputs::f32, Compare::bf16, 32, 32, 32,
            "sm_80");
      other(fmt::format("cvt.{}{}.tf32.f32 %d, %a;", rounding, flags), Inputs::f32, Compare::f32, 32, 32, 0);
    }
  other("cvt.rna.tf32.f32 %d, %a;", Inputs::f32, Compare::f32, 32, 32, 0, "sm_80");
  // Payloads of NaN count here: the small formats have few.
  for (const char *type : {"e4m3x2", "e5m2x2"})
    for (const char *flags : {"", ".relu"}) {
      other(fmt::format("cvt.rn.satfinite{}.{}.f32 %d, %a, %b;", flags, type), Inputs::f32, Compare::bits, 16, 32, 32);
      other(fmt::format("cvt.rn.satfinite{}.{}.f16x2 %d, %a;", flags, type), Inputs::f16, Compare::bits, 16, 32, 0);
      other(fmt::format("cvt.rn{}.f16x2.{} %d, %a;", flags, type), Inputs::bits, Compare::f16, 32, 16, 0);
    }
}

} // namespace golden
