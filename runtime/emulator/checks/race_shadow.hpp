// Entries of the race checker's shadow: for each 16-byte piece of memory, the last accesses that something may still
// conflict with.
#pragma once

#include "vector_clock.hpp"

#include <bit>
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
  bool lanes_form() const { return bits & 1; }
  /// Calls visit(actor) for the actor of each warp of an entry with this stamp and `set` until it returns false; true
  /// if it never did.
  template <class Visit> bool all_actors(std::uint32_t set, Visit visit) const {
    if (lanes_form()) return visit(actor());
    for (std::uint32_t rest = set; rest; rest &= rest - 1)
      if (!visit(Actor{actor().value + 2 * static_cast<std::uint32_t>(std::countr_zero(rest))})) return false;
    return true;
  }
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
/// An entry is two words, so that it is built, compared and copied in registers.
struct ShadowEntry {
  static constexpr std::uint8_t kLanesForm = 0xff, kAllLanesForm = 0xfe, kProgressionForm = 0x40;
  Stamp stamp;
  std::uint64_t rest = 0; ///< set, bytes, first and shift from the lowest bits on

  ShadowEntry() = default;
  ShadowEntry(Stamp stamp, std::uint64_t rest) : stamp(stamp), rest(rest) {}
  ShadowEntry(Stamp stamp, std::uint32_t set, std::uint16_t bytes, std::int8_t first, std::uint8_t shift)
      : stamp(stamp), rest(pack(set, bytes, first, shift)) {}
  static std::uint64_t pack(std::uint32_t set, std::uint16_t bytes, std::int8_t first, std::uint8_t shift) {
    return set | std::uint64_t{bytes} << 32 | std::uint64_t{static_cast<std::uint8_t>(first)} << 48 |
           std::uint64_t{shift} << 56;
  }
  /// Warps of the block, or lanes of one warp in kLanesForm.
  std::uint32_t set() const { return static_cast<std::uint32_t>(rest); }
  /// One bit per byte of the piece; 0 = no entry.
  std::uint16_t bytes() const { return static_cast<std::uint16_t>(rest >> 32); }
  std::int8_t first() const { return static_cast<std::int8_t>(rest >> 48); }
  /// Or the form.
  std::uint8_t shift() const { return static_cast<std::uint8_t>(rest >> 56); }
  bool empty() const { return bytes() == 0; }
  /// Takes bytes out of the entry.
  void remove(std::uint16_t bytes) { rest &= ~(std::uint64_t{bytes} << 32); }
  void clear() { remove(0xffff); }

  /// Rewrites kLanesForm with `lanes` as a form that warps of a block can share, if there is one.
  static void shorten(LaneMask lanes, std::int8_t &first, std::uint8_t &shift);
  bool is_straight() const { return shift() < kProgressionForm; }
  /// The lane of one byte in the straight form.
  int straight_lane(int byte) const { return first() + (byte >> (shift() & 7) << (shift() >> 3)); }
  bool has_one_warp() const { return stamp.lanes_form() || (set() & (set() - 1)) == 0; }
  /// Lanes that touched at least one of `mask`'s bytes.
  LaneMask lanes_at(std::uint16_t mask) const;
  /// See Stamp::all_actors.
  template <class Visit> bool all_actors(Visit visit) const { return stamp.all_actors(set(), visit); }
  /// True if both give every byte to the same lanes of a warp.
  bool same_lanes(const ShadowEntry &other) const {
    return (rest ^ other.rest) >> 48 == 0 && (shift() != kLanesForm || set() == other.set());
  }
  /// True if both belong to one instruction of one block at one time and give every byte to the same lanes.
  bool can_merge(const ShadowEntry &other) const { return stamp == other.stamp && (rest ^ other.rest) >> 48 == 0; }
  /// True if `other` adds nothing to this entry.
  bool holds(const ShadowEntry &other) const { return can_merge(other) && !(other.rest & ~rest); }
  /// Takes `other` in, if both can be one entry: their warps or their bytes are the same.
  bool merge(const ShadowEntry &other) {
    if (!can_merge(other) || (set() != other.set() && bytes() != other.bytes())) return false;
    rest |= other.rest;
    return true;
  }
};

/// The writes and reads of one piece: the first entry of each in place, further ones in a list of the pool (0 = none).
struct ShadowPiece {
  ShadowEntry write, read;
  std::uint32_t more_writes = 0, more_reads = 0;
};

/// Entries of one kind beyond the first of each list.
template <class Entry> class EntryPool {
public:
  EntryPool() : nodes_(1) {}
  /// Adds an entry before the list `head`.
  void push(std::uint32_t &head, const Entry &entry) {
    std::uint32_t index = free_;
    if (index) {
      free_ = nodes_[index].next;
    } else {
      index = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    nodes_[index] = {entry, head};
    head = index;
  }
  /// Frees a whole list.
  void release(std::uint32_t &head) {
    while (head) unlink(head);
  }
  /// Calls visit(entry) for an inline entry and the list behind it; it may empty entries, and the empty ones go.
  template <class Visit> void scan(Entry &inline_entry, std::uint32_t &head, Visit visit) {
    for (std::uint32_t *link = &head; *link;) {
      std::uint32_t index = *link;
      visit(nodes_[index].entry);
      if (!nodes_[index].entry.empty())
        link = &nodes_[index].next;
      else
        unlink(*link);
    }
    if (!inline_entry.empty()) visit(inline_entry);
    if (inline_entry.empty() && head) {
      inline_entry = nodes_[head].entry;
      unlink(head);
    }
  }
  /// An entry of a list, and the index of the one behind it.
  Entry &entry(std::uint32_t index) { return nodes_[index].entry; }
  const Entry &entry(std::uint32_t index) const { return nodes_[index].entry; }
  std::uint32_t next(std::uint32_t index) const { return nodes_[index].next; }
  /// Removes the last entry of the list for which drop(entry) is true, and returns it, or an empty one.
  template <class Drop> Entry remove_last(std::uint32_t &head, Drop drop) {
    std::uint32_t *found = nullptr;
    for (std::uint32_t *link = &head; *link; link = &nodes_[*link].next)
      if (drop(nodes_[*link].entry)) found = link;
    if (!found) return {};
    Entry removed = nodes_[*found].entry;
    unlink(*found);
    return removed;
  }
  void clear() {
    if (nodes_.capacity() > kKept) std::vector<Node>(1).swap(nodes_);
    nodes_.resize(1);
    free_ = 0;
  }
  std::uint64_t bytes() const { return nodes_.capacity() * sizeof(Node); }

private:
  struct Node {
    Entry entry;
    std::uint32_t next = 0;
  };
  void unlink(std::uint32_t &link) {
    std::uint32_t index = link;
    link = nodes_[index].next;
    nodes_[index].next = free_;
    free_ = index;
  }
  static constexpr std::size_t kKept = std::size_t{1} << 20; ///< more are given back by clear()
  std::vector<Node> nodes_;                                  ///< index 0 is never used
  std::uint32_t free_ = 0;
};

} // namespace tw::emulator
