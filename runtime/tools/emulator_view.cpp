// Text of traces, breakpoints and counts.
#include "emulator_view.hpp"

#include <algorithm>
#include <bit>
#include <map>

#include <fmt/format.h>

namespace tw::tools {
namespace {

using namespace tw::emu;

std::string trimmed(std::string text) {
  auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && space(text.back())) text.pop_back();
  size_t first = 0;
  while (first < text.size() && space(text[first])) ++first;
  return text.substr(first);
}

std::string value_text(const std::string &type, uint64_t bits) {
  auto low = static_cast<uint32_t>(bits);
  if (type == "f32") return fmt::format("{:g}", std::bit_cast<float>(low));
  if (type == "f64") return fmt::format("{:g}", std::bit_cast<double>(bits));
  if (type == "s32") return fmt::format("{}", static_cast<int32_t>(low));
  if (type == "s64") return fmt::format("{}", static_cast<int64_t>(bits));
  if (type == "u32" || type == "u16" || type == "pred") return fmt::format("{}", low);
  if (type == "b16" || type == "s16") return fmt::format("0x{:04x}", low & 0xffff);
  if (type == "b32" && low < 0x10000) return fmt::format("{}", low);
  return type == "b32" ? fmt::format("0x{:08x}", low) : fmt::format("0x{:x}", bits);
}

/// All lanes: one value if they agree, else eight to a row, `-` for lanes that have exited.
std::string lanes_text(const RegisterValues &values, uint32_t live) {
  bool equal = true;
  uint64_t first = values.lanes[static_cast<size_t>(std::countr_zero(live)) % 32];
  for (size_t l = 0; l < 32; ++l) equal &= !(live >> l & 1) || values.lanes[l] == first;
  if (equal) return " " + value_text(values.type, first) + " in all lanes";
  std::string text;
  for (size_t l = 0; l < 32; ++l) {
    if (l % 8 == 0) text += fmt::format("\n      lane {:>2}:", l);
    text +=
        live >> l & 1 ? fmt::format(" {:>10}", value_text(values.type, values.lanes[l])) : fmt::format(" {:>10}", "-");
  }
  return text;
}

/// Rows of four words; bytes that nobody wrote as dots; equal rows once.
std::string tile_text(const SharedBuffer &buffer) {
  constexpr size_t kRow = 32;
  std::string text, before;
  bool skipped = false;
  for (size_t at = 0; at < buffer.bytes.size(); at += kRow) {
    std::string row;
    for (size_t i = at; i < std::min(at + kRow, buffer.bytes.size()); i += 4) {
      row += ' ';
      for (size_t b = std::min(i + 4, buffer.bytes.size()); b-- > i;)
        row += buffer.written[b] ? fmt::format("{:02x}", buffer.bytes[b]) : "..";
    }
    if (row == before) {
      if (!skipped) text += "      *\n";
      skipped = true;
      continue;
    }
    text += fmt::format("    {:>6}:{}\n", at, row);
    before = row, skipped = false;
  }
  return text;
}

} // namespace

EmulatorView::EmulatorView(std::FILE *to, const std::string &ptx, bool trace, std::set<int> breaks)
    : to(to), trace(trace), breaks(std::move(breaks)) {
  for (size_t at = 0; at < ptx.size();) {
    size_t end = std::min(ptx.find('\n', at), ptx.size());
    lines.push_back(ptx.substr(at, end - at));
    at = end + 1;
  }
}

/// The statement of the line that has the opcode: several may share a line.
std::string EmulatorView::instruction_text(const Moment &moment) const {
  std::string opcode(moment.opcode());
  auto number = static_cast<size_t>(moment.ptx_line());
  if (number == 0 || number > lines.size()) return opcode;
  const std::string &line = lines[number - 1];
  size_t at = line.find(opcode);
  if (at == std::string::npos) return opcode;
  size_t begin = line.rfind(';', at), end = std::min(line.find(';', at), line.size());
  return trimmed(
      line.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1)));
}

void EmulatorView::print_heading(const Moment &moment) {
  const Extent &b = moment.block();
  std::string now = fmt::format("block ({},{},{}) warp {}", b.x, b.y, b.z, moment.warp());
  if (now != heading) fmt::print(to, "{}\n", now);
  heading = std::move(now);
}

void EmulatorView::executes(const Moment &moment) {
  bool stops = breaks.count(moment.ptx_line()) != 0;
  if (stops) reached.insert(moment.ptx_line());
  stops &= shown < most;
  if (!trace && !stops) return;
  print_heading(moment);
  std::string lanes = moment.lanes() == moment.live() ? "all" : fmt::format("{:08x}", moment.lanes());
  fmt::print(to, "  {:>8} {:>6}  {}\n", lanes, moment.ptx_line(), instruction_text(moment));
  if (stops) print_state(moment);
  if (stops && ++shown == most)
    fmt::print(to, "  the state is shown {} times at most; narrow it with a smaller grid\n", most);
}

void EmulatorView::print_state(const Moment &moment) const {
  fmt::print(to, "    registers before it:\n");
  for (const RegisterValues &r : moment.registers())
    fmt::print(to, "      {:<8} .{:<4}{}\n", r.name, r.type, lanes_text(r, moment.live()));
  for (const SharedBuffer &buffer : moment.shared())
    fmt::print(to, "    tile {} ({} bytes, 32 to a row):\n{}", buffer.name, buffer.bytes.size(), tile_text(buffer));
}

void EmulatorView::finish() const {
  for (int line : breaks)
    if (!reached.count(line)) fmt::print(to, "no instruction was executed at line {}\n", line);
}

std::string instruction_kind(const std::string &opcode) {
  auto starts = [&](std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) {
      return opcode.starts_with(p) && (opcode.size() == p.size() || opcode[p.size()] == '.' || p.back() == '.');
    });
  };
  auto has = [&](std::string_view part) { return opcode.find(part) != std::string::npos; };
  if (starts({"wgmma", "mma", "wmma", "ldmatrix", "stmatrix", "movmatrix"})) return "matrix";
  if (starts({"cp", "cp.async", "cp.reduce", "prefetch", "prefetchu"}) || has(".async.")) return "asynchronous copy";
  if (starts({"bar", "barrier", "mbarrier", "fence", "membar", "griddepcontrol", "setmaxnreg", "nanosleep"}))
    return "synchronisation";
  if (starts({"atom", "red"})) return "atomic";
  if (starts({"ld", "ldu", "st"}))
    return has(".shared")   ? "shared memory"
           : has(".global") ? "global memory"
           : has(".param")  ? "parameters"
                            : "other memory";
  if (starts({"bra", "brx", "call", "ret", "exit", "trap", "brkpt"})) return "control";
  if (starts({"shfl", "vote", "match", "redux", "activemask", "elect"})) return "warp";
  if (starts({"mov", "cvt", "cvta", "selp", "setp", "set", "prmt", "isspacep", "mapa", "getctarank", "slct"}))
    return "moves and predicates";
  return has(".f16") || has(".bf16") || has(".f32") || has(".f64") ? "float" : "integer";
}

std::string stats_text(const LaunchStats &s) {
  std::map<std::string, uint64_t> kinds;
  for (const auto &[opcode, count] : s.by_opcode) kinds[instruction_kind(opcode)] += count;
  std::vector<std::pair<uint64_t, std::string>> sorted;
  for (const auto &[kind, count] : kinds) sorted.emplace_back(count, kind);
  std::sort(sorted.rbegin(), sorted.rend());
  std::string text = fmt::format("{} warp-instructions, by kind:\n", s.instructions);
  for (const auto &[count, kind] : sorted)
    text += fmt::format("  {:>12}  {:>5.1f} %  {}\n", count,
                        100.0 * static_cast<double>(count) / static_cast<double>(std::max<uint64_t>(s.instructions, 1)),
                        kind);
  text += "by opcode:\n";
  for (const auto &[opcode, count] : s.by_opcode) text += fmt::format("  {:>12}  {}\n", count, opcode);
  text += fmt::format("global bytes: {} read, {} written\n", s.global_bytes_read, s.global_bytes_written);
  text += fmt::format("bank conflicts: {} of {} shared loads, {} of {} shared stores, {} of {} ldmatrix\n",
                      s.shared_load_conflicts, s.shared_loads, s.shared_store_conflicts, s.shared_stores,
                      s.ldmatrix_conflicts, s.ldmatrix);
  return text;
}

} // namespace tw::tools
