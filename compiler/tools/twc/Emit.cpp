// `twc FILE --emit=FORM`.

#include "Commands.h"
#include "CompileSource.h"
#include "CrashGuard.h"
#include "Output.h"

#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tilewright::twc {
namespace {

std::string scheduleText(const Compiled &compiled) {
  return nlohmann::ordered_json::parse(compiled.artifact.schedule).dump(2) + "\n";
}

/// Shared bytes of a variant's first kernel, as text: a number, or an expression of the sizes.
std::string sharedBytes(const rt::Variant &variant) {
  for (const rt::StepRule &step : variant.steps)
    if (const auto *kernel = std::get_if<rt::KernelRule>(&step)) return rt::to_json(kernel->shared_bytes);
  return "0";
}

std::string reportText(const Source &source, const Compiled &compiled) {
  const rt::Artifact &artifact = compiled.artifact;
  std::string text = fmt::format("kernel {} for {}\n", artifact.kernel, artifact.target);
  text += fmt::format("schedule: {}\n", artifact.schedule);
  for (const rt::Variant &variant : artifact.rule.variants)
    text += fmt::format("variant {}: {} bytes of shared memory{}\n", variant.name, sharedBytes(variant),
                        variant.preconditions.empty() ? "" : ", with conditions");
  for (const EntryResources &entry : compiled.resources.entries)
    text += fmt::format("entry {}: {} registers, {} bytes of stack, spills {} bytes stored and {} loaded, "
                        "{} bytes of static shared memory, {} barriers\n",
                        entry.name, entry.registers, entry.stackBytes, entry.spillStoreBytes, entry.spillLoadBytes,
                        entry.sharedBytes, entry.barriers);
  if (!compiled.assemblerMessage.empty()) text += compiled.assemblerMessage + "\n";
  for (const std::string &note : compiled.resources.notes) text += "assembler: " + note + "\n";
  const CompileTimings &t = compiled.timings;
  text += fmt::format("time in ms: host compiler {:.1f}, trace {:.1f}, parse {:.1f}, passes {:.1f}, LLVM {:.1f}, "
                      "assembly {:.1f}\n",
                      source.hostCompiler, source.trace, t.parse, t.passes, t.llvm, t.assembly);
  for (const std::string &remark : compiled.remarks) text += remark + "\n";
  return text;
}

std::string reportJson(const Source &source, const Compiled &compiled) {
  using json = nlohmann::ordered_json;
  const rt::Artifact &artifact = compiled.artifact;
  json entries = json::array(), variants = json::array();
  for (const EntryResources &e : compiled.resources.entries)
    entries.push_back({{"name", e.name},
                       {"registers", e.registers},
                       {"stack_bytes", e.stackBytes},
                       {"spill_store_bytes", e.spillStoreBytes},
                       {"spill_load_bytes", e.spillLoadBytes},
                       {"static_shared_bytes", e.sharedBytes},
                       {"barriers", e.barriers}});
  for (const rt::Variant &variant : artifact.rule.variants)
    variants.push_back({{"name", variant.name}, {"shared_bytes", json::parse(sharedBytes(variant))}});
  const CompileTimings &t = compiled.timings;
  const json report = {{"kernel", artifact.kernel},
                       {"target", artifact.target},
                       {"key", artifact.key},
                       {"schedule", json::parse(artifact.schedule)},
                       {"variants", variants},
                       {"entries", entries},
                       {"notes", compiled.resources.notes},
                       {"assembler", compiled.assemblerMessage},
                       {"remarks", compiled.remarks},
                       {"time_ms",
                        {{"host_compiler", source.hostCompiler},
                         {"trace", source.trace},
                         {"parse", t.parse},
                         {"passes", t.passes},
                         {"llvm", t.llvm},
                         {"assembly", t.assembly}}}};
  return report.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// The module itself; of a file it is checked that it parses and holds the kernel.
rt::Status emitTile(const Source &source, const Options &options) {
  const CrashGuard guard(Repro{source.text, "twc --emit=tile"});
  Result<std::vector<std::string>> kernels = listKernels(source.text, source.name);
  if (!kernels) return faultOf(kernels.failure(), source.name);
  std::string names;
  bool found = source.kernel.empty();
  for (const std::string &name : *kernels) {
    names += (names.empty() ? "" : ", ") + name;
    found |= name == source.kernel;
  }
  if (!found)
    return rt::make_fault(rt::FaultClass::user, "E-kernel",
                          {source.name, "no kernel is called '" + source.kernel + "'", "", "use one of: " + names});
  return writeText(options.output, source.text);
}

rt::Status write(const Source &source, const Compiled &compiled, const Options &options) {
  const rt::Artifact &artifact = compiled.artifact;
  switch (options.form) {
  case Form::Tile: return emitTile(source, options);
  case Form::Sched: return writeText(options.output, compiled.sched);
  case Form::Llvm: return writeText(options.output, compiled.llvmIr);
  case Form::Ptx: return writeText(options.output, artifact.ptx);
  case Form::Schedule: return writeText(options.output, scheduleText(compiled));
  case Form::Report:
    return writeText(options.output, options.json ? reportJson(source, compiled) : reportText(source, compiled));
  case Form::Cubin:
    if (artifact.cubin.empty())
      return rt::Fault{rt::FaultClass::unsupported, "E-asm-missing", compiled.assemblerMessage};
    return writeBytes(options.output, artifact.cubin);
  case Form::Artifact:
    if (artifact.cubin.empty())
      std::fprintf(stderr, "warning: the artifact holds PTX only\n%s\n", compiled.assemblerMessage.c_str());
    return writeBytes(options.output, rt::serialise(artifact));
  }
  return {};
}

} // namespace

rt::Result<int> emit(const Options &options) {
  rt::Result<Schedule> schedule = readSchedule(options.scheduleFile);
  if (!schedule) return schedule.fault();
  rt::Result<Source> source = readSource(options, *schedule);
  if (!source) return source.fault();
  Compiled compiled;
  if (options.form != Form::Tile) {
    const Form form = options.form;
    const Needs needs{form == Form::Cubin || form == Form::Artifact || form == Form::Report,
                      form == Form::Sched || form == Form::Llvm};
    rt::Result<Compiled> result = compileSource(*source, options, *schedule, needs);
    if (!result) return result.fault();
    compiled = std::move(*result);
  }
  if (rt::Status status = write(*source, compiled, options); !status) return status.fault();
  return 0;
}

} // namespace tilewright::twc
