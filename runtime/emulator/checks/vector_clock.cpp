// Joins and lookups of vector clocks; every part is kept sorted.
#include "vector_clock.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tw::emulator {

VectorClock::VectorClock(Actor first, std::uint32_t count) : first_(first.value), dense_(count, 0) {}

void VectorClock::start(Actor first, std::uint32_t count) {
  first_ = first.value;
  dense_.assign(count, 0);
  sparse_.clear();
  lanes_.clear();
}

std::uint32_t VectorClock::sparse_common(Actor actor) const {
  auto at = std::lower_bound(sparse_.begin(), sparse_.end(), actor.value,
                             [](const Sparse &entry, std::uint32_t value) { return entry.actor < value; });
  return at != sparse_.end() && at->actor == actor.value ? at->time : 0;
}

std::uint32_t VectorClock::of_lane(Actor actor, std::uint32_t lane) const {
  std::uint32_t time = common(actor);
  if (lanes_.empty()) return time;
  std::uint64_t key = std::uint64_t{actor.value} * kLanes + lane;
  auto at = std::lower_bound(lanes_.begin(), lanes_.end(), key,
                             [](const Lane &entry, std::uint64_t value) { return entry.key < value; });
  return at != lanes_.end() && at->key == key ? std::max(time, at->time) : time;
}

bool VectorClock::covers_lanes(Actor actor, LaneMask lanes, std::uint32_t time) const {
  for (; lanes; lanes &= lanes - 1)
    if (of_lane(actor, std::countr_zero(lanes)) < time) return false;
  return true;
}

void VectorClock::prune_lanes() {
  std::erase_if(lanes_, [&](const Lane &entry) {
    return entry.time <= common({static_cast<std::uint32_t>(entry.key / kLanes)});
  });
}

void VectorClock::raise(Actor actor, std::uint32_t time) {
  if (common(actor) >= time) return;
  if (std::uint32_t index = actor.value - first_; index < dense_.size()) {
    dense_[index] = time;
  } else {
    auto at = std::lower_bound(sparse_.begin(), sparse_.end(), actor.value,
                               [](const Sparse &entry, std::uint32_t value) { return entry.actor < value; });
    if (at != sparse_.end() && at->actor == actor.value)
      at->time = time;
    else
      sparse_.insert(at, {actor.value, time});
  }
  if (!lanes_.empty()) prune_lanes();
}

void VectorClock::raise_lanes(Actor actor, LaneMask lanes, std::uint32_t time) {
  if (common(actor) >= time) return;
  for (; lanes; lanes &= lanes - 1) {
    std::uint64_t key = std::uint64_t{actor.value} * kLanes + std::countr_zero(lanes);
    auto at = std::lower_bound(lanes_.begin(), lanes_.end(), key,
                               [](const Lane &entry, std::uint64_t value) { return entry.key < value; });
    if (at != lanes_.end() && at->key == key)
      at->time = std::max(at->time, time);
    else
      lanes_.insert(at, {key, time});
  }
}

void VectorClock::join(const VectorClock &other) {
  if (other.first_ == first_ && other.dense_.size() == dense_.size()) {
    for (std::size_t i = 0; i < dense_.size(); ++i) dense_[i] = std::max(dense_[i], other.dense_[i]);
  } else {
    for (std::size_t i = 0; i < other.dense_.size(); ++i)
      if (other.dense_[i]) raise({other.first_ + static_cast<std::uint32_t>(i)}, other.dense_[i]);
  }
  if (!other.sparse_.empty()) {
    std::vector<Sparse> merged;
    merged.reserve(sparse_.size() + other.sparse_.size());
    auto mine = sparse_.begin();
    for (const Sparse &entry : other.sparse_) {
      if (std::uint32_t index = entry.actor - first_; index < dense_.size()) {
        dense_[index] = std::max(dense_[index], entry.time);
        continue;
      }
      while (mine != sparse_.end() && mine->actor < entry.actor) merged.push_back(*mine++);
      bool both = mine != sparse_.end() && mine->actor == entry.actor;
      merged.push_back({entry.actor, both ? std::max(mine->time, entry.time) : entry.time});
      if (both) ++mine;
    }
    merged.insert(merged.end(), mine, sparse_.end());
    sparse_ = std::move(merged);
  }
  for (const Lane &entry : other.lanes_)
    raise_lanes({static_cast<std::uint32_t>(entry.key / kLanes)}, LaneMask{1} << entry.key % kLanes, entry.time);
  if (!lanes_.empty()) prune_lanes();
}

void VectorClock::meet(const VectorClock &other) {
  std::vector<Lane> kept;
  for (const std::vector<Lane> *side : {&std::as_const(lanes_), &other.lanes_}) {
    for (const Lane &entry : *side) {
      Actor actor{static_cast<std::uint32_t>(entry.key / kLanes)};
      auto lane = static_cast<std::uint32_t>(entry.key % kLanes);
      kept.push_back({entry.key, std::min(of_lane(actor, lane), other.of_lane(actor, lane))});
    }
  }
  for (std::size_t i = 0; i < dense_.size(); ++i)
    dense_[i] = std::min(dense_[i], other.common({first_ + static_cast<std::uint32_t>(i)}));
  for (Sparse &entry : sparse_) entry.time = std::min(entry.time, other.common({entry.actor}));
  std::erase_if(sparse_, [](const Sparse &entry) { return entry.time == 0; });
  std::sort(kept.begin(), kept.end(), [](const Lane &a, const Lane &b) { return a.key < b.key; });
  kept.erase(std::unique(kept.begin(), kept.end(), [](const Lane &a, const Lane &b) { return a.key == b.key; }),
             kept.end());
  lanes_ = std::move(kept);
  prune_lanes();
}

bool VectorClock::includes(const VectorClock &other) const {
  for (std::size_t i = 0; i < other.dense_.size(); ++i)
    if (common({other.first_ + static_cast<std::uint32_t>(i)}) < other.dense_[i]) return false;
  for (const Sparse &entry : other.sparse_)
    if (common({entry.actor}) < entry.time) return false;
  for (const Lane &entry : other.lanes_)
    if (of_lane({static_cast<std::uint32_t>(entry.key / kLanes)}, entry.key % kLanes) < entry.time) return false;
  return true;
}

void VectorClock::clear() {
  std::fill(dense_.begin(), dense_.end(), 0);
  sparse_.clear();
  lanes_.clear();
}

} // namespace tw::emulator
