// Bookkeeping of shadow entries.
#include "race_shadow.hpp"

namespace tw::emulator {

LaneMask ShadowEntry::lanes_at(std::uint16_t mask) const {
  if (shift() == kLanesForm) return set();
  if (shift() == kAllLanesForm) return kAllLanes;
  if ((shift() & 0xe0) == kProgressionForm) {
    auto packed = static_cast<std::uint8_t>(first());
    int step = 1 << (packed >> 5), count = (shift() & 31) + 1;
    LaneMask lanes = 0;
    for (int i = 0; i < count; ++i) lanes |= LaneMask{1} << ((packed & 31) + i * step);
    return lanes;
  }
  LaneMask found = 0;
  for (std::uint32_t left = mask & bytes(); left; left &= left - 1)
    found |= LaneMask{1} << (straight_lane(std::countr_zero(left)) & (kLanes - 1));
  return found;
}

void ShadowEntry::shorten(LaneMask lanes, std::int8_t &first, std::uint8_t &shift) {
  if (lanes == kAllLanes) {
    first = 0, shift = kAllLanesForm;
    return;
  }
  int from = std::countr_zero(lanes), count = 0;
  LaneMask others = lanes & (lanes - 1);
  int step = others ? std::countr_zero(others) - from : 1;
  if (step & (step - 1)) return;
  LaneMask covered = 0;
  for (int lane = from; lane < kLanes && (lanes >> lane & 1); lane += step, ++count) covered |= LaneMask{1} << lane;
  if (covered != lanes) return;
  first = static_cast<std::int8_t>(from | std::countr_zero(static_cast<unsigned>(step)) << 5);
  shift = static_cast<std::uint8_t>(kProgressionForm | (count - 1));
}

} // namespace tw::emulator
