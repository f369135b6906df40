// Recording of runs.
#include "mutation/trace.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "machine/address_map.hpp"
#include "machine/program.hpp"
#include "mutation/rules.hpp"
#include "tilewright/emulator/observer.hpp"

namespace tw::emu::mutation {
namespace {

bool matters(const Statement &s) {
  if (s.kind != Statement::Kind::Instruction) return false;
  if (kindOf(s) != SyncKind::None || isAccess(s)) return true;
  for (const char *name :
       {"mbarrier", "ret", "exit", "ld.global", "ld.shared", "ld.relaxed", "ld.acquire", "ld.volatile"})
    if (s.is(name)) return true;
  return s.is("ld") && !s.has("param") && !s.has("local") && !s.has("const");
}

class Recorder : public Observer {
public:
  Recorder(Trace &trace, const Program &program, const Function &entry) : trace(trace), program(program), entry(entry) {
    for (size_t i = 0; i < trace.text.statements.size(); ++i) {
      const Statement &s = trace.text.statements[i];
      if (matters(s)) places[{s.line, s.opcode}] = i;
    }
  }
  Extent grid;

  void executes(const Moment &moment) override {
    auto place = places.find({moment.ptx_line(), std::string(moment.opcode())});
    if (place == places.end()) return;
    const Statement &s = trace.text.statements[place->second];
    Event event;
    event.statement = place->second;
    const Extent &block = moment.block();
    event.block = block.x + grid.x * (block.y + grid.y * block.z);
    event.warp = moment.warp();
    event.lanes = moment.lanes();
    std::map<std::string, const RegisterValues *> registers;
    std::vector<RegisterValues> all;
    if (!s.operands.empty()) all = moment.registers();
    for (const RegisterValues &r : all) registers[r.name] = &r;
    for (const std::string &operand : s.operands) event.values.push_back(valueOf(operand, registers));
    trace.events.push_back(std::move(event));
  }

private:
  std::array<uint64_t, 32> valueOf(std::string text, const std::map<std::string, const RegisterValues *> &registers) {
    std::array<uint64_t, 32> sum{};
    // Of `[map, {x, y}]` the map counts.
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '[' || c == ']' || c == ' '; }),
               text.end());
    text = text.substr(0, text.find(','));
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('+', at), text.size());
      std::string term = text.substr(at, end - at);
      at = end + 1;
      auto found = registers.find(term);
      for (uint32_t l = 0; l < 32; ++l) sum[l] += found != registers.end() ? found->second->lanes[l] : constant(term);
    }
    return sum;
  }

  uint64_t constant(const std::string &term) const {
    char *end = nullptr;
    uint64_t number = std::strtoull(term.c_str(), &end, 0);
    if (!term.empty() && *end == '\0') return number;
    for (const auto &[variable, owner] : program.sharedVariables)
      if (variable.name == term && (owner.empty() || owner == entry.name)) return variable.offset;
    return term.find_first_not_of("_{}") == std::string::npos ? 0 : entry.dynamicShared;
  }

  Trace &trace;
  const Program &program;
  const Function &entry;
  std::map<std::pair<int, std::string>, size_t> places;
};

} // namespace

Trace record(const test::LaunchCase &launch) {
  const std::string &ptx = test::ptxOf(launch.sourceName());
  auto parsed = Module::parse(ptx, launch.name());
  if (auto *error = std::get_if<ParseError>(&parsed)) throw std::runtime_error(error->text());
  const Module &module = std::get<Module>(parsed);
  const Program &program = *module.program();
  const Function &entry = *program.functions[program.functionIndex.at(launch.entryName())];

  Trace trace;
  trace.text = scanKernel(ptx, launch.entryName());
  trace.blockThreads = static_cast<uint32_t>(launch.shape().block.count());
  trace.clusterBlocks = std::max(1u, entry.requiredCluster[0]);
  for (auto [offset, spec] : launch.maps()) {
    uint32_t bytes = bytes_of(spec.type);
    for (uint32_t d = 0; d < spec.rank; ++d) bytes *= spec.box[d];
    trace.boxBytes[address::kParam + offset] = bytes;
    if (!trace.otherBoxBytes) trace.otherBoxBytes = bytes;
  }
  Recorder recorder(trace, program, entry);
  recorder.grid = launch.shape().grid;
  LaunchConfig how;
  how.async_timing = AsyncTiming::Early;
  how.observer = &recorder;
  if (launch.run(module, how).result.status != LaunchStatus::Clean)
    throw std::runtime_error(launch.name() + " does not run clean");
  return trace;
}

} // namespace tw::emu::mutation
