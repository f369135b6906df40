// The findings and counts of one launch, over its kernels and schedules, and the fault they make.
#pragma once

#include <string>
#include <vector>

#include "tilewright/runtime/emulator_device.hpp"

namespace tw::rt::emulator_device {

/// Collects the results of a launch.
class Report {
public:
  /// Adds what one kernel did under one schedule; counts and printed text are kept only of the
  /// `first` schedule.
  void add(const std::string &kernel, const std::string &entry, std::uint64_t seed, bool first,
           emu::LaunchResult result);
  /// The fault of the launch, if any; see `EmulatorOptions::strict`. Codes: emulator.finding, emulator.unsupported,
  /// emulator.refused.
  Status status(bool strict) const;

  const std::vector<EmulatorFinding> &findings() const { return findings_; }
  std::uint64_t total() const { return total_; }
  const emu::LaunchStats &stats() const { return stats_; }
  const std::string &printed() const { return printed_; }

private:
  std::vector<EmulatorFinding> findings_;
  std::uint64_t total_ = 0;
  emu::LaunchStats stats_;
  std::string printed_;
  bool refused_ = false;
};

} // namespace tw::rt::emulator_device
