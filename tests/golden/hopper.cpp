// Snippets of sparse wgmma, wmma, register budgets, dependent launches, tensor maps that change, and asynchronous
// stores to another block (PTX ISA 9.7.14.4, 9.7.15.6, 9.7.19.5, 9.7.13.12, 9.7.9.26, 9.7.9.12).
#include "snippet.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace golden {
namespace {

using tw::rt::ElementType;

std::string dotted(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

std::string registers(const std::string &prefix, int first, int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += fmt::format("{}{}{}", i ? ", " : "", prefix, first + i);
  return text + "}";
}

Snippet base(std::string name, std::string family, std::string body, int threads = 32) {
  Snippet s;
  s.name = dotted(std::move(name));
  s.family = std::move(family);
  s.body = std::move(body);
  s.blocks = 20;
  s.threads = threads;
  s.elementwise = false;
  s.target = "sm_90a";
  return s;
}

/// Metadata of a sparse product: which two of four elements (one of two for tf32) are stored, the same for a whole
/// thread and changing from block to block.
std::string metadata(bool pairs) {
  static constexpr std::array<unsigned, 4> of_four{0x44444444, 0xeeeeeeee, 0x9d8c4e9d, 0xc8d4e94c};
  static constexpr std::array<unsigned, 4> of_two{0x44444444, 0xeeeeeeee, 0x4e44ee4e, 0xe4ee4e44};
  std::string text = "and.b32 %r20, %block, 3; and.b32 %r21, %t, 4; shr.u32 %r21, %r21, 1; xor.b32 %r20, %r20, %r21;\n"
                     "mov.b32 %r22, 0;\n";
  for (unsigned i = 0; i < 4; ++i)
    text += fmt::format("setp.eq.u32 %p5, %r20, {}; @%p5 mov.b32 %r22, 0x{:x};\n", i, (pairs ? of_two : of_four)[i]);
  return text;
}

void add_sparse(std::vector<Snippet> &list) {
  struct Type {
    const char *name;
    Inputs inputs;
    int k;
    bool integer = false, half = false;
  };
  for (Type type : {Type{"f32.f16.f16", Inputs::small_f16, 32},
                    {"f16.f16.f16", Inputs::small_f16, 32, false, true},
                    {"f32.bf16.bf16", Inputs::small_bf16, 32},
                    {"f32.tf32.tf32", Inputs::small_f32, 16},
                    {"f32.e4m3.e4m3", Inputs::small_e4m3, 64},
                    {"f32.e5m2.e5m2", Inputs::small_e5m2, 64},
                    {"s32.s8.s8", Inputs::bits, 64, true},
                    {"s32.u8.u8", Inputs::bits, 64, true}})
    for (int n : {8})
      for (int selector = 0; selector < (type.k == 64 ? 1 : 2); ++selector) {
        int count = n / (type.half ? 4 : 2);
        // Both tiles hold the block's inputs, B's in another order: A is 64 rows of 32 bytes, B n rows of 64.
        std::string body = "shl.b32 %r30, %t, 6; mov.u32 %r31, a; add.u32 %r31, %r31, %r30; mov.u32 %r32, b; "
                           "add.u32 %r32, %r32, %r30;\n";
        for (int i = 0; i < 8; i += 2)
          body += fmt::format("st.shared.v2.b64 [%r31+{0}], {{%w{1}, %w{2}}}; st.shared.v2.b64 [%r32+{0}], "
                              "{{%w{3}, %w{4}}};\n",
                              8 * i, i, i + 1, 7 - i, 6 - i);
        body += "fence.proxy.async;\nbar.sync 0;\n" + metadata(type.k == 16);
        // Without swizzle: 16 bytes of 8 rows, 128 bytes to the next along k, then the next 8 rows.
        body += fmt::format("mov.u32 %r30, a; shr.u32 %r30, %r30, 4; cvt.u64.u32 %d2, %r30; or.b64 %d2, %d2, 0x{:x};\n",
                            8ull << 16 | 16ull << 32);
        body += fmt::format("mov.u32 %r30, b; shr.u32 %r30, %r30, 4; cvt.u64.u32 %d3, %r30; or.b64 %d3, %d3, 0x{:x};\n",
                            8ull << 16 | 32ull << 32);
        bool halves = type.k == 32;
        body += "setp.ne.u32 %p0, %t, %t;\nwgmma.fence.sync.aligned;\n";
        body += fmt::format("wgmma.mma_async.sp.sync.aligned.m64n{}k{}.{} {}, %d2, %d3, %r22, {}, %p0{}{};\n", n,
                            type.k, type.name, registers("%acc", 0, count), selector, type.integer ? "" : ", 1, 1",
                            halves ? ", 0, 0" : "");
        body += "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\nmov.b32 %o0, 0;\n";
        for (int i = 0; i < count; ++i) body += fmt::format("mad.lo.u32 %o0, %o0, 31, %acc{};\n", i);
        Snippet s = base(fmt::format("wgmma.sp.n{}.{}.{}", n, type.name, selector), "wgmma, sparse", body, 128);
        s.inputs = type.inputs;
        s.shared = fmt::format(
            ".shared .align 1024 .b8 a[8192]; .shared .align 1024 .b8 b[8192];\n.reg .b32 %acc<{}>;\n", count);
        list.push_back(std::move(s));
      }
}

/// d = a * b + c of one warp; the layout of fragments is nobody's business, so that all of it goes through memory.
void add_wmma(std::vector<Snippet> &list) {
  struct Form {
    const char *shape, *input, *sum; ///< element types
    Inputs inputs;
    int m, n, k, a, b, c; ///< registers of the fragments
  };
  for (Form f : {Form{"m16n16k16", "f16", "f32", Inputs::small_f16, 16, 16, 16, 8, 8, 8},
                 {"m16n16k16", "f16", "f16", Inputs::small_f16, 16, 16, 16, 8, 8, 4},
                 {"m32n8k16", "f16", "f32", Inputs::small_f16, 32, 8, 16, 8, 8, 8},
                 {"m8n32k16", "f16", "f32", Inputs::small_f16, 8, 32, 16, 8, 8, 8},
                 {"m16n16k16", "bf16", "f32", Inputs::small_bf16, 16, 16, 16, 4, 4, 8},
                 {"m16n16k8", "tf32", "f32", Inputs::small_f32, 16, 16, 8, 4, 4, 8},
                 {"m16n16k16", "s8", "s32", Inputs::bits, 16, 16, 16, 2, 2, 8},
                 {"m16n16k16", "u8", "s32", Inputs::bits, 16, 16, 16, 2, 2, 8},
                 {"m8n8k4", "f64", "f64", Inputs::small_f64, 8, 8, 4, 1, 1, 2}})
    for (const char *layout : {"row", "col"}) {
      if (layout[0] == 'c' && std::string(f.input) != "bf16") continue;
      bool wide = std::string(f.input) == "f64", half = std::string(f.sum) == "f16";
      std::string prefix = wide ? "%f" : "%x";
      std::string other = layout[0] == 'r' ? "col" : "row";
      auto load = [&](const char *operand, int first, int count, const char *type, const std::string &order, int rows,
                      int columns, int at) {
        return fmt::format("wmma.load.{}.sync.aligned.{}.{}.shared.{} {}, [%r11+{}], {};\n", operand, order, f.shape,
                           type, registers(prefix, first, count), at, order == "row" ? columns : rows);
      };
      int bytes = f.m * f.n * (wide ? 8 : half ? 2 : 4);
      std::string body = "shl.b32 %r10, %t, 6; mov.u32 %r11, tile; add.u32 %r10, %r10, %r11;\n";
      for (int i = 0; i < 8; i += 2)
        body += fmt::format("st.shared.v2.b64 [%r10+{}], {{%w{}, %w{}}};\n", 8 * i, i, i + 1);
      body += "bar.warp.sync -1;\n" + load("a", 0, f.a, f.input, layout, f.m, f.k, 0) +
              load("b", 16, f.b, f.input, other, f.k, f.n, 1024);
      for (int i = 0; i < f.c; ++i)
        body += wide ? fmt::format("mov.f64 %f{}, 0d4008000000000000;\n", 32 + i)
                     : fmt::format("mov.b32 %x{}, {};\n", 32 + i,
                                   f.sum[0] == 's' ? "3"
                                   : half          ? "0x42004200"
                                                   : "0f40400000");
      std::string types = std::string(f.input) == "f16" ? fmt::format("{0}.{0}", f.sum)
                                                        : fmt::format("{0}.{1}.{1}.{0}", f.sum, f.input);
      body += fmt::format("wmma.mma.sync.aligned.{}.{}.{}.{} {}, {}, {}, {};\n", layout, other, f.shape, types,
                          registers(prefix, 48, f.c), registers(prefix, 0, f.a), registers(prefix, 16, f.b),
                          registers(prefix, 32, f.c));
      body += fmt::format("mad.wide.u32 %d2, %block, {}, %out;\nwmma.store.d.sync.aligned.row.{}.global.{} [%d2], {}, "
                          "{};\n",
                          bytes, f.shape, f.sum, registers(prefix, 48, f.c), f.n);
      Snippet s = base(fmt::format("wmma.{}.{}.{}.{}", f.shape, f.sum, f.input, layout), "wmma", body);
      s.inputs = f.inputs;
      s.target = "sm_80";
      s.words = bytes / 128;
      s.stores_itself = true;
      s.shared = ".shared .align 128 .b8 tile[2048];\n.reg .b32 %x<64>; .reg .f64 %f<64>;\n";
      list.push_back(std::move(s));
    }
}

void add_budgets(std::vector<Snippet> &list) {
  // Two warpgroups exchange registers; what lies in low ones stays.
  for (auto [less, more] : {std::pair{40, 128}, {24, 144}}) {
    Snippet s =
        base(fmt::format("setmaxnreg.{}.{}", less, more), "setmaxnreg and dependent launches",
             fmt::format("mov.b64 {{%o0, %o1}}, %w0; shr.u32 %r0, %t, 7; setp.eq.u32 %p0, %r0, 0;\n@%p0 bra LESS;\n"
                         "setmaxnreg.inc.sync.aligned.u32 {};\nadd.u32 %o0, %o0, 7;\nbra MEET;\nLESS:\n"
                         "setmaxnreg.dec.sync.aligned.u32 {};\nadd.u32 %o1, %o1, 9;\nMEET:\nbar.sync 0;\n",
                         more, less),
             256);
    s.words = 2;
    s.blocks = 2;
    s.elementwise = true;
    s.attributes = ".maxnreg 88\n";
    list.push_back(std::move(s));
  }
  // Without another grid both are done at once.
  Snippet s = base("griddepcontrol", "setmaxnreg and dependent launches",
                   "griddepcontrol.wait;\nmov.b64 {%o0, %o1}, %w0;\ngriddepcontrol.launch_dependents;\n"
                   "griddepcontrol.launch_dependents;\nadd.u32 %o0, %o0, 1;\n");
  s.words = 2;
  list.push_back(std::move(s));
}

/// The inputs as rows of 64 bytes.
tw::rt::TensorMapRule rows_map(int box_rows) {
  tw::rt::TensorMapRule map;
  map.argument = 0;
  map.type = ElementType::i32;
  map.sizes = {16, 20 * 32};
  map.strides = {64};
  map.box = {16, box_rows};
  return map;
}

void add_map_changes(std::vector<Snippet> &list) {
  struct Change {
    const char *name, *fields; ///< instructions on the map at `staged`
    int bytes = 512, row = 0;
  };
  // %d0 points to the inputs of this thread: for thread 0 to those of its block.
  for (Change c :
       {Change{"address", "tensormap.replace.tile.global_address.shared::cta.b1024.b64 [staged], %d0;\n"},
        {"stride", "mov.b64 %d4, 128; tensormap.replace.tile.global_stride.shared::cta.b1024.b64 [staged], 0, "
                   "%d4;\ntensormap.replace.tile.global_dim.shared::cta.b1024.b32 [staged], 1, 320;\n"},
        {"swizzle", "tensormap.replace.tile.swizzle_mode.shared::cta.b1024.b32 [staged], 2;\n"},
        {"type",
         "tensormap.replace.tile.elemtype.shared::cta.b1024.b32 [staged], 7;\n"
         "tensormap.replace.tile.fill_mode.shared::cta.b1024.b32 [staged], 1;\n",
         512, -3},
        {"step", "tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [staged], 1, 2;\n", 256}}) {
    std::string name = std::string("tensormap_replace_") + c.name;
    std::string body = fmt::format(
        "mov.u32 %r10, tile; mov.u32 %r11, bar; setp.eq.u32 %p0, %t, 0;\n"
        "@%p0 mbarrier.init.shared.b64 [%r11], 1;\n@%p0 fence.mbarrier_init.release.cluster;\n"
        "mov.b32 %r14, 0; shl.b32 %r13, %t, 4; add.u32 %r13, %r13, %r10;\n"
        "st.shared.v4.b32 [%r13], {{%r14, %r14, %r14, %r14}};\nfence.proxy.async;\n"
        "mul.wide.u32 %d4, %t, 4; add.u64 %d4, %map, %d4; ld.b32 %r12, [%d4];\n"
        "shl.b32 %r14, %t, 2; mov.u32 %r15, staged; add.u32 %r15, %r15, %r14; st.shared.b32 [%r15], %r12;\n"
        "bar.sync 0;\n@!%p0 bra CHANGED;\n{}CHANGED: bar.warp.sync -1;\n"
        "mov.u64 %d5, {}_maps; cvta.global.u64 %d5, %d5; mad.wide.u32 %d5, %block, 128, %d5;\n"
        "tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync.aligned [%d5], [%r16], 128;\n"
        "fence.proxy.tensormap::generic.acquire.gpu [%d5], 128;\n"
        "mov.b32 %r20, 0; mul.lo.u32 %r21, %block, {}; add.s32 %r21, %r21, {};\n"
        "@%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r11], {};\n"
        "@%p0 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [tile], [%d5, {{%r20, "
        "%r21}}], [bar];\n"
        "mov.u32 %r12, 0;\nWAIT: mbarrier.try_wait.parity.shared.b64 %p1, [%r11], 0;\n@%p1 bra DONE;\n"
        "add.u32 %r12, %r12, 1; setp.lt.u32 %p2, %r12, 100000;\n@%p2 bra WAIT;\ntrap;\nDONE:\n"
        "ld.shared.v4.u32 {{%o0, %o1, %o2, %o3}}, [%r13];\n",
        c.fields, name, std::string(c.name) == "address" ? 0 : 8, c.row, c.bytes);
    body.insert(0, "mov.u32 %r16, staged;\n");
    Snippet s = base(name, "tensormap.replace", body);
    s.words = 4;
    s.map = rows_map(8);
    s.shared = ".shared .align 1024 .b8 tile[512]; .shared .align 128 .b8 staged[128]; .shared .align 8 .b64 bar;\n";
    s.module = fmt::format(".global .align 128 .b8 {}_maps[{}];\n", name, 20 * 128);
    list.push_back(std::move(s));
  }
}

void add_remote_stores(std::vector<Snippet> &list) {
  auto add = [&](const std::string &name, const std::string &send, int bytes, const std::string &before) {
    Snippet s = base(
        name, "st.async, red.async",
        "mov.u32 %r10, tile; mov.u32 %r11, bar; setp.eq.u32 %p0, %t, 0;\n"
        "@%p0 mbarrier.init.shared.b64 [%r11], 1;\n@%p0 fence.mbarrier_init.release.cluster;\n"
        "mov.b64 {%r0, %r1}, %w0; mov.b64 {%r2, %r3}, %w1; shl.b32 %r13, %t, 4; add.u32 %r13, %r13, %r10;\n" +
            before + fmt::format("@%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r11], {};\n", 32 * bytes) +
            "barrier.cluster.arrive; barrier.cluster.wait;\nmov.u32 %r14, %cluster_ctarank; xor.b32 %r14, %r14, 1;\n"
            "mapa.shared::cluster.u32 %r15, %r13, %r14; mapa.shared::cluster.u32 %r16, %r11, %r14;\n" +
            send +
            "mov.u32 %r12, 0;\nWAIT: mbarrier.try_wait.parity.shared.b64 %p1, [%r11], 0;\n@%p1 bra DONE;\n"
            "add.u32 %r12, %r12, 1; setp.lt.u32 %p2, %r12, 100000;\n@%p2 bra WAIT;\ntrap;\nDONE:\n"
            "ld.shared.v4.u32 {%o0, %o1, %o2, %o3}, [%r13];\nbarrier.cluster.arrive; barrier.cluster.wait;\n");
    s.words = 4;
    s.cluster = 2;
    s.shared = ".shared .align 16 .b8 tile[512]; .shared .align 8 .b64 bar;\n";
    list.push_back(std::move(s));
  };
  const std::string zero = "mov.b32 %r20, 0; st.shared.v4.b32 [%r13], {%r20, %r20, %r20, %r20};\n",
                    fill = "st.shared.v2.b64 [%r13], {%w2, %w3};\n";
  const std::string store = "st.async.weak.shared::cluster.mbarrier::complete_tx::bytes";
  add("st.async.b32", store + ".b32 [%r15], %r0, [%r16];\n", 4, zero);
  add("st.async.b64", store + ".b64 [%r15], %w0, [%r16];\n", 8, zero);
  add("st.async.v4.b32", store + ".v4.b32 [%r15], {%r0, %r1, %r2, %r3}, [%r16];\n", 16, zero);
  add("st.async.v2.b64", store + ".v2.b64 [%r15], {%w0, %w1}, [%r16];\n", 16, zero);
  for (const char *op : {"add.u32", "dec.u32"})
    add(fmt::format("red.async.{}", op),
        fmt::format("red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.{} [%r15], %r0, [%r16];\n",
                    op),
        4, fill);
  add("red.async.add.u64",
      "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u64 [%r15], %w0, [%r16];\n", 8, fill);
}

void add_video(std::vector<Snippet> &list) {
  auto add = [&](const std::string &instruction) {
    list.push_back(elementwise("video instructions", instruction, Inputs::bits, 32, 32, 32, 32));
  };
  for (const char *op : {"vsub.u32.u32.u32.sat", "vabsdiff.s32.u32.s32", "vshr.u32.u32.u32.wrap"})
    add(fmt::format("{} %d, %a, %b;", op));
  for (const char *op : {"vavrg4.u32.u32.u32", "vmad.u32.u32.u32"}) add(fmt::format("{} %d, %a, %b, %c;", op));
}

} // namespace

void add_hopper(std::vector<Snippet> &list) {
  add_sparse(list);
  add_wmma(list);
  add_budgets(list);
  add_map_changes(list);
  add_remote_stores(list);
  add_video(list);
}

} // namespace golden
