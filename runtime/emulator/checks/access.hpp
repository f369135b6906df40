// The vocabulary of the hazard checks: who touches which bytes, how, and from which place in the program.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tw::emulator {

/// Lanes of a warp.
inline constexpr int kLanes = 32;

/// One bit per lane of a warp; bit i is lane i.
using LaneMask = std::uint32_t;
inline constexpr LaneMask kAllLanes = 0xffffffffu;

/// A warp of the launch: numbered through all blocks, block 0 first, so that warps of one block are consecutive.
struct WarpIndex {
  std::uint32_t value = 0;
  friend bool operator==(WarpIndex, WarpIndex) = default;
};

/// A block (CTA) of the launch by its linear number.
struct BlockIndex {
  std::uint32_t value = 0;
  friend bool operator==(BlockIndex, BlockIndex) = default;
};

/// An instruction of the kernel: an index below 2^18 that the machine chooses (normally the instruction's position).
struct PlaceIndex {
  std::uint32_t value = 0;
  friend bool operator==(PlaceIndex, PlaceIndex) = default;
};

/// Memory that several threads can touch. Shared memory is named by its owner block, so that a cluster neighbour's
/// access to it meets the owner's.
enum class Space : std::uint8_t { global, shared };

/// What an instruction does with the bytes. `reduce` is `red`: an atomic update that returns nothing and never
/// acquires.
enum class AccessKind : std::uint8_t { load, store, atomic, reduce };

/// Strength and ordering of an access or a fence [PTX ISA 8.4, 8.5]. Volatile is `relaxed` at scope `sys`.
/// Fences use `acq_rel` and `sc`.
enum class Order : std::uint8_t { weak, relaxed, acquire, release, acq_rel, sc };

/// The threads among which a strong access or a fence is promised to work [PTX ISA 8.5].
enum class Scope : std::uint8_t { cta, cluster, gpu, sys };

/// The fixed facts of one code place, told once to RaceChecker::declare_place.
struct PlaceFacts {
  AccessKind kind = AccessKind::load;
  Order order = Order::weak;
  Scope scope = Scope::cta;
  /// Bytes of one element: what a strong access moves at once. A vector access of four words has 4.
  std::uint8_t element_bytes = 4;
  /// mbarrier.init: fence.mbarrier_init releases it, and no other access.
  bool initialises = false;
  /// Line of the PTX text, for reports; 0 if unknown.
  std::uint32_t line = 0;
};

/// One memory instruction as a warp executes it.
struct WarpAccess {
  WarpIndex warp;
  PlaceIndex place;
  Space space = Space::global;
  /// The block whose shared memory is touched; unused for global memory.
  BlockIndex owner;
  /// Lanes that take part; the addresses of others are not read.
  LaneMask lanes = kAllLanes;
  /// Bytes touched by each lane: 1, 2, 4, 8 or 16 (or any number up to 256).
  std::uint32_t bytes = 4;
  /// First byte of each lane: device address, or offset in the owner's shared window.
  std::span<const std::uint64_t, kLanes> address;
};

} // namespace tw::emulator
