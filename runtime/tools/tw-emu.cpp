// tw-emu: runs a kernel of a PTX file on the CPU and reports what is wrong with it.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "emulator_view.hpp"
#include "tensor_map_argument.hpp"
#include "tilewright/emulator/emulator.hpp"
#include "tilewright/runtime/argument.hpp"
#include "tilewright/runtime/npy.hpp"

namespace {

using namespace tw::emu;

constexpr const char *kHelp =
    R"(usage: tw-emu FILE.ptx --entry NAME --grid X[,Y,Z] --block X[,Y,Z] [--arg SPEC]... [options]
runs the kernel on the CPU and reports races, bounds, uninitialised reads, hangs and misuse.
  --arg SPEC        a kernel parameter: FILE.npy, 3, 7i64, 0.5f32, or TYPE[DIMSxDIMS]{STRIDE,..}:FILL@SEED
                    with FILL one of zeros ones iota ints normal nan
                    or a tensor map over the buffer of argument I, dims and box innermost first, strides in bytes:
                    tmap:I:TYPE[DIMS]{STRIDES}:box[DIMS]:swizzle=none|32|64|128:interleave=none|16|32:fill=zero|nan
                    or in place of the box, with corners of W, H, D: im2col[CHANNELSxPIXELS]{LOWER,..}{UPPER,..}
  --buffer SPEC     a buffer that is no parameter, numbered in line with the arguments
  --cluster X[,Y,Z] CTAs of a cluster
  --shared BYTES    dynamic shared memory
  --check all|none  which checks run (default all)
  --strict          rules on which sources differ are findings instead of warnings
  --seed N          adversarial order of warps and of unspecified effects (default 0: fixed order)
  --schedules N     run N times with seeds SEED, SEED+1, ... and stop at the first finding
  --threads N       host threads for blocks that cannot meet; the answer is the same (default 1)
  --budget N        warp-instructions before the run counts as a hang
  --out I=FILE.npy  write argument I afterwards
  --numerics exact|hopper  how matrix products are added: exactly, or bit by bit as published for Hopper
  --stats           counts of instructions by kind, of bytes and of bank conflicts
  --trace           print every executed instruction, per warp: lanes, PTX line, text
  --break PTXLINE   print registers and tiles before the instructions of a line (may be given again)
  --json            one JSON object on standard output
exit codes: 0 clean, 1 a finding, 2 usage, 3 our bug, 4 unsupported
)";

enum Exit { Clean = 0, Found = 1, Usage = 2, Bug = 3, Unsupported = 4 };

/// Ends the tool with a message and an exit code.
struct Stop {
  int code;
  std::string message;
};

[[noreturn]] void usage(std::string what, std::string fix = "see tw-emu --help") {
  throw Stop{Usage, fmt::format("tw-emu: error: {}\n  fix: {}\n", what, fix)};
}

struct ArgumentText {
  std::string spec;
  bool isParameter = true;
};

struct Options {
  std::string file, entry, check = "all";
  std::optional<Extent> grid, block;
  std::vector<ArgumentText> arguments;
  std::vector<std::pair<size_t, std::string>> outputs;
  uint64_t seed = 0, schedules = 1;
  LaunchConfig config;
  std::set<int> breaks;
  bool json = false, stats = false, trace = false, strict = false;
};

uint64_t number(const std::string &flag, std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    usage(fmt::format("{} takes a number, not '{}'", flag, text));
  return value;
}

Extent extent(const std::string &flag, std::string_view text) {
  uint32_t xyz[3] = {1, 1, 1};
  size_t count = 0;
  for (;;) {
    size_t comma = std::min(text.find(','), text.size());
    if (count == 3) usage(flag + " takes X[,Y,Z]");
    xyz[count++] = static_cast<uint32_t>(number(flag, text.substr(0, comma)));
    if (comma == text.size()) return {xyz[0], xyz[1], xyz[2]};
    text.remove_prefix(comma + 1);
  }
}

void valueFlag(Options &o, const std::string &flag, const std::string &value) {
  if (flag == "--entry")
    o.entry = value;
  else if (flag == "--grid")
    o.grid = extent(flag, value);
  else if (flag == "--block")
    o.block = extent(flag, value);
  else if (flag == "--arg")
    o.arguments.push_back({value, true});
  else if (flag == "--buffer")
    o.arguments.push_back({value, false});
  else if (flag == "--shared")
    o.config.dynamic_shared_bytes = static_cast<uint32_t>(number(flag, value));
  else if (flag == "--check")
    o.check = value;
  else if (flag == "--seed")
    o.seed = number(flag, value);
  else if (flag == "--schedules")
    o.schedules = std::max<uint64_t>(1, number(flag, value));
  else if (flag == "--threads")
    o.config.host_threads = static_cast<uint32_t>(std::clamp<uint64_t>(number(flag, value), 1, 64));
  else if (flag == "--budget")
    o.config.instruction_budget = number(flag, value);
  else if (flag == "--out") {
    size_t equals = value.find('=');
    if (equals == std::string::npos) usage("--out takes INDEX=FILE.npy, not '" + value + "'");
    o.outputs.emplace_back(number(flag, value.substr(0, equals)), value.substr(equals + 1));
  } else if (flag == "--break") {
    o.breaks.insert(static_cast<int>(number(flag, value)));
  } else if (flag == "--numerics") {
    if (value != "exact" && value != "hopper") usage("--numerics takes exact or hopper, not '" + value + "'");
    o.config.numerics = value == "hopper" ? Numerics::Hopper : Numerics::Exact;
  } else if (flag == "--cluster")
    o.config.cluster = extent(flag, value);
  else
    usage("unknown option " + flag);
}

Options parseOptions(int argc, char **argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    if (text == "--help") throw Stop{Clean, kHelp};
    if (text == "--json")
      o.json = true;
    else if (text == "--strict")
      o.strict = true;
    else if (text == "--stats")
      o.stats = true;
    else if (text == "--trace")
      o.trace = true;
    else if (text.rfind("--", 0) != 0) {
      if (!o.file.empty()) usage("two files are given: " + o.file + " and " + text);
      o.file = text;
    } else if (size_t equals = text.find('='); equals != std::string::npos) {
      valueFlag(o, text.substr(0, equals), text.substr(equals + 1));
    } else {
      if (i + 1 == argc) usage(text + " needs a value");
      valueFlag(o, text, argv[++i]);
    }
  }
  if (o.file.empty()) usage("no PTX file is given");
  if (!o.grid || !o.block) usage("--grid and --block are needed");
  if (o.check != "all" && o.check != "none") usage("--check takes all or none, not '" + o.check + "'");
  o.config.grid = *o.grid, o.config.block = *o.block;
  if (o.check == "none") o.config.checks = CheckOptions::none();
  o.config.checks.strict = o.strict;
  return o;
}

std::string readFile(const Options &o) {
  std::ifstream file(o.file, std::ios::binary);
  if (!file) usage("cannot read " + o.file, "check the path");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Module readModule(const Options &o, const std::string &text) {
  auto parsed = Module::parse(text, o.file);
  if (auto *error = std::get_if<ParseError>(&parsed))
    throw Stop{error->unsupported ? Unsupported : Found, error->text()};
  return std::get<Module>(parsed);
}

/// The arguments of one run, fresh for every schedule.
class Arguments {
public:
  Arguments(const Options &o, Machine &machine, const Module &module) {
    std::vector<ParameterInfo> declared = module.parameters(o.entry);
    parameters.resize(module.parameter_bytes(o.entry));
    // The tensors stay where they are: the machine holds their addresses.
    values.reserve(o.arguments.size());
    size_t next = 0;
    for (const ArgumentText &text : o.arguments) {
      if (text.spec.rfind("tmap:", 0) == 0) {
        addresses.push_back(0);
        values.push_back(tw::rt::Scalar{});
        maps.push_back({text.spec, next == declared.size() ? ParameterInfo{} : declared[next++]});
        continue;
      }
      auto made = tw::rt::make_argument(text.spec);
      if (!made) throw Stop{made.fault().exit_code(), made.fault().message + "\n"};
      values.push_back(std::move(*made));
      uint64_t bits = 0;
      size_t bytes = 8;
      if (auto *tensor = std::get_if<tw::rt::HostTensor>(&values.back())) {
        bits = machine.add_buffer(tensor->bytes(), fmt::format("argument {} ({})", values.size() - 1, text.spec), true);
      } else {
        const auto &scalar = std::get<tw::rt::Scalar>(values.back());
        bits = scalar.bits;
        bytes = 0;
      }
      addresses.push_back(bytes == 8 ? bits : 0);
      if (!text.isParameter) continue;
      if (next == declared.size())
        usage(fmt::format("'{}' has {} parameters but more --arg are given", o.entry, declared.size()));
      const ParameterInfo &p = declared[next++];
      if (bytes == 8 && p.bytes != 8)
        usage(fmt::format("parameter {} of '{}' has {} bytes and cannot hold a pointer", next - 1, o.entry, p.bytes),
              "pass a scalar");
      std::memcpy(parameters.data() + p.offset, &bits, std::min<size_t>(p.bytes, 8));
    }
    for (const auto &[spec, parameter] : maps) encode(o, spec, parameter);
    if (next != declared.size())
      usage(fmt::format("'{}' has {} parameters but {} --arg are given", o.entry, declared.size(), next));
  }

  void write(const Options &o) {
    for (const auto &[index, path] : o.outputs) {
      auto *tensor = index < values.size() ? std::get_if<tw::rt::HostTensor>(&values[index]) : nullptr;
      if (!tensor) usage(fmt::format("--out {}: argument {} is no tensor", index, index));
      if (auto status = tw::rt::write_npy(path, *tensor); !status.ok())
        throw Stop{status.fault().exit_code(), status.fault().message + "\n"};
    }
  }

  std::vector<std::byte> parameters;

private:
  void encode(const Options &o, const std::string &text, const ParameterInfo &parameter) {
    auto parsed = tw::tools::parse_tensor_map_argument(text);
    if (auto *wrong = std::get_if<std::string>(&parsed)) usage(fmt::format("--arg {}: {}", text, *wrong));
    auto &[argument, spec] = std::get<tw::tools::TensorMapArgument>(parsed);
    if (argument >= addresses.size() || addresses[argument] == 0)
      usage(fmt::format("--arg {}: argument {} is no buffer", text, argument));
    if (parameter.bytes != 128)
      usage(fmt::format("--arg {}: parameter '{}' of '{}' has {} bytes, a tensor map 128", text, parameter.name,
                        o.entry, parameter.bytes));
    spec.address = addresses[argument];
    auto map = encode_tensor_map(spec);
    if (auto *broken = std::get_if<std::string>(&map)) usage(fmt::format("--arg {}: {}", text, *broken));
    std::memcpy(parameters.data() + parameter.offset, std::get<TensorMap>(map).bytes.data(), 128);
  }

  std::vector<tw::rt::HostArgument> values;
  std::vector<uint64_t> addresses; ///< of the buffers, 0 for other arguments
  std::vector<std::pair<std::string, ParameterInfo>> maps;
};

/// With the number of the warp and of the warpgroup, which is what the roles of a kernel go by.
nlohmann::json siteJson(const Site &s, const Extent &block) {
  auto xyz = [](const Extent &e) { return nlohmann::json{e.x, e.y, e.z}; };
  uint32_t warp = (s.where.thread.x + block.x * (s.where.thread.y + block.y * s.where.thread.z)) / 32;
  nlohmann::json j = {{"ptx_line", s.ptx_line},
                      {"instruction", s.instruction},
                      {"block", xyz(s.where.block)},
                      {"thread", xyz(s.where.thread)},
                      {"warp", warp},
                      {"warpgroup", warp / 4}};
  if (s.source.line) j["source"] = {{"file", s.source.file}, {"line", s.source.line}};
  return j;
}

nlohmann::json findingsJson(const std::vector<Finding> &list, const Extent &block) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Finding &f : list) {
    nlohmann::json j = {{"kind", name_of(f.kind)}, {"rule", f.rule},
                        {"message", f.message},    {"fix", f.fix},
                        {"section", f.section},    {"at", siteJson(f.at, block)},
                        {"buffer", f.buffer},      {"offset", f.offset},
                        {"bytes", f.bytes},        {"times", f.times}};
    for (const Site &other : f.others) j["others"].push_back(siteJson(other, block));
    findings.push_back(std::move(j));
  }
  return findings;
}

nlohmann::json resultJson(const LaunchResult &r, const LaunchConfig &config) {
  static constexpr const char *kStatus[] = {"clean", "findings", "refused"};
  const LaunchStats &s = r.stats;
  std::map<std::string, uint64_t> kinds;
  for (const auto &[opcode, count] : s.by_opcode) kinds[tw::tools::instruction_kind(opcode)] += count;
  return {{"status", kStatus[static_cast<int>(r.status)]},
          {"seed", config.seed},
          {"findings", findingsJson(r.findings, config.block)},
          {"warnings", findingsJson(r.warnings, config.block)},
          {"findings_total", r.findings_total},
          {"printf", r.printf_text},
          {"stats",
           {{"instructions", s.instructions},
            {"by_kind", kinds},
            {"by_opcode", s.by_opcode},
            {"global_bytes_read", s.global_bytes_read},
            {"global_bytes_written", s.global_bytes_written},
            {"shared_loads", s.shared_loads},
            {"shared_stores", s.shared_stores},
            {"ldmatrix", s.ldmatrix},
            {"shared_load_conflicts", s.shared_load_conflicts},
            {"shared_store_conflicts", s.shared_store_conflicts},
            {"ldmatrix_conflicts", s.ldmatrix_conflicts}}}};
}

int run(int argc, char **argv) {
  Options o = parseOptions(argc, argv);
  std::string text = readFile(o);
  Module module = readModule(o, text);
  std::vector<std::string> entries = module.entries();
  if (o.entry.empty() && entries.size() == 1) o.entry = entries[0];
  if (std::find(entries.begin(), entries.end(), o.entry) == entries.end())
    usage(fmt::format("{} has no entry '{}'", o.file, o.entry),
          fmt::format("give one of: {}", fmt::join(entries, ", ")));
  tw::tools::EmulatorView view(o.json ? stderr : stdout, text, o.trace, o.breaks);
  if (o.trace || !o.breaks.empty()) o.config.observer = &view;
  LaunchResult result;
  for (uint64_t i = 0; i < o.schedules; ++i) {
    Machine machine;
    Arguments arguments(o, machine, module);
    o.config.seed = o.seed + i;
    result = machine.launch(module, o.entry, o.config, arguments.parameters);
    bool last = i + 1 == o.schedules || result.status != LaunchStatus::Clean;
    if (!last) continue;
    arguments.write(o);
    break;
  }
  view.finish();
  if (o.json) {
    fmt::print("{}\n", resultJson(result, o.config).dump(2));
  } else {
    fmt::print("{}", result.printf_text);
    for (const Finding &f : result.findings) fmt::print("{}", f.text(o.file));
    for (const Finding &f : result.warnings) fmt::print("warning: {}", f.text(o.file));
    if (o.config.seed && result.status != LaunchStatus::Clean) fmt::print("seed {}\n", o.config.seed);
    if (o.stats) fmt::print("{}", tw::tools::stats_text(result.stats));
  }
  if (result.status == LaunchStatus::Refused) return Usage;
  if (result.status == LaunchStatus::Clean) return Clean;
  // What the machine lacks says nothing about the program.
  bool lacks = std::all_of(result.findings.begin(), result.findings.end(),
                           [](const Finding &f) { return f.kind == FindingKind::Unsupported; });
  return lacks ? Unsupported : Found;
}

} // namespace

int main(int argc, char **argv) {
  try {
    return run(argc, argv);
  } catch (const Stop &stop) {
    std::fputs(stop.message.c_str(), stop.code == Clean ? stdout : stderr);
    return stop.code;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "tw-emu: internal error: %s\n", error.what());
    return Bug;
  }
}
