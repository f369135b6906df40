// The bytes that an access touches as bits, and what is done with them in arrays that have a bit per byte of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tw::emulator {

/// Bytes of an access by 64: which of those from 64 * number on, counted from the access's first line.
struct PlanBytes {
  std::uint32_t number = 0;
  std::uint64_t bytes = 0;
};

/// Arrays that the functions below work on have so many words behind the last one in use.
inline constexpr std::size_t kBitsPadding = 3;

/// The bytes of an access. Mostly its words follow each other closely, and then all of them are kept, four at a time.
class PlanBits {
public:
  PlanBits() = default;
  /// `parts` by number, not empty.
  explicit PlanBits(std::vector<PlanBytes> parts);

  const std::vector<PlanBytes> &parts() const { return parts_; }
  /// Number of words from the first on that the access reaches.
  std::uint64_t span() const { return parts_.back().number + 1; }

  // `words`: of the array, from the access's first line on.

  /// True if all bits of the access are set.
  bool all_in(const std::uint64_t *words) const;
  /// True if none is.
  bool none_in(const std::uint64_t *words) const;
  /// Sets them.
  void add_to(std::uint64_t *words) const;

private:
  std::vector<PlanBytes> parts_;
  std::vector<std::uint64_t> row_; ///< all words up to the last and on to a multiple of four; empty if mostly zeros
};

} // namespace tw::emulator
