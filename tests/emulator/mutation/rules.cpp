// Kinds of operations, and the list of mutants of one kernel.
#include "mutation/rules.hpp"

#include <algorithm>
#include <cctype>

namespace tw::emu::mutation {

SyncKind kindOf(const Statement &s) {
  if (s.kind != Statement::Kind::Instruction) return SyncKind::None;
  for (const char *name : {"fence", "membar", "wgmma.fence", "tensormap.cp_fenceproxy"})
    if (s.is(name)) return SyncKind::Fence;
  for (const char *name : {"mbarrier.arrive", "mbarrier.arrive_drop", "bar.arrive", "barrier.arrive",
                           "barrier.cta.arrive", "barrier.cluster.arrive", "cp.async.mbarrier.arrive"})
    if (s.is(name)) return SyncKind::Arrive;
  for (const char *name :
       {"mbarrier.try_wait", "mbarrier.test_wait", "cp.async.wait_group", "cp.async.wait_all",
        "cp.async.bulk.wait_group", "wgmma.wait_group", "barrier.cluster.wait", "griddepcontrol.wait"})
    if (s.is(name)) return SyncKind::Wait;
  for (const char *name : {"cp.async.commit_group", "cp.async.bulk.commit_group", "wgmma.commit_group"})
    if (s.is(name)) return SyncKind::Commit;
  for (const char *name : {"bar.sync", "barrier.sync", "barrier.cta.sync", "bar.warp.sync"})
    if (s.is(name)) return SyncKind::Barrier;
  return SyncKind::None;
}

std::string nameOf(SyncKind kind) {
  switch (kind) {
  case SyncKind::Fence: return "fence";
  case SyncKind::Arrive: return "arrive";
  case SyncKind::Wait: return "wait";
  case SyncKind::Commit: return "commit";
  case SyncKind::Barrier: return "barrier";
  case SyncKind::None: break;
  }
  return "none";
}

bool isPolling(const Statement &s) { return s.is("mbarrier.try_wait") || s.is("mbarrier.test_wait"); }

bool isAccess(const Statement &s) {
  if (s.kind != Statement::Kind::Instruction || kindOf(s) != SyncKind::None) return false;
  if (s.is("ldmatrix") || s.is("stmatrix") || s.is("wgmma.mma_async") || s.is("atom") || s.is("red")) return true;
  if (s.is("cp.async") || s.is("cp.reduce") || s.is("wmma.load") || s.is("wmma.store")) return true;
  if (s.is("tensormap.replace")) return true;
  bool ofThread = s.has("param") || s.has("local") || s.has("const");
  if (s.is("st")) return !ofThread;
  return s.is("ld") && !ofThread && !s.has("global");
}

bool isBranch(const Statement &s) {
  for (const char *name : {"bra", "brx", "ret", "exit", "call", "trap"})
    if (s.is(name)) return true;
  return false;
}

bool isPlainBarrier(const Statement &s) {
  return s.is("bar.warp.sync") || (kindOf(s) == SyncKind::Barrier && s.operands.size() == 1);
}

bool isIdle(const MutantList &list, const Statement &s) {
  if (!s.is("cp.async.commit_group") && !s.is("cp.async.wait_group") && !s.is("cp.async.wait_all")) return false;
  return std::none_of(list.statements().begin(), list.statements().end(), [](const Statement &other) {
    return other.is("cp.async") && !other.has("bulk") && kindOf(other) == SyncKind::None;
  });
}

std::set<std::string> registersIn(const std::string &text) {
  std::set<std::string> names;
  for (size_t at = 0; at < text.size();) {
    auto letter = [&](size_t i) {
      return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_' ||
                                 text[i] == '%' || text[i] == '$');
    };
    if (!letter(at) || std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      // A number, or a sign: skip it whole, so that `0x1f` gives no name.
      if (letter(at))
        while (letter(at)) ++at;
      else
        ++at;
      continue;
    }
    size_t end = at;
    while (letter(end)) ++end;
    std::string name = text.substr(at, end - at);
    at = end;
    if (name != "_") names.insert(std::move(name));
  }
  return names;
}

std::set<std::string> writtenBy(const Statement &s) {
  if (s.kind != Statement::Kind::Instruction || s.operands.empty()) return {};
  for (const char *name : {"st", "red", "bra", "bar", "barrier", "setmaxnreg", "cp", "fence", "ret"})
    if (s.is(name)) return {};
  if (s.operands[0][0] == '[') return {};
  return registersIn(s.operands[0]);
}

void MutantList::add(std::string rule, Aspect aspect, size_t index, std::vector<Edit> edits) {
  Mutant m;
  m.rule = std::move(rule);
  m.aspect = aspect;
  m.opcode = statements()[index].opcode;
  m.line = statements()[index].line;
  m.statement = index;
  m.ordinal = ++ordinals[m.rule + " " + m.opcode];
  m.edits = std::move(edits);
  mutants.push_back(std::move(m));
}

Edit MutantList::withOperand(size_t index, size_t operand, const std::string &code) const {
  const Statement &s = statements()[index];
  std::string changed = "{ " + code + " " + (s.guard.empty() ? "" : s.guard + " ") + s.opcode;
  for (size_t i = 0; i < s.operands.size(); ++i)
    changed += (i ? ", " : " ") + (i == operand ? std::string("tw_new") : s.operands[i]);
  return {s.begin, s.end, changed + "; }"};
}

Edit MutantList::withOpcode(size_t index, const std::string &opcode) const {
  const Statement &s = statements()[index];
  return {s.body, s.body + s.opcode.size(), opcode};
}

bool Mutant::checkerMustNotice() const {
  if (aspect != Aspect::Synchronisation) return false;
  return rule.find("fence") != std::string::npos || rule.find("wait") != std::string::npos ||
         rule.find("parity") != std::string::npos;
}

bool Mutant::deletesFenceOrWait() const {
  return (rule == "delete-fence" && opcode.find("proxy") != std::string::npos) ||
         (rule == "delete-wait" && opcode.compare(0, 8, "mbarrier") == 0);
}

std::string applied(const std::string &ptx, const Mutant &mutant) {
  std::vector<Edit> edits = mutant.edits;
  // From the back, so that places in front stay valid; at one place the earlier edit comes first in the result.
  std::stable_sort(edits.begin(), edits.end(), [](const Edit &a, const Edit &b) { return a.begin < b.begin; });
  std::string text = ptx;
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit)
    text.replace(edit->begin, edit->end - edit->begin, edit->text);
  return text;
}

std::vector<Mutant> mutantsOf(const test::LaunchCase &launch, uint64_t seed) {
  MutantList list(test::ptxOf(launch.sourceName()), launch.entryName(), seed);
  addDeletions(list);
  addMoves(list);
  addCounts(list);
  addOrders(list);
  addLayouts(list);
  for (int map = 0; map < launch.mapCount(); ++map) {
    Mutant m;
    m.rule = "map-swizzle";
    m.aspect = Aspect::Data;
    m.opcode = "tensor-map";
    m.ordinal = map + 1;
    m.map = map;
    list.mutants.push_back(std::move(m));
  }
  return std::move(list.mutants);
}

} // namespace tw::emu::mutation
