// Running mutants on the emulator, and what noticed them.
#pragma once

#include <set>

#include "mutation/mutant.hpp"

namespace tw::emu::mutation {

/// What can notice a mutant.
enum class Mechanism {
  Values,        ///< wrong results with all checks off and everything landing at issue
  HappensBefore, ///< findings of the race checker
  Protocol,      ///< misuse, bounds, uninitialised reads
  Poison,        ///< with checks off, wrong results only when asynchronous effects land late or at random
  Hang           ///< deadlock, or a spin that does not end
};
inline constexpr Mechanism kMechanisms[] = {Mechanism::HappensBefore, Mechanism::Protocol, Mechanism::Hang,
                                            Mechanism::Poison, Mechanism::Values};
std::string nameOf(Mechanism mechanism);

/// What became of one mutant.
struct Verdict {
  std::set<Mechanism> mechanisms;
  bool invalid = false;      ///< does not parse, is not supported, or cannot be launched: no kill
  bool reached = true;       ///< false when the launch never executes the site
  bool checkerAlone = false; ///< a finding although all asynchronous effects landed at issue
  std::string example;       ///< message of the first finding, or of the parser

  /// Whether it counts as noticed, by what its rule breaks.
  bool killed(Aspect aspect) const;
};

/// A case whose original is known to be right and clean.
class Subject {
public:
  explicit Subject(test::LaunchCase launch);

  const test::LaunchCase &launch() const { return original; }
  /// Findings, or wrong values, of the original under this many seeds; empty when there are none.
  std::string flaw(uint64_t seeds) const;
  Verdict run(const Mutant &mutant) const;

private:
  LaunchConfig config(uint64_t seed, AsyncTiming timing, bool checks) const;
  bool reaches(const Mutant &mutant) const;

  test::LaunchCase original;
  uint64_t budget = 0;             ///< instructions of a run before it counts as a hang
  std::set<std::string> contested; ///< rules on which sources differ and which the original breaks: not counted
};

} // namespace tw::emu::mutation
