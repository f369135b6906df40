// An artifact's PTX, decoded, and the launch of one step of a plan on one machine.
#pragma once

#include <memory>
#include <string>

#include "tilewright/emulator/emulator.hpp"
#include "tilewright/runtime/artifact.hpp"
#include "tilewright/runtime/device.hpp"
#include "tilewright/runtime/emulator_device.hpp"

namespace tw::rt::emulator_device {

/// A decoded kernel with the lines of its source.
class EmulatedKernel final : public Kernel {
public:
  /// Codes: emulator.no_ptx, emulator.unsupported, emulator.ptx, emulator.entry.
  static Result<std::unique_ptr<EmulatedKernel>> load(const Artifact &artifact);

  /// Whether the emulator can start `step`. Codes: emulator.unsupported, emulator.parameters.
  Status check(const KernelStep &step) const;
  /// Runs `step` on `machine` under the schedule `seed`; findings in shared memory get the names of its buffers.
  emu::LaunchResult run(emu::Machine &machine, const KernelStep &step, const EmulatorOptions &options,
                        std::uint64_t seed) const;

private:
  EmulatedKernel(const Artifact &artifact, emu::Module module);
  Status check_parameters(const KernelStep &step) const;
  void name_shared_buffer(emu::Finding &finding) const;

  emu::Module module_;
  emu::LineMap lines_;
  std::vector<LineMap::SharedBuffer> shared_buffers_;
};

/// One entry per PTX line from entries that are the starts of ranges; lines without a user's line are left out.
emu::LineMap expand_lines(const LineMap &map, int ptx_line_count);

} // namespace tw::rt::emulator_device
