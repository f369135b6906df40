// The registers of a CTA as setmaxnreg moves them between warps and a pool (PTX ISA section 9.7.19.5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tw::emu {

struct Function;

/// Registers per thread that a CTA starts with: `.maxnreg`, or what fits 65536 registers per multiprocessor with the
/// declared number of threads and `.minnctapersm`, in steps of 8 and at most 256. 0 when neither is declared: then
/// setmaxnreg has no effect (ptxas 13.0 ignores it, C7508, also with the number of threads alone).
uint32_t declaredRegisters(const Function &entry);

/// Counts registers per thread of each warp; the pool is in the same unit, times warps.
class RegisterPool {
public:
  RegisterPool(uint32_t warps, uint32_t perThread) : counts(warps, perThread), changes(warps, 0) {}

  /// Registers per thread of a warp.
  uint32_t of(uint32_t warp) const { return counts[warp]; }
  /// Sets the count of a warp; false when the pool is too small for an increase.
  bool set(uint32_t warp, uint32_t perThread);
  /// " 240 + 24 + ... " and the totals, for reports: by warpgroup, registers per thread times 4 warps.
  std::string sum() const;

  /// The value of the n-th setmaxnreg of a warpgroup, told by each of its warps; the value another warp gave when it
  /// differs, else 0.
  uint32_t disagreement(uint32_t warp, uint32_t value);

private:
  std::vector<uint32_t> counts;
  std::vector<uint32_t> changes;              ///< per warp: instructions so far
  std::vector<std::vector<uint32_t>> history; ///< per warpgroup
  uint32_t free = 0;
};

} // namespace tw::emu
