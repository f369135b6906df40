// Device `cuda` from end to end on a driver whose memory and launches are watched.
#include "fixture.hpp"

#include <cstring>

using namespace tw::rt;
using namespace tw::rt::test;

TEST_CASE("a kernel runs, and its results come back") {
  const auto device = open_fake().value();
  CHECK(device->describe() == "Fake GPU, sm_80, driver of CUDA 13.0");
  RunRequest request;
  request.time = true;
  request.repeat = 5;
  for (int n : {1, 128, 1000}) {
    const RunOutcome outcome = run_artifact(*device, scale_ptx_artifact(), scale_arguments(n), request).value();
    const HostTensor &c = std::get<HostTensor>(outcome.arguments[2]);
    for (int i = 0; i < n; ++i) REQUIRE(c.at(i) == 3.0 * std::get<HostTensor>(outcome.arguments[0]).at(i));
    REQUIRE(outcome.time);
    CHECK(outcome.time->repeat == 5);
    CHECK(outcome.time->median > 0);
  }
}

TEST_CASE("no element means no launch") {
  const auto device = open_fake().value();
  CHECK(run_artifact(*device, scale_ptx_artifact(), scale_arguments(0), {}).ok());
}

TEST_CASE("memory of a length of zero and freed memory") {
  const auto device = open_fake().value();
  CHECK(device->allocate(0, "nothing").value() == 0);
  CHECK(device->free(0).ok());
  const std::uint64_t address = device->allocate(64, "a").value();
  std::vector<std::byte> data(65);
  CHECK(device->copy_in(address, {}).ok());
  CHECK(fault_of(device->copy_in(address, data)).code == "cuda.CUDA_ERROR_INVALID_VALUE");
  CHECK(fault_of(device->copy_out(data, address)).code == "cuda.CUDA_ERROR_INVALID_VALUE");
  device->free(address).check();
  check_says(fault_of(device->free(address)), "freeing memory failed with CUDA_ERROR_INVALID_VALUE");
}

TEST_CASE("a memset and a workspace are cleared before the kernel") {
  const auto device = open_fake().value();
  Artifact artifact = scale_ptx_artifact();
  Variant &variant = artifact.rule.variants[0];
  variant.workspace_bytes = 64;
  variant.steps = {MemsetRule{-1, 0, 64, 0}, MemsetRule{2, 0, 4000, 0xff}, variant.steps[0]};
  const RunOutcome outcome = run_artifact(*device, artifact, scale_arguments(), {}).value();
  CHECK(std::get<HostTensor>(outcome.arguments[2]).at(999) == 3.0 * 999);
}

TEST_CASE("shared memory beyond 48 KiB is asked for, and refused where the GPU has less") {
  const auto device = open_fake().value();
  Artifact artifact = scale_ptx_artifact();
  kernel_of(artifact).shared_bytes = 100'000;
  CHECK(run_artifact(*device, artifact, scale_arguments(), {}).ok());
  kernel_of(artifact).shared_bytes = 200'000;
  const auto refused = run_artifact(*device, artifact, scale_arguments(), {});
  CHECK(fault_of(refused).code == "cuda.shared_bytes");
  check_says(fault_of(refused), "entry 'scale' needs 200000 bytes of shared memory, more than a block of this GPU");
  check_says(fault_of(refused), "fix: compile the kernel for this GPU's target, or with fewer stages");
}

TEST_CASE("a cubin is taken where it fits, and the PTX where it does not") {
  Artifact artifact = scale_ptx_artifact("sm_80");
  artifact.cubin.resize(64);
  std::memcpy(artifact.cubin.data(), "\177ELF", 4);
  const auto device = open_fake().value();
  const auto executed = run_artifact(*device, artifact, scale_arguments(), {}).value();
  CHECK(std::get<HostTensor>(executed.arguments[2]).at(7) == 21);
  {
    FakeSettings settings("cubin");
    const auto recorded = run_artifact(*device, artifact, scale_arguments(), {}).value();
    const double untouched = std::get<HostTensor>(recorded.arguments[2]).at(7);
    CHECK(untouched != untouched);
  }
  artifact.ptx.clear();
  const auto none = device->load(artifact);
  check_says(fault_of(none), "loading the code of kernel 'scale' failed with CUDA_ERROR_NO_BINARY_FOR_GPU");
  check_says(fault_of(none), "fix: compile the kernel for this GPU's target");
}

TEST_CASE("a target beyond the GPU is refused before loading") {
  FakeSettings settings("sm=89");
  const auto device = open_fake().value();
  const auto run = run_artifact(*device, scale_ptx_artifact("sm_90"), scale_arguments(), {});
  check_says(fault_of(run), "the artifact is compiled for sm_90 but this GPU is sm_89");
  CHECK(fault_of(run).exit_code() == 4);
}

TEST_CASE("broken PTX brings the driver's log, a missing entry its name") {
  const auto device = open_fake().value();
  Artifact artifact = scale_ptx_artifact();
  artifact.ptx = ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry scale() { nonsense; }\n";
  const auto broken = device->load(artifact);
  check_says(fault_of(broken), "compiling the PTX of kernel 'scale' failed with CUDA_ERROR_INVALID_PTX");
  check_says(fault_of(broken), "the driver's log:\nmodule.ptx:4: error: ");
  artifact.ptx = ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry other() { ret; }\n";
  const auto missing = run_artifact(*device, artifact, scale_arguments(), {});
  CHECK(fault_of(missing).code == "cuda.entry");
  check_says(fault_of(missing), "its code has no entry 'scale'");
}
