// Building and running launch cases.
#include "launches/launch_case.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "tilewright/runtime/artifact.hpp"

namespace tw::emu::test {

LaunchCase &LaunchCase::grid(uint32_t x, uint32_t y, uint32_t z) {
  config.grid = {x, y, z};
  return *this;
}
LaunchCase &LaunchCase::block(uint32_t x, uint32_t y, uint32_t z) {
  config.block = {x, y, z};
  return *this;
}
LaunchCase &LaunchCase::shared(uint32_t bytes) {
  config.dynamic_shared_bytes = bytes;
  return *this;
}
LaunchCase &LaunchCase::follows(std::string entryBefore) {
  first = std::move(entryBefore);
  return *this;
}
LaunchCase &LaunchCase::variant(std::string text) {
  variantText = std::move(text);
  return *this;
}

std::string LaunchCase::name() const {
  return source + ":" + entry + (variantText.empty() ? "" : "[" + variantText + "]");
}

int LaunchCase::store(std::vector<std::byte> before, std::optional<std::vector<std::byte>> expected, bool initialised) {
  buffers.push_back({std::move(before), std::move(expected), initialised});
  return static_cast<int>(buffers.size()) - 1;
}

LaunchCase &LaunchCase::pointer(int buffer) {
  Parameter p;
  p.buffer = buffer;
  parameters.push_back(std::move(p));
  return *this;
}

LaunchCase &LaunchCase::map(int buffer, const TensorMapSpec &spec) {
  Parameter p;
  p.buffer = buffer;
  p.map = spec;
  p.align = alignof(TensorMap);
  parameters.push_back(std::move(p));
  return *this;
}

LaunchCase &LaunchCase::bytes(std::span<const std::byte> value) {
  Parameter p;
  p.bytes.assign(value.begin(), value.end());
  p.align = value.size();
  parameters.push_back(std::move(p));
  return *this;
}

LaunchCase &LaunchCase::buffer(std::vector<std::byte> before, std::optional<std::vector<std::byte>> expected,
                               bool initialised) {
  return pointer(store(std::move(before), std::move(expected), initialised));
}

LaunchCase &LaunchCase::map(std::vector<std::byte> before, std::optional<std::vector<std::byte>> expected,
                            TensorMapType type, const std::vector<uint64_t> &dims, const std::vector<uint32_t> &box,
                            uint32_t swizzle) {
  TensorMapSpec spec;
  spec.type = type;
  spec.rank = static_cast<uint32_t>(dims.size());
  spec.swizzle = swizzle;
  uint64_t stride = bytes_of(type);
  for (size_t d = 0; d < dims.size(); ++d) {
    spec.dims[d] = dims[d], spec.box[d] = box[d];
    if (d > 0) spec.strides[d - 1] = stride;
    stride *= dims[d];
  }
  bool initialised = !expected;
  return map(store(std::move(before), std::move(expected), initialised), spec);
}

int LaunchCase::mapCount() const {
  return static_cast<int>(
      std::count_if(parameters.begin(), parameters.end(), [](const Parameter &p) { return p.map.has_value(); }));
}

std::vector<std::pair<size_t, TensorMapSpec>> LaunchCase::maps() const {
  std::vector<std::pair<size_t, TensorMapSpec>> list;
  size_t at = 0;
  for (const Parameter &p : parameters) {
    at = (at + p.align - 1) / p.align * p.align;
    if (p.map) list.emplace_back(at, *p.map);
    at += p.map ? sizeof(TensorMap) : p.buffer >= 0 ? 8 : p.bytes.size();
  }
  return list;
}

LaunchCase LaunchCase::withOtherSwizzle(int map) const {
  LaunchCase changed = *this;
  for (Parameter &p : changed.parameters) {
    if (!p.map || map-- != 0) continue;
    uint32_t inner = p.map->box[0] * bytes_of(p.map->type);
    p.map->swizzle = p.map->swizzle != 0 ? 0 : inner <= 32 ? 32 : inner <= 64 ? 64 : 128;
  }
  return changed;
}

CaseOutcome LaunchCase::run(const Module &module, const LaunchConfig &how) const {
  Machine machine;
  std::vector<std::vector<std::byte>> memory;
  std::vector<uint64_t> addresses;
  for (const Buffer &b : buffers) memory.push_back(b.before);
  for (size_t i = 0; i < buffers.size(); ++i)
    addresses.push_back(machine.add_buffer(memory[i], "buffer " + std::to_string(i), buffers[i].initialised));
  std::vector<std::byte> block;
  CaseOutcome outcome;
  for (const Parameter &p : parameters) {
    std::span<const std::byte> bytes = p.bytes;
    TensorMap encoded;
    if (p.map) {
      TensorMapSpec spec = *p.map;
      spec.address = addresses[static_cast<size_t>(p.buffer)];
      auto map = encode_tensor_map(spec);
      if (std::get_if<std::string>(&map)) {
        outcome.result.status = LaunchStatus::Refused;
        return outcome;
      }
      encoded = std::get<TensorMap>(map);
      bytes = encoded.bytes;
    } else if (p.buffer >= 0) {
      bytes = std::as_bytes(std::span(&addresses[static_cast<size_t>(p.buffer)], 1));
    }
    block.resize((block.size() + p.align - 1) / p.align * p.align);
    block.insert(block.end(), bytes.begin(), bytes.end());
  }
  LaunchConfig launch = how;
  launch.grid = config.grid, launch.block = config.block;
  launch.dynamic_shared_bytes = config.dynamic_shared_bytes;
  if (!first.empty()) {
    launch.allows_dependent = true;
    outcome.result = machine.launch(module, first, launch, block);
    if (outcome.result.status != LaunchStatus::Clean) return outcome;
    launch.allows_dependent = false, launch.dependent = true;
  }
  outcome.result = machine.launch(module, entry, launch, block);
  outcome.right = true;
  for (size_t i = 0; i < buffers.size(); ++i)
    if (buffers[i].expected) outcome.right &= memory[i] == *buffers[i].expected;
  return outcome;
}

namespace {

std::string fileOf(const std::string &source) { return std::string(TILEWRIGHT_PTX_FOLDER) + "/" + source + ".ptx"; }
bool exists(const std::string &file) { return std::ifstream(file).good(); }

std::string read(const std::string &source) {
  if (exists(artifactOf(source))) {
    auto artifact = rt::read_artifact(artifactOf(source));
    return artifact ? artifact->ptx : "";
  }
  std::ifstream file(fileOf(source));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace

std::string artifactOf(const std::string &source) { return std::string(TILEWRIGHT_PTX_FOLDER) + "/" + source + ".twa"; }

const std::string &ptxOf(const std::string &source) {
  static std::map<std::string, std::string> texts;
  auto [at, isNew] = texts.try_emplace(source);
  if (isNew) at->second = read(source);
  return at->second;
}

bool hasPtx(const std::string &source) { return exists(fileOf(source)) || exists(artifactOf(source)); }

std::vector<LaunchCase> allCases() {
  std::vector<LaunchCase> all;
  for (auto make : {tensorCases, hopperCases, hopperMemoryCases, featureCases, protocolCases, boxCases, emittedCases})
    for (LaunchCase &one : make())
      if (hasPtx(one.sourceName())) all.push_back(std::move(one));
  return all;
}

} // namespace tw::emu::test
