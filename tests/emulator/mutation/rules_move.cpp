// Moving fences, arrives, waits, commits and barriers across accesses, and arrives in front of waits.
#include "mutation/rules.hpp"

#include <algorithm>
#include <optional>

namespace tw::emu::mutation {
namespace {

using Range = KernelText::Range;

/// Registers that the statements of a range need from outside.
std::set<std::string> neededBy(const MutantList &list, Range range) {
  std::set<std::string> needed, own;
  for (size_t i = range.first; i <= range.last; ++i) {
    const Statement &s = list.statements()[i];
    if (s.kind == Statement::Kind::Directive)
      for (const std::string &operand : s.operands) own.merge(registersIn(operand));
    if (s.kind != Statement::Kind::Instruction) continue;
    needed.merge(registersIn(s.guard));
    std::set<std::string> written = writtenBy(s);
    for (size_t o = written.empty() ? 0 : 1; o < s.operands.size(); ++o) needed.merge(registersIn(s.operands[o]));
    own.merge(written);
  }
  for (const std::string &name : own) needed.erase(name);
  return needed;
}

bool meet(const std::set<std::string> &a, const std::set<std::string> &b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string &name) { return b.count(name) != 0; });
}

/// Whether blocks of the kernel talk through global memory: atomics, or accesses with an order.
bool talksGlobally(const MutantList &list) {
  return std::any_of(list.statements().begin(), list.statements().end(), [](const Statement &s) {
    if (s.is("atom") || s.is("red")) return !s.has("shared");
    return (s.is("ld") || s.is("st")) &&
           (s.has("acquire") || s.has("release") || s.has("relaxed") || s.has("volatile"));
  });
}

bool isStrong(const Statement &s) {
  return s.is("atom") || s.is("red") || s.has("acquire") || s.has("release") || s.has("relaxed") || s.has("volatile");
}

/// What an operation of one kind must cross for the move to matter: commits cross what they would cover and what waits
/// for them; fences what hands on the accesses before them; the rest cross accesses that other threads can meet.
bool isCrossed(const MutantList &list, const Statement &moved, const Statement &s, bool later) {
  SyncKind kind = kindOf(moved), other = kindOf(s);
  bool handsOn = other == SyncKind::Barrier || other == SyncKind::Arrive;
  if (kind == SyncKind::Commit) {
    std::string family = moved.opcode.substr(0, moved.opcode.find(".commit_group"));
    if (later) return s.is(family + ".wait_group");
    return family == "wgmma" ? s.is("wgmma.mma_async") : isAccess(s) && s.is(family);
  }
  if (kind == SyncKind::Fence && moved.is("wgmma.fence")) return later && s.is("wgmma.mma_async");
  if (moved.is("fence.mbarrier_init"))
    return later ? other == SyncKind::Barrier || s.is("cp.async.bulk") : s.is("mbarrier.init");
  if (kind == SyncKind::Fence && moved.has("proxy") && later) return isAccess(s) || handsOn;
  if (kind == SyncKind::Fence && later) return isStrong(s) || handsOn;
  bool plainOutput = s.is("st") && s.has("global") && !isStrong(s);
  if (kind == SyncKind::Barrier && later && other == SyncKind::Arrive) return true;
  return isAccess(s) && !(plainOutput && !talksGlobally(list));
}

/// Where the nth thing to cross lies before or after a unit in its basic block.
std::optional<Range> findCrossing(const MutantList &list, size_t index, bool later, uint64_t count) {
  Range unit = list.kernel.unitOf(index);
  std::set<std::string> needed = neededBy(list, unit);
  const auto &all = list.statements();
  std::optional<Range> found;
  for (size_t at = later ? unit.last + 1 : unit.first - 1; at < all.size(); later ? ++at : --at) {
    const Statement &s = all[at];
    if (s.depth == 0 && (s.kind == Statement::Kind::Label || isBranch(s))) break;
    if (!later && meet(writtenBy(s), needed)) break;
    if (isCrossed(list, all[index], s, later)) {
      found = list.kernel.unitOf(at);
      if (--count == 0) break;
    }
    if (at == 0) break;
  }
  return found;
}

void move(MutantList &list, size_t index, bool later) {
  // One to three accesses further, by seed and site.
  uint64_t count = 1 + (list.seed * 7 + index) % 3;
  // A wait must get behind all that it protects.
  if (list.seed == 0) count = kindOf(list.statements()[index]) == SyncKind::Wait ? 4 : 1;
  std::optional<Range> crossed = findCrossing(list, index, later, count);
  if (!crossed) return;
  Range unit = list.kernel.unitOf(index);
  size_t begin = list.statements()[unit.first].begin, end = list.statements()[unit.last].end;
  size_t to = later ? list.statements()[crossed->last].end : list.statements()[crossed->first].begin;
  std::string text = later ? " " + list.textOf(unit.first, unit.last) : list.textOf(unit.first, unit.last) + " ";
  list.add("move-" + nameOf(kindOf(list.statements()[index])) + (later ? "-later" : "-earlier"),
           Aspect::Synchronisation, index, {{begin, end, ""}, {to, to, text}});
}

/// A polling wait: the loop falls through at once, and a loop of its own follows the next access.
void movePolling(MutantList &list, size_t index) {
  const Statement &s = list.statements()[index];
  const auto &all = list.statements();
  size_t at = list.kernel.unitOf(index).last + 1;
  while (at < all.size() && !isAccess(all[at]) && !all[at].is("ret") && !all[at].has("uni")) ++at;
  if (at >= all.size() || !isAccess(all[at])) return;
  Range crossed = list.kernel.unitOf(at);
  std::string loop = " { .reg .pred tw_done; TW_WAIT: " + s.opcode + " tw_done";
  for (size_t o = 1; o < s.operands.size(); ++o) loop += ", " + s.operands[o];
  loop += "; @!tw_done bra TW_WAIT; }";
  size_t to = all[crossed.last].end;
  list.add("move-wait-later", Aspect::Synchronisation, index,
           {{s.begin, s.end, (s.guard.empty() ? "" : s.guard + " ") + "setp.eq.u32 " + s.operands[0] + ", 0, 0;"},
            {to, to, loop}});
}

/// Whether a copy of the statement gives the same value anywhere.
bool isPure(const Statement &s) {
  for (const char *name : {"mov", "add", "sub", "shl", "shr", "and", "or", "xor", "mad", "mul", "cvt", "cvta", "setp",
                           "selp", "mapa", "rem", "not", "bfe", "lop3"})
    if (s.is(name)) return s.guard.empty();
  return false;
}

/// Statements between `from` and `index` that compute what the unit needs, in order; nothing if they cannot be copied.
std::optional<std::vector<size_t>> sliceOf(const MutantList &list, size_t from, Range unit) {
  std::set<std::string> needed = neededBy(list, unit);
  std::vector<size_t> slice;
  for (size_t at = unit.first; at-- > from;) {
    const Statement &s = list.statements()[at];
    std::set<std::string> written = writtenBy(s);
    if (!meet(written, needed)) continue;
    if (!isPure(s) || s.depth != 0) return std::nullopt;
    for (const std::string &name : written) needed.erase(name);
    for (size_t o = 1; o < s.operands.size(); ++o) needed.merge(registersIn(s.operands[o]));
    slice.insert(slice.begin(), at);
  }
  return slice;
}

/// The branch over the block of `index`, when the code around is `@p bra L; ... index ... L:`.
const Statement *branchAround(const MutantList &list, size_t from, size_t index) {
  const auto &all = list.statements();
  for (size_t at = index; at-- > from;) {
    if (all[at].depth != 0) continue;
    if (all[at].kind == Statement::Kind::Label) return nullptr;
    if (!all[at].is("bra")) continue;
    bool leadsBehind =
        std::any_of(all.begin() + static_cast<std::ptrdiff_t>(index), all.end(), [&](const Statement &s) {
          return s.kind == Statement::Kind::Label && s.opcode == all[at].operands[0];
        });
    return leadsBehind && !all[at].guard.empty() ? &all[at] : nullptr;
  }
  return nullptr;
}

/// `@!p` for `@p` and the other way.
std::string negated(const std::string &guard) {
  return guard[1] == '!' ? "@" + guard.substr(2) : "@!" + guard.substr(1);
}

/// An arrive goes in front of the wait before it, together with what computes its operands.
void arriveBeforeWait(MutantList &list, size_t index) {
  const auto &all = list.statements();
  const Statement &arrive = all[index];
  if (kindOf(arrive) != SyncKind::Arrive || arrive.has("expect_tx")) return;
  Range unit = list.kernel.unitOf(index);
  if (unit.first != unit.last) return;
  size_t wait = index;
  while (wait-- > 0) {
    const Statement &s = all[wait];
    if (isPolling(s) || s.is("barrier.cluster.wait") || (kindOf(s) == SyncKind::Barrier && !isPlainBarrier(s))) break;
  }
  if (wait >= index) return;
  // In front of the loop that polls: before its label, which the code above must reach.
  size_t to = list.kernel.unitOf(wait).first;
  if (isPolling(all[wait])) {
    size_t label = to;
    while (label > 0 && all[label].kind != Statement::Kind::Label) --label;
    if (label == 0 || all[label - 1].is("ret") || all[label - 1].has("uni")) return;
    to = label;
  }
  const Statement *branch = branchAround(list, list.kernel.unitOf(wait).last, index);
  if (branch && !arrive.guard.empty()) return;
  const std::string guard = branch ? negated(branch->guard) : arrive.guard;
  auto slice = sliceOf(list, to, unit);
  if (!slice) return;
  if (!guard.empty()) {
    // The predicate of the branch is computed somewhere too; it must hold its value already.
    std::set<std::string> predicate = registersIn(guard);
    for (size_t at = to; at < index; ++at)
      if (meet(writtenBy(all[at]), predicate)) return;
  }
  std::string text = "{ ";
  for (size_t at : *slice) text += list.textOf(at) + " ";
  text += (guard.empty() ? "" : guard + " ") + arrive.opcode;
  for (size_t o = 0; o < arrive.operands.size(); ++o) text += (o ? ", " : " ") + arrive.operands[o];
  text += "; } ";
  size_t place = all[to].begin;
  list.add("arrive-before-wait", Aspect::Synchronisation, index,
           {{arrive.begin, arrive.end, ""}, {place, place, text}});
}

} // namespace

void addMoves(MutantList &list) {
  for (size_t i = 0; i < list.statements().size(); ++i) {
    const Statement &s = list.statements()[i];
    SyncKind kind = kindOf(s);
    if (kind == SyncKind::None || isIdle(list, s)) continue;
    if (isPolling(s))
      movePolling(list, i);
    else if (kind != SyncKind::Arrive)
      move(list, i, true);
    // An earlier wait and a later arrive order more, not less.
    if (kind != SyncKind::Wait) move(list, i, false);
    arriveBeforeWait(list, i);
  }
}

} // namespace tw::emu::mutation
