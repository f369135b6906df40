// Copies in flight per thread: landed from the oldest, never out of order.
#include "cp_async.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tw::emulator {

namespace {
constexpr std::uint8_t kPoison = 0xfb;
constexpr std::uint32_t kMaxBytes = 16;
} // namespace

std::optional<std::string> copy_refusal(const CopyRequest &request, bool bypasses_l1) {
  if (request.bytes != 4 && request.bytes != 8 && request.bytes != 16)
    return fmt::format("cp.async: cp-size is {}, but must be 4, 8 or 16", request.bytes);
  if (bypasses_l1 && request.bytes != 16)
    return fmt::format("cp.async.cg: cp-size is {}, but .cg copies 16 bytes only; use .ca", request.bytes);
  if (request.source_bytes > request.bytes)
    return fmt::format("cp.async: src-size {} is larger than cp-size {}", request.source_bytes, request.bytes);
  if (request.destination % request.bytes != 0)
    return fmt::format("cp.async: shared address {:#x} is not a multiple of cp-size {}", request.destination,
                       request.bytes);
  if (request.source_bytes != 0 && request.source % request.bytes != 0)
    return fmt::format("cp.async: global address {:#x} is not a multiple of cp-size {}", request.source, request.bytes);
  return std::nullopt;
}

CopyQueue::CopyQueue(std::uint32_t threads, CopyTiming timing, CopyMemory memory)
    : thread_count_(threads), timing_(timing), memory_(std::move(memory)) {}

void CopyQueue::start(std::uint64_t seed) {
  threads_.clear();
  pending_ = 0;
  seed_ = seed;
  random_.reset();
}

void CopyQueue::issue(const CopyRequest &request) {
  Thread &thread = thread_of(request.thread);
  thread.copies.push_back({request, thread.open_group});
  ++pending_;
  if (timing_ == CopyTiming::at_issue) {
    land(thread, thread.copies.size());
    return;
  }
  std::array<std::uint8_t, kMaxBytes> poison;
  poison.fill(kPoison);
  memory_.write_shared(request.destination, std::span(poison).first(request.bytes));
}

void CopyQueue::commit(ThreadInBlock index) { ++thread_of(index).open_group; }

void CopyQueue::wait_group(ThreadInBlock index, std::uint32_t open_groups) {
  Thread &thread = thread_of(index);
  if (open_groups >= thread.open_group) return;
  std::uint32_t first_open = thread.open_group - open_groups;
  auto covered = std::find_if(thread.copies.begin(), thread.copies.end(),
                              [&](const Copy &copy) { return copy.group >= first_open; });
  land(thread, static_cast<std::size_t>(covered - thread.copies.begin()));
}

void CopyQueue::wait_all(ThreadInBlock index) {
  Thread &thread = thread_of(index);
  land(thread, thread.copies.size());
}

void CopyQueue::when_landed(ThreadInBlock index, std::function<void()> landed) {
  Thread &thread = thread_of(index);
  if (thread.copies.empty()) {
    landed();
    return;
  }
  thread.watches.push_back({thread.copies.size(), std::move(landed)});
}

void CopyQueue::progress() {
  if (pending_ == 0) return;
  for (Thread &thread : threads_) {
    std::size_t count = 0;
    if (timing_ == CopyTiming::random_time && !random_) random_.emplace(seed_);
    if (timing_ == CopyTiming::random_time) count = (*random_)() % (thread.copies.size() + 1);
    // A watch is a wait in all but name: holding its copies back any longer would never end.
    if (timing_ == CopyTiming::at_wait && !thread.watches.empty()) count = thread.watches.back().remaining;
    land(thread, count);
  }
}

std::uint32_t CopyQueue::in_flight(ThreadInBlock index) const {
  return threads_.empty() ? 0 : static_cast<std::uint32_t>(threads_[index.value].copies.size());
}

void CopyQueue::land(Thread &thread, std::size_t count) {
  if (count == 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    const CopyRequest &request = thread.copies[i].request;
    std::array<std::uint8_t, kMaxBytes> bytes{};
    if (request.source_bytes != 0) memory_.read_global(request.source, std::span(bytes).first(request.source_bytes));
    memory_.write_shared(request.destination, std::span(bytes).first(request.bytes));
  }
  thread.copies.erase(thread.copies.begin(), thread.copies.begin() + static_cast<std::ptrdiff_t>(count));
  pending_ -= count;

  std::vector<Watch> due;
  for (Watch &watch : thread.watches) watch.remaining -= std::min(watch.remaining, count);
  auto waiting = std::stable_partition(thread.watches.begin(), thread.watches.end(),
                                       [](const Watch &watch) { return watch.remaining == 0; });
  due.assign(std::make_move_iterator(thread.watches.begin()), std::make_move_iterator(waiting));
  thread.watches.erase(thread.watches.begin(), waiting);
  for (Watch &watch : due) watch.landed();
}

} // namespace tw::emulator
