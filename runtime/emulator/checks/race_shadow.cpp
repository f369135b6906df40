// Bookkeeping of shadow entries.
#include "race_shadow.hpp"

namespace tw::emulator {

LaneMask ShadowEntry::lanes_at(std::uint16_t mask) const {
  if (shift == kLanesForm) return set;
  if (shift == kAllLanesForm) return kAllLanes;
  LaneMask found = 0;
  for (std::uint32_t rest = mask & bytes; rest; rest &= rest - 1)
    found |= LaneMask{1} << ((first + (std::countr_zero(rest) >> shift)) & (kLanes - 1));
  return found;
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

void GlobalShadow::select(std::uint64_t page) {
  std::unique_ptr<Page> &slot = pages_[page];
  if (!slot) slot = std::make_unique<Page>();
  recent_page_ = page;
  recent_ = slot.get();
}

void GlobalShadow::clear() {
  pages_.clear();
  recent_page_ = ~std::uint64_t{0};
  recent_ = nullptr;
}

} // namespace tw::emulator
