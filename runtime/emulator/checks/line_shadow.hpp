// Shadow of memory by lines of 128 bytes: one entry for many words while accesses are regular, pieces where they are
// not.
#pragma once

#include "race_shadow.hpp"

#include <array>
#include <cstddef>
#include <unordered_map>
#include <vector>

namespace tw::emulator {

/// Bytes described by one ShadowLine: what a warp touches at once with a word per lane.
inline constexpr std::uint32_t kLineBytes = 128;
inline constexpr std::uint32_t kPiecesPerLine = kLineBytes / kPieceBytes;

/// Which lanes of a warp touch which bytes of a line: byte `b` has the lanes `first + (b >> distance << gap)` and, from
/// there on, `count` of them 2^`step` apart. With count 1 that is a row or every second lane of one; with more,
/// operands of a matrix product, which several lanes of a warp share; with count 32 all lanes. Or, `listed`, the lanes
/// are those in the entry's set.
struct LineLanes {
  std::int16_t first = 0;
  std::uint8_t distance = 7, gap = 0, step = 0, count = 1;
  bool listed = false;

  int lane(std::uint32_t byte) const { return first + static_cast<int>(byte >> distance << gap); }
  std::uint64_t packed() const {
    return std::uint64_t{static_cast<std::uint16_t>(first)} | std::uint64_t{distance} << 16 | std::uint64_t{gap} << 24 |
           std::uint64_t{step} << 32 | std::uint64_t{count} << 40 | std::uint64_t{listed} << 48;
  }
  static LineLanes unpacked(std::uint64_t bits) {
    auto byte = [&](int at) { return static_cast<std::uint8_t>(bits >> at); };
    return {static_cast<std::int16_t>(bits), byte(16), byte(24), byte(32), byte(40), byte(48) != 0};
  }
  static bool is_listed(std::uint64_t packed) { return packed >> 48; }
  static bool is_single(std::uint64_t packed) { return packed >> 40 == 1; }
};

/// As ShadowEntry, for whole words of a line.
struct LineEntry {
  Stamp stamp;
  std::uint64_t touched = 0; ///< set, and above it one bit per 4-byte word of the line; no words = no entry
  std::uint64_t lanes = 0;   ///< LineLanes, packed

  LineEntry() = default;
  LineEntry(Stamp stamp, std::uint64_t touched, std::uint64_t lanes) : stamp(stamp), touched(touched), lanes(lanes) {}
  std::uint32_t set() const { return static_cast<std::uint32_t>(touched); }
  std::uint32_t words() const { return static_cast<std::uint32_t>(touched >> 32); }
  bool empty() const { return words() == 0; }
  void remove(std::uint32_t words) { touched &= ~(std::uint64_t{words} << 32); }
  void clear() { touched = 0; }
  /// True if every byte has one lane.
  bool is_straight() const { return LineLanes::is_single(lanes); }
  bool same_lanes(const LineEntry &other) const {
    return lanes == other.lanes && (!LineLanes::is_listed(lanes) || set() == other.set());
  }
  bool can_merge(const LineEntry &other) const { return stamp == other.stamp && lanes == other.lanes; }
  bool holds(const LineEntry &other) const { return can_merge(other) && !(other.touched & ~touched); }
  bool merge(const LineEntry &other) {
    if (!can_merge(other) || (set() != other.set() && words() != other.words())) return false;
    touched |= other.touched;
    return true;
  }
  /// The part of it in piece number `piece` of the line; empty if there is none.
  ShadowEntry in_piece(std::uint32_t piece) const;
};

/// The last accesses of a line: either two lists of entries or, once these do not do, the pieces. Zeros are an
/// untouched line.
struct ShadowLine {
  LineEntry write, read;
  std::uint32_t more_writes = 0, more_reads = 0; ///< in an EntryPool, 0 = none
  std::uint32_t pieces = 0;                      ///< in a PieceArena, 0 = none
  std::uint32_t splits = 0;                      ///< how often the line got pieces
};
static_assert(sizeof(ShadowLine) == 64);

/// Memory that starts as zeros, taken from the system in chunks.
class ZeroArena {
public:
  ZeroArena() = default;
  ZeroArena(const ZeroArena &) = delete;
  ZeroArena &operator=(const ZeroArena &) = delete;
  ~ZeroArena();
  /// `bytes`, at most kFirstChunk, aligned to 64.
  void *make(std::size_t bytes);
  /// Takes all back; the first chunk stays, since small launches often follow each other.
  void clear();

private:
  /// The first chunk grows page by page, so that small launches stay small; the others come in huge pages.
  static constexpr std::size_t kFirstChunk = std::size_t{2} << 20, kChunk = std::size_t{16} << 20;
  std::size_t size_of(std::size_t chunk) const { return chunk == 0 ? kFirstChunk : kChunk; }
  std::vector<void *> chunks_;
  std::size_t used_ = 0; ///< of the last chunk
};

/// The pieces of lines that have some.
class PieceArena {
public:
  /// kPiecesPerLine untouched pieces; never 0.
  std::uint32_t make();
  void release(std::uint32_t index) { free_.push_back(index); }
  ShadowPiece *at(std::uint32_t index) const {
    return blocks_[index / kBlockLines] + index % kBlockLines * kPiecesPerLine;
  }
  void clear();
  /// Lines that have pieces now.
  std::size_t used() const { return count_ - 1 - free_.size(); }

private:
  static constexpr std::uint32_t kBlockLines = 64;
  ZeroArena arena_;
  std::vector<ShadowPiece *> blocks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t count_ = 1; ///< index 0 is never used
};

/// Lines of one flat window (shared memory of a block). Grows on demand.
class WindowShadow {
public:
  /// Forgets all accesses; the window has `bytes` bytes. Which lines get pieces stays: blocks mostly do the same.
  void start(std::uint32_t bytes) {
    lines_.resize((bytes + kLineBytes - 1) / kLineBytes);
    for (ShadowLine &line : lines_) line = {{}, {}, 0, 0, 0, line.splits};
  }
  /// The line at `offset`, followed by those up to the end of the window; at least to `end`.
  ShadowLine *at(std::uint64_t offset, std::uint64_t end) {
    std::size_t count = (end + kLineBytes - 1) / kLineBytes;
    if (count > lines_.size()) lines_.resize(count);
    return &lines_[offset / kLineBytes];
  }
  std::vector<ShadowLine> &lines() { return lines_; }
  const std::vector<ShadowLine> &lines() const { return lines_; }

private:
  std::vector<ShadowLine> lines_;
};

/// Lines of global memory, in pages made at the first access.
class GlobalShadow {
public:
  static constexpr std::uint32_t kPageBytes = 32768;
  ShadowLine &at(std::uint64_t address) {
    std::uint64_t page = address / kPageBytes;
    Recent &recent = recent_[(page ^ page >> 6 ^ page >> 21) % kRecent];
    if (page != recent.number) select(page, recent);
    return (*recent.page)[address % kPageBytes / kLineBytes];
  }
  void clear();
  /// Calls visit(mine, theirs) for the lines that both have, until it returns true; true if it did.
  template <class Visit> bool any_common(const GlobalShadow &other, Visit visit) const {
    for (const auto &[number, page] : pages_) {
      auto found = other.pages_.find(number);
      if (found == other.pages_.end()) continue;
      for (std::size_t i = 0; i < page->size(); ++i)
        if (visit((*page)[i], (*found->second)[i])) return true;
    }
    return false;
  }
  std::size_t lines() const { return pages_.size() * (kPageBytes / kLineBytes); }

private:
  using Page = std::array<ShadowLine, kPageBytes / kLineBytes>;
  /// The pages found last, by a hash of their number: kernels walk through several buffers at once.
  struct Recent {
    std::uint64_t number = ~std::uint64_t{0};
    Page *page = nullptr;
  };
  static constexpr std::size_t kRecent = 64;
  void select(std::uint64_t page, Recent &recent);
  ZeroArena arena_;
  std::unordered_map<std::uint64_t, Page *> pages_;
  std::array<Recent, kRecent> recent_{};
};

} // namespace tw::emulator
