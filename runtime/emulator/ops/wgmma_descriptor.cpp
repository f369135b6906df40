// Addresses of wgmma operands, from the canonical layouts of the ISA.
#include "wgmma_descriptor.hpp"

#include <fmt/format.h>

namespace tw::emulator {

namespace {

constexpr std::uint64_t kUnusedBits = ~(std::uint64_t{0x3fff} | std::uint64_t{0x3fff} << 16 |
                                        std::uint64_t{0x3fff} << 32 | std::uint64_t{7} << 49 | std::uint64_t{3} << 62);
constexpr std::uint32_t kPiece = 16;

} // namespace

WgmmaDescriptor decode_wgmma_descriptor(std::uint64_t bits) {
  static constexpr std::uint32_t kRowBytes[] = {0, 128, 64, 32};
  auto field = [&](int at) { return static_cast<std::uint32_t>(bits >> at & 0x3fff) << 4; };
  return {field(0), field(16), field(32), static_cast<std::uint32_t>(bits >> 49 & 7), kRowBytes[bits >> 62]};
}

std::optional<DescriptorFault> wgmma_descriptor_fault(std::uint64_t bits) {
  if (bits & kUnusedBits)
    return DescriptorFault{
        fmt::format("descriptor 0x{:016x} has bits 0x{:016x} set, which must be zero", bits, bits & kUnusedBits)};
  if (bits >> 49 & 7)
    return DescriptorFault{
        fmt::format("descriptor 0x{:016x} has base offset {}, whose effect is not confirmed", bits, bits >> 49 & 7),
        true};
  return std::nullopt;
}

std::uint32_t swizzle_shared_address(std::uint32_t address, std::uint32_t row_bytes) {
  std::uint32_t pieces = row_bytes / kPiece;
  return pieces ? address ^ (address >> 3 & (pieces - 1) * kPiece) : address;
}

std::vector<std::uint32_t> wgmma_operand_pieces(const WgmmaDescriptor &d, const WgmmaOperandShape &shape) {
  std::vector<std::uint32_t> pieces;
  auto add = [&](std::uint32_t offset) { pieces.push_back(swizzle_shared_address(d.start + offset, d.swizzle)); };
  std::uint32_t w = d.swizzle, mn = static_cast<std::uint32_t>(shape.mn);
  if (!shape.mn_major) {
    std::uint32_t along_k = static_cast<std::uint32_t>(shape.k_bytes) / kPiece;
    for (std::uint32_t row = 0; row < mn; ++row)
      for (std::uint32_t j = 0; j < along_k; ++j) {
        if (w == 0)
          add(row % 8 * kPiece + row / 8 * d.stride + j * d.leading);
        else // Rows longer than the swizzle's continue in the next row block, which the leading offset reaches.
          add(row % 8 * w + row / 8 * d.stride + j * kPiece % w + j * kPiece / w * d.leading);
      }
    return pieces;
  }
  std::uint32_t k = static_cast<std::uint32_t>(shape.k_bytes / shape.element_bytes);
  std::uint32_t per_row = mn * static_cast<std::uint32_t>(shape.element_bytes) / kPiece;
  for (std::uint32_t kk = 0; kk < k; ++kk)
    for (std::uint32_t j = 0; j < per_row; ++j) {
      if (w == 0)
        add(j * d.stride + kk % 8 * kPiece + kk / 8 * d.leading);
      else
        add(j * kPiece % w + j * kPiece / w * d.leading + kk % 8 * w + kk / 8 * d.stride);
    }
  return pieces;
}

} // namespace tw::emulator
