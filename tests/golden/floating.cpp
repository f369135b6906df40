// Snippets of floating-point arithmetic, exact and approximate (PTX ISA 9.7.3 and 9.7.4).
#include "snippet.hpp"

#include <fmt/format.h>

namespace golden {
namespace {

const std::vector<std::string> roundings = {"rn", "rz", "rm", "rp"};

/// Adds snippets of one family; results are compared as floats, so that payloads of NaN do not count.
struct Adder {
  std::vector<Snippet> &list;
  std::string family;

  Snippet &operator()(const std::string &instruction, Inputs inputs, Compare compare, int width, int operands) {
    list.push_back(
        elementwise(family, instruction, inputs, width, width, operands > 1 ? width : 0, operands > 2 ? width : 0));
    list.back().compare = compare;
    return list.back();
  }
};

} // namespace

void add_floats(std::vector<Snippet> &list) {
  Adder add{list, "floating-point arithmetic"};
  struct Operation {
    const char *name;
    int operands;
  };
  auto operands = [](int n) { return n == 1 ? "%a" : n == 2 ? "%a, %b" : "%a, %b, %c"; };
  for (Operation op : {Operation{"add", 2}, {"sub", 2}, {"mul", 2}, {"fma", 3}})
    for (const std::string &rounding : roundings) {
      for (const char *flags : {"", ".ftz", ".sat", ".ftz.sat"})
        add(fmt::format("{}.{}{}.f32 %d, {};", op.name, rounding, flags, operands(op.operands)), Inputs::f32,
            Compare::f32, 32, op.operands);
      add(fmt::format("{}.{}.f64 %d, {};", op.name, rounding, operands(op.operands)), Inputs::f64, Compare::f64, 64,
          op.operands);
    }
  for (Operation op : {Operation{"div", 2}, {"rcp", 1}, {"sqrt", 1}})
    for (const std::string &rounding : roundings) {
      for (const char *flags : {"", ".ftz"})
        add(fmt::format("{}.{}{}.f32 %d, {};", op.name, rounding, flags, operands(op.operands)), Inputs::f32,
            Compare::f32, 32, op.operands);
      add(fmt::format("{}.{}.f64 %d, {};", op.name, rounding, operands(op.operands)), Inputs::f64, Compare::f64, 64,
          op.operands);
    }
  for (const char *op : {"min", "max"}) {
    for (const char *flags : {"", ".ftz", ".NaN", ".ftz.NaN", ".xorsign.abs", ".NaN.xorsign.abs"}) {
      Snippet &s = add(fmt::format("{}{}.f32 %d, %a, %b;", op, flags), Inputs::f32, Compare::f32, 32, 2);
      if (std::string(flags).ends_with("abs")) s.target = "sm_90a";
    }
    add(fmt::format("{}.f64 %d, %a, %b;", op), Inputs::f64, Compare::f64, 64, 2);
  }
  for (const char *op : {"abs", "neg"}) {
    for (const char *flags : {"", ".ftz"})
      add(fmt::format("{}{}.f32 %d, %a;", op, flags), Inputs::f32, Compare::f32, 32, 1);
    add(fmt::format("{}.f64 %d, %a;", op), Inputs::f64, Compare::f64, 64, 1);
  }
  add("copysign.f32 %d, %a, %b;", Inputs::f32, Compare::bits, 32, 2);
  add("copysign.f64 %d, %a, %b;", Inputs::f64, Compare::bits, 64, 2);
  for (const char *property : {"finite", "infinite", "number", "notanumber", "normal", "subnormal"}) {
    list.push_back(elementwise(add.family, fmt::format("testp.{}.f32 %d, %a;", property), Inputs::f32, 1, 32));
    list.push_back(elementwise(add.family, fmt::format("testp.{}.f64 %d, %a;", property), Inputs::f64, 1, 64));
  }
  struct Half {
    const char *type;
    int width;
    Inputs inputs;
    Compare compare;
  };
  for (Half half : {Half{"f16", 16, Inputs::f16, Compare::f16},
                    {"f16x2", 32, Inputs::f16, Compare::f16},
                    {"bf16", 16, Inputs::bf16, Compare::bf16},
                    {"bf16x2", 32, Inputs::bf16, Compare::bf16}}) {
    bool brain = half.compare == Compare::bf16;
    auto two = [&](const std::string &op, int count) -> Snippet & {
      return add(fmt::format("{}.{} %d, {};", op, half.type, operands(count)), half.inputs, half.compare, half.width,
                 count);
    };
    for (Operation op : {Operation{"add", 2}, {"sub", 2}, {"mul", 2}}) {
      if (brain) {
        two(fmt::format("{}.rn", op.name), 2).target = "sm_90a";
        continue;
      }
      for (const char *flags : {"", ".ftz", ".sat", ".ftz.sat"}) two(fmt::format("{}.rn{}", op.name, flags), 2);
    }
    two("fma.rn", 3);
    two("fma.rn.relu", 3);
    if (!brain)
      for (const char *flags : {".ftz", ".sat", ".ftz.relu"}) two(fmt::format("fma.rn{}", flags), 3);
    for (const char *op : {"min", "max"})
      for (const char *flags : {"", ".NaN", ".xorsign.abs"}) {
        Snippet &s = two(fmt::format("{}{}", op, flags), 2);
        if (std::string(flags).ends_with("abs")) s.target = "sm_90a";
      }
    for (const char *op : {"abs", "neg"}) two(op, 1);
  }
}

void add_approximations(std::vector<Snippet> &list) {
  Adder add{list, "approximate functions"};
  // Twice the ISA's stated bounds, each of which is against the exact result.
  auto f32 = [&](const std::string &op, double relative, double absolute = 0, int operands = 1) {
    for (const char *flags : {"", ".ftz"}) {
      Snippet &s = add(fmt::format("{}{}.f32 %d, %a{};", op, flags, operands > 1 ? ", %b" : ""), Inputs::near_one,
                       Compare::f32, 32, operands);
      s.relative = relative;
      s.absolute = absolute;
    }
  };
  const double ulp = 0x1p-23;
  f32("rcp.approx", 2 * ulp);
  f32("sqrt.approx", 4 * ulp);
  f32("rsqrt.approx", 0x1p-21);
  f32("div.approx", 4 * ulp, 0, 2);
  f32("div.full", 4 * ulp, 0, 2);
  f32("ex2.approx", 4 * ulp);
  f32("lg2.approx", 0, 0x1p-20);
  // Of sin and cos the ISA bounds the absolute error for arguments up to 2 pi; here they go up to 16.
  f32("sin.approx", 0, 0x1p-18);
  f32("cos.approx", 0, 0x1p-18);
  for (const char *op : {"tanh.approx.f32"}) {
    Snippet &s = add(fmt::format("{} %d, %a;", op), Inputs::near_one, Compare::f32, 32, 1);
    s.relative = 0x1p-10;
  }
  struct Half {
    const char *op;
    Inputs inputs;
    Compare compare;
    int width;
    double relative;
  };
  for (Half half : {Half{"tanh.approx.f16", Inputs::small_f16, Compare::f16, 16, 0x1p-9},
                    {"tanh.approx.f16x2", Inputs::small_f16, Compare::f16, 32, 0x1p-9},
                    {"ex2.approx.f16", Inputs::small_f16, Compare::f16, 16, 0x1p-8},
                    {"ex2.approx.f16x2", Inputs::small_f16, Compare::f16, 32, 0x1p-8},
                    {"tanh.approx.bf16", Inputs::small_bf16, Compare::bf16, 16, 0x1p-6},
                    {"tanh.approx.bf16x2", Inputs::small_bf16, Compare::bf16, 32, 0x1p-6},
                    {"ex2.approx.ftz.bf16", Inputs::small_bf16, Compare::bf16, 16, 0x1p-6},
                    {"ex2.approx.ftz.bf16x2", Inputs::small_bf16, Compare::bf16, 32, 0x1p-6}}) {
    Snippet &s = add(fmt::format("{} %d, %a;", half.op), half.inputs, half.compare, half.width, 1);
    s.relative = half.relative;
    if (half.compare == Compare::bf16) s.target = "sm_90a";
  }
  for (const char *op : {"rcp.approx.ftz", "rsqrt.approx.ftz", "rsqrt.approx"}) {
    Snippet &s = add(fmt::format("{}.f64 %d, %a;", op), Inputs::small_f64, Compare::f64, 64, 1);
    s.relative = 0x1p-19;
  }
}

} // namespace golden
