// Changes PTX texts at random: tokens, lines, statements.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace tw::emu::fuzz {

using Random = std::mt19937_64;

/// A number below `bound`; 0 when that is 0.
size_t below(Random &random, size_t bound);

/// Makes mutants of the texts it was given. The same seed gives the same mutant.
class Mutator {
public:
  /// `corpus` gives modifiers, names, lines and statements to put into other texts.
  explicit Mutator(const std::vector<std::string> &corpus);

  /// `text` with one to four changes.
  std::string mutant(std::string text, Random &random) const;

private:
  std::string changeToken(const std::string &text, Random &random) const;
  std::string changeLine(const std::string &text, Random &random) const;
  std::string changeStatement(const std::string &text, Random &random) const;

  std::vector<std::string> dotted, names, otherLines, otherStatements;
};

} // namespace tw::emu::fuzz
