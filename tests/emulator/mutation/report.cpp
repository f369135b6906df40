// The report of the mutation harness.
#include "mutation/report.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include <fmt/format.h>

namespace tw::emu::mutation {
namespace {

/// `NAME | REASON` lines of the committed file.
const std::map<std::string, std::string> &excuses() {
  static const std::map<std::string, std::string> known = [] {
    std::map<std::string, std::string> read;
    std::ifstream file(TILEWRIGHT_EQUIVALENT_MUTANTS);
    for (std::string line; std::getline(file, line);) {
      size_t bar = line.find(" | ");
      if (!line.empty() && line[0] != '#' && bar != std::string::npos) read[line.substr(0, bar)] = line.substr(bar + 3);
    }
    return read;
  }();
  return known;
}

/// Cases with a variant repeat a kernel: they serve the tests of the originals only.
bool isMutated(const test::LaunchCase &launch) { return launch.name().find('[') == std::string::npos; }

struct Job {
  size_t subject;
  Record record;
};

std::vector<Job> jobsOf(const Selection &selection, const std::vector<test::LaunchCase> &cases) {
  std::vector<Job> jobs;
  size_t count = 0;
  for (size_t c = 0; c < cases.size(); ++c) {
    if (!isMutated(cases[c])) continue;
    for (Mutant &m : mutantsOf(cases[c], selection.seed)) {
      std::string name = cases[c].name() + " " + m.site();
      if (name.find(selection.only) == std::string::npos || count++ % selection.every != 0) continue;
      auto excuse = excuses().find(name);
      jobs.push_back({c, {name, std::move(m), {}, excuse == excuses().end() ? "" : excuse->second, {}}});
    }
  }
  return jobs;
}

} // namespace

std::vector<std::string> namesOf(const Selection &selection) {
  std::vector<std::string> names;
  for (const Job &job : jobsOf(selection, test::allCases())) names.push_back(job.record.name);
  return names;
}

std::vector<std::string> staleExcuses() {
  std::vector<std::string> names = namesOf({}), stale;
  for (const auto &[name, reason] : excuses())
    if (test::hasPtx(name.substr(0, name.find(':'))) && std::find(names.begin(), names.end(), name) == names.end())
      stale.push_back(name);
  return stale;
}

Report runMutants(const Selection &selection) {
  std::vector<test::LaunchCase> cases = test::allCases();
  std::vector<Job> jobs = jobsOf(selection, cases);
  std::vector<std::unique_ptr<Subject>> subjects(cases.size());
  std::vector<std::unique_ptr<RunOrder>> orders(cases.size());
  for (const Job &job : jobs) {
    if (!subjects[job.subject]) subjects[job.subject] = std::make_unique<Subject>(cases[job.subject]);
    if (job.record.mutant.deletesFenceOrWait() && !orders[job.subject])
      orders[job.subject] = std::make_unique<RunOrder>(record(cases[job.subject]));
  }
  std::atomic<size_t> next = 0;
  std::vector<std::thread> workers;
  for (unsigned w = 0; w < selection.jobs; ++w)
    workers.emplace_back([&] {
      for (size_t i = next++; i < jobs.size(); i = next++) {
        Record &record = jobs[i].record;
        const Subject &subject = *subjects[jobs[i].subject];
        record.verdict = subject.run(record.mutant);
        if (record.mutant.deletesFenceOrWait() && record.verdict.reached)
          record.bears = orders[jobs[i].subject]->needs(record.mutant.statement);
      }
    });
  for (std::thread &worker : workers) worker.join();
  Report report;
  for (Job &job : jobs) report.records.push_back(std::move(job.record));
  return report;
}

namespace {

bool counts(const Record &r) { return r.verdict.reached && r.mutant.aspect != Aspect::Neutral; }
bool killed(const Record &r) { return !r.verdict.invalid && r.verdict.killed(r.mutant.aspect); }

} // namespace

size_t Report::counted() const { return static_cast<size_t>(std::count_if(records.begin(), records.end(), counts)); }
size_t Report::killed() const {
  return static_cast<size_t>(
      std::count_if(records.begin(), records.end(), [](const Record &r) { return counts(r) && mutation::killed(r); }));
}
size_t Report::excused() const {
  return static_cast<size_t>(
      std::count_if(records.begin(), records.end(), [](const Record &r) { return counts(r) && !r.excuse.empty(); }));
}

Report::Bearing Report::bearing() const {
  Bearing sum;
  for (const Record &r : records) {
    if (!counts(r) || !r.mutant.deletesFenceOrWait()) continue;
    ++sum.all;
    sum.byPath += r.bears.has_value();
    sum.noticed += r.bears && r.verdict.checkerAlone;
    sum.otherwise += !r.bears && mutation::killed(r);
  }
  return sum;
}

std::vector<std::string> Report::failures() const {
  std::vector<std::string> lines;
  for (const Record &r : records) {
    if (!r.verdict.reached) continue;
    if (r.verdict.invalid)
      lines.push_back("does not run: " + r.name + ": " + r.verdict.example);
    else if (r.mutant.aspect == Aspect::Neutral && !r.verdict.mechanisms.empty())
      lines.push_back("false alarm: " + r.name + ": " + r.verdict.example);
    else if (r.bears && !r.verdict.checkerAlone)
      lines.push_back(fmt::format("bears load (lines {} and {}), and the checker does not notice: {}", r.bears->earlier,
                                  r.bears->later, r.name));
    else if (counts(r) && !mutation::killed(r) && r.excuse.empty())
      lines.push_back("survivor: " + r.name);
    else if (counts(r) && mutation::killed(r) && !r.excuse.empty())
      lines.push_back("noticed, but listed as equivalent: " + r.name);
    else if (mutation::killed(r) && r.mutant.checkerMustNotice() && !r.verdict.checkerAlone)
      lines.push_back("not noticed by the checker alone: " + r.name);
  }
  return lines;
}

std::string Report::text(bool details) const {
  struct Row {
    size_t all = 0, killed = 0, excused = 0, alone = 0;
    std::map<Mechanism, size_t> by;
  };
  std::map<std::string, Row> rows, neutral;
  size_t unreached = 0;
  for (const Record &r : records) {
    if (!r.verdict.reached) {
      ++unreached;
      continue;
    }
    Row &row = (r.mutant.aspect == Aspect::Neutral ? neutral : rows)[r.mutant.rule];
    ++row.all;
    row.killed += mutation::killed(r);
    row.excused += !r.excuse.empty();
    row.alone += r.verdict.checkerAlone;
    for (Mechanism m : r.verdict.mechanisms) ++row.by[m];
  }
  std::string out = fmt::format("{:<24}{:>8}{:>8}{:>12}", "rule", "mutants", "killed", "equivalent");
  for (Mechanism m : kMechanisms) out += fmt::format("{:>16}", nameOf(m));
  out += fmt::format("{:>16}\n", "checker alone");
  auto print = [&](const std::string &name, const Row &row) {
    out += fmt::format("{:<24}{:>8}{:>8}{:>12}", name, row.all, row.killed, row.excused);
    for (Mechanism m : kMechanisms) out += fmt::format("{:>16}", row.by.count(m) ? row.by.at(m) : 0);
    out += fmt::format("{:>16}\n", row.alone);
  };
  Row total;
  for (const auto &[name, row] : rows) {
    print(name, row);
    total.all += row.all, total.killed += row.killed, total.excused += row.excused, total.alone += row.alone;
    for (auto [m, n] : row.by) total.by[m] += n;
  }
  print("all", total);
  out += "\nchanges that must not be noticed:\n";
  for (const auto &[name, row] : neutral) print(name, row);
  out += fmt::format("\n{} of {} killed ({:.1f} %), {} equivalent with a reason, {} at places that the launch does not "
                     "reach\n",
                     killed(), counted(),
                     counted() ? 100.0 * static_cast<double>(killed()) / static_cast<double>(counted()) : 0.0,
                     excused(), unreached);
  Bearing load = bearing();
  out += fmt::format(
      "{} deleted proxy fences and mbarrier waits: {} bear load by happens-before paths of the recorded run "
      "and the checker alone notices {} of them; {} others are noticed, {} have a reason\n",
      load.all, load.byPath, load.noticed, load.otherwise, load.all - load.byPath - load.otherwise);
  for (const Record &r : records)
    if (counts(r) && !mutation::killed(r))
      out += fmt::format("survivor: {} (line {}): {}\n", r.name, r.mutant.line,
                         r.excuse.empty() ? "no reason is given" : r.excuse);
  if (details)
    for (const Record &r : records) {
      std::string noticed;
      for (Mechanism m : r.verdict.mechanisms) noticed += " " + nameOf(m);
      out += fmt::format("{} (line {}):{}{}\n{}", r.name, r.mutant.line, noticed,
                         r.verdict.reached ? "" : " not reached", r.verdict.example);
    }
  std::vector<std::string> wrong = failures();
  if (!wrong.empty()) out += "\nnot as it must be:\n";
  for (const std::string &line : wrong) out += "  " + line + (line.back() == '\n' ? "" : "\n");
  return out;
}

} // namespace tw::emu::mutation
