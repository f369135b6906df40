// Runs of mutants.
#include "mutation/run.hpp"

#include <stdexcept>

#include "mutation/ptx_text.hpp"

namespace tw::emu::mutation {
namespace {

Module parsed(const std::string &text, const std::string &name) {
  auto module = Module::parse(text, name);
  if (auto *error = std::get_if<ParseError>(&module)) throw std::runtime_error(error->text());
  return std::get<Module>(module);
}

Mechanism mechanismOf(FindingKind kind) {
  switch (kind) {
  case FindingKind::Race: return Mechanism::HappensBefore;
  case FindingKind::Hang: return Mechanism::Hang;
  default: return Mechanism::Protocol;
  }
}

/// Runs with checks on. The first three force every asynchronous effect to land at issue: what they find, the checker
/// finds alone.
struct CheckedRun {
  uint64_t seed;
  AsyncTiming timing;
};
constexpr CheckedRun kChecked[] = {{0, AsyncTiming::Early}, {1, AsyncTiming::Early},  {6, AsyncTiming::Early},
                                   {0, AsyncTiming::Late},  {2, AsyncTiming::Random}, {3, AsyncTiming::Random}};
/// Runs with all checks off.
constexpr CheckedRun kUnchecked[] = {{0, AsyncTiming::Early}, {0, AsyncTiming::Late}, {5, AsyncTiming::Random}};

} // namespace

std::string nameOf(Mechanism mechanism) {
  switch (mechanism) {
  case Mechanism::Values: return "values";
  case Mechanism::HappensBefore: return "happens-before";
  case Mechanism::Protocol: return "protocol";
  case Mechanism::Poison: return "poison";
  case Mechanism::Hang: return "hang";
  }
  return "";
}

bool Verdict::killed(Aspect aspect) const {
  bool found = mechanisms.count(Mechanism::HappensBefore) || mechanisms.count(Mechanism::Protocol) ||
               mechanisms.count(Mechanism::Hang);
  return found || (aspect == Aspect::Data && !mechanisms.empty());
}

LaunchConfig Subject::config(uint64_t seed, AsyncTiming timing, bool checks) const {
  LaunchConfig c;
  c.seed = seed;
  c.async_timing = timing;
  c.checks = checks ? CheckOptions::all() : CheckOptions::none();
  c.checks.bank_conflicts = false;
  c.checks.strict = checks;
  if (budget) c.instruction_budget = budget;
  return c;
}

Subject::Subject(test::LaunchCase launch) : original(std::move(launch)) {
  Module module = parsed(test::ptxOf(original.sourceName()), original.name());
  for (const CheckedRun &how : kChecked) {
    LaunchResult result = original.run(module, config(how.seed, how.timing, true)).result;
    for (const Finding &f : result.findings) contested.insert(f.rule);
    budget = std::max(budget, 20'000 + 30 * result.stats.instructions);
  }
}

std::string Subject::flaw(uint64_t seeds) const {
  Module module = parsed(test::ptxOf(original.sourceName()), original.name());
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    LaunchConfig how = config(seed, AsyncTiming::BySeed, true);
    how.checks.strict = false;
    test::CaseOutcome outcome = original.run(module, how);
    if (!outcome.result.findings.empty())
      return original.name() + ", seed " + std::to_string(seed) + ": " +
             outcome.result.findings.front().text(original.sourceName() + ".ptx");
    if (!outcome.right) return original.name() + ", seed " + std::to_string(seed) + ": wrong values";
  }
  return "";
}

bool Subject::reaches(const Mutant &mutant) const {
  if (mutant.map) return true;
  const std::string &ptx = test::ptxOf(original.sourceName());
  const Statement site = scanKernel(ptx, original.entryName()).statements[mutant.statement];
  Mutant probe;
  probe.edits = {{site.begin, site.begin, (site.guard.empty() ? "" : site.guard) + " trap; "}};
  Module module = parsed(applied(ptx, probe), original.name());
  return !original.run(module, config(0, AsyncTiming::BySeed, true)).result.findings.empty();
}

Verdict Subject::run(const Mutant &mutant) const {
  Verdict verdict;
  verdict.reached = reaches(mutant);
  if (!verdict.reached) return verdict;
  test::LaunchCase launch = mutant.map ? original.withOtherSwizzle(*mutant.map) : original;
  auto text = Module::parse(applied(test::ptxOf(original.sourceName()), mutant), "mutant.ptx");
  if (auto *error = std::get_if<ParseError>(&text)) {
    verdict.invalid = true;
    verdict.example = error->text();
    return verdict;
  }
  const Module &module = std::get<Module>(text);
  for (const CheckedRun &how : kChecked) {
    LaunchResult result = launch.run(module, config(how.seed, how.timing, true)).result;
    if (result.status == LaunchStatus::Refused) verdict.invalid = true;
    for (const Finding &f : result.findings) {
      if (f.kind == FindingKind::Unsupported || verdict.invalid) {
        verdict.invalid = true;
        continue;
      }
      if (contested.count(f.rule)) continue;
      if (verdict.example.empty()) verdict.example = f.text("mutant.ptx");
      verdict.mechanisms.insert(mechanismOf(f.kind));
      if (how.timing == AsyncTiming::Early) verdict.checkerAlone = true;
    }
  }
  if (verdict.invalid) return verdict;
  bool rightAtIssue = true, rightLater = true;
  for (const CheckedRun &how : kUnchecked) {
    test::CaseOutcome outcome = launch.run(module, config(how.seed, how.timing, false));
    bool ended = outcome.result.findings.empty();
    if (how.timing == AsyncTiming::Early)
      rightAtIssue = outcome.right || !ended;
    else
      rightLater &= outcome.right || !ended;
  }
  if (!rightAtIssue)
    verdict.mechanisms.insert(Mechanism::Values);
  else if (!rightLater)
    verdict.mechanisms.insert(Mechanism::Poison);
  return verdict;
}

} // namespace tw::emu::mutation
