// Finds the CUDA driver's functions and names its errors.
#include "driver.hpp"

#include <dlfcn.h>

namespace tw::rt::cuda {
namespace {

template <class Pointer> bool find(void *library, const char *name, Pointer &out) {
  out = reinterpret_cast<Pointer>(::dlsym(library, name));
  return out != nullptr;
}

// The name of the first function that is missing, or null. Names with _v2 are the current ABI of that function.
const char *find_all(void *library, Driver &d) {
#define TW_FIND(member, symbol)                                                                                        \
  if (!find(library, symbol, d.member)) return symbol
  TW_FIND(get_error_name, "cuGetErrorName");
  TW_FIND(get_error_string, "cuGetErrorString");
  TW_FIND(init, "cuInit");
  TW_FIND(driver_version, "cuDriverGetVersion");
  TW_FIND(device_count, "cuDeviceGetCount");
  TW_FIND(device_get, "cuDeviceGet");
  TW_FIND(device_name, "cuDeviceGetName");
  TW_FIND(device_attribute, "cuDeviceGetAttribute");
  TW_FIND(primary_context_retain, "cuDevicePrimaryCtxRetain");
  TW_FIND(primary_context_release, "cuDevicePrimaryCtxRelease_v2");
  TW_FIND(context_push, "cuCtxPushCurrent_v2");
  TW_FIND(context_pop, "cuCtxPopCurrent_v2");
  TW_FIND(context_synchronize, "cuCtxSynchronize");
  TW_FIND(memory_allocate, "cuMemAlloc_v2");
  TW_FIND(memory_free, "cuMemFree_v2");
  TW_FIND(copy_to_device, "cuMemcpyHtoD_v2");
  TW_FIND(copy_to_host, "cuMemcpyDtoH_v2");
  TW_FIND(memset_async, "cuMemsetD8Async");
  TW_FIND(module_load, "cuModuleLoadDataEx");
  TW_FIND(module_unload, "cuModuleUnload");
  TW_FIND(module_function, "cuModuleGetFunction");
  TW_FIND(function_set_attribute, "cuFuncSetAttribute");
  TW_FIND(launch_kernel, "cuLaunchKernel");
  TW_FIND(event_create, "cuEventCreate");
  TW_FIND(event_destroy, "cuEventDestroy_v2");
  TW_FIND(event_record, "cuEventRecord");
  TW_FIND(event_synchronize, "cuEventSynchronize");
  // Newer headers name it _v2, which drivers before 12.8 lack; both have one signature.
  TW_FIND(event_elapsed, "cuEventElapsedTime");
#undef TW_FIND
  find(library, "cuLaunchKernelEx", d.launch_kernel_ex);
  find(library, "cuTensorMapEncodeTiled", d.tensor_map_encode);
  return nullptr;
}

Result<const Driver *> open_once() {
  static Driver driver;
  void *library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *why = ::dlerror();
    return make_fault(
        FaultClass::unsupported, "cuda.no_driver",
        {"device cuda", "there is no CUDA driver on this machine", why ? why : "libcuda.so.1 is not found",
         "install the NVIDIA driver, or check the kernel with device emulator (twc run --device emulator)"});
  }
  if (const char *missing = find_all(library, driver))
    return make_fault(FaultClass::unsupported, "cuda.no_driver",
                      {"device cuda",
                       std::string("the CUDA driver is too old: it has no ") + missing,
                       {},
                       "install a driver of CUDA 11.8 or newer"});
  const DriverResult result = driver.init(0);
  if (result == no_device)
    return make_fault(FaultClass::unsupported, "cuda.no_device",
                      {"device cuda", "the driver sees no GPU", {}, "check nvidia-smi and CUDA_VISIBLE_DEVICES"});
  if (Status status = driver.check(result, "starting the driver"); !status) return status.fault();
  return &driver;
}

// What to do about the errors that users meet; the rest have only the driver's own words.
const char *advice(DriverResult result) {
  switch (result) {
  case out_of_memory: return "free device memory, or use smaller tensors";
  case 700: // illegal address
  case 716: // misaligned address
  case 719: // launch failure
    return "the kernel faulted and this process cannot use the GPU any more: start it again, and run the kernel on "
           "device emulator to see the place";
  case 701: return "the launch needs more registers or shared memory than a multiprocessor has: use a smaller block";
  case 222: // unsupported PTX version
    return "the PTX is newer than the driver: update the driver, or compile where there is an assembler";
  case no_binary_for_gpu: return "compile the kernel for this GPU's target";
  default: return "";
  }
}

} // namespace

Status Driver::check(DriverResult result, const std::string &action) const {
  if (result == success) return {};
  const char *name = nullptr, *text = nullptr;
  get_error_name(result, &name);
  get_error_string(result, &text);
  const std::string code = name ? name : std::to_string(result);
  return make_fault(FaultClass::user, "cuda." + code,
                    {"device cuda", action + " failed with " + code, text ? text : "", advice(result)});
}

Result<const Driver *> open_driver() {
  static const Result<const Driver *> opened = open_once();
  return opened;
}

} // namespace tw::rt::cuda
