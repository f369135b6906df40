// Runs traced kernels on the emulator with all checks, for tests that compare them with plain C++.
#include "execution.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

namespace execution {

tilewright::Compiled compiled(const std::string &module, const tilewright::CompileOptions &options) {
  auto result = tilewright::compile(module, "kernel.mlir", options);
  if (!result) FAIL(result.failure().message);
  return std::move(*result);
}

Outcome run(const tw::rt::Artifact &artifact, std::vector<tw::rt::HostArgument> arguments, const RunOptions &options) {
  tw::rt::EmulatorOptions machine{.seed = options.seed, .schedules = options.schedules};
  // Our own code keeps also those rules on which sources differ.
  machine.checks.strict = true;
  auto device = tw::rt::open_emulator_device(machine);
  if (!device) FAIL(device.fault().message);
  tw::rt::RunRequest request;
  request.variant = options.variant;
  auto outcome = tw::rt::run_artifact(**device, artifact, std::move(arguments), request);
  if (!outcome) {
    std::string text = outcome.fault().message;
    for (const auto &finding : (*device)->findings()) text += "\n" + finding.text();
    FAIL(text);
  }
  return {std::move(outcome->arguments), outcome->variant, (*device)->stats()};
}

HostTensor tensor(ElementType type, std::vector<std::int64_t> shape, std::vector<std::int64_t> strides) {
  if (strides.empty()) strides = tw::rt::dense_strides(shape);
  return HostTensor::zeros(type, std::move(shape), std::move(strides)).value();
}

HostTensor integers(ElementType type, std::vector<std::int64_t> shape, int magnitude, unsigned seed,
                    std::vector<std::int64_t> strides) {
  HostTensor result = tensor(type, std::move(shape), std::move(strides));
  std::mt19937 random(seed);
  int lowest = tw::rt::is_unsigned_integer(type) ? 0 : -magnitude;
  for (std::int64_t i = 0; i < result.element_count(); ++i)
    result.set(i, lowest + static_cast<int>(random() % static_cast<unsigned>(magnitude - lowest + 1)));
  return result;
}

HostTensor normals(ElementType type, std::vector<std::int64_t> shape, unsigned seed) {
  HostTensor result = tensor(type, std::move(shape));
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  for (std::int64_t i = 0; i < result.element_count(); ++i) result.set(i, normal(random));
  return result;
}

} // namespace execution
