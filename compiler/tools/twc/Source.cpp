// The input of twc.

#include "Source.h"

#include "tilewright/runtime/file.hpp"

#include <nlohmann/json.hpp>

namespace tilewright::twc {
namespace {

rt::Result<std::string> readText(const std::string &path) {
  rt::Result<std::vector<std::byte>> bytes = rt::read_file(path);
  if (!bytes) return bytes.fault();
  return std::string(reinterpret_cast<const char *>(bytes->data()), bytes->size());
}

bool endsWith(const std::string &text, std::string_view end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// The messages of the compiler write "fix:" at the start of a line in places.
std::string indentedFix(std::string text) {
  for (std::size_t at = 0; (at = text.find("\nfix:", at)) != std::string::npos; at += 3) text.insert(at + 1, "  ");
  return text;
}

rt::Result<Source> readArtifact(const Options &options) {
  rt::Result<rt::Artifact> artifact = rt::read_artifact(options.file);
  if (!artifact) return artifact.fault();
  if (!options.kernel.empty() && options.kernel != artifact->kernel)
    return rt::make_fault(rt::FaultClass::user, "E-kernel",
                          {options.file, "no kernel is called '" + options.kernel + "'", "",
                           "use the artifact's kernel: " + artifact->kernel});
  Source source{artifact->tile_text, options.file, artifact->kernel};
  source.artifact = std::move(*artifact);
  return source;
}

} // namespace

rt::Fault faultOf(const Failure &failure, const std::string &file) {
  const rt::FaultClass classes[] = {rt::FaultClass::user, rt::FaultClass::unsupported, rt::FaultClass::internal};
  std::string message = indentedFix(failure.message);
  if (message.rfind("error:", 0) == 0) message = file + ": " + message;
  return {classes[static_cast<int>(failure.fault)], failure.code, std::move(message)};
}

CompileOptions compileOptionsOf(const Options &options, const Schedule &schedule) {
  CompileOptions result;
  result.schedule = schedule.request;
  if (!options.target.empty()) result.target = options.target;
  return result;
}

rt::Result<Schedule> readSchedule(const std::string &path) {
  Schedule schedule{path, {}, {}, {}};
  if (path.empty()) return schedule;
  rt::Result<std::string> text = readText(path);
  if (!text) return text.fault();
  Result<ScheduleRequest> request = parseSchedule(*text);
  if (!request) return faultOf(request.failure(), path);
  schedule.request = *request;
  schedule.text = *text;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto members = json.is_object() ? json.find("members") : json.end();
  if (members == json.end()) return schedule;
  if (!members->is_object())
    return rt::make_fault(
        rt::FaultClass::user, "E-schedule-json",
        {path, "schedule: members is " + members->dump(), "", "write an object such as {\"bm\": 64}"});
  for (const auto &[name, value] : members->items()) {
    if (!value.is_number() && !value.is_boolean())
      return rt::make_fault(
          rt::FaultClass::user, "E-schedule-json",
          {path, "schedule: member " + name + " is " + value.dump(), "", "write a number, true or false"});
    schedule.members.emplace_back(name, value.dump());
  }
  return schedule;
}

rt::Result<Source> readSource(const Options &options, const Schedule &schedule) {
  const bool isCpp = endsWith(options.file, ".cpp"), isArtifact = endsWith(options.file, ".twa");
  if (!isCpp && !isArtifact && !endsWith(options.file, ".mlir"))
    return rt::usage_fault("twc", "'" + options.file + "' is no .cpp, .mlir or .twa file",
                           "name the file after what it holds");
  if (!isCpp && (!options.members.empty() || options.keepMembers))
    return rt::usage_fault("twc",
                           (options.members.empty() ? "--keep-members" : "--set") + std::string(" does not go with '") +
                               options.file + "': its members are fixed",
                           "set members of a kernel given as .cpp");
  if (isCpp) {
    // The last value of a member wins.
    Members members = schedule.members;
    members.insert(members.end(), options.members.begin(), options.members.end());
    const CompileOptions choice = compileOptionsOf(options, schedule);
    return traceFile(options.file, options.kernel, members, options.keepMembers ? nullptr : &choice);
  }
  if (isArtifact) return readArtifact(options);
  rt::Result<std::string> text = readText(options.file);
  if (!text) return text.fault();
  return Source{std::move(*text), options.file, options.kernel};
}

} // namespace tilewright::twc
