// Cells of the async proxy's shadow, and the fenced half of vector clocks.
#include "async_shadow.hpp"

#include <algorithm>

namespace tw::emulator {

bool AsyncShadow::select(std::uint64_t page) {
  auto found = pages_.find(page);
  if (found == pages_.end()) return false;
  recent_page_ = page;
  recent_ = found->second.get();
  return true;
}

std::uint32_t &AsyncShadow::make(std::uint64_t address) {
  std::uint64_t page = address / kPageBytes;
  if (page != recent_page_ && !select(page)) {
    pages_[page] = std::make_unique<Page>();
    select(page);
  }
  return (*recent_)[address % kPageBytes / kPieceBytes];
}

void AsyncShadow::push(std::uint32_t &head, const AsyncEntry &entry) {
  std::uint32_t index = free_;
  if (index) {
    free_ = entries_[index].next;
  } else {
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  }
  entries_[index] = entry;
  entries_[index].next = head;
  head = index;
}

VectorClock VectorClock::fenced(std::uint32_t bits) const {
  VectorClock result;
  auto is_fenced = [](std::uint32_t actor) { return (actor & kAllFences) != 0; };
  for (; bits; bits &= bits - 1) {
    std::uint32_t bit = bits & -bits;
    for (std::size_t i = 0; i < dense_.size(); ++i)
      if (dense_[i]) result.sparse_.push_back({(first_ + static_cast<std::uint32_t>(i)) | bit, dense_[i]});
    for (const Sparse &entry : sparse_)
      if (!is_fenced(entry.actor)) result.sparse_.push_back({entry.actor | bit, entry.time});
    for (const Lane &entry : lanes_)
      if (auto actor = static_cast<std::uint32_t>(entry.key / kLanes); !is_fenced(actor))
        result.lanes_.push_back({std::uint64_t{actor | bit} * kLanes + entry.key % kLanes, entry.time});
  }
  std::sort(result.sparse_.begin(), result.sparse_.end(),
            [](const Sparse &a, const Sparse &b) { return a.actor < b.actor; });
  std::sort(result.lanes_.begin(), result.lanes_.end(), [](const Lane &a, const Lane &b) { return a.key < b.key; });
  return result;
}

VectorClock VectorClock::moved(std::uint32_t from, std::uint32_t to) const {
  VectorClock result;
  for (const Sparse &entry : sparse_)
    if ((entry.actor & kAllFences) == from) result.sparse_.push_back({(entry.actor & ~from) | to, entry.time});
  for (const Lane &entry : lanes_)
    if (auto actor = static_cast<std::uint32_t>(entry.key / kLanes); (actor & kAllFences) == from)
      result.lanes_.push_back({std::uint64_t{(actor & ~from) | to} * kLanes + entry.key % kLanes, entry.time});
  return result;
}

VectorClock VectorClock::asynchronous() const {
  VectorClock result;
  for (const Sparse &entry : sparse_)
    if ((entry.actor & ~kAllFences) >= kFirstAsyncActor) result.sparse_.push_back(entry);
  for (const Lane &entry : lanes_)
    if ((entry.key / kLanes & ~std::uint64_t{kAllFences}) >= kFirstAsyncActor) result.lanes_.push_back(entry);
  return result;
}

} // namespace tw::emulator
