// The slow path of an access: compares it with every earlier one of a piece, and reports.
#include "race_state.hpp"

#include <bit>

namespace tw::emulator {

namespace {

bool is_strong(const PlaceFacts &facts) { return facts.order != Order::weak; }

/// True if every author of `earlier` precedes every author of `mine` on the common bytes, by program order of a lane of
/// the same warp or by what the author's clock knows of single lanes.
bool ordered_by_lane(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author, std::uint16_t overlap) {
  std::uint32_t time = earlier.stamp.time();
  return earlier.all_actors([&](Actor actor) {
    if (author.clock->common(actor) >= time) return true;
    if (actor.warp() != author.warp->index) return author.clock->covers(actor, earlier.lanes_at(overlap), time);
    for (std::uint32_t rest = overlap; rest; rest &= rest - 1) {
      auto byte = static_cast<std::uint16_t>(rest & -rest);
      LaneMask later = mine.lanes_at(byte);
      for (LaneMask lanes = earlier.lanes_at(byte); lanes; lanes &= lanes - 1) {
        LaneMask lane = lanes & -lanes;
        bool in_program_order =
            later == lane && (!actor.asynchronous() || time <= author.warp->copies_done(std::countr_zero(lane)));
        if (!in_program_order && !author.clock->covers(actor, lane, time)) return false;
      }
    }
    return true;
  });
}

/// True if whatever is ordered after `mine` is ordered after `earlier`, although they may not be ordered themselves.
bool same_lanes_again(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author,
                      std::uint16_t overlap) {
  if (!earlier.has_one_warp()) return false;
  bool same_actor = earlier.all_actors([&](Actor actor) { return actor == author.own_stamp.actor(); });
  if (!same_actor) return false;
  if (earlier.same_lanes(mine)) return true;
  for (std::uint32_t rest = overlap; rest; rest &= rest - 1) {
    auto byte = static_cast<std::uint16_t>(rest & -rest);
    if (earlier.lanes_at(byte) & ~mine.lanes_at(byte)) return false;
  }
  return true;
}

void add(EntryPool<ShadowEntry> &pool, ShadowEntry &head, std::uint32_t &more, const ShadowEntry &mine) {
  if (head.empty())
    head = mine;
  else if (!head.merge(mine))
    pool.push(more, mine);
}

} // namespace

bool RaceChecker::State::is_ordered(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author,
                                    std::uint16_t overlap) const {
  if (author.knows_all(earlier) || ordered_by_lane(earlier, mine, author, overlap)) return true;
  // An init is known too through the mark that fence.mbarrier_init of its thread left.
  Stamp stamp = earlier.stamp;
  return !stamp.actor().asynchronous() && places[stamp.place().value].initialises &&
         earlier.all_actors([&](Actor actor) {
           return author.clock->covers({actor.value | kInitFenced}, earlier.lanes_at(overlap), stamp.time());
         });
}

std::optional<RaceSort> RaceChecker::State::conflict(const ShadowEntry &earlier, const Author &author,
                                                     std::uint16_t overlap) const {
  Stamp stamp = earlier.stamp;
  if (stamp.actor().asynchronous()) {
    bool waited = earlier.all_actors([&](Actor actor) {
      const WarpState *issuer = running(actor.warp());
      for (LaneMask lanes = earlier.lanes_at(overlap); issuer && lanes; lanes &= lanes - 1)
        if (issuer->copies_done(std::countr_zero(lanes)) < stamp.time()) return false;
      return true;
    });
    return waited ? RaceSort::race : RaceSort::in_flight;
  }
  const PlaceFacts &facts = places[stamp.place().value];
  if (!is_strong(facts) || !is_strong(author.facts)) return RaceSort::race;
  if (facts.element_bytes != author.facts.element_bytes) return RaceSort::mixed_size;
  BlockIndex other = block_of(stamp.actor().warp());
  if (!reaches(facts.scope, other, author.warp->block) || !reaches(author.facts.scope, author.warp->block, other))
    return RaceSort::scope_too_small;
  return std::nullopt;
}

void RaceChecker::State::touch_write(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine,
                                     const Author &author) {
  std::uint32_t foreign = 0;
  auto is_foreign = [&](const ShadowEntry &entry) { return author.is_foreign(entry.stamp, warps_per_block); };
  auto replace = [&](ShadowEntry &entry) {
    auto overlap = static_cast<std::uint16_t>(entry.bytes() & mine.bytes());
    if (!overlap) return;
    if (!is_ordered(entry, mine, author, overlap)) {
      if (auto sort = conflict(entry, author, overlap)) {
        report(*sort, author, entry, mine, piece_address, overlap);
      } else if (!same_lanes_again(entry, mine, author, overlap)) {
        foreign += is_foreign(entry); // two strong accesses: the next one must be compared with both
        return;
      }
    }
    entry.remove(overlap);
  };
  pool.scan(piece.write, piece.more_writes, replace);
  pool.scan(piece.read, piece.more_reads, replace);
  if (foreign > limits.foreign_readers) forgets_bytes |= !pool.remove_last(piece.more_writes, is_foreign).empty();
  add(pool, piece.write, piece.more_writes, mine);
}

void RaceChecker::State::touch_read(ShadowPiece &piece, std::uint64_t piece_address, const ShadowEntry &mine,
                                    const Author &author) {
  std::uint32_t foreign = 0;
  bool merged = false;
  auto is_foreign = [&](const ShadowEntry &entry) { return author.is_foreign(entry.stamp, warps_per_block); };
  pool.scan(piece.write, piece.more_writes, [&](ShadowEntry &entry) {
    auto overlap = static_cast<std::uint16_t>(entry.bytes() & mine.bytes());
    if (!overlap || is_ordered(entry, mine, author, overlap)) return;
    if (auto sort = conflict(entry, author, overlap)) report(*sort, author, entry, mine, piece_address, overlap);
  });
  pool.scan(piece.read, piece.more_reads, [&](ShadowEntry &entry) {
    if (!merged && entry.merge(mine)) {
      merged = true;
      return;
    }
    auto overlap = static_cast<std::uint16_t>(entry.bytes() & mine.bytes());
    if (!overlap) return;
    if (is_foreign(entry) && !author.clock->knows_other_blocks()) {
      ++foreign;
      return;
    }
    if (author.knows_all(entry) || same_lanes_again(entry, mine, author, overlap))
      entry.remove(overlap);
    else
      foreign += is_foreign(entry);
  });
  if (foreign > limits.foreign_readers) {
    auto lost = static_cast<std::uint16_t>(pool.remove_last(piece.more_reads, is_foreign).bytes() & ~mine.bytes());
    pool.scan(piece.read, piece.more_reads, [&](const ShadowEntry &entry) { lost &= ~entry.bytes(); });
    forgets_bytes |= lost != 0;
  }
  if (!merged) add(pool, piece.read, piece.more_reads, mine);
}

} // namespace tw::emulator
