// cp.async of one block: copies in flight, their groups per thread, and when their bytes land.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace tw::emulator {

/// When the bytes of an asynchronous copy arrive. A correct kernel cannot tell the difference.
enum class CopyTiming : std::uint8_t {
  at_issue,    ///< at once
  at_wait,     ///< at the latest legal moment: when a wait covers the copy
  random_time, ///< at some moment between, chosen by the seed
};

/// Index of a thread within its block.
struct ThreadInBlock {
  std::uint32_t value = 0;
};

/// One cp.async of one thread, as decoded.
struct CopyRequest {
  ThreadInBlock thread;
  std::uint64_t source = 0;      ///< global address
  std::uint64_t destination = 0; ///< offset in the block's shared window
  std::uint32_t bytes = 16;      ///< cp-size: bytes written to the destination
  std::uint32_t source_bytes =
      16; ///< src-size: bytes read; the rest of the destination becomes zero. 0 with ignore-src
};

/// Why the operands are not legal, or nothing: sizes (4, 8, 16; .cg only 16), src-size above cp-size, and alignment of
/// both addresses to cp-size. The source address is not looked at when nothing is read [PTX ISA 9.7.9.25.3.1].
std::optional<std::string> copy_refusal(const CopyRequest &request, bool bypasses_l1);

/// Access to memory for the copies.
struct CopyMemory {
  /// Reads bytes of global memory.
  std::function<void(std::uint64_t source, std::span<std::uint8_t> bytes)> read_global;
  /// Writes bytes of the block's shared memory.
  std::function<void(std::uint64_t destination, std::span<const std::uint8_t> bytes)> write_shared;
};

/// The asynchronous copies of one block.
///
/// A thread's copies belong to its open group until commit; groups of a thread complete in order. While a copy is in
/// flight its destination holds poison (0xFB bytes), written at issue, so that a read before the wait cannot look
/// right. The source is read when the copy lands: both are legal, and the late one is the harder test.
class CopyQueue {
public:
  /// For a block of `threads` threads. The callbacks in `memory` outlive the queue.
  CopyQueue(std::uint32_t threads, CopyTiming timing, CopyMemory memory);
  /// Forgets everything; `seed` chooses the moments of random_time.
  void start(std::uint64_t seed);

  /// cp.async: starts a copy.
  void issue(const CopyRequest &request);
  /// cp.async.commit_group: closes the open group, also an empty one.
  void commit(ThreadInBlock thread);
  /// cp.async.wait_group: lands all but the newest `open_groups` committed groups of the thread.
  void wait_group(ThreadInBlock thread, std::uint32_t open_groups);
  /// cp.async.wait_all: lands all copies of the thread, committed or not.
  void wait_all(ThreadInBlock thread);
  /// Calls `landed` once all copies that the thread has issued so far have landed (cp.async.mbarrier.arrive);
  /// at once if there are none. With CopyTiming::at_wait they land when progress() is called.
  void when_landed(ThreadInBlock thread, std::function<void()> landed);
  /// Lets time pass: with random_time some copies land; with at_wait, those that a when_landed waits for.
  /// The machine calls it now and then, and whenever all warps are blocked.
  void progress();

  /// Copies of the thread that have not landed.
  std::uint32_t in_flight(ThreadInBlock thread) const;
  /// True if no thread has a copy in flight.
  bool idle() const { return pending_ == 0; }
  /// Copies of all threads that have not landed.
  std::size_t pending() const { return pending_; }

private:
  struct Copy {
    CopyRequest request;
    std::uint32_t group = 0;
  };
  struct Watch {
    std::size_t remaining = 0; ///< copies of the thread that must land first, counted from its oldest
    std::function<void()> landed;
  };
  struct Thread {
    std::vector<Copy> copies; ///< oldest first
    std::vector<Watch> watches;
    std::uint32_t open_group = 0; ///< number of the group that the next copy joins
  };
  void land(Thread &thread, std::size_t count);

  /// Threads and the generator are made at the first use: most kernels copy nothing.
  Thread &thread_of(ThreadInBlock thread) {
    if (threads_.empty()) threads_.resize(thread_count_);
    return threads_[thread.value];
  }

  std::uint32_t thread_count_;
  std::vector<Thread> threads_;
  std::size_t pending_ = 0; ///< copies of all threads that have not landed
  CopyTiming timing_;
  std::uint64_t seed_ = 0;
  std::optional<std::mt19937_64> random_;
  CopyMemory memory_;
};

} // namespace tw::emulator
