// Running kernels on tensors in host memory: arguments, devices, and one synchronous call.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "tilewright/api/result.hpp"
#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/device.hpp"
#include "tilewright/runtime/emulator_device.hpp"
#include "tilewright/runtime/tensor.hpp"
#include "tilewright/types/element.hpp"

namespace tw {

using rt::Device;
using rt::Fill;
using rt::HostTensor;

namespace detail {
// Both sides number the element types alike; the language has one more, for indices, after the last.
static_assert(static_cast<int>(rt::ElementType::boolean) == static_cast<int>(Element::boolean) &&
              static_cast<int>(rt::ElementType::bf16) == static_cast<int>(Element::bf16));
template <class T>
inline constexpr rt::ElementType runtime_type = static_cast<rt::ElementType>(static_cast<int>(element_of<T>));
} // namespace detail

/// A dense row-major tensor of element type T in host memory: `host_tensor<bf16>({128, 64}, Fill::normal, 1)`.
/// Tensors of one fill and seed are equal on every machine. Throws tw::Error for extents that cannot be.
template <class T>
HostTensor host_tensor(std::vector<std::int64_t> shape, Fill fill = Fill::zeros, std::uint64_t seed = 0) {
  HostTensor tensor = detail::value_of(HostTensor::zeros(detail::runtime_type<T>, std::move(shape)));
  if (fill != Fill::zeros) rt::fill_tensor(tensor, fill, seed);
  return tensor;
}

/// A tensor over `data`, which must outlive it: float for f32, double for f64, std::int32_t for i32 and so on, and
/// unsigned integers of the same size for f16, bf16 and 8-bit floats.
template <class T, class Stored> HostTensor host_view(Stored *data, std::vector<std::int64_t> shape) {
  static_assert(std::is_trivially_copyable_v<Stored> && !std::is_const_v<Stored>);
  if (sizeof(Stored) != rt::size_of(detail::runtime_type<T>))
    throw Error("host_view.size", "host_view: error: elements of " + std::to_string(sizeof(Stored)) + " bytes for " +
                                      detail::info(detail::element_of<T>).name +
                                      "\n  fix: point to elements of the size of the element type");
  std::size_t count = 1;
  for (std::int64_t extent : shape) count *= extent > 0 ? static_cast<std::size_t>(extent) : 0;
  std::vector<std::int64_t> strides = rt::dense_strides(shape);
  return detail::value_of(HostTensor::borrow(detail::runtime_type<T>, std::move(shape), std::move(strides),
                                             {reinterpret_cast<std::byte *>(data), count * sizeof(Stored)}));
}

/// The device of calls that name none, opened once for the process: the first GPU when there is a driver, else the
/// emulator with every check, on which a finding makes the call fail. Programs that want another open their own.
inline Device &default_device() {
  static const std::unique_ptr<Device> device = []() -> std::unique_ptr<Device> {
    if (auto cuda = rt::open_cuda_device()) return std::move(*cuda);
    return detail::value_of(rt::open_emulator_device());
  }();
  return *device;
}

namespace detail {

/// One argument of a run: a tensor, which the kernel may write where it is not const, or a number.
struct RunArgument {
  const HostTensor *tensor = nullptr;
  HostTensor *result = nullptr;
  bool is_integer = false;
  double real = 0;
  std::int64_t whole = 0;

  RunArgument(HostTensor &given) : tensor(&given), result(&given) {}
  RunArgument(const HostTensor &given) : tensor(&given) {}
  template <class N>
  requires std::is_arithmetic_v<N> RunArgument(N number)
      : is_integer(std::is_integral_v<N>), real(static_cast<double>(number)), whole(static_cast<std::int64_t>(number)) {
  }

  rt::Scalar scalar(rt::ElementType type) const {
    return is_integer ? rt::Scalar::of_integer(type, whole) : rt::Scalar::of_double(type, real);
  }
};

/// Copies the arguments to the device, runs the kernel, waits, and copies back what is not const.
inline void run(rt::Launcher &launcher, const std::vector<RunArgument> &arguments) {
  Device &device = launcher.device();
  const std::vector<rt::ArgumentRule> &rules = launcher.rule().arguments;
  std::vector<rt::DeviceMemory> memory(arguments.size());
  std::vector<rt::LaunchArgument> launched;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const RunArgument &argument = arguments[i];
    bool known = i < rules.size();
    if (!argument.tensor) {
      launched.push_back(argument.scalar(known ? rules[i].type : rt::ElementType::f64));
      continue;
    }
    const HostTensor &tensor = *argument.tensor;
    const std::string name = known ? rules[i].name : "argument " + std::to_string(i);
    memory[i] = value_of(rt::DeviceMemory::allocate(device, tensor.storage_bytes(), name));
    check(device.copy_in(memory[i].address(), tensor.bytes()));
    launched.push_back(rt::DeviceTensor{tensor.type(), memory[i].address(), tensor.shape(), tensor.strides()});
  }
  check(launcher.launch(launched));
  check(device.synchronize());
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].result) check(device.copy_out(arguments[i].result->bytes(), memory[i].address()));
}

} // namespace detail
} // namespace tw
