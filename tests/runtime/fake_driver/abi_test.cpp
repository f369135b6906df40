// The runtime's own declarations of the driver API agree with cuda.h: parameter by parameter, value by value.
#include <catch2/catch.hpp>

#include <cstddef>
#include <cuda.h>
#include <type_traits>

#include "../../../runtime/lib/cuda/driver.hpp"
#include "tensor_map_types.hpp"

namespace {

using namespace tw::rt::cuda;

/// Two types that are passed alike: both pointers, both floating, or integers or enumerations of one size.
template <class A, class B>
constexpr bool
    alike = sizeof(A) == sizeof(B) && std::is_pointer_v<A> == std::is_pointer_v<B> &&std::is_floating_point_v<A> ==
                                          std::is_floating_point_v<B>;

template <class A, class B> struct SameCall : std::false_type {};
template <class R1, class... A, class R2, class... B>
requires(sizeof...(A) == sizeof...(B)) struct SameCall<R1 (*)(A...), R2 (*)(B...)>
    : std::bool_constant<alike<R1, R2> && (alike<A, B> && ...)> {
};

#define SAME_CALL(member, function) static_assert(SameCall<decltype(Driver::member), decltype(&function)>::value)
SAME_CALL(get_error_name, cuGetErrorName);
SAME_CALL(get_error_string, cuGetErrorString);
SAME_CALL(init, cuInit);
SAME_CALL(driver_version, cuDriverGetVersion);
SAME_CALL(device_count, cuDeviceGetCount);
SAME_CALL(device_get, cuDeviceGet);
SAME_CALL(device_name, cuDeviceGetName);
SAME_CALL(device_attribute, cuDeviceGetAttribute);
SAME_CALL(primary_context_retain, cuDevicePrimaryCtxRetain);
SAME_CALL(primary_context_release, cuDevicePrimaryCtxRelease);
SAME_CALL(context_push, cuCtxPushCurrent);
SAME_CALL(context_pop, cuCtxPopCurrent);
SAME_CALL(context_synchronize, cuCtxSynchronize);
SAME_CALL(memory_allocate, cuMemAlloc);
SAME_CALL(memory_free, cuMemFree);
SAME_CALL(copy_to_device, cuMemcpyHtoD);
SAME_CALL(copy_to_host, cuMemcpyDtoH);
SAME_CALL(memset_async, cuMemsetD8Async);
SAME_CALL(module_load, cuModuleLoadDataEx);
SAME_CALL(module_unload, cuModuleUnload);
SAME_CALL(module_function, cuModuleGetFunction);
SAME_CALL(function_set_attribute, cuFuncSetAttribute);
SAME_CALL(launch_kernel, cuLaunchKernel);
SAME_CALL(event_create, cuEventCreate);
SAME_CALL(event_destroy, cuEventDestroy);
SAME_CALL(event_record, cuEventRecord);
SAME_CALL(event_synchronize, cuEventSynchronize);
SAME_CALL(event_elapsed, cuEventElapsedTime);
#if CUDA_VERSION >= 12000
SAME_CALL(launch_kernel_ex, cuLaunchKernelEx);
SAME_CALL(tensor_map_encode, cuTensorMapEncodeTiled);
static_assert(sizeof(TensorMap) == sizeof(CUtensorMap) && alignof(TensorMap) >= alignof(CUtensorMap));
using fake_driver::tensor_map_types;
using Emulated = tw::emu::TensorMapType;
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_UINT8] == Emulated::U8);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_UINT16] == Emulated::U16);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_INT32] == Emulated::S32);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_INT64] == Emulated::S64);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_FLOAT16] == Emulated::F16);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_FLOAT32] == Emulated::F32);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_FLOAT64] == Emulated::F64);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_BFLOAT16] == Emulated::BF16);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_FLOAT32_FTZ] == Emulated::F32Ftz);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_TFLOAT32] == Emulated::TF32);
static_assert(tensor_map_types[CU_TENSOR_MAP_DATA_TYPE_TFLOAT32_FTZ] == Emulated::TF32Ftz);
static_assert(CU_TENSOR_MAP_SWIZZLE_32B == 1 && CU_TENSOR_MAP_SWIZZLE_64B == 2 && CU_TENSOR_MAP_SWIZZLE_128B == 3);
static_assert(CU_TENSOR_MAP_FLOAT_OOB_FILL_NAN_REQUEST_ZERO_FMA == 1 && CU_TENSOR_MAP_L2_PROMOTION_L2_256B == 3);
static_assert(sizeof(LaunchConfig) == sizeof(CUlaunchConfig));
static_assert(offsetof(LaunchConfig, grid) == offsetof(CUlaunchConfig, gridDimX));
static_assert(offsetof(LaunchConfig, block) == offsetof(CUlaunchConfig, blockDimX));
static_assert(offsetof(LaunchConfig, shared_bytes) == offsetof(CUlaunchConfig, sharedMemBytes));
static_assert(offsetof(LaunchConfig, stream) == offsetof(CUlaunchConfig, hStream));
static_assert(offsetof(LaunchConfig, attributes) == offsetof(CUlaunchConfig, attrs));
static_assert(offsetof(LaunchConfig, attribute_count) == offsetof(CUlaunchConfig, numAttrs));
static_assert(sizeof(LaunchAttribute) == sizeof(CUlaunchAttribute));
static_assert(offsetof(LaunchAttribute, value) == offsetof(CUlaunchAttribute, value));
static_assert(launch_cluster == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);
static_assert(launch_cooperative == CU_LAUNCH_ATTRIBUTE_COOPERATIVE);
static_assert(non_portable_cluster_size_allowed == CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED);
// What tensor maps are encoded with (kernel.cpp).
static_assert(CU_TENSOR_MAP_DATA_TYPE_UINT8 == 0 && CU_TENSOR_MAP_DATA_TYPE_UINT16 == 1);
static_assert(CU_TENSOR_MAP_DATA_TYPE_UINT32 == 2 && CU_TENSOR_MAP_DATA_TYPE_INT32 == 3);
static_assert(CU_TENSOR_MAP_DATA_TYPE_UINT64 == 4 && CU_TENSOR_MAP_DATA_TYPE_INT64 == 5);
static_assert(CU_TENSOR_MAP_DATA_TYPE_FLOAT16 == 6 && CU_TENSOR_MAP_DATA_TYPE_FLOAT32 == 7);
static_assert(CU_TENSOR_MAP_DATA_TYPE_FLOAT64 == 8 && CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 == 9);
static_assert(CU_TENSOR_MAP_DATA_TYPE_TFLOAT32 == 11);
static_assert(CU_TENSOR_MAP_SWIZZLE_NONE == 0 && CU_TENSOR_MAP_SWIZZLE_32B == 1 && CU_TENSOR_MAP_SWIZZLE_64B == 2 &&
              CU_TENSOR_MAP_SWIZZLE_128B == 3);
static_assert(CU_TENSOR_MAP_L2_PROMOTION_NONE == 0 && CU_TENSOR_MAP_L2_PROMOTION_L2_64B == 1 &&
              CU_TENSOR_MAP_L2_PROMOTION_L2_128B == 2 && CU_TENSOR_MAP_L2_PROMOTION_L2_256B == 3);
#endif
static_assert(success == CUDA_SUCCESS && invalid_value == CUDA_ERROR_INVALID_VALUE);
static_assert(out_of_memory == CUDA_ERROR_OUT_OF_MEMORY && no_device == CUDA_ERROR_NO_DEVICE);
static_assert(no_binary_for_gpu == CUDA_ERROR_NO_BINARY_FOR_GPU && not_found == CUDA_ERROR_NOT_FOUND);
static_assert(CUDA_ERROR_ILLEGAL_ADDRESS == 700 && CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES == 701);
static_assert(CUDA_ERROR_MISALIGNED_ADDRESS == 716 && CUDA_ERROR_LAUNCH_FAILED == 719);
static_assert(CUDA_ERROR_UNSUPPORTED_PTX_VERSION == 222);
static_assert(compute_capability_major == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(compute_capability_minor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(max_dynamic_shared_bytes == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
static_assert(jit_error_log == CU_JIT_ERROR_LOG_BUFFER && jit_error_log_bytes == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);

#define SYMBOL_OF(name) std::string(#name)
#define EXPANDED(name) SYMBOL_OF(name)

} // namespace

// The macros of cuda.h turn a function's plain name into the symbol of its current ABI.
TEST_CASE("the symbols that are looked up are those of the current ABI") {
  CHECK(EXPANDED(cuMemAlloc) == "cuMemAlloc_v2");
  CHECK(EXPANDED(cuMemFree) == "cuMemFree_v2");
  CHECK(EXPANDED(cuMemcpyHtoD) == "cuMemcpyHtoD_v2");
  CHECK(EXPANDED(cuMemcpyDtoH) == "cuMemcpyDtoH_v2");
  CHECK(EXPANDED(cuCtxPushCurrent) == "cuCtxPushCurrent_v2");
  CHECK(EXPANDED(cuCtxPopCurrent) == "cuCtxPopCurrent_v2");
  CHECK(EXPANDED(cuDevicePrimaryCtxRelease) == "cuDevicePrimaryCtxRelease_v2");
  CHECK(EXPANDED(cuEventDestroy) == "cuEventDestroy_v2");
  CHECK(EXPANDED(cuCtxSynchronize) == "cuCtxSynchronize");
  CHECK(EXPANDED(cuModuleLoadDataEx) == "cuModuleLoadDataEx");
}
