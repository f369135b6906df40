// Device `emulator`: runs the PTX of artifacts on the CPU with every check, and tells what it found.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tilewright/emulator/emulator.hpp"
#include "tilewright/runtime/device.hpp"

namespace tw::rt {

/// How the emulator runs kernels.
struct EmulatorOptions {
  /// Of the first schedule; 0 is the fixed order of warps, any other number a random one.
  std::uint64_t seed = 0;
  /// Each launch runs under this many schedules, with seeds `seed`, `seed` + 1, ..., each in a memory of its own. What
  /// is copied out is the result of the first. At least 1.
  int schedules = 1;
  /// Which checks run; all by default.
  emu::CheckOptions checks = {};
  /// How matrix products are added.
  emu::Numerics numerics = emu::Numerics::Exact;
  /// Warp instructions of one kernel and schedule after which it counts as hanging.
  std::uint64_t instruction_budget = 4'000'000'000;
  /// Whether a finding makes the launch a fault. When false only what kept the kernel from its end does: hangs, refused
  /// launches and what the emulator cannot do; the rest is read with `findings()`.
  bool strict = true;
};

/// One thing that is wrong with a kernel that ran.
struct EmulatorFinding {
  std::string kernel;     ///< name of the artifact's kernel
  std::string entry;      ///< the PTX entry that ran
  std::uint64_t seed = 0; ///< of the first schedule that showed it
  emu::Finding detail; ///< kind, rule, message, PTX and user lines, threads, buffer (in shared memory the buffer's name
                       ///< where the artifact has one) and offset; `times` counts over all schedules
  std::string text() const; ///< a few lines for people, the user's line first
};

/// The device's own face: what the last launch showed. Its functions must not run while another thread launches.
class EmulatorDevice : public Device {
public:
  /// Findings of the last launch, those of the first schedule first; the same rule at the same PTX line once.
  virtual const std::vector<EmulatorFinding> &findings() const = 0;
  /// Findings of the last launch including repetitions and those over the limit of the checks.
  virtual std::uint64_t findings_total() const = 0;
  /// Counts of the last launch: all its kernels under the first schedule.
  virtual const emu::LaunchStats &stats() const = 0;
  /// What the kernels of the last launch printed under the first schedule.
  virtual const std::string &printed() const = 0;
};

/// Opens device `emulator`. Kernels run inside `launch`, which fails when one is wrong. Memory counts as uninitialised
/// until it is copied in, set, or written by a kernel; each allocation is a buffer of its own with nothing around it.
/// Artifacts need PTX; any target "sm_*" is taken. All blocks of a cooperative launch run together, at most 5120.
/// Codes: emulator.options, emulator.target, emulator.no_ptx, emulator.entry, emulator.unsupported, emulator.ptx,
/// emulator.parameters, emulator.memory, emulator.address, emulator.refused, emulator.finding, device.no_clock.
Result<std::unique_ptr<EmulatorDevice>> open_emulator_device(const EmulatorOptions &options = {});

} // namespace tw::rt
