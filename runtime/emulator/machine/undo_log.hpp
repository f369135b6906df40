// Memory as it was: what a launch on several host threads goes back to when it has to start again on one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tw::emu {

/// The old bytes of one region, kept chunk by chunk at the first write. Safe for several threads.
class UndoLog {
public:
  UndoLog(uint8_t *data, uint64_t bytes)
      : data(data), bytes(bytes), kept((bytes + kChunk - 1) / kChunk), chunks(kept.size()) {}
  /// Some of the bytes [first, end) will be written.
  void beforeWrite(uint64_t first, uint64_t end) {
    for (uint64_t chunk = first / kChunk; chunk * kChunk < end; ++chunk)
      if (!kept[chunk].load(std::memory_order_acquire)) keep(chunk);
  }
  /// Puts the old bytes back. No other thread may be at work.
  void restore();

private:
  static constexpr uint64_t kChunk = 65536;
  void keep(uint64_t chunk);

  uint8_t *data;
  uint64_t bytes;
  std::vector<std::atomic<bool>> kept;
  std::vector<std::unique_ptr<uint8_t[]>> chunks;
  std::mutex mutex;
};

} // namespace tw::emu
