// Snippets of integer arithmetic, bits and comparisons (PTX ISA 9.7.1, 9.7.2, 9.7.6 to 9.7.8).
#include "snippet.hpp"

#include <fmt/format.h>

namespace golden {
namespace {

const std::vector<std::string> integer_types = {"s16", "u16", "s32", "u32", "s64", "u64"};

int width(const std::string &type) { return std::stoi(type.substr(type.find_first_of("0123456789"))); }

} // namespace

void add_integers(std::vector<Snippet> &list) {
  auto add = [&](const std::string &instruction, int d, int a, int b = 0, int c = 0) {
    list.push_back(elementwise("integer arithmetic", instruction, Inputs::bits, d, a, b, c));
  };
  for (const std::string &type : integer_types) {
    int w = width(type);
    for (const char *op : {"add", "sub", "mul.lo", "mul.hi", "min", "max"})
      add(fmt::format("{}.{} %d, %a, %b;", op, type), w, w, w);
    // Division by zero has no stated result.
    for (const char *op : {"div", "rem"}) add(fmt::format("{0}.{1} %d, %a, %b;", op, type), w, w, w);
    Snippet &rem = list.back(), &div = list[list.size() - 2];
    for (Snippet *s : {&rem, &div})
      s->body.insert(s->body.find(s == &rem ? "rem" : "div"), fmt::format("or.b{} %b, %b, 1;\n", w));
    for (const char *half : {"lo", "hi"}) add(fmt::format("mad.{}.{} %d, %a, %b, %c;", half, type), w, w, w, w);
    if (w <= 32) {
      add(fmt::format("mul.wide.{} %d, %a, %b;", type), 2 * w, w, w);
      add(fmt::format("mad.wide.{} %d, %a, %b, %c;", type), 2 * w, w, w, 2 * w);
    }
    add(fmt::format("sad.{} %d, %a, %b, %c;", type), w, w, w, w);
    if (type[0] == 's')
      for (const char *op : {"abs", "neg"}) add(fmt::format("{}.{} %d, %a;", op, type), w, w);
  }
  for (const char *type : {"s32", "u32"})
    for (const char *half : {"lo", "hi"}) {
      add(fmt::format("mul24.{}.{} %d, %a, %b;", half, type), 32, 32, 32);
      add(fmt::format("mad24.{}.{} %d, %a, %b, %c;", half, type), 32, 32, 32, 32);
    }
  for (const char *op : {"add.sat", "sub.sat"}) add(fmt::format("{}.s32 %d, %a, %b;", op), 32, 32, 32);
  add("mad.hi.sat.s32 %d, %a, %b, %c;", 32, 32, 32, 32);
  for (const char *a : {"s32", "u32"})
    for (const char *b : {"s32", "u32"}) {
      add(fmt::format("dp4a.{}.{} %d, %a, %b, %c;", a, b), 32, 32, 32, 32);
      for (const char *half : {"lo", "hi"})
        add(fmt::format("dp2a.{}.{}.{} %d, %a, %b, %c;", half, a, b), 32, 32, 32, 32);
    }
  for (const char *type : {"u32", "s32", "u64", "s64"}) {
    int w = width(type);
    for (const char *op : {"add", "sub"}) {
      add(fmt::format("{0}.cc.{1} %a, %a, %b; {0}c.{1} %d, %c, %b;", op, type), w, w, w, w);
      list.back().name = fmt::format("{}_carry_{}", op, type);
    }
  }
  for (const char *type : {"u16x2", "s16x2"})
    for (const char *op : {"add", "min", "max"}) {
      add(fmt::format("{}.{} %d, %a, %b;", op, type), 32, 32, 32);
      list.back().target = "sm_90a";
    }
}

void add_bits(std::vector<Snippet> &list) {
  auto add = [&](const std::string &instruction, int d, int a, int b = 0, int c = 0) -> Snippet & {
    list.push_back(elementwise("shifts and bit operations", instruction, Inputs::bits, d, a, b, c));
    return list.back();
  };
  for (int w : {16, 32, 64}) {
    for (const char *op : {"and", "or", "xor"}) add(fmt::format("{}.b{} %d, %a, %b;", op, w), w, w, w);
    for (const char *op : {"not", "cnot"}) add(fmt::format("{}.b{} %d, %a;", op, w), w, w);
    // Small and large distances.
    for (const char *op : {"shl.b", "shr.u", "shr.s"}) {
      add(fmt::format("{}{} %d, %a, %b;", op, w), w, w, 32);
      Snippet &small = add(fmt::format("{}{} %d, %a, %b;", op, w), w, w, 32);
      small.name += "_small";
      small.body.insert(small.body.find("sh"), "and.b32 %b, %b, 127;\n");
    }
  }
  for (const char *side : {"l", "r"})
    for (const char *mode : {"clamp", "wrap"})
      add(fmt::format("shf.{}.{}.b32 %d, %a, %b, %c;", side, mode), 32, 32, 32, 32);
  for (int table : {0x00, 0x1b, 0x80, 0x96, 0xe8, 0xfe})
    add(fmt::format("lop3.b32 %d, %a, %b, %c, {};", table), 32, 32, 32, 32).name = fmt::format("lop3_{}", table);
  for (int w : {32, 64}) {
    for (const char *op : {"popc", "clz"}) add(fmt::format("{}.b{} %d, %a;", op, w), 32, w);
    add(fmt::format("brev.b{} %d, %a;", w), w, w);
    for (const char *sign : {"u", "s"}) {
      add(fmt::format("bfind.{}{} %d, %a;", sign, w), 32, w);
      add(fmt::format("bfind.shiftamt.{}{} %d, %a;", sign, w), 32, w);
      Snippet &field = add(fmt::format("bfe.{}{} %d, %a, %b, %c;", sign, w), w, w, 32, 32);
      field.name += "_small";
      field.body.insert(field.body.find("bfe"), "and.b32 %b, %b, 127; and.b32 %c, %c, 127;\n");
      add(fmt::format("bfe.{}{} %d, %a, %b, %c;", sign, w), w, w, 32, 32);
    }
    Snippet &insert = add(fmt::format("bfi.b{0} %d, %a, %b, %r0, %r1;", w), w, w, w);
    insert.body.insert(insert.body.find("bfi"),
                       "cvt.u32.u64 %r0, %w3; and.b32 %r0, %r0, 127; cvt.u32.u64 %r1, %w4; and.b32 %r1, %r1, 127;\n");
  }
  add("prmt.b32 %d, %a, %b, %c;", 32, 32, 32, 32);
  for (const char *mode : {"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"})
    add(fmt::format("prmt.b32.{} %d, %a, %b, %c;", mode), 32, 32, 32, 32);
  for (const char *mode : {"clamp", "wrap"}) {
    add(fmt::format("bmsk.{}.b32 %d, %a, %b;", mode), 32, 32, 32);
    for (const char *type : {"u32", "s32"}) add(fmt::format("szext.{}.{} %d, %a, %b;", mode, type), 32, 32, 32);
  }
}

void add_comparisons(std::vector<Snippet> &list) {
  auto add = [&](const std::string &instruction, Inputs inputs, int d, int a, int b, int c = 0) {
    list.push_back(elementwise("comparisons and selection", instruction, inputs, d, a, b, c));
  };
  for (const std::string &type : integer_types) {
    int w = width(type);
    for (const char *op : {"eq", "ne", "lt", "le", "gt", "ge"})
      add(fmt::format("setp.{}.{} %d, %a, %b;", op, type), Inputs::bits, 1, w, w);
  }
  for (const char *op : {"lo", "ls", "hi", "hs"})
    add(fmt::format("setp.{}.u32 %d, %a, %b;", op), Inputs::bits, 1, 32, 32);
  for (const char *op : {"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"}) {
    add(fmt::format("setp.{}.f32 %d, %a, %b;", op), Inputs::f32, 1, 32, 32);
    add(fmt::format("setp.{}.ftz.f32 %d, %a, %b;", op), Inputs::f32, 1, 32, 32);
    add(fmt::format("setp.{}.f64 %d, %a, %b;", op), Inputs::f64, 1, 64, 64);
    add(fmt::format("setp.{}.f16 %d, %a, %b;", op), Inputs::f16, 1, 16, 16);
  }
  for (const char *op : {"lt", "geu"}) {
    add(fmt::format("set.{}.u32.f32 %d, %a, %b;", op), Inputs::f32, 32, 32, 32);
    add(fmt::format("set.{}.f32.f32 %d, %a, %b;", op), Inputs::f32, 32, 32, 32);
    add(fmt::format("set.{}.s32.f64 %d, %a, %b;", op), Inputs::f64, 32, 64, 64);
  }
  add("set.lt.u32.s32 %d, %a, %b;", Inputs::bits, 32, 32, 32);
  add("slct.b32.s32 %d, %a, %b, %c;", Inputs::bits, 32, 32, 32, 32);
  add("slct.u64.s32 %d, %a, %b, %c;", Inputs::bits, 64, 64, 64, 32);
  add("slct.f32.f32 %d, %a, %b, %c;", Inputs::f32, 32, 32, 32, 32);
  add("slct.ftz.f32.f32 %d, %a, %b, %c;", Inputs::f32, 32, 32, 32, 32);
  for (int w : {16, 32, 64}) add(fmt::format("selp.b{} %d, %a, %b, %c;", w), Inputs::bits, w, w, w, 1);
}

} // namespace golden
