// Deleting and duplicating fences, arrives, waits, commits and barriers.
#include "mutation/rules.hpp"

#include <algorithm>

namespace tw::emu::mutation {
namespace {

/// What stands in the place of a deleted operation: nothing, or a result as if it had succeeded.
std::string remains(const MutantList &list, size_t index) {
  const Statement &s = list.statements()[index];
  std::string guard = s.guard.empty() ? "" : s.guard + " ";
  if (isPolling(s)) return guard + "setp.eq.u32 " + s.operands[0] + ", 0, 0;";
  bool hasState =
      (s.is("mbarrier.arrive") || s.is("mbarrier.arrive_drop")) && s.operands[0][0] != '[' && s.operands[0] != "_";
  return hasState ? guard + "mov.b64 " + s.operands[0] + ", 0;" : "";
}

/// By the ISA a second fence, wait or barrier of the same threads orders nothing that the first does not; an empty
/// group behind a full one makes waits wait for more, not less; cp.async.mbarrier.arrive raises the pending count by
/// what it takes off later, without .noinc.
bool isIdempotent(const MutantList &list, const Statement &s) {
  switch (kindOf(s)) {
  case SyncKind::Fence:
  case SyncKind::Commit: return true;
  case SyncKind::Wait: return !s.is("barrier.cluster.wait");
  case SyncKind::Barrier:
    return isPlainBarrier(s) || std::none_of(list.statements().begin(), list.statements().end(),
                                             [](const Statement &other) { return other.is("bar.arrive"); });
  case SyncKind::Arrive: return s.is("cp.async.mbarrier.arrive") && !s.has("noinc");
  default: return false;
  }
}

} // namespace

void addDeletions(MutantList &list) {
  for (size_t i = 0; i < list.statements().size(); ++i) {
    const Statement &s = list.statements()[i];
    SyncKind kind = kindOf(s);
    // It lets another grid start earlier than it does anyway.
    if (s.is("griddepcontrol.launch_dependents"))
      list.add("delete-launch-dependents", Aspect::Neutral, i, {{s.begin, s.end, ""}});
    if (kind == SyncKind::None) continue;
    if (isIdle(list, s)) {
      list.add("delete-idle", Aspect::Neutral, i, {{s.begin, s.end, ""}});
      continue;
    }
    list.add("delete-" + nameOf(kind), Aspect::Synchronisation, i, {{s.begin, s.end, remains(list, i)}});
    bool neutral = isIdempotent(list, s);
    list.add((neutral ? "again-" : "duplicate-") + nameOf(kind), neutral ? Aspect::Neutral : Aspect::Synchronisation, i,
             {{s.end, s.end, " " + list.textOf(i)}});
  }
}

} // namespace tw::emu::mutation
