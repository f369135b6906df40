// What the race checker says: two accesses that nothing orders.
#pragma once

#include "access.hpp"

#include <string>
#include <string_view>

namespace tw::emulator {

/// Sorts of finding.
enum class RaceSort : std::uint8_t {
  race,                   ///< two overlapping accesses, one of them a write, without order between them
  same_instruction_write, ///< lanes of one instruction write the same bytes (also when the value is the same)
  in_flight,              ///< bytes of an asynchronous copy are touched before its issuing thread has waited for it
  scope_too_small,        ///< both accesses are strong, but a scope does not reach the other thread
  mixed_size,             ///< both are strong, but they overlap only in part, which is not atomic
  proxy,                  ///< ordered, but no proxy fence lies between a write and an access through the other proxy
  proxy_read,             ///< as proxy, between a generic read and an asynchronous write: sources differ on the need
  proxy_issuer,           ///< as proxy, but a fence by another thread than the writer lies between: sources differ
  tensor_map,             ///< a tensor map was changed, without the fences of its proxy before its use
  lifetime,               ///< shared memory is accessed, not ordered before the end of its block
};

/// Stable name of a sort, as it appears in reports: "race", "same-instruction-write", "in-flight", ...
std::string_view to_string(RaceSort sort);

/// One side of a finding.
struct RaceSide {
  AccessKind kind = AccessKind::load;
  Order order = Order::weak;
  bool asynchronous = false; ///< made by an asynchronous copy of this thread
  bool collective = false;   ///< made by the whole warp at once (ldmatrix, stmatrix); `lane` is then 0
  PlaceIndex place;
  std::uint32_t line = 0;
  WarpIndex warp;
  std::uint32_t lane = 0;
  BlockIndex block;
};

/// A pair of accesses that conflict. Of several pairs between the same two places, only the first is kept.
struct RaceReport {
  RaceSort sort = RaceSort::race;
  Space space = Space::global;
  BlockIndex owner;          ///< owner of the shared memory
  std::uint64_t address = 0; ///< first byte in conflict: device address, or offset in the shared window
  RaceSide earlier;          ///< the access that was executed first (no order is implied)
  RaceSide later;
  std::uint64_t occurrences = 1; ///< how often the pair of places conflicted
};

/// The finding as text: what, where, why and the usual repair.
std::string to_string(const RaceReport &report);

} // namespace tw::emulator
