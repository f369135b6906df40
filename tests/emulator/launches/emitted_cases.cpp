// Launches of PTX that twc emits for the example kernels: cp.async and mma for sm_80, tensor copies and wgmma for
// sm_90a. What the launch is, the artifact's rule says.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "launches/launch_case.hpp"
#include "launches/matrix.hpp"
#include "tilewright/runtime/artifact.hpp"
#include "tilewright/runtime/launch.hpp"

namespace tw::emu::test {
namespace {

/// Where the rule is told that argument i lies: recognised again in the parameters.
uint64_t placeholder(size_t argument) { return uint64_t{0x7000'0000'0000} + argument * 0x1000'0000; }

rt::LaunchArgument matrixArgument(size_t number, int64_t rows, int64_t columns) {
  return rt::DeviceTensor{rt::ElementType::bf16, placeholder(number), {rows, columns}, {columns, 1}};
}

TensorMapSpec specOf(const rt::TensorMapValue &value) {
  TensorMapSpec spec;
  spec.type = TensorMapType::BF16;
  spec.rank = static_cast<uint32_t>(value.sizes.size());
  std::copy(value.sizes.begin(), value.sizes.end(), spec.dims.begin());
  std::copy(value.strides.begin(), value.strides.end(), spec.strides.begin());
  std::copy(value.box.begin(), value.box.end(), spec.box.begin());
  std::copy(value.element_steps.begin(), value.element_steps.end(), spec.element_strides.begin());
  spec.swizzle = static_cast<uint32_t>(value.swizzle_bytes);
  spec.nan_fill = value.fill_nan;
  return spec;
}

/// The parameters of a launch, placeholders replaced by the buffers 0, 1, 2.
void addParameters(LaunchCase &launch, const rt::KernelStep &step) {
  for (const rt::KernelStep::Slot &slot : step.slots) {
    auto map = std::find_if(step.tensor_maps.begin(), step.tensor_maps.end(),
                            [&](const rt::TensorMapValue &value) { return value.parameter_offset == slot.offset; });
    uint64_t bits = 0;
    std::span<const std::byte> bytes(step.parameters.data() + slot.offset, slot.bytes);
    if (slot.bytes == 8) std::memcpy(&bits, bytes.data(), 8);
    auto bufferAt = [](uint64_t address) {
      for (size_t i = 0; i < 3; ++i)
        if (address == placeholder(i)) return static_cast<int>(i);
      return -1;
    };
    if (map != step.tensor_maps.end())
      launch.map(bufferAt(map->address), specOf(*map));
    else if (bufferAt(bits) >= 0)
      launch.pointer(bufferAt(bits));
    else
      launch.bytes(bytes);
  }
}

/// The product of an m x k and a k x n matrix, by the first variant that fits.
void addProduct(std::vector<LaunchCase> &cases, const std::string &source, int m, int n, int k) {
  auto artifact = rt::read_artifact(artifactOf(source));
  if (!artifact) return; // built without the compiler
  std::vector<rt::LaunchArgument> arguments = {matrixArgument(0, m, k), matrixArgument(1, k, n),
                                               matrixArgument(2, m, n)};
  auto plan = rt::plan_launch(artifact->rule, arguments);
  if (!plan) throw std::runtime_error(plan.fault().message);
  const auto &step = std::get<rt::KernelStep>(plan->steps.at(0));
  Matrix a(m, k, 2, asBf16), b(k, n, 2, asBf16);
  std::vector<uint16_t> c;
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      int sum = 0;
      for (int at = 0; at < k; ++at) sum += a.at(i, at) * b.at(at, j);
      c.push_back(static_cast<uint16_t>(asBf16(sum)));
    }
  LaunchCase launch(source, step.entry);
  launch.holds(a.data);
  launch.holds(b.data);
  launch.leaves(c);
  addParameters(launch, step);
  launch.grid(step.grid[0], step.grid[1], step.grid[2]).block(step.block[0], step.block[1], step.block[2]);
  cases.push_back(launch.shared(step.shared_bytes));
}

} // namespace

std::vector<LaunchCase> emittedCases() {
  std::vector<LaunchCase> cases;
  // Seven steps of 32 columns: more than three stages, and the last one lies where the result is staged.
  addProduct(cases, "emitted_staged", 64, 64, 224);
  addProduct(cases, "emitted_staged", 40, 50, 70);
  addProduct(cases, "emitted_dataflow", 64, 128, 224);
  // Enough steps that every stage is used three times.
  addProduct(cases, "emitted_hopper", 64, 64, 32 * 18);
  return cases;
}

} // namespace tw::emu::test
