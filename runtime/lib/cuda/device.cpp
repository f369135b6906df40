// Device `cuda`: the primary context of one GPU through the driver API.
#include "tilewright/runtime/device.hpp"

#include <memory>

#include "driver.hpp"
#include "kernel.hpp"

namespace tw::rt {
namespace {

using namespace cuda;

// Makes the context current for a scope and restores the caller's: a thread that never saw CUDA has none, and a
// program's own context must not be replaced under it.
class Current {
public:
  Current(const Driver &driver, Context context) : driver_(driver), result_(driver.context_push(context)) {}
  ~Current() {
    Context popped;
    if (result_ == success) driver_.context_pop(&popped);
  }
  Status status() const { return driver_.check(result_, "making the context current"); }

private:
  const Driver &driver_;
  DriverResult result_;
};

StreamHandle handle(Stream stream) { return reinterpret_cast<StreamHandle>(static_cast<std::uintptr_t>(stream)); }

class CudaDevice final : public Device {
public:
  CudaDevice(const Driver &driver, int index) : driver_(driver), index_(index) {}
  ~CudaDevice() override {
    if (context_) driver_.primary_context_release(device_);
  }

  Status open() {
    int count = 0;
    if (Status s = driver_.check(driver_.device_count(&count), "counting the GPUs"); !s) return s;
    if (index_ < 0 || index_ >= count)
      return make_fault(FaultClass::unsupported, "cuda.no_device",
                        {"device cuda", "there is no GPU " + std::to_string(index_),
                         "the driver sees " + std::to_string(count), "check nvidia-smi and CUDA_VISIBLE_DEVICES"});
    if (Status s = driver_.check(driver_.device_get(&device_, index_), "opening the GPU"); !s) return s;
    char name[256] = {};
    int version = 0;
    if (Status s = driver_.check(driver_.device_name(name, sizeof name - 1, device_), "asking for the GPU's name"); !s)
      return s;
    for (auto [value, attribute] : {std::pair(&major_, compute_capability_major), {&minor_, compute_capability_minor}})
      if (Status s = driver_.check(driver_.device_attribute(value, attribute, device_), "asking for the GPU's target");
          !s)
        return s;
    if (Status s = driver_.check(driver_.driver_version(&version), "asking for the driver's version"); !s) return s;
    description_ = std::string(name) + ", sm_" + std::to_string(major_) + std::to_string(minor_) + ", driver of CUDA " +
                   std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
    return driver_.check(driver_.primary_context_retain(&context_, device_), "creating the context");
  }

  std::string name() const override { return "cuda"; }
  std::string describe() const override { return description_; }
  Status supports(const std::string &target) const override { return check_target(target, major_, minor_); }

  Result<std::uint64_t> allocate(std::size_t bytes, const std::string &name) override {
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s.fault();
    Address address = 0;
    if (bytes == 0) return std::uint64_t{0};
    if (Status s = driver_.check(driver_.memory_allocate(&address, bytes),
                                 "allocating " + std::to_string(bytes) + " bytes for '" + name + "'");
        !s)
      return s.fault();
    return std::uint64_t{address};
  }
  Status free(std::uint64_t address) override {
    if (address == 0) return {};
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s;
    return driver_.check(driver_.memory_free(address), "freeing memory");
  }
  Status copy_in(std::uint64_t to, std::span<const std::byte> from) override {
    if (from.empty()) return {};
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s;
    return driver_.check(driver_.copy_to_device(to, from.data(), from.size()), "copying to the device");
  }
  Status copy_out(std::span<std::byte> to, std::uint64_t from) override {
    if (to.empty()) return {};
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s;
    return driver_.check(driver_.copy_to_host(to.data(), from, to.size()), "copying from the device");
  }

  Result<std::unique_ptr<Kernel>> load(const Artifact &artifact) override {
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s.fault();
    Result<std::unique_ptr<CudaKernel>> kernel = CudaKernel::load(driver_, context_, artifact);
    if (!kernel) return kernel.fault();
    return std::unique_ptr<Kernel>(std::move(*kernel));
  }

  Status launch(Kernel &kernel, const LaunchPlan &plan, Stream stream) override {
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s;
    return static_cast<CudaKernel &>(kernel).launch(plan, handle(stream));
  }
  Status synchronize() override {
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s;
    return driver_.check(driver_.context_synchronize(), "waiting for the device");
  }

  Result<std::vector<double>> time(Kernel &kernel, const LaunchPlan &plan, int warm_up, int repeat,
                                   Stream stream) override {
    Current current(driver_, context_);
    if (Status s = current.status(); !s) return s.fault();
    CudaKernel &loaded = static_cast<CudaKernel &>(kernel);
    for (int i = 0; i < warm_up; ++i)
      if (Status s = loaded.launch(plan, handle(stream)); !s) return s.fault();
    struct Event {
      const Driver &driver;
      EventHandle handle = nullptr;
      ~Event() {
        if (handle) driver.event_destroy(handle);
      }
    } start{driver_}, stop{driver_};
    if (Status s = driver_.check(driver_.event_create(&start.handle, 0), "creating an event"); !s) return s.fault();
    if (Status s = driver_.check(driver_.event_create(&stop.handle, 0), "creating an event"); !s) return s.fault();
    std::vector<double> microseconds;
    for (int i = 0; i < repeat; ++i) {
      if (Status s = driver_.check(driver_.event_record(start.handle, handle(stream)), "recording an event"); !s)
        return s.fault();
      if (Status s = loaded.launch(plan, handle(stream)); !s) return s.fault();
      if (Status s = driver_.check(driver_.event_record(stop.handle, handle(stream)), "recording an event"); !s)
        return s.fault();
      if (Status s = driver_.check(driver_.event_synchronize(stop.handle), "running the kernel"); !s) return s.fault();
      float milliseconds = 0;
      if (Status s = driver_.check(driver_.event_elapsed(&milliseconds, start.handle, stop.handle), "timing"); !s)
        return s.fault();
      microseconds.push_back(1e3 * milliseconds);
    }
    return microseconds;
  }

private:
  const Driver &driver_;
  int index_, major_ = 0, minor_ = 0;
  DeviceHandle device_ = 0;
  Context context_ = nullptr;
  std::string description_;
};

} // namespace

Result<std::unique_ptr<Device>> open_cuda_device(int index) {
  Result<const Driver *> driver = open_driver();
  if (!driver) return driver.fault();
  auto device = std::make_unique<CudaDevice>(**driver, index);
  if (Status status = device->open(); !status) return status.fault();
  return std::unique_ptr<Device>(std::move(device));
}

} // namespace tw::rt
