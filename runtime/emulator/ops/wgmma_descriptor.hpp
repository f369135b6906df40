// Matrix descriptors of wgmma and where they place the 16-byte pieces of an operand in shared memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tw::emulator {

/// A decoded 64-bit descriptor; addresses and offsets in bytes [PTX ISA 9.7.15.5.1.2.2].
struct WgmmaDescriptor {
  std::uint32_t start = 0;
  std::uint32_t leading = 0, stride = 0; ///< byte offsets; what they step over depends on major and swizzle
  std::uint32_t base_offset = 0;         ///< bits 49 to 51
  std::uint32_t swizzle = 0;             ///< 0 none, else the row length 32, 64 or 128
};

/// Takes the bits apart.
WgmmaDescriptor decode_wgmma_descriptor(std::uint64_t bits);

/// What is wrong with descriptor bits, or nothing: bits that must be zero, and a base offset (whose effect is not
/// confirmed). `unsupported` tells the two apart.
struct DescriptorFault {
  std::string message;
  bool unsupported = false;
};
std::optional<DescriptorFault> wgmma_descriptor_fault(std::uint64_t bits);

/// One operand as it lies in shared memory: `mn` rows of A or columns of B, and the depth k, of elements of
/// `element_bytes` bytes (with `bits` 1-bit elements, of 1 byte per 8).
struct WgmmaOperandShape {
  int mn = 64;
  int k_bytes = 32; ///< bytes of one row along k
  int element_bytes = 2;
  bool mn_major = false; ///< 16-byte pieces run along mn instead of k
};

/// Byte offsets in the shared window of the 16-byte pieces of the operand, swizzle applied.
/// K-major: piece [row * (k_bytes / 16) + j] holds bytes 16j.. of the row.
/// MN-major: piece [kk * (mn / 8) + j] holds elements 8j.. of row kk of the transposed matrix (16-bit elements).
/// Offsets may lie anywhere from 0 on: bounds are the caller's matter. [PTX ISA 9.7.15.5.1.2.1]
std::vector<std::uint32_t> wgmma_operand_pieces(const WgmmaDescriptor &descriptor, const WgmmaOperandShape &shape);

/// The XOR of the shared-memory swizzle of `row_bytes` (0, 32, 64, 128) on a byte address [PTX ISA 5.5.7].
std::uint32_t swizzle_shared_address(std::uint32_t address, std::uint32_t row_bytes);

} // namespace tw::emulator
