// Snippets of bulk and tensor copies (PTX ISA 9.7.9.25 and 9.7.9.27).
#include "snippet.hpp"

#include <array>

#include <fmt/format.h>

namespace golden {
namespace {

using tw::rt::ElementType;
using tw::rt::TensorMapRule;

/// Inputs of 20 blocks of 32 threads.
constexpr int input_bytes = 20 * 32 * 64;

const std::string initialise = "mov.u32 %r10, tile; mov.u32 %r11, bar; setp.eq.u32 %p0, %t, 0;\n"
                               "@%p0 mbarrier.init.shared.b64 [%r11], 1;\n"
                               "@%p0 fence.mbarrier_init.release.cluster;\nbar.sync 0;\n";
/// Waits for phase 0, but not for ever: what never arrives must not hang the device that records.
const std::string wait = "mov.u32 %r12, 0;\nWAIT: mbarrier.try_wait.parity.shared.b64 %p1, [%r11], 0;\n@%p1 bra DONE;\n"
                         "add.u32 %r12, %r12, 1; setp.lt.u32 %p2, %r12, 100000;\n@%p2 bra WAIT;\ntrap;\nDONE:\n";
const std::string read_tile = "shl.b32 %r13, %t, 4; add.u32 %r13, %r13, %r10;\n"
                              "ld.shared.v4.u32 {%o0, %o1, %o2, %o3}, [%r13];\n";
const std::string write_tile = "shl.b32 %r13, %t, 4; add.u32 %r13, %r13, %r10;\nst.shared.v2.b64 [%r13], {%w0, %w1};\n"
                               "fence.proxy.async;\nbar.sync 0;\n";
const std::string finish_store = "@%p0 cp.async.bulk.commit_group;\n@%p0 cp.async.bulk.wait_group 0;\n";

Snippet base(std::string name, std::string family, std::string body) {
  Snippet s;
  s.name = std::move(name);
  s.family = std::move(family);
  s.body = std::move(body);
  s.blocks = 20;
  s.words = 4;
  s.elementwise = false;
  s.target = "sm_90a";
  s.shared = ".shared .align 1024 .b8 tile[1024]; .shared .align 8 .b64 bar;\n";
  return s;
}

void add_bulk(std::vector<Snippet> &list) {
  for (int bytes : {16, 256, 512})
    list.push_back(
        base(fmt::format("bulk_load_{}", bytes), "bulk copies",
             initialise + write_tile +
                 fmt::format("@%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r11], {0};\n"
                             "@%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], "
                             "[%d0], {0}, [bar];\n",
                             bytes) +
                 wait + read_tile));
  auto store = [&](const std::string &name, const std::string &instruction, Inputs inputs = Inputs::bits) {
    Snippet s = base("bulk_" + name, "bulk copies",
                     initialise + write_tile +
                         fmt::format("mad.wide.u32 %d2, %block, 512, %out;\n@%p0 {};\n", instruction) + finish_store);
    s.inputs = inputs;
    s.stores_itself = true;
    list.push_back(std::move(s));
  };
  store("store", "cp.async.bulk.global.shared::cta.bulk_group [%d2], [tile], 512");
  for (const char *op :
       {"add.u32", "add.s32", "add.u64", "min.u32", "min.s32", "max.u32", "max.s32", "inc.u32", "dec.u32", "and.b32",
        "or.b32", "xor.b32", "min.u64", "max.s64", "and.b64", "or.b64", "xor.b64"}) {
    std::string name = op;
    name[name.find('.')] = '_';
    store("reduce_" + name,
          fmt::format("cp.reduce.async.bulk.global.shared::cta.bulk_group.{} [%d2], [tile], 512", op));
  }
  store("reduce_add_f16", "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.noftz.f16 [%d2], [tile], 512",
        Inputs::small_f16);
  store("reduce_add_f32", "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%d2], [tile], 512",
        Inputs::small_f32);
}

/// The inputs as a tensor of `rank` dimensions with rows of `row` bytes, and a box of 512 bytes.
TensorMapRule map_over(ElementType type, const std::vector<int> &extents, const std::vector<int> &box, int swizzle) {
  TensorMapRule map;
  map.argument = 0;
  map.type = type;
  int stride = static_cast<int>(tw::rt::size_of(type));
  for (std::size_t i = 0; i < extents.size(); ++i) {
    map.sizes.push_back(extents[i]);
    map.box.push_back(box[i]);
    if (i > 0) map.strides.push_back(stride);
    stride *= extents[i];
  }
  map.swizzle_bytes = swizzle;
  return map;
}

/// Coordinates that walk from before the start to behind the end of the tensor as the block's number grows.
std::string walk(int rank) {
  static constexpr std::array<const char *, 5> steps{
      "mad.lo.s32 %r20, %block, 3, -9;\n", "mad.lo.s32 %r21, %block, 5, -7;\n",
      "shr.s32 %r22, %block, 2; sub.s32 %r22, %r22, 1;\n", "shr.s32 %r23, %block, 3;\n", "and.b32 %r24, %block, 1;\n"};
  std::string text;
  for (int d = 0; d < rank; ++d) text += steps[d];
  return text;
}

std::string coordinates(int rank) {
  std::string text = "{%r20";
  for (int d = 1; d < rank; ++d) text += fmt::format(", %r2{}", d);
  return text + "}";
}

Snippet load(const std::string &name, const TensorMapRule &map, Inputs inputs, int bytes = 512) {
  int rank = static_cast<int>(map.sizes.size());
  Snippet s =
      base("tensor_load_" + name, "tensor copies",
           initialise + write_tile + walk(rank) +
               fmt::format("@%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r11], {};\n"
                           "@%p0 cp.async.bulk.tensor.{}d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
                           "[tile], [%map, {}], [bar];\n",
                           bytes, rank, coordinates(rank)) +
               wait + read_tile);
  s.inputs = inputs;
  s.map = map;
  return s;
}

void add_loads(std::vector<Snippet> &list) {
  struct Type {
    ElementType type;
    Inputs inputs;
  };
  for (Type t : {Type{ElementType::u8, Inputs::bits},
                 {ElementType::u16, Inputs::bits},
                 {ElementType::i32, Inputs::bits},
                 {ElementType::u64, Inputs::bits},
                 {ElementType::f16, Inputs::small_f16},
                 {ElementType::bf16, Inputs::small_bf16},
                 {ElementType::f32, Inputs::small_f32},
                 {ElementType::f64, Inputs::small_f64}}) {
    int size = static_cast<int>(tw::rt::size_of(t.type));
    std::string type(tw::rt::name_of(t.type));
    for (int span : {0, 32, 64, 128}) {
      int row = (span ? span : 64) / size, rows = 512 / (row * size);
      list.push_back(load(fmt::format("2d_{}_{}", type, span),
                          map_over(t.type, {64, input_bytes / 64 / size}, {row, rows}, span), t.inputs));
    }
    if (!tw::rt::is_float(t.type)) continue;
    TensorMapRule nan = map_over(t.type, {64, 64}, {64 / size, 8}, 0);
    nan.fill_nan = true;
    list.push_back(load(fmt::format("2d_{}_nan", type), nan, t.inputs));
  }
  list.push_back(load("1d", map_over(ElementType::i32, {64}, {128}, 0), Inputs::bits));
  for (int span : {0, 32, 64}) {
    int row = (span ? span : 32) / 4, left = 128 / row;
    list.push_back(load(fmt::format("3d_{}", span), map_over(ElementType::i32, {24, 30, 8}, {row, left / 2, 2}, span),
                        Inputs::bits));
    list.push_back(load(fmt::format("4d_{}", span),
                        map_over(ElementType::i32, {24, 12, 6, 4}, {row, left / 4, 2, 2}, span), Inputs::bits));
    list.push_back(load(fmt::format("5d_{}", span),
                        map_over(ElementType::i32, {24, 12, 6, 2, 2}, {row, left / 4, 2, 1, 2}, span), Inputs::bits));
  }
  // Element strides: a box of 16 x 24 of which every third row is loaded.
  TensorMapRule steps = map_over(ElementType::i32, {64, 64}, {16, 24}, 0);
  steps.element_steps = {1, 3};
  list.push_back(load("step_3", steps, Inputs::bits));
  // The copy is issued, and may be complete, before its bytes are expected.
  Snippet late = load("expected_late", map_over(ElementType::i32, {64, 160}, {16, 8}, 0), Inputs::bits);
  std::size_t expect = late.body.find("@%p0 mbarrier.arrive.expect_tx"), end = late.body.find('\n', expect) + 1;
  const std::string line = late.body.substr(expect, end - expect);
  late.body.erase(expect, end - expect);
  late.body.insert(late.body.find("mov.u32 %r12, 0;"), line);
  list.push_back(late);
  // Rows narrower than the span of the swizzle leave nothing between them.
  list.push_back(load("narrow_128", map_over(ElementType::i32, {64, 64}, {8, 16}, 128), Inputs::bits));
}

void add_stores(std::vector<Snippet> &list) {
  auto store = [&](const std::string &name, const std::string &operation, ElementType type, int span, Inputs inputs) {
    int size = static_cast<int>(tw::rt::size_of(type));
    int row = (span ? span : 64) / size, rows = 512 / (row * size);
    Snippet s =
        base("tensor_" + name, "tensor copies",
             initialise + write_tile +
                 fmt::format("mov.u32 %r20, 0; mul.lo.u32 %r21, %block, {};\n@%p0 cp{}.async.bulk.tensor.2d.global."
                             "shared::cta{}.tile.bulk_group [%outmap, {{%r20, %r21}}], [tile];\n",
                             rows, operation.empty() ? "" : ".reduce", operation) +
                 finish_store);
    s.inputs = inputs;
    // One column of blocks; what lies behind the last but one row of the last block is clipped.
    s.output_map = map_over(type, {row, 20 * rows - 1}, {row, rows}, span);
    s.output_map->argument = 1;
    s.stores_itself = true;
    list.push_back(std::move(s));
  };
  for (int span : {0, 32, 64, 128}) store(fmt::format("store_{}", span), "", ElementType::i32, span, Inputs::bits);
  for (const char *op : {"add", "min", "max", "inc", "dec", "and", "or", "xor"})
    store(fmt::format("reduce_{}", op), fmt::format(".{}", op), ElementType::u32, 64, Inputs::bits);
  store("reduce_add_f16", ".add", ElementType::f16, 64, Inputs::small_f16);
  store("reduce_add_f32", ".add", ElementType::f32, 64, Inputs::small_f32);
  // A store that begins before the first column: what lies outside is clipped, or so we take it.
  store("store_negative", "", ElementType::i32, 0, Inputs::bits);
  std::string &body = list.back().body;
  body.replace(body.find("mov.u32 %r20, 0;"), 16, "mov.u32 %r20, -4;");
}

void add_clusters(std::vector<Snippet> &list) {
  Snippet s =
      base("multicast", "clusters and multicast",
           initialise +
               "barrier.cluster.arrive; barrier.cluster.wait;\nmov.u32 %r14, %cluster_ctarank;\n"
               "setp.eq.u32 %p3, %r14, 0; and.pred %p3, %p3, %p0; mov.b16 %h0, 3;\n"
               "@%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r11], 512;\n"
               "@%p3 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [tile], "
               "[%d0], 512, [bar], %h0;\n" +
               wait + read_tile + "barrier.cluster.arrive; barrier.cluster.wait;\n");
  s.cluster = 2;
  list.push_back(s);
  s = base(
      "remote_load", "clusters and multicast",
      initialise + write_tile +
          "barrier.cluster.arrive; barrier.cluster.wait;\nmov.u32 %r14, %cluster_ctarank; xor.b32 %r14, %r14, 1;\n"
          "mapa.shared::cluster.u32 %r15, %r13, %r14;\n"
          "ld.shared::cluster.v4.u32 {%o0, %o1, %o2, %o3}, [%r15];\nbarrier.cluster.arrive; barrier.cluster.wait;\n");
  s.cluster = 2;
  list.push_back(s);
  s = base("cluster_registers", "clusters and multicast",
           "mov.u32 %o0, %cluster_ctarank; mov.u32 %o1, %clusterid.x; mov.u32 %o2, %cluster_nctarank; "
           "mov.u32 %o3, %nclusterid.x;\n");
  s.cluster = 2;
  list.push_back(s);
}

} // namespace

void add_tensors(std::vector<Snippet> &list) {
  add_bulk(list);
  add_loads(list);
  add_stores(list);
  add_clusters(list);
}

} // namespace golden
