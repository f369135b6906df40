// Launches of the wgmma kernels in cuda/hopper.cu.
#include "launches/launch_case.hpp"
#include "launches/matrix.hpp"

namespace tw::emu::test {

std::vector<LaunchCase> hopperCases() {
  std::vector<LaunchCase> cases;
  auto product = [&](const char *name, const Matrix &a, const Matrix &b, auto zero) {
    cases.push_back(
        LaunchCase("hopper", name).in(a.data).in(b.data).out(productOfRows<decltype(zero)>(a, b)).block(128));
  };
  product("wgmma_bf16", Matrix(64, 64, 2, asBf16), Matrix(16, 64, 2, asBf16), 0.0f);
  product("wgmma_tf32", Matrix(64, 32, 4, asTf32), Matrix(16, 32, 4, asTf32), 0.0f);
  product("wgmma_fp8", Matrix(64, 128, 1, asE4m3), Matrix(16, 128, 1, asE5m2), 0.0f);
  product("wgmma_int8", Matrix(64, 128, 1, asByte), Matrix(16, 128, 1, asByte, 0), 0);
  product("wgmma_registers", Matrix(64, 16, 2, asHalf), Matrix(16, 16, 2, asHalf), 0.0f);

  Matrix at(16, 64, 2, asBf16), bt(16, 16, 2, asBf16);
  cases.push_back(
      LaunchCase("hopper", "wgmma_transposed").in(at.data).in(bt.data).out(productOfColumns<float>(at, bt)).block(128));

  constexpr int tiles = 5;
  Matrix a(128, 64 * tiles, 2, asBf16), b(16, 64 * tiles, 2, asBf16), half(64, 64 * tiles, 2, asBf16);
  cases.push_back(LaunchCase("hopper", "wgmma_pipelined")
                      .in(half.data)
                      .in(b.data)
                      .out(productOfRows<float>(half, b))
                      .scalar(tiles)
                      .block(128)
                      .shared(2 * 10240));
  cases.push_back(LaunchCase("hopper", "wgmma_roles")
                      .in(a.data)
                      .in(b.data)
                      .out(productOfRows<float>(a, b))
                      .scalar(tiles)
                      .block(384)
                      .shared(2 * (16384 + 2048)));

  constexpr int turns = 8; // every stage of three is used again
  Matrix ra(128, 64 * turns, 2, asBf16), rb(128, 64 * turns, 2, asBf16);
  cases.push_back(LaunchCase("hopper", "wgmma_ring")
                      .in(swizzledTiles(ra))
                      .in(swizzledTiles(rb))
                      .out(productOfRows<float>(ra, rb))
                      .scalar(turns)
                      .scalar(128)
                      .block(384)
                      .shared(3 * 2 * 128 * 128));

  Matrix ga(64, 64, 2, asBf16), gb(16, 64, 2, asBf16);
  cases.push_back(LaunchCase("hopper", "wgmma_two_groups")
                      .in(ga.data)
                      .in(gb.data)
                      .out(productOfRows<float>(ga, gb, 0, 16))
                      .out(productOfRows<float>(ga, gb, 16, 32))
                      .block(128));
  return cases;
}

} // namespace tw::emu::test
