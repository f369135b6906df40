// Products by wgmma at all pairs of sizes, with types, warps, stages, persistence, clusters and timings in turn.
#include "hopper_products.hpp"

using namespace execution;

namespace {

const std::vector<std::int64_t> extents = {1, 8, 63, 64, 65, 128, 192, 200, 257, 1024};

/// One row of the covering array. Types other than f16 and bf16 want K contiguous, so all rows have a row major and b
/// stored as N x K.
void check_row(std::size_t i, std::size_t j) {
  const Case size{extents[i], extents[j], extents[(i + j) % extents.size()]};
  auto options = hopper();
  options.schedule.warps = (3 * i + j) % 2 ? 8 : 4;
  options.schedule.stages = static_cast<int>(2 + (i + 3 * j) % 5);
  options.schedule.persistent = (i + j / 2) % 2 == 0;
  options.schedule.cluster = 1 + static_cast<int>((i / 2 + j) % 2);
  const std::uint64_t seed = (5 * i + j) % 16;
  CAPTURE(options.schedule.warps, options.schedule.stages, *options.schedule.persistent, options.schedule.cluster);
  switch ((i + 2 * j) % 5) {
  case 0:
    return hopper_products(ElementType::bf16, ElementType::f32,
                           Gemm<tw::bf16, tw::f32, tw::f32>{128, 64, 64, false, true}, {size}, options, seed);
  case 1:
    return hopper_products(ElementType::f16, ElementType::f32,
                           Gemm<tw::f16, tw::f32, tw::f32>{128, 64, 64, false, true}, {size}, options, seed);
  case 2:
    return hopper_products(ElementType::f32, ElementType::f32,
                           Gemm<tw::tf32, tw::f32, tw::f32>{128, 64, 32, false, true}, {size}, options, seed);
  case 3:
    return hopper_products(ElementType::i8, ElementType::i32, Gemm<tw::i8, tw::i32, tw::i32>{128, 64, 128, false, true},
                           {size}, options, seed);
  default:
    return hopper_products(ElementType::e4m3, ElementType::f32,
                           Gemm<tw::e4m3, tw::f32, tw::f32>{128, 64, 128, false, true}, {size}, options, seed);
  }
}

} // namespace

TEST_CASE("every pair of M, N and K") {
  for (std::size_t i = 0; i < extents.size(); ++i)
    for (std::size_t j = 0; j < extents.size(); ++j) check_row(i, j);
}

TEST_CASE("every N of wgmma") {
  for (int n = 8; n <= 256; n += 8) {
    CAPTURE(n);
    hopper_products(ElementType::bf16, ElementType::f32, Gemm<tw::bf16, tw::f32, tw::f32>{64, n, 64}, {{72, n + 8, 72}},
                    hopper(), static_cast<std::uint64_t>(n / 8 % 16));
  }
}
