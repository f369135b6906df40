// Runs one artifact: upload, launch, download, check, time.
#include "tilewright/runtime/run.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "tilewright/runtime/npy.hpp"

namespace tw::rt {
namespace {

// The expected tensors are read before anything runs: a wrong path should not cost a launch.
Result<std::vector<HostTensor>> read_expected(const RunRequest &request, const std::vector<HostArgument> &arguments) {
  std::vector<HostTensor> tensors;
  for (const Expectation &e : request.expectations) {
    if (e.argument < 0 || static_cast<std::size_t>(e.argument) >= arguments.size() ||
        !std::holds_alternative<HostTensor>(arguments[e.argument]))
      return make_fault(FaultClass::user, "run.expectation",
                        {"argument " + std::to_string(e.argument), "there is no such tensor argument to compare",
                         "the call has " + std::to_string(arguments.size()) + " arguments, counted from 0"});
    HostTensor tensor;
    if (!e.npy_path.empty()) {
      Result<HostTensor> read = read_npy(e.npy_path);
      if (!read) return read.fault();
      tensor = std::move(*read);
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

Result<CheckOutcome> check(const Expectation &e, const HostTensor &got, const HostTensor &want, Tolerance tolerance) {
  CheckOutcome outcome{e.argument, true, {}};
  if (!e.digest.empty()) {
    const std::string digest = tensor_digest(got);
    outcome.ok = digest == e.digest;
    outcome.message = outcome.ok ? "digest agrees" : "digest is " + digest + ", want " + e.digest;
    return outcome;
  }
  Result<Comparison> comparison = compare(got, want, tolerance);
  if (!comparison) return comparison.fault();
  outcome.ok = comparison->ok();
  outcome.message = comparison->describe(got);
  return outcome;
}

} // namespace

bool RunOutcome::ok() const {
  return std::all_of(checks.begin(), checks.end(), [](const CheckOutcome &c) { return c.ok; });
}

TimeSummary summarise(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto rank = [&](double p) {
    const double at = std::ceil(p * static_cast<double>(times.size()));
    return times[static_cast<std::size_t>(std::max(at, 1.0)) - 1];
  };
  return {rank(0.5), rank(0.1), rank(0.9), static_cast<int>(times.size())};
}

Result<RunOutcome> run_artifact(Device &device, const Artifact &artifact, std::vector<HostArgument> arguments,
                                const RunRequest &request) {
  for (std::size_t i = 0; i < std::min(arguments.size(), artifact.rule.arguments.size()); ++i)
    arguments[i] = conform_argument(std::move(arguments[i]), artifact.rule.arguments[i]);
  Result<std::vector<HostTensor>> expected = read_expected(request, arguments);
  if (!expected) return expected.fault();
  Result<std::unique_ptr<Launcher>> launcher = Launcher::create(device, artifact);
  if (!launcher) return launcher.fault();

  std::vector<DeviceMemory> memory;
  std::vector<LaunchArgument> device_arguments;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (const Scalar *scalar = std::get_if<Scalar>(&arguments[i])) {
      device_arguments.push_back(*scalar);
      memory.emplace_back();
      continue;
    }
    const HostTensor &tensor = std::get<HostTensor>(arguments[i]);
    const std::string name =
        i < artifact.rule.arguments.size() ? artifact.rule.arguments[i].name : "argument " + std::to_string(i);
    Result<DeviceMemory> allocated = DeviceMemory::allocate(device, tensor.storage_bytes(), name);
    if (!allocated) return allocated.fault();
    if (Status s = device.copy_in(allocated->address(), tensor.bytes()); !s) return s.fault();
    device_arguments.push_back(DeviceTensor{tensor.type(), allocated->address(), tensor.shape(), tensor.strides()});
    memory.push_back(std::move(*allocated));
  }

  Result<LaunchPlan> plan = (*launcher)->prepare(device_arguments, {}, request.variant);
  if (!plan) return plan.fault();
  if (Status s = device.launch((*launcher)->kernel(), *plan, {}); !s) return s.fault();
  if (Status s = device.synchronize(); !s) return s.fault();

  RunOutcome outcome;
  outcome.variant = plan->variant_name;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (HostTensor *tensor = std::get_if<HostTensor>(&arguments[i]))
      if (Status s = device.copy_out(tensor->bytes(), memory[i].address()); !s) return s.fault();
  outcome.arguments = std::move(arguments);
  for (std::size_t i = 0; i < request.expectations.size(); ++i) {
    const Expectation &e = request.expectations[i];
    Result<CheckOutcome> one =
        check(e, std::get<HostTensor>(outcome.arguments[e.argument]), (*expected)[i], request.tolerance);
    if (!one) return one.fault();
    outcome.checks.push_back(std::move(*one));
  }
  if (request.time) {
    Result<std::vector<double>> times =
        device.time((*launcher)->kernel(), *plan, request.warm_up, std::max(request.repeat, 1), {});
    if (!times) return times.fault();
    outcome.time = summarise(std::move(*times));
  }
  return outcome;
}

std::string to_json(const RunOutcome &outcome, const Artifact &artifact) {
  using nlohmann::json;
  json arguments = json::array(), checks = json::array();
  for (std::size_t i = 0; i < outcome.arguments.size(); ++i) {
    json item = {{"name", artifact.rule.arguments[i].name}};
    if (const HostTensor *tensor = std::get_if<HostTensor>(&outcome.arguments[i]))
      item.update({{"tensor", tensor->describe()}, {"digest", tensor_digest(*tensor)}});
    else
      item["scalar"] = std::get<Scalar>(outcome.arguments[i]).as_double();
    arguments.push_back(std::move(item));
  }
  for (const CheckOutcome &c : outcome.checks)
    checks.push_back({{"argument", c.argument}, {"ok", c.ok}, {"message", c.message}});
  json out = {{"kernel", artifact.kernel},  {"key", artifact.key}, {"target", artifact.target},
              {"variant", outcome.variant}, {"ok", outcome.ok()},  {"arguments", std::move(arguments)},
              {"checks", std::move(checks)}};
  if (outcome.time)
    out["time_us"] = {{"median", outcome.time->median},
                      {"p10", outcome.time->p10},
                      {"p90", outcome.time->p90},
                      {"repeat", outcome.time->repeat}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace tw::rt
