// Shadow of memory for the race checker: for each 16-byte piece, the last accesses that something may still conflict
// with.
#pragma once

#include "vector_clock.hpp"

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tw::emulator {

/// Bytes described by one ShadowPiece. All rows of ldmatrix, cp.async.cg and vector accesses are pieces of this size.
inline constexpr std::uint32_t kPieceBytes = 16;

/// When and where an access happened, in one word: actor, place, time of the actor.
struct Stamp {
  static constexpr int kTimeBits = 25, kPlaceBits = 18;
  std::uint64_t bits = 0;
  static Stamp make(Actor actor, PlaceIndex place, std::uint32_t time) {
    return {std::uint64_t{actor.value} << (kTimeBits + kPlaceBits) | std::uint64_t{place.value} << kTimeBits | time};
  }
  Actor actor() const { return {static_cast<std::uint32_t>(bits >> (kTimeBits + kPlaceBits))}; }
  PlaceIndex place() const { return {static_cast<std::uint32_t>(bits >> kTimeBits) & ((1u << kPlaceBits) - 1)}; }
  std::uint32_t time() const { return static_cast<std::uint32_t>(bits) & ((1u << kTimeBits) - 1); }
  friend bool operator==(Stamp, Stamp) = default;
};

/// One access to some bytes of a piece. Either every byte has one lane, `first + (byte >> shift)`, which describes any
/// contiguous warp access in one entry; or all bytes have all lanes of `lanes` (broadcast loads, atomics, ldmatrix).
struct ShadowEntry {
  static constexpr std::uint8_t kShared = 0xff; ///< value of `shift` for the second form
  Stamp stamp;
  LaneMask lanes = 0;
  std::uint16_t bytes = 0; ///< one bit per byte of the piece; 0 = no entry
  std::int8_t first = 0;
  std::uint8_t shift = 0;

  /// Lanes that touched at least one of `mask`'s bytes.
  LaneMask lanes_at(std::uint16_t mask) const;
  /// True if both entries give every byte to the same lanes.
  bool same_lanes(const ShadowEntry &other) const {
    return shift == other.shift && (shift == kShared ? lanes == other.lanes : first == other.first);
  }
};

/// The writes and reads of one piece: the first entry of each in place, further ones in a list of the pool (0 = none).
struct ShadowPiece {
  ShadowEntry write, read;
  std::uint32_t more_writes = 0, more_reads = 0;
};

/// Overflow entries of all pieces.
class ShadowPool {
public:
  ShadowPool() : nodes_(1) {}
  /// Adds an entry before the list `head`.
  void push(std::uint32_t &head, const ShadowEntry &entry);
  /// Frees a whole list.
  void release(std::uint32_t &head);
  /// Calls visit(entry) for all entries of a piece's reads or writes; it may clear bytes of them. Entries without bytes
  /// go.
  template <class Visit> void scan(ShadowEntry &inline_entry, std::uint32_t &head, Visit visit) {
    for (std::uint32_t *link = &head; *link;) {
      std::uint32_t index = *link;
      visit(nodes_[index].entry);
      if (nodes_[index].entry.bytes)
        link = &nodes_[index].next;
      else
        unlink(*link);
    }
    if (inline_entry.bytes) visit(inline_entry);
    if (!inline_entry.bytes && head) {
      inline_entry = nodes_[head].entry;
      unlink(head);
    }
  }
  /// Removes the last entry of the list for which drop(entry) is true.
  template <class Drop> void remove_last(std::uint32_t &head, Drop drop) {
    std::uint32_t *found = nullptr;
    for (std::uint32_t *link = &head; *link; link = &nodes_[*link].next)
      if (drop(nodes_[*link].entry)) found = link;
    if (found) unlink(*found);
  }
  void clear();
  std::uint64_t bytes() const { return nodes_.capacity() * sizeof(Node); }

private:
  struct Node {
    ShadowEntry entry;
    std::uint32_t next = 0;
  };
  void unlink(std::uint32_t &link);
  std::vector<Node> nodes_; ///< index 0 is never used
  std::uint32_t free_ = 0;
};

/// Pieces of one flat window (shared memory of a block). Grows on demand.
class WindowShadow {
public:
  explicit WindowShadow(std::uint32_t bytes) : pieces_((bytes + kPieceBytes - 1) / kPieceBytes) {}
  ShadowPiece &at(std::uint64_t offset) {
    std::size_t index = offset / kPieceBytes;
    if (index >= pieces_.size()) pieces_.resize(index + 1);
    return pieces_[index];
  }
  std::vector<ShadowPiece> &pieces() { return pieces_; }
  const std::vector<ShadowPiece> &pieces() const { return pieces_; }

private:
  std::vector<ShadowPiece> pieces_;
};

/// Pieces of global memory, in pages made at the first access.
class GlobalShadow {
public:
  static constexpr std::uint32_t kPageBytes = 4096;
  ShadowPiece &at(std::uint64_t address) {
    std::uint64_t page = address / kPageBytes;
    if (page != recent_page_) select(page);
    return (*recent_)[address % kPageBytes / kPieceBytes];
  }
  void clear();
  std::size_t pages() const { return pages_.size(); }
  using Page = std::array<ShadowPiece, kPageBytes / kPieceBytes>;

private:
  void select(std::uint64_t page);
  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
  std::uint64_t recent_page_ = ~std::uint64_t{0};
  Page *recent_ = nullptr;
};

} // namespace tw::emulator
