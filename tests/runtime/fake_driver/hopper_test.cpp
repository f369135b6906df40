// Tensor maps and clusters through device `cuda`: what a launch rule describes is what the kernel sees.
#include "fixture.hpp"

#include <cstring>

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

/// Each of two CTAs of a cluster copies a box of 16 rows and 8 columns, from column 8 and row 2 or 18 on, through
/// shared memory into its half of the output: the bytes as they lie, swizzled.
Artifact tile_artifact() {
  Artifact artifact = small_artifact();
  artifact.kernel = "tile";
  artifact.target = "sm_90a";
  artifact.cubin.clear();
  artifact.ptx = R"(.version 8.0
.target sm_90a
.address_size 64
.visible .entry tile(.param .align 64 .b8 map[128], .param .u64 out)
{
  .reg .b32 %r<9>; .reg .b64 %d<6>; .reg .pred %p<3>;
  .shared .align 1024 .b8 box[512]; .shared .align 8 .b64 bar;
  mov.b64 %d1, map; cvta.param.u64 %d1, %d1; ld.param.u64 %d2, [out];
  mov.u32 %r1, %tid.x; mov.u32 %r2, %cluster_ctarank; setp.eq.u32 %p1, %r1, 0;
  @%p1 mbarrier.init.shared.b64 [bar], 1;
  @%p1 fence.mbarrier_init.release.cluster;
  bar.sync 0;
  mov.u32 %r3, 8; shl.b32 %r4, %r2, 4; add.u32 %r4, %r4, 2;
  @%p1 mbarrier.arrive.expect_tx.shared.b64 _, [bar], 512;
  @%p1 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [box], [%d1, {%r3, %r4}], [bar];
W: mbarrier.try_wait.parity.shared.b64 %p2, [bar], 0;
  @!%p2 bra W;
  shl.b32 %r5, %r1, 2; mov.u32 %r6, box; add.u32 %r6, %r6, %r5; ld.shared.u32 %r7, [%r6];
  shl.b32 %r8, %r2, 9; add.u32 %r8, %r8, %r5; cvt.u64.u32 %d3, %r8; add.u64 %d4, %d2, %d3; st.global.u32 [%d4], %r7;
  ret;
}
)";
  TensorMapRule map;
  map.argument = 0;
  map.type = ElementType::f32;
  map.sizes = {size(0, 1), size(0, 0)};
  map.strides = {stride(0, 0) * 4};
  map.box = {8, 16};
  map.swizzle_bytes = 32;
  KernelRule kernel;
  kernel.entry = "tile";
  kernel.grid = {2, 1, 1};
  kernel.block = {128, 1, 1};
  kernel.cluster = {2, 1, 1};
  kernel.parameters = {{ParameterRule::Kind::tensor_map, 0, 0, 0, map}, {ParameterRule::Kind::address, 1}};
  artifact.rule.arguments = {{"a", ArgumentRule::Kind::tensor, ElementType::f32, {dynamic, dynamic}, {dynamic, 1}},
                             {"out", ArgumentRule::Kind::tensor, ElementType::f32, {2, 16, 8}, {128, 8, 1}}};
  artifact.rule.variants = {{"only", {}, 0, {kernel}}};
  return artifact;
}

std::vector<HostArgument> arguments(int rows, int columns) {
  return {make_argument("f32[" + std::to_string(rows) + "x" + std::to_string(columns) + "]:iota").value(),
          make_argument("f32[2x16x8]:nan").value()};
}

std::uint64_t encoded_maps() {
  void *library = ::dlopen(FAKE_DRIVER_PATH, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  return reinterpret_cast<std::uint64_t (*)()>(::dlsym(library, "fake_driver_encoded_maps"))();
}

} // namespace

TEST_CASE("a tensor map is built from its argument and read by a cluster") {
  FakeSettings settings("sm=90");
  const auto device = open_fake().value();
  for (const auto &[rows, columns] : {std::pair{40, 24}, std::pair{20, 12}}) {
    const RunOutcome outcome = run_artifact(*device, tile_artifact(), arguments(rows, columns), {}).value();
    const HostTensor &out = std::get<HostTensor>(outcome.arguments[1]);
    for (int block = 0; block < 2; ++block)
      for (int row = 0; row < 16; ++row)
        for (int column = 0; column < 8; ++column) {
          const int from_row = 2 + 16 * block + row, from_column = 8 + column;
          const bool inside = from_row < rows && from_column < columns;
          // Swizzle of 32 bytes: bit 4 of the byte address is flipped by bit 7.
          const int byte = (row * 32 + column * 4) ^ ((row * 32 >> 3) & 0x10);
          INFO(block << " " << row << " " << column);
          REQUIRE(out.at(block * 128 + byte / 4) == (inside ? from_row * columns + from_column : 0));
        }
  }
}

TEST_CASE("a map is encoded once for an address and a shape") {
  FakeSettings settings("sm=90");
  const auto device = open_fake().value();
  const Artifact artifact = tile_artifact();
  const auto kernel = device->load(artifact).value();
  const std::uint64_t a = device->allocate(64 * 64 * 4, "a").value(), out = device->allocate(1024, "out").value();
  device->copy_in(a, std::vector<std::byte>(64 * 64 * 4)).check();
  const auto launch = [&](std::uint64_t address, std::int64_t rows) {
    const std::vector<LaunchArgument> given = {DeviceTensor{ElementType::f32, address, {rows, 64}, {64, 1}},
                                               DeviceTensor{ElementType::f32, out, {2, 16, 8}, {128, 8, 1}}};
    device->launch(*kernel, plan_launch(artifact.rule, given).value(), {}).check();
  };
  const std::uint64_t before = encoded_maps();
  for (int i = 0; i < 3; ++i) launch(a, 64);
  CHECK(encoded_maps() == before + 1);
  launch(a, 63);
  launch(a + 256, 60);
  CHECK(encoded_maps() == before + 3);
  device->synchronize().check();
  device->free(a).check();
  device->free(out).check();
}

TEST_CASE("a map that the driver refuses is named") {
  FakeSettings settings("sm=90 fail=cuTensorMapEncodeTiled:1");
  const auto device = open_fake().value();
  const auto run = run_artifact(*device, tile_artifact(), arguments(40, 24), {});
  CHECK(fault_of(run).code == "cuda.CUDA_ERROR_INVALID_VALUE");
  check_says(fault_of(run), "encoding a tensor map of kernel 'tile' failed with CUDA_ERROR_INVALID_VALUE");
}

TEST_CASE("clusters need a GPU that has them") {
  const auto device = open_fake().value();
  Artifact artifact = scale_ptx_artifact();
  kernel_of(artifact).cluster = {2, 1, 1};
  const auto run = run_artifact(*device, artifact, scale_arguments(), {});
  CHECK(fault_of(run).code == "cuda.CUDA_ERROR_INVALID_VALUE");
}
