// Running a selection of mutants, and the report: kills by rule and by mechanism, survivors, what that proves.
#pragma once

#include <string>
#include <vector>

#include "mutation/order.hpp"
#include "mutation/run.hpp"

namespace tw::emu::mutation {

/// Which mutants run, and how.
struct Selection {
  std::string only; ///< part of the name
  uint64_t seed = 0;
  size_t every = 1; ///< of those, every nth
  unsigned jobs = 2;
};

/// One mutant and what became of it.
struct Record {
  std::string name; ///< `SOURCE:KERNEL RULE OPCODE #NUMBER`
  Mutant mutant;
  Verdict verdict;
  std::string excuse; ///< why no check can notice it, from the list of equivalent mutants
  /// For a deleted proxy fence or mbarrier wait: conflicting accesses that the run of the original orders by happens-
  /// before paths through the site alone, so that it bears load. Found without the checker (order.hpp).
  std::optional<ConflictingPair> bears;
};

/// What a selection gave.
class Report {
public:
  std::vector<Record> records;

  /// The report as text: a table, the survivors, the totals. With `details` the first finding of every mutant too.
  std::string text(bool details) const;
  /// What is not as it must be, a line each: survivors without a reason, false alarms, mutants that do not parse,
  /// fences, waits and parities that the checker does not notice alone, reasons for mutants that are noticed.
  std::vector<std::string> failures() const;

  /// Mutants that count: reached by their launch, and not neutral.
  size_t counted() const;
  size_t killed() const;
  size_t excused() const;
  /// Deleted proxy fences and mbarrier waits: those that bear load, how many of these the checker notices with all
  /// asynchronous effects landing at issue, those that bear no load and are noticed all the same, and all that count.
  struct Bearing {
    size_t byPath = 0, noticed = 0, otherwise = 0, all = 0;
  };
  Bearing bearing() const;
};

/// Names of the mutants of a selection.
std::vector<std::string> namesOf(const Selection &selection);
/// Runs them on `jobs` host threads.
Report runMutants(const Selection &selection);
/// Names in the list of equivalent mutants that no mutant of any kernel has.
std::vector<std::string> staleExcuses();

} // namespace tw::emu::mutation
