// One compilation as the tool runs it.

#include "CompileSource.h"
#include "CrashGuard.h"

#include "tilewright/Target/TargetInfo.h"

#include <nlohmann/json.hpp>

namespace tilewright::twc {
namespace {

rt::Fault ourBug(const Failure &failure, const Source &source, const std::string &options) {
  rt::Fault fault = faultOf(failure, source.name);
  const std::string folder = writeRepro({source.text, options});
  fault.message += "\n  this is our bug";
  if (!folder.empty()) fault.message += "; please report it with the folder " + folder;
  return fault;
}

/// Adds the cubin to what came out of an artifact without one.
rt::Status addCubin(Compiled &compiled, const std::string &name) {
  Result<const TargetInfo *> target = findTarget(compiled.artifact.target);
  if (!target) return faultOf(target.failure(), name);
  Result<Assembler> assembler = findAssembler();
  if (!assembler && assembler.failure().code != "E-asm-missing") return faultOf(assembler.failure(), name);
  if (!assembler) {
    compiled.assemblerMessage = assembler.failure().message;
    return {};
  }
  Result<AssembledCubin> assembled = assemble(compiled.artifact.ptx, **target, *assembler);
  if (!assembled) return faultOf(assembled.failure(), name);
  const auto bytes = std::as_bytes(std::span(assembled->cubin));
  compiled.artifact.cubin.assign(bytes.begin(), bytes.end());
  compiled.resources = std::move(assembled->report);
  compiled.timings.assembly = assembled->milliseconds;
  return {};
}

/// The members of a module are fixed; a schedule that says otherwise was written for another kernel.
rt::Status checkMembers(const Schedule &schedule, const Source &source, const Compiled &compiled) {
  const auto own = nlohmann::json::parse(compiled.artifact.schedule, nullptr, false);
  for (const auto &[name, value] : schedule.members) {
    const auto members = own.is_object() && own.contains("members") ? own["members"] : nlohmann::json::object();
    if (members.contains(name) && members[name] == nlohmann::json::parse(value)) continue;
    return rt::make_fault(rt::FaultClass::user, "E-schedule-json",
                          {schedule.file,
                           "schedule: member " + name + " is " + value + " but " + source.name + " has " +
                               (members.contains(name) ? members[name].dump() : "no such member"),
                           "the members of a module are fixed", "leave it out, or compile the kernel from its .cpp"});
  }
  return {};
}

} // namespace

std::string describeOptions(const Options &options, const Source &source, const Schedule &schedule) {
  std::string text = "twc";
  for (const std::string &word : options.words) text += " '" + word + "'";
  return text + "\nkernel: " + source.kernel + "\nschedule: " + schedule.text + "\n";
}

rt::Result<Compiled> compileSource(const Source &source, const Options &options, const Schedule &schedule,
                                   Needs needs) {
  CompileOptions compileOptions = compileOptionsOf(options, schedule);
  compileOptions.kernel = source.kernel;
  compileOptions.assemble = needs.cubin;
  compileOptions.keepTexts = needs.texts;
  const std::string description = describeOptions(options, source, schedule);
  if (source.artifact) {
    const rt::Artifact &artifact = *source.artifact;
    if (!needs.texts && schedule.file.empty() && (options.target.empty() || options.target == artifact.target)) {
      Compiled compiled;
      compiled.artifact = artifact;
      if (!needs.cubin || !artifact.cubin.empty()) return compiled;
      if (rt::Status status = addCubin(compiled, source.name); !status) return status.fault();
      return compiled;
    }
    if (options.target.empty()) compileOptions.target = artifact.target;
    if (schedule.file.empty() && !artifact.schedule.empty()) {
      Result<ScheduleRequest> own = parseSchedule(artifact.schedule);
      if (!own) return ourBug(own.failure(), source, description);
      compileOptions.schedule = *own;
    }
  }
  const CrashGuard guard(Repro{source.text, description});
  Result<Compiled> compiled = compile(source.text, source.name, compileOptions);
  // The model that chose members does not know everything.
  if (!compiled && !source.ownText.empty()) compiled = compile(source.ownText, source.name, compileOptions);
  if (!compiled && compiled.failure().fault == FaultClass::Internal)
    return ourBug(compiled.failure(), source, description);
  if (!compiled) return faultOf(compiled.failure(), source.name);
  if (options.file.size() < 4 || options.file.compare(options.file.size() - 4, 4, ".cpp") != 0)
    if (rt::Status status = checkMembers(schedule, source, *compiled); !status) return status.fault();
  return std::move(*compiled);
}

} // namespace tilewright::twc
