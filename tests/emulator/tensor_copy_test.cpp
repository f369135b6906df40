// Tensor copies: boxes of every rank, swizzles by address, fill, clipping, reductions, maps that change, misuse.
#include <algorithm>
#include <memory>

#include "kernel_run.hpp"
#include "tilewright/emulator/tensor_map.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

constexpr uint32_t kThreads = 64, kTileBytes = 16384;

/// Parameters: the map, five coordinates, the input or output buffer of the tile's raw bytes. 16 KiB of shared memory
/// at `tile`, aligned to 1024 bytes, and a barrier of count 1.
std::string ptx(const std::string &body) {
  return kernel(
      ".param .align 64 .b8 map[128], .param .u32 c0, .param .u32 c1, .param .u32 c2, .param .u32 c3, .param .u32 c4, "
      ".param .u64 raw, .param .u64 other",
      ".reg .b64 %map, %raw, %other, %s, %g; .reg .b32 %t, %v, %n, %a, %c<5>; .reg .pred %p, %q, %first;\n"
      ".shared .align 1024 .b8 tile[16384]; .shared .align 8 .b64 bar;\n"
      "mov.b64 %map, map;\ncvta.param.u64 %map, %map;\nld.param.u32 %c0, [c0];\nld.param.u32 %c1, [c1];\n"
      "ld.param.u32 %c2, [c2];\nld.param.u32 %c3, [c3];\nld.param.u32 %c4, [c4];\nld.param.u64 %raw, [raw];\n"
      "ld.param.u64 %other, [other];\nmov.u32 %t, %tid.x;\nsetp.eq.u32 %first, %t, 0;\n"
      "@%first mbarrier.init.shared.b64 [bar], 1;\n@%first fence.mbarrier_init.release.cluster;\nbar.sync 0;\n" +
          body + "\nret;",
      "", "sm_90a");
}

const std::string kWait = "W: mbarrier.try_wait.parity.shared.b64 %p, [bar], 0;\n@!%p bra W;\n";
/// All threads copy the tile between shared and global memory, word by word.
std::string copyTile(bool toShared, const std::string &bytes) {
  std::string loop = toShared ? "ld.global.u32 %v, [%g];\nst.shared.u32 [%a], %v;\n"
                              : "ld.shared.u32 %v, [%a];\nst.global.u32 [%g], %v;\n";
  return "mov.u32 %n, %t;\nL: shl.b32 %a, %n, 2;\nsetp.ge.u32 %q, %a, " + bytes +
         ";\n@%q bra E;\ncvt.u64.u32 %g, %a;\nadd.u64 %g, %g, %raw;\nmov.u32 %v, tile;\nadd.u32 %a, %a, %v;\n" + loop +
         "add.u32 %n, %n, 64;\nbra L;\nE:\n";
}

std::string coordinates(uint32_t rank) {
  std::string list;
  for (uint32_t d = 0; d < rank; ++d) list += (d ? ", %c" : "%c") + std::to_string(d);
  return "{" + list + "}";
}

std::string loadKernel(uint32_t rank, uint32_t bytes, uint32_t offset = 0) {
  return "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], " + std::to_string(bytes) +
         ";\n@%first cp.async.bulk.tensor." + std::to_string(rank) +
         "d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [tile+" + std::to_string(offset) + "], [%map, " +
         coordinates(rank) + "], [bar];\n" + kWait;
}

std::string storeKernel(uint32_t rank, const std::string &reduction = "") {
  return std::string("fence.proxy.async;\nbar.sync 0;\n@%first cp") + (reduction.empty() ? "" : ".reduce") +
         ".async.bulk.tensor." + std::to_string(rank) + "d.global.shared::cta" +
         (reduction.empty() ? "" : "." + reduction) + ".tile.bulk_group [%map, " + coordinates(rank) +
         "], [tile];\n@%first cp.async.bulk.commit_group;\n@%first cp.async.bulk.wait_group.read 0;\n";
}

struct Case {
  TensorMapSpec spec;
  std::array<int32_t, 5> start{};
  std::vector<uint8_t> tensor;
  std::vector<uint8_t> raw = std::vector<uint8_t>(kTileBytes);

  uint32_t size() const { return bytes_of(spec.type); }
  uint32_t boxBytes() const {
    uint32_t bytes = spec.box[0] * size();
    for (uint32_t d = 1; d < spec.rank; ++d)
      bytes *= (spec.box[d] + spec.element_strides[d] - 1) / spec.element_strides[d];
    return bytes;
  }
  /// Dense strides (rounded up to 16 bytes) and contents that tell every byte apart.
  void make(uint32_t seed = 1) {
    uint64_t bytes = spec.dims[0] * size();
    for (uint32_t d = 1; d < spec.rank; ++d) {
      bytes = (bytes + 15) / 16 * 16;
      spec.strides[d - 1] = bytes;
      bytes *= spec.dims[d];
    }
    tensor.resize(bytes);
    uint32_t state = seed;
    for (uint8_t &b : tensor) state = state * 1664525 + 1013904223, b = static_cast<uint8_t>(state >> 24);
  }
  /// Calls f(offset in the dense box, byte in the tensor or -1) for every element of the box, written anew from the
  /// definition: coordinate by coordinate.
  template <class F> void forEachElement(F f) const {
    uint32_t count = boxBytes() / size();
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t index = i;
      int64_t at = 0;
      bool inside = true;
      for (uint32_t d = 0; d < spec.rank; ++d) {
        uint32_t step = d == 0 ? 1 : spec.element_strides[d];
        uint32_t extent = (spec.box[d] + step - 1) / step;
        int64_t c = start[d] + int64_t{index % extent} * step;
        index /= extent;
        inside = inside && c >= 0 && c < static_cast<int64_t>(spec.dims[d]);
        at += c * static_cast<int64_t>(d == 0 ? size() : spec.strides[d - 1]);
      }
      f(i * size(), inside ? at : int64_t{-1});
    }
  }
  /// Where byte `dense` of a box at `offset` of the tile (a multiple of 1024 in the window) lies: rows of 128 bytes are
  /// numbered, and the number of each 16-byte chunk is xored with bits of its row's number.
  uint32_t place(uint32_t dense, uint32_t offset) const {
    uint32_t at = offset + dense, row = at / 128, chunk = at / 16 % 8;
    if (spec.swizzle == 32) chunk ^= row % 2;
    if (spec.swizzle == 64) chunk ^= row % 4;
    if (spec.swizzle == 128) chunk ^= row % 8;
    return row * 128 + chunk * 16 + at % 16;
  }

  std::unique_ptr<KernelRun> prepare(const std::string &body, uint64_t seed = 0) {
    auto made = std::make_unique<KernelRun>(ptx(body));
    KernelRun &run = *made;
    spec.address = run.machine.add_buffer(std::as_writable_bytes(std::span(tensor)), "tensor", true);
    auto map = encode_tensor_map(spec);
    if (auto *error = std::get_if<std::string>(&map)) FAIL(*error);
    run.scalar(std::get<TensorMap>(map));
    for (int32_t c : start) run.scalar(c);
    run.buffer(raw).scalar(uint64_t{0}).block(kThreads).seed(seed);
    return made;
  }
  LaunchResult clean(const std::string &body, uint64_t seed = 0) { return prepare(body, seed)->clean(); }
  Finding finding(const std::string &body, const std::string &rule) { return prepare(body)->finding(rule); }

  void checkLoad(uint64_t seed = 0, uint32_t offset = 0) {
    INFO("rank " << spec.rank << " swizzle " << spec.swizzle << " seed " << seed << " offset " << offset);
    uint32_t bytes = boxBytes();
    std::fill(raw.begin(), raw.end(), 0);
    // Everything around the box is initialised too, so that the whole tile can be copied out.
    clean(copyTile(true, "16384") + "fence.proxy.async;\nbar.sync 0;\n" + loadKernel(spec.rank, bytes, offset) +
              copyTileOnce("16384"),
          seed);
    std::vector<uint8_t> expected(kTileBytes, 0);
    uint64_t nan = size() == 2 ? 0x7fff : 0x7fffffff;
    forEachElement([&](uint32_t dense, int64_t at) {
      for (uint32_t b = 0; b < size(); ++b)
        expected[place(dense + b, offset)] = at >= 0         ? tensor[static_cast<size_t>(at) + b]
                                             : spec.nan_fill ? static_cast<uint8_t>(nan >> 8 * b)
                                                             : 0;
    });
    REQUIRE(raw == expected);
  }
  static std::string copyTileOnce(const std::string &bytes) {
    std::string text = copyTile(false, bytes);
    for (const char *label : {"L:", "E:", "bra L", "bra E"})
      for (size_t at = 0; (at = text.find(label, at)) != std::string::npos; at += 4)
        text.insert(at + std::string(label).size() - (label[1] == ':' ? 1 : 0), "2");
    return text;
  }

  void checkStore(uint64_t seed = 0) {
    for (size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<uint8_t>(i * 7 + i / 256);
    std::vector<uint8_t> expected = tensor;
    forEachElement([&](uint32_t dense, int64_t at) {
      for (uint32_t b = 0; b < size() && at >= 0; ++b) expected[static_cast<size_t>(at) + b] = raw[place(dense + b, 0)];
    });
    clean(copyTile(true, "16384") + storeKernel(spec.rank), seed);
    REQUIRE(tensor == expected);
  }
};

Case matrix(TensorMapType type, uint64_t columns, uint64_t rows, uint32_t boxColumns, uint32_t boxRows,
            uint32_t swizzle = 0) {
  Case c;
  c.spec.type = type;
  c.spec.rank = 2;
  c.spec.dims = {columns, rows, 1, 1, 1};
  c.spec.box = {boxColumns, boxRows, 1, 1, 1};
  c.spec.swizzle = swizzle;
  c.make();
  return c;
}

} // namespace

TEST_CASE("tensor loads of every rank, inside, over the edges and outside") {
  for (uint32_t rank = 1; rank <= 5; ++rank)
    for (int32_t shift : {0, 3, -2, 100}) {
      Case c;
      c.spec.type = TensorMapType::F32;
      c.spec.rank = rank;
      c.spec.dims = {20, 7, 5, 4, 3};
      c.spec.box = {8, 4, 3, 2, 2};
      c.make();
      for (uint32_t d = 0; d < rank; ++d) c.start[d] = d % 2 ? shift : shift + 1;
      c.checkLoad();
    }
}

TEST_CASE("every swizzle, with rows as wide as the span and narrower, at every phase of the pattern") {
  for (uint32_t span : {32u, 64u, 128u})
    for (uint32_t row : {16u, 32u, 64u, 128u}) {
      if (row > span) continue;
      for (uint32_t offset : {0u, 128u, 384u, 896u}) {
        Case c = matrix(TensorMapType::BF16, 200, 70, row / 2, 24, span);
        c.start = {9, 5, 0, 0, 0};
        c.checkLoad(0, offset);
      }
    }
}

TEST_CASE("loads land early, late or at random") {
  for (uint64_t seed : {0, 1, 2, 3, 4, 5}) {
    Case c = matrix(TensorMapType::F16, 100, 40, 64, 32, 128);
    c.start = {50, 20, 0, 0, 0};
    c.checkLoad(seed);
  }
}

TEST_CASE("outside elements read as NaN when the map asks for it") {
  for (TensorMapType type : {TensorMapType::F16, TensorMapType::BF16, TensorMapType::F32}) {
    Case c = matrix(type, 20, 10, 16, 8);
    c.spec.nan_fill = true;
    c.start = {-3, 6, 0, 0, 0};
    c.checkLoad();
  }
}

TEST_CASE("element strides skip rows") {
  Case c = matrix(TensorMapType::U32, 32, 32, 8, 8);
  c.spec.element_strides = {1, 3, 1, 1, 1};
  c.start = {4, 20, 0, 0, 0};
  c.checkLoad();
}

TEST_CASE("tensor stores write what lies inside, through every swizzle") {
  for (uint32_t span : {0u, 32u, 64u, 128u})
    for (uint64_t seed : {0, 1, 2}) {
      Case c = matrix(TensorMapType::U16, 40, 30, span ? span / 2 : 32, 20, span);
      c.start = {24, 17, 0, 0, 0};
      c.checkStore(seed);
    }
  for (uint32_t rank : {1u, 3u, 5u}) {
    Case c;
    c.spec.type = TensorMapType::U8;
    c.spec.rank = rank;
    c.spec.dims = {40, 5, 4, 3, 2};
    c.spec.box = {16, 3, 2, 2, 2};
    c.make();
    c.start = {30, 3, 3, 2, 1};
    c.checkStore();
  }
}

TEST_CASE("a store with a negative start is a warning, with --strict a finding") {
  Case c = matrix(TensorMapType::U32, 16, 8, 8, 4);
  c.start = {-2, 0, 0, 0, 0};
  LaunchResult result = c.clean(copyTile(true, "16384") + storeKernel(2));
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0].rule == "tensor.negative_store");
  Case d = matrix(TensorMapType::U32, 16, 8, 8, 4);
  d.start = c.start;
  auto run = d.prepare(copyTile(true, "16384") + storeKernel(2));
  run->config.checks.strict = true;
  CHECK_THAT(run->finding("tensor.negative_store").message, Catch::Contains("coordinate -2 of dimension 0"));
}

TEST_CASE("tensor reductions take their type from the map") {
  Case c = matrix(TensorMapType::F32, 8, 4, 8, 4);
  for (size_t i = 0; i < 32; ++i) {
    float x = static_cast<float>(i), y = 0.5F;
    std::memcpy(c.tensor.data() + 4 * i, &x, 4);
    std::memcpy(c.raw.data() + 4 * i, &y, 4);
  }
  c.clean(copyTile(true, "16384") + storeKernel(2, "add"));
  for (size_t i = 0; i < 32; ++i) {
    float x = 0;
    std::memcpy(&x, c.tensor.data() + 4 * i, 4);
    REQUIRE(x == static_cast<float>(i) + 0.5F);
  }
  Case bits = matrix(TensorMapType::U8, 16, 4, 16, 4);
  CHECK_THAT(bits.finding(copyTile(true, "16384") + storeKernel(2, "and"), "tensor.reduce_type").message,
             Catch::Contains("elements of 1 bytes"));
}

TEST_CASE("order and fences around tensor copies") {
  Case c = matrix(TensorMapType::U32, 16, 8, 8, 4);
  std::string store = storeKernel(2);
  store.erase(0, store.find("bar.sync"));
  CHECK(c.finding(copyTile(true, "16384") + store, "race.proxy").buffer == "shared memory");
  std::string load = loadKernel(2, 128);
  load.erase(load.find("W:"));
  c.finding(load + "bar.sync 0;\n" + copyTile(false, "128"), "race.in-flight");
}

TEST_CASE("maps are checked where they are used") {
  Case c = matrix(TensorMapType::U32, 16, 8, 8, 4);
  CHECK_THAT(c.finding(loadKernel(3, 128), "tensor.map").message,
             Catch::Contains("rank 2 but the copy names 3 dimensions"));
  CHECK_THAT(c.finding("add.u64 %map, %map, 4;\n" + loadKernel(2, 128), "tensor.map").message,
             Catch::Contains("not in parameters") || Catch::Contains("multiple of 64"));
  CHECK_THAT(c.finding("mov.u64 %map, %raw;\n" + loadKernel(2, 128), "tensor.map").message,
             Catch::Contains("no tensor map"));
  CHECK_THAT(c.finding("mov.u64 %map, 64;\n" + loadKernel(2, 128), "tensor.map").message,
             Catch::Contains("0x40 is not in parameters"));
  c.finding(loadKernel(2, 128, 64), "bounds.alignment");
  c.finding(loadKernel(2, 128, 16384 - 0 + 128), "bounds.write");
  Case small = matrix(TensorMapType::U32, 16, 8, 8, 4);
  small.spec.dims[1] = 100;
  small.start = {0, 50, 0, 0, 0};
  CHECK(small.finding(loadKernel(2, 128), "bounds.read").buffer == "tensor");
  Case clean = matrix(TensorMapType::U32, 16, 8, 8, 4);
  clean.clean("@%first prefetch.tensormap [%map];\n@%first cp.async.bulk.prefetch.tensor.2d.L2.global.tile [%map, {0, "
              "0}];\n");
}

TEST_CASE("a map in global memory that the kernel changes needs the fences of its proxy") {
  std::string change = "@!%first bra SKIP;\ntensormap.replace.tile.global_address.global.b1024.b64 [%raw], %other;\n"
                       "tensormap.replace.tile.box_dim.global.b1024.b32 [%raw], 1, 2;\n";
  std::string release = "fence.proxy.tensormap::generic.release.gpu;\n",
              acquire = "fence.proxy.tensormap::generic.acquire.gpu [%raw], 128;\n";
  auto make = [&](const std::string &body, auto check) {
    Case c = matrix(TensorMapType::U32, 16, 8, 8, 4);
    std::vector<uint32_t> replaced(16 * 8);
    for (uint32_t i = 0; i < 128; ++i) replaced[i] = i;
    KernelRun run(ptx(body));
    c.spec.address = run.machine.add_buffer(std::as_writable_bytes(std::span(c.tensor)), "tensor", true);
    TensorMap map = std::get<TensorMap>(encode_tensor_map(c.spec));
    std::vector<std::byte> raw(map.bytes.begin(), map.bytes.end());
    run.scalar(map);
    for (int i = 0; i < 5; ++i) run.scalar(0);
    run.buffer(raw).buffer(replaced).block(kThreads);
    check(run, raw);
  };
  std::string quiet = "SKIP: mov.u64 %map, %raw;\n" + loadKernel(2, 64);
  make(change + release + acquire + quiet, [](KernelRun &run, auto &) { run.clean(); });
  make(change + acquire + quiet, [](KernelRun &run, auto &) { run.finding("race.tensor-map"); });
  make(change + release + quiet, [](KernelRun &run, auto &) { run.finding("race.tensor-map"); });
  make(change + quiet, [](KernelRun &run, auto &) { run.finding("race.tensor-map"); });
  make("@%first tensormap.replace.tile.box_dim.global.b1024.b32 [%raw], 7, 2;\n", [](KernelRun &run, auto &) {
    CHECK_THAT(run.finding("tensor.replace").message, Catch::Contains("ordinal is 7"));
  });
  make("@%first tensormap.replace.tile.box_dim.global.b1024.b32 [%raw], 1, 300;\n",
       [](KernelRun &run, auto &) { run.finding("tensor.replace"); });
  make("@%first tensormap.replace.tile.swizzle_mode.global.b1024.b32 [%raw], 5;\n",
       [](KernelRun &run, auto &) { run.finding("tensor.replace"); });
  make("@%first tensormap.replace.tile.elemtype.global.b1024.b32 [%raw], 15;\n",
       [](KernelRun &run, auto &) { run.finding("tensor.replace"); });
  make("@%first tensormap.replace.tile.interleave_layout.global.b1024.b32 [%raw], 3;\n", [](KernelRun &run, auto &) {
    CHECK_THAT(run.finding("tensor.replace").message, Catch::Contains("interleave layout 3 does not exist"));
  });
  make("@%first tensormap.replace.tile.rank.global.b1024.b32 [%other], 1;\n", [](KernelRun &run, auto &) {
    CHECK_THAT(run.finding("tensor.replace").message, Catch::Contains("no tensor map"));
  });
  // The map is changed in shared memory, then copied out and released by one instruction of a warp.
  std::string copies = ".shared .align 128 .b8 staged[128];\nsetp.ge.u32 %q, %t, 32;\n@%q bra SKIP;\n"
                       "mul.wide.u32 %s, %t, 4;\nadd.u64 %g, %raw, %s;\nld.global.u32 %v, [%g];\n"
                       "mov.u32 %a, staged;\nshl.b32 %n, %t, 2;\nadd.u32 %a, %a, %n;\nst.shared.u32 [%a], %v;\n"
                       "bar.warp.sync 0xffffffff;\n@%first tensormap.replace.tile.global_address.shared::cta.b1024.b64 "
                       "[staged], %other;\n",
              out = "tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync.aligned [%raw], "
                    "[staged], 128;\n",
              meet = "bar.warp.sync 0xffffffff;\n", all = "SKIP: bar.sync 0;\n",
              load = "mov.u64 %map, %raw;\n" + loadKernel(2, 128);
  make(copies + meet + out + all + acquire + load, [](KernelRun &run, auto &) { run.clean(); });
  make(copies + meet + out + all + load, [](KernelRun &run, auto &) { run.finding("race.tensor-map"); });
  // The lanes do not meet between the change and the copy, whichever lane changes it.
  make(copies + out + all + acquire + load, [](KernelRun &run, auto &) { run.finding("race.race"); });
  std::string late = copies;
  late.replace(late.find("@%first tensormap"), 7, "@%last");
  late = "setp.eq.u32 %p, %t, 31;\n" + late;
  late.replace(late.find("@%last"), 6, "@%p");
  make(late + meet + out + all + acquire + load, [](KernelRun &run, auto &) { run.clean(); });
  make(late + out + all + acquire + load, [](KernelRun &run, auto &) { run.finding("race.race"); });
  make(".shared .align 128 .b8 staged[128];\n@%first " + out, [](KernelRun &run, auto &) {
    CHECK_THAT(run.finding("tensor.copy_lanes").message, Catch::Contains("only lanes 0x00000001"));
  });
  // Every field, and a map that becomes illegal.
  make("@!%first bra SKIP;\ntensormap.replace.tile.global_dim.global.b1024.b32 [%raw], 0, 12;\n"
       "tensormap.replace.tile.global_stride.global.b1024.b64 [%raw], 0, 72;\n"
       "tensormap.replace.tile.element_stride.global.b1024.b32 [%raw], 1, 2;\n"
       "tensormap.replace.tile.fill_mode.global.b1024.b32 [%raw], 0;\n" +
           release + acquire + quiet,
       [](KernelRun &run, auto &) {
         CHECK_THAT(run.finding("tensor.map").message, Catch::Contains("stride of dimension 1 is 72 bytes"));
       });
}

TEST_CASE("every documented constraint of the encode call is checked with its values") {
  auto error = [](auto change) {
    TensorMapSpec spec;
    spec.type = TensorMapType::F16;
    spec.rank = 2;
    spec.address = 0x1000;
    spec.dims = {64, 64, 1, 1, 1};
    spec.strides = {128, 0, 0, 0};
    spec.box = {32, 8, 1, 1, 1};
    change(spec);
    auto result = encode_tensor_map(spec);
    auto *text = std::get_if<std::string>(&result);
    return text ? *text : std::string("accepted");
  };
  CHECK(error([](TensorMapSpec &) {}) == "accepted");
  CHECK(error([](TensorMapSpec &s) { s.rank = 0; }) == "the rank is 0, outside 1 to 5");
  CHECK(error([](TensorMapSpec &s) { s.rank = 6; }) == "the rank is 6, outside 1 to 5");
  CHECK(error([](TensorMapSpec &s) { s.address = 0x1008; }) == "the address 0x1008 is not a multiple of 16");
  CHECK(error([](TensorMapSpec &s) { s.dims[1] = 0; }) == "dimension 1 has 0 elements, outside 1 to 2^32");
  CHECK(error([](TensorMapSpec &s) { s.dims[0] = uint64_t{1} << 32; }) == "accepted");
  CHECK(error([](TensorMapSpec &s) { s.dims[0] = (uint64_t{1} << 32) + 1; }) ==
        "dimension 0 has 4294967297 elements, outside 1 to 2^32");
  CHECK(error([](TensorMapSpec &s) { s.strides[0] = 120; }) ==
        "the stride of dimension 1 is 120 bytes, not a multiple of 16 below 2^40");
  CHECK(error([](TensorMapSpec &s) { s.strides[0] = uint64_t{1} << 40; }) ==
        "the stride of dimension 1 is 1099511627776 bytes, not a multiple of 16 below 2^40");
  CHECK(error([](TensorMapSpec &s) { s.box[1] = 257; }) == "dimension 1 of the box has 257 elements, outside 1 to 256");
  CHECK(error([](TensorMapSpec &s) { s.box[1] = 0; }) == "dimension 1 of the box has 0 elements, outside 1 to 256");
  CHECK(error([](TensorMapSpec &s) { s.box[0] = 12; }) == "a row of the box has 24 bytes, not a multiple of 16");
  CHECK(error([](TensorMapSpec &s) { s.element_strides[1] = 9; }) ==
        "the element stride of dimension 1 is 9, outside 1 to 8");
  CHECK(error([](TensorMapSpec &s) { s.swizzle = 96; }) == "the swizzle is 96 bytes, not 0, 32, 64 or 128");
  CHECK(error([](TensorMapSpec &s) { s.swizzle = 64; }) == "accepted");
  CHECK(error([](TensorMapSpec &s) { s.swizzle = 32; }) ==
        "a row of the box has 64 bytes, more than the swizzle's span of 32");
  CHECK(error([](TensorMapSpec &s) { s.nan_fill = true; }) == "accepted");
  CHECK(error([](TensorMapSpec &s) { s.nan_fill = true, s.type = TensorMapType::U16; }) ==
        "NaN fills floating-point tensors only");
}

TEST_CASE("interleaved maps keep constraints of their own, and are not executed") {
  auto error = [](auto change) {
    TensorMapSpec spec;
    spec.type = TensorMapType::F16;
    spec.rank = 3;
    spec.address = 0x1000;
    spec.dims = {8, 64, 4, 1, 1};
    spec.strides = {128, 8192, 0, 0};
    spec.box = {4, 8, 1, 1, 1};
    spec.interleave = 16;
    change(spec);
    auto result = encode_tensor_map(spec);
    auto *text = std::get_if<std::string>(&result);
    return text ? *text : std::string("accepted");
  };
  auto wide = [](TensorMapSpec &s) { s.interleave = 32, s.swizzle = 32; };
  CHECK(error([](TensorMapSpec &) {}) == "accepted");
  CHECK(error([](TensorMapSpec &s) { s.interleave = 8; }) == "the interleave is 8 bytes, not 0, 16 or 32");
  CHECK(error([](TensorMapSpec &s) { s.rank = 2; }) == "an interleaved tensor has 3 to 5 dimensions, the map has 2");
  CHECK(error([](TensorMapSpec &s) { s.swizzle = 128; }) == "accepted");
  CHECK(error(wide) == "accepted");
  CHECK(error([&](TensorMapSpec &s) { wide(s), s.swizzle = 64; }) ==
        "the swizzle is 64 bytes, not 32 as an interleave of 32 bytes needs");
  CHECK(error([&](TensorMapSpec &s) { wide(s), s.address += 16; }) == "the address 0x1010 is not a multiple of 32");
  CHECK(error([&](TensorMapSpec &s) { wide(s), s.strides[1] = 8208; }) ==
        "the stride of dimension 2 is 8208 bytes, not a multiple of 32 below 2^40");
  Case c = matrix(TensorMapType::U32, 16, 8, 8, 4);
  c.spec.rank = 3, c.spec.strides[1] = 512, c.spec.interleave = 16;
  Finding f = c.finding(loadKernel(3, 128), "unsupported.interleave");
  CHECK(f.kind == FindingKind::Unsupported);
  CHECK_THAT(f.message, Catch::Contains("slices of 16 bytes"));
}

TEST_CASE("modes that sm_90 does not have are refused by name") {
  auto refusal = [](const std::string &instruction) {
    auto parsed = Module::parse(
        kernel("",
               ".reg .b64 %m; .reg .b16 %h; .shared .align 128 .b64 tile[16]; .shared .align 8 .b64 bar;\n" +
                   instruction + "\nret;",
               "", "sm_90a"),
        "test.ptx");
    auto *error = std::get_if<ParseError>(&parsed);
    return error ? error->message : "";
  };
  std::string load = "cp.async.bulk.tensor.", operands = " [tile], [%m, {0, 0, 0}], [bar]";
  std::string way = "d.shared::cluster.global.", done = ".mbarrier::complete_tx::bytes";
  CHECK_THAT(refusal(load + "3" + way + "tile" + done + ".cta_group::1" + operands + ";"),
             Catch::Contains("cta_group::1"));
  CHECK_THAT(refusal(load + "3" + way + "tile::gather4" + done + operands + ";"), Catch::Contains("tile::gather4"));
  CHECK_THAT(refusal(load + "2" + way + "tile" + done + operands + ";"), Catch::Contains("has 3 coordinates"));
  CHECK_THAT(refusal(load + "3" + way + "tile.bulk_group" + operands + ";"), Catch::Contains("wrong completion"));
  CHECK_THAT(refusal("cp.async.bulk.tensor.shared::cluster.global.tile" + done + operands + ";"),
             Catch::Contains("names no dimensions"));
  std::string copy = "tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync";
  CHECK(refusal(copy + ".aligned [%m], [tile], 128;").empty());
  CHECK_THAT(refusal(copy + " [%m], [tile], 128;"), Catch::Contains("lacks .aligned"));
  CHECK_THAT(refusal(copy + ".aligned [%m], [tile], 64;"), Catch::Contains("is not 128"));
  CHECK_THAT(refusal("tensormap.move [%m], 1;"), Catch::Contains("tensormap without .replace or .cp_fenceproxy"));
}
