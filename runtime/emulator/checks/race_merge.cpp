// Whether the blocks of two checkers touched each other's bytes.
#include "race_state.hpp"

#include <algorithm>

namespace tw::emulator {

namespace {

/// Bytes of a line, one bit each.
struct LineBytes {
  std::array<std::uint16_t, kPiecesPerLine> bytes{};
  bool meets(const LineBytes &other) const {
    std::uint32_t common = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) common |= bytes[i] & other.bytes[i];
    return common != 0;
  }
};

} // namespace

/// What the entries of a line, or of its pieces, cover. Entries go only when others cover their bytes, or
/// State::forgets_bytes is set.
template <class Add> void RaceChecker::State::for_each_entry(const ShadowLine &line, bool writes, Add add) const {
  const LineEntry &first = writes ? line.write : line.read;
  for (std::uint32_t i = 0; i < kPiecesPerLine; ++i) add(i, first.in_piece(i).bytes());
  for (std::uint32_t index = writes ? line.more_writes : line.more_reads; index; index = line_pool.next(index))
    for (std::uint32_t i = 0; i < kPiecesPerLine; ++i) add(i, line_pool.entry(index).in_piece(i).bytes());
  if (!line.pieces) return;
  const ShadowPiece *all = pieces.at(line.pieces);
  for (std::uint32_t i = 0; i < kPiecesPerLine; ++i) {
    add(i, writes ? all[i].write.bytes() : all[i].read.bytes());
    for (std::uint32_t index = writes ? all[i].more_writes : all[i].more_reads; index; index = pool.next(index))
      add(i, pool.entry(index).bytes());
  }
}

bool RaceChecker::State::is_written(const ShadowLine &line) const {
  if (!line.write.empty() || line.more_writes) return true;
  if (!line.pieces) return false;
  const ShadowPiece *all = pieces.at(line.pieces);
  return std::any_of(all, all + kPiecesPerLine,
                     [](const ShadowPiece &piece) { return !piece.write.empty() || piece.more_writes; });
}

bool RaceChecker::may_conflict(const RaceChecker &other) const {
  const State &mine = *state_, &theirs = *other.state_;
  if (mine.async.active() || theirs.async.active() || mine.forgets_bytes || theirs.forgets_bytes) return true;
  return mine.global.any_common(theirs.global, [&](const ShadowLine &a, const ShadowLine &b) {
    if (!mine.is_written(a) && !theirs.is_written(b)) return false; // what all blocks read
    LineBytes written[2], touched[2];
    auto collect = [](const State &state, const ShadowLine &line, LineBytes &into_written, LineBytes &into_touched) {
      state.for_each_entry(line, true, [&](std::uint32_t i, std::uint16_t bytes) {
        into_written.bytes[i] |= bytes;
        into_touched.bytes[i] |= bytes;
      });
      state.for_each_entry(line, false, [&](std::uint32_t i, std::uint16_t bytes) { into_touched.bytes[i] |= bytes; });
    };
    collect(mine, a, written[0], touched[0]);
    collect(theirs, b, written[1], touched[1]);
    return written[0].meets(touched[1]) || written[1].meets(touched[0]);
  });
}

} // namespace tw::emulator
