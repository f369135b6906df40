// Turns faults into findings: places, texts, races, hangs.
#include <bit>

#include <fmt/format.h>

#include "machine/execution.hpp"

namespace tw::emu {

std::string_view name_of(FindingKind kind) {
  static constexpr std::string_view kNames[] = {"race", "uninit", "bounds", "hang", "misuse", "unsupported"};
  return kNames[static_cast<int>(kind)];
}

namespace {

std::string placeText(const ThreadPosition &p) {
  return fmt::format("block ({},{},{}) thread ({},{},{})", p.block.x, p.block.y, p.block.z, p.thread.x, p.thread.y,
                     p.thread.z);
}

std::string siteText(const Site &s) {
  std::string text = fmt::format("PTX line {}: {}", s.ptx_line, s.instruction);
  return text + ", " + placeText(s.where);
}

Finding makeFinding(FindingKind kind, std::string rule, std::string message, std::string fix, std::string section,
                    Site at) {
  Finding f;
  f.kind = kind;
  f.rule = std::move(rule);
  f.message = std::move(message);
  f.fix = std::move(fix);
  f.section = std::move(section);
  f.at = std::move(at);
  return f;
}

struct RaceText {
  const char *message, *fix;
};

RaceText raceText(emulator::RaceSort sort) {
  switch (sort) {
  case emulator::RaceSort::race: break;
  case emulator::RaceSort::same_instruction_write:
    return {"lanes of one instruction write the same bytes", "let one lane write, or use an atomic"};
  case emulator::RaceSort::in_flight:
    return {"the bytes of an asynchronous copy are touched, and no wait that covers it comes before",
            "wait for the copy's group or mbarrier phase, and order that wait before the access"};
  case emulator::RaceSort::scope_too_small:
    return {"both accesses are strong, but a scope does not reach the other thread", "use a wider scope"};
  case emulator::RaceSort::mixed_size:
    return {"both accesses are strong but overlap only in part, which is not atomic", "use accesses of one size"};
  case emulator::RaceSort::proxy:
    return {"the accesses go through different proxies and no proxy fence lies between them",
            "execute fence.proxy.async after the first access, in its thread, before the barrier that orders them"};
  case emulator::RaceSort::proxy_issuer:
    return {"a proxy fence lies between the accesses, but the thread that wrote did not execute it (sources differ on "
            "whether that is enough)",
            "let every thread that wrote execute fence.proxy.async before the barrier, not only the one that issues"};
  case emulator::RaceSort::proxy_read:
    return {"no proxy fence lies between a generic read and an asynchronous write over it (sources differ on the need)",
            "execute fence.proxy.async after the read, before the barrier that frees the buffer"};
  case emulator::RaceSort::tensor_map:
    return {"a tensor map was changed and no fence of its proxy lies before this use",
            "execute fence.proxy.tensormap::generic.release after the change and .acquire before the use"};
  case emulator::RaceSort::lifetime:
    return {"a block may end while its shared memory is still accessed, by another block of its cluster or by a copy",
            "wait for the copy, or end with barrier.cluster.arrive and barrier.cluster.wait in all blocks"};
  }
  return {"nothing orders these two accesses", "put a barrier, or a release and an acquire, between them"};
}

} // namespace

std::string Execution::sharedVariableAt(uint64_t offset) const {
  for (const auto &[p, owner] : program.sharedVariables)
    if ((owner.empty() || owner == entry.name) && offset >= p.offset && offset < p.offset + p.bytes)
      return fmt::format(" ({} + {})", p.name, offset - p.offset);
  return "";
}

std::string Finding::text(std::string_view ptxFile) const {
  std::string where = at.source.line ? fmt::format("{}:{}", at.source.file, at.source.line)
                                     : fmt::format("{}:{}", ptxFile, at.ptx_line);
  if (at.ptx_line == 0) where = ptxFile;
  std::string out = fmt::format("{}: {}: {} [{}]\n", where, name_of(kind), message, rule);
  if (at.ptx_line) out += "  at " + siteText(at) + "\n";
  for (const Site &other : others) {
    if (other.source.line)
      out += fmt::format("  and {}:{}, {}\n", other.source.file, other.source.line, siteText(other));
    else
      out += "  and " + siteText(other) + "\n";
  }
  if (times > 1) out += fmt::format("  {} times\n", times);
  if (!section.empty()) out += fmt::format("  rule: PTX ISA {}\n", section);
  if (!fix.empty()) out += fmt::format("  fix: {}\n", fix);
  return out;
}

std::string Execution::textOf(const Instruction &in) const { return program.opcodes[in.opcode]; }

ThreadPosition Execution::positionOf(uint32_t globalWarp, uint32_t lane) const {
  uint32_t block = globalWarp / warpsPerCta, thread = globalWarp % warpsPerCta * 32 + lane;
  const Extent &b = config.block;
  return {blockPosition(config, clusterShape, block), {thread % b.x, thread / b.x % b.y, thread / b.x / b.y}};
}

Site Execution::siteOf(const Function &function, uint32_t pc) const {
  const Instruction &in = function.code[pc];
  Site site;
  site.ptx_line = static_cast<int>(in.line);
  site.instruction = textOf(in);
  if (config.line_map) {
    auto found = config.line_map->lines.find(site.ptx_line);
    if (found != config.line_map->lines.end()) {
      site.source = found->second;
      return site;
    }
  }
  if (uint32_t index = function.positionOf[pc]) {
    const SourcePosition &position = function.positions[index - 1];
    site.source = {position.file, position.line};
  }
  return site;
}

Site Execution::siteOf(const Instruction &in, const Warp &warp, uint32_t lane) const {
  auto [function, pc] = placeOrigin[in.place];
  Site site = siteOf(*function, pc);
  site.where = positionOf(warp.globalIndex, lane);
  return site;
}

Finding &Execution::report(FindingKind kind, std::string rule, const Instruction &in, const Warp &warp, uint32_t lane,
                           std::string message, std::string fix, std::string section) {
  static thread_local Finding dropped;
  ++result.findings_total;
  auto [found, isNew] = known.try_emplace({rule, in.place}, result.findings.size());
  if (!isNew) {
    // The first stays as it is: callers fill buffer and offset of what they get back.
    if (found->second < result.findings.size()) ++result.findings[found->second].times;
    return dropped;
  }
  if (result.findings.size() >= config.checks.limit) return dropped;
  result.findings.push_back(
      makeFinding(kind, rule, std::move(message), std::move(fix), std::move(section), siteOf(in, warp, lane)));
  return result.findings.back();
}

void Execution::warn(FindingKind kind, std::string rule, const Instruction &in, const Warp &warp, uint32_t lane,
                     std::string message, std::string fix, std::string section) {
  if (config.checks.strict) {
    report(kind, std::move(rule), in, warp, lane, std::move(message), std::move(fix), std::move(section));
    return;
  }
  for (Finding &f : result.warnings)
    if (f.rule == rule && f.at.ptx_line == static_cast<int>(in.line)) {
      ++f.times;
      return;
    }
  result.warnings.push_back(
      makeFinding(kind, rule, std::move(message), std::move(fix), std::move(section), siteOf(in, warp, lane)));
}

void Execution::collectRaces() {
  auto site = [&](const emulator::RaceSide &side) {
    auto [function, pc] = placeOrigin[side.place.value];
    Site s = siteOf(*function, pc);
    s.where = positionOf(side.warp.value, side.lane);
    return s;
  };
  for (const emulator::RaceReport &report : races->reports()) {
    Finding f;
    f.kind = FindingKind::Race;
    f.rule = fmt::format("race.{}", emulator::to_string(report.sort));
    f.at = site(report.later);
    f.others.push_back(site(report.earlier));
    auto [message, fix] = raceText(report.sort);
    f.message = message;
    f.fix = fix;
    f.section = "8.9";
    f.times = report.occurrences;
    if (report.space == emulator::Space::shared) {
      f.buffer = "shared memory";
      f.offset = static_cast<int64_t>(report.address) - address::kSharedBegin;
      f.message += fmt::format(", byte {} of the shared memory of block {}{}", f.offset, report.owner.value,
                               sharedVariableAt(report.address));
    } else if (Region *region = memory.find(report.address)) {
      f.buffer = region->name;
      f.offset = static_cast<int64_t>(report.address - region->base);
      f.message += fmt::format(", byte {} of '{}'", f.offset, region->name);
    }
    bool contested = report.sort == emulator::RaceSort::proxy_read || report.sort == emulator::RaceSort::proxy_issuer;
    if (contested && !config.checks.strict) {
      result.warnings.push_back(std::move(f));
      continue;
    }
    ++result.findings_total;
    result.findings.push_back(std::move(f));
  }
}

void Execution::reportHang(bool budget) {
  Finding f;
  f.kind = FindingKind::Hang;
  f.rule = budget ? "hang.budget" : "hang.deadlock";
  f.section = "9.7.13";
  std::string waits;
  uint32_t listed = 0, waiting = 0;
  for (auto &cta : resident)
    for (auto &warp : cta->warps)
      for (const Group &group : warp->groups) {
        ++waiting;
        if (listed >= 8) continue;
        const Instruction &in = warp->instructionAt(group);
        Site site = siteOf(in, *warp, static_cast<uint32_t>(std::countr_zero(group.mask)));
        std::string why = "runs";
        if (group.state == GroupState::Barrier) {
          const Barrier &barrier = cta->barriers[group.waitMask];
          why = fmt::format("waits at barrier {} ({} of {} warps arrived)", group.waitMask, barrier.arrivedWarps,
                            barrier.expectedThreads ? barrier.expectedThreads / 32 : cta->liveWarps);
        } else if (group.state == GroupState::Collective) {
          why = fmt::format("waits for lanes 0x{:08x} of mask 0x{:08x}", group.waitMask & warp->live & ~group.execMask,
                            group.waitMask);
        }
        if (group.state == GroupState::Sleeping) why = warp->sleepReason;
        waits += fmt::format("\n    block ({},{},{}) warp {} lanes 0x{:08x} {} at line {}", cta->position.x,
                             cta->position.y, cta->position.z, warp->index, group.mask, why, in.line);
        if (listed++ == 0)
          f.at = site;
        else
          f.others.push_back(site);
      }
  if (waiting > listed) waits += fmt::format("\n    and {} more", waiting - listed);
  std::string spent = fmt::format("{} warp-instructions", now);
  if (now < config.instruction_budget) spent += fmt::format(" and {} units of further work", charged);
  f.message = budget ? fmt::format("no end after {}; still running:{}", spent, waits) : "no warp can go on:" + waits;
  f.fix = budget ? "check what ends the loop, or raise the instruction budget" : "make every expected thread arrive";
  ++result.findings_total;
  result.findings.push_back(std::move(f));
}

} // namespace tw::emu
