// Loads modules from cubin or PTX, and launches their entries.
#include "kernel.hpp"

#include <cstring>

namespace tw::rt::cuda {
namespace {

// CUtensorMapDataType of an element type; types the hardware does not know travel as unsigned integers of their size.
int tensor_map_type(ElementType type) {
  switch (type) {
  case ElementType::f16: return 6;
  case ElementType::f32: return 7;
  case ElementType::f64: return 8;
  case ElementType::bf16: return 9;
  case ElementType::tf32: return 11;
  case ElementType::i32: return 3;
  case ElementType::i64: return 5;
  default: break;
  }
  switch (size_of(type)) {
  case 1: return 0;
  case 2: return 1;
  case 4: return 2;
  default: return 4;
  }
}

// CUtensorMapSwizzle and CUtensorMapL2promotion count up from none.
int swizzle_code(int bytes) { return bytes == 128 ? 3 : bytes / 32; }
int promotion_code(int bytes) { return bytes == 256 ? 3 : bytes / 64; }

} // namespace

Status check_target(const std::string &target, int major, int minor) {
  const auto fault = [&](std::string why) {
    return make_fault(FaultClass::unsupported, "cuda.target",
                      {"device cuda",
                       "the artifact is compiled for " + target + " but this GPU is sm_" + std::to_string(major) +
                           std::to_string(minor),
                       std::move(why), "compile the kernel for this GPU"});
  };
  const bool is_exact = !target.empty() && target.back() == 'a';
  const std::string digits = target.rfind("sm_", 0) == 0 ? target.substr(3, target.size() - 3 - is_exact) : "";
  if (digits.size() < 2 || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
    return fault("device cuda runs targets like sm_80 and sm_90a");
  const int wanted = std::stoi(digits), here = 10 * major + minor;
  if (is_exact && wanted != here) return fault("a target with suffix 'a' runs on exactly that GPU generation");
  if (wanted > here) return fault("a target runs on its own generation and later ones");
  return {};
}

CudaKernel::CudaKernel(const Driver &driver, Context context, const Artifact &artifact)
    : Kernel(artifact.kernel, artifact.rule), driver_(driver), context_(context) {}

CudaKernel::~CudaKernel() {
  Context popped;
  if (!module_ || driver_.context_push(context_) != success) return;
  driver_.module_unload(module_);
  driver_.context_pop(&popped);
}

Result<std::unique_ptr<CudaKernel>> CudaKernel::load(const Driver &driver, Context context, const Artifact &artifact) {
  std::unique_ptr<CudaKernel> kernel(new CudaKernel(driver, context, artifact));
  if (Status status = kernel->load_module(artifact); !status) return status.fault();
  return kernel;
}

Status CudaKernel::load_module(const Artifact &artifact) {
  DriverResult result = no_binary_for_gpu;
  if (!artifact.cubin.empty()) result = driver_.module_load(&module_, artifact.cubin.data(), 0, nullptr, nullptr);
  // A cubin runs on its own major version only; on later GPUs the driver compiles the PTX.
  if (result == no_binary_for_gpu && !artifact.ptx.empty()) {
    std::vector<char> log(16384, '\0');
    int options[] = {jit_error_log, jit_error_log_bytes};
    // The driver takes sizes as pointer-sized values.
    void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
    result = driver_.module_load(&module_, artifact.ptx.c_str(), 2, options, values);
    if (result != success) {
      Fault fault = driver_.check(result, "compiling the PTX of kernel '" + artifact.kernel + "'").fault();
      if (log[0]) fault.message += "\n  the driver's log:\n" + std::string(log.data());
      return fault;
    }
  }
  return driver_.check(result, "loading the code of kernel '" + artifact.kernel + "'");
}

Result<Function> CudaKernel::function(const KernelStep &step) {
  std::lock_guard lock(mutex_);
  Entry &entry = entries_[step.entry];
  if (!entry.function) {
    const DriverResult result = driver_.module_function(&entry.function, module_, step.entry.c_str());
    if (result == not_found)
      return make_fault(FaultClass::user, "cuda.entry",
                        {"kernel '" + name() + "'", "its code has no entry '" + step.entry + "'",
                         "the artifact's launch rule and its code do not belong together", "compile the kernel again"});
    if (Status s = driver_.check(result, "finding entry '" + step.entry + "'"); !s) return s.fault();
  }
  // Shared memory beyond 48 KiB and clusters beyond 8 blocks must be asked for (CUDA programming guide).
  if (step.shared_bytes > entry.shared_bytes) {
    const DriverResult result =
        driver_.function_set_attribute(entry.function, max_dynamic_shared_bytes, static_cast<int>(step.shared_bytes));
    if (result == invalid_value)
      return make_fault(FaultClass::unsupported, "cuda.shared_bytes",
                        {"kernel '" + name() + "'",
                         "entry '" + step.entry + "' needs " + std::to_string(step.shared_bytes) +
                             " bytes of shared memory, more than a block of this GPU may have",
                         {},
                         "compile the kernel for this GPU's target, or with fewer stages"});
    if (Status s = driver_.check(result, "reserving " + std::to_string(step.shared_bytes) +
                                             " bytes of shared memory for entry '" + step.entry + "'");
        !s)
      return s.fault();
    entry.shared_bytes = step.shared_bytes;
  }
  if (step.cluster[0] * step.cluster[1] * step.cluster[2] > 8 && !entry.large_cluster) {
    const DriverResult result = driver_.function_set_attribute(entry.function, non_portable_cluster_size_allowed, 1);
    if (Status s = driver_.check(result, "allowing large clusters for entry '" + step.entry + "'"); !s)
      return s.fault();
    entry.large_cluster = true;
  }
  return entry.function;
}

Status CudaKernel::encode(const TensorMapValue &map, TensorMap &encoded) {
  std::lock_guard lock(mutex_);
  for (const auto &[key, value] : encoded_)
    if (key == map) {
      encoded = value;
      return {};
    }
  if (!driver_.tensor_map_encode)
    return make_fault(
        FaultClass::unsupported, "cuda.no_tensor_maps",
        {"device cuda", "the driver cannot encode tensor maps", {}, "install a driver of CUDA 12.0 or newer"});
  const DriverResult result =
      driver_.tensor_map_encode(&encoded, tensor_map_type(map.type), static_cast<std::uint32_t>(map.sizes.size()),
                                reinterpret_cast<void *>(map.address), map.sizes.data(), map.strides.data(),
                                map.box.data(), map.element_steps.data(), 0, swizzle_code(map.swizzle_bytes),
                                promotion_code(map.l2_promotion_bytes), map.fill_nan);
  if (Status s = driver_.check(result, "encoding a tensor map of kernel '" + name() + "'"); !s) return s;
  // A bounded cache: a program that never repeats a pointer must not grow it.
  if (encoded_.size() >= 64) encoded_.erase(encoded_.begin());
  encoded_.emplace_back(map, encoded);
  return {};
}

Status CudaKernel::launch(const LaunchPlan &plan, StreamHandle stream) {
  for (const auto &step : plan.steps) {
    Status status;
    if (const auto *memset = std::get_if<MemsetStep>(&step))
      status =
          driver_.check(driver_.memset_async(memset->address, memset->value, memset->bytes, stream), "setting memory");
    else
      status = launch(std::get<KernelStep>(step), stream);
    if (!status) return status;
  }
  return {};
}

Status CudaKernel::launch(const KernelStep &step, StreamHandle stream) {
  Result<Function> entry = function(step);
  if (!entry) return entry.fault();
  // Tensor maps need 64-byte alignment, which the block of bytes in the plan does not promise.
  std::vector<std::byte> filled;
  const std::byte *block = step.parameters.data();
  if (!step.tensor_maps.empty()) {
    filled = step.parameters;
    for (const TensorMapValue &map : step.tensor_maps) {
      TensorMap encoded{};
      if (Status status = encode(map, encoded); !status) return status;
      std::memcpy(filled.data() + map.parameter_offset, &encoded, sizeof(TensorMap));
    }
    block = filled.data();
  }
  std::vector<void *> parameters;
  for (const KernelStep::Slot &slot : step.slots) parameters.push_back(const_cast<std::byte *>(block + slot.offset));

  const std::string action = "launching entry '" + step.entry + "'";
  const bool has_cluster = step.cluster[0] * step.cluster[1] * step.cluster[2] > 1;
  if (!has_cluster && !step.cooperative)
    return driver_.check(driver_.launch_kernel(*entry, step.grid[0], step.grid[1], step.grid[2], step.block[0],
                                               step.block[1], step.block[2], step.shared_bytes, stream,
                                               parameters.data(), nullptr),
                         action);
  if (!driver_.launch_kernel_ex)
    return make_fault(
        FaultClass::unsupported, "cuda.no_clusters",
        {"device cuda", "the driver cannot launch clusters", {}, "install a driver of CUDA 11.8 or newer"});
  LaunchAttribute attributes[2]{};
  LaunchConfig config{{step.grid[0], step.grid[1], step.grid[2]},
                      {step.block[0], step.block[1], step.block[2]},
                      step.shared_bytes,
                      stream,
                      attributes,
                      0};
  if (has_cluster)
    attributes[config.attribute_count++] = {launch_cluster, 0, {step.cluster[0], step.cluster[1], step.cluster[2]}};
  if (step.cooperative) attributes[config.attribute_count++] = {launch_cooperative, 0, {1}};
  return driver_.check(driver_.launch_kernel_ex(&config, *entry, parameters.data(), nullptr), action);
}

} // namespace tw::rt::cuda
