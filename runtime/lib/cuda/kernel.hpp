// A module loaded into a CUDA context, and the launches of its entries.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "driver.hpp"
#include "tilewright/runtime/device.hpp"

namespace tw::rt::cuda {

/// Whether code of `target` ("sm_80", "sm_90a") runs on a GPU of that compute capability: a plain target runs on its
/// own major version from its minor version on (CUDA programming guide, binary compatibility) and, by JIT from PTX, on
/// later ones; a target with suffix 'a' on exactly its own. Codes: cuda.target.
Status check_target(const std::string &target, int major, int minor);

/// Launch functions expect the context to be current.
class CudaKernel final : public Kernel {
public:
  ~CudaKernel() override;
  static Result<std::unique_ptr<CudaKernel>> load(const Driver &driver, Context context, const Artifact &artifact);
  Status launch(const LaunchPlan &plan, StreamHandle stream);

private:
  CudaKernel(const Driver &driver, Context context, const Artifact &artifact);
  Status load_module(const Artifact &artifact);
  /// The entry, with its limits raised to what the step needs.
  Result<Function> function(const KernelStep &step);
  Status launch(const KernelStep &step, StreamHandle stream);
  Status encode(const TensorMapValue &map, TensorMap &encoded);

  struct Entry {
    Function function = nullptr;
    std::uint32_t shared_bytes = 0;
    bool large_cluster = false;
  };

  const Driver &driver_;
  Context context_;
  ModuleHandle module_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  // Encoding takes longer than a launch and most calls repeat their pointers and shapes.
  std::vector<std::pair<TensorMapValue, TensorMap>> encoded_;
};

} // namespace tw::rt::cuda
