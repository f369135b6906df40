// All sizes of {1, 7, 16, 17, 63, 64, 65, 129}^3: 20 compiles serve 10240 products.
#include "gemm_check.hpp"

using namespace execution;

static std::vector<Case> allSizes() {
  const std::int64_t extents[] = {1, 7, 16, 17, 63, 64, 65, 129};
  std::vector<Case> sizes;
  for (std::int64_t m : extents)
    for (std::int64_t n : extents)
      for (std::int64_t k : extents) sizes.push_back({m, n, k});
  return sizes;
}

TEST_CASE("all products of bf16") {
  products<tw::bf16, tw::f32, tw::f32>(ElementType::bf16, ElementType::f32, allSizes());
}
TEST_CASE("all products of f16") {
  products<tw::f16, tw::f32, tw::f32>(ElementType::f16, ElementType::f32, allSizes());
}
TEST_CASE("all products of tf32") {
  products<tw::tf32, tw::f32, tw::f32>(ElementType::f32, ElementType::f32, allSizes());
}
TEST_CASE("all products of f32") {
  products<tw::f32, tw::f32, tw::f32>(ElementType::f32, ElementType::f32, allSizes());
}
TEST_CASE("all products of i8") { products<tw::i8, tw::i32, tw::i32>(ElementType::i8, ElementType::i32, allSizes()); }
