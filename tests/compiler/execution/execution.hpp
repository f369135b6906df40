// Runs traced kernels on the emulator with all checks, for tests that compare them with plain C++.
#pragma once

#include "tilewright/compiler/compile.h"
#include "tilewright/runtime/emulator_device.hpp"
#include "tilewright/runtime/run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace execution {

using tw::rt::ElementType;
using tw::rt::HostTensor;

/// A compiled kernel; a test fails here, with the compiler's message, if it does not compile.
tilewright::Compiled compiled(const std::string &module, const tilewright::CompileOptions &options = {});

/// What is asked of a run beside its result.
struct RunOptions {
  std::uint64_t seed = 0;
  int schedules = 1;
  /// -1: the variant that the launch rule chooses.
  int variant = -1;
};

/// What a run leaves: the tensors after it, and the counts of the machine.
struct Outcome {
  std::vector<tw::rt::HostArgument> arguments;
  std::string variant;
  tw::emu::LaunchStats stats;

  const HostTensor &tensor(int argument) const { return std::get<HostTensor>(arguments[argument]); }
};

/// Runs on the emulator; a test fails here if the emulator finds anything.
Outcome run(const tw::rt::Artifact &artifact, std::vector<tw::rt::HostArgument> arguments,
            const RunOptions &options = {});

/// A tensor of zeros; strides in elements, or empty for row major.
HostTensor tensor(ElementType type, std::vector<std::int64_t> shape, std::vector<std::int64_t> strides = {});
/// The same filled with whole numbers from -`magnitude` to `magnitude`, by seed.
HostTensor integers(ElementType type, std::vector<std::int64_t> shape, int magnitude, unsigned seed,
                    std::vector<std::int64_t> strides = {});
/// The same filled with values of about N(0, 1), rounded to the type.
HostTensor normals(ElementType type, std::vector<std::int64_t> shape, unsigned seed);

} // namespace execution
