// Copies of chunks before their first write.
#include "machine/undo_log.hpp"

#include <algorithm>
#include <cstring>

namespace tw::emu {

void UndoLog::keep(uint64_t chunk) {
  std::lock_guard lock(mutex);
  if (kept[chunk].load(std::memory_order_relaxed)) return;
  uint64_t size = std::min(kChunk, bytes - chunk * kChunk);
  chunks[chunk] = std::make_unique_for_overwrite<uint8_t[]>(size);
  std::memcpy(chunks[chunk].get(), data + chunk * kChunk, size);
  kept[chunk].store(true, std::memory_order_release);
}

void UndoLog::restore() {
  for (uint64_t chunk = 0; chunk < chunks.size(); ++chunk)
    if (chunks[chunk])
      std::memcpy(data + chunk * kChunk, chunks[chunk].get(), std::min(kChunk, bytes - chunk * kChunk));
}

} // namespace tw::emu
