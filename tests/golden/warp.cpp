// Snippets of collectives, atomics, loads and stores, matrix moves, cp.async and mbarriers (PTX ISA 9.7.9 and 9.7.13).
#include "snippet.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace golden {
namespace {

/// A snippet whose sets of inputs are blocks of one warp.
Snippet warp(std::string name, std::string family, std::string body, int words, std::string target = "sm_80") {
  Snippet s;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  s.name = std::move(name);
  s.family = std::move(family);
  s.body = std::move(body);
  s.words = words;
  s.blocks = 20;
  s.elementwise = false;
  s.target = std::move(target);
  return s;
}

const char *const take_two = "cvt.u32.u64 %r0, %w0; cvt.u32.u64 %r1, %w1;\n";

} // namespace

void add_warps(std::vector<Snippet> &list) {
  auto add = [&](const std::string &name, const std::string &body, int words) {
    list.push_back(warp(name, "shuffles, votes, match, redux", take_two + body, words));
  };
  for (const char *mode : {"up", "down", "bfly", "idx"})
    for (int segment : {32, 8, 4}) {
      bool up = std::string(mode) == "up";
      int clamp = (32 - segment) << 8 | (up ? 0 : 31);
      add(fmt::format("shfl.{}.{}", mode, segment),
          fmt::format("and.b32 %r1, %r1, 31;\nshfl.sync.{}.b32 %o0|%p0, %r0, %r1, {}, -1;\nselp.b32 %o1, 1, 0, %p0;\n",
                      mode, clamp),
          2);
    }
  add("shfl.half", "setp.lt.u32 %p1, %t, 16; mov.b32 %o0, 0;\n@%p1 shfl.sync.bfly.b32 %o0, %r0, 5, 31, 0xffff;\n", 1);
  for (const char *mode : {"all", "any", "uni"})
    for (int bits : {0, 1, 31}) {
      add(fmt::format("vote.{}.{}", mode, bits),
          fmt::format("and.b32 %r0, %r0, {}; setp.eq.u32 %p0, %r0, 0;\nvote.sync.{}.pred %p1, %p0, -1;\n"
                      "vote.sync.{}.pred %p2, !%p0, -1;\nselp.b32 %o0, 1, 0, %p1; selp.b32 %o1, 1, 0, %p2;\n",
                      bits, mode, mode),
          2);
    }
  add("vote.ballot", "and.b32 %r0, %r0, 1; setp.eq.u32 %p0, %r0, 0;\nvote.sync.ballot.b32 %o0, %p0, -1;\n", 1);
  for (int w : {32, 64}) {
    add(fmt::format("match.any.b{}", w),
        fmt::format("and.b64 %d2, %w0, 3; cvt.u32.u64 %r0, %d2;\nmatch.any.sync.b{} %o0, {}, -1;\n", w,
                    w == 64 ? "%d2" : "%r0"),
        1);
    add(fmt::format("match.all.b{}", w),
        fmt::format("mov.u32 %r2, %ctaid.x; and.b32 %r2, %r2, 1; and.b32 %r0, %r0, %r2; cvt.u64.u32 %d2, %r0;\n"
                    "match.all.sync.b{} %o0|%p0, {}, -1; selp.b32 %o1, 1, 0, %p0;\n",
                    w, w == 64 ? "%d2" : "%r0"),
        2);
  }
  for (const char *op :
       {"add.u32", "add.s32", "min.u32", "min.s32", "max.u32", "max.s32", "and.b32", "or.b32", "xor.b32"}) {
    add(fmt::format("redux.{}", op), fmt::format("redux.sync.{} %o0, %r0, -1;\n", op), 1);
  }
  // Which lane is elected is not promised; that it is one lane, known to all, is.
  add("elect",
      "elect.sync %r2|%p0, -1;\nvote.sync.ballot.b32 %r3, %p0, -1;\npopc.b32 %o0, %r3; brev.b32 %r4, %r3; "
      "clz.b32 %r4, %r4; sub.u32 %o1, %r4, %r2;\n",
      2);
  list.back().target = "sm_90a";
  for (const char *op : {"popc.u32 %o0", "and.pred %p1", "or.pred %p1"}) {
    std::string name = op;
    list.push_back(warp("bar_red_" + name.substr(0, name.find('.')), "shuffles, votes, match, redux",
                        std::string(take_two) + "and.b32 %r0, %r0, 1; setp.eq.u32 %p0, %r0, 0;\nbar.red." + op +
                            ", 0, %p0;\n" + (name[0] == 'p' ? "" : "selp.b32 %o0, 1, 0, %p1;\n"),
                        1));
    list.back().threads = 64;
  }
}

namespace {

/// One location for each thread, in shared or global memory: what was there, and what is there afterwards.
Snippet atomic_snippet(const std::string &space, const std::string &op, int w, Inputs inputs, Compare compare,
                       bool reduction) {
  std::string type = w == 64 ? "b64" : w == 16 ? "b16" : "b32";
  std::string body = "cvt.u16.u64 %h0, %w0; cvt.u16.u64 %h1, %w1; cvt.u16.u64 %h2, %w2;\n"
                     "cvt.u32.u64 %r0, %w0; cvt.u32.u64 %r1, %w1; cvt.u32.u64 %r2, %w2;\n";
  if (space == "global")
    body += "mad.wide.u32 %d2, %index, 16, %out; mov.b64 %d3, 0; st.global.v2.b64 [%d2], {%d3, %d3};\n";
  else
    body += "mul.wide.u32 %d2, %t, 16; cvt.u32.u64 %r5, %d2; mov.u32 %r6, cells; add.u32 %r5, %r5, %r6;\n"
            "cvt.u64.u32 %d2, %r5;\n";
  std::string reg = w == 64   ? "%w"
                    : w == 16 ? "%h"
                              : "%r",
              old = w == 64   ? "%d4"
                    : w == 16 ? "%h3"
                              : "%r3",
              now = w == 64   ? "%d5"
                    : w == 16 ? "%h4"
                              : "%r4";
  body += fmt::format("st.{}.{} [%d2], {}0;\n", space, type, reg);
  std::string operands = op.substr(0, 3) == "cas" ? fmt::format("{0}1, {0}2", reg) : reg + "1";
  // Every second thread compares with what is there.
  if (op.substr(0, 3) == "cas")
    body += fmt::format("and.b32 %r7, %t, 1; setp.eq.u32 %p0, %r7, 0;\n@%p0 mov.{} {}1, {}0;\n", type, reg, reg);
  body += reduction ? fmt::format("red.{}.{} [%d2], {};\n", space, op, operands)
                    : fmt::format("atom.{}.{} {}, [%d2], {};\n", space, op, old, operands);
  body += fmt::format("ld.{}.{} {}, [%d2];\n", space, type, now);
  auto give = [&](const std::string &from, int at) {
    if (w == 64) return fmt::format("mov.b64 {{%o{}, %o{}}}, {};\n", at, at + 1, from);
    if (w == 16) return fmt::format("cvt.u32.u16 %o{}, {}; mov.b32 %o{}, 0;\n", at, from, at + 1);
    return fmt::format("mov.b32 %o{}, {}; mov.b32 %o{}, 0;\n", at, from, at + 1);
  };
  body += reduction ? "mov.b32 %o0, 0; mov.b32 %o1, 0;\n" : give(old, 0);
  body += give(now, 2);
  Snippet s = warp(fmt::format("{}.{}.{}", reduction ? "red" : "atom", space, op), "atomics", body, 4);
  s.blocks = 2;
  s.elementwise = true;
  s.inputs = inputs;
  s.compare = compare;
  if (space == "shared") s.shared = ".shared .align 16 .b8 cells[512];\n";
  return s;
}

} // namespace

void add_memory(std::vector<Snippet> &list) {
  struct Operation {
    const char *op;
    int width;
    Inputs inputs = Inputs::bits;
    Compare compare = Compare::bits;
  };
  for (const char *space : {"shared", "global"})
    for (Operation o : {Operation{"add.u32", 32},
                        {"add.s32", 32},
                        {"add.u64", 64},
                        {"min.u32", 32},
                        {"min.s32", 32},
                        {"min.u64", 64},
                        {"min.s64", 64},
                        {"max.u32", 32},
                        {"max.s32", 32},
                        {"max.u64", 64},
                        {"max.s64", 64},
                        {"and.b32", 32},
                        {"and.b64", 64},
                        {"or.b32", 32},
                        {"or.b64", 64},
                        {"xor.b32", 32},
                        {"xor.b64", 64},
                        {"inc.u32", 32},
                        {"dec.u32", 32},
                        {"exch.b32", 32},
                        {"exch.b64", 64},
                        {"cas.b32", 32},
                        {"cas.b64", 64},
                        {"cas.b16", 16},
                        {"add.f32", 32, Inputs::f32, Compare::f32},
                        {"add.f64", 64, Inputs::f64, Compare::f64},
                        {"add.noftz.f16", 16, Inputs::f16, Compare::f16},
                        {"add.noftz.f16x2", 32, Inputs::f16, Compare::f16}}) {
      list.push_back(atomic_snippet(space, o.op, o.width, o.inputs, o.compare, false));
      std::string op = o.op;
      if (op.starts_with("exch") || op.starts_with("cas")) continue;
      list.push_back(atomic_snippet(space, o.op, o.width, o.inputs, o.compare, true));
    }
  // Many threads at one location, in an order that does not matter.
  for (const char *op : {"add.u32", "min.s32", "max.u32", "and.b32", "or.b32", "xor.b32"}) {
    list.push_back(warp(fmt::format("red.contended.{}", op), "atomics",
                        fmt::format("{}mov.u32 %r2, cell; setp.eq.u32 %p0, %t, 0;\n@%p0 st.shared.u32 [%r2], %r1;\n"
                                    "bar.sync 0;\nred.shared.{} [%r2], %r0;\nbar.sync 0;\nld.shared.u32 %o0, [%r2];\n",
                                    take_two, op),
                        1));
    list.back().shared = ".shared .align 4 .b32 cell;\n";
  }
  for (const char *type : {"u8", "s8", "u16", "s16", "u32", "s32"}) {
    bool narrow = std::string(type).ends_with("8");
    list.push_back(warp(fmt::format("ld.{}", type), "loads and stores",
                        fmt::format("ld.global.{0} %r0, [%d0+{1}]; mov.b32 %o0, %r0;\nld.global.{0} %r1, [%d0+{2}];\n"
                                    "mov.b32 %o1, %r1;\n",
                                    type, narrow ? 3 : 4, narrow ? 6 : 8),
                        2));
  }
  for (int n : {2, 4})
    list.push_back(warp(fmt::format("ld.v{}", n), "loads and stores",
                        n == 2 ? "ld.global.nc.v2.u32 {%o0, %o1}, [%d0+8]; ld.global.ca.v2.u32 {%o2, %o3}, [%d0+24];\n"
                               : "ld.global.v4.u32 {%o0, %o1, %o2, %o3}, [%d0+16];\n",
                        4));
  const std::string fill = "mov.u32 %r10, tile; shl.b32 %r11, %t, 4; add.u32 %r12, %r10, %r11;\n"
                           "st.shared.v2.b64 [%r12], {%w0, %w1};\nbar.sync 0;\n";
  for (int n : {1, 2, 4})
    for (const char *trans : {"", ".trans"}) {
      std::string regs = n == 1 ? "{%o0}" : n == 2 ? "{%o0, %o1}" : "{%o0, %o1, %o2, %o3}";
      list.push_back(
          warp(fmt::format("ldmatrix.x{}{}", n, trans), "ldmatrix, stmatrix",
               fill + fmt::format("ldmatrix.sync.aligned.m8n8.x{}{}.shared.b16 {}, [%r12];\n", n, trans, regs), n));
      list.back().shared = ".shared .align 16 .b8 tile[512];\n";
      std::string sources = n == 1 ? "{%r0}" : n == 2 ? "{%r0, %r1}" : "{%r0, %r1, %r2, %r3}";
      list.push_back(
          warp(fmt::format("stmatrix.x{}{}", n, trans), "ldmatrix, stmatrix",
               fill + "mov.b64 {%r0, %r1}, %w2; mov.b64 {%r2, %r3}, %w3;\n" +
                   fmt::format("stmatrix.sync.aligned.m8n8.x{}{}.shared.b16 [%r12], {};\n", n, trans, sources) +
                   "bar.sync 0;\nld.shared.v4.u32 {%o0, %o1, %o2, %o3}, [%r12];\n",
               4, "sm_90a"));
      list.back().shared = ".shared .align 16 .b8 tile[512];\n";
    }
  struct Copy {
    const char *cache;
    int bytes;
    const char *size;
  };
  for (Copy copy : {Copy{"ca", 4, ""},
                    {"ca", 8, ""},
                    {"ca", 16, ""},
                    {"cg", 16, ""},
                    {"ca", 4, ", 0"},
                    {"ca", 8, ", 3"},
                    {"ca", 16, ", 9"},
                    {"cg", 16, ", 8"},
                    {"cg", 16, ", 0"}}) {
    list.push_back(warp(fmt::format("cp.async.{}.{}{}", copy.cache, copy.bytes,
                                    *copy.size ? std::string("_of_") + (copy.size + 2) : ""),
                        "cp.async",
                        fill + fmt::format("cp.async.{}.shared.global [%r12], [%d0+32], {}{};\ncp.async.commit_group;\n"
                                           "cp.async.wait_group 0;\nld.shared.v4.u32 {{%o0, %o1, %o2, %o3}}, [%r12];\n",
                                           copy.cache, copy.bytes, copy.size),
                        4));
    list.back().shared = ".shared .align 16 .b8 tile[512];\n";
  }
  auto barrier = [&](const std::string &name, const std::string &body) {
    list.push_back(warp("mbarrier." + name, "mbarrier",
                        "mov.u32 %r10, bar; setp.eq.u32 %p0, %t, 0; setp.lt.u32 %p3, %t, 3;\n"
                        "@%p0 mbarrier.init.shared.b64 [%r10], 3;\nbar.sync 0;\nmov.b32 %o0, 0; mov.b32 %o1, 0;\n" +
                            body,
                        2, "sm_90a"));
    list.back().shared = ".shared .align 8 .b64 bar;\n";
  };
  const std::string parities = "mbarrier.test_wait.parity.shared.b64 %p1, [%r10], 0;\n"
                               "mbarrier.test_wait.parity.shared.b64 %p2, [%r10], 1;\n"
                               "selp.b32 %o0, 1, 0, %p1; selp.b32 %o1, 1, 0, %p2;\n";
  barrier("fresh", parities);
  barrier("complete", "@%p3 mbarrier.arrive.shared.b64 %d2, [%r10];\nbar.sync 0;\n" + parities);
  barrier("incomplete", "@%p0 mbarrier.arrive.shared.b64 %d2, [%r10], 2;\nbar.sync 0;\n" + parities);
  barrier("pending", "@%p0 mbarrier.arrive.shared.b64 %d2, [%r10], 1;\n@%p0 mbarrier.pending_count.b64 %o0, %d2;\n");
  barrier("expected_bytes", "@%p0 mbarrier.expect_tx.relaxed.cta.shared.b64 [%r10], 16;\nbar.sync 0;\n"
                            "@%p3 mbarrier.arrive.shared.b64 %d2, [%r10];\nbar.sync 0;\n" +
                                parities);
  barrier("drop", "@%p0 mbarrier.arrive_drop.shared.b64 %d2, [%r10], 3;\nbar.sync 0;\n" + parities);
}

} // namespace golden
