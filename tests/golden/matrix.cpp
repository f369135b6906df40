// Snippets of mma.sync and wgmma (PTX ISA 9.7.14.5 and 9.7.15).
#include "snippet.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace golden {
namespace {

std::string dotted(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

/// "{%r4, %r5}" for count registers from `first` on; a list of one is written alike.
std::string registers(const char *prefix, int first, int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += fmt::format("{}{}{}", i ? ", " : "", prefix, first + i);
  return text + "}";
}

/// Operands in registers: A in %r0.., B in %r8.., C in %r16...
const std::string take_operands =
    "mov.b64 {%r0, %r1}, %w0; mov.b64 {%r2, %r3}, %w1; mov.b64 {%r8, %r9}, %w2; mov.b64 {%r16, %r17}, %w3;\n"
    "mov.b64 {%r18, %r19}, %w4;\n";
/// C as integers from -8 to 7 in f32.
const std::string float_c = "bfe.s32 %r16, %r16, 9, 4; bfe.s32 %r17, %r17, 9, 4; bfe.s32 %r18, %r18, 9, 4;\n"
                            "bfe.s32 %r19, %r19, 9, 4; cvt.rn.f32.s32 %r16, %r16; cvt.rn.f32.s32 %r17, %r17;\n"
                            "cvt.rn.f32.s32 %r18, %r18; cvt.rn.f32.s32 %r19, %r19;\n";

Snippet product(const std::string &shape, const std::string &types, Inputs inputs, int a, int b, int c,
                const std::string &modifiers = "", const std::string &target = "sm_80") {
  Snippet s;
  s.name = dotted(fmt::format("mma.{}.{}{}", shape, types, modifiers));
  s.family = "mma.sync";
  s.inputs = inputs;
  s.blocks = 20;
  s.elementwise = false;
  s.words = c;
  s.target = target;
  s.body = take_operands + (types.ends_with(".f32") ? float_c : "") +
           fmt::format("mma.sync.aligned.{}.row.col{}.{} {}, {}, {}, {};\n", shape,
                       modifiers.starts_with(".satfinite") ? modifiers : "",
                       types + (modifiers.starts_with(".satfinite") ? "" : modifiers), registers("%o", 0, c),
                       registers("%r", 0, a), registers("%r", 8, b), registers("%r", 16, c));
  return s;
}

void add_f64(std::vector<Snippet> &list) {
  struct Shape {
    const char *name;
    int a, b, c;
  };
  for (Shape shape : {Shape{"m8n8k4", 1, 1, 2}, {"m16n8k4", 2, 1, 4}, {"m16n8k8", 4, 2, 4}, {"m16n8k16", 8, 4, 4}}) {
    Snippet s;
    s.name = fmt::format("mma_{}_f64", shape.name);
    s.family = "mma.sync";
    s.inputs = Inputs::small_f64;
    s.blocks = 20;
    s.elementwise = false;
    s.words = 2 * shape.c;
    s.target = shape.c == 2 ? "sm_80" : "sm_90a";
    s.shared = ".reg .f64 %f<4>;\n";
    s.body = fmt::format("mma.sync.aligned.{}.row.col.f64.f64.f64.f64 {}, {}, {}, {};\n", shape.name,
                         registers("%f", 0, shape.c), registers("%w", 0, shape.a), registers("%w", 2, shape.b),
                         registers("%w", 8 - shape.c, shape.c));
    for (int i = 0; i < shape.c; ++i) s.body += fmt::format("mov.b64 {{%o{}, %o{}}}, %f{};\n", 2 * i, 2 * i + 1, i);
    list.push_back(std::move(s));
  }
}

} // namespace

void add_matrices(std::vector<Snippet> &list) {
  for (const char *acc : {"f16", "f32"}) {
    int c = acc[1] == '1' ? 2 : 4;
    list.push_back(product("m16n8k8", fmt::format("{0}.f16.f16.{0}", acc), Inputs::small_f16, 2, 1, c));
    list.push_back(product("m16n8k16", fmt::format("{0}.f16.f16.{0}", acc), Inputs::small_f16, 4, 2, c));
  }
  list.push_back(product("m16n8k8", "f32.bf16.bf16.f32", Inputs::small_bf16, 2, 1, 4));
  list.push_back(product("m16n8k16", "f32.bf16.bf16.f32", Inputs::small_bf16, 4, 2, 4));
  list.push_back(product("m16n8k4", "f32.tf32.tf32.f32", Inputs::small_f32, 2, 1, 4));
  list.push_back(product("m16n8k8", "f32.tf32.tf32.f32", Inputs::small_f32, 4, 2, 4));
  // Real numbers: eight products below 256 and C, each sum rounded or cut off at 2^-22 of the largest.
  Snippet real = product("m16n8k8", "f32.tf32.tf32.f32", Inputs::near_one, 4, 2, 4);
  real.name += "_real";
  real.compare = Compare::f32;
  real.absolute = 0.01;
  list.push_back(real);
  for (const char *a : {"s8", "u8"})
    for (const char *b : {"s8", "u8"})
      for (const char *saturate : {"", ".satfinite"}) {
        list.push_back(product("m8n8k16", fmt::format("s32.{}.{}.s32", a, b), Inputs::bits, 1, 1, 2, saturate));
        list.push_back(product("m16n8k16", fmt::format("s32.{}.{}.s32", a, b), Inputs::bits, 2, 1, 4, saturate));
        list.push_back(product("m16n8k32", fmt::format("s32.{}.{}.s32", a, b), Inputs::bits, 4, 2, 4, saturate));
      }
  for (const char *a : {"s4", "u4"})
    for (const char *b : {"s4", "u4"}) {
      list.push_back(product("m8n8k32", fmt::format("s32.{}.{}.s32", a, b), Inputs::bits, 1, 1, 2));
      list.push_back(product("m16n8k32", fmt::format("s32.{}.{}.s32", a, b), Inputs::bits, 2, 1, 4));
      list.push_back(product("m16n8k64", fmt::format("s32.{}.{}.s32", a, b), Inputs::bits, 4, 2, 4));
    }
  for (const char *op : {".xor.popc", ".and.popc"}) {
    list.push_back(product("m8n8k128", "s32.b1.b1.s32", Inputs::bits, 1, 1, 2, op));
    list.push_back(product("m16n8k128", "s32.b1.b1.s32", Inputs::bits, 2, 1, 4, op));
    list.push_back(product("m16n8k256", "s32.b1.b1.s32", Inputs::bits, 4, 2, 4, op));
  }
  for (const char *a : {"e4m3", "e5m2"})
    for (const char *b : {"e4m3", "e5m2"})
      list.push_back(product("m16n8k32", fmt::format("f32.{}.{}.f32", a, b),
                             a[1] == '4' ? Inputs::small_e4m3 : Inputs::small_e5m2, 4, 2, 4, "", "sm_90a"));
  // With mixed types the bytes of B are codes of the other format: still small and exact.
  add_f64(list);
}

namespace {

/// One wgmma with its operands in shared memory, or A in registers.
struct Product {
  std::string types; ///< "f32.f16.f16"
  Inputs inputs;
  int k, n;
  int accumulators; ///< registers of D
  int span = 0;     ///< of the swizzle in bytes
  bool from_registers = false, transposed = false, negated = false, twice = false;
};

/// Bits of a descriptor beside the address: distances in bytes and the mode (PTX ISA 9.7.15.5.1.2.2).
std::string descriptor(const char *tile, int leading, int stride, int span, const char *to) {
  unsigned long long mode = span == 0 ? 0 : span == 128 ? 1 : span == 64 ? 2 : 3;
  unsigned long long fixed = (leading / 16ull) << 16 | (stride / 16ull) << 32 | mode << 62;
  return fmt::format("mov.u32 %r30, {}; shr.u32 %r30, %r30, 4; cvt.u64.u32 {}, %r30; or.b64 {}, {}, 0x{:x};\n", tile,
                     to, to, to, fixed);
}

Snippet warpgroup(const Product &p) {
  Snippet s;
  s.name = dotted(fmt::format("wgmma.n{}.{}{}{}{}{}{}", p.n, p.types, p.span ? fmt::format(".swizzle{}", p.span) : "",
                              p.from_registers ? ".rs" : "", p.transposed ? ".mn" : "", p.negated ? ".negated" : "",
                              p.twice ? ".twice" : ""));
  s.family = "wgmma";
  s.inputs = p.inputs;
  s.blocks = 20;
  s.threads = 128;
  s.elementwise = false;
  s.target = "sm_90a";
  s.words = p.accumulators <= 4 ? p.accumulators : 1;
  // Both tiles hold the block's inputs, B's in another order.
  s.shared = ".shared .align 1024 .b8 a[8192]; .shared .align 1024 .b8 b[8192];\n" +
             fmt::format(".reg .b32 %acc<{}>;\n", p.accumulators);
  s.body =
      "shl.b32 %r30, %t, 6; mov.u32 %r31, a; add.u32 %r31, %r31, %r30; mov.u32 %r32, b; add.u32 %r32, %r32, %r30;\n";
  for (int i = 0; i < 8; i += 2)
    s.body +=
        fmt::format("st.shared.v2.b64 [%r31+{0}], {{%w{1}, %w{2}}}; st.shared.v2.b64 [%r32+{0}], {{%w{3}, %w{4}}};\n",
                    8 * i, i, i + 1, 7 - i, 6 - i);
  s.body += "fence.proxy.async;\nbar.sync 0;\n";
  // K-major without swizzle: 8 rows of 16 bytes follow each other, first along K. MN-major: along MN.
  int leading = p.span ? 16 : p.transposed ? 1024 : 128;
  int stride = p.span ? 8 * p.span : p.transposed ? 128 : 256;
  int leading_b = p.transposed && !p.span ? p.n * 16 : leading;
  s.body += descriptor("a", leading, stride, p.span, "%d2") + descriptor("b", leading_b, stride, p.span, "%d3");
  s.body += "setp.ne.u32 %p0, %t, %t; setp.eq.u32 %p1, %t, %t; mov.b64 {%r0, %r1}, %w0; mov.b64 {%r2, %r3}, %w1;\n"
            "wgmma.fence.sync.aligned;\n";
  bool integer = p.types.starts_with("s32"), halves = p.k == 16;
  std::string flags = integer ? "" : p.negated ? ", -1, 1" : ", 1, 1";
  if (halves) flags += p.from_registers ? (p.transposed ? ", 1" : ", 0") : (p.transposed ? ", 1, 1" : ", 0, 0");
  for (int step = 0; step <= (p.twice ? 1 : 0); ++step)
    s.body += fmt::format("wgmma.mma_async.sync.aligned.m64n{}k{}.{} {}, {}, %d3, %p{}{};\n", p.n, p.k, p.types,
                          registers("%acc", 0, p.accumulators),
                          p.from_registers ? std::string("{%r0, %r1, %r2, %r3}") : std::string("%d2"), step, flags);
  s.body += "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n";
  if (p.accumulators <= 4) {
    for (int i = 0; i < p.accumulators; ++i) s.body += fmt::format("mov.b32 %o{0}, %acc{0};\n", i);
    return s;
  }
  // Many results are folded into one word.
  s.body += "mov.b32 %o0, 0;\n";
  for (int i = 0; i < p.accumulators; ++i) s.body += fmt::format("mad.lo.u32 %o0, %o0, 31, %acc{};\n", i);
  return s;
}

} // namespace

void add_warpgroups(std::vector<Snippet> &list) {
  auto add = [&](const Product &p) { list.push_back(warpgroup(p)); };
  struct Type {
    const char *name;
    Inputs inputs;
    int k;
    bool integer = false, half = false; ///< half: f16 accumulators
  };
  for (Type type : {Type{"f32.f16.f16", Inputs::small_f16, 16},
                    {"f16.f16.f16", Inputs::small_f16, 16, false, true},
                    {"f32.bf16.bf16", Inputs::small_bf16, 16},
                    {"f32.tf32.tf32", Inputs::small_f32, 8},
                    {"f32.e4m3.e4m3", Inputs::small_e4m3, 32},
                    {"f32.e5m2.e5m2", Inputs::small_e5m2, 32},
                    {"f32.e4m3.e5m2", Inputs::small_e4m3, 32},
                    {"f32.e5m2.e4m3", Inputs::small_e5m2, 32},
                    {"f16.e4m3.e4m3", Inputs::small_e4m3, 32, false, true},
                    {"f16.e5m2.e5m2", Inputs::small_e5m2, 32, false, true},
                    {"s32.s8.s8", Inputs::bits, 32, true},
                    {"s32.s8.u8", Inputs::bits, 32, true},
                    {"s32.u8.s8", Inputs::bits, 32, true},
                    {"s32.u8.u8", Inputs::bits, 32, true}}) {
    for (int n : {8, 24, 128, 256}) add({type.name, type.inputs, type.k, n, n / (type.half ? 4 : 2)});
    if (!type.integer) add({type.name, type.inputs, type.k, 40, 40 / (type.half ? 4 : 2)});
    for (int span : {32, 64, 128}) add({type.name, type.inputs, type.k, 16, 16 / (type.half ? 4 : 2), span});
    add({type.name, type.inputs, type.k, 8, type.half ? 2 : 4, 0, true});
    add({type.name, type.inputs, type.k, 8, type.half ? 2 : 4, 0, false, false, false, true});
    if (!type.integer) add({type.name, type.inputs, type.k, 8, type.half ? 2 : 4, 0, false, false, true});
    if (type.k != 16) continue;
    add({type.name, type.inputs, type.k, 16, 16 / (type.half ? 4 : 2), 0, false, true});
    add({type.name, type.inputs, type.k, 64, 64 / (type.half ? 4 : 2), 128, false, true});
    add({type.name, type.inputs, type.k, 64, 64 / (type.half ? 4 : 2), 128, true, true});
  }
}

} // namespace golden
