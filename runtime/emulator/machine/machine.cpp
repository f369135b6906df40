// The public face: modules and machines.
#include <fmt/format.h>

#include "machine/decoder.hpp"
#include "machine/execution.hpp"
#include "machine/parallel_launch.hpp"
#include "parser/parser.hpp"

namespace tw::emu {

std::string ParseError::text() const {
  std::string out = fmt::format("{}:{}: error: {}\n", file, line, message);
  if (!fix.empty()) out += fmt::format("  fix: {}\n", fix);
  return out;
}

std::variant<Module, ParseError> Module::parse(std::string_view text, std::string name) {
  try {
    Module module;
    module.decoded = decode(tw::emu::parse(text), name);
    return module;
  } catch (const SyntaxError &e) {
    return ParseError{std::move(name), e.line, e.message, e.fix, e.unsupported};
  }
}

namespace {

const Function *entryOf(const Program &program, std::string_view name) {
  auto found = program.functionIndex.find(std::string(name));
  if (found == program.functionIndex.end()) return nullptr;
  const Function *f = program.functions[found->second].get();
  return f->entry && f->defined ? f : nullptr;
}

} // namespace

std::vector<std::string> Module::entries() const {
  std::vector<std::string> names;
  for (const auto &f : decoded->functions)
    if (f->entry) names.push_back(f->name);
  return names;
}

std::vector<ParameterInfo> Module::parameters(std::string_view entry) const {
  std::vector<ParameterInfo> list;
  if (const Function *f = entryOf(*decoded, entry))
    for (const Placement &p : f->parameters)
      list.push_back({p.name, static_cast<uint32_t>(p.offset), static_cast<uint32_t>(p.bytes)});
  return list;
}

uint32_t Module::parameter_bytes(std::string_view entry) const {
  const Function *f = entryOf(*decoded, entry);
  return f ? f->parameterBytes : 0;
}

uint32_t Module::static_shared_bytes() const { return decoded->staticSharedBytes; }

struct Machine::State {
  MemoryTable memory;
  /// Keeps the programs alive whose variables live in `memory`.
  std::vector<std::shared_ptr<const Program>> programs;
  /// Of the last launch that allowed a dependent one.
  GridFootprint footprint;

  void keep(const std::shared_ptr<const Program> &program) {
    for (const auto &p : programs)
      if (p == program) return;
    programs.push_back(program);
  }
};

Machine::Machine() : state(std::make_unique<State>()) {}
Machine::~Machine() = default;

uint64_t Machine::add_buffer(std::span<std::byte> bytes, std::string name, bool initialised) {
  return state->memory.add(bytes, std::move(name), initialised);
}
void Machine::remove_buffer(uint64_t address) { state->memory.remove(address); }
void Machine::set_initialised(uint64_t address, bool initialised) {
  state->memory.setInitialised(address, initialised);
}

uint64_t Machine::variable_address(const Module &module, std::string_view name, uint64_t *bytes) {
  state->keep(module.program());
  const Program &program = *module.program();
  for (uint32_t i = 0; i < program.variables.size(); ++i) {
    if (program.variables[i].name != name || program.variables[i].constant) continue;
    Region *region = state->memory.variable(program, i);
    if (bytes) *bytes = region->bytes;
    return region->base;
  }
  return 0;
}

LaunchResult Machine::launch(const Module &module, std::string_view entry, const LaunchConfig &config,
                             std::span<const std::byte> parameters) {
  LaunchResult refused;
  refused.status = LaunchStatus::Refused;
  refused.findings_total = 1;
  Finding fault;
  fault.rule = "launch";
  const Function *function = entryOf(*module.program(), entry);
  if (!function) {
    fault.message = fmt::format("module has no entry '{}'", entry);
    fault.fix = "its entries are: " + fmt::format("{}", fmt::join(module.entries(), ", "));
  } else if (parameters.size() != function->parameterBytes) {
    fault.message =
        fmt::format("'{}' takes {} bytes of parameters but got {}", entry, function->parameterBytes, parameters.size());
    fault.fix = "pack the parameters as the PTX declares them";
  } else {
    state->keep(module.program());
    GridFootprint own;
    GridDependence dependence(config.dependent ? &state->footprint : nullptr, config.allows_dependent ? &own : nullptr);
    if (auto result = launchInParallel(state->memory, *module.program(), *function, config, parameters))
      return std::move(*result);
    Execution execution(state->memory, *module.program(), *function, config, parameters);
    if (dependence.active()) execution.dependence = &dependence;
    LaunchResult result = execution.run();
    state->footprint = std::move(own);
    return result;
  }
  refused.findings.push_back(std::move(fault));
  return refused;
}

} // namespace tw::emu
