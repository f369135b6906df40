// Programmatic dependent launches: a grid that may start before the one before it has ended (PTX ISA 9.7.13.12).
//
// The machine runs grids one after the other, which is a legal schedule. What another schedule could break is found by
// comparing addresses: until a thread has executed griddepcontrol.wait, or learnt through a barrier or the like that
// another has, nothing orders its accesses to global memory with those of the earlier grid, whether or not that grid
// ever executed launch_dependents.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "checks/async_access.hpp"

#include "machine/instruction.hpp"

namespace tw::emu {

struct Region;
class Warp;

/// What a grid read and wrote in global memory, byte by byte.
class GridFootprint {
public:
  void mark(const Region &region, uint64_t offset, uint32_t bytes, bool write);
  /// Whether an access of the next grid conflicts: a write with anything, a read with a write.
  bool conflicts(const Region &region, uint64_t offset, uint32_t bytes, bool write) const;
  void clear() { buffers.clear(); }

private:
  struct Buffer {
    std::vector<bool> read, written;
  };
  std::unordered_map<uint64_t, Buffer> buffers; ///< by base address
};

/// The dependence of one launch on the one before it and of the next one on it.
class GridDependence {
public:
  /// `earlier` is null for a launch that starts after all others; `own` is null when nothing follows early.
  GridDependence(const GridFootprint *earlier, GridFootprint *own) : earlier(earlier), own(own) {}
  bool active() const { return earlier || own; }
  /// griddepcontrol.wait by lanes of a warp.
  void wait(const Warp &warp, uint32_t lanes);
  /// An access of lanes to global memory; `addresses` less `base` are offsets in the region.
  void access(Warp &warp, const Instruction &instruction, const Region &region, uint64_t base, uint32_t lanes,
              const uint64_t *addresses, uint32_t bytes, bool write);

private:
  const GridFootprint *earlier;
  GridFootprint *own;
  std::unordered_map<uint32_t, uint32_t> waited; ///< lanes by warp of the launch
  std::optional<emulator::AsyncActor> grid; ///< the earlier grid in the clocks of the race checker, once waited for
};

} // namespace tw::emu
