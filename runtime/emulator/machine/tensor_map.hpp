// Tensor maps inside the machine: decoded form, swizzles, and changes by tensormap.replace.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tilewright/emulator/tensor_map.hpp"

namespace tw::emu {

/// The shared-memory address whose 16 bytes hold those of `address` under a swizzle of `span` bytes (PTX ISA 5.5.7):
/// bits of the 128-byte line number are xored into the number of the 16-byte chunk.
inline constexpr uint64_t swizzled(uint64_t address, uint32_t span) {
  return address ^ (address >> 3 & (span == 128 ? 0x70u : span == 64 ? 0x30u : span == 32 ? 0x10u : 0u));
}

/// The constraint of the encode call that a specification breaks, or nothing.
std::optional<std::string> brokenConstraint(const TensorMapSpec &spec);
/// The specification in a map; nothing when the bytes are no map of this machine.
std::optional<TensorMapSpec> decodeTensorMap(std::span<const uint8_t, 128> bytes);
/// Writes a specification without checking it: what tensormap.replace leaves behind.
void writeTensorMap(const TensorMapSpec &spec, std::span<uint8_t, 128> bytes);
/// The bit pattern that fills what lies outside the tensor.
uint64_t fillPattern(const TensorMapSpec &spec);

} // namespace tw::emu
