// Matrix products of every type, transpose, number of stages and number of warps, and their references in double.
#include "products.hpp"

#include "gemm.hpp"

#include <cmath>

namespace pack {

using tw::rt::ElementType;
using tw::rt::HostTensor;

std::string size_text(std::initializer_list<std::int64_t> extents) {
  std::string text;
  for (std::int64_t extent : extents) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

std::string spec(ElementType type, std::initializer_list<std::int64_t> shape, const char *fill, int seed) {
  return std::string(tw::rt::name_of(type)) + "[" + size_text(shape) + "]:" + fill + "@" + std::to_string(seed);
}

tw::rt::Tolerance sum_tolerance(std::int64_t k, ElementType out) {
  const double count = static_cast<double>(k);
  const double last_place = out == ElementType::bf16 ? 0x1p-7 : out == ElementType::f16 ? 0x1p-10 : 0x1p-23;
  return {count * std::sqrt(count) * 0x1p-23, last_place};
}

namespace {

void product_reference(const ProductForm &form, const ProductSize &size, std::vector<tw::rt::HostArgument> &arguments) {
  const auto &a = std::get<HostTensor>(arguments[0]), &b = std::get<HostTensor>(arguments[1]);
  auto &c = std::get<HostTensor>(arguments[2]);
  std::vector<double> right(static_cast<std::size_t>(size.k * size.n)), row(static_cast<std::size_t>(size.n));
  for (std::int64_t p = 0; p < size.k; ++p)
    for (std::int64_t j = 0; j < size.n; ++j)
      right[p * size.n + j] = b.at(form.transpose_b ? j * size.k + p : p * size.n + j);
  for (std::int64_t i = 0; i < size.m; ++i) {
    std::fill(row.begin(), row.end(), 0.0);
    for (std::int64_t p = 0; p < size.k; ++p) {
      const double left = a.at(form.transpose_a ? p * size.m + i : i * size.k + p);
      for (std::int64_t j = 0; j < size.n; ++j) row[j] += left * right[p * size.n + j];
    }
    for (std::int64_t j = 0; j < size.n; ++j) c.set(i * size.n + j, row[j]);
  }
}

const std::vector<std::string> general = {"sm_80", "sm_90a"}, small_float = {"sm_89", "sm_90a"};

// The sums of integers stay below 2^13: matrix units for 8-bit floats may keep no more bits.
const std::vector<ProductSize> odd_sizes = {
    {1, 1, 1, "ints", true}, {17, 63, 7, "ints", true}, {65, 129, 63, "ints", true}, {128, 192, 256}, {257, 129, 513}};

template <class In, class Sum, class Out>
void add_type(std::vector<KernelCases> &kernels, const std::string &name, ElementType in, ElementType out,
              const std::vector<std::string> &targets) {
  for (bool transpose_a : {false, true})
    for (bool transpose_b : {false, true}) {
      Gemm<In, Sum, Out> kernel;
      kernel.transpose_a = transpose_a;
      kernel.transpose_b = transpose_b;
      auto cases = product_cases({in, out, transpose_a, transpose_b}, odd_sizes);
      // One transposition of each type suffices where the GPU is emulated.
      for (Case &one : cases) one.quick &= transpose_a && transpose_b && one.size != "1x1x1";
      kernels.push_back({name + (transpose_a ? "-t" : "-n") + (transpose_b ? "t" : "n"),
                         tw::trace(kernel, {.name = "gemm"}), targets, cases});
    }
}

} // namespace

Case product_case(const ProductForm &form, const ProductSize &size) {
  const auto [m, n, k, fill, quick] = size;
  Case one{size_text({m, n, k}),
           {form.transpose_a ? spec(form.in, {k, m}, fill, 1) : spec(form.in, {m, k}, fill, 1),
            form.transpose_b ? spec(form.in, {n, k}, fill, 2) : spec(form.in, {k, n}, fill, 2),
            spec(form.out, {m, n}, "nan")},
           {2}};
  if (std::string(fill) == "normal") one.tolerance = sum_tolerance(k, form.out);
  one.quick = quick;
  one.reference = [form, size](auto &arguments) { product_reference(form, size, arguments); };
  return one;
}

std::vector<Case> product_cases(const ProductForm &form, const std::vector<ProductSize> &sizes) {
  std::vector<Case> cases;
  for (const ProductSize &size : sizes) cases.push_back(product_case(form, size));
  return cases;
}

std::vector<KernelCases> product_kernels() {
  std::vector<KernelCases> kernels;
  add_type<tw::f16, tw::f32, tw::f16>(kernels, "product-f16", ElementType::f16, ElementType::f16, general);
  add_type<tw::bf16, tw::f32, tw::f32>(kernels, "product-bf16", ElementType::bf16, ElementType::f32, general);
  add_type<tw::tf32, tw::f32, tw::f32>(kernels, "product-tf32", ElementType::tf32, ElementType::f32, general);
  add_type<tw::f32, tw::f32, tw::f32>(kernels, "product-f32", ElementType::f32, ElementType::f32, general);
  add_type<tw::i8, tw::i32, tw::i32>(kernels, "product-i8", ElementType::i8, ElementType::i32, general);
  add_type<tw::e4m3, tw::f32, tw::f32>(kernels, "product-e4m3", ElementType::e4m3, ElementType::f32, small_float);
  add_type<tw::e5m2, tw::f32, tw::f32>(kernels, "product-e5m2", ElementType::e5m2, ElementType::f32, small_float);

  const std::string module = tw::trace(Gemm<tw::bf16, tw::f32, tw::f32>{}, {.name = "gemm"});
  std::vector<Case> cases =
      product_cases({ElementType::bf16, ElementType::f32},
                    {{65, 72, 200, "normal", true}, {129, 65, 17, "ints"}, {512, 512, 1024, "normal"}});
  for (int stages = 1; stages <= 6; ++stages) {
    cases[0].quick = stages == 1 || stages == 4;
    kernels.push_back({"stages-" + std::to_string(stages), module, general, cases, {.stages = stages}});
  }
  for (int warps : {1, 2, 4, 8}) {
    cases[0].quick = warps == 1 || warps == 8;
    kernels.push_back({"warps-" + std::to_string(warps), module, general, cases, {.warps = warps}});
  }
  for (const char *operand : {"a", "b"}) {
    tilewright::ScheduleRequest schedule{.cluster = 2, .multicast = operand};
    cases[0].quick = true;
    kernels.push_back({std::string("cluster-2-") + operand, module, {"sm_90a"}, cases, schedule});
  }
  return kernels;
}

} // namespace pack
