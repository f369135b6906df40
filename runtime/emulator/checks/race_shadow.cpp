// Bookkeeping of shadow entries.
#include "race_shadow.hpp"

#include <new>
#include <sys/mman.h>
#include <type_traits>

namespace tw::emulator {

LaneMask ShadowEntry::lanes_at(std::uint16_t mask) const {
  if (shift == kLanesForm) return set;
  if (shift == kAllLanesForm) return kAllLanes;
  if ((shift & 0xe0) == kProgressionForm) {
    auto packed = static_cast<std::uint8_t>(first);
    int step = 1 << (packed >> 5), count = (shift & 31) + 1;
    LaneMask lanes = 0;
    for (int i = 0; i < count; ++i) lanes |= LaneMask{1} << ((packed & 31) + i * step);
    return lanes;
  }
  LaneMask found = 0;
  for (std::uint32_t rest = mask & bytes; rest; rest &= rest - 1)
    found |= LaneMask{1} << (straight_lane(std::countr_zero(rest)) & (kLanes - 1));
  return found;
}

void ShadowEntry::shorten(LaneMask lanes, std::int8_t &first, std::uint8_t &shift) {
  if (lanes == kAllLanes) {
    first = 0, shift = kAllLanesForm;
    return;
  }
  int from = std::countr_zero(lanes), count = 0;
  LaneMask others = lanes & (lanes - 1);
  int step = others ? std::countr_zero(others) - from : 1;
  if (step & (step - 1)) return;
  LaneMask covered = 0;
  for (int lane = from; lane < kLanes && (lanes >> lane & 1); lane += step, ++count) covered |= LaneMask{1} << lane;
  if (covered != lanes) return;
  first = static_cast<std::int8_t>(from | std::countr_zero(static_cast<unsigned>(step)) << 5);
  shift = static_cast<std::uint8_t>(kProgressionForm | (count - 1));
}

void ShadowPool::push(std::uint32_t &head, const ShadowEntry &entry) {
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

void ShadowPool::unlink(std::uint32_t &link) {
  std::uint32_t index = link;
  link = nodes_[index].next;
  nodes_[index].next = free_;
  free_ = index;
}

void ShadowPool::release(std::uint32_t &head) {
  while (head) unlink(head);
}

void ShadowPool::clear() {
  nodes_.resize(1);
  free_ = 0;
}

GlobalShadow::Page *GlobalShadow::Arena::make() {
  static_assert(std::is_trivially_destructible_v<Page>);
  if (used_ + sizeof(Page) > kChunkBytes) {
    void *chunk = mmap(nullptr, kChunkBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) throw std::bad_alloc();
    chunks_.push_back(chunk);
    used_ = 0;
    // The first chunk grows page by page, so that small launches stay small.
    if (chunks_.size() > 1) madvise(chunk, kChunkBytes, MADV_HUGEPAGE);
  }
  // An entry of zeros is an empty one, so that memory fresh from the system needs no more.
  void *at = static_cast<char *>(chunks_.back()) + used_;
  used_ += sizeof(Page);
  return static_cast<Page *>(at);
}

void GlobalShadow::Arena::clear() {
  for (void *chunk : chunks_) munmap(chunk, kChunkBytes);
  chunks_.clear();
  used_ = kChunkBytes;
}

void GlobalShadow::select(std::uint64_t page, Recent &recent) {
  Page *&slot = pages_[page];
  if (!slot) slot = arena_.make();
  recent = {page, slot};
}

void GlobalShadow::clear() {
  pages_.clear();
  arena_.clear();
  recent_.fill({});
}

} // namespace tw::emulator
