// The part of the CUDA driver API that the runtime calls, declared here so that no toolkit is needed to build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tilewright/runtime/error.hpp"

// Names without the driver's prefix; values and layouts are those of cuda.h (CUDA driver API reference, types).
namespace tw::rt::cuda {

using DriverResult = int;
using DeviceHandle = int;
using Address = unsigned long long;
using Context = struct ContextOpaque *;
using ModuleHandle = struct ModuleOpaque *;
using Function = struct FunctionOpaque *;
using StreamHandle = struct StreamOpaque *;
using EventHandle = struct EventOpaque *;

inline constexpr DriverResult success = 0;
inline constexpr DriverResult invalid_value = 1;
inline constexpr DriverResult out_of_memory = 2;
inline constexpr DriverResult no_device = 100;
inline constexpr DriverResult no_binary_for_gpu = 209;
inline constexpr DriverResult not_found = 500;

/// Device attributes.
inline constexpr int compute_capability_major = 75, compute_capability_minor = 76;
/// Function attributes.
inline constexpr int max_dynamic_shared_bytes = 8, non_portable_cluster_size_allowed = 14;
/// Options of module loading.
inline constexpr int jit_error_log = 5, jit_error_log_bytes = 6;
/// Launch attributes.
inline constexpr int launch_cooperative = 2, launch_cluster = 4;

/// CUlaunchAttribute: an id, padded to 8 bytes, and a union of 64 bytes.
struct LaunchAttribute {
  std::uint32_t id;
  std::uint32_t padding;
  std::uint32_t value[16];
};
static_assert(sizeof(LaunchAttribute) == 72);

/// CUlaunchConfig.
struct LaunchConfig {
  unsigned grid[3];
  unsigned block[3];
  unsigned shared_bytes;
  StreamHandle stream;
  LaunchAttribute *attributes;
  unsigned attribute_count;
};
static_assert(sizeof(LaunchConfig) == 56);

/// CUtensorMap. The driver wants 64-byte alignment; since CUDA 13 the type itself has 128.
struct alignas(128) TensorMap {
  std::uint64_t opaque[16];
};

/// The driver's functions, found once per process. Those marked optional may be null on old drivers.
struct Driver {
  DriverResult (*get_error_name)(DriverResult, const char **);
  DriverResult (*get_error_string)(DriverResult, const char **);
  DriverResult (*init)(unsigned);
  DriverResult (*driver_version)(int *);
  DriverResult (*device_count)(int *);
  DriverResult (*device_get)(DeviceHandle *, int);
  DriverResult (*device_name)(char *, int, DeviceHandle);
  DriverResult (*device_attribute)(int *, int, DeviceHandle);
  DriverResult (*primary_context_retain)(Context *, DeviceHandle);
  DriverResult (*primary_context_release)(DeviceHandle);
  DriverResult (*context_push)(Context);
  DriverResult (*context_pop)(Context *);
  DriverResult (*context_synchronize)();
  DriverResult (*memory_allocate)(Address *, std::size_t);
  DriverResult (*memory_free)(Address);
  DriverResult (*copy_to_device)(Address, const void *, std::size_t);
  DriverResult (*copy_to_host)(void *, Address, std::size_t);
  DriverResult (*memset_async)(Address, unsigned char, std::size_t, StreamHandle);
  DriverResult (*module_load)(ModuleHandle *, const void *, unsigned, int *, void **);
  DriverResult (*module_unload)(ModuleHandle);
  DriverResult (*module_function)(Function *, ModuleHandle, const char *);
  DriverResult (*function_set_attribute)(Function, int, int);
  DriverResult (*launch_kernel)(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                                StreamHandle, void **, void **);
  DriverResult (*launch_kernel_ex)(const LaunchConfig *, Function, void **, void **); // optional, since 11.8
  DriverResult (*event_create)(EventHandle *, unsigned);
  DriverResult (*event_destroy)(EventHandle);
  DriverResult (*event_record)(EventHandle, StreamHandle);
  DriverResult (*event_synchronize)(EventHandle);
  DriverResult (*event_elapsed)(float *, EventHandle, EventHandle);
  DriverResult (*tensor_map_encode)(TensorMap *, int, std::uint32_t, void *, const std::uint64_t *,
                                    const std::uint64_t *, const std::uint32_t *, const std::uint32_t *, int, int, int,
                                    int); // optional, since 12.0

  /// Success, or a fault with code "cuda.NAME" that says what `action` did not work and why.
  Status check(DriverResult result, const std::string &action) const;
};

/// Loads libcuda.so.1 and initialises it, once. Codes: cuda.no_driver, cuda.no_device (unsupported), cuda.*.
Result<const Driver *> open_driver();

} // namespace tw::rt::cuda
