// Shadow of the async proxy: which asynchronous operations touched the bytes of each 16-byte cell.
#pragma once

#include "async_access.hpp"
#include "race_shadow.hpp"

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tw::emulator {

/// Bits that turn an actor into "what of this actor a proxy fence has passed on", per state space. Such actors live in
/// clocks only, never in stamps, and travel through releases and acquires like any other.
/// The same for a fence that the accessing thread itself executed (writer), and for mbarrier objects whose init the
/// initialising thread followed by fence.mbarrier_init.
inline constexpr std::uint32_t kInitFenced = 1u << 25, kWriterFencedShared = 1u << 26, kWriterFencedGlobal = 1u << 27;
/// The two bits of maps: a fence of the tensor map proxy released it, and one acquired what was released.
inline constexpr std::uint32_t kMapReleased = 1u << 28, kMapFenced = 1u << 29;
inline constexpr std::uint32_t kFencedShared = 1u << 30, kFencedGlobal = 1u << 31;
inline constexpr std::uint32_t kAllFences =
    kInitFenced | kWriterFencedShared | kWriterFencedGlobal | kMapReleased | kMapFenced | kFencedShared | kFencedGlobal;
inline constexpr std::uint32_t fenced_bit(Space space) {
  return space == Space::shared ? kFencedShared : kFencedGlobal;
}
inline constexpr std::uint32_t writer_fenced_bit(Space space) {
  return space == Space::shared ? kWriterFencedShared : kWriterFencedGlobal;
}
/// Actors from this number on, below the bits above, are asynchronous ones.
inline constexpr std::uint32_t kFirstAsyncActor = 1u << 22;
inline constexpr std::uint32_t kMostAsyncActors = kInitFenced - kFirstAsyncActor;

/// Bytes of a cell that one operation touched in one way.
struct AsyncEntry {
  std::uint32_t operation = 0;
  std::uint16_t bytes = 0; ///< one bit per byte
  AsyncKind kind = AsyncKind::read;
  std::uint32_t next = 0; ///< in AsyncShadow, 0 = last
};

/// The entries of all cells of one memory, shared or global.
class AsyncShadow {
public:
  /// The list of the cell that holds `address`, or null if it was never touched.
  std::uint32_t *find(std::uint64_t address) {
    if (pages_.empty()) return nullptr;
    std::uint64_t page = address / kPageBytes;
    if (page != recent_page_ && !select(page)) return nullptr;
    return &(*recent_)[address % kPageBytes / kPieceBytes];
  }
  /// As find, making the cell.
  std::uint32_t &make(std::uint64_t address);
  AsyncEntry &entry(std::uint32_t index) { return entries_[index]; }
  void push(std::uint32_t &head, const AsyncEntry &entry);
  /// Calls visit(entry) for all entries of a cell; those left without bytes go.
  template <class Visit> void scan(std::uint32_t &head, Visit visit) {
    for (std::uint32_t *link = &head; *link;) {
      std::uint32_t index = *link;
      visit(entries_[index]);
      if (entries_[index].bytes) {
        link = &entries_[index].next;
      } else {
        *link = entries_[index].next;
        entries_[index].next = free_;
        free_ = index;
      }
    }
  }
  bool empty() const { return pages_.empty(); }

private:
  static constexpr std::uint32_t kPageBytes = 4096;
  using Page = std::array<std::uint32_t, kPageBytes / kPieceBytes>;
  bool select(std::uint64_t page);

  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
  std::uint64_t recent_page_ = ~std::uint64_t{0};
  Page *recent_ = nullptr;
  std::vector<AsyncEntry> entries_ = std::vector<AsyncEntry>(1); ///< index 0 is never used
  std::uint32_t free_ = 0;
};

/// Everything that the checker knows of asynchronous operations in a launch.
struct AsyncState {
  std::uint32_t actors = 0;
  std::vector<AsyncOperation> operations;
  AsyncShadow global;
  std::unordered_map<std::uint32_t, AsyncShadow> shared; ///< by owner block

  AsyncShadow *find(Space space, BlockIndex owner) {
    if (space == Space::global) return global.empty() ? nullptr : &global;
    auto found = shared.find(owner.value);
    return found == shared.end() ? nullptr : &found->second;
  }
  AsyncShadow &make(Space space, BlockIndex owner) { return space == Space::global ? global : shared[owner.value]; }
  bool active() const { return !operations.empty(); }
  void clear() { *this = {}; }
};

} // namespace tw::emulator
