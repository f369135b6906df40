// Footprints of grids and the comparison with them.
#include "machine/dependent_launch.hpp"

#include <bit>

#include <fmt/format.h>

#include "machine/execution.hpp"

namespace tw::emu {

void GridFootprint::mark(const Region &region, uint64_t offset, uint32_t bytes, bool write) {
  Buffer &buffer = buffers[region.base];
  if (buffer.read.size() < region.bytes) buffer.read.resize(region.bytes), buffer.written.resize(region.bytes);
  for (uint64_t i = offset; i < offset + bytes && i < region.bytes; ++i)
    (write ? buffer.written : buffer.read)[i] = true;
}

bool GridFootprint::conflicts(const Region &region, uint64_t offset, uint32_t bytes, bool write) const {
  auto found = buffers.find(region.base);
  if (found == buffers.end()) return false;
  const Buffer &buffer = found->second;
  for (uint64_t i = offset; i < offset + bytes && i < buffer.written.size(); ++i)
    if (buffer.written[i] || (write && buffer.read[i])) return true;
  return false;
}

void GridDependence::wait(const Warp &warp, uint32_t lanes) {
  waited[warp.globalIndex] |= lanes;
  if (!warp.execution->races) return;
  if (!grid) grid = warp.execution->races->new_async_actor();
  warp.execution->races->async_done(*grid, 1, {warp.globalIndex}, lanes);
}

void GridDependence::access(Warp &warp, const Instruction &in, const Region &region, uint64_t base, uint32_t lanes,
                            const uint64_t *addresses, uint32_t bytes, bool write) {
  uint32_t early = 0;
  if (earlier) {
    auto found = waited.find(warp.globalIndex);
    early = lanes & ~(found == waited.end() ? 0 : found->second);
    if (early && grid) early &= ~warp.execution->races->lanes_knowing_async(*grid, 1, {warp.globalIndex}, early);
  }
  for (uint32_t m = lanes; m; m &= m - 1) {
    uint32_t lane = static_cast<uint32_t>(std::countr_zero(m));
    uint64_t offset = addresses[lane] - base;
    if ((early >> lane & 1) && earlier->conflicts(region, offset, bytes, write)) {
      Finding &f = warp.execution->report(
          FindingKind::Race, "race.dependent-launch", in, warp, lane,
          fmt::format("{} of {} bytes at offset {} of '{}', which the grid before this one {}, is not ordered with it",
                      write ? "write" : "read", bytes, offset, region.name, write ? "uses" : "writes"),
          "execute griddepcontrol.wait (cudaGridDependencySynchronize) first", "9.7.13.12");
      f.buffer = region.name, f.offset = static_cast<int64_t>(offset), f.bytes = bytes;
    }
    if (own) own->mark(region, offset, bytes, write);
  }
}

} // namespace tw::emu
