// From a launch rule and concrete arguments to concrete steps; a pure function that touches no device.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/launch_rule.hpp"
#include "tilewright/runtime/tensor.hpp"

namespace tw::rt {

/// A tensor in device memory, as a call passes it.
struct DeviceTensor {
  ElementType type = ElementType::f32;
  std::uint64_t address = 0;
  std::vector<std::int64_t> shape, strides; ///< strides in elements
};

/// One argument of a call.
using LaunchArgument = std::variant<DeviceTensor, Scalar>;

/// A tensor map with all its numbers, to be encoded by the device into 128 bytes at `parameter_offset`.
struct TensorMapValue {
  std::uint32_t parameter_offset = 0;
  std::uint64_t address = 0; ///< a multiple of 16
  ElementType type = ElementType::f16;
  std::vector<std::uint64_t> sizes, strides; ///< innermost first; byte strides of dimensions 1..
  std::vector<std::uint32_t> box, element_steps;
  int swizzle_bytes = 0, l2_promotion_bytes = 0;
  bool fill_nan = false;
  friend bool operator==(const TensorMapValue &, const TensorMapValue &) = default;
};

/// Sets `bytes` bytes at `address` to `value`.
struct MemsetStep {
  bool in_workspace = false; ///< `address` is an offset into the workspace until `bind_workspace`
  std::uint64_t address = 0, bytes = 0;
  std::uint8_t value = 0;
};

/// Starts one entry.
struct KernelStep {
  /// A parameter's place in the block of parameters.
  struct Slot {
    std::uint32_t offset = 0, bytes = 0;
  };
  std::string entry;
  std::array<std::uint32_t, 3> grid{1, 1, 1}, block{1, 1, 1}, cluster{1, 1, 1};
  std::uint32_t shared_bytes = 0;
  bool cooperative = false;
  std::vector<std::byte> parameters;            ///< the parameter block, laid out as PTX lays out .param
  std::vector<Slot> slots;                      ///< one per parameter
  std::vector<std::uint32_t> workspace_offsets; ///< of addresses that `bind_workspace` completes
  std::vector<TensorMapValue> tensor_maps;
};

/// Everything a device has to do for one call, in order. Launches with an empty grid are left out.
struct LaunchPlan {
  std::size_t variant = 0;
  std::string variant_name;
  std::uint64_t workspace_bytes = 0;
  std::vector<std::variant<MemsetStep, KernelStep>> steps;
};

/// How to plan.
struct PlanOptions {
  std::string_view kernel = "kernel"; ///< its name, for messages
  int variant = -1; ///< use this one (its preconditions still must hold), or -1 for the first that fits
};

/// Checks the arguments against the rule, picks the variant and evaluates it. `rule` must be valid (see `verify`).
/// Codes: launch.argument_count, launch.argument_kind, launch.argument_type, launch.rank, launch.size, launch.stride,
/// launch.size_limit, launch.address, launch.precondition, launch.variant, launch.grid, launch.cluster,
/// launch.shared_bytes, launch.workspace, launch.memset, launch.value, launch.parameters, launch.tensor_map,
/// expression.*.
Result<LaunchPlan> plan_launch(const LaunchRule &rule, std::span<const LaunchArgument> arguments,
                               const PlanOptions &options = {});

/// Puts the workspace's address into the steps that use it. `address` is a multiple of 256; call it once per plan.
void bind_workspace(LaunchPlan &plan, std::uint64_t address);

/// An argument made for the type a kernel expects: integer data of the same size becomes bf16, e4m3 or e5m2 (how they
/// travel in .npy), f32 becomes tf32, and a scalar is converted when its value stays the same. Everything else is
/// returned as it is, for `plan_launch` to judge.
HostArgument conform_argument(HostArgument argument, const ArgumentRule &rule);

} // namespace tw::rt
