// Makes plans: cuts an access into pieces and gathers the lanes that name the same bytes.
#include "access_plan.hpp"

#include "bank_conflicts.hpp"

#include <algorithm>

namespace tw::emulator {

namespace {

/// Lanes that read the same bytes become one entry, wherever they are in the warp.
void gather(std::vector<PlanPiece> &pieces) {
  std::vector<PlanPiece> gathered;
  for (const PlanPiece &piece : pieces) {
    auto same = std::find_if(gathered.begin(), gathered.end(), [&](const PlanPiece &other) {
      return other.piece == piece.piece && other.bytes == piece.bytes;
    });
    if (same == gathered.end()) {
      gathered.push_back(piece);
      continue;
    }
    // A straight entry of several lanes gives each byte its own lane; only whole entries of one lane set can be joined.
    auto lanes_of = [](const PlanPiece &one) {
      if (one.shift == ShadowEntry::kLanesForm) return one.lanes;
      ShadowEntry entry{{}, 0, one.bytes, one.first, one.shift};
      LaneMask lanes = entry.lanes_at(one.bytes);
      bool uniform = true;
      for (std::uint32_t rest = one.bytes; rest; rest &= rest - 1)
        uniform &= entry.lanes_at(static_cast<std::uint16_t>(rest & -rest)) == lanes;
      return uniform ? lanes : 0;
    };
    LaneMask a = lanes_of(*same), b = lanes_of(piece);
    if (!a || !b) {
      gathered.push_back(piece);
      continue;
    }
    same->lanes = a | b;
    same->first = 0;
    same->shift = ShadowEntry::kLanesForm;
  }
  for (PlanPiece &piece : gathered)
    if (piece.shift == ShadowEntry::kLanesForm) ShadowEntry::shorten(piece.lanes, piece.first, piece.shift);
  pieces = std::move(gathered);
}

AccessPlan::Shape shape_of(const AccessPlan &plan) {
  if (plan.lanes != kAllLanes) return AccessPlan::Shape::scattered;
  bool contiguous = true, same = true;
  for (int lane = 0; lane < kLanes; ++lane) {
    contiguous &= plan.delta[lane] == lane * static_cast<std::int64_t>(plan.bytes);
    same &= plan.delta[lane] == 0;
  }
  return contiguous ? AccessPlan::Shape::contiguous
         : same     ? AccessPlan::Shape::broadcast
                    : AccessPlan::Shape::scattered;
}

} // namespace

std::optional<AccessPlan> AccessPlan::make(LaneMask lanes, std::uint32_t bytes, const std::uint64_t *address,
                                           bool write) {
  constexpr std::int64_t kReach = std::int64_t{1} << 30;
  AccessPlan plan;
  plan.lanes = lanes;
  plan.bytes = bytes;
  std::uint64_t base = address[std::countr_zero(lanes)];
  plan.phase = base % kPieceBytes;
  for (LaneMask rest = lanes; rest; rest &= rest - 1) {
    int lane = std::countr_zero(rest);
    auto delta = static_cast<std::int64_t>(address[lane] - base);
    if (delta > kReach || delta < -kReach) return std::nullopt;
    plan.delta[lane] = delta;
    plan.low = std::min(plan.low, delta);
    plan.high = std::max(plan.high, delta);
    plan.delta_bits |= static_cast<std::uint64_t>(delta);
  }
  plan.high += bytes;
  plan.shape = shape_of(plan);

  // Far from 0, so that lanes below the first have positive addresses; a multiple of all banks, so that banks are
  // right.
  std::uint64_t moved[kLanes];
  for (int lane = 0; lane < kLanes; ++lane)
    moved[lane] = static_cast<std::uint64_t>(2 * kReach + plan.phase + plan.delta[lane]);
  WarpAccess access{{}, {}, Space::global, {}, lanes, bytes, moved};
  split_access(access, lanes, !write, [&](const PlanPiece &piece) { plan.pieces.push_back(piece); });
  if (!write) gather(plan.pieces);
  std::uint64_t lowest = ~std::uint64_t{0};
  for (const PlanPiece &piece : plan.pieces) lowest = std::min(lowest, piece.piece);
  plan.first_piece = static_cast<std::int64_t>(lowest * kPieceBytes) - 2 * kReach;
  for (PlanPiece &piece : plan.pieces) piece.piece -= lowest;
  if (bytes <= kPieceBytes) plan.conflicts = count_wavefronts(access.address, lanes, bytes).conflicts();
  return plan;
}

} // namespace tw::emulator
