// What is told about a compilation beside its artifact.

#include "Report.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace tilewright;

std::vector<tw_entry_resources> tilewright::entriesOf(const Compiled &compiled) {
  std::vector<tw_entry_resources> entries;
  for (const tw::rt::Variant &variant : compiled.artifact.rule.variants)
    for (const tw::rt::StepRule &step : variant.steps) {
      auto *kernel = std::get_if<tw::rt::KernelRule>(&step);
      if (!kernel) continue;
      auto sharedBytes = tw::rt::evaluate(kernel->shared_bytes, {});
      tw_entry_resources entry{kernel->entry.c_str(), -1, -1, -1, -1, sharedBytes ? *sharedBytes : -1, 0};
      entry.threads = kernel->block[0] * kernel->block[1] * kernel->block[2];
      if (auto *resources = compiled.resources.find(kernel->entry)) {
        entry.registers = resources->registers;
        entry.stack_bytes = resources->stackBytes;
        entry.spill_store_bytes = resources->spillStoreBytes;
        entry.spill_load_bytes = resources->spillLoadBytes;
        entry.shared_bytes += resources->sharedBytes;
      }
      entries.push_back(entry);
    }
  return entries;
}

std::vector<std::string> tilewright::remarksOf(const Compiled &compiled) {
  std::vector<std::string> remarks = compiled.remarks;
  for (const std::string &note : compiled.resources.notes) remarks.push_back(note);
  if (!compiled.assemblerMessage.empty()) remarks.push_back(compiled.assemblerMessage);
  return remarks;
}

std::vector<ScheduleField> tilewright::scheduleFieldsOf(const Compiled &compiled) {
  std::vector<ScheduleField> fields;
  auto parsed = llvm::json::parse(compiled.artifact.schedule);
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return fields;
  }
  auto text = [](const llvm::json::Value &value) {
    auto word = value.getAsString();
    return word ? word->str() : llvm::formatv("{0}", value).str();
  };
  const llvm::json::Object &schedule = *parsed->getAsObject();
  for (const char *name : {"stages", "warps", "mma_atom", "swizzle", "raster_group", "raster_order", "reversed",
                           "persistent", "dynamic", "cluster", "multicast", "split_k", "deterministic"})
    if (auto *value = schedule.get(name)) fields.push_back({name, "field", text(*value)});
  if (auto *members = schedule.getObject("members"))
    // The object itself has no order that could be relied on.
    for (const auto *member : llvm::json::sortedElements(*members)) {
      const char *type = member->second.getAsBoolean() ? "bool" : member->second.getAsInteger() ? "int" : "float";
      fields.push_back({member->first.str(), type, text(member->second)});
    }
  return fields;
}

std::string tilewright::reportOf(const Compiled &compiled) {
  using llvm::json::Array;
  using llvm::json::Object;
  Array entries, buffers, remarks;
  for (const tw_entry_resources &entry : entriesOf(compiled)) {
    Object item{{"name", entry.name}, {"threads", entry.threads}, {"shared_bytes", entry.shared_bytes}};
    if (entry.registers >= 0) {
      item["registers"] = entry.registers;
      item["stack_bytes"] = entry.stack_bytes;
      item["spill_store_bytes"] = entry.spill_store_bytes;
      item["spill_load_bytes"] = entry.spill_load_bytes;
    }
    entries.push_back(std::move(item));
  }
  for (const tw::rt::LineMap::SharedBuffer &buffer : compiled.artifact.line_map.shared_buffers)
    buffers.push_back(
        Object{{"name", buffer.name}, {"offset", buffer.offset}, {"bytes", buffer.bytes}, {"role", buffer.role}});
  for (const std::string &remark : remarksOf(compiled)) remarks.push_back(remark);
  const CompileTimings &timings = compiled.timings;
  return llvm::formatv("{0}", llvm::json::Value(Object{{"kernel", compiled.artifact.kernel},
                                                       {"target", compiled.artifact.target},
                                                       {"milliseconds", Object{{"parse", timings.parse},
                                                                               {"passes", timings.passes},
                                                                               {"llvm", timings.llvm},
                                                                               {"assembly", timings.assembly}}},
                                                       {"entries", std::move(entries)},
                                                       {"shared_buffers", std::move(buffers)},
                                                       {"remarks", std::move(remarks)}}))
      .str();
}
