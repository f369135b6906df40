// The table of faults: each pair of a broken and a fixed kernel run by tw-emu, and what it reports.
#pragma once

#include <string>
#include <vector>

namespace tw::emu::pitfalls {

/// One fault and its two kernels, which carry class, origin and launch in their first lines.
struct Pair {
  std::string name, fault, seenAt, launch;
};

/// What tw-emu says of one file under one seed.
struct Outcome {
  int code = 0;                      ///< exit code
  std::vector<std::string> reported; ///< "kind: rule", sorted, each once
  std::string text;                  ///< all that was printed
};

/// The pairs of the folder, by name. Throws std::runtime_error when a file lacks its partner or its first lines.
std::vector<Pair> pairs();
/// Runs one of the two files of a pair.
Outcome run(const Pair &pair, bool broken, unsigned seed);
/// The seeds that every file is run with: copies land late, at once, at random, and late again in another order.
inline constexpr unsigned kSeeds[] = {0, 1, 2, 3};
/// The document: a table with a row for each pair.
std::string document();

} // namespace tw::emu::pitfalls
