// A mutant: one small change of a kernel's text, or of the tensor maps it gets, by a rule at a site.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "launches/launch_case.hpp"

namespace tw::emu::mutation {

/// What a rule breaks, and so what counts as noticing it.
enum class Aspect {
  Synchronisation, ///< only a finding kills it: wrong values alone do not
  Data,            ///< wrong values kill it too
  Neutral          ///< changes nothing by the PTX ISA: any finding is a false alarm
};

/// Replaces bytes [begin, end) of the text.
struct Edit {
  size_t begin = 0, end = 0;
  std::string text;
};

/// One change of one kernel.
struct Mutant {
  std::string rule; ///< "delete-fence", "parity-flip", ...
  Aspect aspect = Aspect::Synchronisation;
  std::string opcode; ///< of the site
  int ordinal = 1;    ///< of this opcode among the sites of the rule in its kernel
  int line = 0;       ///< of the PTX, from 1
  size_t statement = 0;
  std::vector<Edit> edits;
  std::optional<int> map; ///< number of the tensor map whose swizzle is changed

  /// `RULE OPCODE #ORDINAL`: stable while the kernel keeps its operations.
  std::string site() const { return rule + " " + opcode + " #" + std::to_string(ordinal); }
  /// Whether the checker must notice it with all asynchronous effects landing at issue: fences, waits, parities.
  bool checkerMustNotice() const;
  /// Whether it deletes a proxy fence or the wait of an mbarrier.
  bool deletesFenceOrWait() const;
};

/// The text after the edits.
std::string applied(const std::string &ptx, const Mutant &mutant);

/// All mutants of a case's kernel. The seed chooses how far operations move, and one site per kernel for rules that
/// have many alike (operands of products).
std::vector<Mutant> mutantsOf(const test::LaunchCase &launch, uint64_t seed);

} // namespace tw::emu::mutation
