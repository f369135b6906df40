// Merging findings over schedules, and their text.
#include "report.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::rt {

std::string EmulatorFinding::text() const {
  std::string text = detail.text(kernel + ".ptx");
  if (seed != 0) text += fmt::format("  schedule: seed {}\n", seed);
  return text;
}

namespace emulator_device {
namespace {

// More would push the first one, which usually explains the rest, off the screen.
constexpr std::size_t shown_findings = 3;

bool same_place(const EmulatorFinding &a, const EmulatorFinding &b) {
  return a.entry == b.entry && a.detail.kind == b.detail.kind && a.detail.rule == b.detail.rule &&
         a.detail.at.ptx_line == b.detail.at.ptx_line;
}

void accumulate(emu::LaunchStats &sum, const emu::LaunchStats &more) {
  sum.instructions += more.instructions;
  for (const auto &[opcode, count] : more.by_opcode) sum.by_opcode[opcode] += count;
  using Stats = emu::LaunchStats;
  for (std::uint64_t Stats::*count :
       {&Stats::global_bytes_read, &Stats::global_bytes_written, &Stats::shared_load_conflicts,
        &Stats::shared_store_conflicts, &Stats::ldmatrix_conflicts, &Stats::shared_loads, &Stats::shared_stores,
        &Stats::ldmatrix})
    sum.*count += more.*count;
}

bool ends_kernel(const EmulatorFinding &finding) {
  return finding.detail.kind == emu::FindingKind::Hang || finding.detail.kind == emu::FindingKind::Unsupported;
}

} // namespace

void Report::add(const std::string &kernel, const std::string &entry, std::uint64_t seed, bool first,
                 emu::LaunchResult result) {
  refused_ |= result.status == emu::LaunchStatus::Refused;
  total_ += std::max<std::uint64_t>(result.findings_total, result.findings.size());
  if (first) {
    accumulate(stats_, result.stats);
    printed_ += result.printf_text;
  }
  const std::size_t earlier = findings_.size();
  for (emu::Finding &detail : result.findings) {
    EmulatorFinding finding{kernel, entry, seed, std::move(detail)};
    const auto end = findings_.begin() + static_cast<std::ptrdiff_t>(earlier);
    // Only against earlier schedules: within one, the machine has already merged what is one finding.
    const auto known =
        std::find_if(findings_.begin(), end, [&](const EmulatorFinding &f) { return same_place(f, finding); });
    if (known != end)
      known->detail.times += finding.detail.times;
    else
      findings_.push_back(std::move(finding));
  }
}

Status Report::status(bool strict) const {
  const bool ended = std::any_of(findings_.begin(), findings_.end(), ends_kernel);
  if (findings_.empty() || (!strict && !ended && !refused_)) return {};
  // What stopped the kernel comes first: the others may be its consequences.
  std::vector<const EmulatorFinding *> order;
  for (const EmulatorFinding &finding : findings_) order.push_back(&finding);
  std::stable_partition(order.begin(), order.end(), [](const EmulatorFinding *f) { return ends_kernel(*f); });

  Fault fault{FaultClass::user, "emulator.finding", {}};
  const bool unsupported = order[0]->detail.kind == emu::FindingKind::Unsupported;
  if (unsupported || refused_) {
    fault.fault_class = FaultClass::unsupported;
    fault.code = unsupported ? "emulator.unsupported" : "emulator.refused";
  }
  fault.message = fmt::format("kernel '{}': error: the emulator {}\n", order[0]->kernel,
                              unsupported            ? "cannot run it"
                              : refused_             ? "cannot launch it"
                              : findings_.size() > 1 ? fmt::format("found {} faults", findings_.size())
                                                     : std::string("found a fault"));
  for (std::size_t i = 0; i < std::min(order.size(), shown_findings); ++i) fault.message += order[i]->text();
  if (order.size() > shown_findings) fault.message += fmt::format("and {} more\n", order.size() - shown_findings);
  fault.message.pop_back();
  return fault;
}

} // namespace emulator_device
} // namespace tw::rt
