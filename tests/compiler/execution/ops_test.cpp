// Every operation of levels 1 and 2 in the emitted code, against the evaluator.
#include "op_kernels.hpp"
#include "oracle.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace execution;
using namespace op_kernels;

namespace {

tilewright::CompileOptions ptxFor(const char *target) {
  tilewright::CompileOptions options;
  options.target = target;
  options.assemble = false;
  return options;
}
const tilewright::CompileOptions sm80 = ptxFor("sm_80");

} // namespace

TEST_CASE("maths on f32") {
  auto x = normals(ElementType::f32, {19, 70}, 1);
  for (int which = 0; which < Unary::count; ++which) {
    CAPTURE(which);
    agree(tw::trace(Unary{which}, {.name = "unary"}), {x, tensor(ElementType::f32, {19, 70})}, 1e-6, 1e-6, sm80);
  }
}

TEST_CASE("integers of every type") {
  auto check = [](auto kernel, ElementType type) {
    auto x = integers(type, {150}, 100, 1), y = integers(type, {150}, 7, 2);
    for (int i = 0; i < 150; ++i)
      if (y.at(i) == 0) y.set(i, 3);
    agree(tw::trace(kernel, {.name = "integers"}), {x, y, tensor(type, {150})}, 0, 0, sm80);
  };
  check(Integers<tw::i32>{}, ElementType::i32);
  check(Integers<tw::u32>{}, ElementType::u32);
  check(Integers<tw::i64>{}, ElementType::i64);
  check(Integers<tw::u64>{}, ElementType::u64);
  check(Integers<tw::i16>{}, ElementType::i16);
  check(Integers<tw::u16>{}, ElementType::u16);
  check(Integers<tw::i8>{}, ElementType::i8);
  check(Integers<tw::u8>{}, ElementType::u8);
}

TEST_CASE("casts from f32 and back") {
  auto x = tensor(ElementType::f32, {256});
  const double special[] = {0.0,  -0.0, 1.0,   -1.5,   447.0, 464.0, 465.0,    1e6,       -1e9,
                            3e38, 1e-7, 1e-40, 0.0625, 255.5, 300.0, INFINITY, -INFINITY, NAN};
  auto noise = normals(ElementType::f32, {256}, 5);
  for (int i = 0; i < 256; ++i) x.set(i, i < 18 ? special[i] : noise.at(i) * std::exp2(i % 24 - 12));
  for (const char *target : {"sm_80", "sm_89"}) {
    CAPTURE(target);
    auto options = ptxFor(target);
    auto check = [&](auto kernel, ElementType type) {
      agree(tw::trace(kernel, {.name = "round_trip"}), {x, tensor(type, {256}), tensor(ElementType::f32, {256})}, 0, 0,
            options);
    };
    check(RoundTrip<tw::f16>{}, ElementType::f16);
    check(RoundTrip<tw::bf16>{}, ElementType::bf16);
    check(RoundTrip<tw::e4m3>{}, ElementType::e4m3);
    check(RoundTrip<tw::e5m2>{}, ElementType::e5m2);
    check(RoundTrip<tw::i32>{}, ElementType::i32);
    check(RoundTrip<tw::u8>{}, ElementType::u8);
    check(RoundTrip<tw::i16>{}, ElementType::i16);
    check(RoundTrip<tw::f64>{}, ElementType::f64);
  }
}

TEST_CASE("reductions along both axes of tiles of any shape") {
  for (auto [rows, columns] : {std::pair(8, 32), std::pair(64, 64), std::pair(1, 100), std::pair(3, 5),
                               std::pair(128, 4), std::pair(2, 1024), std::pair(96, 24)})
    for (int axis : {0, 1})
      for (int kind : {0, 1, 2}) {
        CAPTURE(rows, columns, axis, kind);
        auto x = integers(ElementType::f32, {rows, columns}, 9, 1);
        auto y = axis ? tensor(ElementType::f32, {rows, 1}) : tensor(ElementType::f32, {1, columns});
        agree(tw::trace(Reduce{rows, columns, axis, kind}, {.name = "reduce"}),
              {x, y, tensor(ElementType::f32, {rows, columns})}, 0, 0, sm80);
      }
}

TEST_CASE("broadcast, reshape, transpose, iota") {
  for (auto [rows, columns] : {std::pair(16, 32), std::pair(8, 8), std::pair(24, 40), std::pair(3, 64)}) {
    CAPTURE(rows, columns);
    std::int64_t m = 2 * rows, n = 2 * columns;
    agree(tw::trace(Shapes{rows, columns}, {.name = "shapes"}),
          {integers(ElementType::f32, {m, n}, 9, 1), integers(ElementType::f32, {n}, 9, 2),
           integers(ElementType::f32, {m}, 9, 3), tensor(ElementType::f32, {n, m}), tensor(ElementType::i32, {m, n})},
          0, 0, sm80);
  }
}

TEST_CASE("shared buffers, fragments, variables, branches") {
  for (int limit : {0, 2, 5}) {
    CAPTURE(limit);
    agree(tw::trace(Buffers{}, {.name = "buffers"}),
          {integers(ElementType::f16, {40, 70}, 9, 1), tensor(ElementType::f16, {40, 70}),
           tensor(ElementType::f32, {40, 70}), tw::rt::Scalar::of_integer(ElementType::i32, limit)},
          0, 0, sm80);
  }
}

TEST_CASE("attention: products with a softmax between") {
  for (std::int64_t length : {64, 100, 200}) {
    CAPTURE(length);
    agree(tw::trace(Attention{}, {.name = "attention"}),
          {normals(ElementType::f16, {length, 64}, 1), normals(ElementType::f16, {length, 64}, 2),
           normals(ElementType::f16, {length, 64}, 3), tensor(ElementType::f32, {length, 64})},
          2e-3, 2e-3, sm80);
  }
}

TEST_CASE("products of f64, 8-bit floats and unsigned bytes") {
  auto check = [](auto kernel, ElementType in, ElementType out, const char *target) {
    CAPTURE(target);
    agree(tw::trace(kernel, {.name = "product"}),
          {integers(in, {40, 48}, 3, 1), integers(in, {48, 64}, 3, 2), tensor(out, {40, 64})}, 0, 0, ptxFor(target));
  };
  for (const char *target : {"sm_80", "sm_89", "sm_90a"}) {
    check(Product<tw::f64, tw::f64>{}, ElementType::f64, ElementType::f64, target);
    check(Product<tw::e4m3, tw::f32>{}, ElementType::e4m3, ElementType::f32, target);
    check(Product<tw::e5m2, tw::f32>{}, ElementType::e5m2, ElementType::f32, target);
    check(Product<tw::u8, tw::i32>{}, ElementType::u8, ElementType::i32, target);
  }
}

TEST_CASE("column-major and strided tensors") {
  auto check = [](auto kernel, std::vector<std::int64_t> a, std::vector<std::int64_t> c) {
    agree(tw::trace(kernel, {.name = "strided"}),
          {integers(ElementType::bf16, {40, 48}, 3, 1, a), integers(ElementType::bf16, {48, 64}, 3, 2),
           tensor(ElementType::f32, {40, 64}, c)},
          0, 0, sm80);
  };
  check(Strided<tw::ColumnMajor>{}, {1, 40}, {1, 40});
  check(Strided<tw::ColumnMajor>{}, {1, 47}, {1, 64});
  check(Strided<tw::AnyStrides>{}, {100, 2}, {3, 200});
}
