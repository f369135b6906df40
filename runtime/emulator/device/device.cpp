// Device `emulator`: memory, kernels and launches on PTX machines.
#include <mutex>

#include <fmt/format.h>

#include "kernel.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "tilewright/runtime/emulator_device.hpp"

namespace tw::rt {
namespace {

using namespace emulator_device;

class PtxDevice final : public EmulatorDevice {
public:
  explicit PtxDevice(const EmulatorOptions &options) : options_(options), memory_(options.schedules) {}

  std::string name() const override { return "emulator"; }
  std::string describe() const override {
    return fmt::format("PTX emulator, {} from seed {}",
                       options_.schedules == 1 ? "1 schedule" : fmt::format("{} schedules", options_.schedules),
                       options_.seed);
  }
  Status supports(const std::string &target) const override {
    if (target.rfind("sm_", 0) == 0) return {};
    return make_fault(FaultClass::unsupported, "emulator.target",
                      {"device emulator", "code for '" + target + "' cannot run here", "the emulator runs PTX",
                       "compile for a target sm_*"});
  }

  Result<std::uint64_t> allocate(std::size_t bytes, const std::string &name) override {
    std::lock_guard lock(mutex_);
    return memory_.allocate(bytes, name);
  }
  Status free(std::uint64_t address) override {
    std::lock_guard lock(mutex_);
    return memory_.free(address);
  }
  Status copy_in(std::uint64_t to, std::span<const std::byte> from) override {
    std::lock_guard lock(mutex_);
    return memory_.copy_in(to, from);
  }
  Status copy_out(std::span<std::byte> to, std::uint64_t from) override {
    std::lock_guard lock(mutex_);
    return memory_.copy_out(to, from);
  }

  Result<std::unique_ptr<Kernel>> load(const Artifact &artifact) override {
    Result<std::unique_ptr<EmulatedKernel>> kernel = EmulatedKernel::load(artifact);
    if (!kernel) return kernel.fault();
    return std::unique_ptr<Kernel>(std::move(*kernel));
  }

  Status launch(Kernel &kernel, const LaunchPlan &plan, Stream) override {
    const EmulatedKernel &loaded = static_cast<const EmulatedKernel &>(kernel);
    std::lock_guard lock(mutex_);
    report_ = {};
    for (const auto &step : plan.steps) {
      Status status;
      if (const auto *memset = std::get_if<MemsetStep>(&step))
        status = memory_.set(memset->address, memset->value, memset->bytes);
      else
        status = run(loaded, std::get<KernelStep>(step));
      if (!status) return status;
    }
    return {};
  }
  Status synchronize() override { return {}; }
  Result<std::vector<double>> time(Kernel &kernel, const LaunchPlan &, int, int, Stream) override {
    return make_fault(FaultClass::unsupported, "device.no_clock",
                      {"kernel '" + kernel.name() + "'", "the emulator cannot tell how long a kernel takes",
                       "it executes PTX on the CPU", "measure on device cuda"});
  }

  const std::vector<EmulatorFinding> &findings() const override { return report_.findings(); }
  std::uint64_t findings_total() const override { return report_.total(); }
  const emu::LaunchStats &stats() const override { return report_.stats(); }
  const std::string &printed() const override { return report_.printed(); }

private:
  // All schedules run before the launch is judged: a race may show under one of them only.
  Status run(const EmulatedKernel &kernel, const KernelStep &step) {
    if (Status s = kernel.check(step); !s) return s;
    for (std::size_t i = 0; i < memory_.machine_count(); ++i)
      report_.add(kernel.name(), step.entry, options_.seed + i, i == 0,
                  kernel.run(memory_.machine(i), step, options_, options_.seed + i));
    return report_.status(options_.strict);
  }

  EmulatorOptions options_;
  std::mutex mutex_;
  Memory memory_;
  Report report_;
};

} // namespace

Result<std::unique_ptr<EmulatorDevice>> open_emulator_device(const EmulatorOptions &options) {
  if (options.schedules < 1 || options.schedules > 1000)
    return make_fault(FaultClass::user, "emulator.options",
                      {"device emulator", fmt::format("cannot run {} schedules", options.schedules),
                       "each needs a copy of the memory", "use 1 to 1000 schedules"});
  return std::unique_ptr<EmulatorDevice>(std::make_unique<PtxDevice>(options));
}

} // namespace tw::rt
