// What a warp access of one shape does to the shadow, worked out once and used again wherever the shape returns.
#pragma once

#include "line_shadow.hpp"
#include "plan_bits.hpp"

#include <array>
#include <optional>
#include <vector>

namespace tw::emulator {

/// A shadow entry of an access before it has a time: which bytes of a piece belong to which lanes.
struct PlanPiece {
  std::uint64_t piece = 0; ///< number of the piece from the first byte of memory (splitting), or from the plan's line
  LaneMask lanes = 0;      ///< of ShadowEntry::kLanesForm
  std::uint16_t bytes = 0;
  std::int8_t first = 0;
  std::uint8_t shift = 0; ///< or the form
};

/// A PlanPiece ready for use: an entry without stamp and warp.
struct PlanEntry {
  std::uint32_t piece = 0;
  std::uint64_t rest = 0; ///< of ShadowEntry
};

/// Pieces of one line that are one LineEntry, without stamp and warp.
struct PlanLine {
  std::uint32_t line = 0;           ///< number of the line from the plan's first
  std::uint32_t begin = 0, end = 0; ///< in AccessPlan::entries
  std::uint64_t touched = 0, lanes = 0;
};

/// The pieces of a plan as parts of lines: neighbours whose lanes go on in one way become one. Empty if a word is
/// touched in part.
std::vector<PlanLine> lines_of(const std::vector<PlanPiece> &pieces);

/// Cuts an access into entries and calls emit(PlanPiece) for each. Neighbouring lanes are gathered into one entry while
/// they continue a straight line, or name the same bytes and `may_share` them.
template <class Emit> void split_access(const WarpAccess &access, LaneMask lanes, bool may_share, Emit emit);

/// One shape of warp access: the lanes' addresses relative to the first active lane. It holds for every access that
/// `matches`.
struct AccessPlan {
  using Deltas = std::array<std::int64_t, kLanes>;
  enum class Shape : std::uint8_t { scattered, contiguous, broadcast };

  LaneMask lanes = 0; ///< 0 matches nothing
  std::uint32_t bytes = 0;
  std::uint32_t phase = 0;                     ///< address of the first active lane modulo kLineBytes
  Deltas delta{};                              ///< lane minus first active lane; 0 for lanes that take no part
  std::array<std::uint32_t, kLanes> delta32{}; ///< the low halves of `delta`
  std::int64_t low = 0;                        ///< lowest byte touched, from the first active lane
  std::int64_t high = 0;                       ///< behind the highest
  std::uint64_t span = 0;                      ///< bytes from the lowest line to `high`
  std::uint64_t delta_bits = 0;                ///< all deltas ored
  std::int64_t first_line = 0;                 ///< bytes from the line of the first active lane to the lowest line
  std::uint32_t conflicts = 0;                 ///< bank conflicts, for shared memory
  bool shares = false;                         ///< lanes may touch the same bytes: it is no write
  bool meets_itself = false;                   ///< two lanes touch a byte
  Shape shape = Shape::scattered; ///< contiguous: lane i at i * bytes, all lanes; broadcast: all lanes alike
  std::vector<PlanPiece> pieces;
  std::vector<PlanEntry> entries; ///< the same
  std::vector<PlanLine> lines;    ///< the same by lines, if whole words are touched only
  PlanBits touched;

  /// Lanes must be within 2^30 bytes of each other; none otherwise. `write`: lanes may not share bytes.
  static std::optional<AccessPlan> make(LaneMask lanes, std::uint32_t bytes, const std::uint64_t *address, bool write);
  /// True if an access may have this shape: has_shape decides.
  bool matches(LaneMask these, std::uint32_t bytes_per_lane, std::uint64_t first_address) const {
    return these == lanes && bytes_per_lane == bytes && first_address % kLineBytes == phase;
  }
  /// True if the active lanes of `address` lie as in this plan. With 32-bit words, modulo 2^32: what wraps around is
  /// not within bounds.
  template <class Word> [[gnu::always_inline]] bool has_shape(const Word *address) const {
    if (lanes != kAllLanes) {
      Word first = address[std::countr_zero(lanes)];
      for (LaneMask rest = lanes; rest; rest &= rest - 1) {
        int lane = std::countr_zero(rest);
        if (static_cast<Word>(address[lane] - first) != static_cast<Word>(delta[lane])) return false;
      }
      return true;
    }
    Word difference = 0;
    if (shape == Shape::broadcast) {
      for (int lane = 0; lane < kLanes; ++lane) difference |= address[lane] ^ address[0];
    } else if (sizeof(Word) == 4) {
      for (int lane = 0; lane < kLanes; ++lane)
        difference |= (address[lane] - address[0]) ^ static_cast<Word>(delta32[lane]);
    } else {
      for (int lane = 0; lane < kLanes; ++lane)
        difference |= (address[lane] - address[0]) ^ static_cast<Word>(delta[lane]);
    }
    return difference == 0;
  }
  /// True if the other plan stands for the same accesses.
  bool same_as(const AccessPlan &other) const {
    return lanes == other.lanes && bytes == other.bytes && phase == other.phase && shares == other.shares &&
           delta == other.delta;
  }
  /// The addresses of an access with this shape; those of inactive lanes repeat the first active one.
  std::array<std::uint64_t, kLanes> addresses(std::uint64_t first_address) const {
    std::array<std::uint64_t, kLanes> result;
    for (int lane = 0; lane < kLanes; ++lane) result[lane] = first_address + static_cast<std::uint64_t>(delta[lane]);
    return result;
  }
};

// ---- implementation of split_access ----

template <class Emit> void split_access(const WarpAccess &access, LaneMask lanes, bool may_share, Emit emit) {
  PlanPiece run;
  auto flush = [&] {
    if (!run.bytes) return;
    if (run.shift == ShadowEntry::kLanesForm) ShadowEntry::shorten(run.lanes, run.first, run.shift);
    emit(run);
    run.bytes = 0;
  };
  // std::has_single_bit counts bits by a call on plain x86-64.
  bool power = access.bytes != 0 && (access.bytes & (access.bytes - 1)) == 0 && access.bytes <= kPieceBytes;
  int natural_shift = std::countr_zero(access.bytes);
  for (LaneMask rest = lanes; rest; rest &= rest - 1) {
    int lane = std::countr_zero(rest);
    std::uint64_t at = access.address[lane];
    std::uint64_t end = at + access.bytes;
    int shift = power && (at & (access.bytes - 1)) == 0 ? natural_shift : std::countr_zero(kPieceBytes);
    while (at < end) {
      std::uint64_t start = at / kPieceBytes * kPieceBytes;
      std::uint64_t stop = end < start + kPieceBytes ? end : start + kPieceBytes;
      auto mask = static_cast<std::uint16_t>(((1u << (stop - start)) - 1) & ~((1u << (at - start)) - 1));
      int first = lane - static_cast<int>((at - start) >> shift);
      at = stop;
      if (run.bytes && run.piece == start / kPieceBytes) {
        if (run.shift == shift && run.first == first) {
          run.bytes |= mask;
          continue;
        }
        if (may_share && run.bytes == mask) {
          if (run.shift != ShadowEntry::kLanesForm) {
            ShadowEntry before({}, 0, run.bytes, run.first, run.shift);
            run.lanes = before.lanes_at(mask);
          }
          run.lanes |= LaneMask{1} << lane;
          run.first = 0;
          run.shift = ShadowEntry::kLanesForm;
          continue;
        }
      }
      flush();
      run = {start / kPieceBytes, 0, mask, static_cast<std::int8_t>(first), static_cast<std::uint8_t>(shift)};
    }
  }
  flush();
}

} // namespace tw::emulator
