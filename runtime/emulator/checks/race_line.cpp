// Accesses that touch whole words in order: recorded by lines, without a look at the pieces.
#include "race_state.hpp"

#include <algorithm>

namespace tw::emulator {

namespace {

/// Entries of a line's list behind the first; more are better kept by pieces.
constexpr std::uint32_t kMostInList = 16;
/// A line that got pieces so often keeps them.
constexpr std::uint32_t kMostSplits = 3;

} // namespace

bool RaceChecker::State::touch_line(ShadowLine &line, const LineEntry &mine, const Author &author) {
  if (line.splits > kMostSplits) return false;
  auto gives_way = [&](const LineEntry &entry) {
    return entry.empty() || (!(entry.words() & ~mine.words()) && author.follows(entry, mine));
  };
  if (author.write) {
    // The usual case: at most one earlier access of each kind.
    if ((line.more_writes | line.more_reads) == 0 && gives_way(line.write) && gives_way(line.read)) {
      line.write = mine;
      line.read.clear();
      return true;
    }
    return write_line(line, mine, author);
  }
  if (line.more_writes == 0 && (!(line.write.words() & mine.words()) || author.follows(line.write, mine))) {
    // Warps of a block often read the same.
    auto takes = [&](LineEntry &entry) {
      bool same = entry.can_merge(mine) && entry.words() == mine.words();
      if (same) entry.touched |= mine.touched;
      return same;
    };
    if (takes(line.read)) return true;
    for (std::uint32_t index = line.more_reads; index; index = line_pool.next(index))
      if (takes(line_pool.entry(index))) return true;
    if (line.more_reads == 0 && gives_way(line.read)) {
      line.read = mine;
      return true;
    }
  }
  return read_line(line, mine, author);
}

bool RaceChecker::State::add_to_line(LineEntry &head, std::uint32_t &more, const LineEntry &mine) {
  if (head.empty()) {
    head = mine;
    return true;
  }
  if (head.merge(mine)) return true;
  std::uint32_t count = 0;
  for (std::uint32_t index = more; index; index = line_pool.next(index)) ++count;
  if (count >= kMostInList) return false;
  line_pool.push(more, mine);
  return true;
}

// Whether all entries of a list that share words with `mine` happened before it; `shares` receives whether any does.
bool RaceChecker::State::all_before(const LineEntry &head, std::uint32_t more, const LineEntry &mine,
                                    const Author &author, bool &shares) const {
  auto before = [&](const LineEntry &entry) {
    if (!(entry.words() & mine.words())) return true;
    shares = true;
    return author.follows(entry, mine);
  };
  if (!before(head)) return false;
  for (std::uint32_t index = more; index; index = line_pool.next(index))
    if (!before(line_pool.entry(index))) return false;
  return true;
}

bool RaceChecker::State::write_line(ShadowLine &line, const LineEntry &mine, const Author &author) {
  bool shares_writes = false, shares_reads = false;
  if (!all_before(line.write, line.more_writes, mine, author, shares_writes)) return false;
  if (!all_before(line.read, line.more_reads, mine, author, shares_reads)) return false;
  auto hide = [&](LineEntry &entry) { entry.remove(mine.words()); };
  if (shares_writes) line_pool.scan(line.write, line.more_writes, hide);
  if (shares_reads) line_pool.scan(line.read, line.more_reads, hide);
  return add_to_line(line.write, line.more_writes, mine);
}

bool RaceChecker::State::read_line(ShadowLine &line, const LineEntry &mine, const Author &author) {
  bool shares = false;
  if (!all_before(line.write, line.more_writes, mine, author, shares)) return false;
  shares = line.read.words() & mine.words();
  if (line.read.holds(mine) || line.read.merge(mine)) return true;
  for (std::uint32_t index = line.more_reads; index; index = line_pool.next(index)) {
    LineEntry &entry = line_pool.entry(index);
    if (entry.holds(mine) || entry.merge(mine)) return true;
    shares |= (entry.words() & mine.words()) != 0;
  }
  if (shares) hide_reads(line, mine, author);
  return add_to_line(line.read, line.more_reads, mine);
}

void RaceChecker::State::hide_reads(ShadowLine &line, const LineEntry &mine, const Author &author) {
  std::uint32_t foreign = 0;
  auto is_foreign = [&](const LineEntry &entry) { return author.is_foreign(entry.stamp, warps_per_block); };
  line_pool.scan(line.read, line.more_reads, [&](LineEntry &entry) {
    if (!(entry.words() & mine.words())) return;
    if (is_foreign(entry) && !author.clock->knows_other_blocks())
      ++foreign;
    else if (author.follows(entry, mine))
      entry.remove(mine.words());
    else
      foreign += is_foreign(entry);
  });
  if (foreign <= limits.foreign_readers) return;
  std::uint32_t lost = line_pool.remove_last(line.more_reads, is_foreign).words() & ~mine.words();
  line_pool.scan(line.read, line.more_reads, [&](const LineEntry &entry) { lost &= ~entry.words(); });
  forgets_bytes |= lost != 0;
}

ShadowPiece *RaceChecker::State::split(ShadowLine &line) {
  if (line.pieces) return pieces.at(line.pieces);
  line.pieces = pieces.make();
  ++line.splits;
  ShadowPiece *all = pieces.at(line.pieces);
  auto move = [&](LineEntry &first, std::uint32_t &more, auto head_of, auto list_of) {
    if (first.empty()) return;
    // The oldest entries come last in lists.
    std::array<LineEntry, kMostInList + 1> entries;
    std::size_t count = 0;
    for (std::uint32_t index = more; index; index = line_pool.next(index)) entries[count++] = line_pool.entry(index);
    entries[count++] = first;
    while (count > 0) {
      const LineEntry &entry = entries[--count];
      for (std::uint32_t i = 0; i < kPiecesPerLine; ++i) {
        if (!(entry.words() >> 4 * i & 15)) continue;
        ShadowEntry part = entry.in_piece(i);
        if (head_of(all[i]).empty())
          head_of(all[i]) = part;
        else
          pool.push(list_of(all[i]), part);
      }
    }
    line_pool.release(more);
    first = {};
  };
  move(
      line.write, line.more_writes, [](ShadowPiece &piece) -> ShadowEntry & { return piece.write; },
      [](ShadowPiece &piece) -> std::uint32_t & { return piece.more_writes; });
  move(
      line.read, line.more_reads, [](ShadowPiece &piece) -> ShadowEntry & { return piece.read; },
      [](ShadowPiece &piece) -> std::uint32_t & { return piece.more_reads; });
  return all;
}

bool RaceChecker::State::collapse(ShadowLine &line, const LineEntry &mine, const Author &author) {
  if (line.splits > kMostSplits) return false;
  ShadowPiece *all = pieces.at(line.pieces);
  bool clear = std::all_of(all, all + kPiecesPerLine, [&](const ShadowPiece &piece) {
    return (piece.more_writes | piece.more_reads) == 0 && (piece.write.empty() || author.knows_all(piece.write)) &&
           (piece.read.empty() || author.knows_all(piece.read));
  });
  if (!clear) return false;
  pieces.release(line.pieces);
  line.pieces = 0;
  line.write = mine;
  return true;
}

void RaceChecker::State::release(ShadowLine &line) {
  line_pool.release(line.more_writes);
  line_pool.release(line.more_reads);
  if (!line.pieces) return;
  ShadowPiece *all = pieces.at(line.pieces);
  for (std::uint32_t i = 0; i < kPiecesPerLine; ++i) {
    pool.release(all[i].more_writes);
    pool.release(all[i].more_reads);
  }
  pieces.release(line.pieces);
  line.pieces = 0;
}

} // namespace tw::emulator
