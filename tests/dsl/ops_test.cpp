// Every operation of the language and the op it becomes.
#include "support.hpp"

using namespace tw;
using namespace dsl_test;

namespace {

/// The ops of an expression over a tile of T, {8, 16}.
template <class T, class Body> std::string over(Body body) {
  return traced<Tensor<T, 2>>([&](auto a) {
    const Tile<T> x = a.tile_at({0, 0}, 8, 16);
    body(x);
  });
}

} // namespace

TEST_CASE("arithmetic takes its op from the element type") {
  CHECK(contains(over<f32>([](auto &x) { x + x; }), "arith.addf %3, %3 : tensor<8x16xf32>"));
  CHECK(contains(over<i32>([](auto &x) { x + x; }), "arith.addi %3, %3 : tensor<8x16xi32>"));
  CHECK(contains(over<f16>([](auto &x) { x - 1; }), "arith.subf"));
  CHECK(contains(over<u8>([](auto &x) { 1 - x; }), "arith.subi %5, %3 : tensor<8x16xi8>"));
  CHECK(contains(over<bf16>([](auto &x) { x * 2; }), "arith.mulf"));
  CHECK(contains(over<f64>([](auto &x) { x / 2; }), "arith.divf"));
  CHECK(contains(over<i32>([](auto &x) { x / 2; }), "arith.divsi"));
  CHECK(contains(over<u32>([](auto &x) { x / 2; }), "arith.divui"));
  CHECK(contains(over<i32>([](auto &x) { x % 2; }), "arith.remsi"));
  CHECK(contains(over<u32>([](auto &x) { x % 2; }), "arith.remui"));
  CHECK(contains(over<f32>([](auto &x) { -x; }), "arith.negf"));
  CHECK(contains(over<i32>([](auto &x) { -x; }), "arith.subi"));
  CHECK(contains(over<i32>([](auto &x) { (x & 3) | (x ^ 1); }), "arith.ori"));
  CHECK(contains(over<i32>([](auto &x) { x << 3; }), "arith.shli"));
  CHECK(contains(over<i32>([](auto &x) { x >> 3; }), "arith.shrsi"));
  CHECK(contains(over<u32>([](auto &x) { x >> 3; }), "arith.shrui"));
  CHECK(contains(over<u16>([](auto &x) { ~x; }), "dense<-1> : tensor<8x16xi16>"));
}

TEST_CASE("comparisons are ordered for floats and take the sign of integers") {
  CHECK(contains(over<f32>([](auto &x) { x < 1; }), "arith.cmpf olt, %3, %5 : tensor<8x16xf32>"));
  CHECK(contains(over<f32>([](auto &x) { x != 1; }), "arith.cmpf une"));
  CHECK(contains(over<f32>([](auto &x) { x == x; }), "arith.cmpf oeq"));
  CHECK(contains(over<i32>([](auto &x) { x >= 1; }), "arith.cmpi sge"));
  CHECK(contains(over<u32>([](auto &x) { x > 1; }), "arith.cmpi ugt"));
  CHECK(contains(over<u32>([](auto &x) { 1 <= x; }), "arith.cmpi ule"));
  CHECK(contains(over<boolean>([](auto &x) { x == true; }), "arith.cmpi eq"));
  CHECK(contains(over<boolean>([](auto &x) { ~x; }), "dense<true> : tensor<8x16xi1>"));
}

TEST_CASE("functions") {
  CHECK(contains(over<f32>([](auto &x) { exp(x); }), "math.exp %3 : tensor<8x16xf32>"));
  CHECK(contains(over<f32>([](auto &x) { exp2(x); }), "math.exp2 "));
  CHECK(contains(over<f32>([](auto &x) { log(x); }), "math.log "));
  CHECK(contains(over<f32>([](auto &x) { log2(x); }), "math.log2 "));
  CHECK(contains(over<f32>([](auto &x) { sqrt(x); }), "math.sqrt "));
  CHECK(contains(over<f32>([](auto &x) { rsqrt(x); }), "math.rsqrt "));
  CHECK(contains(over<f32>([](auto &x) { tanh(x); }), "math.tanh "));
  CHECK(contains(over<f32>([](auto &x) { erf(x); }), "math.erf "));
  CHECK(contains(over<f32>([](auto &x) { abs(x); }), "math.absf "));
  CHECK(contains(over<i32>([](auto &x) { abs(x); }), "math.absi "));
  CHECK_FALSE(contains(over<u32>([](auto &x) { abs(x); }), "math.abs"));
  CHECK(contains(over<f32>([](auto &x) { max(x, 0); }), "arith.maximumf "));
  CHECK(contains(over<f32>([](auto &x) { min(1.5, x); }), "arith.minimumf "));
  CHECK(contains(over<i8>([](auto &x) { max(x, x); }), "arith.maxsi "));
  CHECK(contains(over<u8>([](auto &x) { min(x, 3); }), "arith.minui "));
  CHECK(contains(over<f32>([](auto &x) { fma(x, 2, x); }), "math.fma %3, %5, %3 : tensor<8x16xf32>"));
  CHECK(contains(over<f32>([](auto &x) { select(x > 0, x, -1); }),
                 "arith.select %6, %3, %7 : tensor<8x16xi1>, tensor<8x16xf32>"));
}

TEST_CASE("activations are built from the functions") {
  std::string silu_text = over<f32>([](auto &x) { silu(x); });
  CHECK(contains(silu_text, "arith.negf %3"));
  CHECK(contains(silu_text, "math.exp"));
  CHECK(contains(silu_text, "arith.divf"));
  CHECK(contains(silu_text, "arith.mulf %3, "));
  CHECK(contains(over<f32>([](auto &x) { sigmoid(x); }), "arith.divf"));
  CHECK(contains(over<f32>([](auto &x) { gelu(x); }), "math.erf"));
  CHECK(contains(over<f32>([](auto &x) { relu(x); }), "arith.maximumf"));
}

TEST_CASE("scalars have the same operators and functions") {
  std::string text = traced<Scalar<f32>>([](Scalar<f32> s) {
    var<f32> x = s * 2;
    x -= 1;
    x = select(x > s, exp(x), max(x, 0.5));
  });
  CHECK(contains(text, "arith.mulf %0, %1 : f32"));
  CHECK(contains(text, "math.exp %g"));
  CHECK(contains(text, "arith.maximumf %g"));
  CHECK(contains(text, "arith.select %"));
  CHECK(contains(line_with(text, "arith.select"), " : f32"));
}

TEST_CASE("a scalar meets a tile as a splat, an index as an integer") {
  std::string text = traced([](auto a) {
    for (Index i : range(4)) {
      Tile<i32> ramp = iota({8, 16}, axis{1}) + i * 16;
      Value<f32> s = cast<f32>(i);
      Tile<f32> x = full<f32>({8, 16}, s) * s;
      when(i < a.rows(), [&] { x = ramp.extent(0); });
    }
  });
  CHECK(contains(text, "tile.iota {axis = 1 : i64} : tensor<8x16xi32>"));
  CHECK(contains(text, "arith.index_cast %"));
  CHECK(contains(text, "tile.splat %"));
  CHECK(contains(text, "i64 -> f32"));
}

TEST_CASE("extents broadcast, aligned at the last axis") {
  std::string row = over<f32>([](auto &x) { x - reduce_max(x, axis{1}); });
  CHECK(contains(row, "tile.broadcast %5 : tensor<8x1xf32> -> tensor<8x16xf32>"));
  std::string vector = over<f32>([](auto &x) { zeros<f32>(16) + x; });
  CHECK(contains(vector, "tile.reshape %5 : tensor<16xf32> -> tensor<1x16xf32>"));
  CHECK(contains(vector, "tile.broadcast %6 : tensor<1x16xf32> -> tensor<8x16xf32>"));
  std::string both = over<f32>([](auto &x) { reduce_sum(x, axis{0}) * reduce_sum(x, axis{1}); });
  CHECK(count(both, "tile.broadcast") == 2);
}

TEST_CASE("reductions keep the axis with extent one") {
  CHECK(
      contains(over<f32>([](auto &x) { reduce_sum(x, axis{1}); }),
               "tile.reduce %3 {axis = 1 : i64, kind = #tile.reduce_kind<sum>} : tensor<8x16xf32> -> tensor<8x1xf32>"));
  CHECK(contains(over<f32>([](auto &x) { reduce_min(x, axis{0}); }), "kind = #tile.reduce_kind<min>"));
  CHECK(contains(over<u8>([](auto &x) { reduce_max(x, axis{0}); }), "kind = #tile.reduce_kind<max>, is_unsigned}"));
}

TEST_CASE("conversions say their signs") {
  CHECK(contains(over<f32>([](auto &x) { cast<bf16>(x); }), "tile.cast %3 : tensor<8x16xf32> -> tensor<8x16xbf16>"));
  CHECK(contains(over<u8>([](auto &x) { cast<f32>(x); }), "tile.cast %3 {from_unsigned} :"));
  CHECK(contains(over<f32>([](auto &x) { cast<u8>(x); }), "tile.cast %3 {to_unsigned} :"));
  CHECK(contains(over<u8>([](auto &x) { cast<u32>(x); }), "{from_unsigned, to_unsigned}"));
  CHECK_FALSE(contains(over<f32>([](auto &x) { cast<tf32>(x); }), "tile.cast"));
  CHECK(contains(traced<Scalar<u32>>([](Scalar<u32> n) { to_index(n); }), "arith.index_castui %0 : i32 to index"));
}

TEST_CASE("transpose and reshape") {
  CHECK(contains(over<f32>([](auto &x) { transpose(x); }),
                 "tile.transpose %3 {permutation = array<i64: 1, 0>} : tensor<8x16xf32> -> tensor<16x8xf32>"));
  CHECK(contains(over<f32>([](auto &x) {
                   reshape(x, {1, 8, 16});
                 }),
                 "tile.reshape %3 : tensor<8x16xf32> -> tensor<1x8x16xf32>"));
}

TEST_CASE("products choose accumulator and flags from the element types") {
  CHECK(contains(over<bf16>([](auto &x) { dot(x, transposed(x)); }),
                 "{transpose_b} : tensor<8x16xbf16>, tensor<8x16xbf16>, tensor<8x8xf32>"));
  CHECK(contains(over<f64>([](auto &x) { dot(transposed(x), x); }),
                 "{transpose_a} : tensor<8x16xf64>, tensor<8x16xf64>, tensor<16x16xf64>"));
  CHECK(contains(over<tf32>([](auto &x) { dot(x, transposed(x)); }), "{transpose_b, tf32}"));
  CHECK(contains(over<u8>([](auto &x) { dot(x, transposed(cast<i8>(x))); }),
                 "{transpose_b, unsigned_a} : tensor<8x16xi8>, tensor<8x16xi8>, tensor<8x8xi32>"));
  CHECK(contains(over<e4m3>([](auto &x) { dot(x, transposed(x), zeros<f32>(8, 8)); }), "tensor<8x16xf8E4M3FN>"));
}

TEST_CASE("shared buffers enter products as themselves, and mma accumulates in place") {
  std::string text = traced<Tensor<f16, 2>>([](auto a) {
    shared<f16> s("s", 16, 32);
    copy(a.tile_at({0, 0}, 16, 32), s);
    fragment<f32> acc(16, 16);
    clear(acc);
    mma(s, transposed(s), acc);
  });
  CHECK(contains(text, "tile.alloc {name = \"s\"} : !tile.buffer<16x32xf16, shared>"));
  CHECK(contains(text, "tile.copy %0[%2, %3] to %1 : !tile.global<?x?xf16> to !tile.buffer<16x32xf16, shared>"));
  CHECK(contains(text, "tile.dot %1, %1, %g0 {transpose_b} : !tile.buffer<16x32xf16, shared>, !tile.buffer<16x32xf16, "
                       "shared>, tensor<16x16xf32>"));
  CHECK(count(text, "tile.set") == 2);
}

TEST_CASE("copies between all places") {
  std::string text = traced([](auto a) {
    auto place = a.tile_at({0, 0}, 8, 8);
    shared<f32> s(8, 8), t(8, 8);
    fragment<f32> f(8, 8);
    copy(place, s);
    copy(s, t);
    copy(t, f);
    copy(f, s);
    copy(s, place);
    copy(f, place);
    copy(place, f);
    clear(t);
    t = f;
  });
  CHECK(count(text, "tile.copy") == 3);
  CHECK(count(text, "tile.read") == 1);
  CHECK(count(text, "tile.write") == 3);
  CHECK(count(text, "tile.store") == 1);
  CHECK(count(text, "tile.load") == 1);
}

TEST_CASE("index arithmetic") {
  std::string text = traced([](auto a) {
    Index n = a.rows();
    Index m = ceil_div(n * 3 + 1 - n % 5, 7) / 2;
    min(max(m, 1), n);
  });
  for (const char *op : {"arith.muli", "arith.addi", "arith.remsi", "arith.subi", "arith.ceildivui", "arith.divsi",
                         "arith.maxsi", "arith.minsi"})
    CHECK(contains(text, op));
}
