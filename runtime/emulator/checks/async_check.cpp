// Compares asynchronous operations with generic accesses and with each other.
#include "race_state.hpp"

#include <algorithm>
#include <bit>

namespace tw::emulator {

namespace {

std::uint16_t byte_mask(std::uint64_t from, std::uint64_t to) {
  return static_cast<std::uint16_t>(((1u << to) - 1) & ~((1u << from) - 1));
}

/// Calls f(cell address, bytes of it) for every 16-byte cell of a range.
template <class F> void for_each_cell(std::uint64_t first, std::uint64_t bytes, F f) {
  for (std::uint64_t at = first, end = first + bytes; at < end;) {
    std::uint64_t start = at / kPieceBytes * kPieceBytes, stop = std::min<std::uint64_t>(end, start + kPieceBytes);
    f(start, byte_mask(at - start, stop - start));
    at = stop;
  }
}

bool is_update(const PlaceFacts &facts) { return facts.kind == AccessKind::atomic || facts.kind == AccessKind::reduce; }

/// Asynchronous reductions are relaxed atomics of the whole device [PTX ISA 9.7.9.25.4.2].
bool mixes_with_reductions(const PlaceFacts &facts) { return is_update(facts) && facts.scope >= Scope::gpu; }

} // namespace

bool RaceChecker::State::adds_report(RaceSort sort, PlaceIndex earlier, PlaceIndex later) {
  std::array<std::uint32_t, 3> pair{static_cast<std::uint32_t>(sort), earlier.value, later.value};
  if (auto known = known_pairs.find(pair); known != known_pairs.end()) {
    ++reports[known->second].occurrences;
    return false;
  }
  if (reports.size() >= limits.reports) {
    ++dropped;
    return false;
  }
  known_pairs.emplace(pair, reports.size());
  return true;
}

RaceSide RaceChecker::State::side_of(const AsyncOperation &operation, AsyncKind kind) {
  AccessKind access = kind == AsyncKind::read || kind == AsyncKind::map ? AccessKind::load
                      : kind == AsyncKind::write                        ? AccessKind::store
                                                                        : AccessKind::reduce;
  return {access,
          Order::weak,
          true,
          false,
          operation.place,
          facts(operation.place).line,
          operation.issuer,
          static_cast<std::uint32_t>(std::countr_zero(operation.lanes)),
          block_of(operation.issuer)};
}

void RaceChecker::State::check_generic_bytes(const WarpAccess &access, const PlaceFacts &facts, LaneMask lanes,
                                             const View &view, AsyncShadow &shadow) {
  bool write = facts.kind != AccessKind::load;
  std::uint32_t known_operation = ~0u; // neighbouring cells mostly belong to one operation
  for (; lanes; lanes &= lanes - 1) {
    auto lane = static_cast<std::uint32_t>(std::countr_zero(lanes));
    for_each_cell(access.address[lane], access.bytes, [&](std::uint64_t cell, std::uint16_t bytes) {
      std::uint32_t *head = shadow.find(cell);
      if (!head || !*head) return;
      shadow.scan(*head, [&](AsyncEntry &entry) {
        auto overlap = static_cast<std::uint16_t>(entry.bytes & bytes);
        if (!overlap || (!write && entry.kind == AsyncKind::read)) return;
        if (entry.operation != known_operation) {
          const AsyncOperation &operation = async.operations[entry.operation];
          bool known = operation.time != kInFlight && view.clock.covers({operation.actor.value}, 1, operation.time);
          if (known)
            known_operation = entry.operation;
          else if (!(entry.kind == AsyncKind::reduce && mixes_with_reductions(facts)) &&
                   adds_report(RaceSort::in_flight, operation.place, access.place))
            reports.push_back({RaceSort::in_flight,
                               access.space,
                               access.owner,
                               cell + static_cast<std::uint64_t>(std::countr_zero(overlap)),
                               side_of(operation, entry.kind),
                               {facts.kind, facts.order, false, false, access.place, facts.line, access.warp, lane,
                                block_of(access.warp)},
                               1});
        }
        if (write) entry.bytes &= static_cast<std::uint16_t>(~overlap);
      });
    });
  }
}

void RaceChecker::State::check_against_async(const WarpAccess &access, const PlaceFacts &facts) {
  AsyncShadow *shadow = async.find(access.space, access.owner);
  if (!shadow) return;
  for (const View &view : warp(access.warp).views)
    if (LaneMask lanes = access.lanes & view.lanes) check_generic_bytes(access, facts, lanes, view, *shadow);
}

void RaceChecker::State::check_async_piece(const AsyncOperation &operation, AsyncKind kind, const VectorClock &known,
                                           Space space, BlockIndex owner, std::uint64_t piece_address,
                                           std::uint16_t bytes) {
  ShadowPiece *piece = piece_at(space, owner, piece_address);
  if (!piece) return;
  std::uint32_t fence = kind == AsyncKind::map ? kMapFenced : fenced_bit(space);
  auto check = [&](ShadowEntry &entry, bool is_write) {
    auto overlap = static_cast<std::uint16_t>(entry.bytes() & bytes);
    if (!overlap) return;
    const PlaceFacts earlier = facts(entry.stamp.place());
    std::uint32_t time = entry.stamp.time();
    LaneMask lanes = entry.lanes_at(overlap), unknown = 0;
    Actor actor;
    bool ordered = true, fenced = true, by_writer = true;
    entry.all_actors([&](Actor one) {
      if (!known.covers(one, lanes, time)) {
        ordered = false;
        actor = one;
        for (LaneMask rest = lanes; rest; rest &= rest - 1)
          if (!known.covers(one, rest & -rest, time)) unknown |= rest & -rest;
        return false;
      }
      if (operation.generic) return true;
      if (!known.covers({one.value | fence}, lanes, time)) fenced = false, actor = one;
      if (!known.covers({one.value | writer_fenced_bit(space)}, lanes, time)) {
        by_writer = false;
        if (fenced) actor = one;
      }
      return true;
    });
    bool both_reduce = kind == AsyncKind::reduce && mixes_with_reductions(earlier);
    bool issuer_only = !by_writer && is_write && kind != AsyncKind::map;
    if ((!ordered || !fenced || issuer_only) && !both_reduce) {
      RaceSort sort = !ordered                 ? (actor.asynchronous() ? RaceSort::in_flight : RaceSort::race)
                      : kind == AsyncKind::map ? RaceSort::tensor_map
                      : fenced                 ? RaceSort::proxy_issuer
                      : is_write               ? RaceSort::proxy
                                               : RaceSort::proxy_read;
      if (adds_report(sort, entry.stamp.place(), operation.place))
        reports.push_back(
            {sort,
             space,
             owner,
             piece_address + static_cast<std::uint64_t>(std::countr_zero(overlap)),
             {earlier.kind, earlier.order, actor.asynchronous(), false, entry.stamp.place(), earlier.line, actor.warp(),
              static_cast<std::uint32_t>(std::countr_zero(unknown ? unknown : lanes)), block_of(actor.warp())},
             side_of(operation, kind),
             1});
    }
    if (kind == AsyncKind::write) entry.remove(overlap);
  };
  if (!piece->write.empty() || piece->more_writes)
    pool.scan(piece->write, piece->more_writes, [&](ShadowEntry &entry) { check(entry, true); });
  if (kind != AsyncKind::read && kind != AsyncKind::map && (!piece->read.empty() || piece->more_reads))
    pool.scan(piece->read, piece->more_reads, [&](ShadowEntry &entry) { check(entry, false); });
}

void RaceChecker::State::check_async_cell(const AsyncOperation &operation, AsyncKind kind, std::uint32_t index,
                                          const VectorClock &known, AsyncShadow &shadow, Space space, BlockIndex owner,
                                          std::uint64_t cell_address, std::uint16_t bytes) {
  std::uint32_t &head = shadow.make(cell_address);
  bool merged = false;
  if (head)
    shadow.scan(head, [&](AsyncEntry &entry) {
      if (entry.operation == index) {
        if (entry.kind == kind) {
          entry.bytes |= bytes;
          merged = true;
        }
        return;
      }
      const AsyncOperation &other = async.operations[entry.operation];
      bool reads_only = entry.kind == AsyncKind::read && kind == AsyncKind::read;
      if (reads_only) {
        // Whoever waits for the later of one series waits for the earlier too.
        if (other.actor == operation.actor && other.time <= operation.time && !(entry.bytes & ~bytes)) entry.bytes = 0;
        return;
      }
      auto overlap = static_cast<std::uint16_t>(entry.bytes & bytes);
      if (!overlap || (entry.kind == AsyncKind::reduce && kind == AsyncKind::reduce)) return;
      bool ordered = other.time != kInFlight && known.covers({other.actor.value}, 1, other.time);
      // Order within a proxy is kept inside a block; the generic proxy keeps it everywhere.
      bool joined = other.generic == operation.generic && (other.generic || other.block == operation.block);
      bool fenced = joined || known.covers({other.actor.value | fenced_bit(space)}, 1, other.time);
      if (!ordered || !fenced) {
        RaceSort sort = ordered ? RaceSort::proxy : RaceSort::in_flight;
        if (adds_report(sort, other.place, operation.place))
          reports.push_back({sort, space, owner, cell_address + static_cast<std::uint64_t>(std::countr_zero(overlap)),
                             side_of(other, entry.kind), side_of(operation, kind), 1});
      }
      if (kind != AsyncKind::read) entry.bytes &= static_cast<std::uint16_t>(~overlap);
    });
  if (!merged) shadow.push(head, {index, bytes, kind, 0});
}

void RaceChecker::async_access(AsyncIndex index, AsyncKind kind, Space space, BlockIndex owner,
                               std::span<const ByteRange> ranges) {
  State &state = *state_;
  const AsyncOperation operation = state.async.operations[index.value];
  WarpState &warp = state.warp(operation.issuer);
  // The operation knows what all of its issuing lanes know, and what they did.
  VectorClock known;
  bool first = true;
  for (const View &view : warp.views) {
    if (!(view.lanes & operation.lanes)) continue;
    if (first)
      known = view.clock;
    else
      known.meet(view.clock);
    first = false;
  }
  if ((operation.lanes & warp.live) == warp.live)
    known.raise(warp.actor(), warp.time);
  else
    known.raise_lanes(warp.actor(), operation.lanes, warp.time);
  if (warp.copies)
    for (LaneMask rest = operation.lanes; rest; rest &= rest - 1)
      known.raise_lanes(warp.copies_actor(), rest & -rest, warp.copies_done(std::countr_zero(rest)));

  AsyncShadow &shadow = state.async.make(space, owner);
  for (const ByteRange &range : ranges)
    for_each_cell(range.first, range.bytes, [&](std::uint64_t cell, std::uint16_t bytes) {
      state.check_async_piece(operation, kind, known, space, owner, cell, bytes);
      if (kind == AsyncKind::map) return; // maps are read at issue
      state.check_async_cell(operation, kind, index.value, known, shadow, space, owner, cell, bytes);
    });
}

void RaceChecker::check_lifetime(BlockIndex index, PlaceIndex exit, WarpIndex warp, bool alone) {
  State &state = *state_;
  BlockState *block = state.block(index);
  if (!block) return;
  RaceSide end{AccessKind::store, Order::weak, false, false, exit, state.facts(exit).line, warp, 0, index};
  std::uint64_t address = 0;
  auto check = [&](ShadowEntry &entry) {
    entry.all_actors([&](Actor actor) {
      if (state.block_of(actor.warp()) == index ||
          block->exited.covers(actor, entry.lanes_at(entry.bytes()), entry.stamp.time()))
        return true;
      const PlaceFacts facts = state.facts(entry.stamp.place());
      if (state.adds_report(RaceSort::lifetime, entry.stamp.place(), exit))
        state.reports.push_back({RaceSort::lifetime,
                                 Space::shared,
                                 index,
                                 address,
                                 {facts.kind, facts.order, false, false, entry.stamp.place(), facts.line, actor.warp(),
                                  static_cast<std::uint32_t>(std::countr_zero(entry.lanes_at(entry.bytes()))),
                                  state.block_of(actor.warp())},
                                 end,
                                 1});
      return false;
    });
  };
  for (ShadowLine &line : block->shared.lines()) {
    if (alone) {
      address += kLineBytes;
      continue;
    }
    ShadowPiece *all = state.split(line);
    for (ShadowPiece *piece = all; piece != all + kPiecesPerLine; ++piece, address += kPieceBytes) {
      state.pool.scan(piece->write, piece->more_writes, check);
      state.pool.scan(piece->read, piece->more_reads, check);
    }
  }
  AsyncShadow *shadow = state.async.find(Space::shared, index);
  for (std::uint64_t cell = 0; shadow && cell < address; cell += kPieceBytes) {
    std::uint32_t *head = shadow->find(cell);
    if (!head || !*head) continue;
    shadow->scan(*head, [&](AsyncEntry &entry) {
      const AsyncOperation &operation = state.async.operations[entry.operation];
      if (state.block_of(operation.issuer) == index && !operation.ends_before_exit) return;
      if (operation.time != kInFlight && block->exited.covers({operation.actor.value}, 1, operation.time)) return;
      if (state.adds_report(RaceSort::lifetime, operation.place, exit))
        state.reports.push_back(
            {RaceSort::lifetime, Space::shared, index, cell, state.side_of(operation, entry.kind), end, 1});
    });
  }
}

} // namespace tw::emulator
