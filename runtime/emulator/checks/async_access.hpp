// The vocabulary of the async proxy: operations that run beside the threads which issue them.
#pragma once

#include "access.hpp"

#include <cstdint>
#include <span>

namespace tw::emulator {

/// A series of asynchronous operations whose completions are learnt in order: the phases of one mbarrier, the bulk
/// groups of one thread, the wgmma groups of one warpgroup. Who knows that time t of it is complete knows the same of
/// all earlier times.
struct AsyncActor {
  std::uint32_t value = 0;
  friend bool operator==(AsyncActor, AsyncActor) = default;
};

/// Bytes [first, first + bytes): device addresses, or offsets in the owner's shared window.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint32_t bytes = 0;
};

/// Time of an operation whose completion nobody can have learnt yet.
inline constexpr std::uint32_t kInFlight = 0xffffffffu;

/// One asynchronous operation, told when it is issued [PTX ISA 8.4, "Proxies", and 8.9.1.1].
struct AsyncOperation {
  WarpIndex issuer;
  LaneMask lanes = 1; ///< of the issuing threads: one for a copy, all for wgmma
  PlaceIndex place;
  AsyncActor actor;
  std::uint32_t time = kInFlight; ///< of the actor, or kInFlight until async_landed
  /// The block whose threads learn of its completion: that of the mbarrier, else the issuer's. Async operations of this
  /// block that follow need no proxy fence.
  BlockIndex block;
  bool generic = false; ///< st.async and red.async: asynchronous, but of the generic proxy [PTX ISA 9.7.9.12]
  /// Its accesses of the issuing block's shared memory must be over, as far as the block's threads know, when the block
  /// exits. (Bulk groups have a check of their own, and wgmma that of its registers.)
  bool ends_before_exit = false;
};

/// When and by whom an mbarrier was initialised.
struct InitMoment {
  WarpIndex warp;
  LaneMask lane = 1;
  std::uint32_t time = 0;
};

/// Which of its bytes an operation touches how.
/// `map`: a tensor map read through its own proxy, which fence.proxy.tensormap joins with the generic one.
enum class AsyncKind : std::uint8_t { read, write, reduce, map };

/// The number of an operation that was told; valid for the launch.
struct AsyncIndex {
  std::uint32_t value = 0;
};

/// State spaces that a proxy fence covers [PTX ISA 9.7.13.4].
enum class FenceSpace : std::uint8_t { all, global, shared };

} // namespace tw::emulator
