// Makes plans: cuts an access into pieces and gathers the lanes that name the same bytes.
#include "access_plan.hpp"

#include "bank_conflicts.hpp"

#include <algorithm>
#include <bitset>
#include <map>

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
      ShadowEntry entry({}, 0, one.bytes, one.first, one.shift);
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

/// Single lanes of one piece whose elements follow each other at a power-of-two distance of lanes become one straight
/// entry.
void straighten(std::vector<PlanPiece> &pieces) {
  std::vector<PlanPiece> joined;
  for (const PlanPiece &piece : pieces) {
    int size = piece.shift & 7;
    bool single = piece.shift <= 4 &&
                  static_cast<std::uint32_t>(piece.bytes) >> std::countr_zero(piece.bytes) == (1u << (1u << size)) - 1;
    auto before = std::find_if(joined.rbegin(), joined.rend(),
                               [&](const PlanPiece &other) { return other.piece == piece.piece; });
    bool joins = single && before != joined.rend() && before->shift < ShadowEntry::kProgressionForm &&
                 (before->shift & 7) == size && !(before->bytes & piece.bytes);
    if (joins) {
      int slot = std::countr_zero(piece.bytes) >> size, lane = piece.first + slot;
      int slot_before = std::countr_zero(before->bytes) >> size;
      ShadowEntry earlier({}, 0, before->bytes, before->first, before->shift);
      int lane_before = earlier.straight_lane(std::countr_zero(before->bytes));
      int slots = slot - slot_before, lanes = lane - lane_before;
      int step = slots > 0 && lanes > 0 && lanes % slots == 0 ? lanes / slots : 0;
      bool power = step > 1 && (step & (step - 1)) == 0 && step <= 16;
      int log = power ? std::countr_zero(static_cast<unsigned>(step)) : 0;
      int first = lane_before - (slot_before << log);
      bool one =
          static_cast<std::uint32_t>(before->bytes) >> std::countr_zero(before->bytes) == (1u << (1u << size)) - 1;
      if (power && first >= -128 && (one ? before->shift == size : before->shift == size + 8 * log)) {
        before->bytes |= piece.bytes;
        before->first = static_cast<std::int8_t>(first);
        before->shift = static_cast<std::uint8_t>(size + 8 * log);
        continue;
      }
    }
    joined.push_back(piece);
  }
  pieces = std::move(joined);
}

std::vector<PlanEntry> entries_of(const std::vector<PlanPiece> &pieces) {
  std::vector<PlanEntry> entries;
  for (const PlanPiece &piece : pieces)
    entries.push_back({static_cast<std::uint32_t>(piece.piece),
                       ShadowEntry::pack(piece.shift == ShadowEntry::kLanesForm ? piece.lanes : 0, piece.bytes,
                                         piece.first, piece.shift)});
  return entries;
}

std::vector<PlanBytes> touched_by(const std::vector<PlanPiece> &pieces) {
  std::map<std::uint32_t, std::uint64_t> bytes;
  for (const PlanPiece &piece : pieces)
    bytes[static_cast<std::uint32_t>(piece.piece / 4)] |= std::uint64_t{piece.bytes} << piece.piece % 4 * kPieceBytes;
  std::vector<PlanBytes> touched;
  for (auto [number, mask] : bytes) touched.push_back({number, mask});
  return touched;
}

bool lanes_meet(const AccessPlan &plan) {
  std::size_t bytes = 0;
  for (const PlanBytes &part : plan.touched.parts()) bytes += std::bitset<64>(part.bytes).count();
  return bytes != std::size_t{plan.bytes} * std::bitset<kLanes>(plan.lanes).count();
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
  plan.shares = !write;
  std::uint64_t base = address[std::countr_zero(lanes)];
  plan.phase = base % kLineBytes;
  for (LaneMask rest = lanes; rest; rest &= rest - 1) {
    int lane = std::countr_zero(rest);
    auto delta = static_cast<std::int64_t>(address[lane] - base);
    if (delta > kReach || delta < -kReach) return std::nullopt;
    plan.delta[lane] = delta;
    plan.delta32[lane] = static_cast<std::uint32_t>(delta);
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
  straighten(plan.pieces);
  std::uint64_t lowest = ~std::uint64_t{0};
  for (const PlanPiece &piece : plan.pieces) lowest = std::min(lowest, piece.piece / kPiecesPerLine * kPiecesPerLine);
  plan.first_line = static_cast<std::int64_t>(lowest * kPieceBytes) - 2 * kReach;
  for (PlanPiece &piece : plan.pieces) piece.piece -= lowest;
  plan.span = static_cast<std::uint64_t>(plan.high + plan.phase - plan.first_line);
  plan.entries = entries_of(plan.pieces);
  plan.lines = lines_of(plan.pieces);
  plan.touched = PlanBits(touched_by(plan.pieces));
  plan.meets_itself = lanes_meet(plan);
  if (bytes <= kPieceBytes) plan.conflicts = count_wavefronts(access.address, lanes, bytes).conflicts();
  return plan;
}

} // namespace tw::emulator
