// Runs one artifact on one device with arguments from specs: upload, launch, download, check, time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tilewright/runtime/artifact.hpp"
#include "tilewright/runtime/compare.hpp"
#include "tilewright/runtime/device.hpp"
#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/tensor.hpp"

namespace tw::rt {

/// What argument `argument` must hold afterwards: the tensor in a .npy file, or the digest of its elements.
struct Expectation {
  int argument = 0;
  std::string npy_path; ///< or empty
  std::string digest;   ///< 64 hex digits, or empty; see `tensor_digest`
};

/// What to do besides running.
struct RunRequest {
  std::vector<Expectation> expectations;
  Tolerance tolerance;
  int variant = -1;
  bool time = false;
  int warm_up = 3, repeat = 20; ///< of timing
};

/// Times in microseconds over the measured launches; percentiles are the nearest ranks.
struct TimeSummary {
  double median = 0, p10 = 0, p90 = 0;
  int repeat = 0;
};

/// The outcome of one expectation.
struct CheckOutcome {
  int argument = 0;
  bool ok = false;
  std::string message; ///< one line; what differs when not ok
};

/// What a run left behind.
struct RunOutcome {
  std::string variant;
  std::vector<HostArgument> arguments; ///< as they are after the first launch
  std::vector<CheckOutcome> checks;
  std::optional<TimeSummary> time;
  bool ok() const;
};

/// Runs the kernel once, checks the outputs of that launch, then times further launches. `arguments` are made for the
/// kernel by `conform_argument` first. Faults: those of planning, of the device, of reading expected files, and
/// run.expectation (an expectation of no tensor argument).
Result<RunOutcome> run_artifact(Device &device, const Artifact &artifact, std::vector<HostArgument> arguments,
                                const RunRequest &request);

/// Median and percentiles of measured times; `times` is not empty.
TimeSummary summarise(std::vector<double> times);

/// JSON text of an outcome: variant, arguments with their digests, checks, time.
std::string to_json(const RunOutcome &outcome, const Artifact &artifact);

} // namespace tw::rt
