// Matrix products of every element type, transpose and odd size, on the emulator, against a triple loop.
#include "gemm_check.hpp"

using namespace execution;

const std::vector<Case> few = {{64, 64, 64}, {1, 1, 1}, {65, 17, 63}, {16, 129, 7}, {128, 64, 128}, {7, 64, 72}};

TEST_CASE("products of bf16") { products<tw::bf16, tw::f32, tw::f32>(ElementType::bf16, ElementType::f32, few); }
TEST_CASE("products of f16") { products<tw::f16, tw::f32, tw::f32>(ElementType::f16, ElementType::f32, few); }
TEST_CASE("products of tf32") { products<tw::tf32, tw::f32, tw::f32>(ElementType::f32, ElementType::f32, few); }
TEST_CASE("products of f32") { products<tw::f32, tw::f32, tw::f32>(ElementType::f32, ElementType::f32, few); }
TEST_CASE("products of i8") { products<tw::i8, tw::i32, tw::i32>(ElementType::i8, ElementType::i32, few); }
