// Makes up a launch for a kernel that nobody knows.
#include "run_case.hpp"

#include <cstring>
#include <vector>

#include "tilewright/emulator/emulator.hpp"
#include "tilewright/emulator/tensor_map.hpp"

namespace tw::emu::fuzz {
namespace {

constexpr size_t kBufferBytes = 16384;

/// Of a launch. Chosen so that a case stays below half a second also under AddressSanitizer.
constexpr uint64_t kWorkBudget = 10'000;

/// The numbers after a directive such as `.reqntid 128, 1, 1`, or ones.
Extent directive(const std::string &text, const std::string &name) {
  Extent extent;
  size_t at = text.find(name);
  if (at == std::string::npos) return extent;
  const char *from = text.c_str() + at + name.size();
  for (uint32_t *part : {&extent.x, &extent.y, &extent.z}) {
    char *end = nullptr;
    *part = static_cast<uint32_t>(std::strtoul(from, &end, 10));
    while (*end == ' ') ++end;
    if (*end != ',') break;
    from = end + 1;
  }
  return extent;
}

TensorMap someMap(uint64_t address, Random &random) {
  TensorMapSpec spec;
  static constexpr TensorMapType types[] = {TensorMapType::BF16, TensorMapType::U8, TensorMapType::F32};
  spec.type = types[below(random, 3)];
  spec.address = address;
  spec.rank = static_cast<uint32_t>(1 + below(random, 3));
  spec.dims = {64, 16, 2, 1, 1};
  spec.strides = {256, 4096, 0, 0};
  spec.swizzle = std::array<uint32_t, 4>{0, 32, 64, 128}[below(random, 4)];
  spec.box = {static_cast<uint32_t>((spec.swizzle ? spec.swizzle : 64) / bytes_of(spec.type)), 8, 1, 1, 1};
  auto encoded = encode_tensor_map(spec);
  return std::holds_alternative<TensorMap>(encoded) ? std::get<TensorMap>(encoded) : TensorMap{};
}

uint32_t anySize(Random &random) {
  static constexpr uint32_t sizes[] = {0,     1,     2,      31,     33,       64,       1024, 1025,
                                       65535, 65536, 232448, 232449, 1u << 20, 1u << 31, ~0u};
  return below(random, 2) ? sizes[below(random, std::size(sizes))] : static_cast<uint32_t>(random());
}

LaunchConfig hostile(LaunchConfig config, Random &random) {
  uint32_t *sizes[] = {
      &config.grid.x,        &config.grid.y,      &config.grid.z,    &config.block.x,   &config.block.y,
      &config.block.z,       &config.cluster.x,   &config.cluster.y, &config.cluster.z, &config.dynamic_shared_bytes,
      &config.resident_ctas, &config.checks.limit};
  for (size_t changes = 1 + below(random, 3); changes > 0; --changes)
    *sizes[below(random, std::size(sizes))] = anySize(random);
  return config;
}

} // namespace

void runCase(const std::string &text, Random &random, Outcome &outcome) {
  auto parsed = Module::parse(text, "case.ptx");
  if (auto *error = std::get_if<ParseError>(&parsed)) {
    outcome.stage = Outcome::Stage::Rejected;
    outcome.unsupported = error->unsupported;
    outcome.silent += error->message.empty() || error->line <= 0;
    return;
  }
  Module module = std::get<Module>(parsed);
  std::vector<std::string> entries = module.entries();
  std::string entry = entries.empty() ? "none" : entries[below(random, entries.size())];

  Machine machine;
  std::vector<std::vector<std::byte>> buffers;
  std::vector<std::byte> parameters(module.parameter_bytes(entry));
  for (const ParameterInfo &parameter : module.parameters(entry)) {
    std::byte *to = parameters.data() + parameter.offset;
    if (parameter.bytes == 4) {
      uint32_t value = static_cast<uint32_t>(1 + below(random, 64));
      std::memcpy(to, &value, 4);
    } else if ((parameter.bytes == 8 || parameter.bytes == 128) && buffers.size() < 16) {
      buffers.emplace_back(kBufferBytes);
      for (size_t i = 0; i + 4 <= kBufferBytes; i += 4) {
        uint32_t value =
            below(random, 4) ? static_cast<uint32_t>(below(random, 4096)) : static_cast<uint32_t>(random());
        std::memcpy(buffers.back().data() + i, &value, 4);
      }
      uint64_t address = machine.add_buffer(buffers.back(), parameter.name, below(random, 4) != 0);
      if (below(random, 16) == 0) address += random() % 16;
      TensorMap map = someMap(address, random);
      if (parameter.bytes == 8)
        std::memcpy(to, &address, 8);
      else
        std::memcpy(to, map.bytes.data(), 128);
    } else {
      for (uint32_t i = 0; i < parameter.bytes; ++i) to[i] = static_cast<std::byte>(random());
    }
  }

  LaunchConfig config;
  config.block = directive(text, ".reqntid");
  if (config.block.count() == 1) config.block.x = static_cast<uint32_t>(32 << below(random, 4));
  Extent cluster = directive(text, ".reqnctapercluster");
  config.grid = {static_cast<uint32_t>(cluster.x * (1 + below(random, 3))), cluster.y, cluster.z};
  config.dynamic_shared_bytes = below(random, 4) ? 65536 : 0;
  config.seed = below(random, 2) ? 0 : random();
  config.async_timing = static_cast<AsyncTiming>(below(random, 4));
  config.checks.strict = below(random, 4) == 0;
  config.work_budget = kWorkBudget;
  if (below(random, 8) == 0) config = hostile(config, random);
  if (below(random, 32) == 0) parameters.resize(below(random, 2 * parameters.size() + 9));

  LaunchResult result = machine.launch(module, entry, config, parameters);
  for (const Finding &f : result.findings) {
    ++outcome.kinds[static_cast<size_t>(f.kind)];
    bool placed = result.status == LaunchStatus::Refused || f.at.ptx_line > 0;
    outcome.silent += f.message.empty() || f.rule.empty() || !placed;
  }
  outcome.stage = result.status == LaunchStatus::Clean     ? Outcome::Stage::Clean
                  : result.status == LaunchStatus::Refused ? Outcome::Stage::Refused
                                                           : Outcome::Stage::Findings;
}

} // namespace tw::emu::fuzz
