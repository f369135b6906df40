// Counting shared-memory wavefronts exactly.
#include "tilewright/Layout/BankConflicts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tilewright::layout {

namespace {

constexpr int bankBytes = 4;
constexpr int banks = 32;

/// The wavefronts of one access phase: lanes that each touch `bytes` bytes at their byte address.
class Phase {
public:
  void touch(uint32_t address, int bytes) {
    for (uint32_t word = address / bankBytes; word <= (address + bytes - 1) / bankBytes; ++word)
      words_[count_++] = word;
  }

  int wavefronts() {
    std::sort(words_.begin(), words_.begin() + count_);
    auto end = std::unique(words_.begin(), words_.begin() + count_);
    std::array<int, banks> load{};
    for (auto word = words_.begin(); word != end; ++word) ++load[*word % banks];
    return *std::max_element(load.begin(), load.end());
  }

private:
  /// 32 lanes touch at most two words each if they are narrow, 8 lanes four each if they are wide.
  std::array<uint32_t, 64> words_{};
  int count_ = 0;
};

/// Wavefronts of 32 lanes at `constant` from their own offsets.
Wavefronts ofAccess(const ThreadOffsets &thread, Offset constant, int lanes, int lanesPerPhase, int bytes,
                    int elementBytes) {
  Wavefronts result;
  for (int first = 0; first < lanes; first += lanesPerPhase) {
    Phase phase;
    for (int lane = first; lane < first + lanesPerPhase; ++lane)
      phase.touch((thread.at(lane, 0) + constant).value() * elementBytes, bytes);
    result.actual += phase.wavefronts();
    result.ideal += 1;
  }
  return result;
}

/// Sums over the constants, for the worst warp. An addition of whole words rotates the banks and leaves the count as it
/// is, so that each XOR part is enumerated once.
template <class Constants, class Count>
Wavefronts worstWarp(const ThreadOffsets &thread, int elementBytes, const Constants &constants, Count count) {
  std::vector<std::pair<Offset, Wavefronts>> known;
  auto lookUp = [&](Offset constant) {
    Offset key{constant.xorPart, constant.addPart * elementBytes % bankBytes / elementBytes};
    for (const auto &[offset, wavefronts] : known)
      if (offset == key) return wavefronts;
    known.push_back({key, count(key)});
    return known.back().second;
  };
  Wavefronts worst;
  for (int warp = 0; warp < 1 << thread.warp.size(); ++warp) {
    Wavefronts sum;
    for (Offset constant : constants) {
      Wavefronts one = lookUp(constant + thread.at(0, warp));
      sum.actual += one.actual;
      sum.ideal += one.ideal;
    }
    if (sum.actual > worst.actual) worst = sum;
  }
  return worst;
}

} // namespace

Wavefronts bankConflicts(const AccessPlan &plan, int elementBytes) {
  int bytes = plan.vectorWidth * elementBytes;
  int lanesPerPhase = bytes <= bankBytes ? 32 : std::max(128 / bytes, 1);
  std::vector<Offset> constants;
  for (int access = 0; access < plan.accesses(); ++access) constants.push_back(plan.constant(access));
  return worstWarp(plan.thread, elementBytes, constants, [&](Offset constant) {
    return ofAccess(plan.thread, constant, Distributed::lanes, lanesPerPhase, bytes, elementBytes);
  });
}

Wavefronts bankConflicts(const MatrixPlan &plan, int elementBytes) {
  std::vector<Offset> constants;
  for (const MatrixStep &step : plan.steps) constants.push_back(step.constant);
  return worstWarp(plan.thread, elementBytes, constants, [&](Offset constant) {
    return ofAccess(plan.thread, constant, 8 * plan.matrices, 8, 16, elementBytes);
  });
}

} // namespace tilewright::layout
