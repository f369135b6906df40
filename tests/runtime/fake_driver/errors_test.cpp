// Every call of device `cuda` into the driver may fail, and says which it was and why.
#include "fixture.hpp"

using namespace tw::rt;
using namespace tw::rt::test;

namespace {

struct Failure {
  const char *settings, *text, *code;
};

/// The whole life of a kernel; the first thing that fails.
Status live() {
  auto device = open_fake();
  if (!device) return device.fault();
  Artifact artifact = scale_ptx_artifact();
  kernel_of(artifact).shared_bytes = 64 * 1024;
  artifact.rule.variants[0].steps.insert(artifact.rule.variants[0].steps.begin(), MemsetRule{2, 0, 4000, 0});
  RunRequest request;
  request.time = true;
  const auto outcome = run_artifact(**device, artifact, scale_arguments(), request);
  return outcome ? Status() : Status(outcome.fault());
}

} // namespace

TEST_CASE("every call that fails is named with the driver's words") {
  CHECK(live().ok());
  const Failure failure = GENERATE(values<Failure>({
      {"fail=cuDeviceGetCount:3", "counting the GPUs failed with", "CUDA_ERROR_NOT_INITIALIZED"},
      {"fail=cuDeviceGet:1", "opening the GPU failed with", "CUDA_ERROR_INVALID_VALUE"},
      {"fail=cuDeviceGetName:1", "asking for the GPU's name failed with", "CUDA_ERROR_INVALID_VALUE"},
      {"fail=cuDeviceGetAttribute:1", "asking for the GPU's target failed with", "CUDA_ERROR_INVALID_VALUE"},
      {"fail=cuDevicePrimaryCtxRetain:2", "creating the context failed with", "CUDA_ERROR_OUT_OF_MEMORY"},
      {"fail=cuCtxPushCurrent_v2:201", "making the context current failed with", "CUDA_ERROR_INVALID_CONTEXT"},
      {"fail=cuMemAlloc_v2:2", "allocating 4000 bytes for 'a' failed with", "CUDA_ERROR_OUT_OF_MEMORY"},
      {"fail=cuMemcpyHtoD_v2:700", "copying to the device failed with", "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {"fail=cuMemcpyDtoH_v2:700", "copying from the device failed with", "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {"fail=cuMemsetD8Async:1", "setting memory failed with", "CUDA_ERROR_INVALID_VALUE"},
      {"fail=cuModuleLoadDataEx:218", "compiling the PTX of kernel 'scale' failed with", "CUDA_ERROR_INVALID_PTX"},
      {"fail=cuModuleGetFunction:400", "finding entry 'scale' failed with", "CUDA_ERROR_INVALID_HANDLE"},
      {"fail=cuFuncSetAttribute:400", "reserving 65536 bytes of shared memory for entry 'scale' failed with",
       "CUDA_ERROR_INVALID_HANDLE"},
      {"fail=cuLaunchKernel:701", "launching entry 'scale' failed with", "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
      {"fail=cuCtxSynchronize:716", "waiting for the device failed with", "CUDA_ERROR_MISALIGNED_ADDRESS"},
      {"fail=cuEventCreate:2", "creating an event failed with", "CUDA_ERROR_OUT_OF_MEMORY"},
      {"fail=cuEventRecord:400", "recording an event failed with", "CUDA_ERROR_INVALID_HANDLE"},
      {"fail=cuEventSynchronize:719", "running the kernel failed with", "CUDA_ERROR_LAUNCH_FAILED"},
      {"fail=cuEventElapsedTime:600", "timing failed with", "CUDA_ERROR_NOT_READY"},
  }));
  FakeSettings settings(failure.settings);
  const Status status = live();
  INFO(failure.settings);
  CHECK(fault_of(status).code == std::string("cuda.") + failure.code);
  check_says(fault_of(status), std::string("device cuda: error: ") + failure.text + " " + failure.code);
}

TEST_CASE("errors that users meet come with advice") {
  const Failure failure = GENERATE(values<Failure>({
      {"fail=cuMemAlloc_v2:2", "fix: free device memory, or use smaller tensors", ""},
      {"fail=cuCtxSynchronize:700", "fix: the kernel faulted and this process cannot use the GPU any more", ""},
      {"fail=cuCtxSynchronize:716", "fix: the kernel faulted and this process cannot use the GPU any more", ""},
      {"fail=cuCtxSynchronize:719", "fix: the kernel faulted and this process cannot use the GPU any more", ""},
      {"fail=cuLaunchKernel:701", "fix: the launch needs more registers or shared memory", ""},
      {"fail=cuModuleLoadDataEx:209", "fix: compile the kernel for this GPU's target", ""},
      {"fail=cuModuleLoadDataEx:222", "fix: the PTX is newer than the driver", ""},
  }));
  FakeSettings settings(failure.settings);
  check_says(fault_of(live()), failure.text);
}

TEST_CASE("an error that the driver cannot name is given by its number") {
  FakeSettings settings("fail=cuCtxSynchronize:12345");
  check_says(fault_of(live()), "waiting for the device failed with 12345");
}

TEST_CASE("memory runs out with the size and the name of the tensor") {
  FakeSettings settings("memory=5000");
  check_says(fault_of(live()), "allocating 4000 bytes for 'c' failed with CUDA_ERROR_OUT_OF_MEMORY");
}

TEST_CASE("a GPU that is not there") {
  REQUIRE(open_fake().ok());
  const auto device = open_cuda_device(3);
  CHECK(fault_of(device).code == "cuda.no_device");
  check_says(fault_of(device), "there is no GPU 3");
  check_says(fault_of(device), "the driver sees 1");
}
