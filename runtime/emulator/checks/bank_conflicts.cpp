// Wavefronts of one group of lanes: the bank with the most distinct words decides.
#include "bank_conflicts.hpp"

#include <algorithm>
#include <array>

namespace tw::emulator {

namespace {

constexpr std::uint32_t kBanks = 32;
constexpr std::uint32_t kWordBytes = 4;
constexpr std::size_t kMaxWords = 2 * kLanes; // 32 lanes that each straddle two words

/// The distinct words that one group of lanes names, by bank.
class WordSet {
public:
  void add(std::uint64_t offset, std::uint32_t bytes) {
    for (std::uint64_t word = offset / kWordBytes; word <= (offset + bytes - 1) / kWordBytes; ++word) {
      auto &words = words_[word % kBanks];
      std::uint32_t &count = per_bank_[word % kBanks];
      if (std::find(words.begin(), words.begin() + count, word) == words.begin() + count) words[count++] = word;
    }
  }

  Wavefronts count() const {
    std::uint32_t distinct = 0, most = 0;
    for (std::uint32_t count : per_bank_) distinct += count, most = std::max(most, count);
    return {(distinct + kBanks - 1) / kBanks, most};
  }

private:
  std::array<std::array<std::uint64_t, kMaxWords>, kBanks> words_; ///< per_bank_ of each are set
  std::array<std::uint32_t, kBanks> per_bank_{};
};

int lanes_per_group(std::uint32_t bytes) { return bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8; }

} // namespace

Wavefronts count_wavefronts(std::span<const std::uint64_t, kLanes> offset, LaneMask lanes, std::uint32_t bytes) {
  Wavefronts total;
  int group = lanes_per_group(bytes);
  for (int first = 0; first < kLanes; first += group) {
    WordSet words;
    for (int lane = first; lane < first + group; ++lane)
      if (lanes >> lane & 1) words.add(offset[lane], bytes);
    total += words.count();
  }
  return total;
}

Wavefronts count_matrix_wavefronts(std::span<const std::uint64_t, kLanes> row_offset, std::uint32_t matrices) {
  constexpr int kRows = 8;
  constexpr std::uint32_t kRowBytes = 16;
  Wavefronts total;
  for (std::uint32_t matrix = 0; matrix < matrices; ++matrix) {
    WordSet words;
    for (int row = 0; row < kRows; ++row) words.add(row_offset[kRows * matrix + row], kRowBytes);
    total += words.count();
  }
  return total;
}

} // namespace tw::emulator
