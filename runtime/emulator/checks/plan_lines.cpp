// Gathers the pieces of a plan into entries of lines.
#include "access_plan.hpp"

namespace tw::emulator {

namespace {

/// One bit per word of which all bytes are set; nothing if some word has only part of its bytes.
std::optional<std::uint32_t> whole_words(std::uint16_t bytes) {
  std::uint32_t words = 0;
  for (int word = 0; word < 4; ++word) {
    int part = bytes >> 4 * word & 15;
    if (part != 0 && part != 15) return std::nullopt;
    words |= static_cast<std::uint32_t>(part == 15) << word;
  }
  return words;
}

/// One piece seen from its line.
struct Chunk {
  std::uint32_t words = 0;         ///< in the line
  std::uint32_t low = 0, high = 0; ///< first and last byte in the line
  LineLanes lanes;
  bool uniform = true; ///< all bytes have the lanes of LineLanes::first and step
};

Chunk chunk_of(const PlanPiece &piece, std::uint32_t words) {
  std::uint32_t start = piece.piece % kPiecesPerLine * kPieceBytes;
  Chunk chunk;
  chunk.words = words << start / 4;
  chunk.low = start + static_cast<std::uint32_t>(std::countr_zero(piece.bytes));
  chunk.high = start + 15 - static_cast<std::uint32_t>(std::countl_zero(piece.bytes));
  LineLanes &lanes = chunk.lanes;
  if (piece.shift == ShadowEntry::kLanesForm) {
    lanes = {0, 7, 0, 0, 0, true};
  } else if (piece.shift == ShadowEntry::kAllLanesForm) {
    lanes.count = kLanes;
  } else if (piece.shift >= ShadowEntry::kProgressionForm) {
    auto packed = static_cast<std::uint8_t>(piece.first);
    lanes.first = packed & 31;
    lanes.step = packed >> 5;
    lanes.count = static_cast<std::uint8_t>((piece.shift & 31) + 1);
  } else {
    ShadowEntry entry({}, 0, piece.bytes, piece.first, piece.shift);
    int first = entry.straight_lane(static_cast<int>(chunk.low - start));
    chunk.uniform = first == entry.straight_lane(static_cast<int>(chunk.high - start));
    lanes.first = static_cast<std::int16_t>(first);
    if (chunk.uniform) return chunk;
    lanes.distance = piece.shift & 7;
    lanes.gap = piece.shift >> 3;
    lanes.first = static_cast<std::int16_t>(piece.first - static_cast<int>(start >> lanes.distance << lanes.gap));
  }
  return chunk;
}

bool fits(const LineLanes &lanes, const Chunk &chunk) {
  if (lanes.step != chunk.lanes.step || lanes.count != chunk.lanes.count || lanes.listed || chunk.lanes.listed)
    return false;
  if (!chunk.uniform) return lanes.packed() == chunk.lanes.packed();
  return lanes.lane(chunk.low) == chunk.lanes.first && lanes.lane(chunk.high) == chunk.lanes.first;
}

bool is_power_of_two(int value) { return value > 0 && (value & (value - 1)) == 0; }

/// Lanes that both chunks fit, the first of a part and the one behind it; false if there are none.
bool connect(const Chunk &a, const Chunk &b, LineLanes &lanes) {
  auto bytes = static_cast<int>(b.low) - static_cast<int>(a.low);
  int step = b.lanes.first - a.lanes.first;
  if (!a.uniform || !b.uniform || !is_power_of_two(bytes) || !is_power_of_two(step)) return false;
  LineLanes tried = a.lanes;
  tried.distance = static_cast<std::uint8_t>(std::countr_zero(static_cast<unsigned>(bytes)));
  tried.gap = static_cast<std::uint8_t>(std::countr_zero(static_cast<unsigned>(step)));
  tried.first = static_cast<std::int16_t>(a.lanes.first - static_cast<int>(a.low >> tried.distance << tried.gap));
  // Pieces can tell several lanes per byte only where all their bytes have the same.
  if (tried.count > 1 && (1u << tried.distance) < kPieceBytes) return false;
  if (!fits(tried, a) || !fits(tried, b)) return false;
  lanes = tried;
  return true;
}

} // namespace

std::vector<PlanLine> lines_of(const std::vector<PlanPiece> &pieces) {
  std::vector<PlanLine> lines;
  Chunk first; // of the last part
  LineLanes lanes;
  for (std::uint32_t i = 0; i < pieces.size(); ++i) {
    auto words = whole_words(pieces[i].bytes);
    if (!words) return {};
    Chunk chunk = chunk_of(pieces[i], *words);
    auto number = static_cast<std::uint32_t>(pieces[i].piece / kPiecesPerLine);
    bool follows = !lines.empty() && lines.back().line == number && !(lines.back().touched >> 32 & chunk.words);
    bool single = follows && lines.back().end - lines.back().begin == 1;
    if (follows && (fits(lanes, chunk) || (single && connect(first, chunk, lanes)))) {
      lines.back().touched |= std::uint64_t{chunk.words} << 32;
      lines.back().end = i + 1;
      lines.back().lanes = lanes.packed();
      continue;
    }
    first = chunk;
    lanes = chunk.lanes;
    std::uint64_t set = lanes.listed ? pieces[i].lanes : 0;
    lines.push_back({number, i, i + 1, std::uint64_t{chunk.words} << 32 | set, lanes.packed()});
  }
  return lines;
}

} // namespace tw::emulator
