// Devices: memory, kernels and launches behind one interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "tilewright/runtime/artifact.hpp"
#include "tilewright/runtime/error.hpp"
#include "tilewright/runtime/launch.hpp"

namespace tw::rt {

/// A queue of work on a device; 0 is the default one. For device `cuda` the value of a CUstream.
enum class Stream : std::uint64_t { default_stream = 0 };

/// A kernel loaded on a device. It must not outlive its device.
class Kernel {
public:
  Kernel(std::string name, LaunchRule rule) : name_(std::move(name)), rule_(std::move(rule)) {}
  virtual ~Kernel() = default;
  const std::string &name() const { return name_; }
  const LaunchRule &rule() const { return rule_; }

private:
  std::string name_;
  LaunchRule rule_;
};

/// A place to run kernels. Safe to use from several threads unless a device says otherwise. Errors of a driver have
/// codes "cuda.*"; the message holds the driver's own name for them.
class Device {
public:
  virtual ~Device() = default;
  /// "cuda" or "emulator".
  virtual std::string name() const = 0;
  /// One line for people and records: model, compute capability, driver version.
  virtual std::string describe() const = 0;
  /// Whether artifacts of `target` ("sm_90a") can run here; the fault says why not.
  virtual Status supports(const std::string &target) const = 0;

  /// Memory of at least `bytes` bytes (none is allocated for 0), aligned to 256. `name` is for reports. Its contents
  /// count as uninitialised.
  virtual Result<std::uint64_t> allocate(std::size_t bytes, const std::string &name) = 0;
  virtual Status free(std::uint64_t address) = 0;
  /// Copies to and from the device; they return when the copy is done.
  virtual Status copy_in(std::uint64_t to, std::span<const std::byte> from) = 0;
  virtual Status copy_out(std::span<std::byte> to, std::uint64_t from) = 0;

  /// Loads the cubin of an artifact, or its PTX where there is none.
  virtual Result<std::unique_ptr<Kernel>> load(const Artifact &artifact) = 0;
  /// Queues the steps of a plan whose workspace is bound. `kernel` is one this device loaded.
  virtual Status launch(Kernel &kernel, const LaunchPlan &plan, Stream stream) = 0;
  /// Waits until everything queued is done; faults of kernels surface here at the latest.
  virtual Status synchronize() = 0;
  /// Runs the plan `warm_up` + `repeat` times and measures the last `repeat` with the device's own clock, in
  /// microseconds each. Code device.no_clock where there is none.
  virtual Result<std::vector<double>> time(Kernel &kernel, const LaunchPlan &plan, int warm_up, int repeat,
                                           Stream stream) = 0;
};

/// Device memory that is freed with this object, which must not outlive the device.
class DeviceMemory {
public:
  DeviceMemory() = default;
  DeviceMemory(DeviceMemory &&other) noexcept { swap(other); }
  DeviceMemory &operator=(DeviceMemory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~DeviceMemory() {
    if (address_) (void)device_->free(address_);
  }
  static Result<DeviceMemory> allocate(Device &device, std::size_t bytes, const std::string &name);
  std::uint64_t address() const { return address_; }
  std::size_t bytes() const { return bytes_; }

private:
  void swap(DeviceMemory &other) noexcept {
    std::swap(device_, other.device_);
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
  }
  Device *device_ = nullptr;
  std::uint64_t address_ = 0;
  std::size_t bytes_ = 0;
};

/// Runs one loaded kernel and owns the workspace it needs, one per stream. Safe to use from several threads.
class Launcher {
public:
  /// Loads the artifact. Both `device` and what `load` returns are used until the end.
  static Result<std::unique_ptr<Launcher>> create(Device &device, const Artifact &artifact);
  const LaunchRule &rule() const { return kernel_->rule(); }
  Kernel &kernel() { return *kernel_; }
  Device &device() { return device_; }

  /// Plans a call and binds its workspace.
  Result<LaunchPlan> prepare(std::span<const LaunchArgument> arguments, Stream stream = {}, int variant = -1);
  /// Plans a call and queues it on `stream`.
  Status launch(std::span<const LaunchArgument> arguments, Stream stream = {}, int variant = -1);

private:
  Launcher(Device &device, std::unique_ptr<Kernel> kernel) : device_(device), kernel_(std::move(kernel)) {}

  Device &device_;
  std::unique_ptr<Kernel> kernel_;
  std::mutex mutex_;
  std::map<Stream, DeviceMemory> workspaces_;
  // A plan may still be running in memory that was replaced by a larger one.
  std::vector<DeviceMemory> retired_;
};

/// Opens device `cuda`, GPU number `index`. Codes: cuda.no_driver, cuda.no_device (both unsupported), cuda.*.
Result<std::unique_ptr<Device>> open_cuda_device(int index = 0);

} // namespace tw::rt
