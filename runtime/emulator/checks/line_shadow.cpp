// Where lines and pieces of the shadow live.
#include "line_shadow.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <type_traits>

namespace tw::emulator {

ShadowEntry LineEntry::in_piece(std::uint32_t piece) const {
  std::uint32_t nibble = words() >> 4 * piece & 15;
  // One bit per word becomes four bits.
  auto bytes =
      static_cast<std::uint16_t>(((nibble & 1) | (nibble & 2) << 3 | (nibble & 4) << 6 | (nibble & 8) << 9) * 15);
  auto form = LineLanes::unpacked(lanes);
  auto first = static_cast<std::int8_t>(form.lane(piece * kPieceBytes));
  if (form.listed) return {stamp, set(), bytes, 0, ShadowEntry::kLanesForm};
  if (form.count == kLanes) return {stamp, set(), bytes, 0, ShadowEntry::kAllLanesForm};
  constexpr std::uint8_t kWhole = std::countr_zero(kPieceBytes);
  if (form.count == 1 && form.distance < kWhole)
    return {stamp, set(), bytes, first, static_cast<std::uint8_t>(form.distance + 8 * form.gap)};
  if (form.count == 1) return {stamp, set(), bytes, first, kWhole};
  return {stamp, set(), bytes, static_cast<std::int8_t>(first | form.step << 5),
          static_cast<std::uint8_t>(ShadowEntry::kProgressionForm | (form.count - 1))};
}

void *ZeroArena::make(std::size_t bytes) {
  bytes = (bytes + 63) & ~std::size_t{63};
  if (chunks_.empty() || used_ + bytes > size_of(chunks_.size() - 1)) {
    std::size_t size = size_of(chunks_.size());
    void *chunk = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) throw std::bad_alloc();
    if (!chunks_.empty()) madvise(chunk, size, MADV_HUGEPAGE);
    chunks_.push_back(chunk);
    used_ = 0;
  }
  void *at = static_cast<char *>(chunks_.back()) + used_;
  used_ += bytes;
  return at;
}

void ZeroArena::clear() {
  if (chunks_.empty()) return;
  std::memset(chunks_.front(), 0, chunks_.size() == 1 ? used_ : kFirstChunk);
  for (; chunks_.size() > 1; chunks_.pop_back()) munmap(chunks_.back(), kChunk);
  used_ = 0;
}

ZeroArena::~ZeroArena() {
  for (std::size_t i = 0; i < chunks_.size(); ++i) munmap(chunks_[i], size_of(i));
}

std::uint32_t PieceArena::make() {
  static_assert(std::is_trivially_destructible_v<ShadowPiece>);
  if (!free_.empty()) {
    std::uint32_t index = free_.back();
    free_.pop_back();
    std::fill_n(at(index), kPiecesPerLine, ShadowPiece{});
    return index;
  }
  // A piece of zeros is an untouched one, so that memory fresh from the system needs no more.
  if (count_ / kBlockLines == blocks_.size())
    blocks_.push_back(static_cast<ShadowPiece *>(arena_.make(kBlockLines * kPiecesPerLine * sizeof(ShadowPiece))));
  return count_++;
}

void PieceArena::clear() {
  arena_.clear();
  blocks_.clear();
  free_.clear();
  count_ = 1;
}

void GlobalShadow::select(std::uint64_t page, Recent &recent) {
  static_assert(std::is_trivially_destructible_v<Page>);
  Page *&slot = pages_[page];
  if (!slot) slot = static_cast<Page *>(arena_.make(sizeof(Page)));
  recent = {page, slot};
}

void GlobalShadow::clear() {
  pages_.clear();
  arena_.clear();
  recent_.fill({});
}

} // namespace tw::emulator
