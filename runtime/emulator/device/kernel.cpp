// Decoding an artifact's PTX and running one step of a plan.
#include "kernel.hpp"

#include <algorithm>

#include <cstring>

#include <fmt/format.h>

#include "tilewright/emulator/tensor_map.hpp"

namespace tw::rt::emulator_device {
namespace {

/// More blocks than fit on any GPU at once.
constexpr std::uint64_t most_cooperative_blocks = 160 * 32;

Fault not_emulated(const std::string &where, std::string what, std::string fix) {
  return make_fault(FaultClass::unsupported, "emulator.unsupported",
                    {where, std::move(what), "the emulator refuses what it cannot run faithfully", std::move(fix)});
}

// The PTX text as messages name it: it is part of an artifact and has no file.
std::string ptx_name(const Artifact &artifact) { return artifact.kernel + ".ptx"; }

Fault parse_fault(const Artifact &artifact, const emu::ParseError &error) {
  const LineMap::Line *line = artifact.line_map.find(error.line);
  const std::string where = line && line->line ? fmt::format("{}:{}", line->file, line->line) : artifact.kernel;
  const std::string at = fmt::format("at {}:{}", ptx_name(artifact), error.line);
  if (error.unsupported)
    return make_fault(FaultClass::unsupported, "emulator.unsupported",
                      {where, "the emulator cannot run this kernel: " + error.message, at, error.fix});
  return make_fault(FaultClass::internal, "emulator.ptx",
                    {where, "the kernel's PTX is not valid: " + error.message, at, error.fix});
}

/// What a tensor map of a launch describes; nothing for element types that maps do not have.
std::optional<emu::TensorMapSpec> spec_of(const TensorMapValue &map) {
  emu::TensorMapSpec spec;
  if (!emu::tensor_map_type(name_of(map.type), spec.type) || map.sizes.size() > spec.dims.size()) return std::nullopt;
  spec.rank = static_cast<std::uint32_t>(map.sizes.size());
  spec.address = map.address;
  for (std::size_t i = 0; i < map.sizes.size(); ++i) {
    spec.dims[i] = map.sizes[i];
    spec.box[i] = map.box[i];
    spec.element_strides[i] = map.element_steps[i];
    if (i > 0) spec.strides[i - 1] = map.strides[i - 1];
  }
  spec.swizzle = static_cast<std::uint32_t>(map.swizzle_bytes);
  spec.nan_fill = map.fill_nan;
  return spec;
}

emu::LaunchResult refused(std::string message) {
  emu::LaunchResult result;
  result.status = emu::LaunchStatus::Refused;
  result.findings_total = 1;
  emu::Finding finding;
  finding.rule = "launch";
  finding.message = std::move(message);
  result.findings.push_back(std::move(finding));
  return result;
}

} // namespace

emu::LineMap expand_lines(const LineMap &map, int ptx_line_count) {
  emu::LineMap expanded;
  for (std::size_t i = 0; i < map.lines.size(); ++i) {
    const LineMap::Line &range = map.lines[i];
    if (range.line == 0) continue;
    const int end = i + 1 < map.lines.size() ? map.lines[i + 1].ptx_line : ptx_line_count + 1;
    for (int line = range.ptx_line; line < end; ++line) expanded.lines[line] = {range.file, range.line};
  }
  return expanded;
}

EmulatedKernel::EmulatedKernel(const Artifact &artifact, emu::Module module)
    : Kernel(artifact.kernel, artifact.rule), module_(std::move(module)),
      lines_(expand_lines(artifact.line_map,
                          1 + static_cast<int>(std::count(artifact.ptx.begin(), artifact.ptx.end(), '\n')))),
      shared_buffers_(artifact.line_map.shared_buffers) {}

Result<std::unique_ptr<EmulatedKernel>> EmulatedKernel::load(const Artifact &artifact) {
  if (artifact.ptx.empty())
    return make_fault(FaultClass::user, "emulator.no_ptx",
                      {artifact.kernel, "the artifact holds no PTX", "the emulator runs PTX and nothing else",
                       "compile the kernel for a target sm_*"});
  auto parsed = emu::Module::parse(artifact.ptx, ptx_name(artifact));
  if (const auto *error = std::get_if<emu::ParseError>(&parsed)) return parse_fault(artifact, *error);
  emu::Module &module = std::get<emu::Module>(parsed);
  const std::vector<std::string> entries = module.entries();
  for (const Variant &variant : artifact.rule.variants)
    for (const StepRule &step : variant.steps)
      if (const auto *kernel = std::get_if<KernelRule>(&step))
        if (std::find(entries.begin(), entries.end(), kernel->entry) == entries.end())
          return make_fault(FaultClass::internal, "emulator.entry",
                            {artifact.kernel, fmt::format("the PTX has no entry '{}'", kernel->entry),
                             fmt::format("it has: {}", fmt::join(entries, ", ")),
                             "make the launch rule name an entry of the PTX"});
  return std::unique_ptr<EmulatedKernel>(new EmulatedKernel(artifact, std::move(module)));
}

Status EmulatedKernel::check(const KernelStep &step) const {
  const std::string where = fmt::format("kernel '{}', entry '{}'", name(), step.entry);
  const std::uint64_t blocks = std::uint64_t{step.grid[0]} * step.grid[1] * step.grid[2];
  if (step.cooperative && blocks > most_cooperative_blocks)
    return not_emulated(where,
                        fmt::format("a cooperative launch of {} blocks is too large, the emulator runs at most {} "
                                    "together",
                                    blocks, most_cooperative_blocks),
                        "launch as many blocks as run at once on a GPU");
  return check_parameters(step);
}

// A rule that packs other parameters than the PTX declares would make a kernel read its neighbours.
Status EmulatedKernel::check_parameters(const KernelStep &step) const {
  const std::string where = fmt::format("kernel '{}', entry '{}'", name(), step.entry);
  const std::vector<emu::ParameterInfo> declared = module_.parameters(step.entry);
  const std::string fix = "make the launch rule and the PTX agree";
  if (declared.size() != step.slots.size())
    return make_fault(
        FaultClass::internal, "emulator.parameters",
        {where,
         fmt::format("the PTX declares {} parameters but the launch rule packs {}", declared.size(), step.slots.size()),
         {},
         fix});
  for (std::size_t i = 0; i < declared.size(); ++i)
    if (declared[i].offset != step.slots[i].offset || declared[i].bytes != step.slots[i].bytes)
      return make_fault(FaultClass::internal, "emulator.parameters",
                        {where,
                         fmt::format("parameter {} ('{}') has {} bytes at offset {} in the PTX but the launch "
                                     "rule packs {} bytes at offset {}",
                                     i, declared[i].name, declared[i].bytes, declared[i].offset, step.slots[i].bytes,
                                     step.slots[i].offset),
                         {},
                         fix});
  return {};
}

emu::LaunchResult EmulatedKernel::run(emu::Machine &machine, const KernelStep &step, const EmulatorOptions &options,
                                      std::uint64_t seed) const {
  emu::LaunchConfig config;
  config.grid = {step.grid[0], step.grid[1], step.grid[2]};
  config.block = {step.block[0], step.block[1], step.block[2]};
  config.dynamic_shared_bytes = step.shared_bytes;
  config.seed = seed;
  config.checks = options.checks;
  config.numerics = options.numerics;
  config.instruction_budget = options.instruction_budget;
  config.line_map = &lines_;
  config.cluster = {step.cluster[0], step.cluster[1], step.cluster[2]};
  // Blocks of a cooperative launch wait for each other: all of them are resident.
  if (step.cooperative)
    config.resident_ctas = std::max(config.resident_ctas, static_cast<std::uint32_t>(config.grid.count()));
  std::vector<std::byte> parameters = step.parameters;
  for (const TensorMapValue &map : step.tensor_maps) {
    auto spec = spec_of(map);
    if (!spec) return refused(fmt::format("tensor maps have no elements of type {}", name_of(map.type)));
    auto encoded = emu::encode_tensor_map(*spec);
    if (auto *broken = std::get_if<std::string>(&encoded)) return refused("the tensor map is not legal: " + *broken);
    const auto &bytes = std::get<emu::TensorMap>(encoded).bytes;
    std::memcpy(parameters.data() + map.parameter_offset, bytes.data(), bytes.size());
  }
  emu::LaunchResult result = machine.launch(module_, step.entry, config, parameters);
  for (emu::Finding &finding : result.findings) name_shared_buffer(finding);
  return result;
}

// Offsets of findings count from the start of all shared memory, those of the artifact from the dynamic part: they
// agree when the module has no static part, as compiled kernels have none.
void EmulatedKernel::name_shared_buffer(emu::Finding &finding) const {
  if (finding.buffer != "shared memory" || module_.static_shared_bytes() != 0) return;
  for (const LineMap::SharedBuffer &buffer : shared_buffers_) {
    if (finding.offset < buffer.offset || finding.offset >= buffer.offset + buffer.bytes) continue;
    finding.buffer = buffer.name;
    finding.offset -= buffer.offset;
    finding.message += fmt::format("; it is byte {} of shared buffer '{}'", finding.offset, buffer.name);
    return;
  }
}

} // namespace tw::rt::emulator_device
