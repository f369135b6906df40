// Footprints of instructions, from their text and the values of their operands.
#include "mutation/footprint.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <set>

#include "machine/cluster.hpp"

namespace tw::emu::mutation {
namespace {

Granule sharedGranule(uint32_t block, uint64_t offset) {
  return uint64_t{1} << 63 | uint64_t{block} << 32 | offset / 4;
}

/// Bytes of an element of type `.b16`, `.f32`, ...; 0 for other modifiers.
uint32_t bytesOfType(const std::string &modifier) {
  if (modifier == "bf16" || modifier == "bf16x2" || modifier == "f16x2") return modifier.size() > 4 ? 4 : 2;
  if (modifier.size() < 2 || std::string("busf").find(modifier[0]) == std::string::npos) return 0;
  char *end = nullptr;
  unsigned long bits = std::strtoul(modifier.c_str() + 1, &end, 10);
  return *end == '\0' ? static_cast<uint32_t>(bits / 8) : 0;
}

std::vector<std::string> modifiersOf(const Statement &s) {
  std::vector<std::string> list;
  for (size_t at = 0; at < s.opcode.size();) {
    size_t end = std::min(s.opcode.find('.', at), s.opcode.size());
    list.push_back(s.opcode.substr(at, end - at));
    at = end + 1;
  }
  return list;
}

} // namespace

std::pair<uint32_t, uint64_t> sharedPlace(const Trace &trace, uint32_t block, uint64_t address) {
  uint64_t offset = address & kOffsetMask, rank = (address & 0xffffffff) >> kRankShift;
  if (rank != 0) block = block / trace.clusterBlocks * trace.clusterBlocks + static_cast<uint32_t>(rank - 1);
  return {block, offset};
}

Touched lanesTouch(const Trace &trace, const Event &event, uint32_t lanes, size_t operand, uint32_t bytes) {
  const Statement &s = trace.text.statements[event.statement];
  bool shared = s.has("shared") || s.has("shared::cta") || s.has("shared::cluster");
  bool global = s.has("global") && !shared;
  std::set<Granule> granules;
  Touched touched;
  for (; lanes; lanes &= lanes - 1) {
    uint64_t address = event.values[operand][static_cast<size_t>(std::countr_zero(lanes))];
    bool isShared = shared ? address >> 33 == 0 : !global && address >> 32 == 1;
    // Copies name both spaces: addresses beyond the windows are global.
    bool isGlobal = !isShared && address >= address::kWindowsEnd;
    if (!isShared && !isGlobal) continue;
    touched.global = isGlobal;
    auto [block, offset] = sharedPlace(trace, event.block, address);
    for (uint64_t at = 0; at < bytes; at += 4)
      granules.insert(isGlobal ? (address + at) / 4 : sharedGranule(block, offset + at));
  }
  touched.granules.assign(granules.begin(), granules.end());
  return touched;
}

uint32_t accessBytes(const Statement &s) {
  if (s.is("ldmatrix") || s.is("stmatrix")) return 16;
  uint32_t bytes = 0, vector = s.has("v2") ? 2 : s.has("v4") ? 4 : s.has("v8") ? 8 : 1;
  for (const std::string &m : modifiersOf(s)) bytes = std::max(bytes, bytesOfType(m));
  return bytes * vector;
}

Touched descriptorTouches(const Trace &trace, const Event &event, size_t operand, bool isA) {
  const Statement &s = trace.text.statements[event.statement];
  int n = 8, k = 16;
  size_t shape = s.opcode.find(".m64n");
  if (shape != std::string::npos) std::sscanf(s.opcode.c_str() + shape, ".m64n%dk%d", &n, &k);
  uint64_t d = event.values[operand][static_cast<size_t>(std::countr_zero(event.lanes))];
  uint64_t start = (d & 0x3fff) << 4, lead = (d >> 16 & 0x3fff) << 4, stride = (d >> 32 & 0x3fff) << 4;
  uint64_t mode = d >> 62, width = mode == 1 ? 128 : mode == 2 ? 64 : mode == 3 ? 32 : 16;
  // imm-trans stands last: of A, then of B; of B alone when A is in registers.
  bool half = s.has("bf16") || s.opcode.find(".f16.f16") != std::string::npos;
  size_t trans = event.values.size() - (isA ? 2 : 1);
  bool turned = half && event.values[trans][static_cast<size_t>(std::countr_zero(event.lanes))] == 1;
  uint64_t rows = isA ? 64 : static_cast<uint64_t>(n);
  std::set<Granule> granules;
  auto chunk = [&](uint64_t offset) {
    uint64_t at = start + offset;
    at ^= at >> 3 & (mode == 1 ? 0x70u : mode == 2 ? 0x30u : mode == 3 ? 0x10u : 0u);
    for (uint64_t i = 0; i < 16; i += 4) granules.insert(sharedGranule(event.block, at + i));
  };
  if (!turned)
    for (uint64_t r = 0; r < rows; ++r)
      for (uint64_t c = 0; c < 2; ++c) chunk(r % 8 * width + r / 8 * stride + (mode == 0 ? c * lead : c * 16));
  else
    for (uint64_t x = 0; x < static_cast<uint64_t>(k); ++x)
      for (uint64_t m = 0; m < rows; m += 8)
        chunk(mode == 0 ? m / 8 * stride + x % 8 * 16 + x / 8 * lead
                        : m % (width / 2) * 2 + m / (width / 2) * lead + x % 8 * width + x / 8 * stride);
  return {{granules.begin(), granules.end()}, false};
}

} // namespace tw::emu::mutation
