// The one table of what a pack checks: kernels, and for each of them calls with their right results.
#pragma once

#include "tilewright/compiler/compile.h"
#include "tilewright/runtime/compare.hpp"
#include "tilewright/runtime/tensor.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pack {

/// Writes what is right into the output tensors of a call.
using Reference = std::function<void(std::vector<tw::rt::HostArgument> &)>;

/// One call.
struct Case {
  std::string size;                   ///< as the table of results prints it, without blanks
  std::vector<std::string> arguments; ///< specs (runtime/argument.hpp)
  std::vector<int> outputs;           ///< the arguments to check
  /// Of the outputs; without one they are equal bit for bit.
  std::optional<tw::rt::Tolerance> tolerance = {};
  /// Small enough for a GPU that is emulated.
  bool quick = false;
  /// Without one, the plain evaluator computes what is right.
  Reference reference = {};
};

/// One kernel, compiled for each of the targets.
struct KernelCases {
  std::string name;   ///< of the artifacts and in the table, without blanks
  std::string module; ///< its trace
  std::vector<std::string> targets;
  std::vector<Case> cases;
  tilewright::ScheduleRequest schedule = {};
};

/// The kernels of examples/, by their files.
std::vector<KernelCases> example_kernels();
/// Products of every type, transpose, number of stages and of warps, and in clusters.
std::vector<KernelCases> product_kernels();
/// The other operations of the language: maths, integers, casts, reductions, shapes, buffers, attention, strides.
std::vector<KernelCases> operation_kernels();

} // namespace pack
