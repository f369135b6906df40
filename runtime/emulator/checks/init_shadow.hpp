// Remembers, byte by byte, which memory has been written, to report reads of uninitialised bytes.
#pragma once

#include "plan_bits.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tw::emulator {

/// One bit per byte of a window of memory that starts uninitialised: the shared memory of a block, the local memory of
/// a thread, or a global buffer flagged as uninitialised. Offsets count from the start of the window. Ranges beyond the
/// window are the bounds check's matter: their outside part is ignored here.
class InitShadow {
public:
  /// A window of `bytes` bytes, none of them initialised.
  explicit InitShadow(std::uint64_t bytes = 0);

  /// The bytes [offset, offset + count) are initialised now.
  void mark(std::uint64_t offset, std::uint64_t count);
  /// The bytes hold nothing meaningful any more (freed, or landed poison).
  void forget(std::uint64_t offset, std::uint64_t count);
  /// The first byte of [offset, offset + count) that was never written, if there is one.
  std::optional<std::uint64_t> first_uninitialised(std::uint64_t offset, std::uint64_t count) const;
  /// Copies the state of `count` bytes: what a copy of memory does to its destination.
  void copy_from(const InitShadow &source, std::uint64_t source_offset, std::uint64_t offset, std::uint64_t count);

  /// True if the bytes of an access, which lie in the window, are initialised; its first line is `number` * 64 bytes
  /// from the start.
  bool has(const PlanBits &bytes, std::uint64_t number) const { return bytes.all_in(&words_[number]); }
  /// They are initialised now.
  void mark(const PlanBits &bytes, std::uint64_t number) { bytes.add_to(&words_[number]); }

  /// What is initialised in `other`, a window of the same size, is so here.
  void join(const InitShadow &other);

  /// Size of the window.
  std::uint64_t bytes() const { return bytes_; }
  /// Starts anew with a window of `bytes` uninitialised bytes.
  void reset(std::uint64_t bytes);

private:
  std::uint64_t bytes_ = 0;
  std::vector<std::uint64_t> words_; ///< and kBitsPadding
};

} // namespace tw::emulator
