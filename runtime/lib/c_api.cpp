// The C interface over the C++ one: handles, checked pointers, and the thread's last error.
#include "tilewright/c/tilewright.h"

#include <charconv>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "tilewright/runtime/artifact.hpp"
#include "tilewright/runtime/device.hpp"

using namespace tw::rt;

struct tw_artifact {
  Artifact artifact;
  std::string rule;
};

struct tw_device {
  std::unique_ptr<Device> device;
  std::string description;
};

struct tw_kernel {
  std::unique_ptr<Launcher> launcher;
};

namespace {

thread_local Fault last_fault{FaultClass::user, "", ""};

int fail(Fault fault) {
  last_fault = std::move(fault);
  return last_fault.exit_code();
}

int fail_usage(const char *function, std::string what, std::string fix = {}) {
  return fail(make_fault(FaultClass::usage, "c.usage", {function, std::move(what), {}, std::move(fix)}));
}

// No exception may cross into C.
template <class Body> int guarded(const char *function, Body body) {
  try {
    return body();
  } catch (const Error &error) {
    return fail(error.fault());
  } catch (const std::exception &error) {
    return fail(make_fault(FaultClass::internal, "c.exception", {function, error.what()}));
  }
}

int open(Result<Artifact> artifact, tw_artifact **out) {
  if (!artifact) return fail(artifact.fault());
  std::string rule = to_json(artifact->rule);
  *out = new tw_artifact{std::move(*artifact), std::move(rule)};
  return TW_OK;
}

Result<LaunchArgument> convert(const tw_argument &given, std::size_t index) {
  const std::string where = "tw_kernel_launch, argument " + std::to_string(index);
  const std::optional<ElementType> type = given.type ? element_type_of(given.type) : std::nullopt;
  if (!type)
    return make_fault(FaultClass::usage, "c.usage",
                      {where,
                       std::string("unknown element type '") + (given.type ? given.type : "(null)") + "'",
                       {},
                       "use a name such as f32, bf16 or i64"});
  if (given.scalar) {
    Scalar scalar{*type, 0};
    std::memcpy(&scalar.bits, given.scalar, size_of(*type));
    return LaunchArgument(scalar);
  }
  if (given.rank < 0 || (given.rank > 0 && !given.shape))
    return make_fault(FaultClass::usage, "c.usage", {where, "a tensor needs a rank of at least 0 and a shape"});
  DeviceTensor tensor{*type, given.data, {}, {}};
  if (given.rank > 0) tensor.shape.assign(given.shape, given.shape + given.rank);
  if (given.strides)
    tensor.strides.assign(given.strides, given.strides + given.rank);
  else
    tensor.strides = dense_strides(tensor.shape);
  return LaunchArgument(std::move(tensor));
}

} // namespace

int tw_api_version(void) { return TW_API_VERSION; }
const char *tw_last_error(void) { return last_fault.message.c_str(); }
const char *tw_last_error_code(void) { return last_fault.code.c_str(); }

int tw_artifact_open(const char *path, tw_artifact **out) {
  if (!path || !out) return fail_usage("tw_artifact_open", "a pointer is null");
  *out = nullptr;
  return guarded("tw_artifact_open", [&] { return open(read_artifact(path), out); });
}

int tw_artifact_open_memory(const void *data, size_t size, tw_artifact **out) {
  if ((!data && size > 0) || !out) return fail_usage("tw_artifact_open_memory", "a pointer is null");
  *out = nullptr;
  return guarded("tw_artifact_open_memory", [&] {
    return open(deserialise({static_cast<const std::byte *>(data), size}, "artifact in memory"), out);
  });
}

void tw_artifact_close(tw_artifact *artifact) { delete artifact; }

const char *tw_artifact_kernel(const tw_artifact *a) { return a ? a->artifact.kernel.c_str() : nullptr; }
const char *tw_artifact_target(const tw_artifact *a) { return a ? a->artifact.target.c_str() : nullptr; }
const char *tw_artifact_key(const tw_artifact *a) { return a ? a->artifact.key.c_str() : nullptr; }
const char *tw_artifact_launch_rule(const tw_artifact *a) { return a ? a->rule.c_str() : nullptr; }

int tw_device_open(const char *name, tw_device **out) {
  if (!name || !out) return fail_usage("tw_device_open", "a pointer is null");
  *out = nullptr;
  return guarded("tw_device_open", [&] {
    const std::string_view text = name;
    int index = 0;
    bool known = text == "cuda";
    if (text.rfind("cuda:", 0) == 0) {
      const auto [end, error] = std::from_chars(text.data() + 5, text.data() + text.size(), index);
      known = error == std::errc() && end == text.data() + text.size();
    }
    if (!known)
      return fail_usage("tw_device_open", "unknown device '" + std::string(text) + "'", "use \"cuda\" or \"cuda:N\"");
    Result<std::unique_ptr<Device>> device = open_cuda_device(index);
    if (!device) return fail(device.fault());
    std::string description = (*device)->describe();
    *out = new tw_device{std::move(*device), std::move(description)};
    return TW_OK;
  });
}

void tw_device_close(tw_device *device) { delete device; }
const char *tw_device_describe(const tw_device *device) { return device ? device->description.c_str() : nullptr; }

int tw_kernel_load(tw_device *device, const tw_artifact *artifact, tw_kernel **out) {
  if (!device || !artifact || !out) return fail_usage("tw_kernel_load", "a pointer is null");
  *out = nullptr;
  return guarded("tw_kernel_load", [&] {
    Result<std::unique_ptr<Launcher>> launcher = Launcher::create(*device->device, artifact->artifact);
    if (!launcher) return fail(launcher.fault());
    *out = new tw_kernel{std::move(*launcher)};
    return TW_OK;
  });
}

void tw_kernel_close(tw_kernel *kernel) { delete kernel; }

int tw_kernel_launch(tw_kernel *kernel, const tw_argument *arguments, size_t argument_count, void *stream) {
  if (!kernel || (!arguments && argument_count > 0)) return fail_usage("tw_kernel_launch", "a pointer is null");
  return guarded("tw_kernel_launch", [&] {
    std::vector<LaunchArgument> converted;
    for (size_t i = 0; i < argument_count; ++i) {
      Result<LaunchArgument> argument = convert(arguments[i], i);
      if (!argument) return fail(argument.fault());
      converted.push_back(std::move(*argument));
    }
    const Stream queue{static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(stream))};
    const Status status = kernel->launcher->launch(converted, queue);
    return status ? TW_OK : fail(status.fault());
  });
}

int tw_device_synchronize(tw_device *device) {
  if (!device) return fail_usage("tw_device_synchronize", "a pointer is null");
  return guarded("tw_device_synchronize", [&] {
    const Status status = device->device->synchronize();
    return status ? TW_OK : fail(status.fault());
  });
}
