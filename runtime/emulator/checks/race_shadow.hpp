// Shadow of memory for the race checker: for each 16-byte piece, the last accesses that something may still conflict
// with.
#pragma once

#include "vector_clock.hpp"

#include <array>
#include <bit>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tw::emulator {

/// Bytes described by one ShadowPiece. All rows of ldmatrix, cp.async.cg and vector accesses are pieces of this size.
inline constexpr std::uint32_t kPieceBytes = 16;

/// When and where an access happened, in one word: actor, place, time of the actor, and one bit for the entry's form.
struct Stamp {
  static constexpr int kTimeBits = 24, kPlaceBits = 18;
  std::uint64_t bits = 0;
  /// `lanes_form` is true in entries of kLanesForm only, so that (stamp, set) alone tells what an entry stands for.
  static Stamp make(Actor actor, PlaceIndex place, std::uint32_t time, bool lanes_form) {
    return {std::uint64_t{actor.value} << (kTimeBits + kPlaceBits + 1) | std::uint64_t{place.value} << (kTimeBits + 1) |
            std::uint64_t{time} << 1 | std::uint64_t{lanes_form}};
  }
  Actor actor() const { return {static_cast<std::uint32_t>(bits >> (kTimeBits + kPlaceBits + 1))}; }
  PlaceIndex place() const { return {static_cast<std::uint32_t>(bits >> (kTimeBits + 1)) & ((1u << kPlaceBits) - 1)}; }
  std::uint32_t time() const { return static_cast<std::uint32_t>(bits >> 1) & ((1u << kTimeBits) - 1); }
  friend bool operator==(Stamp, Stamp) = default;
};

/// Accesses of one place at one time to some bytes of a piece, in one of four forms:
/// - straight: every byte has one lane, `first + (byte >> s << t)` where `shift` is s + 8 t, the same in every warp of
///   `set`. It describes any contiguous warp access, every second lane of one, and a tile that several warps of a block
///   read alike;
/// - kAllLanesForm: all lanes of every warp of `set` (ldmatrix);
/// - a progression: the same evenly spaced lanes of every warp of `set`, packed into `first` and `shift` by `shorten`
///   (operands of a matrix product, which some lanes of each warp share);
/// - kLanesForm: the lanes `set` of one warp (broadcast loads, atomics).
/// In all forms but the last the stamp's actor is warp 0 of the block, so that entries of its warps can be merged.
struct ShadowEntry {
  static constexpr std::uint8_t kLanesForm = 0xff, kAllLanesForm = 0xfe, kProgressionForm = 0x40;
  Stamp stamp;
  std::uint32_t set = 0;
  std::uint16_t bytes = 0; ///< one bit per byte of the piece; 0 = no entry
  std::int8_t first = 0;
  std::uint8_t shift = 0; ///< or the form

  /// Rewrites kLanesForm with `lanes` as a form that warps of a block can share, if there is one.
  static void shorten(LaneMask lanes, std::int8_t &first, std::uint8_t &shift);
  bool is_straight() const { return shift < kProgressionForm; }
  /// The lane of one byte in the straight form.
  int straight_lane(int byte) const { return first + (byte >> (shift & 7) << (shift >> 3)); }
  bool has_one_warp() const { return shift == kLanesForm || (set & (set - 1)) == 0; }
  /// Lanes that touched at least one of `mask`'s bytes.
  LaneMask lanes_at(std::uint16_t mask) const;
  /// Calls visit(actor) for the actor of each warp until it returns false; true if it never did.
  template <class Visit> bool all_actors(Visit visit) const {
    if (shift == kLanesForm) return visit(stamp.actor());
    for (std::uint32_t rest = set; rest; rest &= rest - 1)
      if (!visit(Actor{stamp.actor().value + 2 * static_cast<std::uint32_t>(std::countr_zero(rest))})) return false;
    return true;
  }
  /// True if both give every byte to the same lanes of a warp.
  bool same_lanes(const ShadowEntry &other) const {
    return shift == other.shift && first == other.first && (shift != kLanesForm || set == other.set);
  }
  /// True if both belong to one instruction of one block at one time and give every byte to the same lanes.
  bool can_merge(const ShadowEntry &other) const {
    return stamp == other.stamp && shift == other.shift && first == other.first;
  }
  /// True if `other` adds nothing to this entry.
  bool holds(const ShadowEntry &other) const {
    return can_merge(other) && !(other.bytes & ~bytes) && !(other.set & ~set);
  }
  /// Takes `other` in, if both can be one entry.
  bool merge(const ShadowEntry &other) {
    if (!can_merge(other)) return false;
    if (set == other.set)
      bytes |= other.bytes;
    else if (bytes == other.bytes)
      set |= other.set;
    else
      return false;
    return true;
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
  /// An entry of a list, and the index of the one behind it.
  ShadowEntry &entry(std::uint32_t index) { return nodes_[index].entry; }
  std::uint32_t next(std::uint32_t index) const { return nodes_[index].next; }
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
  /// Forgets everything; the window has `bytes` bytes.
  void start(std::uint32_t bytes) { pieces_.assign((bytes + kPieceBytes - 1) / kPieceBytes, {}); }
  /// The piece at `offset`, followed by those up to the end of the window; at least to `end`.
  ShadowPiece *at(std::uint64_t offset, std::uint64_t end) {
    std::size_t count = (end + kPieceBytes - 1) / kPieceBytes;
    if (count > pieces_.size()) pieces_.resize(count);
    return &pieces_[offset / kPieceBytes];
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
  /// The piece at `address`, followed by those up to the end of its page.
  ShadowPiece *at(std::uint64_t address) {
    std::uint64_t page = address / kPageBytes;
    Recent &recent = recent_[(page ^ page >> 6 ^ page >> 24) % kRecent];
    if (page != recent.number) select(page, recent);
    return &(*recent.page)[address % kPageBytes / kPieceBytes];
  }
  void clear();
  std::size_t pages() const { return pages_.size(); }
  using Page = std::array<ShadowPiece, kPageBytes / kPieceBytes>;

private:
  /// Pages of host memory that start as zeros, taken from the system in large pieces.
  class Arena {
  public:
    Arena() = default;
    Arena(const Arena &) = delete;
    Arena &operator=(const Arena &) = delete;
    ~Arena() { clear(); }
    Page *make();
    void clear();

  private:
    static constexpr std::size_t kChunkBytes = std::size_t{16} << 20;
    std::vector<void *> chunks_;
    std::size_t used_ = kChunkBytes;
  };
  /// The pages found last, by a hash of their number: kernels walk through several buffers at once.
  struct Recent {
    std::uint64_t number = ~std::uint64_t{0};
    Page *page = nullptr;
  };
  static constexpr std::size_t kRecent = 64;
  void select(std::uint64_t page, Recent &recent);
  Arena arena_;
  std::unordered_map<std::uint64_t, Page *> pages_;
  std::array<Recent, kRecent> recent_{};
};

} // namespace tw::emulator
