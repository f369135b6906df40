// Checks an access against the shadow and records it there.
#include "race_state.hpp"

#include <algorithm>
#include <bit>

namespace tw::emulator {

namespace {

bool is_strong(const PlaceFacts &facts) { return facts.order != Order::weak; }

/// True if every author of `earlier` precedes every author of `mine` on the common bytes, by program order of a lane of
/// the same warp or by what the author's clock knows of single lanes.
bool ordered_by_lane(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author, std::uint16_t overlap) {
  Actor actor = earlier.stamp.actor();
  std::uint32_t time = earlier.stamp.time();
  if (actor.warp() != author.warp->index) return author.clock->covers(actor, earlier.lanes_at(overlap), time);
  bool copies = actor.asynchronous();
  if (!copies && earlier.shift != ShadowEntry::kShared && earlier.same_lanes(mine)) return true;
  for (std::uint32_t rest = overlap; rest; rest &= rest - 1) {
    auto byte = static_cast<std::uint16_t>(rest & -rest);
    LaneMask later = mine.lanes_at(byte);
    for (LaneMask lanes = earlier.lanes_at(byte); lanes; lanes &= lanes - 1) {
      LaneMask lane = lanes & -lanes;
      bool in_program_order = later == lane && (!copies || time <= author.warp->copies[std::countr_zero(lane)].done);
      if (!in_program_order && !author.clock->covers(actor, lane, time)) return false;
    }
  }
  return true;
}

/// True if whatever is ordered after `mine` is ordered after `earlier`, although they may not be ordered themselves.
bool same_lanes_again(const ShadowEntry &earlier, const ShadowEntry &mine, std::uint16_t overlap) {
  if (earlier.stamp.actor() != mine.stamp.actor()) return false;
  if (earlier.same_lanes(mine)) return true;
  for (std::uint32_t rest = overlap; rest; rest &= rest - 1) {
    auto byte = static_cast<std::uint16_t>(rest & -rest);
    if (earlier.lanes_at(byte) & ~mine.lanes_at(byte)) return false;
  }
  return true;
}

void add(ShadowPool &pool, ShadowEntry &head, std::uint32_t &more, const ShadowEntry &mine) {
  if (!head.bytes) {
    head = mine;
    return;
  }
  if (head.stamp == mine.stamp) {
    if (head.same_lanes(mine)) {
      head.bytes |= mine.bytes;
      return;
    }
    if (head.shift == ShadowEntry::kShared && mine.shift == ShadowEntry::kShared && head.bytes == mine.bytes) {
      head.lanes |= mine.lanes;
      return;
    }
  }
  pool.push(more, mine);
}

} // namespace

bool RaceChecker::State::ordered(const ShadowEntry &earlier, const ShadowEntry &mine, const Author &author,
                                 std::uint16_t overlap) const {
  return author.clock->common(earlier.stamp.actor()) >= earlier.stamp.time() ||
         ordered_by_lane(earlier, mine, author, overlap);
}

std::optional<RaceSort> RaceChecker::State::conflict(const ShadowEntry &earlier, const ShadowEntry &,
                                                     const Author &author, std::uint16_t overlap) const {
  Stamp stamp = earlier.stamp;
  BlockIndex other = block_of(stamp.actor().warp());
  const PlaceFacts &facts = places[stamp.place().value];
  if (stamp.actor().asynchronous()) {
    const BlockState *running = other.value < blocks.size() ? blocks[other.value].get() : nullptr;
    if (!running) return RaceSort::race;
    const WarpState &issuer = running->warps[stamp.actor().warp().value % warps_per_block];
    for (LaneMask lanes = earlier.lanes_at(overlap); lanes; lanes &= lanes - 1)
      if (issuer.copies[std::countr_zero(lanes)].done < stamp.time()) return RaceSort::in_flight;
    return RaceSort::race;
  }
  if (!is_strong(facts) || !is_strong(author.facts)) return RaceSort::race;
  if (facts.element_bytes != author.facts.element_bytes) return RaceSort::mixed_size;
  if (!reaches(facts.scope, other, author.warp->block) || !reaches(author.facts.scope, author.warp->block, other))
    return RaceSort::scope_too_small;
  return std::nullopt;
}

ShadowPiece *RaceChecker::State::piece(Space space, BlockIndex owner, std::uint64_t address) {
  if (space == Space::global) return &global.at(address);
  BlockState *state = block(owner);
  return state ? &state->shared.at(address) : nullptr;
}

void RaceChecker::State::touch(std::uint64_t piece_address, const ShadowEntry &mine, const Author &author) {
  ShadowPiece *piece = this->piece(author.space, author.owner, piece_address);
  if (!piece) return;
  std::uint32_t foreign = 0;
  auto count_foreign = [&](const ShadowEntry &entry) {
    return block_of(entry.stamp.actor().warp()) != author.warp->block;
  };
  // For writes: checks an entry and takes away the bytes that `mine` replaces.
  auto replace = [&](ShadowEntry &entry) {
    auto overlap = static_cast<std::uint16_t>(entry.bytes & mine.bytes);
    if (!overlap) return;
    if (!ordered(entry, mine, author, overlap)) {
      if (auto sort = conflict(entry, mine, author, overlap))
        report(*sort, author, entry, mine, piece_address, overlap);
      else if (!same_lanes_again(entry, mine, overlap)) {
        foreign += count_foreign(entry);
        return;
      }
    }
    entry.bytes &= static_cast<std::uint16_t>(~overlap);
  };
  auto compare = [&](ShadowEntry &entry) {
    auto overlap = static_cast<std::uint16_t>(entry.bytes & mine.bytes);
    if (!overlap || ordered(entry, mine, author, overlap)) return;
    if (auto sort = conflict(entry, mine, author, overlap)) report(*sort, author, entry, mine, piece_address, overlap);
  };
  auto supersede = [&](ShadowEntry &entry) {
    auto overlap = static_cast<std::uint16_t>(entry.bytes & mine.bytes);
    if (!overlap) return;
    if (author.clock->common(entry.stamp.actor()) >= entry.stamp.time() || same_lanes_again(entry, mine, overlap))
      entry.bytes &= static_cast<std::uint16_t>(~overlap);
    else
      foreign += count_foreign(entry);
  };
  if (author.write) {
    pool.scan(piece->write, piece->more_writes, replace);
    pool.scan(piece->read, piece->more_reads, replace);
    if (foreign > limits.foreign_readers) pool.remove_last(piece->more_writes, count_foreign);
    add(pool, piece->write, piece->more_writes, mine);
  } else {
    pool.scan(piece->write, piece->more_writes, compare);
    pool.scan(piece->read, piece->more_reads, supersede);
    if (foreign > limits.foreign_readers) pool.remove_last(piece->more_reads, count_foreign);
    add(pool, piece->read, piece->more_reads, mine);
  }
}

namespace {

/// Lane i at address[0] + i * bytes for all lanes, starting at a piece: what most accesses of good kernels look like.
bool is_contiguous(const WarpAccess &access) {
  std::uint64_t base = access.address[0];
  if (base % kPieceBytes != 0 || !std::has_single_bit(access.bytes) || access.bytes > kPieceBytes) return false;
  std::uint64_t difference = 0; // no early exit, so that the loop becomes vector code
  for (std::uint64_t lane = 0; lane < kLanes; ++lane) difference |= access.address[lane] ^ (base + lane * access.bytes);
  return difference == 0;
}

std::uint16_t byte_mask(std::uint64_t from, std::uint64_t to) {
  return static_cast<std::uint16_t>(((1u << to) - 1) & ~((1u << from) - 1));
}

} // namespace

void RaceChecker::State::access_lanes(const WarpAccess &access, LaneMask lanes, Author &author) {
  if (lanes == kAllLanes && is_contiguous(access)) {
    ShadowEntry entry{author.stamp, 0, 0xffff, 0, static_cast<std::uint8_t>(std::countr_zero(access.bytes))};
    for (std::uint32_t offset = 0; offset < kLanes * access.bytes; offset += kPieceBytes) {
      entry.first = static_cast<std::int8_t>(offset / access.bytes);
      touch(access.address[0] + offset, entry, author);
    }
    return;
  }
  // Neighbouring lanes are gathered into one entry while they continue a straight line or name the same bytes.
  bool may_share = !author.write || is_strong(author.facts);
  ShadowEntry run;
  std::uint64_t run_piece = 0;
  auto flush = [&] {
    if (run.bytes) touch(run_piece, run, author);
    run.bytes = 0;
  };
  for (LaneMask rest = lanes; rest; rest &= rest - 1) {
    int lane = std::countr_zero(rest);
    std::uint64_t at = access.address[lane];
    std::uint64_t end = at + access.bytes;
    bool natural = std::has_single_bit(access.bytes) && access.bytes <= kPieceBytes && at % access.bytes == 0;
    int shift = std::countr_zero(natural ? access.bytes : kPieceBytes);
    while (at < end) {
      std::uint64_t start = at / kPieceBytes * kPieceBytes;
      std::uint64_t stop = std::min<std::uint64_t>(end, start + kPieceBytes);
      std::uint16_t mask = byte_mask(at - start, stop - start);
      int first = lane - static_cast<int>((at - start) >> shift);
      at = stop;
      if (run.bytes && run_piece == start) {
        if (run.shift == shift && run.first == first) {
          run.bytes |= mask;
          continue;
        }
        if (may_share && run.bytes == mask) {
          run.lanes = run.lanes_at(mask) | LaneMask{1} << lane;
          run.shift = ShadowEntry::kShared;
          continue;
        }
      }
      flush();
      run = {author.stamp, 0, mask, static_cast<std::int8_t>(first), static_cast<std::uint8_t>(shift)};
      run_piece = start;
    }
  }
  flush();
}

} // namespace tw::emulator
