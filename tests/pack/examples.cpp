// The kernels of examples/ at the sizes of the demonstration and at odd ones.
#include "products.hpp"

#include "../../examples/kernels/attention.hpp"
#include "../../examples/kernels/matmul.hpp"
#include "../../examples/kernels/matmul_bias_silu.hpp"
#include "../../examples/kernels/matmul_staged.hpp"
#include "../../examples/kernels/row_softmax.hpp"
#include "../../examples/kernels/vector_add.hpp"

namespace pack {

using tw::rt::ElementType;

namespace {

const std::vector<std::string> targets = {"sm_80", "sm_90a"};

Case vector_add_case(std::int64_t n, bool quick) {
  // One rounded addition: the bits are the same everywhere.
  return {std::to_string(n),
          {spec(ElementType::f32, {n}, "normal", 1), spec(ElementType::f32, {n}, "normal", 2),
           spec(ElementType::f32, {n}, "nan")},
          {2},
          {},
          quick};
}

Case row_softmax_case(std::int64_t rows, std::int64_t columns, bool quick) {
  // Exponents reach 12, so an approximate exp2 of a rounded argument is wrong by up to 12 * 2^-23 of its value.
  return {size_text({rows, columns}),
          {spec(ElementType::f32, {rows, columns}, "normal", 1), spec(ElementType::f32, {rows, columns}, "nan")},
          {1},
          tw::rt::Tolerance{1e-9, 5e-6},
          quick};
}

Case bias_silu_case(std::int64_t m, std::int64_t n, std::int64_t k, bool quick) {
  // SiLU has a slope of at most 1.1; sigmoid in f32 adds a few units in the last place.
  tw::rt::Tolerance tolerance = sum_tolerance(k, ElementType::bf16);
  tolerance.absolute += 1e-6;
  return {size_text({m, n, k}),
          {spec(ElementType::bf16, {m, k}, "normal", 1), spec(ElementType::bf16, {k, n}, "normal", 2),
           spec(ElementType::f32, {n}, "normal", 3), spec(ElementType::bf16, {m, n}, "nan"), "0.125f32"},
          {3},
          tolerance,
          quick};
}

Case attention_case(std::int64_t rows, std::int64_t keys, bool quick) {
  // Weights and results are rounded to bf16: 2^-9 of each, and weights sum to one.
  auto matrix = [](std::int64_t length, const char *fill, int seed) {
    return spec(ElementType::bf16, {length, 64}, fill, seed);
  };
  return {size_text({rows, keys}),
          {matrix(rows, "normal", 1), matrix(keys, "normal", 2), matrix(keys, "normal", 3), matrix(rows, "nan", 4),
           "0.1803369f32"},
          {3},
          tw::rt::Tolerance{1e-2, 1e-2},
          quick};
}

} // namespace

std::vector<KernelCases> example_kernels() {
  const ProductForm form{ElementType::bf16, ElementType::bf16};
  const std::vector<ProductSize> sizes = {{1, 1, 1, "ints", true},  {7, 16, 17},
                                          {64, 128, 63, "ints"},    {129, 65, 1, "ints", true},
                                          {16, 8, 0, "ints", true}, {257, 129, 65, "normal"},
                                          {512, 512, 512, "normal"}};
  std::vector<KernelCases> kernels;
  kernels.push_back({"vector_add",
                     tw::trace(VectorAdd{}, {.name = "vector_add"}),
                     targets,
                     {vector_add_case(1, true), vector_add_case(5001, true), vector_add_case(100'000, false),
                      vector_add_case(1 << 22, false)}});
  kernels.push_back({"row_softmax",
                     tw::trace(RowSoftmax{}, {.name = "row_softmax"}),
                     targets,
                     {row_softmax_case(3, 1, true), row_softmax_case(9, 77, true), row_softmax_case(61, 1000, false),
                      row_softmax_case(4, 1024, false)}});
  kernels.push_back({"matmul", tw::trace(Matmul{}, {.name = "matmul"}), targets, product_cases(form, sizes)});
  for (auto [a, b, name] : {std::tuple(false, true, "nt"), std::tuple(true, false, "tn"), std::tuple(true, true, "tt")})
    kernels.push_back({std::string("matmul-") + name,
                       tw::trace(Matmul{.transpose_a = a, .transpose_b = b}, {.name = "matmul"}), targets,
                       product_cases({form.in, form.out, a, b},
                                     {{17, 63, 65, "ints", true}, {257, 129, 65, "normal"}, {128, 128, 512}})});
  // A block that two warpgroups share, with as many stages as fit.
  kernels.push_back({"matmul-256",
                     tw::trace(Matmul{.bm = 128, .bn = 256, .bk = 64}, {.name = "matmul"}),
                     {"sm_90a"},
                     product_cases(form, {{136, 264, 72, "ints", true}, {1024, 1024, 1024, "normal"}})});
  kernels.push_back({"flash_attention",
                     tw::trace(Attention{}, {.name = "attention"}),
                     targets,
                     {attention_case(200, 264, true), attention_case(512, 1024, false)}});
  kernels.push_back({"flash_attention-causal",
                     tw::trace(Attention{.causal = true}, {.name = "attention"}),
                     targets,
                     {attention_case(136, 136, true), attention_case(1000, 1000, false)}});
  kernels.push_back({"matmul-64", tw::trace(Matmul{.bm = 64}, {.name = "matmul"}), targets,
                     product_cases(form, {{65, 17, 129, "ints", true}, {64, 2112, 7168, "normal"}})});
  kernels.push_back(
      {"matmul_staged", tw::trace(MatmulStaged{}, {.name = "matmul_staged"}), targets, product_cases(form, sizes)});
  kernels.push_back(
      {"matmul_bias_silu",
       tw::trace(MatmulBiasSilu{}, {.name = "matmul_bias_silu"}),
       targets,
       {bias_silu_case(33, 65, 17, true), bias_silu_case(64, 128, 64, false), bias_silu_case(256, 320, 192, false)}});
  return kernels;
}

} // namespace pack
