// Planning the move of a tile from one register layout to another.
#ifndef TILEWRIGHT_LAYOUT_CONVERSION_H
#define TILEWRIGHT_LAYOUT_CONVERSION_H

#include "tilewright/Layout/BankConflicts.h"
#include "tilewright/Layout/LinearMap.h"

#include <optional>
#include <vector>

namespace tilewright::layout {

/// The cheapest means that suffices.
enum class ConversionKind {
  none,            ///< the layouts are the same mapping
  registerPermute, ///< every thread already has its elements, in other registers
  warpShuffle,     ///< every warp already has its elements
  throughShared    ///< store, barrier, load
};

/// One shfl.sync.idx of a conversion. A thread offers its source register send[k], where k is the number made of the
/// bits `ShufflePlan::sendBits` of its thread number, reads lane `laneMap(thread) ^ laneConstant` of its warp, and puts
/// what it gets into destination register receive[k], k made of its bits `receiveBits`.
struct ShuffleStep {
  std::vector<int> send;
  std::vector<int> receive;
  uint32_t laneConstant = 0;
};

/// A conversion by shuffles: one step per destination register. The thread number is lane + 32 * warp.
struct ShufflePlan {
  /// Bits of the thread number, the lowest digit of the index first.
  std::vector<int> sendBits;
  std::vector<int> receiveBits;
  /// From thread numbers to lanes.
  LinearMap laneMap;
  std::vector<ShuffleStep> steps;

  int sourceLane(const ShuffleStep &step, int lane, int warp) const;
  int sentRegister(const ShuffleStep &step, int lane, int warp) const;
  int receivedRegister(const ShuffleStep &step, int lane, int warp) const;
  /// False if every thread reads itself in this step: a selection among its own registers, no instruction needed.
  bool needsShuffle(const ShuffleStep &step) const;
};

/// A conversion through shared memory: store by `store`, barrier, load by `load`.
struct SharedPlan {
  Memory memory;
  AccessPlan store;
  AccessPlan load;
  Wavefronts storeWavefronts;
  Wavefronts loadWavefronts;
};

/// How to convert, and what it costs.
struct ConversionPlan {
  ConversionKind kind = ConversionKind::none;
  /// registerPermute (and none): permutation[destination register] = source register of the same thread.
  std::vector<int> permutation;
  std::optional<ShufflePlan> shuffle;
  std::optional<SharedPlan> shared;
  /// Issue slots of a warp, roughly; 0 for none and registerPermute.
  int cost = 0;
};

/// What a conversion may use.
struct ConversionLimits {
  /// More shuffles than this per thread go through shared memory instead.
  int maxShuffles = 32;
};

/// The cheapest plan that moves a tile from `from` to `to`. Both must have the same shape and number of warps. There is
/// always one.
ConversionPlan planConversion(const Distributed &from, const Distributed &to, int elementBytes,
                              const ConversionLimits &limits = {});

/// The plan through shared memory, also when a cheaper kind exists.
SharedPlan planThroughShared(const Distributed &from, const Distributed &to, int elementBytes);

} // namespace tilewright::layout

#endif
