// The fast path of an access: cuts it into pieces, few entries for many lanes, and records them.
#include "access_plan.hpp"
#include "race_state.hpp"

#include <algorithm>
#include <bit>

namespace tw::emulator {

ShadowPiece *RaceChecker::State::piece_at(Space space, BlockIndex owner, std::uint64_t address) {
  std::uint64_t in_line = address % kLineBytes / kPieceBytes;
  if (space == Space::global) return split(global.at(address)) + in_line;
  BlockState *state = block(owner);
  return state ? split(*state->shared.at(address, address + 1)) + in_line : nullptr;
}

[[gnu::always_inline]] inline void RaceChecker::State::touch(ShadowPiece &piece, std::uint64_t piece_address,
                                                             const ShadowEntry &mine, const Author &author) {
  // True if `mine` may take the place of `entry`: it covers all its bytes and is ordered after it.
  auto replaceable = [&](const ShadowEntry &entry) {
    return entry.empty() || (!(entry.bytes() & ~mine.bytes()) && author.follows(entry, mine));
  };
  // The usual case in a correct kernel: at most one earlier access of each kind, replaced as a whole.
  if (author.write) {
    if ((piece.more_writes | piece.more_reads) == 0 && replaceable(piece.write) && replaceable(piece.read)) {
      piece.write = mine;
      piece.read.clear();
    } else {
      touch_write(piece, piece_address, mine, author);
    }
    return;
  }
  if (piece.more_writes == 0 && (!(piece.write.bytes() & mine.bytes()) || author.knows_all(piece.write))) {
    if (piece.read.holds(mine)) return;
    if (piece.read.empty()) {
      piece.read = mine;
      return;
    }
    // Words of a piece that several instructions read stay apart in the list.
    ShadowEntry *replaced = nullptr;
    bool meets = false;
    auto takes = [&](ShadowEntry &entry) {
      if (entry.holds(mine) || entry.merge(mine)) return true;
      if (entry.bytes() & mine.bytes()) {
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
    int first = 0;
    std::uint64_t at = access.address[0], end = at + kLanes * access.bytes;
    while (at < end) {
      std::uint64_t stop = std::min(end, (at / kLineBytes + 1) * kLineBytes);
      ShadowPiece *piece = piece_at(author.space, author.owner, at);
      if (!piece) return;
      for (; at < stop; at += kPieceBytes, ++piece) {
        ShadowEntry entry(author.block_stamp, author.warp_bit, 0xffff, static_cast<std::int8_t>(first),
                          static_cast<std::uint8_t>(shift));
        touch(*piece, at, entry, author);
        first += static_cast<int>(kPieceBytes) >> shift;
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
    if (ShadowPiece *piece = piece_at(author.space, author.owner, at)) touch(*piece, at, author.entry_of(part), author);
  });
}

void RaceChecker::access(const WarpAccess &access, const AccessPlan &plan) {
  State &state = *state_;
  // Finding a warp takes divisions, and one warp mostly makes many accesses in a row.
  if (!state.recent_warp || state.recent_warp->index != access.warp) {
    state.recent_warp = &state.warp(access.warp);
    state.recent_block = state.block(state.recent_warp->block);
  }
  WarpState &warp = *state.recent_warp;
  const PlaceFacts &facts = state.facts(access.place);
  // Lanes that know different things are checked one group at a time, and strong accesses share bytes by other rules.
  std::uint64_t base = access.address[std::countr_zero(plan.lanes)];
  auto whole = [&](auto use) {
    auto addresses = plan.addresses(base);
    use(WarpAccess{access.warp, access.place, access.space, access.owner, access.lanes, access.bytes, addresses});
  };
  if (warp.views.size() != 1 || facts.order != Order::weak)
    return whole([&](const WarpAccess &all) { this->access(all); });
  bool write = facts.kind != AccessKind::load;
  std::uint32_t warp_in_block = access.warp.value - warp.block.value * state.warps_per_block;
  std::uint64_t start = base - plan.phase + static_cast<std::uint64_t>(plan.first_line);
  bool in_round = access.space == Space::shared && state.shape.private_shared && access.owner == warp.block;
  if (!in_round ||
      !state.recent_block->round.keep({&plan, static_cast<std::uint32_t>(base), access.place, warp.time, warp_in_block},
                                      start / 64, write)) {
    if (access.space == Space::shared) state.close_round(access.owner);
    Author author(warp, facts);
    author.plan = &plan;
    author.first_address = base;
    author.set_stamps(warp.actor(), access.place, warp.time, warp_in_block);
    author.write = write;
    author.space = access.space;
    author.owner = access.owner;
    author.set_view(warp.views.front());
    state.access_planned(plan, author);
    if (state.async.active()) whole([&](const WarpAccess &all) { state.check_against_async(all, facts); });
  }
  if (write && !(state.locations.empty() && state.sc_marks.empty()))
    whole([&](const WarpAccess &all) { state.forget_releases(all); });
}

void RaceChecker::State::access_planned(const AccessPlan &plan, const Author &author) {
  std::uint64_t start = author.first_address - plan.phase + static_cast<std::uint64_t>(plan.first_line);
  if (!plan.lines.empty()) return access_lines(plan, start, author);
  for (const PlanEntry &part : plan.entries) {
    std::uint64_t at = start + std::uint64_t{part.piece} * kPieceBytes;
    if (ShadowPiece *piece = piece_at(author.space, author.owner, at)) touch(*piece, at, author.entry_of(part), author);
  }
}

void RaceChecker::State::access_lines(const AccessPlan &plan, std::uint64_t start, const Author &author) {
  ShadowLine *window = nullptr;
  if (author.space == Space::shared) {
    BlockState *state = block(author.owner);
    if (!state) return;
    window = state->shared.at(start, start + plan.span);
  }
  for (const PlanLine &part : plan.lines) {
    std::uint64_t at = start + std::uint64_t{part.line} * kLineBytes;
    ShadowLine &line = window ? window[part.line] : global.at(at);
    LineEntry mine = author.entry_of(part);
    if (!line.pieces && touch_line(line, mine, author)) continue;
    ShadowPiece *all = line.pieces ? pieces.at(line.pieces) : split(line);
    if (author.write && mine.words() == ~std::uint32_t{0} && collapse(line, mine, author)) continue;
    for (std::uint32_t i = part.begin; i != part.end; ++i) {
      const PlanEntry &entry = plan.entries[i];
      touch(all[entry.piece % kPiecesPerLine], start + std::uint64_t{entry.piece} * kPieceBytes, author.entry_of(entry),
            author);
    }
  }
}

void RaceChecker::State::access_rows(std::span<const std::uint64_t> offsets, std::uint32_t bytes,
                                     const Author &author) {
  for (std::uint64_t offset : offsets) {
    for (std::uint64_t at = offset, end = offset + bytes; at < end;) {
      std::uint64_t start = at / kPieceBytes * kPieceBytes;
      std::uint64_t stop = std::min<std::uint64_t>(end, start + kPieceBytes);
      ShadowEntry entry(author.block_stamp, author.warp_bit, byte_mask(at - start, stop - start), 0,
                        ShadowEntry::kAllLanesForm);
      if (ShadowPiece *piece = piece_at(author.space, author.owner, start)) touch(*piece, start, entry, author);
      at = stop;
    }
  }
}

} // namespace tw::emulator
