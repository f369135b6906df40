// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tw::rt {

using Sha256Digest = std::array<std::byte, 32>;

/// SHA-256 over bytes that come in pieces.
class Sha256 {
public:
  void update(std::span<const std::byte> bytes);
  /// The digest of everything given so far; the object is used up.
  Sha256Digest finish();

private:
  void process(const std::byte *block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};
  std::size_t pending_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

/// The digest of `bytes` in lower-case hex.
std::string sha256_hex(std::span<const std::byte> bytes);
/// A digest in lower-case hex.
std::string to_hex(const Sha256Digest &digest);

} // namespace tw::rt
