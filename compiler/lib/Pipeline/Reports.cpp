// What an artifact says about its kernel beside code, and schedules as JSON.

#include "Reports.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace tilewright;

static std::string text(llvm::json::Value value) { return llvm::formatv("{0}", std::move(value)).str(); }

static llvm::json::Value memberValue(Attribute attribute) {
  if (auto flag = dyn_cast<BoolAttr>(attribute)) return flag.getValue();
  if (auto number = dyn_cast<IntegerAttr>(attribute)) return number.getInt();
  if (auto number = dyn_cast<FloatAttr>(attribute)) return number.getValueAsDouble();
  return nullptr;
}

/// The names that schedules use outside the compiler lack the family of the instruction.
static StringRef atomName(sched::Atom atom) {
  StringRef name = sched::stringifyAtom(atom);
  name.consume_front("mma_");
  return name;
}

static std::string swizzleName(int64_t span) { return span ? "b" + std::to_string(span) : "none"; }

std::string tilewright::scheduleJson(tile::KernelOp kernel) {
  auto schedule = kernel->getAttrOfType<sched::ScheduleAttr>(sched::kScheduleAttr);
  llvm::json::Object members;
  if (DictionaryAttr attributes = kernel.getMembersAttr())
    for (NamedAttribute member : attributes) members[member.getName().getValue()] = memberValue(member.getValue());
  llvm::json::Object fields{{"stages", schedule.getStages()},
                            {"warps", schedule.getWarps()},
                            {"mma_atom", atomName(schedule.getAtom()).lower()},
                            {"swizzle", swizzleName(schedule.getSwizzle())},
                            {"raster_group", schedule.getRasterGroup()},
                            {"persistent", schedule.getPersistent()},
                            {"cluster", schedule.getCluster()},
                            {"members", std::move(members)}};
  fields["raster_order"] = sched::stringifyOrder(schedule.getOrder());
  fields["reversed"] = schedule.getReversed();
  fields["dynamic"] = schedule.getDynamic();
  auto split = kernel->getAttrOfType<sched::SplitAttr>(sched::kSplitAttr);
  fields["split_k"] = split ? split.getParts() : 1;
  if (split) fields["deterministic"] = !split.getUnordered();
  if (schedule.getCluster() > 1) fields["multicast"] = sched::stringifyMulticast(schedule.getMulticast());
  return text(std::move(fields));
}

std::vector<tw::rt::LineMap::SharedBuffer> tilewright::sharedBuffers(tile::KernelOp kernel) {
  std::vector<tw::rt::LineMap::SharedBuffer> buffers;
  kernel.walk([&](sched::AllocOp alloc) {
    auto ring = cast<sched::RingType>(alloc.getResult().getType());
    buffers.push_back({alloc.getName().value_or("buffer").str(), static_cast<int64_t>(alloc.getOffset().value_or(0)),
                       ring.getBytes(), ring.getStages() > 1 ? "ring" : "buffer"});
  });
  kernel.walk([&](sched::PipeOp pipe) {
    auto type = pipe.getResult().getType();
    int64_t start = static_cast<int64_t>(pipe.getOffset().value_or(0));
    for (auto [slot, name] : llvm::enumerate(pipe.getNames().getAsValueRange<StringAttr>()))
      buffers.push_back(
          {name.str(), start + type.getSlotOffset(slot), type.getStages() * type.getSlotBytes(slot), "ring"});
    buffers.push_back({"full", start + type.getBarrierOffset(), 8 * type.getStages(), "barriers"});
    buffers.push_back(
        {"empty", start + type.getBarrierOffset() + 8 * type.getStages(), 8 * type.getStages(), "barriers"});
  });
  return buffers;
}

std::string tilewright::reportJson(const ResourceReport &report) {
  llvm::json::Array entries, notes;
  for (const EntryResources &entry : report.entries)
    entries.push_back(llvm::json::Object{{"name", entry.name},
                                         {"registers", entry.registers},
                                         {"stack_bytes", entry.stackBytes},
                                         {"spill_store_bytes", entry.spillStoreBytes},
                                         {"spill_load_bytes", entry.spillLoadBytes},
                                         {"static_shared_bytes", entry.sharedBytes}});
  for (const std::string &note : report.notes) notes.push_back(note);
  return text(llvm::json::Object{{"entries", std::move(entries)}, {"notes", std::move(notes)}});
}

Result<ScheduleRequest> tilewright::parseSchedule(std::string_view json) {
  auto fail = [](std::string what, std::string fix) {
    return Failure{FaultClass::User, "E-schedule-json", "error: schedule: " + what + "\nfix: " + fix};
  };
  auto parsed = llvm::json::parse(json);
  if (!parsed) return fail("no JSON: " + llvm::toString(parsed.takeError()), "write an object such as {\"stages\": 3}");
  auto *object = parsed->getAsObject();
  if (!object) return fail("is no JSON object", "write an object such as {\"stages\": 3}");
  ScheduleRequest request;
  for (auto &[key, value] : *object) {
    StringRef name = key;
    auto number = value.getAsInteger();
    auto word = value.getAsString();
    bool isNumber =
        name == "stages" || name == "warps" || name == "raster_group" || name == "cluster" || name == "split_k";
    if (isNumber && (!number || *number < 1 || *number > 64))
      return fail(name.str() + " is " + text(value), "write a whole number from 1 to 64");
    if (name == "stages")
      request.stages = static_cast<int>(*number);
    else if (name == "warps")
      request.warps = static_cast<int>(*number);
    else if (name == "raster_group")
      request.rasterGroup = static_cast<int>(*number);
    else if (name == "cluster")
      request.cluster = static_cast<int>(*number);
    else if (name == "split_k")
      request.splits = static_cast<int>(*number);
    else if (name == "mma_atom" && word) {
      if (*word != "automatic")
        request.atom =
            *word == "fma" || *word == "wgmma" || word->starts_with("mma_") ? word->str() : ("mma_" + *word).str();
    } else if (name == "swizzle" && word && llvm::is_contained({"automatic", "none", "b32", "b64", "b128"}, *word)) {
      if (*word != "automatic") request.swizzle = word->consume_front("b") ? std::stoi(word->str()) : 0;
    } else if (name == "persistent" && value.getAsBoolean()) {
      request.persistent = *value.getAsBoolean();
    } else if (name == "raster_order" && word && llvm::is_contained({"grouped", "hilbert"}, *word)) {
      request.order = word->str();
    } else if (name == "reversed" && value.getAsBoolean()) {
      request.reversed = *value.getAsBoolean();
    } else if (name == "dynamic" && value.getAsBoolean()) {
      request.dynamic = *value.getAsBoolean();
    } else if (name == "deterministic" && value.getAsBoolean()) {
      request.deterministic = *value.getAsBoolean();
    } else if (name == "multicast" && word && llvm::is_contained({"automatic", "a", "b", "both"}, *word)) {
      if (*word != "automatic") request.multicast = word->str();
    } else if (name != "members") {
      return fail("unknown field or value: " + name.str() + " = " + text(value),
                  "use stages, warps, mma_atom, swizzle, raster_group, raster_order, reversed, persistent, dynamic, "
                  "cluster, multicast, split_k, deterministic, members");
    }
  }
  return request;
}
