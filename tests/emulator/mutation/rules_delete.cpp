// Deleting and duplicating fences, arrives, waits, commits and barriers.
#include "mutation/rules.hpp"

namespace tw::emu::mutation {
namespace {

/// What stands in the place of a deleted operation: nothing, or a result as if it had succeeded.
std::string remains(const Statement &s) {
  std::string guard = s.guard.empty() ? "" : s.guard + " ";
  if (isPolling(s)) return guard + "setp.eq.u32 " + s.operands[0] + ", 0, 0;";
  bool hasState =
      (s.is("mbarrier.arrive") || s.is("mbarrier.arrive_drop")) && s.operands[0][0] != '[' && s.operands[0] != "_";
  return hasState ? guard + "mov.b64 " + s.operands[0] + ", 0;" : "";
}

/// Whether some wait of the same family leaves groups open: only then does one more (empty) group matter.
bool leavesGroupsOpen(const MutantList &list, const Statement &commit) {
  std::string family = commit.opcode.substr(0, commit.opcode.find(".commit_group"));
  for (const Statement &s : list.statements())
    if (s.is(family + ".wait_group") && s.operands.size() == 1 && s.operands[0] != "0") return true;
  return false;
}

/// By the ISA a second fence, wait or barrier of all orders nothing that the first does not.
bool isIdempotent(const Statement &s) {
  switch (kindOf(s)) {
  case SyncKind::Fence: return true;
  case SyncKind::Wait: return !s.is("barrier.cluster.wait");
  case SyncKind::Barrier: return isPlainBarrier(s);
  default: return false;
  }
}

} // namespace

void addDeletions(MutantList &list) {
  for (size_t i = 0; i < list.statements().size(); ++i) {
    const Statement &s = list.statements()[i];
    SyncKind kind = kindOf(s);
    if (kind == SyncKind::None) continue;
    list.add("delete-" + nameOf(kind), Aspect::Synchronisation, i, {{s.begin, s.end, remains(s)}});
    bool neutral = isIdempotent(s) || (kind == SyncKind::Commit && !leavesGroupsOpen(list, s));
    list.add((neutral ? "again-" : "duplicate-") + nameOf(kind), neutral ? Aspect::Neutral : Aspect::Synchronisation, i,
             {{s.end, s.end, " " + list.textOf(i)}});
  }
}

} // namespace tw::emu::mutation
