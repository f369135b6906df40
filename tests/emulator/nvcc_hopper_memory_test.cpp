// Kernels that nvcc makes for sm_90a: barriers, pipelines, bulk and tensor copies, clusters, against plain C++.
#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

#include "kernel_run.hpp"
#include "tilewright/emulator/tensor_map.hpp"

using namespace tw::emu;
using tw::emu::test::KernelRun;

namespace {

std::string module() {
  static const std::string text = [] {
    std::ifstream file(TILEWRIGHT_HOPPER_MEMORY_PTX);
    std::stringstream stream;
    stream << file.rdbuf();
    return stream.str();
  }();
  return text;
}

std::vector<int> counting(size_t count, int scale = 1) {
  std::vector<int> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<int>(i) * scale;
  return values;
}

/// A map over a dense tensor; the box and everything else as given.
template <class T>
TensorMap mapOver(KernelRun &run, std::vector<T> &data, TensorMapType type, std::vector<uint64_t> dims,
                  std::vector<uint32_t> box, uint32_t swizzle = 0) {
  TensorMapSpec spec;
  spec.type = type;
  spec.rank = static_cast<uint32_t>(dims.size());
  spec.swizzle = swizzle;
  uint64_t stride = bytes_of(type);
  for (size_t d = 0; d < dims.size(); ++d) {
    spec.dims[d] = dims[d], spec.box[d] = box[d];
    if (d > 0) spec.strides[d - 1] = stride;
    stride *= dims[d];
  }
  spec.address = run.machine.add_buffer(std::as_writable_bytes(std::span(data)), "tensor", true);
  auto map = encode_tensor_map(spec);
  if (auto *error = std::get_if<std::string>(&map)) FAIL(*error);
  return std::get<TensorMap>(map);
}

} // namespace

TEST_CASE("a ring that does not wait for its empty slots is caught under every timing") {
  for (AsyncTiming timing : {AsyncTiming::Early, AsyncTiming::Late, AsyncTiming::Random}) {
    std::vector<int> in = counting(64 * 9), out(64);
    KernelRun run(module(), "ring_without_empty_wait");
    run.buffer(in).buffer(out, false).scalar(8).block(96).config.async_timing = timing;
    LaunchResult result = run.run();
    REQUIRE(std::any_of(result.findings.begin(), result.findings.end(), [](const Finding &f) {
      return f.kind == FindingKind::Race || f.rule == "mbarrier.unobserved" || f.rule == "mbarrier.count";
    }));
  }
}

TEST_CASE("a block that may end while its neighbour reads is reported") {
  std::vector<int> out(64);
  LaunchResult result = KernelRun(module(), "cluster_early_exit").buffer(out, false).grid(2).block(32).run();
  REQUIRE(std::any_of(result.findings.begin(), result.findings.end(),
                      [](const Finding &f) { return f.rule == "race.lifetime" || f.rule == "cluster.ended"; }));
}
