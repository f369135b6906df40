// The frame around a snippet: parameters, inputs, outputs.
#include "snippet.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace golden {
namespace {

/// "add.s32 %d, %a, %b;" as a name: what stands before the operands, with _ for dots.
std::string name_from(const std::string &instruction) {
  std::string name = instruction.substr(0, instruction.find(' '));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

/// Puts the low bits of word `from` into `to`.
std::string take(const std::string &to, int bits, int from) {
  switch (bits) {
  case 0: return "";
  case 1: return fmt::format("and.b64 %d7, %w{}, 1; setp.ne.u64 {}, %d7, 0;\n", from, to);
  case 16: return fmt::format("cvt.u16.u64 {}, %w{};\n", to, from);
  case 32: return fmt::format("cvt.u32.u64 {}, %w{};\n", to, from);
  default: return fmt::format("mov.b64 {}, %w{};\n", to, from);
  }
}

std::string give(int bits) {
  switch (bits) {
  case 1: return "selp.b32 %o0, 1, 0, %d;\n";
  case 16: return "cvt.u32.u16 %o0, %d;\n";
  case 32: return "mov.b32 %o0, %d;\n";
  default: return "mov.b64 {%o0, %o1}, %d;\n";
  }
}

std::string declare(const std::string &name, int bits) {
  if (bits == 0) return "";
  return fmt::format(".reg .{} {};\n", bits == 1 ? "pred" : fmt::format("b{}", bits), name);
}

} // namespace

std::string name_of(Inputs inputs) {
  static constexpr std::array names{"bits",      "f32",        "f64",       "f16",       "bf16",       "near_one",
                                    "small_f16", "small_bf16", "small_f32", "small_f64", "small_e4m3", "small_e5m2"};
  return names[static_cast<std::size_t>(inputs)];
}

Snippet elementwise(std::string family, std::string instruction, Inputs inputs, int d, int a, int b, int c) {
  Snippet s;
  s.name = name_from(instruction);
  s.family = std::move(family);
  s.inputs = inputs;
  s.words = d == 64 ? 2 : 1;
  s.body = declare("%d", d) + declare("%a", a) + declare("%b", b) + declare("%c", c) + take("%a", a, 0) +
           take("%b", b, 1) + take("%c", c, 2) + instruction + "\n" + give(d);
  return s;
}

const std::vector<Snippet> &snippets() {
  static const std::vector<Snippet> all = [] {
    std::vector<Snippet> list;
    for (auto add : {add_integers, add_bits, add_comparisons, add_floats, add_conversions, add_approximations,
                     add_warps, add_memory, add_matrices, add_warpgroups, add_tensors, add_hopper})
      add(list);
    return list;
  }();
  return all;
}

std::string entry_of(const Snippet &s) {
  std::string text = s.module + fmt::format(".visible .entry {}(", s.name);
  if (s.map) text += ".param .align 64 .b8 map[128], ";
  if (s.output_map) text += ".param .align 64 .b8 outmap[128], ";
  text += ".param .u64 in, .param .u64 out, .param .u64 offset)\n";
  text += fmt::format(".reqntid {}, 1, 1\n", s.threads);
  if (s.cluster > 1) text += fmt::format(".reqnctapercluster {}, 1, 1\n", s.cluster);
  text += s.attributes + "{\n" + s.shared +
          ".reg .b64 %w<8>, %d<8>, %in, %out, %map, %outmap; .reg .b32 %r<40>, %t, %block, %index;\n"
          ".reg .b16 %h<8>; .reg .pred %p<8>;\n";
  text += fmt::format(".reg .b32 %o<{}>;\n", std::max(s.words, 1));
  text += fmt::format("mov.u32 %t, %tid.x; mov.u32 %block, %ctaid.x; mad.lo.u32 %index, %block, {}, %t;\n", s.threads);
  text += "ld.param.u64 %in, [in]; cvta.to.global.u64 %in, %in; mad.wide.u32 %d0, %index, 64, %in;\n"
          "ld.param.u64 %out, [out]; cvta.to.global.u64 %out, %out; ld.param.u64 %d1, [offset];\n"
          "add.u64 %out, %out, %d1;\n";
  auto uses = [&](int word) { return s.body.find(fmt::format("%w{}", word)) != std::string::npos; };
  for (int i = 0; i < 8; i += 2)
    if (uses(i) || uses(i + 1)) text += fmt::format("ld.global.v2.u64 {{%w{}, %w{}}}, [%d0+{}];\n", i, i + 1, 8 * i);
  if (s.map) text += "mov.b64 %map, map; cvta.param.u64 %map, %map;\n";
  if (s.output_map) text += "mov.b64 %outmap, outmap; cvta.param.u64 %outmap, %outmap;\n";
  text += s.body;
  if (!s.stores_itself) {
    text += fmt::format("mad.wide.u32 %d0, %index, {}, %out;\n", 4 * s.words);
    for (int i = 0; i < s.words; ++i) text += fmt::format("st.global.u32 [%d0+{}], %o{};\n", 4 * i, i);
  }
  return text + "ret;\n}\n";
}

} // namespace golden
