// Tensor copies in im2col mode against the positions of a filter counted one by one; constraints of their maps.
#include <algorithm>

#include "kernel_run.hpp"
#include "tilewright/emulator/tensor_map.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

/// Parameters: the map, five coordinates, three im2col offsets, the bytes of the tile.
std::string ptx(const std::string &body) {
  std::string names, loads;
  for (const char *name : {"c0", "c1", "c2", "c3", "c4", "o0", "o1", "o2"}) {
    names += std::string(".param .u32 ") + name + ", ";
    loads += std::string("ld.param.u32 %") + name + ", [" + name + "];\n";
  }
  return kernel(
      ".param .align 64 .b8 map[128], " + names + ".param .u64 raw",
      ".reg .b64 %map, %raw, %g; .reg .b32 %t, %v, %a, %c<5>, %o<3>; .reg .b16 %h<3>; .reg .pred %p, %first;\n"
      ".shared .align 1024 .b8 tile[8192]; .shared .align 8 .b64 bar;\nmov.b64 %map, map; cvta.param.u64 %map, "
      "%map; ld.param.u64 %raw, [raw];\n" +
          loads +
          "cvt.u16.u32 %h0, %o0; cvt.u16.u32 %h1, %o1; cvt.u16.u32 %h2, %o2;\nmov.u32 %t, %tid.x; setp.eq.u32 "
          "%first, %t, 0;\n@%first mbarrier.init.shared.b64 [bar], 1;\n@%first "
          "fence.mbarrier_init.release.cluster;\nbar.sync 0;\n" +
          body + "ret;",
      "", "sm_90a");
}

std::string list(const char *stem, uint32_t count) {
  std::string text;
  for (uint32_t i = 0; i < count; ++i) text += (i ? ", " : "") + std::string(stem) + std::to_string(i);
  return "{" + text + "}";
}

struct Image {
  TensorMapSpec spec;
  std::array<int32_t, 5> start{};
  std::array<uint32_t, 3> offsets{};
  std::vector<uint16_t> tensor;
  std::vector<uint8_t> raw = std::vector<uint8_t>(8192);

  explicit Image(std::array<uint64_t, 5> dims, uint32_t rank) {
    spec.type = TensorMapType::F16;
    spec.rank = rank;
    spec.dims = dims;
    uint64_t bytes = dims[0] * 2;
    for (uint32_t d = 1; d < rank; ++d) {
      spec.strides[d - 1] = bytes;
      bytes *= dims[d];
    }
    for (uint64_t i = 0; i < bytes / 2; ++i) tensor.push_back(static_cast<uint16_t>(i * 31 + 7));
    spec.im2col.emplace();
  }
  uint32_t bytes() const { return spec.im2col->channels * spec.im2col->pixels * 2; }
  /// Calls f(position in the dense tile, index in the tensor or -1).
  template <class F> void forEachElement(F f) const {
    const Im2colSpec &box = *spec.im2col;
    // Positions of the filter are numbered through W, H, D and the images.
    uint32_t n = spec.rank - 1;
    std::array<int64_t, 5> count{}, first{};
    for (uint32_t d = 1; d < n; ++d) {
      int64_t span = static_cast<int64_t>(spec.dims[d]) - 1 + box.upper[d - 1] - box.lower[d - 1];
      count[d] = span / spec.element_strides[d] + 1;
      first[d] = (start[d] - box.lower[d - 1]) / spec.element_strides[d];
    }
    int64_t number = start[n];
    for (uint32_t d = n - 1; d >= 1; --d) number = number * count[d] + first[d];
    for (uint32_t pixel = 0; pixel < box.pixels; ++pixel)
      for (uint32_t channel = 0; channel < box.channels; ++channel) {
        int64_t rest = number + pixel, c = start[0] + channel;
        bool inside = c >= 0 && c < static_cast<int64_t>(spec.dims[0]);
        int64_t index = c, scale = static_cast<int64_t>(spec.dims[0]);
        for (uint32_t d = 1; d <= n; ++d) {
          int64_t at = rest;
          if (d < n) {
            at = box.lower[d - 1] + rest % count[d] * spec.element_strides[d] + offsets[d - 1];
            rest /= count[d];
          }
          inside = inside && at >= 0 && at < static_cast<int64_t>(spec.dims[d]);
          index += at * scale;
          scale *= static_cast<int64_t>(spec.dims[d]);
        }
        f(pixel * box.channels + channel, inside ? index : -1);
      }
  }
  size_t place(uint32_t dense) const {
    size_t at = dense * 2, row = at / 128, chunk = at / 16 % 8;
    if (spec.swizzle == 32) chunk ^= row % 2;
    if (spec.swizzle == 128) chunk ^= row % 8;
    return row * 128 + chunk * 16 + at % 16;
  }
  KernelRun &prepare(KernelRun &run) {
    spec.address = run.machine.add_buffer(std::as_writable_bytes(std::span(tensor)), "tensor", true);
    auto map = encode_tensor_map(spec);
    if (auto *error = std::get_if<std::string>(&map)) FAIL(*error);
    run.scalar(std::get<TensorMap>(map));
    for (int32_t c : start) run.scalar(c);
    for (uint32_t o : offsets) run.scalar(o);
    return run.buffer(raw).block(64);
  }
  std::string loadText(const std::string &mode = "im2col") const {
    return "@%first mbarrier.arrive.expect_tx.shared.b64 _, [bar], " + std::to_string(bytes()) +
           ";\n@%first cp.async.bulk.tensor." + std::to_string(spec.rank) + "d.shared::cluster.global." + mode +
           ".mbarrier::complete_tx::bytes [tile], [%map, " + list("%c", spec.rank) + "], [bar], " +
           list("%h", spec.rank - 2) + ";\nW: mbarrier.try_wait.parity.shared.b64 %p, [bar], 0;\n@!%p bra W;\n";
  }
  static std::string copyText(bool toShared, uint32_t bytes) {
    std::string move = toShared ? "ld.global.u32 %v, [%g]; st.shared.u32 [%a], %v;\n"
                                : "ld.shared.u32 %v, [%a]; st.global.u32 [%g], %v;\n";
    return "shl.b32 %a, %t, 2;\nL: setp.ge.u32 %p, %a, " + std::to_string(bytes) +
           "; @%p bra E;\ncvt.u64.u32 %g, %a; add.u64 %g, %g, %raw; mov.u32 %v, tile; add.u32 %a, %a, %v;\n" + move +
           "mov.u32 %v, tile; sub.u32 %a, %a, %v; add.u32 %a, %a, 256; bra L;\nE:\n";
  }
  void checkLoad(uint64_t seed = 0) {
    KernelRun run(ptx(loadText() + copyText(false, bytes())));
    prepare(run).seed(seed).clean();
    int wrong = 0;
    forEachElement([&](uint32_t dense, int64_t index) {
      uint16_t value = 0;
      std::memcpy(&value, raw.data() + place(dense), 2);
      wrong += value != (index >= 0 ? tensor[static_cast<size_t>(index)] : spec.nan_fill ? 0x7fff : 0);
    });
    REQUIRE(wrong == 0);
  }
};

} // namespace

TEST_CASE("im2col loads walk the filter through width, height, depth and images") {
  for (uint64_t seed : {0, 1, 2}) {
    Image line({16, 9, 3, 1, 1}, 3); // NWC, a filter of 3 with padding 1
    line.spec.im2col = {{-1, 0, 0}, {-1, 0, 0}, 8, 20};
    line.start = {8, 2, 0};
    for (uint32_t offset : {0u, 1u, 2u}) {
      line.offsets = {offset};
      line.checkLoad(seed);
    }
    Image plane({32, 9, 14, 4, 1}, 4); // NHWC, the ISA's first example with fewer channels
    plane.spec.im2col = {{-1, -1, 0}, {-1, -1, 0}, 8, 64};
    plane.start = {0, 7, 7, 2};
    plane.offsets = {0, 0};
    plane.checkLoad(seed);
    plane.offsets = {2, 1};
    plane.checkLoad(seed);
    Image body({8, 5, 4, 3, 3}, 5); // NDHWC
    body.spec.im2col = {{0, -1, -1}, {-2, -1, -1}, 8, 100};
    body.start = {0, 1, -1, 0, 0};
    body.offsets = {2, 1, 0};
    body.checkLoad(seed);
  }
}

TEST_CASE("im2col loads fill what lies outside, in steps of the stride, swizzled") {
  Image image({24, 8, 14, 3, 1}, 4); // the ISA's example of strides
  image.spec.element_strides = {1, 2, 2, 1, 1};
  image.spec.im2col = {{-1, -1, 0}, {-1, -1, 0}, 16, 32};
  image.start = {16, -1 + 6, 5, 1}; // channels 24 and up do not exist
  image.offsets = {1, 1};
  image.spec.nan_fill = true;
  for (uint32_t swizzle : {0u, 32u, 128u}) {
    image.spec.swizzle = swizzle;
    image.checkLoad();
  }
  // More pixels than the batch has.
  image.start = {0, 1, 1, 2};
  image.spec.im2col->pixels = 120;
  image.checkLoad();
}

TEST_CASE("im2col stores write the pixels that exist") {
  Image image({16, 5, 4, 3, 1}, 4);
  image.spec.im2col = {{0, 0, 0}, {0, 0, 0}, 8, 30};
  image.start = {8, 3, 2, 1};
  for (size_t i = 0; i < image.raw.size(); ++i) image.raw[i] = static_cast<uint8_t>(i * 5 + i / 256);
  std::vector<uint16_t> expected = image.tensor;
  image.forEachElement([&](uint32_t dense, int64_t index) {
    if (index >= 0) std::memcpy(&expected[static_cast<size_t>(index)], image.raw.data() + dense * 2, 2);
  });
  KernelRun run(
      ptx(Image::copyText(true, image.bytes()) +
          "fence.proxy.async;\nbar.sync 0;\n@%first cp.async.bulk.tensor.4d.global.shared::cta.im2col_no_offs."
          "bulk_group [%map, {%c0, %c1, %c2, %c3}], [tile];\n@%first cp.async.bulk.commit_group;\n@%first "
          "cp.async.bulk.wait_group.read 0;\n"));
  image.prepare(run).clean();
  REQUIRE(image.tensor == expected);
}

TEST_CASE("maps and copies of im2col must fit") {
  Image image({16, 9, 14, 2, 1}, 4);
  image.spec.im2col = {{-1, -1, 0}, {-1, -1, 0}, 8, 16};
  auto broken = [&](auto change) {
    TensorMapSpec spec = image.spec;
    spec.address = 0x1000;
    change(spec);
    auto map = encode_tensor_map(spec);
    auto *message = std::get_if<std::string>(&map);
    return message ? *message : "accepted";
  };
  CHECK(broken([](TensorMapSpec &) {}) == "accepted");
  CHECK(broken([](TensorMapSpec &s) { s.rank = 2; }) == "im2col needs 3 to 5 dimensions, the map has 2");
  CHECK(broken([](TensorMapSpec &s) { s.im2col->channels = 264; }) == "264 channels per pixel, outside 1 to 256");
  CHECK(broken([](TensorMapSpec &s) { s.im2col->pixels = 1025; }) == "1025 pixels per column, outside 1 to 1024");
  CHECK(broken([](TensorMapSpec &s) { s.im2col->channels = 4; }) ==
        "a row of the box has 8 bytes, not a multiple of 16");
  CHECK(broken([](TensorMapSpec &s) { s.im2col->lower[1] = -129; }) ==
        "a corner of dimension 2 is -129, outside -128 to 127");
  CHECK(broken([](TensorMapSpec &s) { s.im2col->upper[0] = -10; }) ==
        "the bounding box of dimension 1 is empty: from -1 to -2");
  auto finding = [&](const std::string &body, const std::string &rule) {
    KernelRun run(ptx(body));
    return image.prepare(run).finding(rule);
  };
  std::string tiled = image.loadText("tile");
  tiled.replace(tiled.find("[bar], {%h0, %h1}"), 17, "[bar]");
  CHECK_THAT(finding(tiled, "tensor.map").message, Catch::Contains("is of im2col mode but the copy is tiled"));
  image.offsets = {3, 256};
  CHECK_THAT(finding(image.loadText(), "tensor.im2col_offset").message,
             Catch::Contains("offset 1 is 256, not below 256"));
  image.offsets = {};
  image.spec.im2col.reset();
  image.spec.box = {8, 4, 4, 1, 1};
  std::string load =
      "@%first cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [tile], "
      "[%map, {%c0, %c1, %c2, %c3}], [bar], {%h0, %h1};\n";
  CHECK_THAT(finding(load, "tensor.map").message, Catch::Contains("is of tiled mode but the copy is im2col"));
}

TEST_CASE("malformed im2col copies") {
  auto refusal = [](const std::string &instruction) {
    auto parsed = Module::parse(ptx(instruction + "\n"), "test.ptx");
    auto *error = std::get_if<ParseError>(&parsed);
    return error ? error->message : "";
  };
  std::string load = "cp.async.bulk.tensor.", way = "d.shared::cluster.global.",
              done = ".mbarrier::complete_tx::bytes ";
  std::string four = "[tile], [%map, {0, 0, 0, 0}], [bar]";
  CHECK(refusal(load + "4" + way + "im2col" + done + four + ", {%h0, %h1};").empty());
  CHECK(refusal(load + "4" + way + "im2col" + done.substr(0, done.size() - 1) + ".multicast::cluster " + four +
                ", {%h0, %h1}, %h2;")
            .empty());
  CHECK(refusal("cp.async.bulk.prefetch.tensor.4d.L2.global.im2col [%map, {0, 0, 0, 0}], {%h0, %h1};").empty());
  CHECK(refusal("cp.reduce.async.bulk.tensor.4d.global.shared::cta.add.im2col_no_offs.bulk_group [%map, {0, 0, 0, 0}], "
                "[tile];")
            .empty());
  CHECK_THAT(refusal(load + "4" + way + "im2col" + done + four + ", {%h0};"), Catch::Contains("has 1 im2col offsets"));
  CHECK_THAT(refusal(load + "2" + way + "im2col" + done + "[tile], [%map, {0, 0}], [bar], {};"),
             Catch::Contains("has too few dimensions"));
  CHECK_THAT(refusal(load + "4" + way + "im2col_no_offs" + done + four + ";"), Catch::Contains("has the wrong mode"));
  CHECK_THAT(refusal(load + "4" + way + "im2col::w" + done + four + ", {%h0, %h1};"),
             Catch::Contains("mode .im2col::w before sm_100"));
  CHECK_THAT(refusal("cp.async.bulk.tensor.4d.global.shared::cta.im2col.bulk_group [%map, {0, 0, 0, 0}], [tile], {%h0, "
                     "%h1};"),
             Catch::Contains("has the wrong mode"));
}
