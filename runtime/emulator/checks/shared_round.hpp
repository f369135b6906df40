// What the warps of a block did to its shared memory since all its threads last met: bits that prove the absence of
// conflicts, and a log for when they cannot.
#pragma once

#include "access_plan.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tw::emulator {

/// A planned access as it can be recorded later.
struct LoggedAccess {
  const AccessPlan *plan = nullptr;
  std::uint32_t first = 0; ///< offset of the first active lane
  PlaceIndex place;
  std::uint32_t time = 0; ///< of the warp
  std::uint32_t warp = 0; ///< in the block
};

/// The time of a block between two barriers of all its threads. While no byte is touched twice with a write among the
/// two, nothing needs to be known about who touched what when: a bit per byte says that it is so, and the barrier at
/// the end orders all of it before what follows. Otherwise the log tells what the bits cannot.
class SharedRound {
public:
  /// A new block with so many bytes of shared memory.
  void start(std::uint32_t bytes) {
    words_ = (bytes + 63) / 64;
    touched_.assign(words_ + kBitsPadding, 0);
    written_.assign(words_ + kBitsPadding, 0);
    low_ = words_, high_ = 0;
    log_.clear();
    closed_ = false;
  }
  /// All threads of the block have met.
  void begin() {
    for (std::size_t i = low_; i < high_; ++i) touched_[i] = written_[i] = 0;
    low_ = words_, high_ = 0;
    log_.clear();
    closed_ = false;
  }
  /// Keeps an access, if it has nothing to do with those before it. `number`: of its first line, in 64 bytes.
  bool keep(const LoggedAccess &access, std::uint64_t number, bool write) {
    const AccessPlan &plan = *access.plan;
    std::uint64_t end = number + plan.touched.span();
    if (closed_ || end > words_ || log_.size() == kMostLogged || (write && plan.meets_itself)) return false;
    if (!plan.touched.none_in((write ? touched_ : written_).data() + number)) return false;
    plan.touched.add_to(touched_.data() + number);
    if (write) plan.touched.add_to(written_.data() + number);
    low_ = std::min<std::size_t>(low_, number);
    high_ = std::max<std::size_t>(high_, end);
    log_.push_back(access);
    return true;
  }
  /// Nothing more is kept until the next round.
  void close() { closed_ = true; }
  /// The accesses kept, in their order; whoever takes them records them elsewhere.
  const std::vector<LoggedAccess> &log() const { return log_; }
  void clear_log() { log_.clear(); }
  /// Of host memory.
  std::uint64_t bytes() const { return 16 * touched_.capacity() + sizeof(LoggedAccess) * log_.capacity(); }

private:
  /// Bounds the memory of a round. A round with more mostly has no end.
  static constexpr std::size_t kMostLogged = 8192;
  std::vector<std::uint64_t> touched_, written_; ///< a bit per byte, and kBitsPadding
  std::size_t words_ = 0;                        ///< of them in use
  std::size_t low_ = 0, high_ = 0;               ///< where the words with bits are
  std::vector<LoggedAccess> log_;
  bool closed_ = false;
};

} // namespace tw::emulator
