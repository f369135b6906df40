// Conversions whose data stays in the warp: every coordinate bit is traced from its holder in the source layout to its
// holder in the destination.
//
// The reader (register R, lane L) of a step needs register and lane (r, l) of the source. A coordinate bit held by
// registers in both layouts, or by lanes in both, ties a bit of r to R, or of l to L. Two cases need care, because a
// lane can offer one register per shuffle:
//  - r takes a bit of L (held by registers in `from`, by lanes in `to`): then that bit of L must also be a bit of l;
//  - l takes a bit of R: the step fixes it, as a constant of the source lane.
// A bit held by a warp in `to` but not in `from` is a constant of the reader's warp, and so known to both lanes.
// The first case is met by a lane bit of `from` that holds copies, else by pairing it with one of the second kind and
// letting the readers fill their registers in different orders: R = step ^ L in that digit, so that l = step ^ L and r
// = L.
#include "ShufflePlanner.h"

#include "Digits.h"

#include <algorithm>
#include <bit>

namespace tilewright::layout {

namespace {

enum class Holder { reg, lane, warp };

/// What holds one bit of one coordinate.
struct BitHolder {
  int dim;
  int step;
  Holder kind;
  int index; ///< bit of the lane or warp; register stride
};

std::vector<BitHolder> holders(const Distributed &layout) {
  std::vector<BitHolder> result;
  auto add = [&](std::span<const Coord> bases, Holder kind) {
    for (size_t bit = 0; bit < bases.size(); ++bit)
      for (int d = 0; d < layout.rank(); ++d)
        if (bases[bit][d] != 0) result.push_back({d, bases[bit][d], kind, int(bit)});
  };
  add(layout.laneBases(), Holder::lane);
  add(layout.warpBases(), Holder::warp);
  for (const Digit &digit : registerDigits(layout))
    if (digit.radix == 2) result.push_back({digit.dim, digit.step, Holder::reg, digit.registerStride});
  return result;
}

/// A destination register stride that a step fixes, and the source lane bit that it selects.
struct StepToLane {
  int toStride;
  int fromLaneBit;
};

/// A source register stride that the reader's lane selects.
struct LaneToRegister {
  int fromStride;
  int toLaneBit;
};

class Planner {
public:
  Planner(const Distributed &from, const Distributed &to)
      : from_(from), to_(to), fromHolders_(holders(from)), freeLanes_(from.replicatedLanes()),
        laneBases_(Distributed::laneBits + to.warpBits()) {}

  std::optional<ShufflePlan> plan() {
    if (!matchBits()) return std::nullopt;
    for (LaneToRegister need : laneToRegister_)
      if (!meet(need)) return std::nullopt;
    for (int bit = 0; bit < Distributed::laneBits; ++bit)
      if (freeLanes_ >> bit & 1) laneBases_[bit] |= 1u << bit;
    ShufflePlan plan;
    for (const Send &send : sends_) plan.sendBits.push_back(send.threadBit);
    for (const Receive &receive : receives_) plan.receiveBits.push_back(receive.laneBit);
    plan.laneMap = LinearMap(Distributed::laneBits, std::span<const uint32_t>(laneBases_));
    for (int reg = 0; reg < to_.elementsPerThread(); ++reg) plan.steps.push_back(step(reg));
    return plan;
  }

private:
  /// A source register digit chosen by a bit of the sending thread, flipped by the step's digit `toStride` (0: never).
  struct Send {
    int threadBit;
    int fromStride;
    int toStride;
  };
  /// A destination register digit flipped by a bit of the receiving lane.
  struct Receive {
    int laneBit;
    int toStride;
  };

  bool matchBits() {
    std::vector<BitHolder> destinations = holders(to_);
    for (const BitHolder &source : fromHolders_) {
      auto match = std::find_if(destinations.begin(), destinations.end(),
                                [&](const BitHolder &h) { return h.dim == source.dim && h.step == source.step; });
      if (!matchBit(source, *match)) return false;
    }
    return true;
  }

  /// Ties a bit of the source to its holder in the destination; false if it would have to cross warps.
  bool matchBit(const BitHolder &source, const BitHolder &destination) {
    bool toThread = destination.kind != Holder::reg;
    int threadBit = destination.index + (destination.kind == Holder::warp ? Distributed::laneBits : 0);
    switch (source.kind) {
    case Holder::warp: return destination.kind == Holder::warp && source.index == destination.index;
    case Holder::lane:
      if (toThread)
        laneBases_[threadBit] |= 1u << source.index;
      else
        stepToLane_.push_back({destination.index, source.index});
      return true;
    case Holder::reg:
      if (destination.kind == Holder::lane) laneToRegister_.push_back({source.index, destination.index});
      if (destination.kind == Holder::warp) sends_.push_back({threadBit, source.index, 0});
      return true;
    }
    return false;
  }

  /// Makes the lane that offers a register know the bit of the reader's lane that selects it; false if one shuffle per
  /// register cannot do that, because lanes differ that the reader's warp has already told apart.
  bool meet(LaneToRegister need) {
    int bit = need.toLaneBit;
    if ((freeLanes_ >> bit & 1) == 0) {
      auto pair =
          std::find_if(stepToLane_.begin(), stepToLane_.end(), [&](const StepToLane &s) { return !isPaired(s); });
      if (pair != stepToLane_.end()) {
        laneBases_[bit] |= 1u << pair->fromLaneBit;
        sends_.push_back({pair->fromLaneBit, need.fromStride, pair->toStride});
        receives_.push_back({bit, pair->toStride});
        return true;
      }
      if (freeLanes_ == 0) return false;
      bit = std::countr_zero(freeLanes_);
    }
    freeLanes_ &= ~(1u << bit);
    laneBases_[need.toLaneBit] |= 1u << bit;
    sends_.push_back({bit, need.fromStride, 0});
    return true;
  }

  bool isPaired(const StepToLane &s) const {
    return std::any_of(receives_.begin(), receives_.end(), [&](const Receive &r) { return r.toStride == s.toStride; });
  }

  bool digitOf(int reg, int stride) const { return reg / stride % 2 != 0; }

  ShuffleStep step(int reg) const {
    ShuffleStep step;
    for (const StepToLane &s : stepToLane_)
      if (digitOf(reg, s.toStride)) step.laneConstant |= 1u << s.fromLaneBit;
    int base = from_.registerAt(fromOffset(reg));
    for (int choice = 0; choice < 1 << sends_.size(); ++choice) {
      int source = base;
      for (size_t i = 0; i < sends_.size(); ++i) {
        bool flipped = sends_[i].toStride != 0 && digitOf(reg, sends_[i].toStride);
        if ((choice >> i & 1) != int(flipped)) source += sends_[i].fromStride;
      }
      step.send.push_back(source);
    }
    for (int choice = 0; choice < 1 << receives_.size(); ++choice) {
      int destination = reg;
      for (size_t i = 0; i < receives_.size(); ++i)
        if (choice >> i & 1)
          destination += digitOf(reg, receives_[i].toStride) ? -receives_[i].toStride : receives_[i].toStride;
      step.receive.push_back(destination);
    }
    return step;
  }

  /// The offset of destination register `reg` without the bits that lanes or warps of the source hold.
  Coord fromOffset(int reg) const {
    Coord offset = to_.registerOffset(reg);
    for (const BitHolder &holder : fromHolders_)
      if (holder.kind != Holder::reg) offset[holder.dim] &= ~holder.step;
    return offset;
  }

  const Distributed &from_;
  const Distributed &to_;
  std::vector<BitHolder> fromHolders_;
  /// Lane bits of the source that hold copies and are not yet used to choose among them.
  uint32_t freeLanes_;
  std::vector<uint32_t> laneBases_;
  std::vector<StepToLane> stepToLane_;
  std::vector<LaneToRegister> laneToRegister_;
  std::vector<Send> sends_;
  std::vector<Receive> receives_;
};

int threadNumber(int lane, int warp) { return lane + Distributed::lanes * warp; }

int gather(const std::vector<int> &bits, int thread) {
  int index = 0;
  for (size_t i = 0; i < bits.size(); ++i) index |= (thread >> bits[i] & 1) << i;
  return index;
}

} // namespace

int ShufflePlan::sourceLane(const ShuffleStep &step, int lane, int warp) const {
  return int(laneMap.apply(threadNumber(lane, warp)) ^ step.laneConstant);
}

int ShufflePlan::sentRegister(const ShuffleStep &step, int lane, int warp) const {
  return step.send[gather(sendBits, threadNumber(lane, warp))];
}

int ShufflePlan::receivedRegister(const ShuffleStep &step, int lane, int warp) const {
  return step.receive[gather(receiveBits, threadNumber(lane, warp))];
}

bool ShufflePlan::needsShuffle(const ShuffleStep &step) const {
  if (step.laneConstant != 0) return true;
  for (int bit = 0; bit < laneMap.inBits(); ++bit)
    if (laneMap.basis(bit) != (bit < Distributed::laneBits ? 1u << bit : 0)) return true;
  return false;
}

std::optional<ShufflePlan> planShuffle(const Distributed &from, const Distributed &to) {
  return Planner(from, to).plan();
}

} // namespace tilewright::layout
