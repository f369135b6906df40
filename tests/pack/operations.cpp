// The operations of the language beside products, with the plain evaluator as reference.
#include "products.hpp"

#include "op_kernels.hpp"

namespace pack {

using tw::rt::ElementType;
using namespace op_kernels;

namespace {

const std::vector<std::string> targets = {"sm_80", "sm_90a"};

void add_maths(std::vector<KernelCases> &kernels) {
  const char *names[Unary::count] = {"exp",     "exp2", "log",  "log2", "sqrt",   "rsqrt",  "tanh", "erf",
                                     "sigmoid", "silu", "relu", "gelu", "select", "minmax", "fma"};
  for (int which = 0; which < Unary::count; ++which)
    kernels.push_back({std::string("maths-") + names[which],
                       tw::trace(Unary{which}, {.name = "unary"}),
                       {"sm_80"},
                       {{"19x70",
                         {spec(ElementType::f32, {19, 70}, "normal", 1), spec(ElementType::f32, {19, 70}, "nan")},
                         {1},
                         tw::rt::Tolerance{1e-6, 1e-6},
                         which % 4 == 0}}});
}

template <class T> void add_integers(std::vector<KernelCases> &kernels, ElementType type, int seed) {
  // The seed is one for which the divisor holds no zero.
  kernels.push_back({"integers-" + std::string(tw::rt::name_of(type)),
                     tw::trace(Integers<T>{}, {.name = "integers"}),
                     {"sm_80"},
                     {{"70",
                       {spec(type, {70}, "normal", 1), spec(type, {70}, "normal", seed), spec(type, {70}, "nan")},
                       {2},
                       {},
                       true}}});
}

template <class T> void add_cast(std::vector<KernelCases> &kernels, ElementType type) {
  kernels.push_back({"cast-" + std::string(tw::rt::name_of(type)),
                     tw::trace(RoundTrip<T>{}, {.name = "round_trip"}),
                     {"sm_80", "sm_89", "sm_90a"},
                     {{"2001",
                       {spec(ElementType::f32, {2001}, "normal", 1), spec(type, {2001}, "nan"),
                        spec(ElementType::f32, {2001}, "nan")},
                       {1, 2},
                       {},
                       true}}});
}

void add_reductions(std::vector<KernelCases> &kernels) {
  const char *names[] = {"sum", "max", "min"};
  for (auto [rows, columns] :
       {std::pair(8, 32), std::pair(64, 64), std::pair(3, 5), std::pair(2, 1024), std::pair(96, 24)})
    for (int axis : {0, 1})
      for (int kind : {0, 1, 2}) {
        const auto shape = {std::int64_t{rows}, std::int64_t{columns}};
        const auto reduced = {axis ? rows : std::int64_t{1}, axis ? std::int64_t{1} : columns};
        kernels.push_back({std::string("reduce-") + names[kind] + "-" + std::to_string(axis) + "-" + size_text(shape),
                           tw::trace(Reduce{rows, columns, axis, kind}, {.name = "reduce"}),
                           {"sm_80"},
                           {{size_text(shape),
                             {spec(ElementType::f32, shape, "ints", 1), spec(ElementType::f32, reduced, "nan"),
                              spec(ElementType::f32, shape, "nan")},
                             {1, 2},
                             {},
                             rows == 3}}});
      }
}

void add_shapes(std::vector<KernelCases> &kernels) {
  for (auto [rows, columns] : {std::pair(16, 32), std::pair(24, 40), std::pair(3, 64)}) {
    const std::int64_t m = 2 * rows, n = 2 * columns;
    kernels.push_back({"shapes-" + size_text({rows, columns}),
                       tw::trace(Shapes{rows, columns}, {.name = "shapes"}),
                       targets,
                       {{size_text({m, n}),
                         {spec(ElementType::f32, {m, n}, "ints", 1), spec(ElementType::f32, {n}, "ints", 2),
                          spec(ElementType::f32, {m}, "ints", 3), spec(ElementType::f32, {n, m}, "nan"),
                          spec(ElementType::i32, {m, n}, "nan")},
                         {3, 4},
                         {},
                         rows == 24}}});
  }
}

void add_buffers(std::vector<KernelCases> &kernels) {
  std::vector<Case> cases;
  for (const char *limit : {"0", "2", "5"})
    cases.push_back({std::string("40x70,") + limit,
                     {spec(ElementType::f16, {40, 70}, "ints", 1), spec(ElementType::f16, {40, 70}, "nan"),
                      spec(ElementType::f32, {40, 70}, "nan"), limit},
                     {1, 2},
                     {},
                     true});
  kernels.push_back({"buffers", tw::trace(Buffers{}, {.name = "buffers"}), targets, cases});
}

void add_attention(std::vector<KernelCases> &kernels) {
  std::vector<Case> cases;
  for (std::int64_t length : {64, 100, 512}) {
    const auto q = [&](int seed) { return spec(ElementType::f16, {length, 64}, "normal", seed); };
    // The probabilities are rounded to f16 (2^-11 of their value), and their sum is 1; values reach 4.
    cases.push_back({size_text({length, 64}),
                     {q(1), q(2), q(3), spec(ElementType::f32, {length, 64}, "nan")},
                     {3},
                     tw::rt::Tolerance{2e-3, 0},
                     length == 100});
  }
  kernels.push_back({"attention", tw::trace(Attention{}, {.name = "attention"}), targets, cases});
}

template <class Strides>
void add_strides(std::vector<KernelCases> &kernels, const char *name, const std::string &a, const std::string &c) {
  kernels.push_back({std::string("strides-") + name,
                     tw::trace(Strided<Strides>{}, {.name = "strided"}),
                     targets,
                     {{"40x64x48",
                       {"bf16[40x48]{" + a + "}:ints@1", "bf16[48x64]:ints@2", "f32[40x64]{" + c + "}:nan"},
                       {2},
                       {},
                       true}}});
}

} // namespace

std::vector<KernelCases> operation_kernels() {
  std::vector<KernelCases> kernels;
  add_maths(kernels);
  add_integers<tw::i32>(kernels, ElementType::i32, 11);
  add_integers<tw::i64>(kernels, ElementType::i64, 11);
  add_integers<tw::i16>(kernels, ElementType::i16, 11);
  add_integers<tw::i8>(kernels, ElementType::i8, 11);
  add_cast<tw::f16>(kernels, ElementType::f16);
  add_cast<tw::bf16>(kernels, ElementType::bf16);
  add_cast<tw::e4m3>(kernels, ElementType::e4m3);
  add_cast<tw::e5m2>(kernels, ElementType::e5m2);
  add_cast<tw::i32>(kernels, ElementType::i32);
  add_cast<tw::i8>(kernels, ElementType::i8);
  add_reductions(kernels);
  add_shapes(kernels);
  add_buffers(kernels);
  add_attention(kernels);
  add_strides<tw::ColumnMajor>(kernels, "column-major", "1,47", "1,64");
  add_strides<tw::AnyStrides>(kernels, "any", "100,2", "3,200");
  return kernels;
}

} // namespace pack
