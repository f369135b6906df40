// Argument specs: the one notation for kernel arguments on every command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/tensor.hpp"

namespace tw::rt {

/// How a generated tensor is filled.
enum class Fill {
  zeros,  ///< all 0
  ones,   ///< all 1
  iota,   ///< the row-major index of the element; modulo 2^m for types that hold only integers up to 2^m exactly
  ints,   ///< integers drawn evenly from -4..4 (0..8 for unsigned types, 0..1 for bool): sums and products are exact
  normal, ///< normal distribution, mean 0, deviation 1 (integers: of 16 times that, rounded and clamped)
  nan,    ///< NaN in every float element; all bits set for integers (to poison memory)
};

/// A parsed SPEC, see `parse_argument_spec`.
struct ArgumentSpec {
  enum class Kind { file, scalar, tensor };
  Kind kind = Kind::scalar;
  std::string path;                    ///< of a file
  Scalar scalar;                       ///< of a scalar
  ElementType type = ElementType::f32; ///< of a generated tensor, as the following
  std::vector<std::int64_t> shape;
  std::optional<std::vector<std::int64_t>> strides; ///< in elements; row-major when not given
  Fill fill = Fill::zeros;
  std::uint64_t seed = 0;
};

/// Parses `FILE.npy`, a scalar `3` (i32), `7i64`, `0.5f32`, or `TYPE[DIMSxDIMS]:FILL@SEED`, also with strides
/// `TYPE[DIMS]{STRIDE,STRIDE}:FILL@SEED`. `TYPE[]` is a tensor of rank 0. Reads no file.
Result<ArgumentSpec> parse_argument_spec(std::string_view text);

/// Makes the argument of a spec: reads the file, or fills the tensor. Tensors of one spec are equal on every machine.
Result<HostArgument> make_argument(const ArgumentSpec &spec);
/// Both steps.
Result<HostArgument> make_argument(std::string_view text);

/// Fills all elements of `tensor`; gaps between strided elements are left alone. Element i (in row-major order) depends
/// on the fill, the seed and i alone: `ints` takes draw i of `random_bits`, `normal` the sum of the twelve 32-bit
/// halves of draws 6i..6i+5 as uniforms (an Irwin-Hall variable: within -6..6), so that no maths library has a say in
/// it.
void fill_tensor(HostTensor &tensor, Fill fill, std::uint64_t seed);

/// Draw number `index` of the generator with that seed: the finaliser of splitmix64 over seed and index.
std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index);

} // namespace tw::rt
