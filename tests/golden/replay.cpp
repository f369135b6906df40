// Recorded results against those of the emulator.
#include "pack.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tilewright/runtime/compare.hpp"
#include "tilewright/runtime/emulator_device.hpp"
#include "tilewright/runtime/npy.hpp"
#include "tilewright/runtime/run.hpp"

namespace golden {
namespace {

namespace fs = std::filesystem;
using namespace tw::rt;

ElementType element_of(Compare compare) {
  switch (compare) {
  case Compare::f64: return ElementType::f64;
  case Compare::f16: return ElementType::f16;
  case Compare::bf16: return ElementType::bf16;
  case Compare::f32: return ElementType::f32;
  default: return ElementType::u32;
  }
}

bool right(const Snippet &s, double got, double want) {
  if (std::isnan(want)) return std::isnan(got);
  if (std::isinf(want) || std::isinf(got)) return got == want;
  return std::abs(got - want) <= s.absolute + s.relative * std::abs(want);
}

/// The outputs of a group, with its record's integrity checked; or what is wrong with it.
Result<HostTensor> read_record(const Group &group, const fs::path &folder, std::string &device) {
  const std::string where = (folder / (group.name + ".npy")).string();
  const auto fault = [&](const char *code, std::string what, std::string why) {
    return make_fault(FaultClass::user, code, {where, std::move(what), std::move(why), "record the group again"});
  };
  std::ifstream file(folder / (group.name + ".json"));
  const nlohmann::json record = nlohmann::json::parse(file, nullptr, false);
  std::string key, inputs, outputs;
  try {
    device = record.at("device");
    const auto &run = record.at("runs").at(0);
    key = run.at("key");
    inputs = run.at("arguments").at(0).at("digest");
    outputs = run.at("arguments").at(1).at("digest");
  } catch (const nlohmann::json::exception &) {
    return fault("golden.damaged", "the record has no description", "the .json beside it cannot be read");
  }
  if (key != artifact_of(group).key)
    return fault("golden.outdated", "the record is of other snippets", "the table has changed since");
  if (inputs != tensor_digest(make_inputs(group.snippets[0].inputs, group.threads)))
    return fault("golden.outdated", "the record is of other inputs", "the generator of inputs has changed since");
  Result<HostTensor> tensor = read_npy(where);
  if (!tensor) return fault("golden.damaged", "the record cannot be read", tensor.fault().message);
  if (tensor_digest(*tensor) != outputs)
    return fault("golden.damaged", "the record is damaged", "its digest is not the one that was recorded");
  return tensor;
}

Replay::Family &family(Replay &result, const std::string &name) {
  for (Replay::Family &f : result.families)
    if (f.name == name) return f;
  result.families.push_back({name});
  return result.families.back();
}

} // namespace

Result<std::vector<std::byte>> emulate(const Snippet &snippet) {
  const Group group = groups({snippet}).front();
  auto device = open_emulator_device();
  if (!device) return device.fault();
  std::vector<HostArgument> arguments;
  arguments.push_back(make_inputs(snippet.inputs, group.threads));
  arguments.push_back(HostTensor::zeros(ElementType::u32, {group.output_bytes / 4}).value());
  Result<RunOutcome> outcome = run_artifact(**device, artifact_of(group), std::move(arguments), {});
  if (!outcome) return outcome.fault();
  const auto bytes = std::get<HostTensor>(outcome->arguments[1]).bytes();
  return std::vector<std::byte>(bytes.begin(), bytes.begin() + snippet.output_bytes());
}

std::string difference(const Snippet &s, std::span<const std::byte> got, std::span<const std::byte> want) {
  const ElementType type = element_of(s.compare);
  const std::size_t size = size_of(type);
  for (std::size_t at = 0; at + size <= want.size(); at += size) {
    if (std::memcmp(got.data() + at, want.data() + at, size) == 0) continue;
    const double g = load_as_double(type, got.data() + at), w = load_as_double(type, want.data() + at);
    if (s.compare != Compare::bits && right(s, g, w)) continue;
    std::uint64_t raw_got = 0, raw_want = 0;
    std::memcpy(&raw_got, got.data() + at, size);
    std::memcpy(&raw_want, want.data() + at, size);
    const std::size_t word = at / 4, thread = word / s.words;
    return fmt::format("{}: block {}, thread {}, output {}: the emulator gives {:#x} ({}), the device gave {:#x} ({})",
                       s.name, thread / s.threads, thread % s.threads, word % s.words, raw_got, g, raw_want, w);
  }
  return {};
}

Replay replay(const std::string &records) {
  Replay result;
  std::set<std::string> devices;
  for (const Group &group : groups()) {
    const bool recorded = fs::exists(fs::path(records) / (group.name + ".npy"));
    for (const Snippet &s : group.snippets) {
      Replay::Family &f = family(result, s.family);
      ++f.snippets;
      f.inputs += s.input_sets();
    }
    if (!recorded) continue;
    std::string device;
    const Result<HostTensor> record = read_record(group, records, device);
    if (!record) {
      result.faults.push_back(record.fault().message);
      continue;
    }
    devices.insert(device);
    const std::span<const std::byte> all = record->bytes();
    for (std::size_t i = 0; i < group.snippets.size(); ++i) {
      const Snippet &s = group.snippets[i];
      Replay::Family &f = family(result, s.family);
      ++f.recorded;
      const Result<std::vector<std::byte>> got = emulate(s);
      std::string fault =
          got ? difference(s, *got, all.subspan(static_cast<std::size_t>(group.offsets[i]), got->size()))
              : fmt::format("{}: the emulator does not run it: {}", s.name, got.fault().message);
      if (fault.empty()) continue;
      ++f.wrong;
      result.faults.push_back(std::move(fault));
    }
  }
  result.devices.assign(devices.begin(), devices.end());
  return result;
}

} // namespace golden
