// Arithmetic of the register pool.
#include "machine/register_pool.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "machine/program.hpp"

namespace tw::emu {
namespace {

constexpr uint32_t kRegistersPerMultiprocessor = 65536;
constexpr uint32_t kMost = 256;

} // namespace

uint32_t declaredRegisters(const Function &entry) {
  if (entry.maxRegisters) return std::min(entry.maxRegisters, kMost) & ~7u;
  const uint32_t *xyz = entry.requiredThreads[0] ? entry.requiredThreads : entry.maxThreads;
  uint32_t threads = xyz[0] * xyz[1] * xyz[2];
  if (threads == 0 || entry.minBlocks == 0) return 0;
  threads = (threads + 31) / 32 * 32 * entry.minBlocks;
  return std::min(kRegistersPerMultiprocessor / threads, kMost) & ~7u;
}

bool RegisterPool::set(uint32_t warp, uint32_t perThread) {
  uint32_t &have = counts[warp];
  if (perThread > have && perThread - have > free) return false;
  free += have - perThread; // wraps back for an increase
  have = perThread;
  return true;
}

std::string RegisterPool::sum() const {
  uint64_t total = free;
  std::string list;
  for (size_t w = 0; w < counts.size(); ++w) {
    total += counts[w];
    if (w % 4 == 0) list += fmt::format("{}{}", w ? " + " : "", counts[w]);
  }
  return fmt::format("warpgroups hold {} registers per thread and {} are free, of {}", list, free / 4, total / 4);
}

uint32_t RegisterPool::disagreement(uint32_t warp, uint32_t value) {
  history.resize((counts.size() + 3) / 4);
  std::vector<uint32_t> &values = history[warp / 4];
  uint32_t number = changes[warp]++;
  if (number == values.size()) {
    values.push_back(value);
    return 0;
  }
  return values[number] == value ? 0 : values[number];
}

} // namespace tw::emu
