// What all devices share: owned memory and launching with a workspace.
#include "tilewright/runtime/device.hpp"

namespace tw::rt {

Result<DeviceMemory> DeviceMemory::allocate(Device &device, std::size_t bytes, const std::string &name) {
  DeviceMemory memory;
  if (bytes == 0) return memory;
  Result<std::uint64_t> address = device.allocate(bytes, name);
  if (!address) return address.fault();
  memory.device_ = &device;
  memory.address_ = *address;
  memory.bytes_ = bytes;
  return memory;
}

Result<std::unique_ptr<Launcher>> Launcher::create(Device &device, const Artifact &artifact) {
  if (Status status = device.supports(artifact.target); !status) return status.fault();
  Result<std::unique_ptr<Kernel>> kernel = device.load(artifact);
  if (!kernel) return kernel.fault();
  return std::unique_ptr<Launcher>(new Launcher(device, std::move(*kernel)));
}

Result<LaunchPlan> Launcher::prepare(std::span<const LaunchArgument> arguments, Stream stream, int variant) {
  Result<LaunchPlan> plan = plan_launch(rule(), arguments, {kernel_->name(), variant});
  if (!plan || plan->workspace_bytes == 0) return plan;
  std::lock_guard lock(mutex_);
  DeviceMemory &workspace = workspaces_[stream];
  if (workspace.bytes() < plan->workspace_bytes) {
    Result<DeviceMemory> larger = DeviceMemory::allocate(device_, plan->workspace_bytes, "workspace");
    if (!larger) return larger.fault();
    if (workspace.address()) retired_.push_back(std::move(workspace));
    workspace = std::move(*larger);
  }
  bind_workspace(*plan, workspace.address());
  return plan;
}

Status Launcher::launch(std::span<const LaunchArgument> arguments, Stream stream, int variant) {
  Result<LaunchPlan> plan = prepare(arguments, stream, variant);
  if (!plan) return plan.fault();
  return device_.launch(*kernel_, *plan, stream);
}

} // namespace tw::rt
