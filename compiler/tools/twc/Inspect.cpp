// `twc inspect FILE.twa`: what an artifact holds.

#include "Commands.h"
#include "LaunchRuleText.h"
#include "Output.h"

#include "tilewright/runtime/artifact.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tilewright::twc {
namespace {

using json = nlohmann::ordered_json;

struct SectionSize {
  const char *name;
  std::size_t bytes;
};

std::vector<SectionSize> sectionSizes(const rt::Artifact &artifact) {
  return {{"tile", artifact.tile_text.size()},
          {"ptx", artifact.ptx.size()},
          {"cubin", artifact.cubin.size()},
          {"rule", rt::to_json(artifact.rule).size()},
          {"report", artifact.report.size()},
          {"schedule", artifact.schedule.size()},
          {"lines", rt::to_json(artifact.line_map).size()}};
}

std::string inspectText(const rt::Artifact &artifact) {
  std::string text = fmt::format("kernel: {}\ntarget: {}\nkey: {}\ncontent digest: {}\n", artifact.kernel,
                                 artifact.target, artifact.key, rt::content_digest(artifact));
  text += textOf(artifact.rule);
  text += "schedule: " + (artifact.schedule.empty() ? "none" : artifact.schedule) + "\n";
  text += "report: " + (artifact.report.empty() ? "none" : artifact.report) + "\n";
  for (const SectionSize &section : sectionSizes(artifact))
    text += fmt::format("section {}: {} bytes\n", section.name, section.bytes);
  for (const rt::LineMap::SharedBuffer &buffer : artifact.line_map.shared_buffers)
    text += fmt::format("shared memory {}: {} bytes from {} ({})\n", buffer.name, buffer.bytes, buffer.offset,
                        buffer.role.empty() ? "no role" : buffer.role);
  for (const rt::LineMap::Line &line : artifact.line_map.lines)
    text += fmt::format("PTX line {}: {}:{}\n", line.ptx_line, line.file, line.line);
  return text;
}

/// Text of a section as JSON; other text stays a string.
json parsed(const std::string &text) {
  if (text.empty()) return nullptr;
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(text) : value;
}

std::string inspectJson(const rt::Artifact &artifact) {
  json sections = json::object();
  for (const SectionSize &section : sectionSizes(artifact)) sections[section.name] = section.bytes;
  const json out = {{"kernel", artifact.kernel},
                    {"target", artifact.target},
                    {"key", artifact.key},
                    {"digest", rt::content_digest(artifact)},
                    {"rule", parsed(rt::to_json(artifact.rule))},
                    {"schedule", parsed(artifact.schedule)},
                    {"report", parsed(artifact.report)},
                    {"section_bytes", sections},
                    {"line_map", parsed(rt::to_json(artifact.line_map))}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace

rt::Result<int> inspect(const Options &options) {
  rt::Result<rt::Artifact> artifact = rt::read_artifact(options.file);
  if (!artifact) return artifact.fault();
  const std::string text = options.json ? inspectJson(*artifact) : inspectText(*artifact);
  if (rt::Status status = writeText(options.output, text); !status) return status.fault();
  return 0;
}

} // namespace tilewright::twc
