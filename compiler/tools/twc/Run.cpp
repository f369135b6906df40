// `twc run FILE`: compiles a kernel and runs it, without host code.

#include "Commands.h"
#include "CompileSource.h"
#include "CrashGuard.h"

#include "tilewright/Target/TargetInfo.h"
#include "tilewright/runtime/emulator_device.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace tilewright::twc {
namespace {

using json = nlohmann::ordered_json;

/// An open device; `emulator` is the same one if it is that.
struct Opened {
  std::unique_ptr<rt::Device> device;
  rt::EmulatorDevice *emulator = nullptr;
};

rt::Result<Opened> openEmulator(const Options &options) {
  rt::EmulatorOptions emulator;
  emulator.seed = options.seed;
  if (options.run.request.time) emulator.schedules = options.run.request.repeat;
  rt::Result<std::unique_ptr<rt::EmulatorDevice>> device = rt::open_emulator_device(emulator);
  if (!device) return device.fault();
  Opened opened;
  opened.emulator = device->get();
  opened.device = std::move(*device);
  return opened;
}

rt::Result<Opened> open(const Options &options) {
  if (options.device == "emulator") return openEmulator(options);
  int index = 0;
  if (options.device.size() > 5) rt::parse_number(std::string_view(options.device).substr(5), index);
  rt::Result<std::unique_ptr<rt::Device>> device = rt::open_cuda_device(index);
  if (device) {
    Opened opened;
    opened.device = std::move(*device);
    return opened;
  }
  const bool isAbsent = device.fault().code == "cuda.no_driver" || device.fault().code == "cuda.no_device";
  if (options.device.empty() && isAbsent) return openEmulator(options);
  return device.fault();
}

/// The newest target that the device runs; its default is the compiler's.
std::string bestTarget(const Opened &opened) {
  if (opened.emulator) return "";
  std::string best;
  for (const TargetInfo &target : allTargets())
    if (opened.device->supports(std::string(target.name))) best = target.name;
  return best;
}

json findingsJson(const rt::EmulatorDevice &emulator) {
  json findings = json::array();
  for (const rt::EmulatorFinding &finding : emulator.findings())
    findings.push_back({{"kind", tw::emu::name_of(finding.detail.kind)},
                        {"rule", finding.detail.rule},
                        {"message", finding.detail.message},
                        {"file", finding.detail.at.source.file},
                        {"line", finding.detail.at.source.line},
                        {"ptx_line", finding.detail.at.ptx_line},
                        {"seed", finding.seed},
                        {"times", finding.detail.times}});
  return findings;
}

void printJson(const Opened &opened, bool ok, json run) {
  json out = {{"device", opened.device->describe()}, {"ok", ok}, {"run", std::move(run)}};
  if (opened.emulator) {
    out["findings"] = findingsJson(*opened.emulator);
    out["warp_instructions"] = opened.emulator->stats().instructions;
    out["printed"] = opened.emulator->printed();
  }
  std::printf("%s\n", out.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
}

} // namespace

rt::Result<int> run(const Options &options) {
  rt::Result<Schedule> schedule = readSchedule(options.scheduleFile);
  if (!schedule) return schedule.fault();
  rt::Result<std::vector<rt::HostArgument>> arguments = rt::make_arguments(options.run, "twc");
  if (!arguments) return arguments.fault();
  rt::Result<Source> source = readSource(options, *schedule);
  if (!source) return source.fault();
  rt::Result<Opened> opened = open(options);
  if (!opened) return opened.fault();

  Options chosen = options;
  if (chosen.target.empty() && !source->artifact) chosen.target = bestTarget(*opened);
  rt::Result<Compiled> compiled = compileSource(*source, chosen, *schedule, {!opened->emulator, false});
  if (!compiled) return compiled.fault();
  rt::RunRequest request = options.run.request;
  // The emulator has no clock; there --repeat counts schedules.
  if (opened->emulator) request.time = false;
  const std::string description = describeOptions(options, *source, *schedule);
  const CrashGuard guard(Repro{source->text, description});
  rt::Result<rt::RunOutcome> outcome =
      rt::run_artifact(*opened->device, compiled->artifact, std::move(*arguments), request);
  if (opened->emulator && !options.json) std::fputs(opened->emulator->printed().c_str(), stdout);
  if (!outcome) {
    const bool isFinding = outcome.fault().code == "emulator.finding";
    if (!isFinding || !options.json) return outcome.fault();
    printJson(*opened, false, nullptr);
    return 1;
  }
  if (rt::Status status = rt::write_outputs(options.run, *outcome); !status) return status.fault();
  if (options.json) {
    printJson(*opened, outcome->ok(), json::parse(rt::to_json(*outcome, compiled->artifact)));
  } else {
    std::printf("%s: kernel '%s', variant '%s', on %s: %s\n%s", source->name.c_str(), compiled->artifact.kernel.c_str(),
                outcome->variant.c_str(), opened->device->describe().c_str(), outcome->ok() ? "ok" : "MISMATCH",
                rt::to_text(*outcome).c_str());
  }
  return outcome->ok() ? 0 : 1;
}

} // namespace tilewright::twc
