// The fast path of an access: cuts it into pieces, few entries for many lanes, and records them.
#include "access_plan.hpp"
#include "race_state.hpp"

#include <algorithm>
#include <bit>

namespace tw::emulator {

ShadowPiece *RaceChecker::State::pieces(const Author &author, std::uint64_t address, std::uint64_t end) {
  if (author.space == Space::global) return global.at(address);
  BlockState *state = block(author.owner);
  return state ? state->shared.at(address, end) : nullptr;
}

[[gnu::always_inline]] inline void RaceChecker::State::touch(ShadowPiece &piece, std::uint64_t piece_address,
                                                             const ShadowEntry &mine, const Author &author) {
  // True if `mine` may take the place of `entry`: it covers all its bytes and is ordered after it. Besides what the
  // clock knows, a lane's accesses follow each other; that does not hold for asynchronous ones.
  auto replaceable = [&](const ShadowEntry &entry) {
    if (entry.bytes == 0) return true;
    if (entry.bytes & ~mine.bytes) return false;
    return author.remembers(entry) ||
           (entry.set == mine.set && entry.shift == mine.shift && entry.is_straight() && entry.first == mine.first &&
            entry.stamp.actor() == author.block_stamp.actor() && !author.actor().asynchronous()) ||
           author.knows_all(entry);
  };
  // The usual case in a correct kernel: at most one earlier access of each kind, replaced as a whole.
  if (author.write) {
    if ((piece.more_writes | piece.more_reads) == 0 && replaceable(piece.write) && replaceable(piece.read)) {
      piece.write = mine;
      piece.read.bytes = 0;
    } else {
      touch_write(piece, piece_address, mine, author);
    }
    return;
  }
  if (piece.more_writes == 0 && (!(piece.write.bytes & mine.bytes) || author.knows_all(piece.write))) {
    if (piece.read.holds(mine)) return;
    if (piece.read.bytes == 0) {
      piece.read = mine;
      return;
    }
    // Words of a piece that several instructions read stay apart in the list.
    ShadowEntry *replaced = nullptr;
    bool meets = false;
    auto takes = [&](ShadowEntry &entry) {
      if (entry.holds(mine) || entry.merge(mine)) return true;
      if (entry.bytes & mine.bytes) {
        if (!replaced && replaceable(entry))
          replaced = &entry;
        else
          meets = true;
      }
      return false;
    };
    if (takes(piece.read)) return;
    for (std::uint32_t index = piece.more_reads; index; index = pool.next(index))
      if (takes(pool.entry(index))) return;
    if (!meets) {
      if (replaced)
        *replaced = mine;
      else
        pool.push(piece.more_reads, mine);
      return;
    }
  }
  touch_read(piece, piece_address, mine, author);
}

namespace {

/// std::has_single_bit counts bits by a call on plain x86-64.
bool is_power_of_two(std::uint32_t value) { return value != 0 && (value & (value - 1)) == 0; }

/// Lane i at address[0] + i * bytes for all lanes, starting at a piece: what most accesses of good kernels look like.
bool is_contiguous(const WarpAccess &access) {
  std::uint64_t base = access.address[0];
  if (base % kPieceBytes != 0 || !is_power_of_two(access.bytes) || access.bytes > kPieceBytes) return false;
  if (access.address[1] != base + access.bytes) return false;
  int shift = std::countr_zero(access.bytes);
  std::uint64_t difference = 0; // no early exit and no multiplication, so that the loop becomes vector code
  for (std::uint64_t lane = 0; lane < kLanes; ++lane) difference |= access.address[lane] ^ (base + (lane << shift));
  return difference == 0;
}

/// All lanes name the same bytes, which lie in one piece.
bool is_broadcast(const WarpAccess &access) {
  std::uint64_t base = access.address[0], difference = 0;
  if (access.address[kLanes - 1] != base) return false;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane) difference |= access.address[lane] ^ base;
  return difference == 0 && base % kPieceBytes + access.bytes <= kPieceBytes;
}

std::uint16_t byte_mask(std::uint64_t from, std::uint64_t to) {
  return static_cast<std::uint16_t>(((1u << to) - 1) & ~((1u << from) - 1));
}

} // namespace

void RaceChecker::State::access_lanes(const WarpAccess &access, LaneMask lanes, const Author &author) {
  // Lanes may share an entry's bytes unless that is a conflict already.
  bool may_share = !author.write || author.facts.order != Order::weak;
  if (lanes == kAllLanes && is_contiguous(access)) {
    int shift = std::countr_zero(access.bytes);
    ShadowEntry entry{author.block_stamp, author.warp_bit, 0xffff, 0, static_cast<std::uint8_t>(shift)};
    std::uint64_t at = access.address[0], end = at + kLanes * access.bytes;
    while (at < end) {
      std::uint64_t stop = std::min(end, (at / GlobalShadow::kPageBytes + 1) * GlobalShadow::kPageBytes);
      ShadowPiece *piece = pieces(author, at, stop);
      if (!piece) return;
      for (; at < stop; at += kPieceBytes, ++piece) {
        touch(*piece, at, entry, author);
        entry.first = static_cast<std::int8_t>(entry.first + (kPieceBytes >> shift));
      }
    }
    return;
  }
  if (lanes == kAllLanes && may_share && is_broadcast(access)) {
    access_rows(access.address.first(1), access.bytes, author);
    return;
  }
  split_access(access, lanes, may_share, [&](const PlanPiece &part) {
    std::uint64_t at = part.piece * kPieceBytes;
    if (ShadowPiece *piece = pieces(author, at, at + kPieceBytes)) touch(*piece, at, author.entry_of(part), author);
  });
}

void RaceChecker::access(const WarpAccess &access, const AccessPlan &plan) {
  State &state = *state_;
  // Finding a warp takes divisions, and one warp mostly makes many accesses in a row.
  if (!state.recent_warp || state.recent_warp->index != access.warp) state.recent_warp = &state.warp(access.warp);
  WarpState &warp = *state.recent_warp;
  const PlaceFacts &facts = state.facts(access.place);
  // Lanes that know different things are checked one group at a time, and strong accesses share bytes by other rules.
  if (warp.views.size() != 1 || facts.order != Order::weak) return this->access(access);
  Author author(warp, facts);
  author.instruction = &access;
  author.set_stamps(warp.actor(), access.place, warp.time,
                    access.warp.value - warp.block.value * state.warps_per_block);
  author.write = facts.kind != AccessKind::load;
  author.space = access.space;
  author.owner = access.owner;
  author.set_clock(warp.views.front().clock);
  std::uint64_t base = access.address[std::countr_zero(plan.lanes)];
  std::uint64_t start = base - plan.phase + static_cast<std::uint64_t>(plan.first_piece);
  if (access.space == Space::shared) {
    BlockState *owner = state.block(access.owner);
    if (!owner) return;
    ShadowPiece *pieces = owner->shared.at(start, base + static_cast<std::uint64_t>(plan.high));
    for (const PlanPiece &part : plan.pieces)
      state.touch(pieces[part.piece], start + part.piece * kPieceBytes, author.entry_of(part), author);
  } else {
    for (const PlanPiece &part : plan.pieces) {
      std::uint64_t at = start + part.piece * kPieceBytes;
      state.touch(*state.global.at(at), at, author.entry_of(part), author);
    }
  }
  if (state.async.active()) state.check_against_async(access, facts);
  if (author.write && !(state.locations.empty() && state.sc_marks.empty())) state.forget_releases(access);
}

void RaceChecker::State::access_rows(std::span<const std::uint64_t> offsets, std::uint32_t bytes,
                                     const Author &author) {
  ShadowEntry entry{author.block_stamp, author.warp_bit, 0, 0, ShadowEntry::kAllLanesForm};
  for (std::uint64_t offset : offsets) {
    for (std::uint64_t at = offset, end = offset + bytes; at < end;) {
      std::uint64_t start = at / kPieceBytes * kPieceBytes;
      std::uint64_t stop = std::min<std::uint64_t>(end, start + kPieceBytes);
      entry.bytes = byte_mask(at - start, stop - start);
      if (ShadowPiece *piece = pieces(author, start, stop)) touch(*piece, start, entry, author);
      at = stop;
    }
  }
}

} // namespace tw::emulator
