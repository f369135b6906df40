// A device in host memory that knows one kernel, so that runs are tested on every machine.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tilewright/runtime/device.hpp"

namespace tw::rt::test {

/// Runs the entries of `scale_rule`; counts allocations so that leaks show.
class HostDevice final : public Device {
public:
  int live_allocations = 0, launches = 0;
  float bias = 0; ///< added to every result: a device that computes wrongly

  std::string name() const override { return "host"; }
  std::string describe() const override { return "host memory"; }
  Status supports(const std::string &target) const override {
    if (target == "sm_80") return {};
    return make_fault(FaultClass::unsupported, "host.target", {"device host", "no " + target});
  }
  Result<std::uint64_t> allocate(std::size_t bytes, const std::string &) override {
    ++live_allocations;
    return reinterpret_cast<std::uint64_t>(std::aligned_alloc(256, (bytes + 255) / 256 * 256));
  }
  Status free(std::uint64_t address) override {
    --live_allocations;
    std::free(reinterpret_cast<void *>(address));
    return {};
  }
  Status copy_in(std::uint64_t to, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(reinterpret_cast<void *>(to), from.data(), from.size());
    return {};
  }
  Status copy_out(std::span<std::byte> to, std::uint64_t from) override {
    if (!to.empty()) std::memcpy(to.data(), reinterpret_cast<const void *>(from), to.size());
    return {};
  }
  Result<std::unique_ptr<Kernel>> load(const Artifact &artifact) override {
    return std::make_unique<Kernel>(artifact.kernel, artifact.rule);
  }
  Status launch(Kernel &, const LaunchPlan &plan, Stream) override {
    for (const auto &step : plan.steps) {
      if (const auto *memset = std::get_if<MemsetStep>(&step)) {
        std::memset(reinterpret_cast<void *>(memset->address), memset->value, memset->bytes);
        continue;
      }
      ++launches;
      const KernelStep &kernel = std::get<KernelStep>(step);
      const auto read = [&](int slot, auto value) {
        std::memcpy(&value, kernel.parameters.data() + kernel.slots[slot].offset, sizeof value);
        return value;
      };
      const float *a = reinterpret_cast<const float *>(read(0, std::uint64_t{}));
      float *c = reinterpret_cast<float *>(read(2, std::uint64_t{}));
      for (int i = 0; i < read(3, int{}); ++i) c[i] = a[i] * read(1, float{}) + bias;
    }
    return {};
  }
  Status synchronize() override { return {}; }
  Result<std::vector<double>> time(Kernel &kernel, const LaunchPlan &plan, int warm_up, int repeat,
                                   Stream stream) override {
    std::vector<double> times;
    for (int i = 0; i < warm_up + repeat; ++i) launch(kernel, plan, stream).check();
    for (int i = 0; i < repeat; ++i) times.push_back(repeat - i);
    return times;
  }
};

} // namespace tw::rt::test
