// Launch rules: how a kernel is started, as data that the compiler writes and the runtime evaluates.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tilewright/runtime/element.hpp"
#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/expression.hpp"

namespace tw::rt {

/// A size or stride that is given with each call.
inline constexpr std::int64_t dynamic = -1;

/// What the kernel expects of one argument.
struct ArgumentRule {
  enum class Kind { tensor, scalar };
  std::string name;
  Kind kind = Kind::tensor;
  ElementType type = ElementType::f32;
  std::vector<std::int64_t> sizes;   ///< of a tensor: one per dimension (the rank is their count), or `dynamic`
  std::vector<std::int64_t> strides; ///< of a tensor, in elements: as many as sizes, or `dynamic` each
  friend bool operator==(const ArgumentRule &, const ArgumentRule &) = default;
};

/// A tensor map (TMA descriptor) passed as a kernel parameter by value: 128 bytes, aligned to 64. All lists have the
/// innermost dimension first, as cuTensorMapEncodeTiled takes them.
struct TensorMapRule {
  int argument = 0;                        ///< the tensor argument it views
  Expression offset_bytes = 0;             ///< added to the tensor's address
  ElementType type = ElementType::f16;     ///< element type of the map
  std::vector<Expression> sizes;           ///< extents in elements, rank 1 to 5
  std::vector<Expression> strides;         ///< byte strides of dimensions 1.., one fewer than sizes; multiples of 16
  std::vector<std::int64_t> box;           ///< box extents, at most 256 each
  std::vector<std::int64_t> element_steps; ///< element strides within the box, 1..8; all 1 when empty
  int swizzle_bytes = 0;                   ///< 0, 32, 64 or 128
  bool fill_nan = false;                   ///< what reads out of bounds give: NaN, or zero
  int l2_promotion_bytes = 128;            ///< 0, 64, 128 or 256
  friend bool operator==(const TensorMapRule &, const TensorMapRule &) = default;
};

/// One kernel parameter, in the order of the PTX entry's .param list; each is aligned to its own size.
struct ParameterRule {
  enum class Kind {
    address,    ///< device address of tensor `argument`, u64
    size_i32,   ///< extent `dimension` of tensor `argument`
    size_i64,   ///< the same as i64
    stride_i64, ///< stride `dimension` of tensor `argument`, in elements
    scalar,     ///< scalar `argument`, as its own type
    value_i32,  ///< `value`, evaluated
    value_i64,  ///< the same as i64
    workspace,  ///< workspace address plus `value` bytes, u64
    tensor_map, ///< `tensor_map`
  };
  Kind kind = Kind::address;
  int argument = 0;
  int dimension = 0;
  Expression value = 0;
  TensorMapRule tensor_map = {};
  friend bool operator==(const ParameterRule &, const ParameterRule &) = default;
};

/// Sets bytes of the workspace, or of a tensor argument, to one value.
struct MemsetRule {
  int argument = -1; ///< tensor argument, or -1 for the workspace
  Expression offset_bytes = 0;
  Expression bytes = 0;
  std::uint8_t value = 0;
  friend bool operator==(const MemsetRule &, const MemsetRule &) = default;
};

/// Starts one entry of the module. A grid with a zero extent starts nothing: an empty tensor is no error.
struct KernelRule {
  std::string entry;
  std::array<Expression, 3> grid = {1, 1, 1}; ///< in blocks, x first
  std::array<int, 3> block = {1, 1, 1};       ///< in threads
  std::array<int, 3> cluster = {1, 1, 1};     ///< in blocks; must divide the grid
  Expression shared_bytes = 0;                ///< dynamic shared memory per block
  bool cooperative = false;                   ///< all blocks resident at once
  std::vector<ParameterRule> parameters;
  friend bool operator==(const KernelRule &, const KernelRule &) = default;
};

using StepRule = std::variant<MemsetRule, KernelRule>;

/// A condition on the arguments, and the message when it does not hold ("K must be a multiple of 8").
struct Precondition {
  Expression condition;
  std::string message;
  friend bool operator==(const Precondition &, const Precondition &) = default;
};

/// One way to run the kernel.
struct Variant {
  std::string name;
  std::vector<Precondition> preconditions;
  Expression workspace_bytes = 0;
  std::vector<StepRule> steps;
  friend bool operator==(const Variant &, const Variant &) = default;
};

/// The whole rule. Variants are tried in order; the first whose preconditions hold is used.
struct LaunchRule {
  std::vector<ArgumentRule> arguments;
  std::vector<Variant> variants;
  friend bool operator==(const LaunchRule &, const LaunchRule &) = default;
};

/// Checks that every argument and dimension a rule names exists and has the right kind, and the constant limits of
/// tensor maps. Code "rule.json". A compiler calls it on what it builds; reading a rule does.
Status verify(const LaunchRule &rule, const std::string &where = "launch rule");

/// The JSON text of a rule; equal rules give equal text.
std::string to_json(const LaunchRule &rule);
/// Reads and checks that text (indices of arguments and dimensions exist, operand counts, at least one variant).
/// `where` names the text in messages. Every fault has code "rule.json".
Result<LaunchRule> launch_rule_from_json(const std::string &text, const std::string &where = "launch rule");

} // namespace tw::rt
