// wmma of types that CUDA C++ seldom uses, against plain loops, and malformed wmma instructions.
#include "kernel_run.hpp"
#include "ops/small_float.hpp"

using namespace tw::emu;
using namespace tw::emu::test;

namespace {

std::string refused(const std::string &instruction) {
  auto parsed = Module::parse(
      kernel(".param .u64 p0", ".reg .b64 %rd; .reg .b32 %r<17>; .reg .f32 %f<17>; .reg .f64 %d<9>;\n" + instruction),
      "bad.ptx");
  REQUIRE(std::holds_alternative<ParseError>(parsed));
  return std::get<ParseError>(parsed).message;
}

const std::string kHead = ".reg .b64 %a, %b, %c; .reg .b32 %x<9>, %y<9>; .reg .f32 %f<9>; .reg .f64 %p, %q, %d<3>;\n"
                          "ld.param.u64 %a, [p0]; ld.param.u64 %b, [p1]; ld.param.u64 %c, [p2];\n";
const std::string kF8 = "{%f0, %f1, %f2, %f3, %f4, %f5, %f6, %f7}";

template <class T, class D> void run(const std::string &body, std::vector<T> &a, std::vector<T> &b, std::vector<D> &c) {
  KernelRun(kernel(".param .u64 p0, .param .u64 p1, .param .u64 p2", kHead + body + "ret;"))
      .buffer(a)
      .buffer(b)
      .buffer(c)
      .block(32)
      .clean();
}

} // namespace

TEST_CASE("wmma of doubles, dense and column-major") {
  std::vector<double> a(32), b(32), c(64), start;
  for (int i = 0; i < 32; ++i) a[i] = i - 9, b[i] = 3 - i % 7;
  for (int i = 0; i < 64; ++i) c[i] = i;
  start = c;
  run("wmma.load.a.sync.aligned.row.m8n8k4.global.f64 {%p}, [%a];\nwmma.load.b.sync.aligned.col.m8n8k4.global.f64 "
      "{%q}, [%b];\n"
      "wmma.load.c.sync.aligned.col.m8n8k4.global.f64 {%d0, %d1}, [%c];\n"
      "wmma.mma.sync.aligned.row.col.m8n8k4.rn.f64.f64.f64.f64 {%d0, %d1}, {%p}, {%q}, {%d0, %d1};\n"
      "wmma.store.d.sync.aligned.col.m8n8k4.global.f64 [%c], {%d0, %d1};\n",
      a, b, c);
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j) {
      double sum = start[j * 8 + i];
      for (int k = 0; k < 4; ++k) sum += a[i * 4 + k] * b[j * 4 + k];
      REQUIRE(c[j * 8 + i] == sum);
    }
}

TEST_CASE("wmma of bf16 in a wide shape, with a stride") {
  std::vector<uint16_t> a(8 * 20), b(16 * 32);
  std::vector<float> c(8 * 32);
  auto bf = [](int x) { return static_cast<uint16_t>(narrow(kBf16, x, Rounding::NearestEven)); };
  for (size_t i = 0; i < a.size(); ++i) a[i] = bf(static_cast<int>(i % 5) - 2);
  for (size_t i = 0; i < b.size(); ++i) b[i] = bf(static_cast<int>(i % 7) - 3);
  std::string zero;
  for (int i = 0; i < 8; ++i) zero += "mov.f32 %f" + std::to_string(i) + ", 0f3f800000;\n";
  run(zero +
          "mov.u32 %x8, 20;\nwmma.load.a.sync.aligned.row.m8n32k16.bf16 {%x0, %x1}, [%a], %x8;\n"
          "wmma.load.b.sync.aligned.row.m8n32k16.bf16 {%y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7}, [%b], 32;\n"
          "wmma.mma.sync.aligned.row.row.m8n32k16.f32.bf16.bf16.f32 " +
          kF8 + ", {%x0, %x1}, {%y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7}, " + kF8 +
          ";\nwmma.store.d.sync.aligned.row.m8n32k16.f32 [%c], " + kF8 + ", 32;\n",
      a, b, c);
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 32; ++j) {
      double sum = 1;
      for (int k = 0; k < 16; ++k) sum += widen(kBf16, a[i * 20 + k]) * widen(kBf16, b[k * 32 + j]);
      REQUIRE(c[i * 32 + j] == sum);
    }
}

TEST_CASE("wmma of elements of less than a byte") {
  // Eight rows of 32 bits of k, padded to `stride` elements.
  auto product = [](const std::string &type, const std::string &operation, int bits, int k, auto term) {
    int stride = k + 32, words = 8 * stride * bits / 32;
    std::vector<uint32_t> a(words), b(words);
    std::vector<int> c(64), start;
    uint32_t x = 12345;
    for (uint32_t *word = a.data(); word != a.data() + words; ++word) *word = x = x * 1664525 + 1013904223;
    for (uint32_t &word : b) word = x = x * 1664525 + 1013904223;
    for (int i = 0; i < 64; ++i) c[i] = i - 5;
    start = c;
    std::string shape = "m8n8k" + std::to_string(k), ld = ", " + std::to_string(stride) + ";\n";
    run("wmma.load.a.sync.aligned.row." + shape + ".global." + type + " {%x0}, [%a]" + ld +
            "wmma.load.b.sync.aligned.col." + shape + ".global." + type + " {%x1}, [%b]" + ld +
            "wmma.load.c.sync.aligned.col." + shape + ".global.s32 {%x2, %x3}, [%c];\nwmma.mma" + operation +
            ".sync.aligned.row.col." + shape + ".s32." + type + "." + type +
            ".s32 {%x2, %x3}, {%x0}, {%x1}, {%x2, %x3};\nbar.warp.sync -1;\nwmma.store.d.sync.aligned.row." + shape +
            ".global.s32 [%c], {%x2, %x3}, 8;\n",
        a, b, c);
    auto element = [&](const std::vector<uint32_t> &m, int row, int at) {
      int bit = (row * stride + at) * bits;
      return m[bit / 32] >> bit % 32 & ((1u << bits) - 1);
    };
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < 8; ++j) {
        int sum = start[j * 8 + i];
        for (int e = 0; e < k; ++e) sum += term(element(a, i, e), element(b, j, e));
        REQUIRE(c[i * 8 + j] == sum);
      }
  };
  auto sign = [](uint32_t x) { return static_cast<int>(x ^ 8) - 8; };
  product("s4", "", 4, 32, [&](uint32_t p, uint32_t q) { return sign(p) * sign(q); });
  product("u4", "", 4, 32, [](uint32_t p, uint32_t q) { return static_cast<int>(p * q); });
  product("b1", ".xor.popc", 1, 128, [](uint32_t p, uint32_t q) { return static_cast<int>(p ^ q); });
  product("b1", ".and.popc", 1, 128, [](uint32_t p, uint32_t q) { return static_cast<int>(p & q); });
}

TEST_CASE("wmma by some lanes is misuse") {
  std::vector<double> a(32);
  Finding f =
      KernelRun(kernel(".param .u64 p0", ".reg .b64 %a; .reg .f64 %p; .reg .pred %q; .reg .b32 %t;\nld.param.u64 "
                                         "%a, [p0]; mov.u32 %t, %tid.x; setp.lt.u32 %q, %t, 9;\n@%q "
                                         "wmma.load.a.sync.aligned.row.m8n8k4.global.f64 {%p}, [%a];\nret;"))
          .buffer(a)
          .block(32)
          .finding("matrix.lanes");
  REQUIRE(f.kind == FindingKind::Misuse);
}

TEST_CASE("malformed wmma") {
  REQUIRE_THAT(refused("wmma.load.a.aligned.row.m16n16k16.f16 {%r0}, [%rd];"), Catch::Contains("and .sync.aligned"));
  REQUIRE_THAT(refused("wmma.load.a.sync.aligned.row.f16 {%r0}, [%rd];"), Catch::Contains("has no shape"));
  REQUIRE_THAT(refused("wmma.load.d.sync.aligned.row.m8n8k4.f64 {%d0}, [%rd];"), Catch::Contains("takes a, b or c"));
  REQUIRE_THAT(refused("wmma.store.a.sync.aligned.row.m8n8k4.f64 [%rd], {%d0};"), Catch::Contains("takes a, b or c"));
  REQUIRE_THAT(refused("wmma.load.a.sync.aligned.m8n8k4.f64 {%d0}, [%rd];"),
               Catch::Contains("needs a layout and one type"));
  REQUIRE_THAT(refused("wmma.load.a.sync.aligned.row.m8n8k8.f64 {%d0}, [%rd];"),
               Catch::Contains("wmma of shape m8n8k8"));
  REQUIRE_THAT(refused("wmma.load.a.sync.aligned.row.m8n8k64.s4 {%r0}, [%rd];"), Catch::Contains("with '.s4'"));
  REQUIRE_THAT(refused("wmma.load.a.sync.aligned.col.m8n8k32.s4 {%r0}, [%rd];"),
               Catch::Contains("wmma of '.s4' with this layout"));
  REQUIRE_THAT(refused("wmma.load.b.sync.aligned.row.m8n8k128.b1 {%r0}, [%rd];"),
               Catch::Contains("wmma of '.b1' with this layout"));
  REQUIRE_THAT(refused("wmma.mma.sync.aligned.col.row.m8n8k32.s32.s4.s4.s32 {%r0, %r1}, {%r2}, {%r3}, {%r0, %r1};"),
               Catch::Contains("wmma.mma of '.s4' with these layouts"));
  REQUIRE_THAT(refused("wmma.mma.sync.aligned.row.col.m8n8k128.s32.b1.b1.s32 {%r0, %r1}, {%r2}, {%r3}, {%r0, %r1};"),
               Catch::Contains("this bit operation of wmma.mma"));
  REQUIRE_THAT(refused("wmma.load.a.sync.aligned.row.m8n8k4.f64 {%d0, %d1}, [%rd];"),
               Catch::Contains("has 2 registers, not 1"));
  REQUIRE_THAT(refused("wmma.load.a.sync.aligned.row.m8n8k4.local.f64 {%d0}, [%rd];"),
               Catch::Contains("wmma in this state space"));
  REQUIRE_THAT(refused("wmma.mma.sync.aligned.row.m8n8k4.f64.f64.f64.f64 {%d0, %d1}, {%d2}, {%d3}, {%d0, %d1};"),
               Catch::Contains("needs two layouts"));
  REQUIRE_THAT(refused("wmma.mma.sync.aligned.row.col.m8n8k4.f64.f64.f64 {%d0, %d1}, {%d2}, {%d3}, {%d0, %d1};"),
               Catch::Contains("needs two or four types"));
  REQUIRE_THAT(refused("wmma.mma.sync.aligned.row.col.m8n8k4.f64.f64.f64.f32 {%d0, %d1}, {%d2}, {%d3}, {%d0, %d1};"),
               Catch::Contains("this combination of types"));
}
