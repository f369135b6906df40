// Calls of matrix products, and their references in double.
#pragma once

#include "cases.hpp"

#include <cstdint>

namespace pack {

/// Sizes of a product and how its operands are filled: `ints` (sums are exact, so the result is checked bit for bit)
/// or `normal`.
struct ProductSize {
  std::int64_t m, n, k;
  const char *fill = "ints";
  bool quick = false;
};

/// How a product reads and writes memory.
struct ProductForm {
  tw::rt::ElementType in, out;
  bool transpose_a = false, transpose_b = false;
};

/// The call c = a * b of that size.
Case product_case(const ProductForm &form, const ProductSize &size);
/// One for each size.
std::vector<Case> product_cases(const ProductForm &form, const std::vector<ProductSize> &sizes);

/// "257x129x65".
std::string size_text(std::initializer_list<std::int64_t> extents);
/// "f32[257x129]:normal@1".
std::string spec(tw::rt::ElementType type, std::initializer_list<std::int64_t> shape, const char *fill, int seed = 0);

/// What a sum of `k` products of two N(0, 1) values may be wrong by, if it is accumulated in f32 and stored as `out`.
/// Partial sums reach 5 sqrt(k); a matrix unit may cut off one unit in the last place (2^-23) of them each time it adds
/// at least 8 products. Storing, here and in the reference, rounds by half a unit in the last place each.
tw::rt::Tolerance sum_tolerance(std::int64_t k, tw::rt::ElementType out);

} // namespace pack
