// Counts the wavefronts of a shared-memory access: how many passes the 32 banks need for one warp instruction.
#pragma once

#include "access.hpp"

#include <cstdint>
#include <span>

namespace tw::emulator {

/// Passes over the banks. `conflicts()` is what a profiler shows as bank conflicts.
struct Wavefronts {
  std::uint32_t ideal = 0;  ///< passes if no two words met in a bank
  std::uint32_t actual = 0; ///< passes needed
  std::uint32_t conflicts() const { return actual - ideal; }
  Wavefronts &operator+=(const Wavefronts &other) {
    ideal += other.ideal;
    actual += other.actual;
    return *this;
  }
  friend bool operator==(const Wavefronts &, const Wavefronts &) = default;
};

/// Wavefronts of an access of `bytes` (1, 2, 4, 8 or 16) per active lane at byte offsets `offset` of the shared window.
/// Also for cp.async, whose 16-byte writes go by quarter warps like stores.
///
/// The model: 32 banks of 4 bytes, bank = (offset / 4) % 32. Up to 4 bytes per lane the warp is served at once, 8 bytes
/// per half warp, 16 bytes per quarter warp. Within such a group a pass serves one word per bank; lanes that name the
/// same word share it. The groups follow each other, so the counts add up. Groups with no active lane cost nothing.
/// Source: CUDA Programming Guide, compute capability 5.x and later, "Shared Memory" (banks, broadcast); the split of
/// wide accesses is the documented rule of 3.x (64-bit mode) and what profilers count on 7.x-9.x for conflict-free
/// vector accesses (2 wavefronts for 8 bytes, 4 for 16). Two groups of 8-byte lanes that together name at most 32 words
/// are not merged here. Unconfirmed on hardware.
Wavefronts count_wavefronts(std::span<const std::uint64_t, kLanes> offset, LaneMask lanes, std::uint32_t bytes);

/// Wavefronts of ldmatrix or stmatrix .m8n8.x1/.x2/.x4 with 16-bit elements: one group per 8x8 matrix, 8 rows of
/// 16 bytes; row r of matrix m starts at `row_offset[8 * m + r]`.
Wavefronts count_matrix_wavefronts(std::span<const std::uint64_t, kLanes> row_offset, std::uint32_t matrices);

} // namespace tw::emulator
