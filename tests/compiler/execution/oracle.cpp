// Compares the emitted PTX on the emulator with the plain evaluator of the tile dialect, on the same trace.
#include "oracle.hpp"

#include "evaluate.hpp"

#include <catch2/catch.hpp>

#include <cmath>

namespace execution {

static bool isNear(double value, double expected, double absolute, double relative) {
  if (std::isnan(expected) || std::isnan(value)) return std::isnan(expected) && std::isnan(value);
  if (std::isinf(expected) || std::isinf(value)) return value == expected;
  return std::abs(value - expected) <= absolute + relative * std::abs(expected);
}

void agree(const std::string &module, std::vector<tw::rt::HostArgument> arguments, double absolute, double relative,
           const tilewright::CompileOptions &options) {
  auto program = compiled(module, options);
  std::vector<tw::rt::HostArgument> expected = arguments;
  auto outcome = run(program.artifact, std::move(arguments));
  if (std::string message = evaluate(module, program.artifact.kernel, expected); !message.empty()) FAIL(message);
  for (std::size_t number = 0; number < expected.size(); ++number) {
    auto *tensor = std::get_if<HostTensor>(&expected[number]);
    if (!tensor) continue;
    const HostTensor &got = outcome.tensor(static_cast<int>(number));
    for (std::int64_t i = 0; i < tensor->element_count(); ++i) {
      if (isNear(got.at(i), tensor->at(i), absolute, relative)) continue;
      CAPTURE(number, i, got.at(i), tensor->at(i), outcome.variant, got.describe());
      FAIL("the emulator and the evaluator differ");
    }
  }
  SUCCEED();
}

} // namespace execution
