// Arithmetic of mbarrier objects.
#include "machine/mbarrier.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::emu {

std::optional<std::string> MBarrier::arrive(uint32_t count) {
  if (count == 0 || count > kMBarrierMax)
    return fmt::format("an arrive counts {}, outside 1 to {}", count, kMBarrierMax);
  if (count > pending)
    return fmt::format("an arrive counts {} but the phase waits for {} more ({})", count, pending, text());
  pending -= count;
  return std::nullopt;
}

std::optional<std::string> MBarrier::addTx(int64_t bytes) {
  if (tx + bytes > kMBarrierMax || tx + bytes < -kMBarrierMax)
    return fmt::format("the tx-count becomes {}, outside -{} to {}", tx + bytes, kMBarrierMax, kMBarrierMax);
  tx += bytes;
  return std::nullopt;
}

std::string MBarrier::text() const {
  return fmt::format("phase {}, {} of {} arrivals pending, tx-count {}", phase, pending, expected, tx);
}

MBarrier &MBarrierTable::make(uint64_t offset) {
  lowest = std::min(lowest, offset);
  highest = std::max(highest, offset + 8);
  MBarrier &object = objects[offset] = {};
  object.generation = ++generations;
  return object;
}

void MBarrierTable::erase(uint64_t offset) {
  objects.erase(offset);
  lowest = objects.empty() ? ~uint64_t{0} : objects.begin()->first;
  highest = objects.empty() ? 0 : std::prev(objects.end())->first + 8;
}

} // namespace tw::emu
